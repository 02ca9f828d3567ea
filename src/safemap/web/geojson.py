"""GeoJSON as bytes (RFC 7946): arrays of shapely geometries and records in, no object per feature kept."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

MEDIA_TYPE = "application/geo+json"
DECIMALS = 7  # of a degree: 1 cm, as the RFC advises


def collection(
    ids: Iterable[Any],
    geometries: NDArray[np.object_],
    properties: Iterable[Mapping[str, Any]],
    **members: Any,
) -> bytes:
    """Return a FeatureCollection; `members` stand beside its features."""
    features = [
        {"type": "Feature", "id": number, "geometry": shape, "properties": record}
        for number, shape, record in zip(ids, fragments(geometries), properties, strict=True)
    ]
    return dumped({"type": "FeatureCollection", **members, "features": features})


def feature(number: Any, geometry: BaseGeometry, properties: Mapping[str, Any]) -> bytes:
    """Return one Feature with its box."""
    [shape] = fragments(np.array([geometry], dtype=object))
    box = [round(value, DECIMALS) for value in geometry.bounds]
    return dumped({"type": "Feature", "id": number, "bbox": box, "geometry": shape, "properties": properties})


def fragments(geometries: NDArray[np.object_]) -> Sequence[orjson.Fragment]:
    """Return geometries as ready JSON, rounded; outer rings run counterclockwise as the RFC asks."""
    if not len(geometries):
        return []
    rounded = shapely.transform(geometries, lambda lonlat: np.round(lonlat, DECIMALS))
    return [orjson.Fragment(text) for text in shapely.to_geojson(shapely.orient_polygons(rounded))]


def dumped(document: Any) -> bytes:
    """Return JSON; numbers that are not known (NaN) become null."""
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)

"""Use cases of cameras: read them for measuring and drawing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from safemap.cameras import repository
from safemap.db.copy import Column
from safemap.db.merging import MergeCounts, merge_rows
from safemap.db.reading import geometries, numbers, texts, widened
from safemap.geo.crs import Lonlat


@dataclass(frozen=True)
class Cameras:
    """Cameras as arrays of one length; NaN where a number is not known; geometries are Points in degrees."""

    ids: NDArray[np.int64]
    labels: NDArray[np.object_]
    operators: NDArray[np.object_]
    kinds: NDArray[np.object_]
    sites: NDArray[np.object_]
    azimuth_deg: NDArray[np.float64]
    field_of_view_deg: NDArray[np.float64]
    reach_m: NDArray[np.float64]
    mount_height_m: NDArray[np.float64]
    is_working: NDArray[np.bool_]
    geometries: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.ids)


def cameras_in(session: Session, place: Lonlat, margin_m: float = 0.0) -> Cameras:
    """Cameras in a place widened by a margin, of every site and state."""
    ids, labels, operators, kinds, sites, azimuth, field_of_view, reach, height, working, wkb = repository.columns_in(
        session, widened(place, margin_m) if margin_m else place
    )
    return Cameras(
        ids=np.array(ids, dtype=np.int64),
        labels=texts(labels),
        operators=texts(operators),
        kinds=texts(kinds),
        sites=texts(sites),
        azimuth_deg=numbers(azimuth),
        field_of_view_deg=numbers(field_of_view),
        reach_m=numbers(reach),
        mount_height_m=numbers(height),
        is_working=np.array(working, dtype=np.bool_),
        geometries=geometries(wkb),
    )


def sources_in(session: Session, place: Lonlat) -> list[str]:
    """Names of the sources of a place's cameras, for attribution."""
    return repository.sources_in(session, place)


def store_cameras(session: Session, columns: Sequence[Column]) -> MergeCounts:
    """Store cameras by their source's ids."""
    return merge_rows(session, "camera", columns)

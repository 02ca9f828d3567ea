"""What every door for GeoDataFrames asks first: whether these are metres of one plane."""

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from safemap.errors import InvalidInput
from safemap.geo.crs import WEB_MERCATOR

PLANES = "TWD97 / TM2 or the UTM zone"


class NotInMetres(InvalidInput):
    """A frame is in degrees, in another unit, in no known system, or not in that of the others."""

    def __init__(self, what: str, found: str, wanted: str) -> None:
        super().__init__(
            "The {what} are in {found}; lengths cannot be measured in that.",
            remedy="Reproject them first, to {wanted}: frame.to_crs(…).",
            field=what,
            what=what,
            found=found,
            wanted=wanted,
        )


class NoPoint(InvalidInput):
    """A row of a frame of points has no place, or is something else."""

    def __init__(self, row: int, found: str) -> None:
        super().__init__(
            "Row {row} has no point: {found}.",
            remedy="Leave out rows without a place, and say how many they were; turn areas and lines into points.",
            field="geometry",
            row=row,
            found=found,
        )


def require_plane(what: str, frame: gpd.GeoDataFrame, like: gpd.GeoDataFrame, like_what: str) -> None:
    """Refuse a frame that is not in metres, or not in the plane of another one.

    Raises
    ------
    NotInMetres
        It has no reference system, is in degrees, feet or Web Mercator, or in another plane than `like`.
    """
    crs = frame.crs
    if crs is None:
        raise NotInMetres(what, "no known reference system", PLANES)
    if not crs.is_projected or any(axis.unit_name not in {"metre", "meter"} for axis in crs.axis_info[:2]):
        raise NotInMetres(what, crs.name, PLANES)
    if crs.to_epsg() == WEB_MERCATOR:
        raise NotInMetres(what, f"{crs.name}, whose metres are 8–10 % too long in Taiwan", PLANES)
    if crs != like.crs:
        raise NotInMetres(what, crs.name, f"that of the {like_what}, {like.crs.name}")


def geometries(frame: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return ``(n,)`` geometries."""
    return np.asarray(frame.geometry.array, dtype=object)


def points_xy(frame: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return ``(n, 2)`` coordinates of a frame of points.

    Raises
    ------
    NoPoint
        A row has no geometry, an empty one, or one that is no Point.
    """
    points = geometries(frame)
    bad = np.flatnonzero((shapely.get_type_id(points) != shapely.GeometryType.POINT) | shapely.is_empty(points))
    if len(bad):
        found = points[bad[0]]
        raise NoPoint(int(bad[0]), "nothing" if found is None else str(found.geom_type))
    return shapely.get_coordinates(points).reshape(-1, 2)


def column(frame: gpd.GeoDataFrame, name: str, default: float) -> NDArray[np.float64]:
    """Return ``(n,)`` values of a column as numbers, or the default for all where there is no such column."""
    if name not in frame:
        return np.full(len(frame), default)
    return np.asarray(frame[name], dtype=np.float64)

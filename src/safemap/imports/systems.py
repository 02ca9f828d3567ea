"""Which reference system a map file's numbers are in: what it says, what they can be, what its own attributes prove."""

from pathlib import Path
from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from safemap.errors import InvalidInput
from safemap.geo.crs import (
    GEOD,
    TAIWAN_BOX,
    TWD67_TM2_119,
    TWD67_TM2_121,
    TWD97_TM2_119,
    TWD97_TM2_121,
    WGS84,
    reproject,
)
from safemap.imports.report import ImportReport, Outcome

PLANES = {
    TWD97_TM2_121: "TWD97 TM2 zone 121",
    TWD97_TM2_119: "TWD97 TM2 zone 119",
    TWD67_TM2_121: "TWD67 TM2 zone 121",
    TWD67_TM2_119: "TWD67 TM2 zone 119",
}
TM2_BOX = (90_000.0, 2_400_000.0, 380_000.0, 2_950_000.0)  # metres: all of Taiwan in any of the four planes
EARTH_BOX = (-180.0, -90.0, 180.0, 90.0)
PROOF_SHARE = 0.8  # of a column's values must be longitudes, or latitudes, to be believed
PROOF_DISTANCE_M = 100.0  # TWD67 and TWD97 are 850 m apart

Bounds = NDArray[np.float64]


class WrongSystem(InvalidInput):
    """A file's coordinates are in no reference system that is known, or in another one than it says."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            "{file}: {why}.",
            remedy="Export it in WGS84 longitude and latitude (EPSG:4326), or say which system it is in: --crs EPSG.",
            field="geometry",
            file=path.name,
            why=why,
        )


def in_degrees(path: Path, frame: gpd.GeoDataFrame, report: ImportReport, *, epsg: int | None) -> gpd.GeoDataFrame:
    """Bring a file's geometries to degrees; what cannot be is noted and left without geometry.

    Parameters
    ----------
    epsg
        The system that the person who imports has named; None: the file says it, or its numbers do.

    Raises
    ------
    WrongSystem
        No geometry is usable.
    """
    shapes = np.asarray(frame.geometry.array, dtype=object)
    bounds = shapely.bounds(shapes)
    is_here = ~np.isnan(bounds).all(axis=1)
    if epsg is None:
        epsg = system_said(path, frame.crs, bounds[is_here])
    if epsg is not None and epsg != WGS84:
        require_system(epsg)
        refuse_degrees_said_metres(path, epsg, bounds[is_here])
        return _moved(frame, shapely.transform(shapes, lambda coords: reproject(coords, epsg)))
    swapped, metres = _within(bounds, _turned(TAIWAN_BOX)), _within(bounds, TM2_BOX)
    right = _within(bounds, EARTH_BOX)
    made = shapes.copy()
    if bool(swapped.any()):
        made[swapped] = shapely.transform(shapes[swapped], lambda coords: coords[:, ::-1])
        _note(path, frame, swapped, report, Outcome.MENDED, "latitude stands before longitude", "Swapped.")
    if bool(metres.any()):
        plane, proof = _plane_of(frame, shapes, metres)
        made[metres] = shapely.transform(shapes[metres], lambda coords: reproject(coords, plane))
        report.remark(f"{path.name}: its numbers are metres; they were read as {PLANES[plane]} ({proof}).")
    wrong = is_here & ~(right | swapped | metres)
    if bool(wrong.any()):
        if bool((wrong == is_here).all()):
            west, south, _, _ = bounds[np.flatnonzero(wrong)[0]]
            raise WrongSystem(path, f"its first position is {west:g}, {south:g}, neither degrees nor metres of Taiwan")
        made[wrong] = None
        _note(path, frame, wrong, report, Outcome.REFUSED, "neither degrees nor metres of Taiwan", "121.54, 25.03")
    return _moved(frame, made)


def require_system(epsg: int) -> None:
    """Raise a clear error when there is no reference system of that number."""
    try:
        CRS.from_epsg(epsg)
    except CRSError as error:
        raise InvalidInput(
            "There is no reference system EPSG:{epsg}.",
            remedy="Used in Taiwan are {known}.",
            field="crs",
            epsg=epsg,
            known=", ".join(f"{code} ({name})" for code, name in PLANES.items()),
        ) from error


def _moved(frame: gpd.GeoDataFrame, shapes: NDArray[np.object_]) -> gpd.GeoDataFrame:
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=WGS84))


def system_said(path: Path, crs: CRS | None, bounds: Bounds) -> int | None:
    """Return the system in metres that the file names; None when it names degrees or nothing."""
    if crs is None or crs.is_geographic:
        return None
    if len(bounds) and bool(_within(bounds, EARTH_BOX).all()):
        raise WrongSystem(path, f"it says {crs.name}, which is in metres, but its numbers are degrees")
    code = crs.to_epsg()
    if "TWD67" in crs.name or code in {TWD67_TM2_119, TWD67_TM2_121}:
        return TWD67_TM2_119 if "119" in crs.name else TWD67_TM2_121
    if code is None:
        raise WrongSystem(path, f"it is in “{crs.name}”, which is not known")
    return int(code)


def refuse_degrees_said_metres(path: Path, epsg: int, bounds: Bounds) -> None:
    """Raise a clear error when somebody names a system in metres for numbers that are degrees.

    Parameters
    ----------
    bounds
        ``(n, 4)`` west, south, east, north of each shape, or each point twice.
    """
    system = CRS.from_epsg(epsg)
    if not system.is_geographic and len(bounds) and bool(_within(bounds, EARTH_BOX).all()):
        west, south = bounds[0, :2]
        raise WrongSystem(
            path,
            f"it was said to be in EPSG:{epsg} ({system.name}), which is in metres, but its numbers are degrees"
            f" (the first is {west:g}, {south:g})",
        )


def _turned(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    west, south, east, north = box
    return (south, west, north, east)


def _within(bounds: Bounds, box: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    """Whether each feature's own box lies in a box; False for one without coordinates or with infinite ones."""
    with np.errstate(invalid="ignore"):
        return cast(
            "NDArray[np.bool_]", (bounds[:, :2] >= box[:2]).all(axis=1) & (bounds[:, 2:] <= box[2:]).all(axis=1)
        )


def _plane_of(frame: gpd.GeoDataFrame, shapes: NDArray[np.object_], metres: NDArray[np.bool_]) -> tuple[int, str]:
    """Tell TWD97 and TWD67 apart by attributes that hold the same place in degrees, as many lists do."""
    west, south, east, north = TAIWAN_BOX
    lon, lat = _column_within(frame, west, east), _column_within(frame, south, north)
    if lon is None or lat is None:
        return (
            TWD97_TM2_121,
            f"nothing in it tells TWD97 from TWD67, 850 m apart; --crs {TWD67_TM2_121} reads it as TWD67",
        )
    usable = metres & np.isfinite(lon) & np.isfinite(lat)
    middles = shapely.get_coordinates(shapely.centroid(shapes[usable]))
    apart_m = {plane: _apart_m(reproject(middles, plane), lon[usable], lat[usable]) for plane in PLANES}
    plane = min(apart_m, key=apart_m.__getitem__)
    if not apart_m[plane] <= PROOF_DISTANCE_M:
        return TWD97_TM2_121, "its attributes in degrees agree with no plane"
    return plane, f"its own attributes in degrees agree within {apart_m[plane]:.0f} m"


def _apart_m(lonlat: NDArray[np.float64], lon: NDArray[np.float64], lat: NDArray[np.float64]) -> float:
    _, _, distance_m = GEOD.inv(lonlat[:, 0], lonlat[:, 1], lon, lat)
    return float(np.median(distance_m))


def _column_within(frame: gpd.GeoDataFrame, low: float, high: float) -> NDArray[np.float64] | None:
    for name in frame.columns.drop(frame.geometry.name):
        values = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        # Whole numbers such as 25 are counts and codes.
        believable = (values >= low) & (values <= high) & (values != np.rint(values))
        if believable.mean() >= PROOF_SHARE:
            return cast("NDArray[np.float64]", values)
    return None


def _note(
    path: Path,
    frame: gpd.GeoDataFrame,
    found: NDArray[np.bool_],
    report: ImportReport,
    outcome: Outcome,
    reason: str,
    right: str,
) -> None:
    for position in np.flatnonzero(found):
        report.note(path, position + 1, outcome, "geometry", frame.geometry.iloc[position].wkt, reason, right)

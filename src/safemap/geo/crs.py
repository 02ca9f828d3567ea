"""Reference systems: the only file that names an EPSG code or builds a transformer."""

from dataclasses import dataclass
from functools import cache
from typing import NewType, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod, Transformer
from shapely.geometry.base import BaseGeometry

Lonlat = NewType("Lonlat", BaseGeometry)
"""A geometry in degrees, EPSG:4326, longitude first."""

Metric = NewType("Metric", BaseGeometry)
"""A geometry in metres of a `MetricPlane`."""

WGS84 = 4326
WEB_MERCATOR = 3857  # for tiles only, never for measuring: 8-10 % too long in Taiwan
TWD97_GEOGRAPHIC = 3824
TWD97_TM2_119 = 3825  # Penghu, Kinmen, Matsu
TWD97_TM2_121 = 3826  # main island
TWD67_TM2_119 = 3827
TWD67_TM2_121 = 3828

# West, south, east, north in degrees; the islets of Penghu end at 119.72° E, the main island begins at 120.03° E.
TAIWAN_BOX = (118.0, 20.7, 122.6, 26.6)
TM2_ZONE_BORDER_DEG = 119.98

GEOD = Geod(ellps="GRS80")


# PROJ knows no shift for TWD67 and would silently leave its points 850 m away. Three-parameter shift as published for
# Taiwan; against known points of the main island it is right within 3 m to the north of Taipei and some 10 m elsewhere.
TWD67_SHIFT = "+ellps=aust_SA +towgs84=-752,-358,-179 +units=m +no_defs"
TWD67_PLANES = {
    TWD67_TM2_119: f"+proj=tmerc +lat_0=0 +lon_0=119 +k=0.9999 +x_0=250000 +y_0=0 {TWD67_SHIFT}",
    TWD67_TM2_121: f"+proj=tmerc +lat_0=0 +lon_0=121 +k=0.9999 +x_0=250000 +y_0=0 {TWD67_SHIFT}",
}
TWD67_ACCURACY_M = 10.0


@cache
def _transformer(source: int, target: int) -> Transformer:
    return Transformer.from_crs(_crs(source), _crs(target), always_xy=True)


def _crs(epsg: int) -> CRS:
    return CRS.from_proj4(TWD67_PLANES[epsg]) if epsg in TWD67_PLANES else CRS.from_epsg(epsg)


def metric_epsg(lon: float, lat: float) -> int:
    """Return the EPSG code of the plane in which things around a point are measured.

    Parameters
    ----------
    lon, lat
        Degrees.

    Returns
    -------
    int
        3826 on Taiwan's main island and Matsu's sea side east of 119.98° E, 3825 west of it; elsewhere the UTM zone.
    """
    if is_in_taiwan(lon, lat):
        return TWD97_TM2_121 if lon >= TM2_ZONE_BORDER_DEG else TWD97_TM2_119
    zone = int((lon + 180.0) // 6.0) % 60 + 1
    return (32600 if lat >= 0 else 32700) + zone


def is_in_taiwan(lon: float, lat: float) -> bool:
    """Whether a point in degrees lies in the box around Taiwan and its islands, its edges included."""
    west, south, east, north = TAIWAN_BOX
    return west <= lon <= east and south <= lat <= north


@dataclass(frozen=True)
class MetricPlane:
    """A local plane in metres around one place; everything in one computation uses one plane."""

    epsg: int

    @classmethod
    def around(cls, place: Lonlat) -> "MetricPlane":
        """Choose the plane by the centre of a place's box."""
        west, south, east, north = place.bounds
        return cls(metric_epsg((west + east) / 2, (south + north) / 2))

    def to_metric(self, geometry: Lonlat) -> Metric:
        """Bring one geometry into the plane (metres)."""
        return cast("Metric", shapely.transform(geometry, self._xy_from_lonlat))

    def to_lonlat(self, geometry: Metric) -> Lonlat:
        """Bring one geometry back to degrees."""
        return cast("Lonlat", shapely.transform(geometry, self._lonlat_from_xy))

    def to_metric_all(self, geometries: NDArray[np.object_]) -> NDArray[np.object_]:
        """Bring an array of shapely geometries into the plane, one call for all of them."""
        return shapely.transform(geometries, self._xy_from_lonlat)

    def to_lonlat_all(self, geometries: NDArray[np.object_]) -> NDArray[np.object_]:
        """Bring an array of shapely geometries back to degrees."""
        return shapely.transform(geometries, self._lonlat_from_xy)

    @property
    def crs(self) -> CRS:
        """The plane as a pyproj CRS."""
        return CRS.from_epsg(self.epsg)

    def _xy_from_lonlat(self, coords: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = _transformer(WGS84, self.epsg).transform(coords[:, 0], coords[:, 1])
        return np.column_stack([x, y])

    def _lonlat_from_xy(self, coords: NDArray[np.float64]) -> NDArray[np.float64]:
        lon, lat = _transformer(self.epsg, WGS84).transform(coords[:, 0], coords[:, 1])
        return np.column_stack([lon, lat])


def reproject(coords: NDArray[np.float64], source_epsg: int, target_epsg: int = WGS84) -> NDArray[np.float64]:
    """Reproject an ``(n, 2)`` array of x, y (or lon, lat) pairs; always x before y."""
    x, y = _transformer(source_epsg, target_epsg).transform(coords[:, 0], coords[:, 1])
    return np.column_stack([x, y])


def geodesic_length_m(line: Lonlat) -> float:
    """Return the length of a line in metres on the ellipsoid."""
    return float(GEOD.geometry_length(line))

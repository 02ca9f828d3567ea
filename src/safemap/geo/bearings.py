"""Bearings: north of the earth against north of a plane."""

import numpy as np
from numpy.typing import NDArray

from safemap.geo.crs import GEOD, WGS84, MetricPlane, reproject

STEP_M = 10.0


def plane_azimuths_deg(
    plane: MetricPlane, lon_lat: NDArray[np.float64], azimuth_deg: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Turn bearings from true north into bearings from a plane's north, both clockwise; NaN stays NaN.

    They differ by the meridian convergence: at most 0.5° in Taiwan's TM2 zones, up to 3° in a UTM zone in Europe.

    Parameters
    ----------
    lon_lat
        ``(n, 2)`` in degrees: where each bearing is taken.
    azimuth_deg
        ``(n,)``.
    """
    known = ~np.isnan(azimuth_deg)
    turned = np.full(len(azimuth_deg), np.nan)
    if not known.any():
        return turned
    lon, lat = lon_lat[known].T
    ahead_lon, ahead_lat, _ = GEOD.fwd(lon, lat, azimuth_deg[known], np.full(int(known.sum()), STEP_M))
    here = reproject(lon_lat[known], WGS84, plane.epsg)
    ahead = reproject(np.column_stack([ahead_lon, ahead_lat]), WGS84, plane.epsg)
    offset = ahead - here
    turned[known] = np.degrees(np.arctan2(offset[:, 0], offset[:, 1])) % 360.0
    return turned

"""What a camera sees, from spots that are known to be seen: OpenStreetMap's relations of type ``surveillance``."""

import numpy as np
from numpy.typing import NDArray

from safemap.geo.crs import GEOD
from safemap.imports.directions import Direction

# Spots prove what is seen at least; a narrower view than a common lens has is not proved by them.
NARROWEST_PROVED_DEG = 60.0
NEAREST_SPOT_M = 1.0  # nearer, its bearing says nothing
FARTHEST_SPOT_M = 1000.0


def view_towards(
    camera: tuple[float, float], spots: NDArray[np.float64], ends: NDArray[np.float64]
) -> tuple[Direction, float | None]:
    """Return the direction and the reach of a camera that sees some spots.

    Parameters
    ----------
    camera
        Longitude and latitude, degrees.
    spots
        ``(n, 2)`` longitudes and latitudes of all spots that are seen.
    ends
        ``(m, 2)`` of those, the ones where the seen area ends.

    Returns
    -------
    Direction
        The middle of the smallest sector that holds all spots; its width only when it is wider than a common lens's
        60°. Both None without a usable spot.
    float or None
        Distance in metres to the farthest end; None without one.
    """
    bearing_deg, distance_m = _seen_from(camera, spots)
    bearing_deg = bearing_deg[(distance_m >= NEAREST_SPOT_M) & (distance_m <= FARTHEST_SPOT_M)]
    _, end_m = _seen_from(camera, ends)
    end_m = end_m[(end_m >= NEAREST_SPOT_M) & (end_m <= FARTHEST_SPOT_M)]
    reach_m = float(end_m.max()) if len(end_m) else None
    if len(bearing_deg) == 0:
        return Direction(None, None), reach_m
    around = np.sort(bearing_deg % 360.0)
    gaps = np.diff(np.append(around, around[0] + 360.0))
    widest = int(gaps.argmax())
    width_deg = 360.0 - float(gaps[widest])
    start_deg = float(around[(widest + 1) % len(around)])
    middle_deg = (start_deg + width_deg / 2.0) % 360.0
    return Direction(middle_deg, width_deg if width_deg > NARROWEST_PROVED_DEG else None), reach_m


def _seen_from(
    camera: tuple[float, float], spots: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lon, lat = np.full(len(spots), camera[0]), np.full(len(spots), camera[1])
    bearing_deg, _, distance_m = GEOD.inv(lon, lat, spots[:, 0], spots[:, 1])
    return np.asarray(bearing_deg), np.asarray(distance_m)

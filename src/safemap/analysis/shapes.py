"""Arrays of points and lines from arrays of coordinates."""

from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray


def points_of(xy: NDArray[np.float64]) -> NDArray[np.object_]:
    """Return ``(n,)`` Points of ``(n, 2)`` coordinates."""
    return cast("NDArray[np.object_]", shapely.points(xy))


def lines_between(from_xy: NDArray[np.float64], to_xy: NDArray[np.float64]) -> NDArray[np.object_]:
    """Return ``(n,)`` straight LineStrings between two ``(n, 2)`` arrays."""
    return cast("NDArray[np.object_]", shapely.linestrings(np.stack([from_xy, to_xy], axis=1)))


def lines_through(xy: NDArray[np.float64], line: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return LineStrings through ``(n, 2)`` points, grouped by a rising line number."""
    return cast("NDArray[np.object_]", shapely.linestrings(xy, indices=line))

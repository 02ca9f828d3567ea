"""Positions of points in published tables: placeholders, swapped axes, metres instead of degrees."""

from dataclasses import dataclass
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray

from safemap.geo.crs import TAIWAN_BOX, TWD97_TM2_121, reproject

PLACEHOLDER = (111.0, 11.0)  # what the National Police Agency writes when a place was not located


@dataclass(frozen=True)
class Positions:
    """Points of a table.

    Attributes
    ----------
    points
        ``(n,)`` Points in degrees, None where there is none.
    placeholder, swapped, projected, outside
        ``(n,)`` masks: no place was given; the axes were swapped back; metres were brought to degrees; the place is
        not in Taiwan and was left out.
    """

    points: NDArray[np.object_]
    placeholder: NDArray[np.bool_]
    swapped: NDArray[np.bool_]
    projected: NDArray[np.bool_]
    outside: NDArray[np.bool_]


def positions(x: NDArray[np.float64], y: NDArray[np.float64], *, anywhere: bool = False) -> Positions:
    """Read two columns of numbers as positions.

    Parameters
    ----------
    x, y
        ``(n,)`` as published; NaN where empty.
    anywhere
        Accept every place on Earth (safemap's own files); otherwise only Taiwan.
    """
    west, south, east, north = (-180.0, -90.0, 180.0, 90.0) if anywhere else TAIWAN_BOX
    with np.errstate(invalid="ignore"):
        placeholder = (
            ~np.isfinite(x) | ~np.isfinite(y) | ((x == PLACEHOLDER[0]) & (y == PLACEHOLDER[1])) | ((x == 0) & (y == 0))
        )
        in_degrees = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        swapped = ~in_degrees & (y >= west) & (y <= east) & (x >= south) & (x <= north) & (not anywhere)
        projected = (x >= 90_000) & (x <= 380_000) & (y >= 2_400_000) & (y <= 2_900_000)
    lon, lat = np.where(swapped, y, x), np.where(swapped, x, y)
    if bool(projected.any()):
        coords = reproject(np.column_stack([x[projected], y[projected]]), TWD97_TM2_121)
        lon[projected], lat[projected] = coords[:, 0], coords[:, 1]
    usable = (in_degrees | swapped | projected) & ~placeholder
    points = np.full(len(x), None, dtype=object)
    points[usable] = shapely.points(lon[usable], lat[usable])
    return Positions(
        points=cast("NDArray[np.object_]", points),
        placeholder=placeholder,
        swapped=swapped & ~placeholder,
        projected=projected & ~placeholder,
        outside=~usable & ~placeholder,
    )

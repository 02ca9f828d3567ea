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
    lonlat
        ``(n, 2)`` degrees, NaN where there is no position.
    placeholder, swapped, projected, outside
        ``(n,)`` masks: no place was given; the axes were swapped back; metres were brought to degrees; the place is
        not in Taiwan and was left out.
    """

    lonlat: NDArray[np.float64]
    placeholder: NDArray[np.bool_]
    swapped: NDArray[np.bool_]
    projected: NDArray[np.bool_]
    outside: NDArray[np.bool_]

    @property
    def points(self) -> NDArray[np.object_]:
        """``(n,)`` Points, None where there is no position."""
        points = np.full(len(self.lonlat), None, dtype=object)
        here = ~np.isnan(self.lonlat[:, 0])
        points[here] = shapely.points(self.lonlat[here])
        return cast("NDArray[np.object_]", points)


def positions(x: NDArray[np.float64], y: NDArray[np.float64], *, anywhere: bool = False) -> Positions:
    """Read two columns of numbers as positions.

    Parameters
    ----------
    x, y
        ``(n,)`` as published; NaN where empty.
    anywhere
        Accept every place on Earth (safemap's own files); otherwise only Taiwan. Swapped axes are told by Taiwan's box
        either way: its longitudes are no latitudes.
    """
    west, south, east, north = (-180.0, -90.0, 180.0, 90.0) if anywhere else TAIWAN_BOX
    taiwan_west, taiwan_south, taiwan_east, taiwan_north = TAIWAN_BOX
    with np.errstate(invalid="ignore"):
        placeholder = (
            ~np.isfinite(x) | ~np.isfinite(y) | ((x == PLACEHOLDER[0]) & (y == PLACEHOLDER[1])) | ((x == 0) & (y == 0))
        )
        in_degrees = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        swapped = ~in_degrees & (y >= taiwan_west) & (y <= taiwan_east) & (x >= taiwan_south) & (x <= taiwan_north)
        projected = (x >= 90_000) & (x <= 380_000) & (y >= 2_400_000) & (y <= 2_900_000)
    lon, lat = np.where(swapped, y, x), np.where(swapped, x, y)
    if bool(projected.any()):
        coords = reproject(np.column_stack([x[projected], y[projected]]), TWD97_TM2_121)
        lon[projected], lat[projected] = coords[:, 0], coords[:, 1]
    usable = (in_degrees | swapped | projected) & ~placeholder
    return Positions(
        lonlat=np.column_stack([np.where(usable, lon, np.nan), np.where(usable, lat, np.nan)]),
        placeholder=placeholder,
        swapped=swapped & ~placeholder,
        projected=projected & ~placeholder,
        outside=~usable & ~placeholder,
    )

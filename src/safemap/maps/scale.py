"""Where a place comes to lie on paper: a round scale, true to the ellipsoid, with its grid and its north."""

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from safemap.geo.bearings import plane_azimuths_deg
from safemap.geo.crs import GEOD, Lonlat, Metric, MetricPlane
from safemap.maps.rules import LARGEST_SCALE, ROUND_SCALES, SMALLEST_SCALE, AreaTooLarge, ScaleImpossible, SheetFormat

MARGIN_SHARE = 0.015  # of the paper, left free around the area on each side
BAR_LENGTHS_M = tuple(digit * power for power in (10, 100, 1_000, 10_000, 100_000) for digit in (1, 2, 5))


@dataclass(frozen=True)
class MapFrame:
    """A window of a metric plane on paper; y runs down the page.

    Parameters
    ----------
    centre_xy
        In metres of the plane.
    ground_m_per_plane_m
        What one metre of the plane is on the ellipsoid here (TM2: 1.0001 at the middle meridian, UTM: 1.0004).
    north_deg
        Where true north lies, clockwise from the top of the page.
    """

    plane: MetricPlane
    centre_xy: tuple[float, float]
    denominator: int
    width_mm: float
    height_mm: float
    square_mm: float
    ground_m_per_plane_m: float
    north_deg: float

    @property
    def mm_per_plane_m(self) -> float:
        """Millimetres of paper for a metre of the plane."""
        return 1000.0 / self.denominator * self.ground_m_per_plane_m

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the window in metres of the plane."""
        half_x, half_y = self.width_mm / 2 / self.mm_per_plane_m, self.height_mm / 2 / self.mm_per_plane_m
        x, y = self.centre_xy
        return x - half_x, y - half_y, x + half_x, y + half_y

    def mm(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bring ``(n, 2)`` metres of the plane to millimetres from the window's top left corner."""
        offset = (np.asarray(xy, dtype=np.float64) - self.centre_xy) * self.mm_per_plane_m
        return np.column_stack([offset[:, 0] + self.width_mm / 2, self.height_mm / 2 - offset[:, 1]])

    def on_paper(self, geometries: NDArray[np.object_]) -> NDArray[np.object_]:
        """Bring an array of shapes in metres of the plane to millimetres of paper."""
        return np.asarray(shapely.transform(geometries, self.mm), dtype=object)

    @property
    def columns(self) -> int:
        """How many squares stand beside each other; the last may be cut."""
        return math.ceil(self.width_mm / self.square_mm - 1e-9)

    @property
    def rows(self) -> int:
        """How many squares stand below each other; the last may be cut."""
        return math.ceil(self.height_mm / self.square_mm - 1e-9)

    def square_at(self, x_mm: float, y_mm: float) -> str:
        """Name the square of a spot on paper: rows are letters from the top, columns numbers from the left."""
        column = min(max(int(x_mm // self.square_mm), 0), self.columns - 1)
        row = min(max(int(y_mm // self.square_mm), 0), self.rows - 1)
        return f"{chr(ord('A') + row)}{column + 1}"

    def bar_m(self, longest_mm: float) -> int:
        """Return the longest round distance on the ground whose bar is no longer than this."""
        return max(
            (length for length in BAR_LENGTHS_M if self.bar_mm(length) <= longest_mm), default=min(BAR_LENGTHS_M)
        )

    def bar_mm(self, ground_m: float) -> float:
        """Return how long a distance on the ground is on paper."""
        return ground_m * 1000.0 / self.denominator


def frame_for(area: Lonlat, name: str, sheet: SheetFormat, denominator: int | None = None) -> MapFrame:
    """Choose the largest round scale at which an area fits on a sheet, or check the one that is wanted.

    Raises
    ------
    AreaTooLarge
        The area does not fit at the wanted scale.
    ScaleImpossible
        The wanted scale is no scale for paper.
    """
    if denominator is not None and not LARGEST_SCALE <= denominator <= SMALLEST_SCALE:
        raise ScaleImpossible(denominator)
    plane = MetricPlane.around(area)
    west, south, east, north = plane.to_metric(area).bounds
    centre = ((west + east) / 2, (south + north) / 2)
    ground = ground_m_per_plane_m(plane, centre)
    usable = 1.0 - 2 * MARGIN_SHARE
    needed = (
        1000.0
        * ground
        * max((east - west) / (sheet.map_width_mm * usable), (north - south) / (sheet.map_height_mm * usable))
    )
    fitting: int = next((scale for scale in ROUND_SCALES if scale >= needed), ROUND_SCALES[-1])
    if denominator is not None and denominator < needed and denominator < fitting:
        raise AreaTooLarge(name, sheet.paper, denominator, fitting)
    lonlat = plane.to_lonlat(Metric(shapely.Point(centre))).coords[0]
    return MapFrame(
        plane=plane,
        centre_xy=centre,
        denominator=denominator or fitting,
        width_mm=sheet.map_width_mm,
        height_mm=sheet.map_height_mm,
        square_mm=sheet.square_mm,
        ground_m_per_plane_m=ground,
        north_deg=_signed(float(plane_azimuths_deg(plane, np.array([lonlat]), np.array([0.0]))[0])),
    )


def ground_m_per_plane_m(plane: MetricPlane, xy: tuple[float, float]) -> float:
    """Return what a metre of a plane is on the ellipsoid around a point; the planes are conformal: in any direction."""
    x, y = xy
    line = plane.to_lonlat(Metric(shapely.LineString([(x - 50.0, y), (x + 50.0, y)])))
    return float(GEOD.geometry_length(line)) / 100.0


def _signed(angle_deg: float) -> float:
    return (angle_deg + 180.0) % 360.0 - 180.0

"""Cells over where a report could exist: squares or hexagons in metres, each with its exposure."""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from safemap.analysis.hotspots.checks import (
    NotUsable,
    are_degrees,
    numbers_checked,
    points_checked,
    positive,
    refuse_degrees,
)
from safemap.analysis.hotspots.windows import Window, window_of
from safemap.analysis.segments import cut_streets, sample_segments
from safemap.geo.crs import Metric

Kind = TypeVar("Kind", bound=np.generic)
MOST_CELLS = 16_000_000
SLIVER_SHARE = 0.01  # a cell with less of itself inside the area is no cell; its area is told as clipped
AT_THE_EDGE = 1e-9  # of a cell: a point on the outermost edge belongs to the last cell


class Tiling(StrEnum):
    """The shape of cells."""

    SQUARE = "square"
    HEXAGON = "hexagon"  # `cell_m` is the distance between the centres of neighbours


OUT, CUT, WHOLE = 0, 1, 2

# East and north step from one row to the next, in cells. Hexagons stand in slanted rows: column q of row r has its
# centre at (q + r/2, r·√3/2), so that one window fits around every cell, as on squares.
ROW_STEP = {Tiling.SQUARE: (0.0, 1.0), Tiling.HEXAGON: (0.5, float(np.sqrt(3) / 2))}
CELL_SHARE = {Tiling.SQUARE: 1.0, Tiling.HEXAGON: float(np.sqrt(3) / 2)}  # area of a cell, of its `cell_m` squared


@dataclass(frozen=True, eq=False)
class Grid:
    """Cells of one size over a study area.

    Attributes
    ----------
    cell_m
        Side of a square; distance between the centres of neighbouring hexagons.
    first_xy
        ``(2,)`` centre of the cell in row 0 and column 0, in metres of the area's plane.
    inside_share
        ``(rows, columns)`` share of each cell that lies in the area; row 0 is the southernmost.
    exposure
        ``(rows, columns)`` how much of what can be hit is in each cell: m² of the area, metres of street, addresses …;
        0 where no report could exist. A cell with exposure is a cell of the study.
    area
        The study area; None when every cell is wholly in.
    clipped_m2
        What of the area lies in slivers that are no cell of the study.
    """

    tiling: Tiling
    cell_m: float
    first_xy: NDArray[np.float64]
    inside_share: NDArray[np.float64]
    exposure: NDArray[np.float64]
    area: Metric | None
    clipped_m2: float

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.exposure.shape[0], self.exposure.shape[1]

    @cached_property
    def cells(self) -> NDArray[np.int64]:
        """``(m,)`` flat positions of the cells of the study: what every result per cell is ordered by."""
        return np.flatnonzero(self.exposure > 0)

    @property
    def cell_m2(self) -> float:
        """Area of one whole cell."""
        return self.cell_m**2 * CELL_SHARE[self.tiling]

    def window(self, reach_m: float) -> Window:
        """Cells whose centre lies at most `reach_m` from that of the middle cell."""
        return window_of(ROW_STEP[self.tiling], positive(reach_m, "reach_m", "m") / self.cell_m)

    def of_cells(self, values: NDArray[Kind]) -> NDArray[Kind]:
        """Take ``(m,)`` values of the study's cells out of ``(rows, columns)``."""
        return values.ravel()[self.cells]

    def over_all(self, values: NDArray[np.generic], fill: float = 0.0) -> NDArray[np.float64]:
        """Put ``(m,)`` values of the study's cells into ``(rows, columns)``, with `fill` elsewhere."""
        spread = np.full(self.shape, fill, dtype=np.float64)
        spread.ravel()[self.cells] = values
        return spread

    def centres_xy(self, flat: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """Return ``(m, 2)`` centres of cells by their flat positions; those of the study without."""
        row, column = np.divmod(self.cells if flat is None else flat, self.shape[1])
        east, north = ROW_STEP[self.tiling]
        return self.first_xy + self.cell_m * np.column_stack([column + row * east, row * north])

    def polygons(self, flat: NDArray[np.int64] | None = None) -> NDArray[np.object_]:
        """Return ``(m,)`` whole cells as Polygons, not clipped to the area."""
        return _polygons(self.tiling, self.cell_m, self.centres_xy(flat))

    def in_cells(self, xy: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return how far east and north of the first centre each point lies, in cells."""
        return (xy[:, 0] - self.first_xy[0]) / self.cell_m, (xy[:, 1] - self.first_xy[1]) / self.cell_m

    def flat_of(self, xy: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the flat position of the cell that each point lies in; -1 outside the array of cells.

        A point on an edge between two squares belongs to the one east or north of it.
        """
        return self.flat_at(*self.in_cells(xy))

    def flat_at(self, east: NDArray[np.float64], north: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the same for positions in cells from the first centre."""
        rows, columns = self.shape
        if self.tiling is Tiling.HEXAGON:
            row, column = _hexagon(east, north)
            return np.where((row < 0) | (row >= rows) | (column < 0) | (column >= columns), -1, row * columns + column)
        right, up = east + 0.5, north + 0.5
        column, row = right.astype(np.int64), up.astype(np.int64)
        if not (_lie_within(right, columns) and _lie_within(up, rows)):
            # What lies on the outermost edge belongs to the last cell.
            np.minimum(column, columns - 1, out=column)
            np.minimum(row, rows - 1, out=row)
            is_out = (right < 0.0) | (right > columns + AT_THE_EDGE) | (up < 0.0) | (up > rows + AT_THE_EDGE)
            return np.where(is_out, -1, row * columns + column)
        return row * columns + column

    def is_inside(self, xy: NDArray[np.float64], flat: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which points lie in the area (its border included) and in a cell of the study."""
        standing = self._standing[flat]
        is_in: NDArray[np.bool_] = standing != OUT
        is_cut = standing == CUT
        if is_cut.any():
            shapely.prepare(self.area)
            is_in[is_cut] = shapely.intersects_xy(self.area, xy[is_cut])
        return is_in

    @cached_property
    def _standing(self) -> NDArray[np.int8]:
        """How each flat position stands to the study: out of it, cut by the area's border, wholly in; -1 is out."""
        is_whole = (self.inside_share.ravel() >= 1.0) | (self.area is None)
        standing = np.where(self.exposure.ravel() > 0, np.where(is_whole, WHOLE, CUT), OUT)
        return np.append(standing, OUT).astype(np.int8)

    def refuse_degrees(self, xy: NDArray[np.float64], inside: int) -> None:
        """Refuse points of which none is inside and all look like longitude and latitude, unless the grid does too.

        Raises
        ------
        LooksLikeDegrees
            They do.
        """
        if inside == 0 and not are_degrees(self.centres_xy()):
            refuse_degrees(xy)

    def with_exposure(self, exposure: NDArray[np.float64]) -> "Grid":
        """Return the same cells with another exposure; where it is 0, no report could exist, and no cell is.

        Raises
        ------
        NotUsable
            It is of another shape, negative, not finite, or 0 everywhere.
        """
        if exposure.shape != self.shape:
            raise NotUsable("exposure", f"its shape is {exposure.shape}", f"{self.shape}, one number a cell")
        given = numbers_checked(exposure.ravel(), exposure.size, "exposure").reshape(self.shape)
        kept = np.where(self.exposure > 0, given, 0.0)
        if not kept.any():
            raise NotUsable("exposure", "it is 0 in every cell of the area", "above 0 somewhere")
        return replace(self, exposure=kept)

    def by_street_length(self, streets: NDArray[np.object_]) -> "Grid":
        """Return the same cells with the metres of street inside the area as exposure.

        Measured at points a tenth of a cell apart: right to a twentieth of a cell for each crossing of an edge.

        Parameters
        ----------
        streets
            LineStrings in metres.
        """
        ends = np.zeros(len(streets), dtype=np.int64)
        whole = cut_streets(streets, ends, ends, longest_m=np.inf)
        samples = sample_segments(whole, self.cell_m / 10)
        return self.by_points(samples.xy, samples.length_m)

    def by_points(self, xy: ArrayLike, weights: ArrayLike | None = None) -> "Grid":
        """Return the same cells with a sum over points as exposure: addresses, residents, lit hours, reports made.

        Parameters
        ----------
        xy
            ``(n, 2)`` in metres; points outside the area do not count.
        weights
            ``(n,)``; 1 each without.
        """
        points = points_checked(xy)
        weight = numbers_checked(weights, len(points), "weights")
        flat = self.flat_of(points)
        is_in = self.is_inside(points, flat)
        summed = np.bincount(flat[is_in], weights=weight[is_in], minlength=self.exposure.size).astype(np.float64)
        return self.with_exposure(summed.reshape(self.shape))


def grid_over(area: Metric, cell_m: float, tiling: Tiling = Tiling.SQUARE) -> Grid:
    """Lay cells over an area, with the m² of the area inside each as its exposure.

    The cells stand so that they overlap the area's box equally on both sides. Cells with less than a hundredth of
    themselves inside are left out, and what that leaves out is told.

    Parameters
    ----------
    area
        Polygon or MultiPolygon in metres: land, streets with their sides, wherever a report could exist. Holes count
        as outside.
    cell_m
        Side of squares; distance between neighbouring hexagons.

    Raises
    ------
    NotUsable
        The area is empty or broken, or would need more than 16 million cells.
    LooksLikeDegrees
        The area is smaller than a cell and lies within ±180 and ±90.

    Examples
    --------
    >>> grid = grid_over(Metric(shapely.box(0, 0, 400, 250)), 100.0)
    >>> grid.shape, grid.exposure[:, 0].tolist(), float(grid.exposure.sum())
    ((3, 4), [7500.0, 10000.0, 7500.0], 100000.0)
    """
    positive(cell_m, "cell_m", "m")
    if area.is_empty or not area.is_valid or not area.area > 0:
        raise NotUsable("area", "it is empty, crosses itself, or has no area", "a valid Polygon or MultiPolygon")
    west, south, east, north = area.bounds
    refuse_degrees(np.array([[west, south], [east, north]]), cell_m, "area")
    up = ROW_STEP[tiling][1]
    width, height = (east - west) / cell_m, (north - south) / cell_m
    if tiling is Tiling.SQUARE:
        rows, columns = (max(1, int(np.ceil(size - AT_THE_EDGE))) for size in (height, width))
        first = np.array([(width - columns + 1) / 2, (height - rows + 1) / 2])
    else:
        rows = int(np.ceil(height / up)) + 1
        slant = rows // 2  # rows lean east: so many columns more on the west side
        columns = int(np.ceil(width)) + 2 + slant
        first = np.array([-0.5 - slant, (height - (rows - 1) * up) / 2])
    if rows * columns > MOST_CELLS:
        raise NotUsable("cell_m", f"{cell_m:g} m would make {rows * columns:,} cells", f"{MOST_CELLS:,} cells at most")
    bare = Grid(
        tiling=tiling,
        cell_m=float(cell_m),
        first_xy=np.array([west, south]) + cell_m * first,
        inside_share=np.zeros((rows, columns)),
        exposure=np.ones((rows, columns)),
        area=area,
        clipped_m2=0.0,
    )
    share = _inside_share(bare, area)
    kept = np.where(share >= SLIVER_SHARE, share, 0.0)
    if not kept.any():  # an area much smaller than a cell is one cell all the same
        kept = share
    exposure = kept * bare.cell_m2
    return replace(bare, inside_share=kept, exposure=exposure, clipped_m2=max(0.0, area.area - float(exposure.sum())))


@dataclass(frozen=True, eq=False)
class Placed:
    """Events in cells, and how many found none.

    Attributes
    ----------
    counts
        ``(rows, columns)`` events in each cell of the study.
    cell
        ``(n,)`` flat position of each event's cell; -1 outside.
    outside
        How many lie outside the area, or where no report could exist: they take no part, and that has to be said.
    """

    grid: Grid
    counts: NDArray[np.int64]
    cell: NDArray[np.int64]
    outside: int

    @property
    def total(self) -> int:
        """Events inside."""
        return int(self.counts.sum())


def place_events(grid: Grid, xy: ArrayLike) -> Placed:
    """Count events in cells.

    Parameters
    ----------
    xy
        ``(n, 2)`` in the metres of the grid's plane; none gives zeros.

    Raises
    ------
    NotUsable
        A coordinate is no finite number.
    LooksLikeDegrees
        They look like longitude and latitude, and none lies in the area.

    Examples
    --------
    >>> grid = grid_over(Metric(shapely.box(0, 0, 200, 100)), 100.0)
    >>> placed = place_events(grid, [[10, 10], [150, 50], [160, 50], [999, 999]])
    >>> placed.counts.tolist(), placed.outside
    ([[1, 2]], 1)
    """
    points = points_checked(xy)
    flat = grid.flat_of(points)
    is_in = grid.is_inside(points, flat)
    grid.refuse_degrees(points, int(is_in.sum()))
    cell = np.where(is_in, flat, -1)
    counts = np.bincount(cell[is_in], minlength=grid.exposure.size).reshape(grid.shape)
    return Placed(grid, counts.astype(np.int64), cell, int((~is_in).sum()))


def suggest_cell_m(area_m2: float, accuracy_m: float = 0.0) -> float:
    """Suggest a side for cells: some 400 of them, 25 to 200 m, and never finer than positions are known.

    Few cells are few tests, so that at community size a hotspot can still be told from chance; a cell is at least as
    wide as half of the circle in which positions are known.

    Examples
    --------
    >>> suggest_cell_m(1e6), suggest_cell_m(1e6, accuracy_m=150.0)
    (50.0, 75.0)
    """
    by_area = float(np.sqrt(positive(area_m2, "area_m2", "m²") / 400.0))
    return max(min(200.0, max(25.0, by_area)), accuracy_m / 2)


def _lie_within(positions: NDArray[np.float64], size: int) -> bool:
    return len(positions) == 0 or bool(positions.min() >= 0.0 and positions.max() < size)


def _hexagon(east: NDArray[np.float64], north: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and column of the hexagon around each position, in cells from the first centre."""
    # The nearest of the lattice's points, by rounding three coordinates that add up to 0.
    slanted_row = north / ROW_STEP[Tiling.HEXAGON][1]
    slanted_column = east - slanted_row / 2
    third = -slanted_row - slanted_column
    row, column, rest = np.rint(slanted_row), np.rint(slanted_column), np.rint(third)
    off_row, off_column, off_rest = abs(row - slanted_row), abs(column - slanted_column), abs(rest - third)
    by_row = (off_row > off_column) & (off_row > off_rest)
    by_column = ~by_row & (off_column > off_rest)
    row, column = np.where(by_row, -column - rest, row), np.where(by_column, -row - rest, column)
    return row.astype(np.int64), column.astype(np.int64)


def _polygons(tiling: Tiling, cell_m: float, centres: NDArray[np.float64]) -> NDArray[np.object_]:
    if tiling is Tiling.SQUARE:
        corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    else:
        angle = np.radians(np.arange(30.0, 390.0, 60.0))
        corners = np.column_stack([np.cos(angle), np.sin(angle)]) / np.sqrt(3)
    return np.asarray(shapely.polygons(centres[:, None, :] + cell_m * corners[None, :, :]), dtype=object)


def _inside_share(grid: Grid, area: Metric) -> NDArray[np.float64]:
    """Share of each cell inside: exact where the border passes, by the centre elsewhere."""
    every = np.arange(grid.exposure.size)
    centres = grid.centres_xy(every)
    shapely.prepare(area)
    share = shapely.contains_xy(area, centres).astype(np.float64)
    # The border passes no cell that is neither under a point of it, a quarter of a cell apart, nor beside such a one.
    border = shapely.segmentize(area.boundary, grid.cell_m / 4)
    flat = grid.flat_of(shapely.get_coordinates(border))
    row, column = np.divmod(np.unique(flat[flat >= 0]), grid.shape[1])
    is_near = np.zeros(grid.shape, dtype=np.bool_)
    for down in (-1, 0, 1):
        for left in (-1, 0, 1):
            is_in = (row + down >= 0) & (row + down < grid.shape[0]) & (column + left >= 0)
            is_in &= column + left < grid.shape[1]
            is_near[row[is_in] + down, column[is_in] + left] = True
    cut = np.flatnonzero(is_near.ravel())
    whole = _polygons(grid.tiling, grid.cell_m, grid.centres_xy(cut))
    exact = shapely.area(shapely.intersection(whole, area)) / grid.cell_m2
    share[cut] = np.where(exact > 1.0 - AT_THE_EDGE, 1.0, exact)
    return share.reshape(grid.shape)

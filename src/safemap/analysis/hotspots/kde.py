"""Density on a grid: a Gaussian kernel by linear binning and FFT, with honest edges, in events per km²."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from safemap.analysis.density import M2_PER_KM2
from safemap.analysis.hotspots.checks import NotUsable, numbers_checked, points_checked, positive
from safemap.analysis.hotspots.grid import Grid, Tiling
from safemap.analysis.hotspots.smoothing import Smoothing, accuracy_classes

FEWEST_CELLS = 1.5  # of bandwidth: below, the grid shows more than the kernel
CHUNK = 16_384  # points binned at a time, so that their columns stay in the cache


class Edge(StrEnum):
    """What is done about the part of a kernel that lies outside the study area."""

    NONE = "none"  # nothing; but events beyond the border count as far as they reach inside
    UNIFORM = "uniform"  # divided by the kernel's mass inside, at the place that is read: unbiased where all is even
    DIGGLE = "diggle"  # divided by the mass inside, at each event: every event counts exactly one, borders are low


@dataclass(frozen=True, eq=False)
class Bins:
    """Events shared out linearly to the centres of cells; bins of parts of the events add up to those of all.

    Attributes
    ----------
    weight
        ``(k, rows + 2 c, columns + 2 c)``, one layer for each class of accuracy, with a margin of c cells around.
    accuracy_m
        ``(k,)`` radius within which the positions of that class are known.
    n, beyond, outside
        Events inside the area; those that lie beyond its border and count by what their kernel reaches inside; and
        those that take no part.
    """

    grid: Grid
    margin_cells: int
    weight: NDArray[np.float64]
    accuracy_m: NDArray[np.float64]
    n: int
    beyond: int
    outside: int


@dataclass(frozen=True, eq=False)
class Surface:
    """A density over the cells of a grid.

    Attributes
    ----------
    per_km2
        ``(rows, columns)`` at the centres of cells; NaN where no report could exist.
    bandwidth_m
        Standard deviation of the kernel along one axis, before positions' inaccuracy is added.
    events
        The density added up over the area: the weights of the events with Diggle's correction, to rounding.
    n, beyond, outside
        Events inside the area, events beyond its border that count, and events that take no part.
    """

    grid: Grid
    per_km2: NDArray[np.float64]
    bandwidth_m: float
    edge: Edge
    events: float
    n: int
    beyond: int
    outside: int


def density_surface(
    grid: Grid,
    xy: ArrayLike,
    *,
    bandwidth_m: float,
    weights: ArrayLike | None = None,
    accuracy_m: ArrayLike | None = None,
    edge: Edge = Edge.UNIFORM,
) -> Surface:
    """Estimate the density of events over a study area.

    ``λ(u) = Σ_i w_i K(u − x_i) / e`` with a Gaussian K and e its mass inside the area, by `edge` [1]_ [2]_. Each event
    is shared out linearly to four centres and the sums are convolved by FFT [3]_. Sharing out widens the kernel by a
    sixth of a squared cell on the average, which is taken off beforehand.

    Parameters
    ----------
    xy
        ``(n, 2)`` in metres. With `Edge.NONE` those within four bandwidths of the area's box count as far as they
        reach; with the others events outside the area take no part, and are counted.
    bandwidth_m
        Standard deviation along one axis; at least 1.5 cells.
    weights
        ``(n,)``: severity, recency (`safemap.analysis.hotspots.rates.recency_weights`); 1 each without.
    accuracy_m
        ``(n,)`` radius within which each position is known. A disc of radius a has a variance of a²/4 along an axis,
        which is added to that of the kernel; radii are rounded up to steps of √2 from half a cell on.

    Returns
    -------
    Surface
        Zeros when there is no event.

    Raises
    ------
    NotUsable
        The bandwidth is below 1.5 cells, the grid is of hexagons, a number is not finite or negative.
    LooksLikeDegrees
        The points look like longitude and latitude, and none lies in the area.

    References
    ----------
    .. [1] Diggle (1985), A kernel method for smoothing point process data, Applied Statistics 34.
    .. [2] Jones (1993), Simple boundary correction for kernel density estimation, Statistics and Computing 3.
    .. [3] Wand (1994), Fast computation of multivariate kernel estimators, J. Computational and Graphical Statistics 3.

    Examples
    --------
    >>> import shapely
    >>> from safemap.analysis.hotspots.grid import grid_over
    >>> grid = grid_over(shapely.box(0, 0, 2000, 2000), 25.0)
    >>> surface = density_surface(grid, [[1000, 1000]], bandwidth_m=100.0)
    >>> round(float(np.nanmax(surface.per_km2)), 1), round(surface.events, 6)
    (15.6, 1.0)
    """
    margin_m = 4 * positive(bandwidth_m, "bandwidth_m", "m") if edge is Edge.NONE else 0.0
    bins = bin_events(grid, xy, weights=weights, accuracy_m=accuracy_m, margin_m=margin_m)
    return surface_of(bins, bandwidth_m=bandwidth_m, edge=edge)


def bin_events(
    grid: Grid,
    xy: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    accuracy_m: ArrayLike | None = None,
    margin_m: float = 0.0,
) -> Bins:
    """Share events out to the centres of cells: the first half of `density_surface`, for parts of many events.

    Parameters
    ----------
    margin_m
        Above 0, events outside the area count too, up to that far from the box of its cells.

    Examples
    --------
    >>> import shapely
    >>> from safemap.analysis.hotspots.grid import grid_over
    >>> bins = bin_events(grid_over(shapely.box(0, 0, 200, 100), 100.0), [[75, 50]])
    >>> bins.weight[0].tolist()
    [[0.0, 0.0, 0.0, 0.0], [0.0, 0.75, 0.25, 0.0], [0.0, 0.0, 0.0, 0.0]]
    """
    if grid.tiling is not Tiling.SQUARE:
        raise NotUsable("grid", "its cells are hexagons", "of squares: densities are drawn on squares")
    points = points_checked(xy)
    weight = None if weights is None else numbers_checked(weights, len(points), "weights")
    classes, class_of = np.zeros(1), None
    if accuracy_m is not None:
        classes, class_of = accuracy_classes(numbers_checked(accuracy_m, len(points), "accuracy_m"), grid.cell_m)
    margin = 1 + int(np.ceil(margin_m / grid.cell_m))
    layers = np.zeros((len(classes), grid.shape[0] + 2 * margin, grid.shape[1] + 2 * margin))
    inside = beyond = 0
    for start in range(0, len(points), CHUNK):
        part = slice(start, start + CHUNK)
        mine = None if class_of is None else class_of[part]
        amount = None if weight is None else weight[part]
        taken, is_in = _share_out(layers, grid, margin, points[part], mine, amount, takes_beyond=margin_m > 0)
        inside += is_in
        beyond += taken - is_in
    grid.refuse_degrees(points, inside + beyond)
    return Bins(grid, margin, layers, classes, inside, beyond, len(points) - inside - beyond)


def surface_of(bins: Bins, *, bandwidth_m: float, edge: Edge = Edge.UNIFORM) -> Surface:
    """Turn bins into a density: the second half of `density_surface`.

    Raises
    ------
    NotUsable
        The bandwidth is below 1.5 cells; or edges are corrected though events beyond them are there.
    """
    grid, margin = bins.grid, bins.margin_cells
    positive(bandwidth_m, "bandwidth_m", "m")
    if bandwidth_m < FEWEST_CELLS * grid.cell_m:
        raise NotUsable(
            "bandwidth_m",
            f"{bandwidth_m:g} m are {bandwidth_m / grid.cell_m:.2g} cells of {grid.cell_m:g} m",
            f"at least {FEWEST_CELLS:g} cells; choose a wider bandwidth or smaller cells",
        )
    if edge is not Edge.NONE and bins.beyond:
        raise NotUsable("edge", f"{bins.beyond} events beyond the border count already", "“none” then")
    inside = np.where(grid.exposure > 0, grid.inside_share, 0.0)
    widths_m = np.sqrt(bandwidth_m**2 + np.square(bins.accuracy_m) / 4)
    kernels = [Smoothing.of(bins.weight.shape[1:], width / grid.cell_m) for width in widths_m]
    layers = bins.weight
    if edge is Edge.DIGGLE:
        around = np.pad(inside, margin)
        layers = np.stack([_over(layer, kernel.apply(around)) for layer, kernel in zip(layers, kernels, strict=True)])
    density = np.maximum(Smoothing.together(kernels, layers)[margin:-margin, margin:-margin], 0.0)
    if edge is Edge.UNIFORM:
        # Wider kernels, of positions known roughly, are corrected by the one that was asked for.
        asked = Smoothing.of(grid.shape, bandwidth_m / grid.cell_m)
        density = _over(density, asked.apply(inside))
    per_km2 = np.where(grid.exposure > 0, density / grid.cell_m2 * M2_PER_KM2, np.nan)
    events = float((density * inside).sum())
    return Surface(grid, per_km2, float(bandwidth_m), edge, events, bins.n, bins.beyond, bins.outside)


def _over(values: NDArray[np.float64], mass: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide by a mass inside; a kernel that lies outside but for rounding has nothing to divide."""
    return np.divide(values, mass, out=np.zeros_like(values), where=mass > 1e-9)


def _share_out(
    layers: NDArray[np.float64],
    grid: Grid,
    margin: int,
    xy: NDArray[np.float64],
    layer: NDArray[np.int64] | None,
    weight: NDArray[np.float64] | None,
    *,
    takes_beyond: bool,
) -> tuple[int, int]:
    """Add points to the four nearest centres of their layers, linearly; say how many, and how many of them inside."""
    east, north = grid.in_cells(xy)
    is_taken = is_in = grid.is_inside(xy, grid.flat_at(east, north))
    east += margin
    north += margin
    _, rows, columns = layers.shape
    if takes_beyond:
        is_taken = (east >= 0.0) & (east < columns - 1) & (north >= 0.0) & (north < rows - 1)
    if not is_taken.all():
        east, north = east[is_taken], north[is_taken]
        layer = None if layer is None else layer[is_taken]
        weight = None if weight is None else weight[is_taken]
    column, row = east.astype(np.int64), north.astype(np.int64)
    right, up = east - column, north - row
    flat = row * columns + column
    if layer is not None:
        flat += layer * (rows * columns)
    lower = 1.0 - up
    if weight is not None:
        lower *= weight
        up *= weight
    lower_right, upper_right = lower * right, up * right
    summed = layers.reshape(-1)
    np.add.at(summed, flat, lower - lower_right)
    np.add.at(summed, flat + 1, lower_right)
    np.add.at(summed, flat + columns, up - upper_right)
    np.add.at(summed, flat + columns + 1, upper_right)
    return len(flat), int(np.count_nonzero(is_in & is_taken))

"""Where events gather: Gi* over windows of cells, with exact chances and always corrected for many tests."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label
from scipy.sparse import csr_array

from safemap.analysis.hotspots.checks import NotUsable, numbers_checked, share
from safemap.analysis.hotspots.exact import (
    LEVEL,
    adjusted,
    binomial_tail,
    ratio_interval,
    shuffled_tails,
    smallest_ratio,
)
from safemap.analysis.hotspots.grid import Grid, Placed, Tiling
from safemap.analysis.hotspots.windows import window_sums


class Null(StrEnum):
    """What "by chance" means."""

    EXPOSURE = "exposure"  # each event falls anywhere by exposure, apart from the others: binomial
    SHUFFLE = "shuffle"  # the cells keep their counts and change places: repeats at one address prove nothing
    SHUFFLE_OTHERS = "shuffle-others"  # the same with the middle cell held: the conditional test of other programs


TOUCHING = {
    Tiling.SQUARE: np.ones((3, 3), dtype=np.int64),
    Tiling.HEXAGON: np.array([[0, 1, 1], [1, 1, 1], [1, 1, 0]]),  # rows lean east by half a cell each
}


@dataclass(frozen=True, eq=False)
class HotCells:
    """Windows around all cells of the study, ``(m,)`` in the order of the grid's cells.

    Attributes
    ----------
    count, expected
        Events in each window, and how many chance would put there.
    gi_star_z
        Getis and Ord's statistic, for ranking; no chance is read from it.
    p_value, p_adjusted
        Exact chance of as many events or more; and corrected for many tests. One-sided: cold spots of sparse counts
        cannot be told from chance.
    is_hot
        Whether the corrected chance is at most `level`.
    n, outside
        Events that took part, and events that lie outside.
    smallest_ratio
        Relative risk that a window of the usual share of exposure would have been found at, four times of five.
    """

    grid: Grid
    count: NDArray[np.int64]
    expected: NDArray[np.float64]
    gi_star_z: NDArray[np.float64]
    p_value: NDArray[np.float64]
    p_adjusted: NDArray[np.float64]
    is_hot: NDArray[np.bool_]
    n: int
    outside: int
    null: Null
    level: float
    reach_m: float
    smallest_ratio: float


@dataclass(frozen=True, eq=False)
class Hotspot:
    """Hot cells that touch each other, and the numbers of the strongest window among them.

    Attributes
    ----------
    cells
        Places of the hot cells among the grid's cells, rising.
    strongest
        Place of the cell whose window is least likely by chance.
    count, expected, ratio
        Of that window; the ratio of a window that was searched for overstates, see `ratio_low`.
    ratio_low, ratio_high
        Exact two-sided interval of the ratio.
    p_adjusted
        Its chance, corrected for many tests.
    """

    cells: NDArray[np.int64]
    strongest: int
    count: int
    expected: float
    ratio: float
    ratio_low: float
    ratio_high: float
    p_adjusted: float


def hot_cells(placed: Placed, reach_m: float, *, null: Null = Null.EXPOSURE, level: float = LEVEL) -> HotCells:
    """Test the window around every cell for more events than chance would put there.

    ``Gi* = (Σ_j w_ij x_j − W_i x̄) / (S √((m S_1i − W_i²) / (m − 1)))`` with w 1 inside the window and 0 elsewhere;
    W_i and S_1i are the true number of cells in the window, so that borders and holes are neither hot nor cold by
    themselves [1]_. Chances are not read from z: at community size its tail is wrong by far. They are exact, by one of
    the nulls, and corrected by Benjamini and Hochberg, always.

    Parameters
    ----------
    placed
        Events in cells.
    reach_m
        A window holds the cells whose centres lie at most that far from the middle one's.
    null
        `Null.EXPOSURE` unless many events repeat an address, see `safemap.analysis.hotspots.honesty`.

    Raises
    ------
    NotUsable
        The level is no share; or a shuffled table would take too long.

    References
    ----------
    .. [1] Ord and Getis (1995), Local spatial autocorrelation statistics: distributional issues and an application,
       Geographical Analysis 27, eq. 14; Getis and Ord (1996), Local spatial statistics: an overview.

    Examples
    --------
    >>> import shapely
    >>> from safemap.analysis.hotspots.grid import grid_over, place_events
    >>> grid = grid_over(shapely.box(0, 0, 1000, 1000), 100.0)
    >>> spread = [[x, y] for x in range(50, 1000, 200) for y in range(50, 1000, 200)]
    >>> hot = hot_cells(place_events(grid, spread + [[550, 550]] * 15), 150.0)
    >>> int(hot.is_hot.sum()), int(hot.count.max()), round(float(hot.expected[0]), 1), hot.n
    (9, 19, 1.6, 40)
    """
    share(level, "level")
    grid, n = placed.grid, placed.total
    window = grid.window(reach_m)
    is_cell = (grid.exposure > 0).astype(np.int64)
    window_cells = grid.of_cells(window_sums(is_cell, window))
    counts = np.where(is_cell > 0, placed.counts, 0)
    count = grid.of_cells(window_sums(counts, window))
    cells = grid.of_cells(counts)
    part = grid.of_cells(window_sums(grid.exposure, window)) / grid.exposure.sum()
    if null is Null.EXPOSURE:
        p_value = binomial_tail(count, n, part)
        expected = n * part
    else:
        p_value = _shuffled(cells, count, window_cells, keeps_own=null is Null.SHUFFLE_OTHERS)
        part = window_cells / len(cells)
        expected = n * part
    p_adjusted = adjusted(p_value)
    usual = float(np.median(part))
    return HotCells(
        grid=grid,
        count=count,
        expected=expected,
        gi_star_z=_z(cells.astype(np.float64), count.astype(np.float64), window_cells, window_cells),
        p_value=p_value,
        p_adjusted=p_adjusted,
        is_hot=p_adjusted <= level,
        n=n,
        outside=placed.outside,
        null=null,
        level=level,
        reach_m=reach_m,
        smallest_ratio=smallest_ratio(n, usual, len(cells), level=level) if usual < 1.0 else np.inf,
    )


def gi_star(values: NDArray[np.float64], weights: csr_array[Any, Any]) -> NDArray[np.float64]:
    """Return Gi* as a z-score for any weights, each place counted as its own neighbour as the matrix says.

    Parameters
    ----------
    values
        ``(n,)``.
    weights
        ``(n, n)``, not negative; its diagonal is what makes it Gi* and not Gi. Rows may be standardised or not: the
        answer is the same where a row's weights are equal.

    Returns
    -------
    NDArray
        ``(n,)``; 0 where it is not defined: without neighbours, with all as neighbours, or when all values are equal.

    Examples
    --------
    >>> near = csr_array(np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1]]))
    >>> gi_star(np.array([2.0, 3.0, 7.0]), near).round(2).tolist()
    [-1.39, 0.0, 0.93]
    """
    values = numbers_checked(values, len(values), "values", least=-np.inf)
    if weights.shape != (len(values), len(values)):
        raise NotUsable("weights", f"their shape is {weights.shape}", f"{len(values)} rows and columns")
    weight = np.asarray(weights.sum(axis=1)).ravel()
    squared = np.asarray(weights.multiply(weights).sum(axis=1)).ravel()
    return _z(values, np.asarray(weights @ values), weight, squared)


def hotspots_of(hot: HotCells) -> tuple[Hotspot, ...]:
    """Group hot cells that touch, the least likely by chance first.

    Examples
    --------
    >>> import shapely
    >>> from safemap.analysis.hotspots.grid import grid_over, place_events
    >>> grid = grid_over(shapely.box(0, 0, 1000, 1000), 100.0)
    >>> found = hotspots_of(hot_cells(place_events(grid, [[550, 550]] * 15), 150.0))
    >>> [(len(spot.cells), spot.count, round(spot.expected, 2)) for spot in found]
    [(9, 15, 1.35)]
    """
    grid = hot.grid
    numbered, number = label(grid.over_all(hot.is_hot.astype(np.float64)) > 0, structure=TOUCHING[grid.tiling])
    group = grid.of_cells(np.asarray(numbered))
    found = []
    for which in range(1, int(number) + 1):
        cells = np.flatnonzero(group == which)
        # Of equal chances the one with most events, then the first: the same for any order of events.
        best = int(cells[np.lexsort((cells, -hot.count[cells], hot.p_value[cells]))[0]])
        count, expected = hot.count[best], hot.expected[best]
        low, high = ratio_interval(np.array([count]), hot.n, np.array([expected / hot.n]))
        found.append(
            Hotspot(
                cells=cells,
                strongest=best,
                count=int(count),
                expected=float(expected),
                ratio=float(count / expected),
                ratio_low=float(low[0]),
                ratio_high=float(high[0]),
                p_adjusted=float(hot.p_adjusted[best]),
            )
        )
    return tuple(sorted(found, key=lambda spot: (hot.p_value[spot.strongest], -spot.count, spot.strongest)))


def _shuffled(
    cells: NDArray[np.int64], count: NDArray[np.int64], window_cells: NDArray[np.int64], *, keeps_own: bool
) -> NDArray[np.float64]:
    """Chances of `count` events in windows of so many cells, when the cells' counts change places."""
    largest, most = int(window_cells.max(initial=0)), int(count.max(initial=0))
    if not keeps_own:
        return shuffled_tails(cells, largest, most)[window_cells, count]
    p_value = np.ones(len(cells))
    for own in np.unique(cells).tolist():
        here = np.flatnonzero(cells == own)
        others = np.delete(cells, here[0])
        p_value[here] = shuffled_tails(others, largest - 1, most)[window_cells[here] - 1, count[here] - own]
    return p_value


def _z(
    values: NDArray[np.float64],
    summed: NDArray[np.float64],
    weight: NDArray[np.float64] | NDArray[np.int64],
    squared: NDArray[np.float64] | NDArray[np.int64],
) -> NDArray[np.float64]:
    number = len(values)
    if number < 2:
        return np.zeros(number)
    spread = values.std() * np.sqrt(np.maximum(number * squared - np.square(weight), 0.0) / (number - 1))
    z = np.zeros(number)
    np.divide(summed - weight * values.mean(), spread, out=z, where=spread > 1e-12 * max(1.0, float(abs(values).max())))
    return z

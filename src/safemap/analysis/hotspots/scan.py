"""Whether there is any hotspot at all: circles of all sizes, one answer for the area; and what is new this month."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import xlogy

from safemap.analysis.hotspots.checks import NotUsable, numbers_checked, share
from safemap.analysis.hotspots.exact import LEVEL
from safemap.analysis.hotspots.grid import Grid, Placed
from safemap.analysis.hotspots.hot_cells import Null
from safemap.analysis.hotspots.windows import Window, window_sums

RUNS = 999
MOST_RADII = 11
FEWEST_IN_A_CIRCLE = 2
LARGEST_SHARE = 0.5
MOST_CLUSTERS = 5
BATCH_CELLS = 262_144  # cells of made-up maps that are worked on at a time: they stay in the cache
SAME = 1e-9  # of a log-likelihood ratio: equal circles are ties, whatever the last digits


@dataclass(frozen=True, eq=False)
class Cluster:
    """A circle with more events than chance would put there.

    Attributes
    ----------
    centre_xy, radius_m
        The middle cell's centre, and how far the centres of its cells lie from it at most.
    cells
        Places of its cells among the grid's cells, rising.
    recent_steps
        How many of the last steps of time it spans; 0 when time was not looked at.
    count, expected, ratio
        Events in it, how many chance would put there, and one over the other.
    log_likelihood_ratio
        What circles are compared by.
    p_value
        Chance that the best circle anywhere on a random map is as good: corrected for all that was looked at.
    """

    centre_xy: tuple[float, float]
    radius_m: float
    cells: NDArray[np.int64]
    recent_steps: int
    count: int
    expected: float
    ratio: float
    log_likelihood_ratio: float
    p_value: float


@dataclass(frozen=True, eq=False)
class Scanned:
    """The answer of a scan.

    Attributes
    ----------
    clusters
        At most five circles that do not overlap, the best first; those beyond the first are judged too strictly.
    is_any
        Whether the best one's chance is at most `level`.
    highest
        ``(runs,)`` the best of each random map.
    n, outside, circles
        Events that took part, events outside the area, and circles that were looked at.
    """

    clusters: tuple[Cluster, ...]
    is_any: bool
    level: float
    highest: NDArray[np.float64]
    n: int
    outside: int
    circles: int


def scan(
    placed: Placed,
    *,
    seed: int,
    radii_m: ArrayLike | None = None,
    null: Null = Null.EXPOSURE,
    runs: int = RUNS,
    largest_share: float = LARGEST_SHARE,
    level: float = LEVEL,
) -> Scanned:
    """Look for the circle with the most striking surplus of events, and ask how often random maps do as well.

    ``LLR = c log(c/E) + (n − c) log((n − c)/(n − E))`` for c > E; the highest of all circles is compared with the
    highest of all circles on each of `runs` random maps: ``p = (1 + #{≥}) / (1 + runs)`` [1]_.

    Circles are sums over windows of cells, whole numbers and exact; random maps have as many events as the real one.

    Parameters
    ----------
    radii_m
        Increasing; without, from one cell up to half the radius of a circle as large as the area, at most 11.
    null
        What random maps are: events by exposure, or the cells' counts in other places.
    largest_share
        Circles with more of the exposure than this are not looked at.

    Raises
    ------
    NotUsable
        A share, level or number of runs makes no sense; or no circle is left.

    References
    ----------
    .. [1] Kulldorff (1997), A spatial scan statistic, Communications in Statistics 26.

    Examples
    --------
    >>> import shapely
    >>> from safemap.analysis.hotspots.grid import grid_over, place_events
    >>> grid = grid_over(shapely.box(0, 0, 1000, 1000), 100.0)
    >>> spread = [[x, y] for x in range(50, 1000, 200) for y in range(50, 1000, 200)]
    >>> found = scan(place_events(grid, spread + [[550, 550]] * 8), seed=1, runs=99)
    >>> found.is_any, found.clusters[0].count, round(found.clusters[0].expected, 2), found.clusters[0].p_value
    (True, 10, 1.65, 0.01)
    """
    if null is Null.SHUFFLE_OTHERS:
        raise NotUsable("null", "it holds each circle's middle", "“exposure” or “shuffle”")
    _check(runs, largest_share, level)
    grid, n = placed.grid, placed.total
    counts = grid.of_cells(placed.counts)
    even = grid.of_cells(grid.exposure) if null is Null.EXPOSURE else np.ones(len(grid))
    chance = even / even.sum()
    circles = Circles.of(grid, _radii(grid, radii_m), n)
    shares = circles.sums(grid.over_all(chance)[None])[:, 0]
    circles = circles.within(shares, largest_share)
    expected = n * shares

    def random_maps(random: np.random.Generator, number: int) -> NDArray[np.int32]:
        if null is Null.SHUFFLE:
            return random.permuted(np.tile(counts.astype(np.int32), (number, 1)), axis=1)
        return scattered(random, chance, n, number)

    highest = _highest(circles, expected, random_maps, runs, seed)
    clusters = _clusters(circles, [0], counts[None], expected[None], highest)
    return _answer(clusters, highest, level, placed, circles)


def scan_recent(
    placed: Placed,
    step: ArrayLike,
    *,
    seed: int,
    longest: int = 3,
    radii_m: ArrayLike | None = None,
    runs: int = RUNS,
    largest_share: float = LARGEST_SHARE,
    level: float = LEVEL,
) -> Scanned:
    """Look for circles with more events in the last steps of time than their own past and the area's lead to expect.

    A circle's expected number is its events of all time, times the share of all events that fell into those steps; on
    random maps the events keep their places and the times are dealt out anew [1]_. What is hot at all times, and what
    rises everywhere, is therefore not new.

    Parameters
    ----------
    placed
        All events of the study period.
    step
        ``(n,)`` whole numbers from 0, as many as there are events, those outside included: weeks, months. The highest
        that occurs is the present.
    longest
        The last 1, 2, … `longest` steps are looked at.

    Raises
    ------
    NotUsable
        As in `scan`; or there are fewer than two steps.

    References
    ----------
    .. [1] Kulldorff et al. (2005), A space-time permutation scan statistic for disease outbreak detection, PLoS
       Medicine 2.

    Examples
    --------
    >>> import shapely
    >>> from safemap.analysis.hotspots.grid import grid_over, place_events
    >>> grid = grid_over(shapely.box(0, 0, 1000, 1000), 100.0)
    >>> spread = [[x, y] for x in range(50, 1000, 100) for y in range(50, 1000, 200)]
    >>> step = [place % 10 for place in range(len(spread))] + [9] * 8
    >>> found = scan_recent(place_events(grid, spread + [[550, 550]] * 8), step, seed=1, runs=99)
    >>> found.is_any, found.clusters[0].recent_steps, found.clusters[0].count
    (True, 1, 8)
    """
    _check(runs, largest_share, level)
    grid = placed.grid
    steps = np.asarray(step)
    if steps.shape != placed.cell.shape or not np.issubdtype(steps.dtype, np.integer):
        raise NotUsable("step", f"its shape is {steps.shape}, of {steps.dtype}", f"{len(placed.cell)} whole numbers")
    is_in = placed.cell >= 0
    place = np.searchsorted(grid.cells, placed.cell[is_in])
    age = int(steps.max(initial=0)) - steps[is_in]
    n = len(place)
    spans = min(longest, int(age.max(initial=0)))
    if spans < 1:
        raise NotUsable("step", "all events fall into one step", "at least two steps: before, and now")
    circles = Circles.of(grid, _radii(grid, radii_m), n)
    even = grid.of_cells(grid.exposure)
    circles = circles.within(circles.sums(grid.over_all(even / even.sum())[None])[:, 0], largest_share)
    everything = circles.sums(grid.over_all(grid.of_cells(placed.counts))[None])[:, 0]
    every_span = list(range(1, spans + 1))
    expected = np.stack([everything * float((age < span).mean()) for span in every_span])

    def maps(ages: NDArray[np.int64], span: int) -> NDArray[np.int32]:
        flat = np.arange(len(ages))[:, None] * len(grid) + place
        return np.bincount(flat[ages < span], minlength=len(ages) * len(grid)).reshape(len(ages), -1).astype(np.int32)

    highest = np.zeros(runs)
    for span in every_span:

        def dealt(random: np.random.Generator, number: int, span: int = span) -> NDArray[np.int32]:
            return maps(random.permuted(np.tile(age, (number, 1)), axis=1), span)

        # One seed for all spans, so that they see the same deals.
        highest = np.maximum(highest, _highest(circles, expected[span - 1], dealt, runs, seed))
    now = np.concatenate([maps(age[None], span) for span in every_span])
    clusters = _clusters(circles, every_span, now.astype(np.int64), expected, highest)
    return _answer(clusters, highest, level, placed, circles)


def scattered(random: np.random.Generator, chance: NDArray[np.float64], n: int, maps: int) -> NDArray[np.int32]:
    """Throw n events on each of so many maps, by the chance of each cell: ``(maps, m)``."""
    limits = np.cumsum(chance)
    # The last cells may have no chance, and rounding must not put anybody there.
    last = int(np.flatnonzero(chance)[-1])
    cell = np.minimum(np.searchsorted(limits, random.random((maps, n)) * limits[-1], side="right"), last)
    flat = cell + np.arange(maps)[:, None] * len(chance)
    return np.bincount(flat.ravel(), minlength=maps * len(chance)).reshape(maps, -1).astype(np.int32)


@dataclass(frozen=True, eq=False)
class Circles:
    """Windows around all cells of the study; `is_looked_at` is ``(radii, m)``."""

    grid: Grid
    radii_m: NDArray[np.float64]
    windows: tuple[Window, ...]
    n: int
    is_looked_at: NDArray[np.bool_]

    @classmethod
    def of(cls, grid: Grid, radii_m: NDArray[np.float64], n: int) -> "Circles":
        """Make circles of all radii around all cells."""
        windows = tuple(grid.window(float(radius)) for radius in radii_m)
        return cls(grid, radii_m, windows, n, np.ones((len(windows), len(grid)), dtype=np.bool_))

    def within(self, shares: NDArray[np.float64], largest_share: float) -> "Circles":
        """Keep the circles with some of the exposure, and not too much of it."""
        fits = (shares > 0) & (shares <= largest_share + SAME)
        if not fits.any():
            raise NotUsable("largest_share", "every circle has more of the exposure", "larger; or smaller radii")
        return replace(self, is_looked_at=fits)

    def sums(self, maps: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum ``(b, rows, columns)`` over all circles: ``(radii, b, m)``."""
        flat = (len(maps), -1)
        return np.stack([window_sums(maps, window).reshape(flat)[:, self.grid.cells] for window in self.windows])

    def ratios(self, maps: NDArray[np.int32], expected: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
        """Yield, radius by radius, the ``(b, m)`` log-likelihood ratios of ``(b, m)`` maps; 0 without a surplus."""
        n, grid = self.n, self.grid
        counts = np.arange(n + 1)
        # Looked up instead of computed for each circle.
        own = np.asarray(xlogy(counts, counts) + xlogy(n - counts, n - counts), dtype=np.float64)
        flat = np.zeros((len(maps), grid.exposure.size), dtype=np.int32)
        flat[:, grid.cells] = maps
        spread = flat.reshape(len(maps), *grid.shape)
        is_everywhere = len(grid) == grid.exposure.size
        for window, chance, fits in zip(self.windows, expected, self.is_looked_at, strict=True):
            count = window_sums(spread, window).reshape(len(maps), -1)
            if not is_everywhere:
                count = count[:, grid.cells]
            some = fits & (chance > 0) & (chance < n)
            inside, outside = np.log(np.where(some, chance, 1.0)), np.log(np.where(some, n - chance, 1.0))
            ratios = own[count]
            ratios -= count * (inside - outside)
            ratios -= n * outside
            ratios[count <= np.where(some, np.maximum(chance, FEWEST_IN_A_CIRCLE - 0.5), n)] = 0.0
            yield ratios


def _radii(grid: Grid, radii_m: ArrayLike | None) -> NDArray[np.float64]:
    if radii_m is not None:
        return numbers_checked(radii_m, np.size(radii_m), "radii_m", least=0.0)
    widest = max(1.0, np.sqrt(len(grid) * grid.cell_m2 / np.pi) / 2 / grid.cell_m)
    whole = np.unique(np.round(np.linspace(1.0, widest, MOST_RADII)))  # parts of cells would hold the same cells
    return np.asarray(whole * grid.cell_m, dtype=np.float64)


def _check(runs: int, largest_share: float, level: float) -> None:
    share(level, "level")
    if not 0.0 < largest_share <= 1.0:
        raise NotUsable("largest_share", f"it is {largest_share}", "above 0 and at most 1")
    if runs < 1.0 / level - 1.0:
        raise NotUsable("runs", f"{runs} random maps cannot tell {level:g}", f"at least {round(1.0 / level) - 1}")


def _highest(
    circles: Circles,
    expected: NDArray[np.float64],
    random_maps: Callable[[np.random.Generator, int], NDArray[np.int32]],
    runs: int,
    seed: int,
) -> NDArray[np.float64]:
    """Take the best circle of each random map, a batch at a time."""
    random = np.random.default_rng(seed)
    batch = max(1, BATCH_CELLS // circles.grid.exposure.size)
    highest = np.zeros(runs)
    for start in range(0, runs, batch):
        part = highest[start : start + batch]
        for ratios in circles.ratios(random_maps(random, len(part)), expected):
            np.maximum(part, ratios.max(axis=1), out=part)
    return highest


def _clusters(
    circles: Circles,
    spans: list[int],
    counts: NDArray[np.int64],
    expected: NDArray[np.float64],
    highest: NDArray[np.float64],
) -> tuple[Cluster, ...]:
    """Pick circles, the best first, that share no cell: ``(spans, m)`` counts, ``(spans, radii, m)`` expected."""
    grid = circles.grid
    ratios = np.stack(
        [
            np.concatenate(list(circles.ratios(count.astype(np.int32)[None], chance)))
            for count, chance in zip(counts, expected, strict=True)
        ]
    )
    found: list[Cluster] = []
    while len(found) < MOST_CLUSTERS and (best := float(ratios.max(initial=0.0))) > SAME:
        # Of equal circles: the shortest time, the smallest radius, the first cell.
        span, radius, cell = (int(place) for place in np.argwhere(ratios >= best - SAME)[0])
        middle = np.zeros(len(grid), dtype=np.int64)
        middle[cell] = 1
        around = _sums_at(grid, middle, circles.windows[radius])
        cells = np.flatnonzero(around)
        count, chance = int(counts[span][cells].sum()), float(expected[span, radius, cell])
        found.append(
            Cluster(
                centre_xy=tuple(grid.centres_xy(grid.cells[[cell]])[0].tolist()),
                radius_m=float(circles.radii_m[radius]),
                cells=cells,
                recent_steps=spans[span],
                count=count,
                expected=chance,
                ratio=count / chance,
                log_likelihood_ratio=best,
                p_value=float((1 + (highest >= best - SAME).sum()) / (1 + len(highest))),
            )
        )
        taken = (around > 0).astype(np.int64)
        for place, window in enumerate(circles.windows):
            ratios[:, place, _sums_at(grid, taken, window) > 0] = 0.0
    return tuple(found)


def _sums_at(grid: Grid, values: NDArray[np.int64], window: Window) -> NDArray[np.int64]:
    spread = np.zeros(grid.exposure.size, dtype=np.int64)
    spread[grid.cells] = values
    return grid.of_cells(window_sums(spread.reshape(grid.shape), window))


def _answer(
    clusters: tuple[Cluster, ...], highest: NDArray[np.float64], level: float, placed: Placed, circles: Circles
) -> Scanned:
    return Scanned(
        clusters=clusters,
        is_any=bool(clusters) and clusters[0].p_value <= level,
        level=level,
        highest=highest,
        n=placed.total,
        outside=placed.outside,
        circles=int(circles.is_looked_at.sum()),
    )

"""Near repeats: whether events that are near in place are near in time too often, and which events are linked."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from safemap.analysis.hotspots.checks import NotUsable, numbers_checked, points_checked, positive, refuse_degrees
from safemap.analysis.hotspots.exact import LEVEL, adjusted

RUNS = 999
SAME_PLACE_M = 0.5  # below: one address
MOST_PAIRS = 20_000_000


@dataclass(frozen=True, eq=False)
class NearRepeats:
    """Knox's table of pairs, by bands of distance (rows) and of time (columns).

    Attributes
    ----------
    distance_edges_m
        ``(d + 1,)``; band i holds ``edges[i] <= distance < edges[i + 1]``. The first is 0, and the first band is
        "the same place" when it was asked for.
    time_edges_days
        ``(t + 1,)``; the same for days between two events.
    pairs, expected, ratio
        ``(d, t)`` pairs that there are, their mean when the times are dealt out anew, and one over the other (NaN
        where none is expected).
    p_value, p_adjusted
        ``(d, t)`` ``(1 + #{≥}) / (1 + runs)``, one-sided; and corrected for many bands.
    is_more
        Whether the corrected chance is at most `level`.
    n, runs
        Events, and deals.
    """

    distance_edges_m: NDArray[np.float64]
    time_edges_days: NDArray[np.float64]
    pairs: NDArray[np.int64]
    expected: NDArray[np.float64]
    ratio: NDArray[np.float64]
    p_value: NDArray[np.float64]
    p_adjusted: NDArray[np.float64]
    is_more: NDArray[np.bool_]
    level: float
    n: int
    runs: int


@dataclass(frozen=True, eq=False)
class Links:
    """Pairs of events that are near in place and time, ``(k,)`` each, ordered by the later event, then the earlier.

    Attributes
    ----------
    earlier, later
        Places of the two events; of two at one time, the one that was given first is the earlier.
    distance_m, days
        How far apart they are.
    """

    earlier: NDArray[np.int64]
    later: NDArray[np.int64]
    distance_m: NDArray[np.float64]
    days: NDArray[np.float64]


def near_repeats(
    xy: ArrayLike,
    days: ArrayLike,
    *,
    distance_edges_m: ArrayLike,
    time_edges_days: ArrayLike,
    seed: int,
    same_place_m: float = SAME_PLACE_M,
    runs: int = RUNS,
    level: float = LEVEL,
) -> NearRepeats:
    """Count pairs of events by bands of distance and time, and compare with times dealt out anew (Knox 1964).

    Pairs near in place are found once; each deal only looks their times up again. Bands are half-open, ``[a, b)``:
    with edges 0, 7, 14 days, seven days after is in the second week, wherever the clock stood.

    Parameters
    ----------
    xy
        ``(n, 2)`` in metres.
    days
        ``(n,)`` time of each in days since any day: whole numbers, or parts of days where hours are known.
    distance_edges_m
        Rising, above 0: ``[100, 200, 400]`` gives the bands up to 100, 100–200 and 200–400 m.
    time_edges_days
        Rising, above 0: ``[7, 14]`` gives the first and the second week.
    same_place_m
        Closer pairs are a band of their own, "the same place"; 0 for none.

    Raises
    ------
    NotUsable
        Edges do not rise, numbers are not finite, or more than 20 million pairs are within the largest distance.
    LooksLikeDegrees
        All coordinates lie within ±180 and ±90 and closer than the first edge.

    References
    ----------
    Knox (1964), The detection of space-time interactions, Applied Statistics 13; Townsley, Homel and Chaseling (2003),
    Infectious burglaries, British J. of Criminology 43; Ratcliffe (2009), Near Repeat Calculator (whose labels are
    off by one band).

    Examples
    --------
    >>> xy = [[0, 0], [0, 0], [50, 0], [2000, 0], [2040, 0], [4000, 0], [6000, 0], [8000, 0]]
    >>> days = [1, 3, 4, 80, 85, 160, 240, 320]
    >>> found = near_repeats(xy, days, distance_edges_m=[100], time_edges_days=[7, 14], seed=1, runs=99)
    >>> found.pairs.tolist(), found.distance_edges_m.tolist()
    ([[1, 0], [3, 0]], [0.0, 0.5, 100.0])
    """
    points = points_checked(xy)
    when = numbers_checked(days, len(points), "days", least=-np.inf)
    far = _edges(distance_edges_m, "distance_edges_m")
    late = _edges(time_edges_days, "time_edges_days")
    refuse_degrees(points, float(far[0]))
    if not 0.0 <= same_place_m < far[0]:
        raise NotUsable("same_place_m", f"it is {same_place_m}", "at least 0 and below the first edge")
    edges_m = np.concatenate([[0.0, same_place_m] if same_place_m > 0 else [0.0], far])
    if runs < 1:
        raise NotUsable("runs", f"it is {runs}", "at least 1 deal")
    one, other, distance_m = _pairs(points, float(far[-1]), "distance_edges_m")
    band = np.searchsorted(edges_m, distance_m, side="right") - 1
    inside = band < len(edges_m) - 1
    # Pairs in the order of their bands, so that a band is a slice; and of the first event, so that look-ups are near.
    order = np.lexsort((one[inside], band[inside]))
    starts = np.searchsorted(band[inside][order], np.arange(len(edges_m)))
    table = _Table(one[inside][order].astype(np.int32), other[inside][order].astype(np.int32), starts, late)
    pairs = table.count(when)
    random = np.random.default_rng(seed)
    total, at_least = np.zeros(pairs.shape), np.zeros(pairs.shape, dtype=np.int64)
    for _ in range(runs):
        dealt = table.count(random.permutation(when))
        total += dealt
        at_least += dealt >= pairs
    expected = total / runs
    ratio = np.divide(pairs, expected, out=np.full(pairs.shape, np.nan), where=expected > 0)
    p_value = np.asarray((1.0 + at_least) / (1.0 + runs), dtype=np.float64)
    p_adjusted = adjusted(p_value)
    return NearRepeats(
        distance_edges_m=edges_m,
        time_edges_days=np.concatenate([[0.0], late]),
        pairs=pairs,
        expected=expected,
        ratio=ratio,
        p_value=p_value,
        p_adjusted=p_adjusted,
        is_more=p_adjusted <= level,
        level=level,
        n=len(points),
        runs=runs,
    )


def linked_events(xy: ArrayLike, days: ArrayLike, *, within_m: float = 200.0, within_days: float = 7.0) -> Links:
    """List pairs of events at most so far (``<=``) and at most so many days (``<=``) apart: "within 200 m and 7 days".

    Parameters
    ----------
    xy, days
        As in `near_repeats`.

    Examples
    --------
    >>> links = linked_events([[0, 0], [120, 0], [900, 0]], [10.0, 3.0, 10.0])
    >>> links.earlier.tolist(), links.later.tolist(), links.distance_m.tolist(), links.days.tolist()
    ([1], [0], [120.0], [7.0])
    """
    points = points_checked(xy)
    when = numbers_checked(days, len(points), "days", least=-np.inf)
    refuse_degrees(points, positive(within_m, "within_m", "m"))
    one, other, distance_m = _pairs(points, within_m, "within_m")
    near = (distance_m <= within_m) & (np.abs(when[one] - when[other]) <= within_days)
    one, other, distance_m = one[near], other[near], distance_m[near]
    is_later = when[one] > when[other]
    earlier, later = np.where(is_later, other, one), np.where(is_later, one, other)
    order = np.lexsort((earlier, later))
    return Links(
        earlier=earlier[order],
        later=later[order],
        distance_m=distance_m[order],
        days=(when[later] - when[earlier])[order],
    )


@dataclass(frozen=True, eq=False)
class _Table:
    """Pairs sorted by band of distance, to be counted by bands of time again and again."""

    one: NDArray[np.int32]
    other: NDArray[np.int32]
    starts: NDArray[np.int64]
    time_edges: NDArray[np.float64]

    def count(self, when: NDArray[np.float64]) -> NDArray[np.int64]:
        """Count pairs, ``(d, t)``: of each slice how many are below each edge, and the differences of those."""
        apart = np.abs(when[self.one] - when[self.other])
        below = np.zeros((len(self.starts) - 1, len(self.time_edges) + 1), dtype=np.int64)
        for row, (start, end) in enumerate(zip(self.starts[:-1], self.starts[1:], strict=True)):
            for place, edge in enumerate(self.time_edges, 1):
                below[row, place] = np.count_nonzero(apart[start:end] < edge)
        return np.diff(below, axis=1)


def _edges(edges: ArrayLike, field: str) -> NDArray[np.float64]:
    given = np.atleast_1d(np.asarray(edges, dtype=np.float64))
    if (
        given.ndim != 1
        or len(given) == 0
        or not (np.isfinite(given).all() and given[0] > 0 and (np.diff(given) > 0).all())
    ):
        raise NotUsable(field, f"its edges are {given.tolist()}", "numbers above 0 that rise")
    return given


def _pairs(
    xy: NDArray[np.float64], within_m: float, field: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Pair events at most `within_m` apart, the first given first, with their distances."""
    if len(xy) < 2:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing, np.zeros(0)
    # Distances from one corner keep their digits: northings of millions of metres do not.
    near = xy - xy.min(axis=0)
    tree = cKDTree(near)
    number = (int(tree.count_neighbors(tree, within_m)) - len(near)) // 2
    if number > MOST_PAIRS:
        raise NotUsable(field, f"{number:,} pairs are within {within_m:g} m", f"smaller: {MOST_PAIRS:,} pairs at most")
    pairs = tree.query_pairs(within_m, output_type="ndarray").astype(np.int64)
    distance_m = np.hypot(*(near[pairs[:, 0]] - near[pairs[:, 1]]).T)
    return pairs[:, 0], pairs[:, 1], distance_m

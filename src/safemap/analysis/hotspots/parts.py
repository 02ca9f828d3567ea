"""Parts of many events: what was counted of each adds up to what is counted of all of them."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from safemap.analysis.hotspots.checks import NotUsable, points_checked
from safemap.analysis.hotspots.exact import adjusted
from safemap.analysis.hotspots.hot_cells import HotCells
from safemap.analysis.hotspots.hours import WeekHours
from safemap.analysis.hotspots.kde import Bins


def added_bins(one: Bins, other: Bins) -> Bins:
    """Add two parts' bins for densities on the same grid; classes of accuracy that only one has stay.

    Raises
    ------
    NotUsable
        The grids or their margins differ.

    Examples
    --------
    >>> import shapely
    >>> from safemap.analysis.hotspots.grid import grid_over
    >>> from safemap.analysis.hotspots.kde import bin_events
    >>> grid = grid_over(shapely.box(0, 0, 200, 100), 100.0)
    >>> both = added_bins(bin_events(grid, [[50, 50]]), bin_events(grid, [[150, 50], [999, 999]]))
    >>> both.weight[0, 1].tolist(), both.n, both.outside
    ([0.0, 1.0, 1.0, 0.0], 2, 1)
    """
    if one.margin_cells != other.margin_cells or one.weight.shape[1:] != other.weight.shape[1:]:
        raise NotUsable("grid", "the parts were binned on different ones", "one for all parts")
    classes = np.union1d(one.accuracy_m, other.accuracy_m)
    weight = np.zeros((len(classes), *one.weight.shape[1:]))
    for part in (one, other):
        weight[np.searchsorted(classes, part.accuracy_m)] += part.weight
    return Bins(
        grid=one.grid,
        margin_cells=one.margin_cells,
        weight=weight,
        accuracy_m=classes,
        n=one.n + other.n,
        beyond=one.beyond + other.beyond,
        outside=one.outside + other.outside,
    )


def added_hours(one: WeekHours, other: WeekHours) -> WeekHours:
    """Add two parts' hours of the week.

    Examples
    --------
    >>> from safemap.analysis.hotspots.hours import week_hours
    >>> both = added_hours(week_hours(["2026-11-23T10:30"]), week_hours(["2026-11-23T10:50", "NaT"]))
    >>> both.events[0, 10].item(), both.n, both.without_start
    (2.0, 2, 1)
    """
    return WeekHours(
        events=one.events + other.events,
        n=one.n + other.n,
        without_end=one.without_end + other.without_end,
        swapped=one.swapped + other.swapped,
        without_start=one.without_start + other.without_start,
        at_any_time=one.at_any_time + other.at_any_time,
    )


def corrected_together(areas: list[HotCells]) -> tuple[HotCells, ...]:
    """Correct the windows of several areas, each tested by itself, for all of them at once.

    Who looks at a hundred villages and shows those with a hotspot has looked at all their windows.

    Examples
    --------
    >>> import shapely
    >>> from safemap.analysis.hotspots.grid import grid_over, place_events
    >>> from safemap.analysis.hotspots.hot_cells import hot_cells
    >>> grid = grid_over(shapely.box(0, 0, 1000, 1000), 100.0)
    >>> one = hot_cells(place_events(grid, [[550, 550]] * 5 + [[50, 50], [950, 950]]), 150.0)
    >>> both = corrected_together([one, hot_cells(place_events(grid, [[50, 50]]), 150.0)])
    >>> bool(both[0].p_adjusted.min() > one.p_adjusted.min()), len(both[1].p_adjusted)
    (True, 100)
    """
    together = adjusted(np.concatenate([area.p_value for area in areas]) if areas else np.zeros(0))
    ends = np.cumsum([len(area.p_value) for area in areas])
    return tuple(
        replace(area, p_adjusted=corrected, is_hot=corrected <= area.level)
        for area, corrected in zip(areas, np.split(together, ends[:-1]) if areas else [], strict=True)
    )


@dataclass(frozen=True, eq=False)
class Values:
    """Different values of many, and how often each occurs: enough for quantiles; parts add up.

    Attributes
    ----------
    value, count
        ``(k,)``, the values rising.
    """

    value: NDArray[np.float64]
    count: NDArray[np.int64]

    @classmethod
    def of(cls, values: ArrayLike) -> "Values":
        """Count different values."""
        value, count = np.unique(np.asarray(values, dtype=np.float64), return_counts=True)
        return cls(value, count.astype(np.int64))

    def __add__(self, other: "Values") -> "Values":
        value, which = np.unique(np.concatenate([self.value, other.value]), return_inverse=True)
        count = np.bincount(which, weights=np.concatenate([self.count, other.count]), minlength=len(value))
        return Values(value, count.astype(np.int64))

    def quantile(self, share: float) -> float:
        """Return a quantile as NumPy does, linear between two values; 0 without any.

        Examples
        --------
        >>> (Values.of([5.0, 30.0]) + Values.of([30.0, 80.0])).quantile(0.9)
        65.0
        """
        if len(self.value) == 0:
            return 0.0
        upto = np.cumsum(self.count)
        place = share * (int(upto[-1]) - 1)
        low, high = self.value[np.searchsorted(upto, [int(place), int(np.ceil(place))], side="right")]
        return float(low + (high - low) * (place - int(place)))


def places_by_group(xy: ArrayLike, groups: int) -> list[NDArray[np.uint64]]:
    """Mark each event's place by 64 bits of both coordinates, rising, and split the marks into groups.

    Equal places of different parts fall into the same group, so that groups can be looked at one by one. Different
    places have one mark with a chance of 3e-6 among ten million.

    Examples
    --------
    >>> one, other = places_by_group([[1, 1], [1, 1], [2, 2]], 1), places_by_group([[2, 2], [3, 3]], 1)
    >>> events_repeated([one[0], other[0]])
    4
    """
    points = np.ascontiguousarray(points_checked(xy) + 0.0).view(np.uint64)  # adding 0 makes -0 to 0
    marks = np.sort(_mixed(_mixed(points[:, 0]) + points[:, 1]))
    starts = [np.uint64((which << 64) // groups) for which in range(1, groups)]
    return np.split(marks, np.searchsorted(marks, np.array(starts, dtype=np.uint64)))


def events_repeated(parts: list[NDArray[np.uint64]]) -> int:
    """Return how many events of one group of marks are exactly where another one is, over all parts."""
    marks = np.sort(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.uint64)
    is_next = marks[1:] == marks[:-1]
    return int((np.append(is_next, False) | np.append(False, is_next)).sum()) if len(marks) else 0


def _mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix 64 bits so that any of them changes half of the others: the finisher of SplitMix64 (Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(bits ^ (bits >> np.uint64(31)), dtype=np.uint64)

"""What is counted of one part of the events on a ground; the tallies of two parts add up."""

from collections import Counter
from dataclasses import dataclass
from functools import partial

import numpy as np
import shapely
from numpy.typing import NDArray

from safemap.analysis.hotspots.grid import Placed
from safemap.analysis.hotspots.hours import WeekHours, week_hours
from safemap.analysis.hotspots.kde import Bins, bin_events
from safemap.analysis.hotspots.parts import Values, added_bins, added_hours, places_by_group
from safemap.analysis.hotspots.streets import OnStreets, put_on_streets
from safemap.analysis.shapes import points_of
from safemap.files.events import NO_TIME, Events
from safemap.files.ground import Ground
from safemap.files.rules import BY_TIME, Method


@dataclass(frozen=True, eq=False)
class Located:
    """The events of a part that take part.

    Attributes
    ----------
    events
        Those inside.
    xy
        ``(m, 2)`` metres of the ground's plane; NaN without a position.
    area, cell
        ``(m,)`` place of the area that each lies in, and of its cell; 0 and -1 where there is none.
    outside
        How many lie outside.
    """

    events: Events
    xy: NDArray[np.float64]
    area: NDArray[np.int64]
    cell: NDArray[np.int64]
    outside: int


@dataclass(frozen=True)
class Span:
    """Earliest and latest time; NaT without any. Those of parts add up."""

    first: np.datetime64
    last: np.datetime64

    @classmethod
    def of(cls, located: Located) -> "Span":
        """Return that of one part's events."""
        known = located.events.begin[~np.isnat(located.events.begin)]
        return cls(known.min(), known.max()) if len(known) else cls(NO_TIME, NO_TIME)

    def __add__(self, other: "Span") -> "Span":
        return Span(np.fmin(self.first, other.first), np.fmax(self.last, other.last))


@dataclass(frozen=True)
class Wanted:
    """What is to be counted.

    Attributes
    ----------
    edges
        Rising limits of steps of time; None where time does not matter.
    early_bins
        Whether only events before the last limit are shared out for densities.
    """

    method: Method
    edges: tuple[np.datetime64, ...] | None = None
    early_bins: bool = False


@dataclass(frozen=True, eq=False)
class Tally:
    """What was counted.

    Attributes
    ----------
    n, outside, untimed
        Events inside, outside, and inside without a time where one is needed.
    counts
        For each study ``(steps, rows, columns)``; one step where time does not matter.
    bins
        Events shared out for densities, on the first study.
    hours, on, weights, accuracy_m
        Hours of the week; events on streets, with their weights and accuracies in the same order.
    at_midnight
        Events whose time is exactly 00:00: where they are many, only days are known.
    first, last, kinds, reporters, accuracy
        As in `safemap.files.events.Facts`, of the events inside.
    """

    n: int
    outside: int
    untimed: int
    counts: tuple[NDArray[np.int64], ...]
    bins: Bins | None
    hours: WeekHours | None
    on: OnStreets | None
    weights: NDArray[np.float64]
    accuracy_m: NDArray[np.float64]
    first: np.datetime64
    last: np.datetime64
    at_midnight: int
    kinds: Counter[str]
    reporters: frozenset[str] | None
    accuracy: Values | None

    def __add__(self, other: "Tally") -> "Tally":
        span = Span(self.first, self.last) + Span(other.first, other.last)
        return Tally(
            n=self.n + other.n,
            outside=self.outside + other.outside,
            untimed=self.untimed + other.untimed,
            counts=tuple(one + two for one, two in zip(self.counts, other.counts, strict=True)),
            bins=None if self.bins is None or other.bins is None else added_bins(self.bins, other.bins),
            hours=None if self.hours is None or other.hours is None else added_hours(self.hours, other.hours),
            on=None if self.on is None or other.on is None else _both(self.on, other.on),
            weights=np.concatenate([self.weights, other.weights]),
            accuracy_m=np.concatenate([self.accuracy_m, other.accuracy_m]),
            first=span.first,
            last=span.last,
            at_midnight=self.at_midnight + other.at_midnight,
            kinds=self.kinds + other.kinds,
            reporters=None
            if self.reporters is None and other.reporters is None
            else (self.reporters or frozenset()) | (other.reporters or frozenset()),
            accuracy=self.accuracy + other.accuracy
            if self.accuracy is not None and other.accuracy is not None
            else self.accuracy or other.accuracy,
        )


def _both(one: OnStreets, other: OnStreets) -> OnStreets:
    return OnStreets(
        np.concatenate([one.piece, other.piece]),
        np.concatenate([one.along_m, other.along_m]),
        np.concatenate([one.distance_m, other.distance_m]),
        one.off + other.off,
    )


def locate(events: Events, ground: Ground, method: Method) -> Located:
    """Find the area and the cell of each event; what lies outside is counted and left out.

    An event on a border that two areas share belongs to the first.
    """
    if method is not Method.HOURS:
        events = events.taken(events.has_place)
    number = len(events)
    xy = events.in_system(ground.plane.epsg)
    if not ground.areas:
        return Located(events, xy, np.zeros(number, np.int64), np.full(number, -1), 0)
    area, cell = np.full(number, -1, dtype=np.int64), np.full(number, -1, dtype=np.int64)
    shapes = np.array([shape for _, shape in ground.areas], dtype=object)
    has_place = events.has_place
    if len(shapes) > 1:
        event, found = shapely.STRtree(shapes).query(points_of(xy[has_place]), predicate="intersects")
        order = np.lexsort((found, event))
        first = order[np.unique(event[order], return_index=True)[1]]
        area[np.flatnonzero(has_place)[event[first]]] = found[first]
    elif not ground.studies:
        shapely.prepare(shapes[0])
        area[has_place] = np.where(shapely.intersects_xy(shapes[0], xy[has_place]), 0, -1)
    else:
        area[has_place] = 0
    for place, study in enumerate(ground.studies):
        mine = np.flatnonzero(area == place)
        flat = study.grid.flat_of(xy[mine])
        is_in = study.grid.is_inside(xy[mine], flat)
        cell[mine] = np.where(is_in, flat, -1)
        area[mine[~is_in]] = -1
    inside = area >= 0
    return Located(events.taken(inside), xy[inside], area[inside], cell[inside], int((~inside).sum()))


def tally(located: Located, ground: Ground, wanted: Wanted) -> Tally:
    """Count what is wanted of one part."""
    events, method = located.events, wanted.method
    step = np.zeros(len(events), dtype=np.int64)
    untimed = 0
    has_step = np.ones(len(events), dtype=np.bool_)
    if wanted.edges is not None:
        edges = np.array(wanted.edges)
        has_step = ~np.isnat(events.begin) & (events.begin >= edges[0]) & (events.begin < edges[-1])
        step = np.searchsorted(edges, events.begin, side="right") - 1
        untimed = int((~has_step).sum())
    elif method in BY_TIME:
        has_step = ~np.isnat(events.begin)
        untimed = int((~has_step).sum())
    steps = 1 if wanted.edges is None else len(wanted.edges) - 1
    counts = tuple(
        _counted(located, place, step, steps, has_step, study.grid.shape) for place, study in enumerate(ground.studies)
    )
    bins = None
    if method in {Method.DENSITY, Method.SCORE}:
        shared = has_step & (step < steps - 1) if wanted.early_bins else has_step
        grid = ground.studies[0].grid
        taken = partial(_taken, which=shared)
        bins = bin_events(grid, located.xy[shared], weights=taken(events.weight), accuracy_m=taken(events.accuracy_m))
    on, weights, accuracy_m = None, np.zeros(0), np.zeros(0)
    if method is Method.STREETS and ground.streets is not None:
        on = put_on_streets(ground.streets.pieces, located.xy)
        weights = np.ones(len(events)) if events.weight is None else events.weight
        accuracy_m = np.zeros(len(events)) if events.accuracy_m is None else events.accuracy_m
    known, span = events.begin[~np.isnat(events.begin)], Span.of(located)
    people = events.reporters
    kinds = Counter() if events.kinds is None else _counter(events.kinds.names, events.kinds.code)
    return Tally(
        n=int(has_step.sum()),
        outside=located.outside,
        untimed=untimed,
        counts=counts,
        bins=bins,
        hours=week_hours(events.begin, events.until) if method is Method.HOURS else None,
        on=on,
        weights=weights,
        accuracy_m=accuracy_m,
        first=span.first,
        last=span.last,
        at_midnight=int((known == known.astype("datetime64[D]")).sum()),
        kinds=kinds,
        reporters=None if people is None else people.different(),
        accuracy=None if events.accuracy_m is None else Values.of(events.accuracy_m),
    )


def _counted(
    located: Located,
    place: int,
    step: NDArray[np.int64],
    steps: int,
    has_step: NDArray[np.bool_],
    shape: tuple[int, int],
) -> NDArray[np.int64]:
    mine = (located.area == place) & has_step
    size = shape[0] * shape[1]
    counted = np.bincount(step[mine] * size + located.cell[mine], minlength=steps * size)
    return counted.reshape(steps, *shape).astype(np.int64)


def _taken(values: NDArray[np.float64] | None, which: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    return None if values is None else values[which]


def _counter(names: tuple[str, ...], code: NDArray[np.int32]) -> Counter[str]:
    number = np.bincount(code + 1, minlength=len(names) + 1)
    return Counter({name: int(count) for name, count in zip(("", *names), number, strict=True) if count})


def repeated_groups(located: Located, groups: int) -> list[NDArray[np.uint64]]:
    """Split the places of the events inside into groups, to see which repeat in other parts."""
    return places_by_group(located.xy[~np.isnan(located.xy[:, 0])], groups)


def placed_of(ground: Ground, counts: NDArray[np.int64], outside: int, place: int = 0) -> Placed:
    """Return counts of one study as the tests take them."""
    return Placed(ground.studies[place].grid, counts, np.zeros(0, dtype=np.int64), outside)

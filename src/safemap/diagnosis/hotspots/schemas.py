"""What is kept of an area's hotspots: numbers alone, so that any language can say them later."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from safemap.analysis.hotspots.honesty import Doubt, Step
from safemap.analysis.hotspots.hot_cells import Null
from safemap.analysis.hotspots.trends import Course
from safemap.diagnosis.hotspots.rules import StepUnit
from safemap.diagnosis.rules import Events


class Kept(BaseModel):
    """Numbers as they are stored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Named(Kept):
    """Where something is: streets by their events, most first; for a nameless way, the named street it leads off.

    Where no street is known, the village that it lies in.
    """

    streets: tuple[str, ...] = ()
    beside: str = ""
    village: str = ""


class Limits(Kept):
    """What had to be there for the result, and what limits it."""

    step: Step
    null: Null
    level: float
    smallest_ratio: float | None  # None: nothing could have been found
    doubts: tuple[Doubt, ...]
    outside: int  # events that take no part: no street is known near them
    rough: int  # events known worse than `HotspotParameters.worst_accuracy_m`
    accuracy_m: float
    cells: int
    cell_m: float
    window_m: float  # side of a window
    is_by_street: bool  # exposure is metres of street; else area, where no street is known, or not all
    off_streets: int  # events on no street that is known


class Circle(Kept):
    """A circle with more events than chance would put there."""

    place: Named
    count: int
    expected: float
    ratio: float
    radius_m: float
    p_value: float
    recent_steps: int = 0


class Answer(Kept):
    """Whether there is any hotspot at all."""

    is_any: bool
    circles: int
    runs: int
    best: Circle | None


class BusyHours(Kept):
    """The run of hours with most events, and the chance of one as busy when hours are even."""

    start_h: int
    length_h: int
    share: float
    p_value: float


class Hotspot(Kept):
    """Hot cells that touch, and the numbers of the strongest window."""

    rank: int
    place: Named
    cells: int
    count: int
    expected: float
    ratio: float
    ratio_low: float
    ratio_high: float
    p_value: float  # corrected
    mostly: str = ""  # message id of the kind that dominates
    busiest: BusyHours | None = None


class Hours(Kept):
    """Events by hour of the week, Monday first."""

    table: tuple[tuple[float, ...], ...]
    n: int
    at_any_time: int
    is_spread: bool  # hours of some are not known to the hour
    busiest: BusyHours


class Noticed(Kept):
    """When the danger of reports is there, as their reporters say."""

    at_any_time: int
    by_day: int
    at_night: int


class Change(Kept):
    """Two windows of time compared exactly."""

    before: int
    after: int
    ratio: float | None  # None: nothing before
    low: float
    high: float | None
    p_more: float
    p_less: float


class CourseOf(Kept):
    """A place that is hot at some time, and where it goes."""

    rank: int
    course: Course
    place: Named
    change: Change


class Trend(Kept):
    """Events step by step, the newest last."""

    unit: StepUnit
    starts: tuple[datetime, ...]
    counts: tuple[int, ...]
    recent: int  # of the last steps that are "now"
    change: Change | None
    p_rising: float | None  # of a steady trend; None with fewer than 8 steps
    p_falling: float | None
    fresh: Circle | None = None  # where most is new; None when it was not asked
    is_fresh: bool = False
    courses: tuple[CourseOf, ...] = ()


class Bands(Kept):
    """Knox's table: rows are bands of distance, the first "the same place"; columns bands of days."""

    distance_edges_m: tuple[float, ...]
    time_edges_days: tuple[float, ...]
    pairs: tuple[tuple[int, ...], ...]
    expected: tuple[tuple[float, ...], ...]
    p_value: tuple[tuple[float, ...], ...]  # corrected
    runs: int


class Problem(Kept):
    """Reports of one kind that lie together."""

    rank: int
    kind: str  # message id
    count: int
    place: Named


class ProneOf(Kept):
    """A segment or junction with more events than its like."""

    rank: int
    sort: Literal["segment", "junction"]
    place: Named
    count: int
    expected: float
    ratio: float  # drawn towards 1 by how little is known of it
    p_value: float  # corrected
    length_m: float


class Density(Kept):
    """How the density along streets is drawn."""

    breaks_per_km: tuple[float, ...]
    bandwidth_m: float


class Findings(Kept):
    """Everything that was found of one family of events in one area."""

    events: Events
    n: int  # that take part
    n_read: int  # in the window and the area, those that take no part included
    since: datetime | None
    until: datetime | None
    kinds: tuple[tuple[str, int], ...]  # message ids, most first
    limits: Limits
    answer: Answer | None = None
    hotspots: tuple[Hotspot, ...] = ()
    hours: Hours | None = None
    noticed: Noticed | None = None
    trend: Trend | None = None
    near_repeats: Bands | None = None
    problems: tuple[Problem, ...] = ()
    prone: tuple[ProneOf, ...] = ()
    prone_n: tuple[int, int] = (0, 0)  # segments and junctions that were compared
    density: Density | None = None
    n_timed: int = 0  # incidents whose hours are looked at, however roughly they are placed

    @property
    def n_all(self) -> int:
        """All that are known here: those too that are on no street, or known too roughly to be placed."""
        return self.n_read + self.limits.rough

    def streets_named(self) -> set[str]:
        """Names of all streets in it."""
        places = [one.place for one in self.hotspots] + [one.place for one in self.problems]
        places += [one.place for one in self.prone]
        if self.answer and self.answer.best:
            places.append(self.answer.best.place)
        if self.trend:
            places += [one.place for one in self.trend.courses]
            places += [self.trend.fresh.place] if self.trend.fresh else []
        return {name for place in places for name in (*place.streets, place.beside) if name}


class MapCells(Kept):
    """A published map by cells, as it is scored later; with the maps that it has to beat, made of the same events."""

    epsg: int
    cell_m: float
    first_xy: tuple[float, float]
    rows: int
    columns: int
    cells: tuple[int, ...]
    street_m: tuple[float, ...]
    density: tuple[float, ...]  # the published one: events by density along streets
    counts: tuple[int, ...]
    plain_kde: tuple[float, ...]


class Span(Kept):
    """A figure with its bootstrap interval; None where there is nothing to resample."""

    value: float
    low: float | None
    high: float | None


class MapScored(Kept):
    """One map's scores."""

    hit_rate: Span
    pai: Span
    pei: Span
    log_score: Span


class Scored(Kept):
    """A published map and its rivals on what came after it."""

    n: int
    area_share: float
    maps: dict[str, MapScored]
    hits_more: dict[str, Span]  # than each rival's
    log_more: dict[str, Span]


class ScoreSeen(Kept):
    """How a map fared."""

    published_at: datetime
    data_as_of: datetime
    map_n: int
    later_until: datetime
    later_n: int
    scored: Scored | None  # None: too few events came since


def as_stored(kept: Kept) -> dict[str, Any]:
    """Return it ready for JSONB."""
    return kept.model_dump(mode="json")

"""What the API's documents about hotspots promise."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from safemap.diagnosis.rules import Events
from safemap.web.api.schemas import AreaName, CountLine, Geometry, LegendLine, Shaped

STEP_WORDS = (
    "How much their number allows to be said: points (under 20), one answer, hot cells (from 50), everything (from "
    "200), scores (from 500)."
)


class AboutEvents(Shaped):
    """What every document about one family of events begins with."""

    id: int
    area: AreaName
    made_at: datetime
    data_as_of: datetime
    language: str
    events: Events
    title: str = Field(description="The finding, as a sentence.")
    n: int = Field(description="Events that take part.")
    since: datetime | None
    until: datetime | None
    step: Literal["points", "one answer", "hot cells", "everything", "scores"] = Field(description=STEP_WORDS)


class BusyRecord(Shaped):
    """The run of hours with most events."""

    start_h: int = Field(ge=0, le=23)
    length_h: int
    share: float
    p_value: float = Field(description="Chance of a run as busy when all hours are alike.")


class CircleRecord(Shaped):
    """A circle with more events than chance would put there."""

    name: str
    streets: list[str]
    count: int
    expected: float
    ratio: float
    radius_m: float
    p_value: float
    recent_steps: int = Field(description="Of the last steps that it is about; 0: of the whole time.")


class AnswerRecord(Shaped):
    """Whether there is any hotspot at all."""

    is_any: bool
    circles: int
    runs: int
    best: CircleRecord | None


class LimitsRecord(Shaped):
    """What the result rests on, and what limits it."""

    null: Literal["exposure", "shuffle", "shuffle-others"] = Field(description="What chance means.")
    level: float
    smallest_ratio: float | None = Field(description="Found four times of five; null: nothing could have been found.")
    doubts: list[str]
    outside: int = Field(description="Events that take part in nothing: no street is known near them.")
    rough: int
    accuracy_m: float = Field(description="Radius within which nine of ten positions are known.")
    cells: int = Field(description="Windows that were tested; chances are corrected for all of them.")
    cell_m: float
    window_m: float = Field(description="Side of a window.")
    is_by_street: bool = Field(description="What chance means: evenly along streets; else evenly over the ground.")
    off_streets: int = Field(description="Events on no known street; many of them, and the ground is the measure.")


class HotspotRecord(Shaped):
    """Hot cells that touch, and the numbers of the strongest window."""

    name: str
    streets: list[str]
    rank: int
    cells: int
    count: int
    expected: float
    ratio: float
    ratio_low: float
    ratio_high: float
    p_value: float = Field(description="Corrected.")
    busiest: BusyRecord | None
    reasons: list[str]
    geometry: Geometry | None


class ProblemRecord(Shaped):
    """Reports of one kind that lie together; counted, not tested."""

    name: str
    streets: list[str]
    rank: int
    kind: str
    count: int
    geometry: Geometry | None


class ProneRecord(Shaped):
    """A junction or piece of street with more accidents than its like."""

    name: str
    streets: list[str]
    rank: int
    sort: Literal["segment", "junction"]
    count: int
    expected: float
    ratio: float = Field(description="Drawn towards 1 by how little is known.")
    p_value: float = Field(description="Corrected.")
    length_m: float
    geometry: Geometry | None


class HotspotsDocument(AboutEvents):
    """Where one family of events gathers."""

    n_read: int = Field(description="With those that take no part.")
    families: dict[Events, int] = Field(description="Events of each family; each has a document of its own.")
    kinds: list[CountLine]
    limits: LimitsRecord
    reporters: int | None = Field(description="Different people behind reports; null: not kept, or an authority's.")
    could_be_found: str
    rests_on: list[str]
    answer: AnswerRecord | None
    hotspots: list[HotspotRecord]
    problems: list[ProblemRecord]
    prone: list[ProneRecord]
    legend_per_km: list[LegendLine]
    parameters: dict[str, Any]


class DensityProperties(Shaped):
    """A street segment with density."""

    street: str
    length_m: float
    density_per_km: float
    density_class: int = Field(ge=1, le=5)


class HoursRecord(Shaped):
    """Parts of events by hour of the week."""

    n: int
    table: list[list[float]] = Field(description="Seven rows, Monday to Sunday, of 24 hours; they add up to n.")
    at_any_time: int
    is_spread: bool
    busiest: BusyRecord


class NoticedRecord(Shaped):
    """When the danger of open reports is there."""

    at_any_time: int
    by_day: int
    at_night: int


class TimesDocument(AboutEvents):
    """When one family of events happens."""

    hours: HoursRecord | None
    noticed: NoticedRecord | None
    notes: list[str]


class StepRecord(Shaped):
    """Events of one week or month."""

    starts: datetime
    count: int


class ChangeRecord(Shaped):
    """Two windows of time compared exactly, at equal lengths."""

    before: int
    after: int
    ratio: float | None
    low: float
    high: float | None
    p_more: float
    p_less: float


class CourseRecord(Shaped):
    """A place that is hot at some time, and where it goes."""

    name: str
    streets: list[str]
    rank: int
    course: Literal["emerging", "persistent", "fading"]
    change: ChangeRecord
    geometry: Geometry | None


class BandsRecord(Shaped):
    """Knox's table of pairs: rows are bands of distance, the first the same place; columns bands of days."""

    distance_edges_m: list[float]
    time_edges_days: list[float]
    pairs: list[list[int]]
    expected: list[list[float]]
    p_value: list[list[float]]
    runs: int


class TrendsDocument(AboutEvents):
    """What changes."""

    unit: Literal["week", "month"] | None
    steps: list[StepRecord]
    recent_steps: int
    change: ChangeRecord | None
    p_rising: float | None
    p_falling: float | None
    fresh: CircleRecord | None
    is_fresh: bool
    courses: list[CourseRecord]
    near_repeats: BandsRecord | None
    notes: list[str]


class SpanRecord(Shaped):
    """A figure with its bootstrap interval."""

    value: float
    low: float | None
    high: float | None


class MapScoreRecord(Shaped):
    """One map's scores."""

    hit_rate: SpanRecord
    pai: SpanRecord
    pei: SpanRecord
    log_score: SpanRecord


class ScoresRecord(Shaped):
    """A published map and its rivals on the same later events."""

    n: int
    area_share: float
    maps: dict[str, MapScoreRecord]
    hits_more: dict[str, SpanRecord] = Field(description="Hit rate of the published map less each rival's.")
    log_more: dict[str, SpanRecord]


class FaredRecord(Shaped):
    """How one map fared."""

    published_at: datetime
    data_as_of: datetime
    map_n: int
    later_until: datetime
    later_n: int
    scores: ScoresRecord | None = Field(description="null: too few events came since.")
    notes: list[str]


class ScoresDocument(AboutEvents):
    """How earlier maps fared."""

    maps: list[FaredRecord]

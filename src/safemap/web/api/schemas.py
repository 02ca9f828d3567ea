"""What the API's documents promise: each answer as a shape that programs can check."""

from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from safemap.basemap.finding import FoundKind
from safemap.basemap.rules import PlaceKind
from safemap.blocks.rules import AdopterKind
from safemap.cameras.rules import CameraKind, CameraSite
from safemap.diagnosis.rules import Events, Period
from safemap.hazards.categories import Shape
from safemap.hazards.life import Stage
from safemap.hazards.rules import DESCRIPTION_LIMIT, HazardState, NoticedAt, Position, TextState, Visibility
from safemap.hazards.schemas import HazardReport, HazardSeen, UpdateSeen
from safemap.incidents.rules import IncidentFamily, IncidentKind, TimePrecision

PropertiesT = TypeVar("PropertiesT", bound=BaseModel)
Lonlat = Annotated[list[float], Field(min_length=2, max_length=2, description="Longitude, latitude in degrees.")]
Box = Annotated[list[float], Field(min_length=4, max_length=4, description="West, south, east, north in degrees.")]
LocalTime = Annotated[str, Field(pattern=r"^\d\d:\d\d:\d\d$", description="In Taiwan, without an offset: 21:00:00.")]
Weekdays = Annotated[list[int], Field(description="ISO weekdays: Monday 1 to Sunday 7.")]


class Shaped(BaseModel):
    """A shape without surprises."""

    model_config = ConfigDict(extra="forbid")


class Geometry(Shaped):
    """A geometry of RFC 7946."""

    type: Literal["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]
    coordinates: list[Any]


class Feature(Shaped, Generic[PropertiesT]):
    """A thing with a place."""

    type: Literal["Feature"]
    id: int | str
    bbox: Box | None = None
    geometry: Geometry
    properties: PropertiesT


class Link(Shaped):
    """Where to go on."""

    rel: Literal["next"]
    href: str


class FeatureCollection(Shaped, Generic[PropertiesT]):
    """Things with places."""

    type: Literal["FeatureCollection"]
    features: list[Feature[PropertiesT]]
    numberMatched: int | None = Field(default=None, description="How many there are; fewer may be given.")  # noqa: N815
    links: list[Link] = Field(default=[], description="`next` is the page after this one; none on the last.")
    rest: int | None = Field(default=None, description="How many more have no place here; -1: fewer than three.")
    total: int | None = Field(default=None, description="How many in all; -1: fewer than three.")


class Village(Shaped):
    """A village, or all imported villages of a town, as lists show it."""

    key: str
    name: str
    name_en: str
    county: str
    town: str
    is_fictional: bool


class Villages(Shaped):
    """The villages that this map knows."""

    villages: list[Village]


class Counts(Shaped):
    """How many of everything."""

    open_hazards: dict[str, int] = Field(description="By category.")
    hazards: dict[str, int] = Field(description="By category, in every state.")
    incidents: dict[str, int] = Field(description="By kind.")
    cameras: int
    lamps: int
    patrol_routes: int
    blocks: int


class VillageDetails(Village):
    """A village with its centre and what is in it."""

    centre: Lonlat
    counts: Counts


class HazardProperties(Shaped):
    """A report."""

    public_id: str
    village_key: str
    village_name: str
    category: str
    severity: Literal[1, 2, 3]
    noticed_at: NoticedAt
    state: HazardState = Field(description="What every count goes by.")
    stage: Stage = Field(description="Where it stands in its life.")
    visibility: Visibility = Field(description="Others than `shown` are seen by who works on reports.")
    description: str = Field(description="Empty until somebody has looked at it.")
    text_state: TextState
    is_public_place: bool
    position: Position = Field(description="`street`: moved to the middle of its street.")
    accuracy_m: float
    reported_at: datetime
    fixed_at: datetime | None
    supporters: int = Field(description="How many others say so too.")


class CountProperties(Shaped):
    """Reports of a street, or of a square of the grid where one street has too few."""

    name: str
    name_en: str
    count: int
    is_approximate: Literal[True]


class ReportSent(HazardReport):
    """What a resident's form sends."""

    notice: str = Field(
        default="", max_length=40, description="Version of the notice about personal data that its reporter was shown."
    )


class Reported(Shaped):
    """A report just stored."""

    report: HazardSeen
    follow_up: str = Field(
        description="The reporter's own link, told here alone: who holds it may withdraw the report."
    )


class Similar(Shaped):
    """A report that is likely the same."""

    report: HazardSeen
    about_m: int | None = Field(description="On foot, to ten metres; null where the report is told by its street.")
    reasons: list[str] = Field(description="Codes, the strongest first.")
    reasons_in_words: list[str]


class SimilarReports(Shaped):
    """What is likely the same as a report that is about to be sent."""

    similar: list[Similar] = Field(description="At most five, the likeliest first.")


class Support(BaseModel):
    """What somebody says who says so too."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    note: str = Field(
        default="", max_length=DESCRIPTION_LIMIT, pattern="^[^\x00]*$", description="The place, never a person."
    )
    notice: str = Field(
        default="", max_length=40, description="Version of the notice about personal data that they were shown."
    )


class SaidSo(Shaped):
    """What somebody who says so too is told."""

    report: HazardSeen
    link: str | None = Field(description="Their own link, told here alone.")
    is_first: bool = Field(description="False: this key had said so before, and nothing was added.")


class IncidentProperties(Shaped):
    """A published incident."""

    kind: IncidentKind
    family: IncidentFamily
    occurred_at: datetime
    occurred_until: datetime | None
    precision: TimePrecision
    place: str
    killed: int
    injured: int
    accuracy_m: float


class CameraProperties(Shaped):
    """A camera; null where the source does not say. All but the first two are for members."""

    operator: str
    site: CameraSite
    label: str = ""
    kind: CameraKind | None = None
    azimuth_deg: float | None = Field(default=None, description="Clockwise from true north, middle of the view.")
    field_of_view_deg: float | None = None
    reach_m: float | None = None
    mount_height_m: float | None = None
    is_working: bool | None = None


class LampProperties(Shaped):
    """A street lamp."""

    number: str
    is_working: bool


class RouteProperties(Shaped):
    """A patrol route; an end before the start is past midnight."""

    name: str
    team: str
    team_en: str
    weekdays: Weekdays
    starts_at: LocalTime
    ends_at: LocalTime


class BlockProperties(Shaped):
    """An adopted block; an end before the start is past midnight. All but the first two are for members."""

    name: str
    adopter: str
    adopter_kind: AdopterKind | None = None
    weekdays: Weekdays = []
    starts_at: LocalTime | None = None
    ends_at: LocalTime | None = None
    in_force_from: date | None = None
    in_force_until: date | None = Field(default=None, description="The last day included.")


class CategoryDetails(Shaped):
    """A kind of hazard, in the language asked for."""

    code: str
    name: str
    example: str
    shape: Shape
    matters_at_night: bool


class Choice(Shaped):
    """A value and what it is called."""

    value: str
    name: str


class Categories(Shaped):
    """What a report is made of."""

    categories: list[CategoryDetails]
    severities: list[Choice]
    states: list[Choice]
    noticed_at: list[Choice]


Parts = Annotated[
    dict[str, float | None], Field(description="Watched share by camera, patrol, block, lamp; null: not known here.")
]


class SegmentProperties(Shaped):
    """A street segment; the shares are there when a part of the day is asked for, null where a source is not known."""

    street: str
    length_m: float
    density_per_km: float
    density_class: int = Field(ge=0, le=5)
    event_count: float = Field(description="Within reach; parts where the hour is not known add up.")
    all: float | None = Field(default=None, description="Watched by anybody, 0 to 1.")
    camera: float | None = None
    patrol: float | None = None
    block: float | None = None
    lamp: float | None = None


class ZoneProperties(Shaped):
    """A dead zone."""

    rank: int
    period: Period
    name: str
    length_m: float
    events_per_km: float
    event_count: int
    score: float
    guardianship_share: float
    parts: Parts
    reasons: list[str]
    hotspot_rank: int | None = Field(
        description="Of the hotspot in which it lies; null: what lies there may be chance."
    )


class ZoneRecord(Shaped):
    """A dead zone within a diagnosis."""

    rank: int
    name: str
    length_m: float
    events_per_km: float
    event_count: int
    score: float
    guardianship_share: float
    parts: Parts
    reasons: list[str]
    hotspot_rank: int | None
    geometry: Geometry


class PeriodRecord(Shaped):
    """What was found in one part of the day."""

    name: str
    title: str
    event_count: float
    has_hotspots: bool
    zone_count: int
    zones: list[ZoneRecord]


class CountLine(Shaped):
    """A line of a table of counts."""

    name: str
    count: int


class LegendLine(Shaped):
    """A class of density: above the one, up to and including the other."""

    number: int
    from_per_km: float
    to_per_km: float | None


class AreaName(Shaped):
    """Which village."""

    key: str
    name: str


class DiagnosisDocument(Shaped):
    """A diagnosis with its parameters, as it was stored."""

    id: int
    area: AreaName
    made_at: datetime
    data_as_of: datetime
    language: str
    title: str
    events: Events
    event_count: int
    has_hotspots: bool
    notes: list[str]
    known: dict[str, bool] = Field(description="Which sources of guardianship are known here at all.")
    counts: dict[str, Any]
    by_category: list[CountLine]
    by_street: list[CountLine]
    legend_per_km: list[LegendLine]
    parameters: dict[str, Any]
    periods: dict[Period, PeriodRecord]


class FieldError(BaseModel):
    """What is wrong with one value."""

    field: str
    message: str


class Problem(BaseModel):
    """A failure (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    remedy: str | None = None
    errors: list[FieldError] | None = None


class NamedStreet(Shaped):
    """A named street inside the village."""

    name: str
    name_en: str
    lines: list[list[Lonlat]] = Field(description="Joined where its pieces meet; the longest first.")


class NamedPlace(Shaped):
    """A public place with a name."""

    kind: PlaceKind
    name: str
    name_en: str
    at: Lonlat
    outline: list[Lonlat] | None = Field(description="A closed ring; null for a place that is a point.")


class PlaceNames(Shaped):
    """What can be named in a village."""

    streets: list[NamedStreet]
    places: list[NamedPlace]
    lamps: list[tuple[str, float, float]] = Field(description="Number as painted on the pole, longitude, latitude.")


class FoundPlace(Shaped):
    """A place that may be meant."""

    kind: FoundKind
    name: str
    name_en: str
    lon: float
    lat: float
    accuracy_m: float = Field(description="How far from there what is meant may be.")
    street: str = Field(description="The street that it stands on, when it is one or is on one.")
    is_sure: bool = Field(description="Whether the words name it and nothing else.")


class FoundPlaces(Shaped):
    """What words may mean."""

    found: list[FoundPlace]


class Updates(BaseModel):
    """What became of a report."""

    updates: list[UpdateSeen]

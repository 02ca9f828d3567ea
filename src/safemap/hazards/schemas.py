"""Shapes in and out of hazard reports."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from safemap.hazards.categories import CATEGORY_BY_CODE, Asset, Drawn
from safemap.hazards.life import Actor, Stage
from safemap.hazards.rules import DESCRIPTION_LIMIT, HazardState, NoticedAt, Position, Severity, TextState, Visibility

Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Positions = list[tuple[Lon, Lat]]


class HazardReport(BaseModel):
    """What a resident sends."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    lon: float = Field(ge=-180, le=180, allow_inf_nan=False, description="Longitude in degrees.", examples=[120.3512])
    lat: float = Field(ge=-90, le=90, allow_inf_nan=False, description="Latitude in degrees.", examples=[24.6003])
    category: str = Field(description="Code of a category.", examples=["lighting"])
    severity: Severity = Field(default=Severity.UNEASY, description="1 uneasy, 2 risky, 3 dangerous.")
    noticed_at: NoticedAt = Field(default=NoticedAt.ANY_TIME, description="When the danger is there.")
    description: str = Field(
        default="", max_length=DESCRIPTION_LIMIT, description="The place and its condition, never a person."
    )
    is_public_place: bool = Field(
        default=False,
        description="A park, a junction, a school gate: shown exactly to everybody. Else the public sees counts only.",
    )
    accuracy_m: float = Field(
        default=0.0, ge=0, le=5000, allow_inf_nan=False, description="How exact the position is, in metres."
    )

    happened_at: AwareDatetime | None = Field(default=None, description="When it was seen, if once.")
    weekdays: int | None = Field(
        default=None, ge=1, le=127, description="Days on which it is so: a bit for each, Monday the lowest."
    )
    from_hour: int | None = Field(default=None, ge=0, le=23, description="From which hour it is so.")
    until_hour: int | None = Field(default=None, ge=0, le=24, description="Until which hour; on the next day if lower.")
    asset_kind: Asset | None = Field(default=None, description="What with a number it is about.")
    asset_number: str | None = Field(default=None, max_length=60, description="The number, as painted on the pole.")
    line: Positions | None = Field(
        default=None, min_length=2, max_length=200, description="A dark lane: its corners, longitude and latitude."
    )
    area: Positions | None = Field(
        default=None, min_length=3, max_length=200, description="A park: its corners, longitude and latitude."
    )

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if (self.from_hour is None) != (self.until_hour is None):
            message = "from_hour and until_hour come together"
            raise ValueError(message)
        if (self.asset_kind is None) != (self.asset_number is None):
            message = "asset_kind and asset_number come together"
            raise ValueError(message)
        if self.line and self.area:
            message = "give a line or an area, not both"
            raise ValueError(message)
        allowed = CATEGORY_BY_CODE[self.category].drawn_as
        for given, drawn in ((self.line, Drawn.LINE), (self.area, Drawn.AREA)):
            if given and drawn not in allowed:
                message = f"a report of {self.category} is no {drawn.value}"
                raise ValueError(message)
        return self

    @field_validator("category")
    @classmethod
    def _known(cls, code: str) -> str:
        if code not in CATEGORY_BY_CODE:
            known = ", ".join(CATEGORY_BY_CODE)
            message = f"must be one of: {known}"
            raise ValueError(message)
        return code

    @field_validator("description")
    @classmethod
    def _printable(cls, text: str) -> str:
        if "\x00" in text:
            message = "must not hold a NUL character"
            raise ValueError(message)
        return text


class HazardSeen(BaseModel):
    """A report as a viewer sees it."""

    model_config = ConfigDict(frozen=True)

    public_id: str
    village_key: str
    village_name: str
    category: str
    severity: int
    noticed_at: NoticedAt
    state: HazardState
    stage: Stage
    visibility: Visibility
    description: str
    text_state: TextState
    is_public_place: bool
    position: Position
    accuracy_m: float
    reported_at: datetime
    fixed_at: datetime | None
    supporters: int
    lon: float
    lat: float


class NewStep(BaseModel):
    """What somebody says of how a report stands."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    from_stage: Stage = Field(description="Where they saw it stand: it may have moved meanwhile.")
    to_stage: Stage
    reason: str = ""
    body: str = ""
    words: str = Field(default="", max_length=DESCRIPTION_LIMIT, pattern=r"^[^\x00]*$")


class UpdateSeen(BaseModel):
    """A step in a report's life as a viewer sees it: by the day, for the hour would tell when somebody walks."""

    model_config = ConfigDict(frozen=True)

    on: date = Field(description="The day in Taiwan.")
    from_stage: Stage | None = Field(description="Null for the first.")
    to_stage: Stage
    actor: Actor = Field(description="As what somebody said so.")
    role: str | None = Field(default=None, description="Their role; null for reporters and for safemap.")
    reason: str = Field(default="", description="A code; empty where none is asked.")
    body: str = Field(default="", description="Code of the office that it was handed to; empty elsewhere.")
    words: str = ""

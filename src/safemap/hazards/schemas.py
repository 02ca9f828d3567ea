"""Shapes in and out of hazard reports."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, field_validator

from safemap.hazards.rules import (
    CATEGORY_BY_CODE,
    DESCRIPTION_LIMIT,
    HazardState,
    NoticedAt,
    Position,
    Severity,
    TextState,
)


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
    description: str
    text_state: TextState
    is_public_place: bool
    position: Position
    accuracy_m: float
    reported_at: datetime
    fixed_at: datetime | None
    lon: float
    lat: float

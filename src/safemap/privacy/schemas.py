"""Shapes in and out of requests, answers to notices and the breach register."""

from dataclasses import dataclass, field
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Limits

from safemap.privacy.rules import (
    TEXT_LIMIT,
    VALUE_LIMIT,
    WISH_LIMIT,
    About,
    Ask,
    Basis,
    BreachState,
    DataKind,
    Field,
    Refusal,
    State,
    Told,
    Way,
)

Parts = dict[str, list[dict[str, object]]]
"""What a domain keeps of somebody: kinds of records, their rows, each row's fields."""


@dataclass(frozen=True)
class Subject:
    """Whose data is asked for: an account, a report without one, an address; an account has an address too."""

    person_id: int | None = None
    report_id: str | None = None
    email: str | None = field(default=None, repr=False)


class NewRequest(BaseModel):
    """What somebody asks."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    ask: Ask
    field: Field | None = None
    value: str = Limits(default="", max_length=VALUE_LIMIT)
    wish: str = Limits(default="", max_length=WISH_LIMIT)
    language: str = "zh-Hant"


@dataclass(frozen=True)
class Step:
    """One step in a request's history, as its asker may read it."""

    at: datetime
    state: State
    due_on: date | None
    words: str


@dataclass(frozen=True)
class RequestSeen:
    """A request, as its asker and its reviewers see it.

    Parameters
    ----------
    days_left
        To the due day; 0 on that day, negative when it is overdue.
    """

    id: int
    number: str
    ask: Ask
    about: About
    state: State
    field: Field | None
    value: str
    wish: str
    refusal: Refusal | None
    received_at: datetime
    received_on: date
    due_on: date
    days_left: int
    is_overdue: bool
    is_extended: bool
    is_wiped: bool
    decided_at: datetime | None
    closed_at: datetime | None
    waits_for_proof: bool
    report_id: str | None
    steps: tuple[Step, ...] = ()

    @property
    def is_waiting(self) -> bool:
        """Whether somebody has to decide."""
        return self.state in {State.CONFIRMED, State.EXTENDED}


@dataclass(frozen=True)
class Asker:
    """Who asks, for a reviewer; all empty for a report, and when it was wiped."""

    name: str = ""
    email: str = ""
    public_id: str = ""


@dataclass(frozen=True)
class Made:
    """A request just made.

    Parameters
    ----------
    link
        The token by which its asker follows it; told this once. Empty: they sign in for that.
    """

    number: str
    due_on: date
    link: str = field(repr=False)


@dataclass(frozen=True)
class AnswerSeen:
    """What a member answered to a version of the notice."""

    version: str
    basis: Basis
    asked_at: datetime
    accepted_at: datetime | None
    withdrawn_at: datetime | None


class NewBreach(BaseModel):
    """An entry in the register, new or changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    county: str | None = None
    found_at: datetime
    what: str = Limits(min_length=1, max_length=TEXT_LIMIT)
    data_kinds: frozenset[DataKind] = Limits(min_length=1)
    people_count: int | None = Limits(default=None, ge=0, le=100_000_000)
    is_estimate: bool = False
    measures: str = Limits(default="", max_length=TEXT_LIMIT)


class NewTelling(BaseModel):
    """That somebody was told of a breach."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    told: Told
    way: Way
    at: datetime
    people_count: int | None = Limits(default=None, ge=0, le=100_000_000)
    words: str = Limits(default="", max_length=TEXT_LIMIT)


@dataclass(frozen=True)
class TellingSeen:
    """Who was told of a breach, when, how and in which words."""

    told: Told
    way: Way
    at: datetime
    people_count: int | None
    words: str


@dataclass(frozen=True)
class BreachSeen:
    """An entry in the register."""

    number: str
    county: str | None
    state: BreachState
    found_at: datetime
    what: str
    data_kinds: tuple[DataKind, ...]
    people_count: int | None
    is_estimate: bool
    measures: str
    entered_at: datetime
    stopped_at: datetime | None
    closed_at: datetime | None
    tellings: tuple[TellingSeen, ...]

    @property
    def is_told(self) -> bool:
        """Whether the people affected, or the public, were told."""
        return any(one.told in {Told.AFFECTED, Told.PUBLIC} for one in self.tellings)

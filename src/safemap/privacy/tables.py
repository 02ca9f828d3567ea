"""Answers to notices, requests with their history, the breach register."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey, LargeBinary, Table, false, func
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from safemap.communities.tables import Village
from safemap.db.base import Base
from safemap.identity.tables import Person
from safemap.privacy.rules import (
    TEXT_LIMIT,
    VALUE_LIMIT,
    WISH_LIMIT,
    About,
    Ask,
    Basis,
    BreachState,
    Field,
    Refusal,
    State,
    Told,
    Way,
)


def _one_of(column: str, values: list[str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class NoticeAnswer(Base):
    """What a member answered to a version of the members' notice; the newest row counts."""

    __tablename__ = "notice_answer"
    __table_args__ = (
        CheckConstraint(_one_of("basis", [basis.value for basis in Basis]), name="basis"),
        CheckConstraint("withdrawn_at IS NULL OR accepted_at IS NOT NULL", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    version: Mapped[str]
    basis: Mapped[str]
    controller: Mapped[str]  # whom the notice named when it was shown
    language: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(server_default=func.now())
    accepted_at: Mapped[datetime | None]  # NULL: put off
    withdrawn_at: Mapped[datetime | None]


data_request_village = Table(
    "data_request_village",
    Base.metadata,
    Column("request_id", ForeignKey("data_request.id", ondelete="CASCADE"), primary_key=True),
    Column("village_id", ForeignKey(Village.id, ondelete="CASCADE"), primary_key=True, index=True),
)


class DataRequest(Base):
    """One request about somebody's own data.

    Its villages (`data_request_village`) say who may review it: whoever reaches all of them; one without villages, of
    somebody who reaches everywhere or of an address that nothing is known of, is for who reaches everywhere.
    """

    __tablename__ = "data_request"
    __table_args__ = (
        CheckConstraint(_one_of("ask", [ask.value for ask in Ask]), name="ask"),
        CheckConstraint(_one_of("about", [about.value for about in About]), name="about"),
        CheckConstraint(_one_of("state", [state.value for state in State]), name="state"),
        CheckConstraint(_one_of("field", [field.value for field in Field]), name="field"),
        CheckConstraint(_one_of("refusal", [why.value for why in Refusal]), name="refusal"),
        CheckConstraint("(ask = 'correction') = (field IS NOT NULL)", name="correction"),
        CheckConstraint(f"char_length(wish) <= {WISH_LIMIT}", name="wish_length"),
        CheckConstraint(f"char_length(value) <= {VALUE_LIMIT}", name="value_length"),
        CheckConstraint("due_on > received_on", name="due"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    ask: Mapped[str]
    about: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"), index=True)
    report_id: Mapped[str | None] = mapped_column(index=True)  # public; no foreign key: it outlives the report
    email: Mapped[str | None] = mapped_column(index=True)  # where answers go; wiped by erasure and in time
    language: Mapped[str]
    field: Mapped[str | None]
    value: Mapped[str] = mapped_column(default="")  # what would be right, in the asker's words
    wish: Mapped[str] = mapped_column(default="")
    refusal: Mapped[str | None]
    received_at: Mapped[datetime]
    received_on: Mapped[date]  # in Taiwan: the clock's days begin after it
    due_on: Mapped[date] = mapped_column(index=True)
    confirmed_at: Mapped[datetime | None]
    extended_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    wiped_at: Mapped[datetime | None]  # when address and words were taken out
    link_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)  # of who asked without an account
    proof_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)  # of the link to a new address
    proof_until: Mapped[datetime | None]
    reminded: Mapped[str] = mapped_column(default="")  # the last reminder that reviewers got


class DataRequestStep(Base):
    """One step in a request's history."""

    __tablename__ = "data_request_step"
    __table_args__ = (CheckConstraint(_one_of("state", [state.value for state in State]), name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey(DataRequest.id, ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    state: Mapped[str]
    due_on: Mapped[date | None]  # what an extension moved the due day to
    by_person: Mapped[int | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"), index=True)
    words: Mapped[str] = mapped_column(default="")  # what the asker was told


class Breach(Base):
    """Personal data that came to harm: stolen, leaked, changed, or otherwise (個資法 §12)."""

    __tablename__ = "breach"
    __table_args__ = (
        CheckConstraint(_one_of("state", [state.value for state in BreachState]), name="state"),
        CheckConstraint("people_count >= 0", name="people_count"),
        CheckConstraint("cardinality(data_kinds) > 0", name="data_kinds"),
        CheckConstraint(f"char_length(what) BETWEEN 1 AND {TEXT_LIMIT}", name="what_length"),
        CheckConstraint(f"char_length(measures) <= {TEXT_LIMIT}", name="measures_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    county: Mapped[str | None] = mapped_column(index=True)  # NULL: the whole system
    state: Mapped[str] = mapped_column(default=BreachState.OPEN.value)
    found_at: Mapped[datetime]
    what: Mapped[str]
    data_kinds: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    people_count: Mapped[int | None]  # NULL: not known yet
    is_estimate: Mapped[bool] = mapped_column(server_default=false())
    measures: Mapped[str] = mapped_column(default="")
    entered_at: Mapped[datetime] = mapped_column(server_default=func.now())
    entered_by: Mapped[int | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"))
    stopped_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class BreachTelling(Base):
    """Who was told of a breach, when, how and in which words; never their names."""

    __tablename__ = "breach_telling"
    __table_args__ = (
        CheckConstraint(_one_of("told", [told.value for told in Told]), name="told"),
        CheckConstraint(_one_of("way", [way.value for way in Way]), name="way"),
        CheckConstraint("people_count >= 0", name="people_count"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    breach_id: Mapped[int] = mapped_column(ForeignKey(Breach.id, ondelete="CASCADE"), index=True)
    told: Mapped[str]
    way: Mapped[str]
    at: Mapped[datetime]
    people_count: Mapped[int | None]
    words: Mapped[str] = mapped_column(default="")

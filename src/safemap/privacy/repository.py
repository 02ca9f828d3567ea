"""Queries for requests, answers to notices and breaches."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, false, func, insert, not_, or_, select, true
from sqlalchemy.orm import Session

from safemap.communities.tables import Village
from safemap.identity.permissions import villages_seen
from safemap.identity.rules import Kind, Verb, Viewer
from safemap.identity.service import narrowed
from safemap.privacy.rules import WAITING, State
from safemap.privacy.schemas import Subject
from safemap.privacy.tables import (
    Breach,
    BreachTelling,
    DataRequest,
    DataRequestStep,
    NoticeAnswer,
    data_request_village,
)

IS_WAITING = DataRequest.state.in_(sorted(state.value for state in WAITING))

# --- Requests ---------------------------------------------------------------------------------------------------------


def is_reviewers(viewer: Viewer) -> ColumnElement[bool]:
    """Whether a viewer may review a request: who reaches all its villages, or everywhere; none that is unconfirmed."""
    is_confirmed = DataRequest.state != State.RECEIVED.value
    if villages_seen(viewer, Verb.REVIEW, Kind.DATA_REQUEST) is None:
        return is_confirmed
    of_it = data_request_village.c.request_id == DataRequest.id
    is_reached = narrowed(viewer, Verb.REVIEW, Kind.DATA_REQUEST, data_request_village.c.village_id)
    return and_(is_confirmed, exists().where(of_it), not_(exists().where(of_it, not_(is_reached))))


def is_of(subject: Subject) -> ColumnElement[bool]:
    """Whether a request is somebody's."""
    either: list[ColumnElement[bool]] = [false()]
    if subject.person_id is not None:
        either.append(DataRequest.person_id == subject.person_id)
    if subject.report_id is not None:
        either.append(DataRequest.report_id == subject.report_id)
    if subject.email is not None:
        either.append(DataRequest.email == subject.email)
    return or_(*either)


def add_request(session: Session, request: DataRequest, village_ids: Sequence[int]) -> None:
    """Add a request with the villages that say who reviews it."""
    session.add(request)
    session.flush()
    place_request(session, request.id, village_ids)


def place_request(session: Session, request_id: int, village_ids: Sequence[int]) -> None:
    """Say which villages a request belongs to."""
    if village_ids:
        rows = [{"request_id": request_id, "village_id": id_} for id_ in village_ids]
        session.execute(insert(data_request_village), rows)


def villages_of_request(session: Session, request_id: int) -> list[int]:
    """Villages of a request; none: it is for who reaches everywhere."""
    of_it = data_request_village.c.request_id == request_id
    return list(session.scalars(select(data_request_village.c.village_id).where(of_it).order_by("village_id")))


def request_where(session: Session, *conditions: ColumnElement[bool], lock: bool = False) -> DataRequest | None:
    """The one request that meets all conditions."""
    statement = select(DataRequest).where(*conditions)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalars(statement).one_or_none()


def requests_where(
    session: Session, *conditions: ColumnElement[bool], newest_first: bool = False, limit: int | None = None
) -> Sequence[DataRequest]:
    """Requests that meet all conditions, those due first first."""
    order = (DataRequest.id.desc(),) if newest_first else (DataRequest.due_on, DataRequest.id)
    return session.scalars(select(DataRequest).where(*conditions).order_by(*order).limit(limit)).all()


def count_requests(session: Session, *conditions: ColumnElement[bool]) -> int:
    """How many requests meet all conditions."""
    return session.scalar(select(func.count()).select_from(DataRequest).where(*conditions)) or 0


def is_overdue(day: date) -> ColumnElement[bool]:
    """Whether a request should have been decided before a day."""
    return and_(IS_WAITING, DataRequest.due_on < day)


def steps_of(session: Session, request_ids: Sequence[int]) -> Sequence[DataRequestStep]:
    """Histories of some requests, oldest step first."""
    return session.scalars(
        select(DataRequestStep).where(DataRequestStep.request_id.in_(request_ids)).order_by(DataRequestStep.id)
    ).all()


def to_remind_of(session: Session, day: date, soon: date) -> Sequence[DataRequest]:
    """Requests whose reviewers have not heard what they should have by a day; other workers leave them alone."""
    wanted = or_(
        DataRequest.reminded == "",
        and_(DataRequest.due_on <= soon, DataRequest.reminded == "new"),
        and_(DataRequest.due_on < day, DataRequest.reminded != "late"),
    )
    return session.scalars(
        select(DataRequest).where(IS_WAITING, wanted).order_by(DataRequest.id).with_for_update(skip_locked=True)
    ).all()


def answered_before(session: Session, before: datetime) -> Sequence[DataRequest]:
    """Requests that were decided before a moment and are not closed."""
    decided = DataRequest.state.in_([State.ANSWERED.value, State.REFUSED.value])
    return session.scalars(
        select(DataRequest).where(decided, DataRequest.decided_at < before).with_for_update(skip_locked=True)
    ).all()


# --- Answers to notices -----------------------------------------------------------------------------------------------


def answers_of(session: Session, person_id: int) -> Sequence[NoticeAnswer]:
    """What a person answered to notices, the newest first."""
    return session.scalars(
        select(NoticeAnswer).where(NoticeAnswer.person_id == person_id).order_by(NoticeAnswer.id.desc())
    ).all()


# --- Breaches ---------------------------------------------------------------------------------------------------------


def is_breach_for(viewer: Viewer, verb: Verb) -> ColumnElement[bool]:
    """Whether a viewer may do something with a breach: of their own county; of the whole system who reaches it."""
    if villages_seen(viewer, verb, Kind.BREACH) is None:
        return true()
    return Breach.county.in_(select(Village.county).where(narrowed(viewer, verb, Kind.BREACH, Village.id)))


def counties_for(session: Session, viewer: Viewer, verb: Verb) -> list[str]:
    """Counties whose breaches a viewer may do something with, by name."""
    return list(
        session.scalars(
            select(Village.county)
            .where(narrowed(viewer, verb, Kind.BREACH, Village.id))
            .group_by(Village.county)
            .order_by(Village.county)
        )
    )


def breaches(session: Session, viewer: Viewer) -> Sequence[Breach]:
    """Breaches that a viewer may see, the newest first."""
    return session.scalars(
        select(Breach).where(is_breach_for(viewer, Verb.SEE_EXACT)).order_by(Breach.found_at.desc(), Breach.id.desc())
    ).all()


def breach(session: Session, viewer: Viewer, verb: Verb, number: str) -> Breach | None:
    """A breach with which a viewer may do something."""
    statement = select(Breach).where(is_breach_for(viewer, verb), Breach.number == number)
    return session.scalars(statement if verb is Verb.SEE_EXACT else statement.with_for_update()).one_or_none()


def tellings_of(session: Session, breach_ids: Sequence[int]) -> Sequence[BreachTelling]:
    """Who was told of some breaches, oldest first."""
    return session.scalars(
        select(BreachTelling)
        .where(BreachTelling.breach_id.in_(breach_ids))
        .order_by(BreachTelling.at, BreachTelling.id)
    ).all()

"""Reminders: letters to who decides on a request, when it comes, when it is due soon, when it is late."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from safemap.errors import SafemapError
from safemap.identity.finding import Officer, who_may
from safemap.identity.rules import Kind, Role, Verb, Viewer
from safemap.identity.service import person_to_administer, viewer_of
from safemap.identity.signing_in import today
from safemap.identity.tables import Person
from safemap.privacy import repository
from safemap.privacy.letters import QUEUE_PATH, Occasion, write
from safemap.privacy.rules import SOON_DAYS, Ask
from safemap.privacy.tables import DataRequest

# Who is asked first; the next only when there is none of the first, or the request is late.
NEAREST_FIRST = (Role.SECRETARY, Role.COUNTY_OFFICER, Role.ADMINISTRATOR)
OCCASIONS = {"new": Occasion.NEW, "soon": Occasion.SOON, "late": Occasion.LATE}


def remind_of(session: Session, request: DataRequest, site_url: str, now: datetime) -> int:
    """Write to a request's reviewers what they should have heard by now; returns the number of letters."""
    day = today(now)
    stage = "new"
    if request.due_on < day:
        stage = "late"
    elif request.due_on <= day + timedelta(days=SOON_DAYS) and request.reminded:
        stage = "soon"
    officers = who_decides(session, request, now, everybody=stage == "late")
    for officer in officers:
        write(
            session,
            officer.email,
            officer.language,
            OCCASIONS[stage],
            Ask(request.ask),
            {"number": request.number, "link": f"{site_url}{QUEUE_PATH}{request.number}"},
            due=request.due_on,
        )
    request.reminded = stage
    session.flush()
    return len(officers)


def remind_all(session: Session, site_url: str, now: datetime) -> int:
    """Write to the reviewers of all requests that are new, due soon or late; returns the number of letters."""
    day = today(now)
    waiting = repository.to_remind_of(session, day, day + timedelta(days=SOON_DAYS))
    return sum(remind_of(session, request, site_url, now) for request in waiting)


def who_decides(session: Session, request: DataRequest, now: datetime, *, everybody: bool = False) -> list[Officer]:
    """Return who may decide on a request and carry it out: the nearest only, or everybody."""
    villages = repository.villages_of_request(session, request.id)
    day = today(now)
    found = [
        officer
        for officer in who_may(session, Verb.REVIEW, Kind.DATA_REQUEST, villages, day, everywhere=not villages)
        if officer.person_id != request.person_id
        and may_carry_out(
            session, viewer_of(session, officer.person_id, day, passed_second_factor=True) or Viewer(), request
        )
    ]
    return found if everybody else _nearest(found)


def _nearest(officers: Sequence[Officer]) -> list[Officer]:
    for role in NEAREST_FIRST:
        of_role = [officer for officer in officers if officer.role is role]
        if of_role:
            return of_role
    return list(officers)


def may_carry_out(session: Session, viewer: Viewer, request: DataRequest) -> bool:
    """Whether a viewer could do what is asked: with an account only who administers it."""
    if request.person_id is None or request.ask == Ask.ACCESS.value:
        return True
    person = session.get(Person, request.person_id)
    if person is None or person.erased_at is not None:
        return True
    try:
        person_to_administer(session, viewer, person.public_id)
    except SafemapError:
        return False
    return True

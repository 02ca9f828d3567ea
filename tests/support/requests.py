"""Somebody about whom much is kept, and the requests that they make about it."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session
from tests.support.members import HOME, KEYS, give, person_with_password, signed_in
from tests.support.places import EAST, NORTH, SOUTH, add_village
from tests.support.reports import shown_report

from safemap.communities.tables import Village
from safemap.hazards.schemas import HazardReport
from safemap.identity.rules import Grant, Role, ScopeKind, Viewer
from safemap.identity.schemas import Scope
from safemap.identity.service import viewer_of
from safemap.identity.signing_in import OpenSession
from safemap.privacy import asking
from safemap.privacy.rules import Ask, Field
from safemap.privacy.schemas import Made, NewRequest

SITE = "http://localhost:8000"
NOW = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)  # noon in Taiwan
DAY = timedelta(days=1)
COUNTRY = Scope(kind=ScopeKind.COUNTRY)
OTHER_BOX = (EAST, SOUTH, EAST + 0.01, NORTH)


def two_villages(session: Session) -> tuple[Village, Village]:
    return add_village(session), add_village(session, name="樟樹里", code="T002", box=OTHER_BOX)


def in_village(village: Village) -> Scope:
    return Scope(kind=ScopeKind.VILLAGE, village_id=village.id)


def member(
    session: Session, village: Village, email: str = "mei@example.org", name: str = "林美", role: Role = Role.RESIDENT
) -> int:
    person_id = person_with_password(session, email, name)
    give(session, person_id, role, in_village(village))
    return person_id


def reviewer(session: Session, role: Role, scope: Scope, email: str = "") -> Viewer:
    """Somebody with a role in force, as after the second factor."""
    address = email or f"{role.value.replace('_', '-')}@example.org"
    person_id = person_with_password(session, address, f"承辦 {role.value}")
    give(session, person_id, role, scope)
    viewer = viewer_of(session, person_id, date(2026, 12, 1), passed_second_factor=True)
    assert viewer is not None
    return viewer


def session_of(session: Session, email: str = "mei@example.org", now: datetime = NOW) -> OpenSession:
    return signed_in(session, email, now)


def asked(session: Session, ask: Ask, email: str = "mei@example.org", now: datetime = NOW, **words: object) -> Made:
    new = NewRequest.model_validate({"ask": ask, **words})
    return asking.ask_as_member(session, session_of(session, email, now), new, SITE, now)


def report_at(session: Session, lon: float, lat: float, description: str = "") -> tuple[str, str]:
    """Take a report; returns its public id and its reporter's link."""
    taken = shown_report(session, HazardReport(lon=lon, lat=lat, category="lighting", description=description))
    return taken.seen.public_id, taken.follow_up


def asked_by_mail(session: Session, email: str, ask: Ask, now: datetime = NOW, **words: object) -> str:
    """Send the public form; returns the token in the mailed link."""
    new = NewRequest.model_validate({"ask": ask, **words})
    asking.ask_by_mail(session, KEYS, email, new, HOME, SITE, now)
    body = session.scalar(
        text("SELECT body FROM message WHERE purpose = 'data_request_confirm' ORDER BY id DESC LIMIT 1")
    )
    return next(line for line in body.splitlines() if "/privacy/request/" in line).rsplit("/", 1)[1]


def letters(session: Session, purpose: str = "%") -> list[tuple[str, str, str]]:
    rows = session.execute(
        text("SELECT to_address, subject, body FROM message WHERE purpose LIKE :purpose ORDER BY id"),
        {"purpose": purpose},
    )
    return [(row.to_address, row.subject, row.body) for row in rows]


def everywhere(role: Role = Role.ADMINISTRATOR) -> Viewer:
    return Viewer(name="test", grants=(Grant(role, None),))


__all__ = ["COUNTRY", "DAY", "NOW", "SITE", "Field"]

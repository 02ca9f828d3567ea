"""People with passwords, roles and open sessions for tests, made through the services."""

from datetime import UTC, date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from safemap.identity import links, service, signing_in
from safemap.identity.keys import Keys
from safemap.identity.rules import Role, operator
from safemap.identity.schemas import NewPerson, Scope
from safemap.identity.signing_in import OpenSession, SignedIn, Who
from safemap.privacy.notices import current
from safemap.privacy.rules import Audience
from safemap.privacy.tables import NoticeAnswer
from safemap.web.viewing import SESSION

PASSWORD, HOME = "paper lantern river eleven", Who("203.0.113.7")
KEYS = Keys(b"a key for tests alone, 32 bytes!")
OPERATOR = operator("test")
AGREED = current(Audience.MEMBERS, datetime.now(UTC).date()).version  # what an invitation's form sends


def person_with_password(session: Session, email: str, name: str = "示範人", *, answered: bool = True) -> int:
    """Add somebody and set their password by a link; they have answered to the notice, if not told otherwise."""
    person_id = service.add_person(session, NewPerson(email=email, name=name)).id
    now = datetime.now(UTC)
    token = links.new_link(session, person_id, now)
    links.set_password_by_link(session, token, PASSWORD, HOME, "http://localhost:8000", now)
    if answered:
        answer = NoticeAnswer(person_id=person_id, version=AGREED, basis="consent", controller="", language="zh-Hant")
        answer.accepted_at = now
        session.add(answer)
        session.flush()
    return person_id


def give(session: Session, person_id: int, role: Role, scope: Scope, ends_on: date | None = None) -> int:
    """Give somebody a role from the year's beginning on."""
    return service.grant_role(session, OPERATOR, person_id, role, scope, starts_on=date(2026, 1, 1), ends_on=ends_on)


def begun(session: Session, email: str, now: datetime, *, passed: bool = False) -> SignedIn:
    """Sign somebody in; if wanted, as if the second factor had been passed."""
    done = signing_in.sign_in(session, KEYS, email, PASSWORD, HOME, now)
    assert done is not None
    if passed:
        session.execute(
            text("UPDATE sign_in SET second_factor_at = :now WHERE person_id = :person"),
            {"now": now, "person": done.person_id},
        )
    return done


def signed_in(session: Session, email: str, now: datetime, *, passed: bool = False) -> OpenSession:
    """Sign somebody in and return the session."""
    found = signing_in.session_of(session, begun(session, email, now, passed=passed).token, now)
    assert found is not None
    return found


def browse_as(client: TestClient, session: Session, email: str, *, passed: bool = False) -> None:
    """Have a test's browser hold somebody's session; commit before it asks."""
    client.cookies.clear()
    client.cookies.set(SESSION, begun(session, email, datetime.now(UTC), passed=passed).token)

"""Looking at the demo village as one of its people, without a password: only where a demo was started."""

from datetime import datetime

from sqlalchemy.orm import Session

from safemap.communities.service import are_fictional
from safemap.demo.people import BY_ROLE, restore
from safemap.demo.rules import NobodyInvented, NoDemoHere
from safemap.identity.own import has_password
from safemap.identity.rules import Role
from safemap.identity.service import person_by_email, reach_of
from safemap.identity.signing_in import Who, begin
from safemap.settings import Settings


def begin_as(session: Session, settings: Settings, role: Role, who: Who, now: datetime) -> str:
    """Begin a session of the demo person with a role, as if the second factor had been passed; return its token.

    Raises
    ------
    NoDemoHere
        The setting `demo` is off.
    NobodyInvented
        No demo person has the role, or the one with its address has a password or reaches a village that is real.
    """
    if not settings.demo:
        raise NoDemoHere
    if role not in BY_ROLE:
        raise NobodyInvented
    _refuse_somebody_real(session, BY_ROLE[role].email)
    person = restore(session, BY_ROLE[role])
    _refuse_somebody_real(session, person.email)
    return begin(session, person.id, who, now, passed_second_factor=True).token


def _refuse_somebody_real(session: Session, email: str) -> None:
    seen = person_by_email(session, email)
    if seen is None:
        return
    reached = reach_of(session, seen.id)
    if reached is None or not are_fictional(session, reached) or has_password(session, seen.id):
        raise NobodyInvented

"""What people see and change of their own account."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from safemap.identity import second_factor, service
from safemap.identity.rules import NobodyThere
from safemap.identity.schemas import PersonSeen, Profile
from safemap.identity.signing_in import OpenSession, SessionSeen, sessions_of
from safemap.identity.tables import Person, RoleGrant
from safemap.identity.trail import note


@dataclass(frozen=True)
class OwnAccount:
    """One's own account.

    Parameters
    ----------
    codes_left
        How many recovery codes still work.
    sessions
        The browsers that are signed in, the last used first.
    """

    person: PersonSeen
    has_password: bool
    codes_left: int
    sessions: list[SessionSeen]


def own_account(session: Session, open_session: OpenSession, now: datetime) -> OwnAccount:
    """Return the account of who is signed in."""
    person = session.get_one(Person, open_session.person_id)
    return OwnAccount(
        service.person_seen(session, person.public_id),
        person.password_hash is not None,
        second_factor.recovery_codes_left(session, person.id),
        sessions_of(session, person.id, now),
    )


def has_password(session: Session, person_id: int) -> bool:
    """Whether a person signs in with a password."""
    return session.get_one(Person, person_id).password_hash is not None


def change_profile(session: Session, open_session: OpenSession, profile: Profile) -> None:
    """Change one's own name, and the language that letters come in."""
    person = session.get_one(Person, open_session.person_id)
    changed = [name for name, value in profile.model_dump().items() if getattr(person, name) != value]
    if not changed:
        return
    person.name, person.language = profile.name, profile.language
    note(session, "edit", "person", person.public_id, by=open_session.viewer, changed=" ".join(changed))


def give_up_role(session: Session, open_session: OpenSession, grant_id: int, now: datetime) -> None:
    """End a role of one's own; who could give it can give it anew.

    Raises
    ------
    NobodyThere
        There is no such role of one's own, or it was ended.
    """
    grant = session.get(RoleGrant, grant_id)
    if grant is None or grant.person_id != open_session.person_id:
        raise NobodyThere
    service.end_role(session, open_session.viewer, grant_id, now)

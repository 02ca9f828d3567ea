"""What somebody has a right to over their own account: a copy, corrections, that it rests, that it goes."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from safemap.identity import credentials, repository, second_factor
from safemap.identity.rules import AlreadyKnown, NobodyThere, Viewer
from safemap.identity.schemas import NewPerson
from safemap.identity.service import person_to_administer
from safemap.identity.signing_in import OpenSession
from safemap.identity.tables import (
    AgencyAccount,
    ApiToken,
    Invitation,
    KnownDevice,
    OneTimeLink,
    Person,
    RecoveryCode,
    SignIn,
)
from safemap.identity.trail import note
from safemap.notifications.service import forget_address as forget_letters
from safemap.notifications.service import forget_unsent

NO_NAME = "—"  # of an erased account; a name has at least one character
Parts = dict[str, list[dict[str, object]]]

# --- A copy -----------------------------------------------------------------------------------------------------------


def parts_of_person(session: Session, person_id: int) -> Parts:
    """Return all that is kept of a person's account; of secrets only that they are there."""
    person = session.get(Person, person_id)
    if person is None:
        return {}
    account = {
        "account": person.public_id,
        "name": person.name,
        "email": person.email,
        "language": person.language,
        "created_at": person.created_at,
        "signed_in_at": person.signed_in_at,
        "disabled_at": person.disabled_at,
        "disabled_reason": person.disabled_reason,
        "has_password": person.password_hash is not None,
        "has_second_factor": person.totp_secret is not None,
        "paper_codes_left": credentials.paper_codes_left(session, person_id),
    }
    return {
        "account": [account],
        "roles": _roles(session, person_id),
        "sessions": [
            {
                "begun_at": row.created_at,
                "seen_at": row.seen_at,
                "ends_at": row.expires_at,
                "ended_at": row.ended_at,
                "browser": row.browser,
                "second_factor_at": row.second_factor_at,
            }
            for row in session.scalars(select(SignIn).where(SignIn.person_id == person_id).order_by(SignIn.id))
        ],
        "browsers": [
            {"seen_at": seen_at}
            for seen_at in session.scalars(
                select(KnownDevice.seen_at).where(KnownDevice.person_id == person_id).order_by(KnownDevice.id)
            )
        ],
        "agencies": [
            {"agency": row.issuer, "subject": row.subject, "made_at": row.bound_at, "used_at": row.used_at}
            for row in session.scalars(
                select(AgencyAccount).where(AgencyAccount.person_id == person_id).order_by(AgencyAccount.id)
            )
        ],
        "tokens": [
            {
                "name": row.name,
                "verbs": ", ".join(row.verbs),
                "made_at": row.made_at,
                "ends_at": row.expires_at,
                "used_at": row.used_at,
                "ended_at": row.revoked_at,
            }
            for row in session.scalars(select(ApiToken).where(ApiToken.person_id == person_id).order_by(ApiToken.id))
        ],
        "links": [
            {"made_at": row.made_at, "ends_at": row.expires_at, "used_at": row.used_at}
            for row in session.scalars(
                select(OneTimeLink).where(OneTimeLink.person_id == person_id).order_by(OneTimeLink.id)
            )
        ],
    }


def _roles(session: Session, person_id: int) -> list[dict[str, object]]:
    names = ("role_id", "role", "scope", "place", "starts_on", "ends_on", "ended_at", "reviewed_at")
    return [dict(zip(names, row[1:], strict=True)) for row in repository.grants_of(session, [person_id])]


def parts_of_address(session: Session, email: str) -> Parts:
    """Return the invitations that were sent to an address."""
    rows = session.scalars(select(Invitation).where(Invitation.email == email).order_by(Invitation.id))
    invitations: list[dict[str, object]] = [
        {
            "email": row.email,
            "name": row.name,
            "role": row.role,
            "scope": row.scope,
            "made_at": row.invited_at,
            "ends_at": row.expires_at,
            "accepted_at": row.accepted_at,
            "ended_at": row.revoked_at,
        }
        for row in rows
    ]
    return {"invitations": invitations}


# --- Corrections ------------------------------------------------------------------------------------------------------


def correct_name(session: Session, viewer: Viewer, public_id: str, name: str) -> None:
    """Give somebody the name that they ask for.

    Raises
    ------
    ValueError
        It is no name: see `NewPerson`.
    NobodyThere, MayNot, MayNotGrant
        The viewer may not administer that person.
    """
    person = person_to_administer(session, viewer, public_id)
    person.name = NewPerson(email=person.email, name=name).name
    session.flush()
    note(session, "correct", "person", public_id, by=viewer, purpose="data_request", field="name")


def change_address(session: Session, person_id: int, email: str, now: datetime) -> None:
    """Give an account another address, whose owner has just proved that it is theirs; mailed links work no longer.

    Raises
    ------
    AlreadyKnown
        Another account has it.
    """
    person = session.get_one(Person, person_id)
    if repository.person_by_email(session, email):
        raise AlreadyKnown
    person.email = email
    credentials.use_up_links(session, person_id, now)
    session.flush()
    note(session, "correct", "person", person.public_id, by=person_id, purpose="data_request", field="email")


# --- Rest and end -----------------------------------------------------------------------------------------------------


def close_own_account(session: Session, open_session: OpenSession, now: datetime) -> None:
    """Close one's own account: it is signed out everywhere, and its programs' tokens end."""
    person = session.get_one(Person, open_session.person_id)
    person.disabled_at = now
    person.disabled_reason = "asked"
    repository.end_sign_ins(session, person.id, now)
    credentials.revoke_api_tokens(session, person.id, now)
    note(session, "disable", "person", person.public_id, by=open_session.viewer, purpose="asked")


def erase_person(session: Session, viewer: Viewer, public_id: str, now: datetime) -> None:
    """Erase somebody's account at their wish: see `erase_account`.

    Raises
    ------
    NobodyThere, MayNot, MayNotGrant
        The viewer may not administer that person.
    """
    erase_account(session, person_to_administer(session, viewer, public_id), now, by=viewer, purpose="data_request")


def erase_account(session: Session, person: Person, now: datetime, *, by: Viewer | None, purpose: str) -> None:
    """Take name, address and all secrets out of an account.

    What is left is its number, which the trail knows, and its roles with their days: proof of who was authorised.
    """
    erase_address(session, person.email)
    _void_invitations_by(session, person)
    repository.end_sign_ins(session, person.id, now)
    second_factor.drop(session, person.id)
    for table in (AgencyAccount, ApiToken, OneTimeLink, RecoveryCode, KnownDevice, SignIn):
        session.execute(delete(table).where(table.person_id == person.id))
    for grant in repository.open_grants(session, person.id):
        grant.ended_at = now
    person.name, person.email = NO_NAME, f"erased-{person.id}@erased.invalid"
    person.password_hash = None
    person.signed_in_at = None
    person.disabled_at = person.disabled_at or now
    person.disabled_reason = "erased"
    person.erased_at = now
    session.flush()
    note(session, "erase", "person", person.public_id, by=by, purpose=purpose)


def _void_invitations_by(session: Session, person: Person) -> None:
    """Take back what a person who goes invited to: the letters that still wait name them."""
    theirs = session.scalars(select(Invitation).where(Invitation.invited_by == person.id)).all()
    forget_unsent(session, [one.email for one in theirs], "invitation", naming=person.name)
    for invitation in theirs:
        session.delete(invitation)


def erase_address(session: Session, email: str) -> None:
    """Forget an address that somebody was invited or written at."""
    session.execute(delete(Invitation).where(Invitation.email == email))
    forget_letters(session, email)


def require_person(session: Session, person_id: int) -> Person:
    """Return a person whose account was not erased.

    Raises
    ------
    NobodyThere
        There is none.
    """
    person = session.get(Person, person_id)
    if person is None or person.erased_at is not None:
        raise NobodyThere
    return person


def villages_of(session: Session, person_id: int) -> frozenset[int] | None:
    """Return the villages that a person's roles reach, those too that are over or yet to come; None: everywhere."""
    reached: set[int] = set()
    for scope, village_ids in repository.reach_of_open_grants(session, person_id):
        if scope == "country":
            return None
        reached.update(id_ for id_ in village_ids if id_ is not None)
    return frozenset(reached)


def has_ended(session: Session, person_id: int) -> bool:
    """Whether a person's account is closed, so that nobody can sign in to it."""
    person = session.get(Person, person_id)
    return person is None or person.disabled_at is not None

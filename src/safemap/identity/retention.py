"""What is forgotten of accounts by itself: each function for what ended before a moment; a dry run only counts."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from safemap.db.sweeping import sweep
from safemap.identity.rights import erase_account
from safemap.identity.tables import (
    AgencyTrip,
    Allowance,
    ApiToken,
    FailedAttempt,
    Invitation,
    KnownDevice,
    OneTimeLink,
    Person,
    RecoveryCode,
    RoleGrant,
    SignIn,
)


def forget_attempts(session: Session, before: datetime, *, is_dry: bool) -> int:
    """Delete wrong passwords, codes and links."""
    return sweep(session, FailedAttempt, FailedAttempt.at < before, is_dry=is_dry)


def forget_allowances(session: Session, before: datetime, *, is_dry: bool) -> int:
    """Delete what was counted of how often somebody did something."""
    return sweep(session, Allowance, Allowance.used_until < before, is_dry=is_dry)


def forget_trips(session: Session, before: datetime, *, is_dry: bool) -> int:
    """Delete what was kept for browsers that did not come back from an agency's sign-in."""
    return sweep(session, AgencyTrip, AgencyTrip.expires_at < before, is_dry=is_dry)


def forget_sessions(session: Session, before: datetime, *, is_dry: bool) -> int:
    """Delete sessions that ended or ran out."""
    return sweep(session, SignIn, or_(SignIn.ended_at < before, SignIn.expires_at < before), is_dry=is_dry)


def forget_browsers(session: Session, before: datetime, *, is_dry: bool) -> int:
    """Make strangers again of browsers that stayed away."""
    return sweep(session, KnownDevice, KnownDevice.seen_at < before, is_dry=is_dry)


def forget_links(session: Session, before: datetime, *, is_dry: bool) -> int:
    """Delete mailed links and codes on paper that were used or ran out."""
    links = sweep(
        session, OneTimeLink, or_(OneTimeLink.used_at < before, OneTimeLink.expires_at < before), is_dry=is_dry
    )
    return links + sweep(session, RecoveryCode, RecoveryCode.used_at < before, is_dry=is_dry)


def forget_invitations(session: Session, before: datetime, *, is_dry: bool) -> int:
    """Delete invitations that were taken up, withdrawn or ran out."""
    ended = or_(Invitation.accepted_at < before, Invitation.revoked_at < before, Invitation.expires_at < before)
    return sweep(session, Invitation, ended, is_dry=is_dry)


def forget_tokens(session: Session, before: datetime, *, is_dry: bool) -> int:
    """Delete programs' tokens that were ended or ran out."""
    return sweep(session, ApiToken, or_(ApiToken.revoked_at < before, ApiToken.expires_at < before), is_dry=is_dry)


def erase_closed_accounts(session: Session, before: datetime, *, is_dry: bool) -> int:
    """Take name and address out of accounts that were closed."""
    closed = session.scalars(
        select(Person).where(Person.disabled_at < before, Person.erased_at.is_(None)).order_by(Person.id)
    ).all()
    if not is_dry:
        for person in closed:
            erase_account(session, person, datetime.now(before.tzinfo), by=None, purpose="retention")
    return len(closed)


def forget_roles(session: Session, before: datetime, *, is_dry: bool) -> int:
    """Delete the roles of accounts that were erased."""
    erased = select(Person.id).where(Person.erased_at < before)
    return sweep(session, RoleGrant, RoleGrant.person_id.in_(erased), is_dry=is_dry)


def erased_before(session: Session, before: datetime) -> list[int]:
    """Return the numbers of the accounts that were erased before a moment."""
    return list(session.scalars(select(Person.id).where(Person.erased_at < before)))

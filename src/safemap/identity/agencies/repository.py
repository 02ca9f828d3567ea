"""Queries for browsers that are away at an agency, and for which account somebody at an agency has here."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from safemap.identity.tables import AgencyAccount, AgencyTrip, Person


def taken_trip(session: Session, agency: str, browser: bytes, state: bytes, now: datetime) -> bytes | None:
    """Delete what is kept for a browser that comes back, and return it sealed; it works once, so None the next time."""
    return session.scalars(
        delete(AgencyTrip)
        .where(
            AgencyTrip.agency == agency,
            AgencyTrip.browser_hash == browser,
            AgencyTrip.state_hash == state,
            AgencyTrip.expires_at > now,
        )
        .returning(AgencyTrip.sealed)
    ).one_or_none()


def parked_proof(session: Session, browser: bytes, now: datetime) -> bytes | None:
    """The proof that waits, sealed, for a browser's acceptance."""
    return session.scalars(
        select(AgencyTrip.sealed).where(
            AgencyTrip.browser_hash == browser, AgencyTrip.state_hash.is_(None), AgencyTrip.expires_at > now
        )
    ).one_or_none()


def forget_trip(session: Session, browser: bytes) -> None:
    """Delete what is kept for a browser."""
    session.execute(delete(AgencyTrip).where(AgencyTrip.browser_hash == browser))


def forget_old_trips(session: Session, now: datetime) -> None:
    """Delete what is kept for browsers that did not come back."""
    session.execute(delete(AgencyTrip).where(AgencyTrip.expires_at <= now))


def owner(session: Session, issuer: str, subject: str) -> Person | None:
    """Whose account somebody at an agency signs in to, disabled or not."""
    return session.scalars(
        select(Person)
        .join(AgencyAccount, AgencyAccount.person_id == Person.id)
        .where(AgencyAccount.issuer == issuer, AgencyAccount.subject == subject)
    ).one_or_none()


def subject_at(session: Session, person_id: int, issuer: str) -> str | None:
    """Who a person is at an agency; None when they never signed in through it."""
    return session.scalars(
        select(AgencyAccount.subject).where(AgencyAccount.person_id == person_id, AgencyAccount.issuer == issuer)
    ).one_or_none()


def note_use(session: Session, issuer: str, subject: str, now: datetime) -> None:
    """Remember when somebody last came from an agency."""
    session.execute(
        update(AgencyAccount)
        .where(AgencyAccount.issuer == issuer, AgencyAccount.subject == subject)
        .values(used_at=now)
    )


def forget_accounts(session: Session, person_id: int) -> None:
    """Let nobody at any agency sign in to an account, until its address is vouched for anew."""
    session.execute(delete(AgencyAccount).where(AgencyAccount.person_id == person_id))

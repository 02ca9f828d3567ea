"""Queries for sessions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from safemap.identity.tables import Person, SignIn

KEPT_AFTER_END = timedelta(days=30)


# Asked with every request, so the statement is made once and fetches columns alone: objects took longer than the query.
BY_TOKEN = (
    select(
        SignIn.id,
        SignIn.token_hash,
        SignIn.last_token_hash,
        SignIn.created_at,
        SignIn.seen_at,
        SignIn.rotated_at,
        SignIn.confirmed_at,
        SignIn.expires_at,
        SignIn.second_factor_at,
        Person.id.label("person_id"),
        Person.name,
        Person.email,
        Person.totp_secret.is_not(None).label("has_second_factor"),
    )
    .join(Person, Person.id == SignIn.person_id)
    .where(
        or_(SignIn.token_hash == bindparam("hashed"), SignIn.last_token_hash == bindparam("hashed")),
        SignIn.ended_at.is_(None),
        Person.disabled_at.is_(None),
    )
)


def by_token(session: Session, hashed: bytes) -> Row[*tuple[Any, ...]] | None:
    """The session that was not ended and has a token, with its person, unless disabled."""
    return session.execute(BY_TOKEN, {"hashed": hashed}).one_or_none()


def taken(session: Session, sign_in_id: int) -> SignIn | None:
    """A session, for changing it; None when another transaction is changing it."""
    return session.scalars(
        select(SignIn)
        .where(SignIn.id == sign_in_id, SignIn.ended_at.is_(None))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def locked(session: Session, sign_in_id: int) -> SignIn:
    """A session as it is stored now, for changing it after whoever changes it at present."""
    return session.get_one(SignIn, sign_in_id, with_for_update=True, populate_existing=True)


def open_ones(session: Session, person_id: int, now: datetime) -> Sequence[SignIn]:
    """Sessions of a person that were not ended and are not too old, the last used first."""
    return session.scalars(
        select(SignIn)
        .where(SignIn.person_id == person_id, SignIn.ended_at.is_(None), SignIn.expires_at > now)
        .order_by(SignIn.seen_at.desc(), SignIn.id.desc())
    ).all()


def end_by_token(session: Session, hashed: bytes, now: datetime) -> None:
    """End the session that a token opens."""
    session.execute(
        update(SignIn)
        .where(or_(SignIn.token_hash == hashed, SignIn.last_token_hash == hashed), SignIn.ended_at.is_(None))
        .values(ended_at=now)
    )


def forget_old(session: Session, person_id: int, now: datetime) -> None:
    """Delete a person's sessions that ended long ago."""
    session.execute(
        delete(SignIn).where(
            SignIn.person_id == person_id,
            or_(SignIn.expires_at < now - KEPT_AFTER_END, SignIn.ended_at < now - KEPT_AFTER_END),
        )
    )

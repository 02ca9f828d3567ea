"""Queries for what proves who somebody is: mailed links, codes on paper, tokens of programs."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from safemap.identity.tables import ApiToken, OneTimeLink, Person, RecoveryCode


def person_locked(session: Session, person_id: int) -> Person:
    """A person as stored now; another who wants to change them waits."""
    return session.get_one(Person, person_id, with_for_update=True, populate_existing=True)


def owner_of_link(session: Session, hashed: bytes, now: datetime) -> Person | None:
    """Whose password an open link sets, unless their account is closed; another who follows it waits."""
    return session.scalars(
        select(Person)
        .join(OneTimeLink, OneTimeLink.person_id == Person.id)
        .where(
            OneTimeLink.token_hash == hashed,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > now,
            Person.disabled_at.is_(None),
        )
        .with_for_update(of=OneTimeLink)
    ).one_or_none()


def use_up_links(session: Session, person_id: int, now: datetime) -> None:
    """Let a person's links work no longer."""
    session.execute(
        update(OneTimeLink).where(OneTimeLink.person_id == person_id, OneTimeLink.used_at.is_(None)).values(used_at=now)
    )


def unused_paper_code(session: Session, person_id: int, hashed: bytes) -> RecoveryCode | None:
    """A person's code on paper that was not used."""
    return session.scalars(
        select(RecoveryCode).where(
            RecoveryCode.person_id == person_id, RecoveryCode.code_hash == hashed, RecoveryCode.used_at.is_(None)
        )
    ).one_or_none()


def paper_codes_left(session: Session, person_id: int) -> int:
    """How many of a person's codes on paper were not used."""
    return session.scalars(
        select(func.count()).where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    ).one()


def forget_paper_codes(session: Session, person_id: int) -> None:
    """Delete a person's codes on paper."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))


def api_token(session: Session, hashed: bytes, now: datetime) -> ApiToken | None:
    """The token of a program that works now."""
    return session.scalars(
        select(ApiToken).where(ApiToken.token_hash == hashed, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now)
    ).one_or_none()


def api_token_free(session: Session, token_id: int) -> ApiToken | None:
    """A program's token, for changing it; None when another transaction is changing it."""
    return session.scalars(
        select(ApiToken).where(ApiToken.id == token_id).with_for_update(skip_locked=True)
    ).one_or_none()


def api_tokens(session: Session, person_id: int, now: datetime) -> Sequence[ApiToken]:
    """A person's tokens that work now, the newest first."""
    return session.scalars(
        select(ApiToken)
        .where(ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now)
        .order_by(ApiToken.id.desc())
    ).all()


def revoke_api_tokens(session: Session, person_id: int, now: datetime) -> None:
    """End all of a person's tokens."""
    session.execute(
        update(ApiToken).where(ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None)).values(revoked_at=now)
    )

"""Queries on the outbox."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from safemap.db.sweeping import sweep
from safemap.notifications.rules import INTERRUPTED_AFTER
from safemap.notifications.schemas import Waiting
from safemap.notifications.tables import Message

IS_OPEN = Message.sent_at.is_(None) & Message.failed_at.is_(None)
NOT_ON_ITS_WAY = Message.handed_over_at.is_(None) | ~IS_OPEN


def add(session: Session, message: Message) -> None:
    """Put a message into the outbox."""
    session.add(message)
    session.flush()


def claim_next(session: Session, now: datetime) -> Waiting | None:
    """Take out the letter that waits longest and that no other worker holds."""
    longest = (
        select(Message.id)
        .where(IS_OPEN, Message.handed_over_at.is_(None), Message.next_attempt_at <= now)
        .order_by(Message.next_attempt_at, Message.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = session.execute(
        update(Message)
        .where(Message.id == longest.scalar_subquery())
        .values(handed_over_at=now, attempts=Message.attempts + 1)
        .returning(
            *(Message.id, Message.to_address, Message.language, Message.subject, Message.body),
            *(Message.created_at, Message.attempts),
        )
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return None if row is None else Waiting(*row)


def note_sent(session: Session, message_id: int, now: datetime) -> None:
    """Say that the server took a letter, and wipe its text."""
    _settle(session, message_id, sent_at=now, body="", last_error="")


def note_failed(session: Session, message_id: int, now: datetime, why: str) -> None:
    """Say that a letter is given up, and wipe its text."""
    _settle(session, message_id, failed_at=now, body="", last_error=why)


def note_postponed(session: Session, message_id: int, until: datetime, why: str) -> None:
    """Put a letter back."""
    _settle(session, message_id, handed_over_at=None, next_attempt_at=until, last_error=why)


def _settle(session: Session, message_id: int, **values: object) -> None:
    session.execute(
        update(Message)
        .where(Message.id == message_id, IS_OPEN)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def give_up_interrupted(session: Session, now: datetime) -> int:
    """Give up letters whose worker died while it handed them over: they may have been sent."""
    return _count(
        session.execute(
            update(Message)
            .where(IS_OPEN, Message.handed_over_at < now - INTERRUPTED_AFTER)
            .values(failed_at=now, body="", last_error="interrupted while it was handed over")
            .execution_options(synchronize_session=False)
        )
    )


def drop_expired(session: Session, now: datetime, *, is_dry: bool = False) -> int:
    """Delete what the outbox need not know any longer, sent or not."""
    return sweep(session, Message, Message.kept_until < now, NOT_ON_ITS_WAY, is_dry=is_dry)


def letters_to(session: Session, address: str) -> Sequence[Message]:
    """Letters to an address, oldest first."""
    return session.scalars(select(Message).where(Message.to_address == address).order_by(Message.id)).all()


def forget_address(session: Session, address: str) -> int:
    """Delete what was written to an address, save what is being handed over just now."""
    return sweep(session, Message, Message.to_address == address, NOT_ON_ITS_WAY, is_dry=False)


def forget_unsent(session: Session, addresses: Sequence[str], purpose: str, naming: str) -> int:
    """Delete letters of one purpose to some addresses that were not sent and hold a name."""
    holds = Message.body.contains(naming, autoescape=True) | Message.subject.contains(naming, autoescape=True)
    return sweep(
        session,
        Message,
        Message.to_address.in_(addresses),
        Message.purpose == purpose,
        IS_OPEN,
        NOT_ON_ITS_WAY,
        holds,
        is_dry=False,
    )


def purge(session: Session) -> tuple[int, int]:
    """Delete every letter that is not being handed over just now; returns how many, and how many were never sent."""
    unsent = session.scalar(select(func.count()).where(IS_OPEN, Message.handed_over_at.is_(None))) or 0
    gone = session.execute(delete(Message).where(NOT_ON_ITS_WAY).execution_options(synchronize_session=False))
    return _count(gone), unsent


def _count(done: object) -> int:
    assert isinstance(done, CursorResult)
    return done.rowcount


def newest(session: Session, limit: int) -> Sequence[Message]:
    """Return the newest messages, newest last."""
    found = session.scalars(select(Message).order_by(Message.created_at.desc(), Message.id.desc()).limit(limit))
    return list(reversed(found.all()))


def make_due(session: Session, now: datetime) -> None:
    """Let no waiting letter wait any longer: an operator asks for delivery now."""
    session.execute(
        update(Message)
        .where(IS_OPEN, Message.handed_over_at.is_(None), Message.next_attempt_at > now)
        .values(next_attempt_at=now)
        .execution_options(synchronize_session=False)
    )

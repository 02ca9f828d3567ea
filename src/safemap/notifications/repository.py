"""Queries on the outbox."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from safemap.db.sweeping import sweep
from safemap.notifications.rules import INTERRUPTED, INTERRUPTED_AFTER, KEY_VALID_FOR, URGENT_WITHIN, Channel
from safemap.notifications.schemas import Waiting
from safemap.notifications.tables import Message

IS_OPEN = Message.sent_at.is_(None) & Message.failed_at.is_(None)
NOT_ON_ITS_WAY = Message.handed_over_at.is_(None) | ~IS_OPEN


def add(session: Session, **values: object) -> int | None:
    """Put a letter into the outbox; None: one with its key is there."""
    return session.scalar(
        insert(Message)
        .values(**values)
        .on_conflict_do_nothing(index_elements=[Message.dedupe_key])
        .returning(Message.id)
    )


def claim(
    session: Session, now: datetime, channels: Sequence[Channel], message_id: int | None = None
) -> Waiting | None:
    """Take a letter that no other worker holds out of the outbox: a certain one, or the one that waits longest."""
    row = session.scalar(
        select(Message)
        .where(IS_OPEN, Message.handed_over_at.is_(None), Message.next_attempt_at <= now)
        .where(Message.channel.in_(channels), *(() if message_id is None else (Message.id == message_id,)))
        .order_by(Message.next_attempt_at, Message.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if row is None:
        return None
    forgotten = row.channel == Channel.LINE and row.first_attempt_at is not None
    forgotten = forgotten and row.first_attempt_at is not None and row.first_attempt_at < now - KEY_VALID_FOR
    row.handed_over_at = now
    row.attempts += 1
    if row.attempt_id is None or (forgotten and not row.is_unsure):
        row.attempt_id, row.first_attempt_at = uuid4(), now
    session.flush()
    return Waiting(
        id=row.id,
        channel=Channel(row.channel),
        to_address=row.to_address,
        language=row.language,
        subject=row.subject,
        body=row.body,
        created_at=row.created_at,
        attempts=row.attempts,
        refusals=row.refusals,
        attempt_id=row.attempt_id,
        is_repeatable=row.is_repeatable or row.channel == Channel.LINE,
        is_urgent=row.kept_until - row.created_at <= URGENT_WITHIN,
        has_stale_key=forgotten and row.is_unsure,
    )


def hold(session: Session, letter: Waiting) -> bool:
    """Hold a claimed letter to the transaction's end, which comes by itself when the worker dies; False: lost it.

    It waits for whoever looks at the row just then: a worker that claims another one may touch it in passing.
    """
    held = session.scalar(
        select(Message.id)
        .where(Message.id == letter.id, Message.attempts == letter.attempts, Message.handed_over_at.is_not(None))
        .where(IS_OPEN)
        .with_for_update()
    )
    return held is not None


def note_sent(session: Session, message_id: int, now: datetime) -> None:
    """Say that the server took a letter, and wipe its text."""
    _settle(session, message_id, sent_at=now, body="", last_error="")


def note_failed(session: Session, message_id: int, now: datetime, why: str) -> None:
    """Say that a letter is given up, and wipe its text."""
    _settle(session, message_id, failed_at=now, body="", last_error=why)


def note_postponed(
    session: Session, message_id: int, until: datetime, why: str, *, refusals: int, is_unsure: bool
) -> None:
    """Put a letter back."""
    _settle(
        session,
        message_id,
        handed_over_at=None,
        next_attempt_at=until,
        last_error=why,
        refusals=refusals,
        is_unsure=Message.is_unsure | is_unsure,
    )


def _settle(session: Session, message_id: int, **values: object) -> None:
    session.execute(
        update(Message)
        .where(Message.id == message_id, IS_OPEN)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def free_interrupted(session: Session, now: datetime, message_id: int | None = None) -> tuple[list[int], int]:
    """Free letters whose worker died over them: they may have been sent.

    Returns
    -------
    Those that are handed over again, with the same id, and how many are given up.
    """
    rows = session.scalars(
        select(Message)
        .where(IS_OPEN, Message.handed_over_at < now - INTERRUPTED_AFTER)
        .where(*(() if message_id is None else (Message.id == message_id,)))
        .with_for_update(skip_locked=True)  # a living worker holds its letter
        .execution_options(populate_existing=True)
    ).all()
    again = []
    for row in rows:
        row.last_error, row.is_unsure = INTERRUPTED, True
        if row.is_repeatable or row.channel == Channel.LINE:
            row.handed_over_at, row.next_attempt_at = None, now
            again.append(row.id)
        else:
            row.failed_at, row.body = now, ""
    session.flush()
    return again, len(rows) - len(again)


def held_since(session: Session, message_id: int) -> datetime | None:
    """Since when a letter is being handed over; None: it is not."""
    return session.scalar(select(Message.handed_over_at).where(Message.id == message_id, IS_OPEN))


def channel_of_due(session: Session, message_id: int, now: datetime) -> Channel | None:
    """By which channel a letter is due that nobody holds; None: it is not due."""
    found = session.scalar(
        select(Message.channel).where(
            Message.id == message_id, IS_OPEN, Message.handed_over_at.is_(None), Message.next_attempt_at <= now
        )
    )
    return Channel(found) if found else None


def due(session: Session, before: datetime, channels: Sequence[Channel], limit: int) -> Sequence[tuple[int, bool]]:
    """Letters that have been due for some time, oldest first, and whether they are urgent."""
    found = session.execute(
        select(Message.id, Message.kept_until - Message.created_at <= URGENT_WITHIN)
        .where(IS_OPEN, Message.handed_over_at.is_(None), Message.next_attempt_at < before)
        .where(Message.channel.in_(channels))
        .order_by(Message.next_attempt_at, Message.id)
        .limit(limit)
    )
    return [(message_id, is_urgent) for message_id, is_urgent in found]


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
    """Let no letter that was tried wait any longer: an operator asks for delivery now. Quiet hours are kept."""
    session.execute(
        update(Message)
        .where(IS_OPEN, Message.handed_over_at.is_(None), Message.next_attempt_at > now, Message.attempts > 0)
        .values(next_attempt_at=now)
        .execution_options(synchronize_session=False)
    )

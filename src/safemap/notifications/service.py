"""Use cases of the outbox: put a letter in, deliver what waits, look, clear."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from safemap.db.session import unit_of_work
from safemap.notifications import repository
from safemap.notifications.mailer import Mailer
from safemap.notifications.rules import (
    Letter,
    NotSent,
    checked_address,
    checked_subject,
    mail_server,
    next_attempt,
)
from safemap.notifications.schemas import Delivered, Waiting
from safemap.notifications.tables import Message
from safemap.settings import Settings

LETTERS_A_ROUND = 200


def is_mail_configured(settings: Settings) -> bool:
    """Whether letters are sent; if not, they wait in the outbox for an operator, and pages should say so.

    A demo sends none: anybody may act in it, and nobody should get mail from strangers through it.
    """
    return not settings.demo and bool(settings.smtp_url.get_secret_value() and settings.mail_from)


def mailer_of(settings: Settings) -> Mailer | None:
    """Return what hands letters over; None when no mail server is configured.

    Raises
    ------
    BadMailSetting
        One is, but cannot be used.
    """
    if not is_mail_configured(settings):
        return None
    return Mailer(mail_server(settings.smtp_url.get_secret_value(), settings.mail_from))


def send(session: Session, letter: Letter) -> None:
    """Put a letter into the outbox: it goes out after the caller's transaction was committed, and only then.

    Raises
    ------
    BadAddress, BadSubject
        The letter cannot be sent like this.
    """
    subject, body = letter.written()
    repository.add(
        session,
        Message(
            to_address=checked_address(letter.to_address),
            language=letter.language,
            subject=checked_subject(subject),
            body=body.replace("\0", ""),
            purpose=letter.purpose,
            kept_until=datetime.now(UTC) + letter.kept_for,
        ),
    )


def deliver_waiting(
    engine: Engine, mailer: Mailer | None, *, now: datetime | None = None, at_once: bool = False
) -> Delivered:
    """Hand over what is due, each letter at most once, and drop what has expired.

    Takes an engine, since each letter needs two transactions of its own: that it is being handed over is committed
    before the server hears of it, so a worker that dies in between leaves a letter that is not sent again.

    Parameters
    ----------
    mailer
        None: only drops.
    at_once
        Letters that wait after a failure are due as well.
    """
    at = now or datetime.now(UTC)
    with unit_of_work(engine) as session:
        done = Delivered(
            dropped=repository.drop_expired(session, at), failed=repository.give_up_interrupted(session, at)
        )
        if at_once:
            repository.make_due(session, at)
    for _ in range(LETTERS_A_ROUND if mailer else 0):
        with unit_of_work(engine) as session:
            letter = repository.claim_next(session, at)
        if letter is None:
            break
        assert mailer is not None
        done, may_go_on = _hand_over(engine, mailer, letter, done, at)
        if not may_go_on:
            break
    return done


def _hand_over(
    engine: Engine, mailer: Mailer, letter: Waiting, done: Delivered, at: datetime
) -> tuple[Delivered, bool]:
    try:
        mailer.hand_over(letter)
    except NotSent as error:
        again = None if error.is_final else next_attempt(letter.attempts, at)
        with unit_of_work(engine) as session:
            if again is None:
                repository.note_failed(session, letter.id, at, error.why)
                return replace(done, failed=done.failed + 1), not error.is_server
            repository.note_postponed(session, letter.id, again, error.why)
            return replace(done, postponed=done.postponed + 1), not error.is_server
    with unit_of_work(engine) as session:
        repository.note_sent(session, letter.id, at)
    return replace(done, sent=done.sent + 1), True


def outbox(session: Session, *, limit: int = 100) -> Sequence[Message]:
    """Return the newest letters, newest last, with the texts of those that were not sent."""
    return repository.newest(session, limit)


def drop_expired(session: Session, now: datetime, *, is_dry: bool) -> int:
    """Delete what the outbox need not know any longer, sent or not; a dry run only counts."""
    return repository.drop_expired(session, now, is_dry=is_dry)


def parts_of_address(session: Session, address: str) -> dict[str, list[dict[str, object]]]:
    """Return what is kept of letters to an address; not their texts, which may hold a link that opens an account."""
    letters: list[dict[str, object]] = [
        {
            "email": row.to_address,
            "subject": row.subject,
            "purpose": row.purpose,
            "language": row.language,
            "made_at": row.created_at,
            "sent_at": row.sent_at,
            "failed_at": row.failed_at,
            "ends_at": row.kept_until,
        }
        for row in repository.letters_to(session, address)
    ]
    return {"letters": letters}


def forget_address(session: Session, address: str) -> int:
    """Delete what was written to an address; returns how many letters that were."""
    return repository.forget_address(session, address)


def forget_unsent(session: Session, addresses: Sequence[str], purpose: str, *, naming: str) -> int:
    """Delete letters of one purpose to some addresses that were not sent and name somebody."""
    return repository.forget_unsent(session, addresses, purpose, naming)


def purge(session: Session) -> tuple[int, int]:
    """Empty the outbox; returns how many letters there were and how many of them were never sent."""
    return repository.purge(session)

"""Use cases of the outbox: put a letter in, hand letters over, look, clear."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from safemap.db.session import unit_of_work
from safemap.jobs.service import defer, defer_all
from safemap.notifications import repository
from safemap.notifications.couriers import Courier, Couriers
from safemap.notifications.line import Line
from safemap.notifications.mailer import Mailer
from safemap.notifications.rules import (
    DELIVER,
    INTERRUPTED_AFTER,
    URGENT_WITHIN,
    Channel,
    Letter,
    NotSent,
    checked_address,
    checked_line_id,
    checked_subject,
    line_account,
    line_texts,
    mail_server,
    next_attempt,
    rest_of_channel,
)
from safemap.notifications.schemas import Delivered, Waiting
from safemap.notifications.tables import Message
from safemap.settings import Settings

LETTERS_AT_ONCE = 5000
WITHOUT_A_JOB_AFTER = timedelta(seconds=30)
URGENT, ORDINARY = 10, 0  # priorities of jobs


def is_mail_configured(settings: Settings) -> bool:
    """Whether letters are sent; if not, they wait in the outbox for an operator, and pages should say so.

    A demo sends none: anybody may act in it, and nobody should get mail from strangers through it.
    """
    return not settings.demo and bool(settings.smtp_url.get_secret_value() and settings.mail_from)


def is_line_configured(settings: Settings) -> bool:
    """Whether letters go out by LINE; a demo sends none."""
    return not settings.demo and bool(settings.line_channel_token.get_secret_value())


def mailer_of(settings: Settings) -> Mailer | None:
    """Return what hands letters to a mail server; None when none is configured.

    Raises
    ------
    BadMailSetting
        One is, but cannot be used.
    """
    if not is_mail_configured(settings):
        return None
    return Mailer(mail_server(settings.smtp_url.get_secret_value(), settings.mail_from))


def couriers_of(settings: Settings) -> Couriers:
    """Return who hands letters over.

    Raises
    ------
    BadMailSetting, BadLineSetting
        One is configured, but cannot be used.
    """
    by_channel: dict[Channel, Courier] = {}
    if mailer := mailer_of(settings):
        by_channel[Channel.EMAIL] = mailer
    if is_line_configured(settings):
        by_channel[Channel.LINE] = Line(line_account(settings.line_url, settings.line_channel_token.get_secret_value()))
    return Couriers(by_channel)


def send(session: Session, letter: Letter) -> bool:
    """Put a letter into the outbox: it goes out after the caller's transaction was committed, and only then.

    Returns
    -------
    False: one with its ``dedupe_key`` is there, and this one was not put in.

    Raises
    ------
    BadAddress, BadLineId, BadSubject, TextTooLong
        The letter cannot be sent like this.
    """
    subject, body = letter.written()
    body = body.replace("\0", "")
    if letter.channel is Channel.LINE:
        line_texts(subject, body)
    message_id = repository.add(
        session,
        channel=letter.channel.value,
        to_address=(checked_line_id if letter.channel is Channel.LINE else checked_address)(letter.to_address),
        language=letter.language,
        subject=checked_subject(subject),
        body=body,
        purpose=letter.purpose,
        kept_until=max(datetime.now(UTC), letter.not_before or datetime.now(UTC)) + letter.kept_for,
        dedupe_key=letter.dedupe_key,
        is_repeatable=letter.is_repeatable,
        **({"next_attempt_at": letter.not_before} if letter.not_before else {}),
    )
    if message_id is None:
        return False
    _put_in_job(session, message_id, letter.not_before, is_urgent=letter.kept_for <= URGENT_WITHIN)
    return True


def _put_in_job(session: Session, message_id: int, at: datetime | None, *, is_urgent: bool) -> None:
    defer(
        session,
        DELIVER,
        {"message_id": message_id},
        at=at,
        priority=URGENT if is_urgent else ORDINARY,
        only_one=_job_key(message_id),
    )


def _job_key(message_id: int) -> str:
    return f"letter {message_id}"


def deliver(engine: Engine, couriers: Couriers, message_id: int, *, now: datetime | None = None) -> Delivered:
    """Hand one letter over if it is due and nobody else does.

    Takes an engine, since it needs two transactions: that the letter is being handed over is committed before the
    server hears of it; then its row is held locked until the answer is noted. So a letter that was begun and that
    nobody holds is one whose worker died, however long a living one takes.
    """
    at = now or datetime.now(UTC)
    with unit_of_work(engine) as session:
        _, given_up = repository.free_interrupted(session, at, message_id)
        letter = repository.claim(session, at, couriers.awake(at), message_id)
        if letter is None:
            _come_back(session, couriers, message_id, at)
            return Delivered(failed=given_up)
    return _hand_over(engine, couriers, letter, at)


def _come_back(session: Session, couriers: Couriers, message_id: int, at: datetime) -> None:
    """Put in a job for later if a letter is held, perhaps by a worker that died just now, or its channel rests."""
    since = repository.held_since(session, message_id)
    if since is not None:
        again: datetime | None = since + INTERRUPTED_AFTER + timedelta(seconds=1)
    else:
        channel = repository.channel_of_due(session, message_id, at)
        again = couriers.rests_until(channel, at) if channel else None
    if again is not None:
        _put_in_job(session, message_id, max(again, at + timedelta(seconds=1)), is_urgent=False)


def look_after_the_outbox(engine: Engine, couriers: Couriers, *, now: datetime | None = None) -> Delivered:
    """Drop what has expired, free what dead workers held, put in jobs for due letters that have none.

    They have none when a mail server was configured only now, or a backup of an older safemap was restored.
    """
    at = now or datetime.now(UTC)
    with unit_of_work(engine) as session:
        dropped = repository.drop_expired(session, at)
        again, failed = repository.free_interrupted(session, at)
        _put_in_jobs(session, [(message_id, False) for message_id in again])
        _put_in_jobs(session, repository.due(session, at - WITHOUT_A_JOB_AFTER, couriers.awake(at), LETTERS_AT_ONCE))
    return Delivered(dropped=dropped, failed=failed)


def _put_in_jobs(session: Session, letters: Sequence[tuple[int, bool]]) -> None:
    for priority, wanted in ((URGENT, True), (ORDINARY, False)):
        jobs = [({"message_id": each}, _job_key(each)) for each, is_urgent in letters if is_urgent is wanted]
        defer_all(session, DELIVER, jobs, priority=priority)


def deliver_waiting(
    engine: Engine, couriers: Couriers, *, now: datetime | None = None, at_once: bool = False
) -> Delivered:
    """Hand over all that is due, without the queue: an operator asks for it.

    Parameters
    ----------
    at_once
        Letters that wait after a failure are due as well.
    """
    at = now or datetime.now(UTC)
    done = look_after_the_outbox(engine, couriers, now=at)
    if at_once:
        with unit_of_work(engine) as session:
            repository.make_due(session, at)
    for _ in range(LETTERS_AT_ONCE):
        at = now or datetime.now(UTC)
        with unit_of_work(engine) as session:
            letter = repository.claim(session, at, couriers.awake(at))
        if letter is None:
            break
        done += _hand_over(engine, couriers, letter, at)
    return done


def _hand_over(engine: Engine, couriers: Couriers, letter: Waiting, at: datetime) -> Delivered:
    with unit_of_work(engine) as session:
        if not repository.hold(session, letter):
            return Delivered()
        if letter.has_stale_key:  # another key could make two of it
            repository.note_failed(session, letter.id, at, "unanswered for a day")
            return Delivered(failed=1)
        try:
            couriers.of(letter.channel).hand_over(letter)
        except NotSent as error:
            return _not_sent(session, couriers, letter, error, at)
        repository.note_sent(session, letter.id, at)
    return Delivered(sent=1)


def _not_sent(session: Session, couriers: Couriers, letter: Waiting, error: NotSent, at: datetime) -> Delivered:
    refusals = letter.refusals + (not error.is_server)
    again = at + rest_of_channel(letter.attempts) if error.is_server else next_attempt(refusals, at)
    if error.is_final or (error.is_unsure and not letter.is_repeatable):
        again = None
    if again is None:
        repository.note_failed(session, letter.id, at, error.why)
        return Delivered(failed=1)
    if error.retry_after is not None:
        again = max(again, at + error.retry_after) if not error.is_server else at + error.retry_after
    if error.is_server:
        couriers.rest(letter.channel, again)
    repository.note_postponed(session, letter.id, again, error.why, refusals=refusals, is_unsure=error.is_unsure)
    _put_in_job(session, letter.id, again, is_urgent=letter.is_urgent)
    return Delivered(postponed=1)


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
            "email" if row.channel == Channel.EMAIL else "line": row.to_address,
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

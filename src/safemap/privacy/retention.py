"""How long each kind of record is kept, and the round that keeps to it: once a day, by one worker at a time.

What began to count exactly a period ago is still kept; what is a moment older goes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from safemap.audit import service as audit
from safemap.db.sweeping import sweep
from safemap.errors import Conflict
from safemap.hazards import retention as reports
from safemap.i18n import mark
from safemap.identity import retention as accounts
from safemap.identity.attempts import KEPT as ATTEMPTS_KEPT
from safemap.identity.rules import Viewer
from safemap.identity.sign_ins import KEPT_AFTER_END
from safemap.identity.signing_in import DEVICE_KEPT, today
from safemap.identity.trail import note
from safemap.notifications import service as letters
from safemap.notifications.rules import KEPT_FOR
from safemap.privacy import repository
from safemap.privacy.holders import wipe_request
from safemap.privacy.rules import CONFIRM_WITHIN, State
from safemap.privacy.tables import Breach, DataRequest, NoticeAnswer

LOCK = 0x5AFE0E7
"""Of PostgreSQL's advisory locks: whoever holds it runs the round."""

HALF_A_YEAR = timedelta(days=183)
A_YEAR = timedelta(days=366)
TWO_YEARS = timedelta(days=731)
FIVE_YEARS = timedelta(days=1827)  # after which nobody can claim damages any more (個資法 §30)


class Fate(StrEnum):
    """What becomes of a record."""

    DELETED = "deleted"
    ANONYMOUS = "anonymous"  # nobody is told by what is left
    KEPT = "kept"


FATE_NAMES = {
    Fate.DELETED: mark("deleted"),
    Fate.ANONYMOUS: mark("made anonymous"),
    Fate.KEPT: mark("kept"),
}

Sweep = Callable[[Session, datetime, bool], int]


@dataclass(frozen=True)
class Rule:
    """How long one kind of record is kept.

    Parameters
    ----------
    code
        Names it in the trail.
    kind, counted_from, why
        Words for people: what, from when on, and the reason or the law's article.
    period
        None: for as long as the system runs.
    sweep
        Takes what is older than a moment; None: nothing does.
    """

    code: str
    kind: str
    period: timedelta | None
    words: str
    counted_from: str
    fate: Fate
    why: str
    sweep: Sweep | None


def _attempts(session: Session, before: datetime, is_dry: bool) -> int:
    return accounts.forget_attempts(session, before, is_dry=is_dry)


def _allowances(session: Session, before: datetime, is_dry: bool) -> int:
    return accounts.forget_allowances(session, before, is_dry=is_dry)


def _trips(session: Session, before: datetime, is_dry: bool) -> int:
    return accounts.forget_trips(session, before, is_dry=is_dry)


def _sessions(session: Session, before: datetime, is_dry: bool) -> int:
    return accounts.forget_sessions(session, before, is_dry=is_dry)


def _links(session: Session, before: datetime, is_dry: bool) -> int:
    return accounts.forget_links(session, before, is_dry=is_dry)


def _invitations(session: Session, before: datetime, is_dry: bool) -> int:
    return accounts.forget_invitations(session, before, is_dry=is_dry)


def _browsers(session: Session, before: datetime, is_dry: bool) -> int:
    return accounts.forget_browsers(session, before, is_dry=is_dry)


def _tokens(session: Session, before: datetime, is_dry: bool) -> int:
    return accounts.forget_tokens(session, before, is_dry=is_dry)


def _accounts(session: Session, before: datetime, is_dry: bool) -> int:
    return accounts.erase_closed_accounts(session, before, is_dry=is_dry)


def _roles(session: Session, before: datetime, is_dry: bool) -> int:
    return accounts.forget_roles(session, before, is_dry=is_dry)


def _letters(session: Session, before: datetime, is_dry: bool) -> int:
    return letters.drop_expired(session, before + KEPT_FOR, is_dry=is_dry)  # each letter says until when


def _report_words(session: Session, before: datetime, is_dry: bool) -> int:
    return reports.forget_words(session, before, is_dry=is_dry)


def _report_links(session: Session, before: datetime, is_dry: bool) -> int:
    return reports.forget_links(session, before, is_dry=is_dry)


def _report_photos(session: Session, before: datetime, is_dry: bool) -> int:
    return reports.forget_photos(session, before, is_dry=is_dry)


def _report_places(session: Session, before: datetime, is_dry: bool) -> int:
    return reports.forget_places(session, before, is_dry=is_dry)


def _unconfirmed(session: Session, before: datetime, is_dry: bool) -> int:
    is_unconfirmed = DataRequest.state == State.RECEIVED.value
    return sweep(session, DataRequest, is_unconfirmed, DataRequest.received_at < before, is_dry=is_dry)


def _request_words(session: Session, before: datetime, is_dry: bool) -> int:
    has_words = or_(DataRequest.email.is_not(None), DataRequest.wish != "", DataRequest.value != "")
    rows = repository.requests_where(session, DataRequest.closed_at < before, DataRequest.wiped_at.is_(None), has_words)
    if not is_dry:
        for row in rows:
            wipe_request(row, repository.steps_of(session, [row.id]), datetime.now(before.tzinfo))
        session.flush()
    return len(rows)


def _requests(session: Session, before: datetime, is_dry: bool) -> int:
    return sweep(session, DataRequest, DataRequest.closed_at < before, is_dry=is_dry)


def _breaches(session: Session, before: datetime, is_dry: bool) -> int:
    return sweep(session, Breach, Breach.closed_at < before, is_dry=is_dry)


def _answers(session: Session, before: datetime, is_dry: bool) -> int:
    gone = accounts.erased_before(session, before)
    return sweep(session, NoticeAnswer, NoticeAnswer.person_id.in_(gone), is_dry=is_dry)


DAMAGES = mark("Proof until nobody can claim damages any more (Personal Data Protection Act, article 30)")
RULES: tuple[Rule, ...] = (
    Rule(
        "trips",
        mark("Browsers that went to an agency's sign-in and did not come back"),
        timedelta(hours=1),
        mark("1 hour"),
        mark("the sign-in's time was up"),
        Fate.DELETED,
        mark("Nobody needs them"),
        _trips,
    ),
    Rule(
        "allowances",
        mark("How often a person or address did something, as a keyed hash"),
        timedelta(days=1),
        mark("1 day"),
        mark("the limit's time was up"),
        Fate.DELETED,
        mark("To stop floods"),
        _allowances,
    ),
    Rule(
        "attempts",
        mark("Wrong passwords and codes, with the network they came from"),
        ATTEMPTS_KEPT,
        mark("1 day"),
        mark("the attempt"),
        Fate.DELETED,
        mark("To stop guessing"),
        _attempts,
    ),
    Rule(
        "unconfirmed_requests",
        mark("Requests whose sender did not confirm their address"),
        CONFIRM_WITHIN,
        mark("3 days"),
        mark("the request"),
        Fate.DELETED,
        mark("Nobody knows whose they are"),
        _unconfirmed,
    ),
    Rule(
        "sessions",
        mark("Sessions: when and with what kind of browser"),
        KEPT_AFTER_END,
        mark("30 days"),
        mark("the session's end"),
        Fate.DELETED,
        mark("To look into a stolen account"),
        _sessions,
    ),
    Rule(
        "links",
        mark("Mailed links and codes on paper"),
        timedelta(days=30),
        mark("30 days"),
        mark("their use or end"),
        Fate.DELETED,
        mark("To look into a stolen account"),
        _links,
    ),
    Rule(
        "invitations",
        mark("Invitations, with the address they went to"),
        timedelta(days=30),
        mark("30 days"),
        mark("their answer or end"),
        Fate.DELETED,
        mark("Their purpose has ended"),
        _invitations,
    ),
    Rule(
        "letters",
        mark("Letters in the outbox; their texts go as soon as they are sent"),
        KEPT_FOR,
        mark("30 days"),
        mark("the writing; some less"),
        Fate.DELETED,
        mark("To see whether a letter was sent"),
        _letters,
    ),
    Rule(
        "tokens",
        mark("Tokens for programs"),
        timedelta(days=90),
        mark("90 days"),
        mark("their end"),
        Fate.DELETED,
        mark("To look into a stolen account"),
        _tokens,
    ),
    Rule(
        "report_words",
        mark("A report's words, and the notes of who says so too"),
        HALF_A_YEAR,
        mark("6 months"),
        mark("it was fixed or closed"),
        Fate.DELETED,
        mark("Until then somebody may ask back"),
        _report_words,
    ),
    Rule(
        "report_photos",
        mark("A report's photos"),
        HALF_A_YEAR,
        mark("6 months"),
        mark("it was fixed or closed"),
        Fate.DELETED,
        mark("Until then somebody may ask back"),
        _report_photos,
    ),
    Rule(
        "report_links",
        mark("The own links of reporters, and of who says so too"),
        HALF_A_YEAR,
        mark("6 months"),
        mark("it was fixed or closed"),
        Fate.DELETED,
        mark("Until then its reporter may want to see or change it"),
        _report_links,
    ),
    Rule(
        "request_words",
        mark("Requests about personal data: address and words"),
        A_YEAR,
        mark("1 year"),
        mark("the request was closed"),
        Fate.ANONYMOUS,
        mark("To answer to complaints"),
        _request_words,
    ),
    Rule(
        "browsers",
        mark("Browsers that are known, without a name"),
        DEVICE_KEPT,
        mark("400 days"),
        mark("their last visit"),
        Fate.DELETED,
        mark("So that guessing locks nobody out at home"),
        _browsers,
    ),
    Rule(
        "report_places",
        mark("The exact place of a report near homes; it is moved onto its street"),
        TWO_YEARS,
        mark("2 years"),
        mark("it was fixed or closed"),
        Fate.ANONYMOUS,
        mark("To compare before and after; the street is enough later"),
        _report_places,
    ),
    Rule(
        "accounts",
        mark("Closed accounts: name, address and all secrets; a number stays"),
        TWO_YEARS,
        mark("2 years"),
        mark("the account was closed"),
        Fate.ANONYMOUS,
        mark("People come back after a term of office"),
        _accounts,
    ),
    Rule(
        "roles",
        mark("Roles of erased accounts: a number, role, place and days"),
        FIVE_YEARS,
        mark("5 years"),
        mark("the account was erased"),
        Fate.DELETED,
        DAMAGES,
        _roles,
    ),
    Rule(
        "answers",
        mark("What members answered to notices: a number, version and days"),
        FIVE_YEARS,
        mark("5 years"),
        mark("the account was erased"),
        Fate.DELETED,
        DAMAGES,
        _answers,
    ),
    Rule(
        "requests",
        mark("Requests about personal data: what, when, how they ended"),
        FIVE_YEARS,
        mark("5 years"),
        mark("the request was closed"),
        Fate.DELETED,
        DAMAGES,
        _requests,
    ),
    Rule(
        "breaches",
        mark("Entries of the breach register"),
        FIVE_YEARS,
        mark("5 years"),
        mark("the entry was closed"),
        Fate.DELETED,
        DAMAGES,
        _breaches,
    ),
    Rule(
        "trail",
        mark("Audit trail and access log: numbers and roles, no names"),
        None,
        mark("always"),
        mark("the deed"),
        Fate.KEPT,
        mark("Records of use are proof (enforcement rules, article 12); what could be cut could be forged"),
        None,
    ),
)


class AnotherIsAtIt(Conflict):
    """Another worker or command holds the lock."""

    def __init__(self) -> None:
        super().__init__("Another process is at this just now.", remedy="Try again in a minute.")


def run(session: Session, viewer: Viewer | None, now: datetime, *, is_dry: bool = False) -> dict[str, int]:
    """Take what has been kept long enough, kind by kind; returns how many of each. A dry run only counts.

    The counts go into the trail, those of a dry run do not.

    Raises
    ------
    AnotherIsAtIt
        Another worker is just doing it.
    """
    _lock(session)
    counts = {
        rule.code: rule.sweep(session, now - rule.period, is_dry)
        for rule in RULES
        if rule.sweep is not None and rule.period is not None
    }
    if not is_dry:
        told: dict[str, Any] = {code: count for code, count in counts.items() if count}
        note(session, "run", "retention", by=viewer, **told)
    return counts


def _lock(session: Session) -> None:
    """Hold the lock to the transaction's end; who holds it may ask again."""
    if not session.scalar(select(func.pg_try_advisory_xact_lock(LOCK))):
        raise AnotherIsAtIt


def run_once_a_day(session: Session, now: datetime) -> dict[str, int] | None:
    """Do it unless it was done on this day in Taiwan; None: it was, or another worker is at it."""
    try:
        _lock(session)
    except AnotherIsAtIt:
        return None
    return None if has_run_on_day_of(session, now) else run(session, None, now)


def has_run_on_day_of(session: Session, now: datetime) -> bool:
    """Whether the round was made on a moment's day in Taiwan."""
    last = audit.newest_of(session, "retention", "run")
    return last is not None and today(last.at) >= today(now)

"""Who keeps something about people: each domain gives its part of a copy and erases its own; and the copy itself.

Domains above this one hand theirs over with the call: ``copy_of(session, subject, (*HOLDERS, theirs))``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from safemap.audit import service as audit
from safemap.audit.rules import Wanted
from safemap.audit.tables import AuditEntry
from safemap.errors import NotFound
from safemap.hazards import rights as reports
from safemap.identity import rights as accounts
from safemap.identity.rules import Viewer
from safemap.notifications import service as letters
from safemap.privacy import repository
from safemap.privacy.rules import State
from safemap.privacy.schemas import Parts, Subject
from safemap.privacy.tables import DataRequest, DataRequestStep

ALL = 1_000_000  # rows: a trail has no pages here


@dataclass(frozen=True)
class Holder:
    """A domain that keeps something about people.

    Parameters
    ----------
    parts
        What it keeps of somebody.
    erase
        Takes out what names them; who asks for it is the reviewer.
    """

    parts: Callable[[Session, Subject], Parts]
    erase: Callable[[Session, Viewer, Subject, datetime], None]


def copy_of(session: Session, subject: Subject, holders: Sequence[Holder] | None = None) -> Parts:
    """Return everything that is kept about somebody, kind by kind; kinds without rows are left out."""
    found: Parts = {}
    for holder in HOLDERS if holders is None else holders:
        for kind, rows in holder.parts(session, subject).items():
            if rows:
                found.setdefault(kind, []).extend(rows)
    return found


def erase(
    session: Session, viewer: Viewer, subject: Subject, now: datetime, holders: Sequence[Holder] | None = None
) -> None:
    """Have every holder take out what names somebody."""
    for holder in HOLDERS if holders is None else holders:
        holder.erase(session, viewer, subject, now)


# --- The holders of this house ----------------------------------------------------------------------------------------


def _account(session: Session, subject: Subject) -> Parts:
    return accounts.parts_of_person(session, subject.person_id) if subject.person_id is not None else {}


def _erase_account(session: Session, viewer: Viewer, subject: Subject, now: datetime) -> None:
    if subject.person_id is not None:
        person = accounts.require_person(session, subject.person_id)
        accounts.erase_person(session, viewer, person.public_id, now)


def _address(session: Session, subject: Subject) -> Parts:
    if subject.email is None:
        return {}
    invited = accounts.parts_of_address(session, subject.email)
    return invited | letters.parts_of_address(session, subject.email)


def _erase_address(session: Session, _viewer: Viewer, subject: Subject, _now: datetime) -> None:
    if subject.email is not None:
        accounts.erase_address(session, subject.email)


def _report(session: Session, subject: Subject) -> Parts:
    return reports.parts_of_report(session, subject.report_id) if subject.report_id is not None else {}


def _erase_report(session: Session, viewer: Viewer, subject: Subject, _now: datetime) -> None:
    if subject.report_id is not None:
        try:
            reports.erase_report(session, viewer, subject.report_id)
        except NotFound:
            return  # its reporter took it back meanwhile


def _trail(session: Session, subject: Subject) -> Parts:
    """Deeds by them and about them, and who saw their record; other people's records are not told."""
    own = [key for key in (_public_id(session, subject), subject.report_id) if key]
    found: Parts = {"deeds": [], "seen_by": [], "looked_at": []}
    if subject.person_id is not None:
        deeds = audit.deeds_wanted(session, Wanted(actor=subject.person_id), limit=ALL)
        found["deeds"] += [_deed(entry, own) for entry in reversed(deeds)]
        looked = audit.accesses_wanted(session, Wanted(actor=subject.person_id), limit=ALL)
        found["looked_at"] = [
            {"at": entry.at, "kind": entry.kind, "records": len(entry.records), "purpose": entry.purpose}
            for entry in reversed(looked)
        ]
    for key in own:
        about = audit.deeds_wanted(session, Wanted(record=key), limit=ALL)
        found["deeds"] += [
            _deed(entry, own)
            for entry in reversed(about)
            if subject.person_id is None or entry.actor != subject.person_id
        ]
        seen = audit.accesses_wanted(session, Wanted(record=key), limit=ALL)
        found["seen_by"] += [
            {"at": entry.at, "kind": entry.kind, "roles": entry.actor_roles, "purpose": entry.purpose}
            for entry in reversed(seen)
        ]
    return found


def _public_id(session: Session, subject: Subject) -> str:
    return accounts.require_person(session, subject.person_id).public_id if subject.person_id is not None else ""


def _deed(entry: AuditEntry, own: Sequence[str]) -> dict[str, object]:
    is_own = entry.record in own
    return {
        "at": entry.at,
        "roles": entry.actor_roles,
        "verb": entry.verb,
        "kind": entry.kind,
        "record": entry.record if is_own else "",
        "purpose": entry.purpose if is_own or entry.kind not in {"person", "role"} else "",
    }


def _keep_trail(_session: Session, _viewer: Viewer, _subject: Subject, _now: datetime) -> None:
    """Leave the trail as it is: it holds numbers and roles only, and whoever could change it could hide a deed."""


def _requests(session: Session, subject: Subject) -> Parts:
    rows = repository.requests_where(session, repository.is_of(subject))
    steps = repository.steps_of(session, [row.id for row in rows])
    numbers = {row.id: row.number for row in rows}
    answers = repository.answers_of(session, subject.person_id) if subject.person_id is not None else ()
    return {
        "requests": [
            {
                "number": row.number,
                "ask": row.ask,
                "state": row.state,
                "email": row.email,
                "field": row.field,
                "value": row.value,
                "words": row.wish,
                "refusal": row.refusal,
                "received_at": row.received_at,
                "due_on": row.due_on,
                "confirmed_at": row.confirmed_at,
                "extended_at": row.extended_at,
                "decided_at": row.decided_at,
                "closed_at": row.closed_at,
            }
            for row in rows
        ],
        "request_steps": [
            {"number": numbers[step.request_id], "at": step.at, "state": step.state, "words": step.words}
            for step in steps
        ],
        "notices": [
            {
                "notice_version": row.version,
                "basis": row.basis,
                "controller": row.controller,
                "asked_at": row.asked_at,
                "accepted_at": row.accepted_at,
                "withdrawn_at": row.withdrawn_at,
            }
            for row in reversed(answers)
        ],
    }


def _wipe_requests(session: Session, _viewer: Viewer, subject: Subject, now: datetime) -> None:
    """Take address and words out of somebody's requests; what was asked, when, and how it ended stays as proof."""
    rows = repository.requests_where(session, repository.is_of(subject))
    for row in rows:
        wipe_request(row, repository.steps_of(session, [row.id]), now)
        if row.state not in {State.ANSWERED.value, State.REFUSED.value, State.CLOSED.value}:
            row.state, row.closed_at = State.CLOSED.value, now
    session.flush()


def wipe_request(row: DataRequest, steps: Sequence[DataRequestStep], now: datetime) -> None:
    """Take address and words out of one request."""
    row.email, row.value, row.wish, row.proof_hash, row.proof_until = None, "", "", None, None
    row.wiped_at = now
    for step in steps:
        step.words = ""


HOLDERS: tuple[Holder, ...] = (
    Holder(_account, _erase_account),
    Holder(_report, _erase_report),
    Holder(_address, _erase_address),
    Holder(_requests, _wipe_requests),
    Holder(_trail, _keep_trail),
)

"""The trails as somebody may read them: rows of their villages and their people, names where they see members."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from safemap.audit import service as audit
from safemap.audit.rules import Wanted, Within
from safemap.audit.tables import AccessEntry, AuditEntry
from safemap.identity import repository
from safemap.identity.finding import Known, known_people, numbers_in
from safemap.identity.permissions import require, villages_seen
from safemap.identity.rules import Kind, NobodyThere, Role, Verb, Viewer
from safemap.identity.schemas import plain_email
from safemap.identity.tables import Person
from safemap.identity.trail import note_seen

NAMED = frozenset({"person", "role"})
"""Kinds of records whose id is a person's."""
PURPOSE = "audit trail"


@dataclass(frozen=True)
class Who:
    """Who did something: their number and roles, and their name where the viewer may see it; no number: nobody."""

    number: int | None
    name: str
    is_erased: bool
    roles: tuple[Role, ...]


@dataclass(frozen=True)
class DeedSeen:
    """A deed as its reader sees it.

    Parameters
    ----------
    record
        The record's public id; of a person, their name where the viewer may see it.
    """

    id: int
    at: datetime
    who: Who
    verb: str
    kind: str
    record: str
    is_named: bool
    purpose: str
    details: dict[str, Any]


@dataclass(frozen=True)
class AccessSeen:
    """An access as its reader sees it; names of those whose records were seen, as far as the viewer sees them."""

    id: int
    at: datetime
    who: Who
    kind: str
    count: int
    names: tuple[str, ...]
    purpose: str


@dataclass(frozen=True)
class Look:
    """What somebody looks for.

    Parameters
    ----------
    person
        A person's number or, for who sees members, e-mail address; empty: anybody.
    """

    kind: str = ""
    verb: str = ""
    person: str = ""
    since: datetime | None = None
    until: datetime | None = None


def deeds_seen(session: Session, viewer: Viewer, look: Look, *, before: int | None, limit: int) -> list[DeedSeen]:
    """Return deeds, newest first; that the viewer saw the names in them goes into the trail.

    Raises
    ------
    MayNot
        The viewer reads no trail anywhere.
    NobodyThere
        The person who is looked for is not known, or not to this viewer.
    """
    rows = audit.deeds_wanted(session, _wanted(session, viewer, look), before=before, limit=limit)
    people = _People(session, viewer, rows, [row.record for row in rows if row.kind in NAMED])
    seen = [_deed(row, people) for row in rows]
    people.note()
    return seen


def accesses_seen(session: Session, viewer: Viewer, look: Look, *, before: int | None, limit: int) -> list[AccessSeen]:
    """Return accesses, newest first; that the viewer saw the names in them goes into the trail.

    Raises
    ------
    MayNot
        The viewer reads no trail anywhere.
    NobodyThere
        The person who is looked for is not known, or not to this viewer.
    """
    rows = audit.accesses_wanted(session, _wanted(session, viewer, look), before=before, limit=limit)
    people = _People(session, viewer, rows, [record for row in rows for record in row.records])
    seen = [
        AccessSeen(
            id=row.id,
            at=row.at,
            who=people.who(row),
            kind=row.kind,
            count=len(row.records),
            names=tuple(filter(None, map(people.name, row.records))),
            purpose=row.purpose,
        )
        for row in rows
    ]
    people.note()
    return seen


def who_saw(session: Session, person_id: int, *, before: int | None, limit: int) -> list[AccessSeen]:
    """Return who, by role, saw a person's record; newest first, without the person's own looks and without names."""
    person = session.get_one(Person, person_id)
    found: list[AccessSeen] = []
    while len(found) < limit:
        rows = audit.accesses_wanted(session, Wanted(record=person.public_id), before=before, limit=limit)
        found += [
            AccessSeen(row.id, row.at, Who(None, "", False, _roles(row.actor_roles)), row.kind, 1, (), row.purpose)
            for row in rows
            if row.actor != person_id
        ]
        if len(rows) < limit:
            break
        before = rows[-1].id
    return found[:limit]


# --- Parts of the above -----------------------------------------------------------------------------------------------


def _wanted(session: Session, viewer: Viewer, look: Look) -> Wanted:
    require(viewer, Verb.SEE_EXACT, Kind.AUDIT)
    villages = villages_seen(viewer, Verb.SEE_EXACT, Kind.AUDIT)
    within = None
    if villages is not None:
        numbers, public_ids = numbers_in(session, villages)
        within = Within(tuple(sorted(villages)), tuple(numbers), tuple(public_ids))
    person = _person(session, viewer, look.person.strip(), within) if look.person.strip() else None
    return Wanted(
        kind=look.kind,
        verb=look.verb,
        actor=person.id if person else None,
        record=person.public_id if person else "",
        since=look.since,
        until=look.until,
        within=within,
    )


def _person(session: Session, viewer: Viewer, asked: str, within: Within | None) -> Person:
    """Find a person by number, or by address for who may see members; nobody else learns whether one is known."""
    if asked.isascii() and asked.isdigit() and len(asked) < 10:
        found = session.get(Person, int(asked))
    else:
        require(viewer, Verb.SEE_EXACT, Kind.PERSON)
        try:
            found = repository.person_by_email(session, plain_email(asked))
        except ValueError:
            found = None
    if found is None or (within is not None and found.id not in within.actors):
        raise NobodyThere
    return found


class _People:
    """The people whose numbers and public ids stand in some rows."""

    def __init__(
        self, session: Session, viewer: Viewer, rows: Iterable[AuditEntry | AccessEntry], public_ids: Iterable[str]
    ) -> None:
        actors = sorted({row.actor for row in rows if row.actor is not None})
        known = known_people(session, viewer, actors, sorted(set(public_ids)))
        self.session, self.viewer = session, viewer
        self.by_number: dict[int, Known] = {one.person_id: one for one in known}
        self.by_public_id: dict[str, Known] = {one.public_id: one for one in known}
        self.shown: dict[str, None] = {}

    def who(self, row: AuditEntry | AccessEntry) -> Who:
        known = self.by_number.get(row.actor) if row.actor is not None else None
        name = self._show(known)
        return Who(row.actor, name, known is not None and known.is_erased, _roles(row.actor_roles))

    def name(self, public_id: str) -> str:
        return self._show(self.by_public_id.get(public_id))

    def note(self) -> None:
        """Note whose names the viewer saw, their own left out."""
        if self.viewer.person_id is not None:
            note_seen(self.session, self.viewer, list(self.shown), PURPOSE)

    def _show(self, known: Known | None) -> str:
        if known is None or not known.name:
            return ""
        if known.person_id != self.viewer.person_id:
            self.shown[known.public_id] = None
        return known.name


def _deed(row: AuditEntry, people: _People) -> DeedSeen:
    name = people.name(row.record) if row.kind in NAMED else ""
    return DeedSeen(
        id=row.id,
        at=row.at,
        who=people.who(row),
        verb=row.verb,
        kind=row.kind,
        record=name or row.record,
        is_named=bool(name),
        purpose=row.purpose,
        details=row.details,
    )


def _roles(stored: str) -> tuple[Role, ...]:
    known = {role.value for role in Role}
    return tuple(Role(role) for role in stored.split(",") if role in known)

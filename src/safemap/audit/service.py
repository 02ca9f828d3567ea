"""Recording what was done and who saw what, reading it, and proving that nothing was changed."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from safemap.audit import repository
from safemap.audit.rules import (
    NOTHING_BEFORE,
    Access,
    Broken,
    Chain,
    Checked,
    Deed,
    Detail,
    Fault,
    Head,
    TrailBroken,
    TrailRow,
    Verified,
    Wanted,
    hash_of,
)
from safemap.audit.tables import AccessEntry, AuditEntry

WAITING = "safemap.audit"


@dataclass
class _Noted:
    """What a session will write when it commits, each with the transaction or savepoint that it was noted in."""

    notes: list[tuple[SessionTransaction, Deed | Access]] = field(default_factory=list)


def record(session: Session, deed: Deed) -> None:
    """Note a deed; it is written with the session's commit, or forgotten with its rollback.

    Only then, because writers queue for the trail's end until they commit: so they hold it for moments.
    """
    _note(session, deed)


def record_access(session: Session, access: Access) -> None:
    """Note that somebody saw personal records; what one request notes with equal words becomes one row."""
    if access.records:
        _note(session, access)


def _note(session: Session, note: Deed | Access) -> None:
    if not session.in_transaction():
        session.connection()  # begins one
    innermost = session.get_nested_transaction() or session.get_transaction()
    assert innermost is not None
    session.info.setdefault(WAITING, _Noted()).notes.append((innermost, note))


def _is_within(inner: SessionTransaction | None, outer: SessionTransaction | None) -> bool:
    while inner is not None and inner is not outer:
        inner = inner.parent
    return inner is not None


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, ended: SessionTransaction) -> None:
    waiting: _Noted | None = session.info.get(WAITING)
    if waiting is not None:
        waiting.notes = [(within, note) for within, note in waiting.notes if not _is_within(within, ended)]


@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    """Write what was noted, last of all; the release of a savepoint is no commit."""
    if WAITING not in session.info or session.in_nested_transaction():
        return
    waiting: _Noted = session.info.pop(WAITING)
    notes = [note for within, note in waiting.notes if _is_within(within, session.get_transaction())]
    if not notes:
        return
    session.flush()  # whatever may fail or wait does so before the trail is held
    deeds = [_deed_row(note) for note in notes if isinstance(note, Deed)]
    if deeds:
        repository.add_deeds(session, deeds)
    accesses = _merged([note for note in notes if isinstance(note, Access)])
    if accesses:
        repository.add_accesses(session, accesses)


def _deed_row(deed: Deed) -> dict[str, object]:
    return {
        "actor": deed.actor,
        "actor_roles": ",".join(deed.actor_roles),
        "verb": deed.verb,
        "kind": deed.kind,
        "record": deed.record,
        "village_id": deed.village_id,
        "purpose": deed.purpose,
        "details": dict(deed.details),
    }


def _merged(accesses: Sequence[Access]) -> list[dict[str, object]]:
    records: dict[tuple[object, ...], dict[str, None]] = {}
    for seen in accesses:
        words = (seen.actor, ",".join(seen.actor_roles), seen.kind, seen.village_id, seen.purpose)
        records.setdefault(words, {}).update(dict.fromkeys(seen.records))
    names = ("actor", "actor_roles", "kind", "village_id", "purpose")
    return [{**dict(zip(names, words, strict=True)), "records": list(them)} for words, them in records.items()]


# --- Reading ----------------------------------------------------------------------------------------------------------


def deeds(session: Session, *, since: datetime | None = None, kind: str = "", limit: int = 100) -> Sequence[AuditEntry]:
    """Return the newest deeds, oldest first."""
    return repository.deeds(session, since=since, kind=kind, limit=limit)


def accesses(
    session: Session, *, since: datetime | None = None, kind: str = "", record: str = "", limit: int = 100
) -> Sequence[AccessEntry]:
    """Return the newest accesses, oldest first: of one kind, or to one record, as its person may ask to know."""
    return repository.accesses(session, since=since, kind=kind, record=record, limit=limit)


def deeds_wanted(
    session: Session, wanted: Wanted, *, before: int | None = None, limit: int = 50
) -> Sequence[AuditEntry]:
    """Return the deeds that somebody looks for, newest first, from before a row on."""
    return repository.deeds_wanted(session, wanted, before, limit)


def accesses_wanted(
    session: Session, wanted: Wanted, *, before: int | None = None, limit: int = 50
) -> Sequence[AccessEntry]:
    """Return the accesses that somebody looks for, newest first, from before a row on."""
    return repository.accesses_wanted(session, wanted, before, limit)


def newest_of(session: Session, kind: str, verb: str) -> AuditEntry | None:
    """Return when something that is about no single record was done last, and with which details."""
    return repository.newest_of(session, kind, verb)


def head(session: Session, chain: Chain = Chain.DEEDS) -> Head:
    """Return where a trail ends, to be written down or mailed.

    Raises
    ------
    TrailBroken
        Somebody removed the head.
    """
    found = repository.head_of(session, chain)
    if found is None:
        raise TrailBroken(Verified(chain, Head(0, NOTHING_BEFORE), Broken(0, Fault.HEAD_LOST)))
    return found


def verify(session: Session, chain: Chain = Chain.DEEDS, *, written_down: Head | None = None) -> Verified:
    """Follow a trail from its first row to its head and stop at the first row that is not what was written.

    Parameters
    ----------
    written_down
        A head that was kept elsewhere. Without one, a trail that the database's owner made anew as a whole, hashes and
        head included, looks whole.
    """
    reached, end = Head(0, NOTHING_BEFORE), repository.head_of(session, chain)
    with closing(repository.rows_with_head(session, chain)) as rows:
        for row, end in rows:  # noqa: B007 - the head as of these rows
            broken = _broken_at(row, reached)
            if broken is not None:
                return Verified(chain, reached, broken)
            reached = Head(row.id, row.hash)
            if written_down is not None and written_down.entries == row.id and written_down.hash != row.hash:
                return Verified(chain, reached, Broken(row.id, Fault.REWRITTEN))
    return Verified(chain, reached, _broken_at_the_end(reached, end, written_down))


def verify_and_note(session: Session, *, actor: int | None = None, actor_roles: tuple[str, ...] = ()) -> list[Verified]:
    """Follow both trails, and note in the trail itself whether they held."""
    found = [verify(session, chain) for chain in Chain]
    note_check(session, found, actor=actor, actor_roles=actor_roles)
    return found


def note_check(
    session: Session, found: Sequence[Verified], *, actor: int | None = None, actor_roles: tuple[str, ...] = ()
) -> None:
    """Note in the trail whether the trails held, so that a page can say when they were checked last.

    Where a trail's head is gone nothing can be written any more, not even that.
    """
    if any(one.broken is not None and one.broken.fault is Fault.HEAD_LOST for one in found):
        return
    details: dict[str, Detail] = {one.chain.value: one.head.entries for one in found}
    broken = next((one for one in found if one.broken is not None), None)
    if broken is not None and broken.broken is not None:
        details |= {"broken": broken.chain.value, "row": broken.broken.row, "fault": broken.broken.fault.value}
    record(session, Deed("verify", "trail", actor=actor, actor_roles=actor_roles, details=details))


def last_check(session: Session) -> Checked | None:
    """Return when the trails were checked last, as the trail itself says, and whether they held; None: never."""
    entry = repository.newest_of(session, "trail", "verify")
    if entry is None:
        return None
    fault = Fault(entry.details["fault"]) if "fault" in entry.details else None
    return Checked(entry.at, fault, str(entry.details.get("broken", "")), int(entry.details.get("row", 0)))


def _broken_at(row: TrailRow, before: Head) -> Broken | None:
    if row.id > before.entries + 1:
        return Broken(before.entries + 1, Fault.MISSING)
    if row.id <= before.entries or hash_of(row) != row.hash:
        return Broken(row.id, Fault.CHANGED)
    return Broken(row.id, Fault.UNLINKED) if row.previous_hash != before.hash else None


def _broken_at_the_end(reached: Head, end: Head | None, written_down: Head | None) -> Broken | None:
    if end is None:
        return Broken(reached.entries, Fault.HEAD_LOST)
    if max(end.entries, written_down.entries if written_down else 0) > reached.entries:
        return Broken(reached.entries + 1, Fault.CUT_OFF)
    return Broken(reached.entries, Fault.NOT_COUNTED) if end != reached else None

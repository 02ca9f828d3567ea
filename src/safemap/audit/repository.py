"""Queries on the two trails; rows are only ever added."""

from collections.abc import Callable, Generator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, false, func, insert, or_, select
from sqlalchemy.orm import Session

from safemap.audit.rules import AccessRow, Chain, DeedRow, Head, TrailRow, Wanted, Within
from safemap.audit.tables import AccessEntry, AuditEntry, AuditHead

ROWS_AT_ONCE = 5_000


def add_deeds(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Add deeds in their order; from here to the commit the trail's other writers wait."""
    session.execute(insert(AuditEntry.__table__), rows)  # type: ignore[arg-type] # a Table, typed as FromClause


def add_accesses(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Add accesses in their order."""
    session.execute(insert(AccessEntry.__table__), rows)  # type: ignore[arg-type]


def head_of(session: Session, chain: Chain) -> Head | None:
    """Where a trail ends; None when somebody removed it."""
    row = session.execute(select(AuditHead.entries, AuditHead.hash).where(AuditHead.chain == chain.value)).one_or_none()
    return None if row is None else Head(row.entries, row.hash)


def _moment(table: type[AuditEntry | AccessEntry]) -> ColumnElement[str]:
    return func.to_char(func.timezone("UTC", table.at), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')


DEED_COLUMNS: tuple[Any, ...] = (
    *(AuditEntry.id, _moment(AuditEntry), AuditEntry.actor, AuditEntry.actor_roles, AuditEntry.verb, AuditEntry.kind),
    *(AuditEntry.record, AuditEntry.village_id, AuditEntry.purpose, cast(AuditEntry.details, Text)),
    *(AuditEntry.previous_hash, AuditEntry.hash),
)
ACCESS_COLUMNS: tuple[Any, ...] = (
    *(AccessEntry.id, _moment(AccessEntry), AccessEntry.actor, AccessEntry.actor_roles, AccessEntry.kind),
    *(AccessEntry.records, AccessEntry.village_id, AccessEntry.purpose, AccessEntry.previous_hash, AccessEntry.hash),
)


def rows_with_head(session: Session, chain: Chain) -> Generator[tuple[TrailRow, Head | None]]:
    """Every row of a trail from the first on, each with the head: one statement, so rows and head are of one moment."""
    table: type[AuditEntry | AccessEntry] = AuditEntry if chain is Chain.DEEDS else AccessEntry
    columns = DEED_COLUMNS if chain is Chain.DEEDS else ACCESS_COLUMNS
    as_row: Callable[..., TrailRow] = DeedRow if chain is Chain.DEEDS else AccessRow
    statement = (
        select(AuditHead.entries, AuditHead.hash, *columns)
        .select_from(table)
        .outerjoin(AuditHead, AuditHead.chain == chain.value)
        .order_by(table.id)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    with session.execute(statement) as rows:  # who stops early closes the server's cursor
        for row in rows:
            end = None if row[0] is None else Head(row[0], row[1])
            yield as_row(*row[2:]), end


def deeds(session: Session, *, since: datetime | None, kind: str, limit: int) -> Sequence[AuditEntry]:
    """The newest deeds, oldest first."""
    statement = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if since is not None:
        statement = statement.where(AuditEntry.at >= since)
    if kind:
        statement = statement.where(AuditEntry.kind == kind)
    return list(reversed(session.scalars(statement).all()))


def accesses(session: Session, *, since: datetime | None, kind: str, record: str, limit: int) -> Sequence[AccessEntry]:
    """The newest accesses, oldest first."""
    statement = select(AccessEntry).order_by(AccessEntry.id.desc()).limit(limit)
    if since is not None:
        statement = statement.where(AccessEntry.at >= since)
    if kind:
        statement = statement.where(AccessEntry.kind == kind)
    if record:
        statement = statement.where(AccessEntry.records.contains([record]))
    return list(reversed(session.scalars(statement).all()))


# --- Pages of a trail, newest first -----------------------------------------------------------------------------------


def deeds_wanted(session: Session, wanted: Wanted, before: int | None, limit: int) -> Sequence[AuditEntry]:
    """Deeds that somebody looks for, newest first, from before a row on."""
    conditions = _wanted(AuditEntry, wanted, before)
    if wanted.verb:
        conditions.append(AuditEntry.verb == wanted.verb)
    if wanted.actor is not None or wanted.record:
        conditions.append(or_(*_by_or_about(AuditEntry, wanted, AuditEntry.record == wanted.record)))
    if wanted.within is not None:
        conditions.append(_within(AuditEntry, wanted.within, AuditEntry.record.in_(wanted.within.records)))
    return session.scalars(select(AuditEntry).where(*conditions).order_by(AuditEntry.id.desc()).limit(limit)).all()


def accesses_wanted(session: Session, wanted: Wanted, before: int | None, limit: int) -> Sequence[AccessEntry]:
    """Accesses that somebody looks for, newest first, from before a row on."""
    conditions = _wanted(AccessEntry, wanted, before)
    if wanted.actor is not None or wanted.record:
        conditions.append(or_(*_by_or_about(AccessEntry, wanted, AccessEntry.records.contains([wanted.record]))))
    if wanted.within is not None:
        overlaps = AccessEntry.records.overlap(list(wanted.within.records)) if wanted.within.records else false()
        conditions.append(_within(AccessEntry, wanted.within, overlaps))
    return session.scalars(select(AccessEntry).where(*conditions).order_by(AccessEntry.id.desc()).limit(limit)).all()


def _wanted(table: type[AuditEntry | AccessEntry], wanted: Wanted, before: int | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if before is not None:
        conditions.append(table.id < before)
    if wanted.kind:
        conditions.append(table.kind == wanted.kind)
    if wanted.since is not None:
        conditions.append(table.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(table.at < wanted.until)
    return conditions


def _by_or_about(
    table: type[AuditEntry | AccessEntry], wanted: Wanted, about: ColumnElement[bool]
) -> list[ColumnElement[bool]]:
    either = [about] if wanted.record else []
    return either if wanted.actor is None else [*either, table.actor == wanted.actor]


def _within(table: type[AuditEntry | AccessEntry], within: Within, about: ColumnElement[bool]) -> ColumnElement[bool]:
    return or_(table.village_id.in_(within.village_ids), table.actor.in_(within.actors), about)


def newest_of(session: Session, kind: str, verb: str) -> AuditEntry | None:
    """The newest deed of a kind without a record and with a verb."""
    return session.scalars(
        select(AuditEntry)
        .where(AuditEntry.kind == kind, AuditEntry.record == "", AuditEntry.verb == verb)
        .order_by(AuditEntry.id.desc())
        .limit(1)
    ).one_or_none()

"""Queries on the two trails; rows are only ever added."""

from collections.abc import Callable, Generator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, insert, select
from sqlalchemy.orm import Session

from safemap.audit.rules import AccessRow, Chain, DeedRow, Head, TrailRow
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

"""Rows that have been kept long enough: counted, deleted or wiped."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from safemap.db.base import Base


def count_of(session: Session, table: type[Base], *conditions: ColumnElement[bool]) -> int:
    """How many rows meet all conditions."""
    return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def sweep(session: Session, table: type[Base], *conditions: ColumnElement[bool], is_dry: bool) -> int:
    """Delete the rows that meet all conditions, and return how many they were; a dry run only counts."""
    if is_dry:
        return count_of(session, table, *conditions)
    return _count(session.execute(delete(table).where(*conditions).execution_options(synchronize_session=False)))


def wipe(
    session: Session,
    table: type[Base],
    values: Mapping[str, object],
    *conditions: ColumnElement[bool],
    is_dry: bool,
) -> int:
    """Set columns of the rows that meet all conditions, and return how many they were; a dry run only counts."""
    found = count_of(session, table, *conditions)
    if found and not is_dry:  # an update of nothing would still raise the version of a layer
        session.execute(update(table).where(*conditions).values(**values).execution_options(synchronize_session=False))
    return found


def _count(done: object) -> int:
    assert isinstance(done, CursorResult)
    return done.rowcount

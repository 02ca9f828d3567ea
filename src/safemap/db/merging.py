"""Bulk rows into a table that may hold some of them: added, changed or left alone, by their source's own id."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray
from psycopg import Connection, sql
from sqlalchemy.orm import Session

from safemap.db.copy import Column, Kind, copy_buffers
from safemap.db.indexes import BULK_ROWS, indexed_at_the_end

KEY = ("source", "source_id")


@dataclass(frozen=True)
class MergeCounts:
    """How many rows were new, differed from what was there, were the same, or are gone from their source."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0

    def __add__(self, other: "MergeCounts") -> "MergeCounts":
        return MergeCounts(
            self.added + other.added,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.removed + other.removed,
        )


def driver_connection(session: Session) -> Connection[tuple[object, ...]]:
    """Return psycopg's connection of a session's transaction."""
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, Connection)
    return connection


def copy_rows(connection: Connection[tuple[object, ...]], table: str, columns: Sequence[Column]) -> None:
    """COPY columns into a table, as they are."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table), sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
    )
    with connection.cursor().copy(statement) as copy:
        for piece in _one_ahead(copy_buffers(columns)):
            copy.write(piece)


def _one_ahead(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Lay out the next piece while the server takes this one."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, pieces, None)
        while (piece := coming.result()) is not None:
            coming = pool.submit(next, pieces, None)
            yield piece


def along_a_curve(columns: Sequence[Column]) -> list[Column]:
    """Order rows along a Hilbert curve by their geometry: neighbours share pages, and the index builds faster."""
    middle = next((_middles(column) for column in columns if column.kind in {Kind.GEOMETRY, Kind.POINT}), None)
    if middle is None or len(middle) == 0:
        return list(columns)
    present = ~np.isnan(middle).any(axis=1)
    distance = np.zeros(len(middle), dtype=np.uint32)
    if bool(present.any()):
        distance[present] = _hilbert(middle[present])
    order = np.argsort(distance)  # not the stable kind: eight times as quick, and cells are small
    return [column.taken(order) for column in columns]


def _middles(column: Column) -> NDArray[np.float64]:
    if column.kind is Kind.POINT:
        return cast("NDArray[np.float64]", column.values)
    bounds = shapely.bounds(column.values)
    return np.column_stack([(bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2])


def _hilbert(xy: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Return each point's distance along a Hilbert curve of 2^16 cells a side over the points' own box."""
    x, y = (_cells(np.ascontiguousarray(xy[:, axis])) for axis in (0, 1))
    steps, turns = _hilbert_tables()
    distance = np.zeros(len(xy), dtype=np.uint32)
    turn = np.zeros(len(xy), dtype=np.uint16)
    for shift in (12, 8, 4, 0):  # four levels of the curve at a time
        place = turn << 8 | (x >> shift & 15) << 4 | y >> shift & 15
        distance = distance << 8 | steps[place]
        turn = turns[place]
    return distance


def _cells(values: NDArray[np.float64]) -> NDArray[np.uint16]:
    low = values.min()
    cells: NDArray[np.float64] = np.minimum((values - low) * (65_536 / max(values.max() - low, 1e-12)), 65_535)
    return cells.astype(np.uint16)


@cache
def _hilbert_tables() -> tuple[NDArray[np.uint32], NDArray[np.uint16]]:
    """Return how far 16 by 16 cells are along the curve, and how it is turned inside each, for its four turns.

    A turn is two bits: axes exchanged, axes mirrored. In each quarter the curve goes left below, left above, right
    above, right below; it is exchanged in the lower quarters, and mirrored in the last as well.
    """
    steps, turns = np.zeros(1024, dtype=np.uint32), np.zeros(1024, dtype=np.uint16)
    for place in range(1024):
        exchanged, mirrored = place >> 9 & 1, place >> 8 & 1
        distance = 0
        for level in (3, 2, 1, 0):
            x, y = place >> 4 + level & 1 ^ mirrored, place >> level & 1 ^ mirrored
            right, upper = (y, x) if exchanged else (x, y)
            distance = distance * 4 + (3 * right ^ upper)
            if not upper:
                exchanged, mirrored = exchanged ^ 1, mirrored ^ right
        steps[place], turns[place] = distance, exchanged << 1 | mirrored
    return steps, turns


def merge_rows(session: Session, table: str, columns: Sequence[Column], key: Sequence[str] = KEY) -> MergeCounts:
    """Bring rows into a table in the session's transaction.

    Parameters
    ----------
    table
        The table's name.
    columns
        Columns of one length; those of the key among them, and no key twice.
    key
        The columns that say which row is the same.

    Returns
    -------
    MergeCounts
        Nothing is removed here.
    """
    count = len(columns[0])
    if count == 0:
        return MergeCounts()
    session.flush()
    connection = driver_connection(session)
    target = sql.Identifier(table)
    ordered = along_a_curve(columns)
    # Two imports into one table wait for each other here, where they can: later they would dead-lock.
    connection.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(target))
    if connection.execute(sql.SQL("SELECT NOT EXISTS (SELECT FROM {})").format(target)).fetchone() == (True,):
        # Nothing to compare with: straight in.
        with indexed_at_the_end(connection, table) if count >= BULK_ROWS else nullcontext():
            copy_rows(connection, table, ordered)
        connection.execute(sql.SQL("ANALYZE {}").format(target))
        return MergeCounts(added=count)
    stage(connection, table, ordered)
    return _merge_staged(connection, table, [column.name for column in columns], key, count)


def stage(connection: Connection[tuple[object, ...]], table: str, columns: Sequence[Column]) -> None:
    """COPY columns into a temporary table ``staged`` that is like a table and goes with the transaction."""
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
    connection.execute("DROP TABLE IF EXISTS staged")
    connection.execute(
        sql.SQL("CREATE TEMPORARY TABLE staged ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(
            names, sql.Identifier(table)
        )
    )
    copy_rows(connection, "staged", columns)
    connection.execute("ANALYZE staged")


def _merge_staged(
    connection: Connection[tuple[object, ...]], table: str, names: Sequence[str], key: Sequence[str], count: int
) -> MergeCounts:
    same = sql.SQL(" AND ").join(sql.SQL("t.{0} = s.{0}").format(sql.Identifier(name)) for name in key)
    others = [name for name in names if name not in key]
    changed = 0
    if others:
        ours = sql.SQL(", ").join(sql.SQL("t.{}").format(sql.Identifier(name)) for name in others)
        theirs = sql.SQL(", ").join(sql.SQL("s.{}").format(sql.Identifier(name)) for name in others)
        differs = sql.SQL("ROW({}) IS DISTINCT FROM ROW({})").format(ours, theirs)
        found = connection.execute(
            sql.SQL("SELECT EXISTS (SELECT FROM {} t JOIN staged s ON {} WHERE {})").format(
                sql.Identifier(table), same, differs
            )
        ).fetchone()
        if found == (True,):  # an UPDATE of nothing would make tiles stale for nothing
            setting = sql.SQL(", ").join(sql.SQL("{0} = s.{0}").format(sql.Identifier(name)) for name in others)
            changed = connection.execute(
                sql.SQL("UPDATE {} t SET {} FROM staged s WHERE {} AND {}").format(
                    sql.Identifier(table), setting, same, differs
                )
            ).rowcount
    is_new = sql.SQL("NOT EXISTS (SELECT FROM {} t WHERE {})").format(sql.Identifier(table), same)
    added = 0
    if connection.execute(sql.SQL("SELECT EXISTS (SELECT FROM staged s WHERE {})").format(is_new)).fetchone() == (
        True,
    ):
        listed = sql.SQL(", ").join(sql.Identifier(name) for name in names)
        added = connection.execute(
            sql.SQL("INSERT INTO {} ({}) SELECT {} FROM staged s WHERE {}").format(
                sql.Identifier(table), listed, listed, is_new
            )
        ).rowcount
    return MergeCounts(added=added, changed=changed, unchanged=count - added - changed)

"""Filling an empty table: its indexes are made once at the end, which is several times quicker than row by row."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Connection, sql

BULK_ROWS = 50_000  # below, making the indexes anew gains less than the lock on the table costs others
MEMORY_FOR_SORTING = "256MB"

SECONDARY_INDEXES = """
    SELECT class.relname, pg_get_indexdef(index.indexrelid), pg_get_constraintdef(rule.oid)
    FROM pg_index index
    JOIN pg_class class ON class.oid = index.indexrelid
    LEFT JOIN pg_constraint rule ON rule.conindid = index.indexrelid AND rule.conrelid = index.indrelid
    WHERE index.indrelid = %s::regclass AND NOT index.indisprimary
    ORDER BY class.relname
"""
IS_REFERENCED = "SELECT EXISTS (SELECT FROM pg_constraint WHERE confrelid = %s::regclass)"


@contextmanager
def indexed_at_the_end(connection: Connection[tuple[object, ...]], table: str) -> Iterator[None]:
    """Take an empty table's secondary indexes and unique rules away, and make the same ones when it has been filled.

    All in the caller's transaction: nobody else sees the table without them, and a failure leaves them as they were.
    A unique rule that the rows break fails when it is made. The table is emptied anew as well, so that a server
    without replicas (``wal_level = minimal``) writes its rows once and not to the journal too.
    """
    target = sql.Identifier(table)
    connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(target))
    if connection.execute(IS_REFERENCED, (table,)).fetchone() == (False,):
        connection.execute(sql.SQL("TRUNCATE {}").format(target))
    found = connection.execute(SECONDARY_INDEXES, (table,)).fetchall()
    for name, _, rule in found:
        dropped = "ALTER TABLE {table} DROP CONSTRAINT {name}" if rule else "DROP INDEX {name}"
        connection.execute(sql.SQL(dropped).format(table=target, name=sql.Identifier(str(name))))
    yield
    connection.execute("SELECT set_config('maintenance_work_mem', %s, true)", (MEMORY_FOR_SORTING,))
    for name, definition, rule in found:
        if rule:
            connection.execute(
                sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} ").format(target, sql.Identifier(str(name)))
                + sql.SQL(str(rule))
            )
        else:
            connection.execute(str(definition).encode())

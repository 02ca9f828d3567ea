"""A database of a benchmark's own, migrated and dropped at the end."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from safemap.db.cluster import ensure_running
from safemap.db.migration import migrate
from safemap.db.server import plain_url, prepare_postgis
from safemap.db.session import engine_for
from safemap.settings import Settings


@contextmanager
def scratch_database(settings: Settings) -> Iterator[str]:
    """Give the address of a new, empty, migrated database beside the one that the settings name."""
    home = ensure_running(settings)
    name = f"safemap_bench_{os.getpid()}"
    scratch = make_url(home).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(plain_url(home), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        prepare_postgis(scratch)
        migrate(scratch)
        yield scratch
    finally:
        engine_for(scratch).dispose()
        with psycopg.connect(plain_url(home), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

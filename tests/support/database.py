"""A private cluster for a run of tests, and databases copied from one migrated template."""

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from safemap.db.cluster import Cluster
from safemap.db.migration import migrate
from safemap.db.session import engine_for

# Nothing in a test has to outlive a power cut.
HASTY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "128MB",
}
TEMPLATE = "safemap"
numbers = itertools.count(1)


@contextmanager
def short_home() -> Iterator[Path]:
    """A data folder that any user may walk into, with a short path."""
    home = Path(tempfile.mkdtemp(prefix="smtest-"))
    home.chmod(0o755)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def hasty_cluster() -> Iterator[Cluster]:
    """A running cluster whose database ``safemap`` is migrated and used as the template of all others."""
    with short_home() as home:
        cluster = Cluster(home, server_settings=HASTY)
        try:
            url = cluster.ensure_running()
            migrate(url)
            engine_for(url).dispose()  # a template may have no visitors while it is copied
            yield cluster
        finally:
            cluster.stop()


@contextmanager
def new_database(cluster: Cluster, template: str = TEMPLATE) -> Iterator[str]:
    """The address of a fresh copy of the template (0.1 s); dropped afterwards, whoever is still in it."""
    name = f"test_{next(numbers)}"
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
    url = cluster.url(name)
    try:
        yield url
    finally:
        engine_for(url).dispose()
        with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

"""Bringing a database's tables to what this safemap expects (Alembic, without an ini file)."""

from io import StringIO

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from safemap.db.session import engine_for
from safemap.errors import Conflict, OutsideFailure
from safemap.settings import PROJECT_ROOT

# Two processes that start together must not both migrate; the number only has to be safemap's own.
MIGRATION_LOCK = 0x5AFE0001


class DatabaseFromTheFuture(Conflict):
    """The database's tables are newer than this safemap."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            "The database was made by a newer safemap (its tables are at revision {revision}).",
            remedy="Run the newer safemap, or restore a backup into an empty database.",
            revision=revision,
        )


def alembic_config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration; ``migrations/env.py`` reads the connection from its attributes."""
    config = Config(stdout=StringIO())  # what it did is said by the command that asked
    config.set_main_option("script_location", str(PROJECT_ROOT / "migrations").replace("%", "%%"))
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def newest_revision() -> str | None:
    """Return the revision that this safemap's tables stand at; None when there is no migration yet."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def is_known(revision: str) -> bool:
    """Whether this safemap has a migration of this name."""
    return any(known.revision == revision for known in ScriptDirectory.from_config(alembic_config()).walk_revisions())


def revision_of(url: str) -> str | None:
    """Return the revision of the tables in a database; None when they were never made."""
    with engine_for(url).connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(url: str) -> None:
    """Make or upgrade all tables; does nothing when they are up to date, waits while another process does it."""
    newest = newest_revision()
    with engine_for(url).connect() as connection:
        if MigrationContext.configure(connection).get_current_revision() == newest:
            return
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()
        try:
            _upgrade(connection)
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
            connection.commit()
            connection.invalidate()  # its lock_timeout is the migration's, not the next request's


def _upgrade(connection: Connection) -> None:
    try:
        command.upgrade(alembic_config(connection), "head")
    except CommandError as error:
        revision = MigrationContext.configure(connection).get_current_revision() or "none"
        raise DatabaseFromTheFuture(revision) from error
    except OperationalError as error:
        if "lock timeout" not in str(error):
            raise
        raise OutsideFailure(
            "The tables could not be upgraded: another program has been using them for more than 10 seconds.",
            remedy="Stop the other safemap commands and run this again.",
        ) from error


def downgrade(url: str, revision: str = "base") -> None:
    """Take the tables back to an older revision (``base``: drop them all)."""
    with engine_for(url).connect() as connection:
        command.downgrade(alembic_config(connection), revision)
        connection.invalidate()


def drift(url: str) -> list[str]:
    """Return how a migrated database differs from the tables that the code declares; empty when they agree."""
    found = []
    with engine_for(url).connect() as connection:
        try:
            command.check(alembic_config(connection))
        except CommandError as error:
            found.append(str(error))
        connection.invalidate()
    return found


def write_revision(url: str, message: str) -> None:
    """Write a new migration file from the difference between the code's tables and a migrated database."""
    with engine_for(url).connect() as connection:
        command.revision(alembic_config(connection), message, autogenerate=True)
        connection.invalidate()

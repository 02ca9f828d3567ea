"""The one way in: a database that runs and whose tables are up to date."""

from sqlalchemy import Engine

from safemap.db.cluster import ensure_running
from safemap.db.migration import migrate
from safemap.db.session import engine_for
from safemap.settings import Settings


def open_database(settings: Settings) -> Engine:
    """Start the database if needed, bring its tables up to date, and return the process's engine for it."""
    url = ensure_running(settings)
    migrate(url)
    return engine_for(url)

"""The one way in: a database that runs and whose tables are up to date."""

from sqlalchemy import Engine

from safemap.db.cluster import ensure_running
from safemap.db.migration import migrate
from safemap.db.rights import let_the_app_in
from safemap.db.session import engine_for
from safemap.settings import Settings


def open_database(settings: Settings, *, as_owner: bool = False, is_hurried: bool = False) -> Engine:
    """Start the database if needed, bring its tables up to date, and return the process's engine for it.

    The engine of safemap's own database logs in as a role that cannot change the audit trail; imports ask for the
    owner's. Another database is used as the user that its address names. Web pages are hurried: see `engine_for`.
    """
    url = ensure_running(settings)
    migrate(url)
    if settings.database_url or as_owner:
        return engine_for(url, is_hurried=is_hurried)
    engine_for(url).dispose()  # whoever serves pages keeps no connection of the owner's
    return engine_for(let_the_app_in(url), is_hurried=is_hurried)

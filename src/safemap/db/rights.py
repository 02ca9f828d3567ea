"""The role that the app logs in as: it reads and writes rows, but owns no table and cannot change a trail.

The database's function ``grant_app_rights()`` makes the role where that is allowed and says what it may do with each
table. Migrations call it; a restored backup, which carries no rights, needs it again. What needs a table's owner keeps
the owner's login: migrations, backups, and imports, which take a table's indexes away and make them anew.
"""

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from safemap.db.server import plain_url

APP_ROLE = "safemap_app"
RIGHTS_LOCK = 0x5AFE0002


def grant_rights(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Let the app's role do what it may, in a database whose migrations know of it."""
    if connection.execute("SELECT to_regprocedure('public.grant_app_rights()') IS NOT NULL").fetchone() == (True,):
        connection.execute("SELECT public.grant_app_rights()")


def let_the_app_in(url: str) -> str:
    """Return the app's own address of a database of the private cluster, after making sure that it may log in."""
    with psycopg.connect(plain_url(url)) as connection:
        if not _may_work(connection):
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (RIGHTS_LOCK,))  # two commands at once
            grant_rights(connection)
            connection.execute(sql.SQL("ALTER ROLE {} LOGIN").format(sql.Identifier(APP_ROLE)))
    return app_url(url)


def app_url(url: str) -> str:
    """Return a database's address with the app's role as the user; the private socket asks for no password."""
    return make_url(url).set(username=APP_ROLE, password=None).render_as_string(hide_password=False)


def _may_work(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    found = connection.execute(
        "SELECT rolcanlogin AND has_table_privilege(oid, 'public.audit_entry', 'INSERT') FROM pg_roles "
        "WHERE rolname = %s",
        (APP_ROLE,),
    ).fetchone()
    return found == (True,)

"""What safemap needs of a PostgreSQL server, its own or another's: it answers, is new enough, has PostGIS."""

import re
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from safemap.db.programs import OLDEST_MAJOR, OLDEST_POSTGIS
from safemap.errors import InvalidInput, NotYetPossible, OutsideFailure

DRIVERS = re.compile(r"^postgres(ql)?(\+\w+)?://")


def plain_url(url: str) -> str:
    """Return a database URL as libpq reads it: ``postgresql+psycopg://…`` becomes ``postgresql://…``."""
    if not DRIVERS.match(url):
        raise InvalidInput(
            "SAFEMAP_DATABASE_URL is not the address of a PostgreSQL database.",
            remedy="It looks like postgresql://user:password@host:5432/safemap.",
            field="database_url",
        )
    return DRIVERS.sub("postgresql://", url)


def without_password(url: str) -> str:
    """Return a database URL that may be shown."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":…@")).geturl()


def check_server(url: str, *, may_change: bool = True) -> None:
    """Raise one clear error when the server does not answer, is too old or has no PostGIS; create it if it may."""
    try:
        with psycopg.connect(plain_url(url), connect_timeout=10) as connection:
            major = connection.info.server_version // 10_000
            encoding = connection.info.parameter_status("server_encoding")
    except psycopg.OperationalError as error:
        raise OutsideFailure(
            "The database {url} does not answer: {reason}",
            remedy="Check that it runs and that SAFEMAP_DATABASE_URL is right.",
            url=without_password(url),
            reason=" ".join(str(error).split()),
        ) from error
    except psycopg.ProgrammingError as error:
        raise InvalidInput(
            "SAFEMAP_DATABASE_URL cannot be read: {reason}.",
            remedy="It looks like postgresql://user:password@host:5432/safemap.",
            field="database_url",
            reason=str(error).strip(),
        ) from error
    if major < OLDEST_MAJOR:
        raise NotYetPossible(
            "The server of {url} is PostgreSQL {major}; safemap needs {oldest} or newer.",
            remedy="Upgrade that server, or unset SAFEMAP_DATABASE_URL to let safemap run its own.",
            url=without_password(url),
            major=major,
            oldest=OLDEST_MAJOR,
        )
    if encoding != "UTF8":
        raise NotYetPossible(
            "The database {url} stores text as {encoding}; safemap needs UTF8.",
            remedy="Create it with: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.",
            url=without_password(url),
            encoding=encoding,
        )
    prepare_postgis(url, may_change=may_change)


def prepare_postgis(url: str, *, may_change: bool = True) -> None:
    """Create PostGIS in a database, or bring it to the version of the installed files; check that it is new enough."""
    shown = without_password(url)
    with psycopg.connect(plain_url(url), autocommit=True) as connection:
        found = connection.execute(
            "SELECT default_version, installed_version FROM pg_available_extensions WHERE name = 'postgis'"
        ).fetchone()
        if found is None:
            raise NotYetPossible(
                "The server of {url} has no PostGIS.",
                remedy="Install it there (Debian: the package postgresql-{major}-postgis-3).",
                url=shown,
                major=connection.info.server_version // 10_000,
            )
        available, installed = found
        version = tuple(int(number) for number in re.findall(r"\d+", installed or available)[:2])
        if version < OLDEST_POSTGIS:
            raise NotYetPossible(
                "The server of {url} has PostGIS {version}; safemap needs 3.3 or newer.",
                remedy="Upgrade PostGIS there.",
                url=shown,
                version=installed or available,
            )
        if installed == available or not may_change:
            return
        try:
            if installed is None:
                connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
            elif _numbers(installed) < _numbers(available) and _is_superuser(connection):
                connection.execute(sql.SQL("ALTER EXTENSION postgis UPDATE TO {}").format(sql.Identifier(available)))
        except psycopg.errors.InsufficientPrivilege as error:
            raise NotYetPossible(
                "The database {url} has no PostGIS yet, and this user may not create it.",
                remedy="Have its administrator run there once: CREATE EXTENSION postgis;",
                url=shown,
            ) from error
        except psycopg.errors.UniqueViolation:  # another safemap created it in the same moment
            return


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _is_superuser(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    return connection.info.parameter_status("is_superuser") == "on"

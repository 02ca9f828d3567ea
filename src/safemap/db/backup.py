"""Saving a database in one file and restoring it, with every row counted and summed on both sides.

A backup is a zip with two members: ``database.dump`` (pg_dump's custom format, compressed by itself) and
``manifest.json`` (rows and checksum of each table, and of the dump). Both are taken from one snapshot, so a backup
of a database in use is whole.
"""

import hashlib
import json
import os
import subprocess
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

import safemap
from safemap.db.migration import DatabaseFromTheFuture, is_known
from safemap.db.programs import ServerPrograms
from safemap.db.rights import grant_rights
from safemap.db.server import plain_url, without_password
from safemap.errors import Conflict, InvalidInput, OutsideFailure

DUMP = "database.dump"
MANIFEST = "manifest.json"
CHUNK_BYTES = 1024**2

# What migrations and an idle worker fill by themselves: a database that holds nothing else is empty.
OWN_BOOKKEEPING = frozenset(
    {
        "alembic_version",
        "audit_head",
        "layer_version",
        "procrastinate_events",
        "procrastinate_jobs",
        "procrastinate_periodic_defers",
        "procrastinate_workers",
    }
)


class NotABackup(InvalidInput):
    """The file is no backup of safemap, or is damaged."""

    def __init__(self, file: Path, why: str) -> None:
        super().__init__(
            "{file} is not a whole backup of safemap: {why}.",
            remedy="Give a file that `safemap db backup` wrote.",
            field="file",
            file=file,
            why=why,
        )


class DatabaseNotEmpty(Conflict):
    """A backup is restored only where nothing can be lost."""

    def __init__(self, url: str, table: str, rows: int) -> None:
        super().__init__(
            "The database {url} is not empty: table {table} has {rows} rows. Nothing was restored.",
            remedy="Restore into an empty one, for example with SAFEMAP_HOME set to a new folder.",
            url=without_password(url),
            table=table,
            rows=rows,
        )


class RestoredDiffers(OutsideFailure):
    """What arrived is not what was saved."""

    def __init__(self, tables: list[str]) -> None:
        super().__init__(
            "After restoring, these tables differ from the backup: {tables}. The database was emptied again.",
            remedy="Run `safemap doctor` and try again; if it happens again, the disk or the backup may be damaged.",
            tables=", ".join(tables),
        )


@dataclass(frozen=True)
class TableContent:
    """How many rows a table has, and a checksum of them that does not depend on their order."""

    rows: int
    checksum: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds."""

    safemap: str
    made_at: str
    server: str
    revision: str | None
    dump_sha256: str
    tables: Mapping[str, TableContent]

    @property
    def rows(self) -> int:
        """Rows in all tables."""
        return sum(content.rows for content in self.tables.values())


# --- Counting ---------------------------------------------------------------------------------------------------------


def contents_of(connection: psycopg.Connection[tuple[object, ...]]) -> dict[str, TableContent]:
    """Count and sum every table that is not an extension's; timestamps as UTC, numbers to the last bit."""
    connection.execute("SET timezone = 'UTC'; SET datestyle = 'ISO'; SET extra_float_digits = 1")
    contents = {}
    for name in _own(connection, "r"):
        # The sum of 60-bit pieces of each row's MD5: the same whatever order the rows come in.
        query = sql.SQL(
            "SELECT count(*), coalesce(sum(('x' || left(md5(whole::text), 15))::bit(60)::bigint), 0)::text "
            "FROM {} AS whole"
        ).format(sql.Identifier(name))
        rows, checksum = connection.execute(query).fetchone() or (0, "0")
        contents[name] = TableContent(int(str(rows)), str(checksum))
    return contents


def _own(connection: psycopg.Connection[tuple[object, ...]], kind: str) -> list[str]:
    """Return the names of the relations of a kind in ``public`` that no extension brought."""
    found = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = %s "
        "AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e') ORDER BY relname",
        (kind,),
    )
    return [str(name) for (name,) in found]


def _empty(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Drop everything in ``public`` that no extension brought."""
    for table in _own(connection, "r"):
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(sql.Identifier(table)))
    routines = connection.execute(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
        "AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')"
    ).fetchall()
    for (routine,) in routines:
        connection.execute(f"DROP ROUTINE IF EXISTS {routine} CASCADE".encode())
    types = connection.execute(
        "SELECT oid::regtype::text FROM pg_type WHERE typnamespace = 'public'::regnamespace "
        "AND (typtype = 'e' OR typrelid IN (SELECT oid FROM pg_class WHERE relkind = 'c')) "
        "AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_type.oid AND deptype = 'e') "
        "AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_type.typrelid AND deptype = 'e')"
    ).fetchall()
    for (name,) in types:
        connection.execute(f"DROP TYPE IF EXISTS {name} CASCADE".encode())


# --- Saving -----------------------------------------------------------------------------------------------------------


def back_up(url: str, file: Path, programs: ServerPrograms) -> Manifest:
    """Write a backup; the file is whole afterwards, or not there."""
    if file.exists():
        raise Conflict("{file} exists already.", remedy="Choose another name; backups are not written over.", file=file)
    unfinished = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with _disk_errors(file), psycopg.connect(plain_url(url)) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            snapshot = str((connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",))[0])
            revision = _revision(connection)
            contents = contents_of(connection)
            with zipfile.ZipFile(unfinished, "x") as archive:
                with archive.open(DUMP, "w", force_zip64=True) as into:
                    digest = _dump(url, snapshot, programs, into)
                manifest = Manifest(
                    safemap=safemap.__version__,
                    made_at=datetime.now(UTC).isoformat(timespec="seconds"),
                    server=connection.info.parameter_status("server_version") or "",
                    revision=revision,
                    dump_sha256=digest,
                    tables=contents,
                )
                archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=2))
        with unfinished.open("rb") as written:
            os.fsync(written.fileno())
        unfinished.chmod(0o600)
        unfinished.rename(file)
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


def _revision(connection: psycopg.Connection[tuple[object, ...]]) -> str | None:
    if "alembic_version" not in _own(connection, "r"):
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def _dump(url: str, snapshot: str, programs: ServerPrograms, into: IO[bytes]) -> str:
    digest = hashlib.sha256()
    options = ["--format=custom", f"--snapshot={snapshot}", "--no-owner", "--no-privileges", "--no-comments"]
    # Other extensions and their schemas are the server's business, such as those of the postgis/postgis image.
    options += [
        "--no-unlogged-table-data",
        "--extension=postgis",
        "--exclude-schema=tiger*",
        "--exclude-schema=topology",
    ]
    with _started(programs, "pg_dump", options, url) as dumping:
        assert dumping.stdout is not None
        while chunk := dumping.stdout.read(CHUNK_BYTES):
            digest.update(chunk)
            into.write(chunk)
    return digest.hexdigest()


# --- Restoring --------------------------------------------------------------------------------------------------------


def restore(url: str, file: Path, programs: ServerPrograms) -> Manifest:
    """Restore a backup into an empty database and check every table against it; all of it arrives, or nothing."""
    manifest = read_manifest(file)
    if manifest.revision is not None and not is_known(manifest.revision):
        raise DatabaseFromTheFuture(manifest.revision)
    with _disk_errors(file), psycopg.connect(plain_url(url), autocommit=True) as connection:
        for table, content in contents_of(connection).items():
            if content.rows and table not in OWN_BOOKKEEPING:
                raise DatabaseNotEmpty(url, table, content.rows)
        _empty(connection)
        with zipfile.ZipFile(file) as archive, archive.open(DUMP) as dump:
            _load(url, programs, dump)
        arrived = contents_of(connection)
        names = arrived.keys() | manifest.tables.keys()
        differing = sorted(name for name in names if arrived.get(name) != manifest.tables.get(name))
        if differing:
            _empty(connection)
            raise RestoredDiffers(differing)
        grant_rights(connection)
        connection.execute("ANALYZE")
    return manifest


def read_manifest(file: Path) -> Manifest:
    """Read what a backup says it holds, after checking that its dump is whole."""
    try:
        with zipfile.ZipFile(file) as archive:
            told = archive.read(MANIFEST)
            digest = hashlib.sha256()
            with archive.open(DUMP) as dump:
                while chunk := dump.read(CHUNK_BYTES):
                    digest.update(chunk)
    except FileNotFoundError as error:
        raise NotABackup(file, "there is no such file") from error
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError) as error:
        raise NotABackup(file, str(error).strip("'\"").rstrip(".")) from error
    try:
        fields = json.loads(told)
        tables = {name: TableContent(**content) for name, content in fields.pop("tables").items()}
        manifest = Manifest(**fields, tables=tables)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise NotABackup(file, "its manifest cannot be read") from error
    if digest.hexdigest() != manifest.dump_sha256:
        raise NotABackup(file, "its checksum does not agree")
    return manifest


def _load(url: str, programs: ServerPrograms, dump: IO[bytes]) -> None:
    options = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
    with _started(programs, "pg_restore", options, url) as loading:
        assert loading.stdin is not None
        with suppress(BrokenPipeError):  # it ended early: its own words tell why
            while chunk := dump.read(CHUNK_BYTES):
                loading.stdin.write(chunk)
            loading.stdin.close()


@contextmanager
def _started(programs: ServerPrograms, name: str, options: list[str], url: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run pg_dump or pg_restore beside us; the password goes by its environment, where others cannot read it."""
    parameters = conninfo_to_dict(plain_url(url))
    password = parameters.pop("password", None)
    where = make_conninfo("", **parameters)
    environment = {**os.environ, **programs.environment, "LC_ALL": "C.UTF-8"}
    if password:
        environment["PGPASSWORD"] = str(password)
    with tempfile.TemporaryFile() as words:  # a pipe that nobody reads meanwhile could fill up
        with subprocess.Popen(
            [programs.path(name), *options, f"--dbname={where}"],
            stdin=subprocess.PIPE if name == "pg_restore" else subprocess.DEVNULL,
            stdout=subprocess.PIPE if name == "pg_dump" else subprocess.DEVNULL,
            stderr=words,
            env=environment,
        ) as process:
            try:
                yield process
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            words.seek(0)
            said = " ".join(words.read().decode(errors="replace").split())
            raise OutsideFailure("PostgreSQL's {name} failed: {said}", name=name, said=said[-600:])


@contextmanager
def _disk_errors(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutsideFailure(
            "The backup {file} could not be written or read: {reason}.",
            remedy="Check the folder, its permissions and the room on its disk.",
            file=file,
            reason=error.strerror or error,
        ) from error

"""The private cluster: safemap's own PostgreSQL + PostGIS in its data folder, on a Unix socket only."""

import fcntl
import os
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from safemap.db.account import (
    PORT,
    Account,
    account_for,
    closed_parent,
    private_folder,
    processes_in,
    socket_folder,
)
from safemap.db.debian import can_unpack, unpack_server
from safemap.db.programs import ServerPrograms, choose_server, servers_in, version_in
from safemap.db.server import check_server, prepare_postgis
from safemap.db.troubles import (
    DISK_IS_FULL_BYTES,
    ROOM_NEEDED_BYTES,
    DataOfAnotherVersion,
    DiskFull,
    data_folder_errors,
    last_words,
)
from safemap.db.tuning import small_machine_settings
from safemap.errors import NotYetPossible, OutsideFailure
from safemap.settings import Settings

DATABASE = "safemap"
SUPERUSER = "safemap"
UPGRADED = "data.upgraded"
LOCK_WAIT_S = 180
START_WAIT_S = 300  # a crash recovery after a big import can take minutes
LOG_KEPT_BYTES = 8 * 1024**2


@dataclass(frozen=True)
class ClusterStatus:
    """What is known of a private cluster without starting it."""

    data: Path
    exists: bool
    running_pid: int | None
    data_major: int | None
    running_version: str | None
    size_bytes: int


class Cluster:
    """One private cluster in ``HOME/postgres``: ``data`` (PostgreSQL's files), ``run`` (socket), ``postgres.log``.

    Parameters
    ----------
    home
        safemap's data folder.
    name
        Its folder in there.
    servers
        Which installed servers there are to choose from.
    server_settings
        PostgreSQL settings on top of safemap's own.
    say
        Who is told what takes long.
    """

    def __init__(
        self,
        home: Path,
        *,
        name: str = "postgres",
        servers: Callable[[], list[ServerPrograms]] | None = None,
        server_settings: Mapping[str, str] | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.home = home.expanduser().absolute()
        self.folder = self.home / name
        self.data = self.folder / "data"
        self.log = self.folder / "postgres.log"
        self.unpacked = self.home / "debian"
        self._servers = servers or self._installed
        self._server_settings = dict(server_settings or {})
        self._say = say

    def _installed(self) -> list[ServerPrograms]:
        return servers_in(Path("/")) + servers_in(self.unpacked)

    # What is there

    def servers(self) -> list[ServerPrograms]:
        """Return the servers that there are to choose from."""
        return self._servers()

    @property
    def account(self) -> Account:
        """Who runs the server."""
        return account_for(self.data)

    @property
    def data_major(self) -> int | None:
        """The major version of PostgreSQL that wrote the data; None when there is none yet."""
        try:
            return int((self.data / "PG_VERSION").read_text().strip())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except PermissionError as error:
            raise OutsideFailure(
                "The database in {folder} belongs to another user.",
                remedy="Run safemap as that user, or choose another SAFEMAP_HOME.",
                folder=self.folder,
            ) from error

    def programs(self) -> ServerPrograms:
        """Return the server's programs: those of the version that wrote the data, or the newest for new data."""
        servers = self._servers()
        major = self.data_major
        if major and servers and all(server.major != major for server in servers):
            raise DataOfAnotherVersion(major, choose_server(servers).major)
        return choose_server(servers, major)

    def url(self, database: str = DATABASE) -> str:
        """Return the address of one of its databases."""
        folder = quote(str(socket_folder(self.folder, self.account)), safe="")
        return f"postgresql://{SUPERUSER}@/{quote(database, safe='')}?host={folder}&port={PORT}"

    def status(self) -> ClusterStatus:
        """Look without touching."""
        major = self.data_major
        pid = self._running_pid() if major else None
        version = self._running_version() if pid else None
        size = sum(file.lstat().st_size for file in self.data.rglob("*") if file.is_file()) if major else 0
        return ClusterStatus(self.data, major is not None, pid, major, version, size)

    # What it does

    def ensure_running(self) -> str:
        """Make, start or restart the cluster as needed and return the address of safemap's database."""
        if not self._is_ready():
            with self._locked() as lock:
                self._make(lock)
                self._start()
                self._make_database()
        return self.url()

    def stop(self) -> bool:
        """Stop the server; open connections are ended, finished transactions are kept. False: it was not running."""
        if self.data_major is None:
            return False
        with self._locked():
            return self._stop()

    def take_over(self, upgraded: "Cluster", keep_old_as: str) -> None:
        """Put another stopped cluster's data in the place of this one's, which is stopped and kept under a name."""
        with self._locked():
            self._stop()
            waiting = self.folder / UPGRADED
            shutil.rmtree(waiting, ignore_errors=True)
            upgraded.data.rename(waiting)
            self.data.rename(self.folder / keep_old_as)
            waiting.rename(self.data)
            shutil.rmtree(upgraded.folder)

    def _is_ready(self) -> bool:
        """Whether the running server is the one on disk and safemap's database has PostGIS; no lock is needed."""
        if self.data_major is None:
            return False
        try:
            with psycopg.connect(self.url(), connect_timeout=5) as connection:
                running = version_in(_one(connection, "SHOW server_version"))
                has_postgis = _one(connection, "SELECT count(*) FROM pg_extension WHERE extname = 'postgis'")
        except psycopg.OperationalError:
            return False
        return bool(has_postgis != "0" and running == self.programs().version())

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """One command at a time makes, starts or stops the cluster; the kernel frees the lock when it is killed."""
        with data_folder_errors(self.home):
            if not self.home.exists():
                self.home.mkdir(parents=True)
                self.home.chmod(0o755)
            lock = os.open(self.home / "postgres.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            until = time.monotonic() + LOCK_WAIT_S
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        raise OutsideFailure(
                            "Another safemap command has been starting or stopping the database for {wait} seconds.",
                            remedy="Wait for it, or end it, and run this again.",
                            wait=LOCK_WAIT_S,
                        ) from None
                    time.sleep(0.05)
            yield lock
        finally:
            os.close(lock)

    def _make(self, lock: int) -> None:
        """Make the data folder if there is none: under another name first, so that it is whole or not there."""
        if not self._servers() and can_unpack():
            with data_folder_errors(self.home):
                unpack_server(self.unpacked, self._say)
        upgraded = self.folder / UPGRADED
        if self.data_major is None and upgraded.exists():  # an upgrade was killed in its last step
            upgraded.rename(self.data)
        if self.data_major is not None:
            return
        programs = self.programs()
        self._check_place()
        self._say(f"Making a database in {self.folder}")
        with data_folder_errors(self.home):
            private_folder(self.folder, self.account)
            for leftover in self.folder.glob("data.new-*"):
                shutil.rmtree(leftover, ignore_errors=True)
        unfinished = self.folder / f"data.new-{os.getpid()}"
        # An initdb that outlives a killed safemap keeps the lock open, so the next command waits for its end.
        self._run(
            programs,
            "initdb",
            *("--pgdata", str(unfinished), "--username", SUPERUSER, "--auth", "trust"),
            *("--encoding", "UTF8", "--locale", "C.UTF-8", "--data-checksums"),
            keep_open=(lock,),
        )
        unfinished.rename(self.data)

    def _check_place(self) -> None:
        account = self.account
        if self.data.exists():
            raise OutsideFailure(
                "{folder} exists but is not a PostgreSQL data folder.",
                remedy="Move it away, or choose another SAFEMAP_HOME.",
                folder=self.data,
            )
        if account.is_other and account.run(["/usr/bin/test", "-x", str(self.home)], {}).returncode:
            raise OutsideFailure(
                "User '{name}', who has to run PostgreSQL because root may not, cannot enter {closed}.",
                remedy="Choose a SAFEMAP_HOME that everybody may walk through, such as /var/lib/safemap.",
                name=account.name,
                closed=closed_parent(self.home, account) or self.home,
            )
        free = shutil.disk_usage(self.home).free
        if free < ROOM_NEEDED_BYTES:
            raise DiskFull(self.home)

    def _start(self) -> None:
        programs = self.programs()
        pid = self._running_pid()
        if pid:
            self._wait_until_it_answers()
            version = self._running_version()
            if version == programs.version():
                return
            # Its packages were upgraded under it (its libraries no longer fit), or its socket is gone.
            self._stop()
        self._clear_a_dead_server()
        if shutil.disk_usage(self.home).free < DISK_IS_FULL_BYTES:  # it would try for minutes
            raise DiskFull(self.home)
        with suppress(FileNotFoundError):
            if self.log.stat().st_size > LOG_KEPT_BYTES:
                self.log.replace(self.log.with_suffix(".log.1"))
        socket = private_folder(socket_folder(self.folder, self.account), self.account)
        options = {**small_machine_settings(), "unix_socket_directories": str(socket), **self._server_settings}
        self._run(
            programs,
            "pg_ctl",
            *("start", "--wait", f"--timeout={START_WAIT_S}", "--silent"),
            *("--pgdata", str(self.data), "--log", str(self.log)),
            *("--options", " ".join(f"-c {name}={shlex.quote(value)}" for name, value in options.items())),
        )

    def _stop(self) -> bool:
        if not self._running_pid():
            return False
        self._run(
            self.programs(),
            "pg_ctl",
            *("stop", "--wait", "--mode=fast", f"--timeout={START_WAIT_S}", "--silent", "--pgdata", str(self.data)),
        )
        return True

    def _make_database(self) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if found is None:
                # The server may still be making it for a safemap that was killed: it then waits for that, and refuses.
                with suppress(psycopg.errors.UniqueViolation, psycopg.errors.DuplicateDatabase):
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        prepare_postgis(self.url())

    # What happened to it

    def _running_pid(self) -> int | None:
        """Return the server's process, if the process that its pid file names is really this data folder's server."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None
        return pid if pid in processes_in(self.data) else None

    def _running_version(self) -> str | None:
        try:
            with psycopg.connect(self.url("postgres"), connect_timeout=5) as connection:
                return version_in(_one(connection, "SHOW server_version"))
        except psycopg.OperationalError:
            return None

    def _wait_until_it_answers(self) -> None:
        """Give a server that is just starting, or recovering from a crash, its time."""
        until = time.monotonic() + START_WAIT_S
        while time.monotonic() < until and self._running_pid():
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
            except psycopg.errors.CannotConnectNow:
                time.sleep(0.1)
            except psycopg.OperationalError as error:
                if "starting up" not in str(error):
                    return
                time.sleep(0.1)
            else:
                return

    def _clear_a_dead_server(self) -> None:
        """After a kill -9: end the children that outlived their server, and forget a pid that is another's now."""
        until = time.monotonic() + 10
        while orphans := processes_in(self.data):
            if time.monotonic() > until - 8:  # they notice by themselves, unless they are deep in a query
                for orphan in orphans:
                    with suppress(ProcessLookupError):
                        os.kill(orphan, signal.SIGQUIT)
            if time.monotonic() > until:
                raise OutsideFailure(
                    "Processes of a database server that was killed do not end: {pids}.",
                    remedy="End them and run this again.",
                    pids=", ".join(map(str, orphans)),
                )
            time.sleep(0.05)
        # PostgreSQL takes a pid that is another program's now, or a zombie's, for a running server.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for left in socket_folder(self.folder, self.account).glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)

    def _run(self, programs: ServerPrograms, name: str, *arguments: str, keep_open: tuple[int, ...] = ()) -> None:
        kept = {key: value for key, value in os.environ.items() if key in ("PATH", "TMPDIR")}
        environment = {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC", **programs.environment}
        log_end = self.log.stat().st_size if self.log.exists() else 0
        done = self.account.run([programs.path(name), *arguments], environment, keep_open=keep_open)
        if done.returncode == 0:
            return
        said = (done.stderr or done.stdout).strip()
        if self.log.exists():
            with self.log.open(errors="replace") as log:
                log.seek(min(log_end, self.log.stat().st_size))
                said = f"{said}\n{log.read()}"
        # On a full disk the log that would say so cannot be written either.
        if "No space left on device" in said or shutil.disk_usage(self.home).free < DISK_IS_FULL_BYTES:
            raise DiskFull(self.home)
        raise OutsideFailure(
            "PostgreSQL's {name} failed: {said}",
            remedy="See {log} and `safemap doctor`.",
            name=name,
            said=last_words(said),
            log=self.log,
        )


def _one(connection: psycopg.Connection[tuple[object, ...]], query: str) -> str:
    row = connection.execute(query.encode()).fetchone()
    return str(row[0]) if row else ""


def say_on_stderr(sentence: str) -> None:
    """Tell a person what takes long, without disturbing what a command prints."""
    sys.stderr.write(f"safemap: {sentence}\n")


def cluster_of(settings: Settings) -> Cluster:
    """Return the private cluster in safemap's data folder; there is none when a database URL is set."""
    if settings.database_url:
        raise NotYetPossible(
            "SAFEMAP_DATABASE_URL is set, so the database is not safemap's own to start, stop or upgrade.",
            remedy="Ask whoever runs that server, or unset SAFEMAP_DATABASE_URL.",
        )
    return Cluster(settings.home, say=say_on_stderr)


def ensure_running(settings: Settings) -> str:
    """Return the address of a database that answers and has PostGIS: the one that is set, or safemap's own."""
    if settings.database_url:
        check_server(settings.database_url)
        return settings.database_url
    return cluster_of(settings).ensure_running()

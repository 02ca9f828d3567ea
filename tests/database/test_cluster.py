"""The private cluster keeps its data whatever is killed, and says clearly what is wrong."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.support.database import HASTY, new_database, short_home

from safemap.db.account import LONGEST_SOCKET_PATH, PORT, account_for, private_folder, processes_in, socket_folder
from safemap.db.cluster import DATABASE, Cluster, ensure_running
from safemap.db.programs import NoServerPrograms, ServerPrograms, servers_in
from safemap.db.troubles import DataOfAnotherVersion, DiskFull
from safemap.errors import InvalidInput, NotYetPossible, OutsideFailure
from safemap.settings import Settings

IN_ANOTHER_PROCESS = """
import sys; from pathlib import Path
from safemap.db.cluster import Cluster
print(Cluster(Path(sys.argv[1]), server_settings={"fsync": "off"}).ensure_running())
"""


def another_process(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", IN_ANOTHER_PROCESS, str(home)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def write_note(cluster: Cluster, note: str) -> None:
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (words text)")
        connection.execute("INSERT INTO note VALUES (%s)", (note,))


def notes(cluster: Cluster) -> list[str]:
    with psycopg.connect(cluster.url()) as connection:
        return [words for (words,) in connection.execute("SELECT words FROM note ORDER BY words")]


@pytest.fixture(scope="module")
def own() -> Iterator[Cluster]:
    """A cluster of this module's own, to be maltreated; durable, as a person's is."""
    with short_home() as home:
        cluster = Cluster(home)
        try:
            cluster.ensure_running()
            write_note(cluster, "kept")
            yield cluster
        finally:
            cluster.stop()


@pytest.fixture
def running(own: Cluster) -> Cluster:
    own.ensure_running()
    return own


def pid_of(cluster: Cluster) -> int:
    pid = cluster.status().running_pid
    assert pid is not None
    return pid


# --- Life -------------------------------------------------------------------------------------------------------------


def test_two_first_commands_at_once_make_one_cluster() -> None:
    with short_home() as home:
        both = [another_process(home), another_process(home)]
        said = [process.communicate(timeout=120) for process in both]
        cluster = Cluster(home)
        try:
            assert [process.returncode for process in both] == [0, 0], said
            assert said[0][0] == said[1][0] == f"{cluster.url()}\n"
            assert len(list(home.glob("postgres/data*"))) == 1
        finally:
            assert cluster.stop()
        assert not cluster.stop()


def test_a_first_command_that_is_killed_leaves_nothing_in_the_way() -> None:
    with short_home() as home:
        for seconds in (0.9, 1.3):  # about when it makes and when it starts; any moment must do
            killed = another_process(home)
            time.sleep(seconds)
            killed.send_signal(signal.SIGKILL)
            killed.communicate()
        cluster = Cluster(home, server_settings=HASTY)
        try:
            write_note_url = cluster.ensure_running()
            assert psycopg.connect(write_note_url).close() is None
            assert [folder.name for folder in cluster.folder.glob("data*")] == ["data"]
        finally:
            cluster.stop()


IS_MAKING = """
SELECT count(*) FROM pg_locks WHERE pid = %s AND relation = 'pg_database'::regclass AND mode = 'RowExclusiveLock'
"""


def test_a_database_still_being_made_for_a_killed_command_is_waited_for() -> None:
    with short_home() as home:
        cluster = Cluster(home, server_settings=HASTY)
        cluster.ensure_running()
        try:
            with (
                psycopg.connect(cluster.url("postgres"), autocommit=True) as watching,
                psycopg.connect(cluster.url("postgres"), autocommit=True) as left,
            ):
                watching.execute(f"DROP DATABASE {DATABASE}")
                # What a killed command leaves: a server process that makes the database for nobody.
                left.pgconn.send_query(f"CREATE DATABASE {DATABASE}".encode())
                while watching.execute(IS_MAKING, (left.info.backend_pid,)).fetchone() != (1,):
                    pass
                os.kill(left.info.backend_pid, signal.SIGSTOP)
                resumed = subprocess.Popen(["/bin/sh", "-c", f"sleep 1; kill -CONT {left.info.backend_pid}"])
                assert cluster.ensure_running() == cluster.url()
                resumed.wait()
                while left.pgconn.get_result():
                    pass
            assert psycopg.connect(cluster.url()).close() is None
            assert (
                'duplicate key value violates unique constraint "pg_database_datname_index"' in cluster.log.read_text()
            )
        finally:
            cluster.stop()


def test_it_listens_on_a_private_socket_only(running: Cluster) -> None:
    assert PORT != 5432
    with psycopg.connect(running.url()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SELECT count(*) FROM pg_extension WHERE extname = 'postgis'").fetchone() == (1,)
    folder = socket_folder(running.folder, running.account)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert running.data.stat().st_mode & 0o777 == 0o700
    assert Path(f"/proc/{pid_of(running)}").stat().st_uid != 0


def test_running_it_again_changes_nothing(running: Cluster) -> None:
    before = pid_of(running)
    assert running.ensure_running() == running.url()
    assert pid_of(running) == before


def test_stopped_and_started_it_keeps_its_data(running: Cluster) -> None:
    assert running.stop()
    assert running.status().running_pid is None
    running.ensure_running()
    assert notes(running) == ["kept"]


def test_killed_it_recovers_with_what_was_committed(running: Cluster) -> None:
    server = pid_of(running)
    with psycopg.connect(running.url(), autocommit=True) as connection:
        connection.execute("DELETE FROM note WHERE words <> 'kept'")
        connection.execute("INSERT INTO note VALUES ('written just before')")
        os.kill(server, signal.SIGKILL)
    running.ensure_running()
    assert pid_of(running) != server
    assert notes(running) == ["kept", "written just before"]


def test_children_that_outlive_their_killed_server_are_ended(running: Cluster) -> None:
    server = pid_of(running)
    children = [pid for pid in processes_in(running.data) if pid != server]
    stuck = children[0]
    os.kill(stuck, signal.SIGSTOP)  # it cannot notice that its server is gone
    os.kill(server, signal.SIGKILL)
    resumed = subprocess.Popen(["/bin/sh", "-c", f"sleep 3; kill -CONT {stuck} 2>/dev/null; true"])
    running.ensure_running()
    resumed.wait()
    assert stuck not in processes_in(running.data)
    assert "kept" in notes(running)


def test_a_pid_file_that_names_another_program_is_no_server(running: Cluster) -> None:
    running.stop()
    with subprocess.Popen(["/bin/sleep", "60"], user=running.account.uid) as sleeper:
        pid_file = running.data / "postmaster.pid"
        pid_file.write_text(f"{sleeper.pid}\n{running.data}\n1\n{PORT}\n/nowhere\n\n  1 1\nready\n")
        os.chown(pid_file, running.account.uid, running.account.gid)
        assert running.status().running_pid is None
        running.ensure_running()
        assert pid_of(running) != sleeper.pid
        assert sleeper.poll() is None
        sleeper.kill()
    assert "kept" in notes(running)


def test_a_socket_that_was_swept_away_comes_back(running: Cluster) -> None:
    for file in socket_folder(running.folder, running.account).iterdir():
        file.unlink()
    running.ensure_running()
    assert "kept" in notes(running)


def test_packages_upgraded_under_it_make_it_restart(running: Cluster) -> None:
    class Upgraded(ServerPrograms):
        def version(self) -> str:
            return f"{self.major}.999"

    server = pid_of(running)
    installed = running.programs()
    Cluster(running.home, servers=lambda: [Upgraded(installed.major, installed.folder)]).ensure_running()
    assert pid_of(running) != server
    assert "kept" in notes(running)


# --- What is missing or wrong -----------------------------------------------------------------------------------------


def test_without_its_programs_data_are_left_alone(running: Cluster) -> None:
    newer = Cluster(running.home, servers=lambda: [ServerPrograms(99, Path("/nowhere"))])
    running.stop()
    with pytest.raises(DataOfAnotherVersion, match="safemap db upgrade"):
        newer.ensure_running()
    with pytest.raises(NoServerPrograms, match="apt-get install"):
        Cluster(running.home, servers=list).programs()


def fake_programs(folder: Path, initdb: str) -> list[ServerPrograms]:
    folder.chmod(0o755)
    script = folder / "initdb"
    script.write_text(f"#!/bin/sh\n{initdb}\n")
    script.chmod(0o755)
    return [ServerPrograms(15, folder)]


@pytest.mark.parametrize(
    ("initdb", "kind", "words"),
    [
        ("echo 'initdb: error: could not write: No space left on device' >&2; exit 1", DiskFull, "disk .* is full"),
        ("echo 'initdb: error: invalid locale' >&2; exit 1", OutsideFailure, "initdb failed: .*invalid locale"),
    ],
)
def test_a_cluster_that_cannot_be_made_is_not_half_made(initdb: str, kind: type[Exception], words: str) -> None:
    with short_home() as home, short_home() as folder:
        programs = fake_programs(folder, initdb)
        with pytest.raises(kind, match=words):
            Cluster(home, servers=lambda: programs).ensure_running()
        assert list(home.glob("postgres/*")) == []


def test_a_server_that_does_not_start_says_why(running: Cluster) -> None:
    running.stop()
    broken = Cluster(running.home, server_settings={"shared_buffers": "nonsense"})
    with pytest.raises(OutsideFailure, match=r"pg_ctl failed: .*shared_buffers.*nonsense"):
        broken.ensure_running()
    running.ensure_running()
    assert "kept" in notes(running)


def test_on_a_full_disk_it_is_not_started(running: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    running.stop()
    with monkeypatch.context() as patch:
        patch.setattr("safemap.db.cluster.DISK_IS_FULL_BYTES", 2**62)
        with pytest.raises(DiskFull, match=r"disk .* is full.*SAFEMAP_HOME"):
            running.ensure_running()
    running.ensure_running()
    assert "kept" in notes(running)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become another user")
def test_a_home_that_postgres_cannot_reach_is_named() -> None:
    with short_home() as outer:
        outer.chmod(0o700)
        with pytest.raises(OutsideFailure, match=rf"cannot enter {outer}\. .*SAFEMAP_HOME"):
            Cluster(outer / "inner").ensure_running()
        assert not (outer / "inner" / "postgres").exists()


def test_a_home_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(OutsideFailure, match=r"data folder .*home.*SAFEMAP_HOME"):
        Cluster(tmp_path / "home").ensure_running()


def test_a_long_home_gets_a_short_socket() -> None:
    with short_home() as base:
        home = base / ("很長" * 30)
        cluster = Cluster(home, server_settings=HASTY)
        folder = socket_folder(cluster.folder, cluster.account)
        assert len(os.fsencode(f"{folder}/.s.PGSQL.{PORT}.lock")) <= LONGEST_SOCKET_PATH
        try:
            with psycopg.connect(cluster.ensure_running()) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
        finally:
            cluster.stop()
            folder.rmdir()


@pytest.mark.parametrize("trap", ["link", "open", "file"])
def test_a_socket_folder_that_somebody_prepared_is_refused(tmp_path: Path, trap: str) -> None:
    folder, other = tmp_path / "run", tmp_path / "other"
    account = account_for(tmp_path / "data")
    if trap == "link":
        private_folder(other, account)
        folder.symlink_to(other)
    elif trap == "open":
        private_folder(folder, account).chmod(0o777)
    else:
        folder.write_text("")
    with pytest.raises(OutsideFailure, match="alone"):
        private_folder(folder, account)


# --- Somebody else's server -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["mysql://root@localhost/x", "localhost:5432", "postgresql://localhost:port/x"])
def test_an_address_that_is_none_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises((InvalidInput, OutsideFailure), match="SAFEMAP_DATABASE_URL"):
        ensure_running(Settings(database_url=url, home=tmp_path))


def test_a_server_that_is_down_is_named_without_its_password(tmp_path: Path) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        url = f"postgresql://me:secret@127.0.0.1:{unheard.getsockname()[1]}/safemap"
        with pytest.raises(OutsideFailure, match=r"does not answer.*refused") as caught:
            ensure_running(Settings(database_url=url, home=tmp_path))
    assert "secret" not in str(caught.value)


def test_postgis_is_created_in_anothers_database(cluster: Cluster, tmp_path: Path) -> None:
    with new_database(cluster, template="template1") as url:
        assert ensure_running(Settings(database_url=url, home=tmp_path)) == url
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT ST_X(ST_Point(121.5, 25))").fetchone() == (121.5,)


def test_who_may_not_create_postgis_is_told_who_can(cluster: Cluster, tmp_path: Path) -> None:
    with new_database(cluster, template="template1") as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP ROLE IF EXISTS lowly")
            connection.execute("CREATE ROLE lowly LOGIN")
        with pytest.raises(NotYetPossible, match="CREATE EXTENSION postgis"):
            ensure_running(Settings(database_url=url.replace("safemap@", "lowly@"), home=tmp_path))


def test_a_database_that_cannot_hold_chinese_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(NotYetPossible, match=r"LATIN1.*UTF8"):
        ensure_running(Settings(database_url=cluster.url("latin"), home=tmp_path))


def test_installed_servers_are_found_with_postgis_only(tmp_path: Path) -> None:
    for major, control in ((14, True), (15, True), (17, True), (18, False)):
        programs = tmp_path / f"usr/lib/postgresql/{major}/bin"
        programs.mkdir(parents=True)
        (programs / "postgres").touch()
        if control:
            extensions = tmp_path / f"usr/share/postgresql/{major}/extension"
            extensions.mkdir(parents=True)
            (extensions / "postgis.control").touch()
    assert [server.major for server in servers_in(tmp_path)] == [17, 15]

"""A backup restores whole, onto an empty database only, with every count and checksum equal."""

import zipfile
from pathlib import Path

import psycopg
import pytest
from tests.support.database import HASTY, new_database, numbers, short_home

from safemap.db.backup import (
    DUMP,
    MANIFEST,
    DatabaseNotEmpty,
    NotABackup,
    RestoredDiffers,
    TableContent,
    back_up,
    contents_of,
    read_manifest,
    restore,
)
from safemap.db.cluster import Cluster
from safemap.db.migration import DatabaseFromTheFuture, drift, migrate
from safemap.db.programs import ServerPrograms
from safemap.db.upgrade import upgrade
from safemap.errors import Conflict, OutsideFailure


@pytest.fixture(scope="module")
def programs(cluster: Cluster) -> ServerPrograms:
    return cluster.programs()


def fill(url: str) -> None:
    """Rows that are easily spoilt on the way: Chinese, the last bit of a number, a geometry."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO street_lamp (source, source_id, number, is_working, geom) "
            "SELECT 'test', '路燈 ' || n, '', true, "
            "ST_SetSRID(ST_Point(121.5 + random() / 7, 25 + random() / 3), 4326) "
            "FROM generate_series(1, 2000) n"
        )
        connection.execute("UPDATE layer_version SET version = version + 41")


@pytest.fixture
def filled(fresh_url: str) -> str:
    fill(fresh_url)
    return fresh_url


def contents(url: str) -> dict[str, TableContent]:
    with psycopg.connect(url) as connection:
        return contents_of(connection)


def tampered(file: Path, member: str, content: bytes) -> Path:
    changed = file.with_name(f"tampered-{next(numbers)}.backup")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, content if name == member else old.read(name))
    return changed


def test_what_is_restored_is_what_was_saved(
    filled: str, cluster: Cluster, programs: ServerPrograms, tmp_path: Path
) -> None:
    saved = back_up(filled, tmp_path / "a.backup", programs)
    assert saved.tables["street_lamp"].rows == 2000
    assert (tmp_path / "a.backup").stat().st_mode & 0o077 == 0
    with new_database(cluster) as url:  # its tables are there, and empty
        restored = restore(url, tmp_path / "a.backup", programs)
        assert restored == saved
        assert contents(url) == contents(filled) == dict(saved.tables)
        assert drift(url) == []
        migrate(url)
    with new_database(cluster, template="template0") as url:
        restore(url, tmp_path / "a.backup", programs)
        assert contents(url) == dict(saved.tables)
        with pytest.raises(DatabaseNotEmpty, match=r"table \w+ has \d+ rows.*Nothing was restored"):
            restore(url, tmp_path / "a.backup", programs)
        assert contents(url) == dict(saved.tables)


def test_a_checksum_sees_every_change_and_no_order(filled: str) -> None:
    before = contents(filled)["street_lamp"]
    with psycopg.connect(filled, autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE kept AS SELECT * FROM street_lamp ORDER BY source_id DESC")
        connection.execute("TRUNCATE street_lamp")
        connection.execute("INSERT INTO street_lamp OVERRIDING SYSTEM VALUE SELECT * FROM kept")
        assert contents(filled)["street_lamp"] == before
        connection.execute(
            "UPDATE street_lamp SET geom = ST_Translate(geom, 1e-13, 0) WHERE id = (SELECT min(id) FROM street_lamp)"
        )
    assert contents(filled)["street_lamp"] != before


def test_a_backup_is_never_written_over(fresh_url: str, programs: ServerPrograms, tmp_path: Path) -> None:
    (tmp_path / "a.backup").write_text("dear")
    with pytest.raises(Conflict, match="exists already"):
        back_up(fresh_url, tmp_path / "a.backup", programs)
    assert (tmp_path / "a.backup").read_text() == "dear"


def test_a_backup_that_fails_leaves_no_file(fresh_url: str, programs: ServerPrograms, tmp_path: Path) -> None:
    with pytest.raises(OutsideFailure, match="could not be written"):
        back_up(fresh_url, tmp_path / "missing" / "a.backup", programs)
    with pytest.raises(OutsideFailure):
        back_up(fresh_url, tmp_path / "a.backup", ServerPrograms(15, tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_no_backup_are_refused(fresh_url: str, programs: ServerPrograms, tmp_path: Path) -> None:
    back_up(fresh_url, good := tmp_path / "good.backup", programs)
    (tmp_path / "text").write_text("villages")
    (tmp_path / "cut").write_bytes(good.read_bytes()[:-200])
    for file, why in (
        (tmp_path / "none", "no such file"),
        (tmp_path / "text", "not a zip"),
        (tmp_path / "cut", "zip"),
        (tampered(good, MANIFEST, b"{}"), "manifest"),
        (tampered(good, MANIFEST, b"[1]"), "manifest"),
        (tampered(good, DUMP, b"PGDMP"), "checksum"),
    ):
        with pytest.raises(NotABackup, match=why):
            restore(fresh_url, file, programs)


def test_a_backup_of_a_newer_safemap_is_refused(fresh_url: str, programs: ServerPrograms, tmp_path: Path) -> None:
    back_up(fresh_url, good := tmp_path / "good.backup", programs)
    revision = read_manifest(good).revision
    with zipfile.ZipFile(good) as archive:
        newer = archive.read(MANIFEST).replace(str(revision).encode(), b"from_tomorrow")
    with pytest.raises(DatabaseFromTheFuture, match="from_tomorrow"):
        restore(fresh_url, tampered(good, MANIFEST, newer), programs)


def test_a_restore_that_differs_is_undone(
    filled: str, cluster: Cluster, programs: ServerPrograms, tmp_path: Path
) -> None:
    back_up(filled, good := tmp_path / "good.backup", programs)
    with zipfile.ZipFile(good) as archive:
        wrong = archive.read(MANIFEST).replace(b'"rows": 2000', b'"rows": 2001')
    with new_database(cluster) as url:
        with pytest.raises(RestoredDiffers, match="street_lamp"):
            restore(url, tampered(good, MANIFEST, wrong), programs)
        assert contents(url) == {}
        migrate(url)
        assert drift(url) == []


def test_moving_to_another_server_keeps_every_row() -> None:
    with short_home() as home:
        cluster = Cluster(home, server_settings=HASTY)
        try:
            url = cluster.ensure_running()
            migrate(url)
            fill(url)
            before = contents(url)
            assert upgrade(cluster) is None  # it is the newest server's already
            file = upgrade(cluster, to=cluster.programs())
            assert contents(cluster.url()) == before
            assert file is not None
            assert read_manifest(file).tables == before
            kept = sorted(folder.name for folder in cluster.folder.glob("data*"))
            assert kept[0] == "data"
            assert kept[1].startswith("data.postgres")
            assert not (home / "postgres-new").exists()
            with psycopg.connect(cluster.url()) as connection:
                assert connection.execute("SHOW default_transaction_read_only").fetchone() == ("off",)
        finally:
            cluster.stop()

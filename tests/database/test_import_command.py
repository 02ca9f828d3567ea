"""``safemap import`` as it is typed: what it prints, what it leaves in the database, how it fails."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.unit.imports.test_plain import GOOD, HEADER

from safemap.settings import Settings


def safemap(settings: Settings, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from safemap.cli.app import main; main()", *map(str, words)],
        env={**os.environ, "SAFEMAP_DATABASE_URL": settings.database_url, "SAFEMAP_HOME": str(settings.home)},
        capture_output=True,
        text=True,
        check=False,
    )


def incidents(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM incident")) or 0)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "incidents.csv"
    rows = [
        HEADER,
        GOOD,
        GOOD.replace("a,", "b,", 1).replace("121.54", "111").replace("25.03", "11"),
        "c,dragon,,,,,,,",
    ]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_a_dry_run_says_the_same_and_stores_nothing_then_once_then_nothing_new(
    fresh_settings: Settings, fresh_engine: Engine, table: Path, tmp_path: Path
) -> None:
    summary = "incidents.csv: 3 rows read: 1 kept, 1 mended, 1 refused."
    report = tmp_path / "report.json"
    tried = safemap(fresh_settings, "import", "incidents", table, "--dry-run", "--report", report)
    assert (tried.returncode, incidents(fresh_engine)) == (0, 0)
    assert summary in tried.stdout
    assert "Nothing was stored" in tried.stdout
    notes = json.loads(report.read_text(encoding="utf-8"))["notes"]
    assert [(note["row"], note["outcome"], note["field"]) for note in notes] == [
        ("4", "refused", "kind"),
        ("3", "mended", "lon, lat"),
    ]
    stored = safemap(fresh_settings, "import", "incidents", table)
    assert (stored.returncode, incidents(fresh_engine)) == (0, 2)
    assert stored.stdout.replace("\n  All of it, row by row: add --report FILE.json", "") == tried.stdout.replace(
        "Nothing was stored (--dry-run).\n", ""
    )
    again = safemap(fresh_settings, "import", "incidents", table)
    assert "0 added, 0 changed, 2 unchanged" in again.stdout
    assert "Nothing changed" in again.stdout
    assert stored.stderr == again.stderr == ""  # no progress bar where nobody looks


def test_when_one_file_is_wrong_nothing_of_the_others_is_stored(
    fresh_settings: Settings, fresh_engine: Engine, table: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_bytes(b"PK\x03\x04")
    ended = safemap(fresh_settings, "import", "incidents", table, wrong)
    assert (ended.returncode, incidents(fresh_engine), ended.stdout) == (3, 0, "")
    assert ended.stderr.startswith("safemap: wrong.csv: is a zip or spreadsheet file")
    assert ended.stderr.count("\n") == 1


def test_failures_are_sentences_with_exit_codes(fresh_settings: Settings, table: Path, tmp_path: Path) -> None:
    missing = safemap(fresh_settings, "import", "incidents", tmp_path / "nothing.csv")
    assert (missing.returncode, "There is no file" in missing.stderr) == (4, True)
    nowhere = safemap(fresh_settings, "import", "incidents", table, "--report", tmp_path / "no" / "folder.json")
    assert (nowhere.returncode, "No such file or directory" in nowhere.stderr) == (8, True)


def test_a_database_that_is_down_is_a_sentence(table: Path, tmp_path: Path) -> None:
    down = Settings(database_url=f"postgresql://nobody@/none?host={tmp_path}&port=1", home=tmp_path)
    ended = safemap(down, "import", "incidents", table)
    assert ended.returncode == 8
    assert "Traceback" not in ended.stderr
    assert ended.stderr.count("\n") == 1

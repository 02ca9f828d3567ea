"""`safemap map` and `safemap handout` as commands: files that are whole, or none."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.support.places import add_village
from typer import Typer
from typer.testing import CliRunner

from safemap.cli import mapping
from safemap.communities.rules import VillageNotFound
from safemap.db.session import unit_of_work
from safemap.errors import InvalidInput
from safemap.maps.rules import AreaTooLarge

app = Typer()
mapping.register(app)


@pytest.fixture(autouse=True)
def _village(fresh_engine: Engine, fresh_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with unit_of_work(fresh_engine) as session:
        add_village(session)
    monkeypatch.setenv("SAFEMAP_DATABASE_URL", fresh_url)
    monkeypatch.setenv("SAFEMAP_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("command", "name", "begins"),
    [("handout", "a4.pdf", b"%PDF"), ("map", "map.html", b"<!DOCTYPE html>")],
)
def test_it_writes_the_file_that_was_asked_for(tmp_path: Path, command: str, name: str, begins: bytes) -> None:
    done = CliRunner().invoke(app, [command, "榕樹里", "--out", name, "--language", "en"], catch_exceptions=False)
    assert done.exit_code == 0
    assert name in done.output
    assert (tmp_path / name).read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["handout", "無此里"], VillageNotFound),
        (["handout", "榕樹里", "--scale", "1000"], AreaTooLarge),
        (["map", "榕樹里", "--language", "klingon"], InvalidInput),
    ],
)
def test_bad_input_leaves_no_file(tmp_path: Path, arguments: list[str], error: type[Exception]) -> None:
    before = set(tmp_path.iterdir())
    done = CliRunner().invoke(app, arguments)
    assert isinstance(done.exception, error)
    assert set(tmp_path.iterdir()) - before <= {tmp_path / "home"}


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["map", "榕樹里", "--out", "nowhere/map.html"])
    assert isinstance(done.exception, FileNotFoundError)
    assert not (tmp_path / "nowhere").exists()

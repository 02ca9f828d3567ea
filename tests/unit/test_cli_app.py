"""The command's shell: a failure is one sentence and an exit code, never a traceback."""

import importlib.util
import sys

import psycopg
import pytest
import sqlalchemy.exc
import typer

from safemap.cli import app as shell
from safemap.cli.errors import EXIT_CODES
from safemap.errors import InvalidInput, NotFound, OutsideFailure, SafemapError


def run(monkeypatch: pytest.MonkeyPatch, failure: BaseException) -> int:
    broken = typer.Typer()

    @broken.command()
    def fail() -> None:
        raise failure

    monkeypatch.setattr(shell, "command_app", lambda _named: broken)
    monkeypatch.setattr(sys, "argv", ["safemap"])
    with pytest.raises(SystemExit) as left:
        shell.main()
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.mark.parametrize("kind", list(EXIT_CODES))
def test_each_kind_leaves_with_its_code_and_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: type[SafemapError]
) -> None:
    assert (
        run(monkeypatch, kind("The {thing} is gone.", remedy="Bring it back.", thing="[red]cat[/]")) == EXIT_CODES[kind]
    )
    assert capsys.readouterr() == ("", "safemap: The [red]cat[/] is gone. Bring it back.\n")


@pytest.mark.parametrize(
    "failure",
    [
        psycopg.OperationalError("connection refused\nIs the server running?"),
        sqlalchemy.exc.OperationalError("SELECT 1", {}, psycopg.OperationalError("connection refused\nand more")),
    ],
)
def test_a_database_that_is_away_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], failure: Exception
) -> None:
    assert run(monkeypatch, failure) == EXIT_CODES[OutsideFailure]
    said = capsys.readouterr().err
    assert said.startswith("safemap: The database failed: connection refused. safemap db status")
    assert said.count("\n") == 1


def test_a_full_disk_names_the_file(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, OSError(28, "No space left on device", "out.pdf")) == EXIT_CODES[OutsideFailure]
    assert capsys.readouterr().err == "safemap: No space left on device: out.pdf.\n"


def test_a_wrong_setting_is_named_as_it_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SAFEMAP_PORT", "eighty")
    monkeypatch.setattr(sys, "argv", ["safemap", "db", "status"])
    with pytest.raises(SystemExit) as left:
        shell.main()
    assert left.value.code == EXIT_CODES[InvalidInput]
    assert "SAFEMAP_PORT is wrong" in capsys.readouterr().err


def test_an_unknown_benchmark_lists_those_that_exist(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["safemap", "bench", "nothing"])
    with pytest.raises(SystemExit) as left:
        shell.main()
    assert left.value.code == EXIT_CODES[NotFound]
    assert "no benchmark “nothing”" in capsys.readouterr().err


def test_each_room_registers_the_commands_that_it_is_named_for() -> None:
    for command, room in shell.ROOMS.items():
        if importlib.util.find_spec(f"safemap.cli.{room}") is None:
            continue
        registered = shell.command_app(command)
        names = {one.name or getattr(one.callback, "__name__", "") for one in registered.registered_commands} | {
            one.name for one in registered.registered_groups
        }
        assert command in names

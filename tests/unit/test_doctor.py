"""The doctor names what is missing and how to get it."""

import json
import os
import socket
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from safemap.cli import doctor
from safemap.cli.doctor import Finding, Machine, State, examine
from safemap.db.programs import ServerPrograms
from safemap.settings import Settings


class HealthyServer(ServerPrograms):
    def version(self) -> str:
        return "15.20"


class FakeMachine(Machine):
    """A healthy machine; a test makes one thing of it ill."""

    python = (3, 13)
    has_server = True
    libraries = frozenset(doctor.PDF_LIBRARIES)
    fonts = ("Noto Sans CJK JP", "Noto Sans CJK TC")
    free = 50 * 1024**3
    writable = True
    port_free = True
    unpacks = True

    def __init__(self, **ill: object) -> None:
        for name, value in ill.items():
            assert hasattr(type(self), name)
            setattr(self, name, value)

    def python_version(self) -> tuple[int, int]:
        return self.python

    def servers(self) -> list[ServerPrograms]:
        return [HealthyServer(15, Path("/usr/lib/postgresql/15/bin"))] if self.has_server else []

    def program(self, *names: str) -> str | None:
        return f"/usr/bin/{names[0]}"

    def has_library(self, name: str) -> bool:
        return name in self.libraries

    def fonts_with(self, characters: str) -> list[str]:
        return list(self.fonts)

    def free_bytes(self, folder: Path) -> int:
        return self.free

    def may_write(self, folder: Path) -> bool:
        return self.writable

    def is_port_free(self, host: str, port: int) -> bool:
        return self.port_free

    def can_unpack(self) -> bool:
        return self.unpacks


def finding(home: Path, thing: str, **ill: object) -> Finding:
    found = [one for one in examine(Settings(home=home), FakeMachine(**ill)) if one.thing.startswith(thing)]
    assert len(found) == 1
    return found[0]


def test_a_healthy_machine_lacks_nothing(tmp_path: Path) -> None:
    findings = list(examine(Settings(home=tmp_path), FakeMachine()))
    assert {one.state for one in findings} == {State.OK, State.NOTE}
    assert [one.thing for one in findings if one.state is State.NOTE] == ["Database"]  # there is none yet


@pytest.mark.parametrize(
    ("thing", "ill", "state", "remedy"),
    [
        ("Python", {"python": (3, 10)}, State.MISSING, "3.11"),
        ("PostgreSQL", {"has_server": False}, State.NOTE, "apt-get install postgresql"),
        ("PostgreSQL", {"has_server": False, "unpacks": False}, State.MISSING, "SAFEMAP_DATABASE_URL"),
        ("Data folder", {"free": 3 * 1024**2}, State.MISSING, "SAFEMAP_HOME"),
        ("Data folder", {"writable": False}, State.MISSING, "SAFEMAP_HOME"),
        ("Font", {"fonts": ()}, State.MISSING, "fonts-noto-cjk"),
        ("PDF", {"libraries": frozenset({"libpango-1.0.so.0"})}, State.MISSING, "libharfbuzz-subset0"),
        ("Web port", {"port_free": False}, State.NOTE, "SAFEMAP_PORT"),
    ],
)
def test_what_is_missing_comes_with_its_remedy(
    tmp_path: Path, thing: str, ill: dict[str, object], state: State, remedy: str
) -> None:
    seen = finding(tmp_path, thing, **ill)
    assert seen.state is state
    assert remedy in seen.remedy


def test_taiwans_variant_of_a_font_is_named_first(tmp_path: Path) -> None:
    assert finding(tmp_path, "Font").seen == "Noto Sans CJK TC"


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))  # bound and not listening: refused
        url = f"postgresql://me:secret@127.0.0.1:{unheard.getsockname()[1]}/safemap"
        findings = list(examine(Settings(home=tmp_path, database_url=url), FakeMachine()))
    database = next(one for one in findings if one.thing == "Database")
    assert database.state is State.MISSING
    assert "secret" not in database.seen
    assert "does not answer" in database.seen


def test_looking_makes_nothing(tmp_path: Path) -> None:
    list(examine(Settings(home=tmp_path / "home"), FakeMachine()))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("ill", "code"), [({}, 0), ({"fonts": ()}, 1)])
def test_the_exit_code_says_whether_safemap_can_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ill: dict[str, object], code: int
) -> None:
    monkeypatch.setenv("SAFEMAP_HOME", str(tmp_path))
    monkeypatch.setattr(doctor, "Machine", lambda _home: FakeMachine(**ill))
    app = typer.Typer()
    doctor.register(app)
    said = CliRunner().invoke(app, ["--json"])
    assert said.exit_code == code
    assert json.loads(said.output)["ready"] is (code == 0)
    table = CliRunner().invoke(app, [])
    assert table.exit_code == code
    assert ("fonts-noto-cjk" in table.output) is bool(ill)


def test_the_real_machine_can_be_looked_at(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    assert machine.python_version() >= (3, 11)
    assert machine.free_bytes(tmp_path / "not" / "yet") > 0
    assert machine.may_write(tmp_path / "not" / "yet")
    assert machine.has_library("libc.so.6")
    assert not machine.has_library("libsafemap-does-not-exist.so.9")
    assert machine.program("safemap-does-not-exist", "sh") is not None
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert not machine.is_port_free("127.0.0.1", taken.getsockname()[1])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_closed_folder_is_not_writable(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert not Machine(tmp_path).may_write(tmp_path / "home")

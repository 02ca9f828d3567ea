"""`safemap audit` as it is typed, on a database that the app may only add to."""

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from safemap.audit import service
from safemap.audit.rules import Access, Deed, TrailBroken
from safemap.cli.app import command_app
from safemap.db.session import unit_of_work
from safemap.settings import Settings


@pytest.fixture
def said(fresh_settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SAFEMAP_DATABASE_URL", fresh_settings.database_url)

    def run(*words: str) -> str:
        done = CliRunner().invoke(command_app("audit"), ["audit", *words], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    return run


@pytest.fixture
def noted(fresh_engine: Engine) -> Engine:
    with unit_of_work(fresh_engine) as session:
        service.record(session, Deed("close", "hazard", "abc", 7, ("leader",), 3, "已改善", {"from": "open"}))
        service.record(session, Deed("add", "camera", "xyz"))
        service.record_access(session, Access("person", ("p1", "p2"), "聯絡隊員", 7, ("leader",)))
    return fresh_engine


def test_the_rows_can_be_read(said, noted: Engine) -> None:
    lines = said("show").splitlines()
    assert lines[0].endswith("person 7 (leader)  close hazard abc  village 3  for: 已改善  from=open")
    assert lines[1].endswith("nobody signed in  add camera xyz")
    assert said("show", "--kind", "camera").startswith("2  ")
    assert said("show", "accesses").strip().endswith("saw person p1, p2  for: 聯絡隊員")
    assert said("show", "--since", "2999-01-01") == "Nothing yet.\n"


def test_a_head_that_was_written_down_proves_the_trail(said, noted: Engine) -> None:
    heads = dict(line.split() for line in said("head").splitlines())
    assert "deeds: 2 rows, whole" in said(
        "verify", "--against", heads["deeds"], "--against-accesses", heads["accesses"]
    )
    assert "--against" in said("verify")  # says what a whole chain does not prove
    with pytest.raises(TrailBroken, match=r"Row 2 of audit_entry has another hash than was written down"):
        said("verify", "--against", "2:" + "0" * 64)


def test_a_broken_trail_fails_and_names_its_row(said, noted: Engine) -> None:
    with noted.begin() as connection:
        connection.execute(text("ALTER TABLE access_entry DISABLE TRIGGER ALL"))
        connection.execute(text("UPDATE access_entry SET actor = 8"))
    with pytest.raises(TrailBroken, match=r"Row 1 of access_entry is not what was written"):
        said("verify")

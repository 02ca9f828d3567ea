"""`safemap diagnose`, as somebody types it."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.support.neighbourhood import Neighbourhood
from tests.support.places import add_village
from typer.testing import CliRunner, Result

from safemap.cli.app import command_app
from safemap.communities.rules import VillageNotFound
from safemap.db.session import unit_of_work
from safemap.diagnosis.rules import ParameterOutOfRange
from safemap.diagnosis.service import latest_diagnosis
from safemap.errors import InvalidInput
from safemap.settings import Settings


@pytest.fixture
def typed(fresh_settings: Settings, fresh_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> object:
    """Run the command in a database with one neighbourhood, one lamp and 25 reports."""
    monkeypatch.setenv("SAFEMAP_DATABASE_URL", fresh_settings.database_url)
    monkeypatch.setenv("SAFEMAP_HOME", str(fresh_settings.home))
    monkeypatch.setenv("COLUMNS", "160")
    with unit_of_work(fresh_engine) as session:
        here = Neighbourhood(session, add_village(session))
        here.lanes()
        here.reports(330, 300, 25)
        here.lamp(100, 300)

    def run(*words: str) -> Result:
        return CliRunner().invoke(command_app("diagnose"), ["diagnose", *words])

    return run


def test_it_prints_a_ranked_list_with_reasons_in_chinese(typed: object, fresh_engine: Engine) -> None:
    result = typed("榕樹里")  # type: ignore[operator]
    assert result.exit_code == 0, result.output
    assert "深夜（22:00–06:00）有 " in result.output
    assert "橫3巷" in result.output
    assert "100 公尺內有 25 件通報" in result.output
    with unit_of_work(fresh_engine) as session:
        assert latest_diagnosis(session, "T001").event_count == 25


def test_one_period_in_english_and_everything_as_json(typed: object, tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    words = ("榕樹里", "--language", "en", "--period", "night", "--reach-of-event-m", "60", "--json", str(file))
    result = typed(*words)  # type: ignore[operator]
    assert result.exit_code == 0, result.output
    assert "dead zones at night" in result.output
    assert "by day" not in result.output
    record = json.loads(file.read_text())
    assert record["parameters"]["reach_of_event_m"] == 60
    assert record["periods"]["day"]["zones"][0]["reasons"][0] == "25 reports within 60 m"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("沒有里",), VillageNotFound),
        (("榕樹里", "--reach-of-event-m", "0"), ParameterOutOfRange),
        (("榕樹里", "--language", "fr"), InvalidInput),
    ],
)
def test_what_is_wrong_is_a_sentence(typed: object, words: tuple[str, ...], error: type[Exception]) -> None:
    result = typed(*words)  # type: ignore[operator]
    assert isinstance(result.exception, error)

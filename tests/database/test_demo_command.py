"""`safemap demo` as it is typed: the village, its people, and the one setting that lends them out."""

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from safemap.cli import serving
from safemap.cli.app import command_app
from safemap.db.session import unit_of_work
from safemap.demo.people import PEOPLE
from safemap.settings import Settings


def test_the_demo_comes_with_its_people_and_says_that_it_is_one(
    fresh_settings: Settings, fresh_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAFEMAP_DATABASE_URL", fresh_settings.database_url)
    monkeypatch.setenv("SAFEMAP_HOME", str(fresh_settings.home))
    started: list[dict[str, object]] = []
    monkeypatch.setattr(serving, "run", lambda **how: started.append(how))
    for _ in range(2):  # started again, nobody is there twice
        done = CliRunner().invoke(command_app("demo"), ["demo"], catch_exceptions=False)
        assert done.exit_code == 0, done.output
    assert [how["demo"] for how in started] == [True, True]
    with unit_of_work(fresh_engine) as session:
        roles = session.execute(text("SELECT role FROM role_grant WHERE ended_at IS NULL")).scalars().all()
    assert sorted(roles) == sorted(one.role.value for one in PEOPLE)


@pytest.mark.parametrize("how", [{}, {"demo": True}])
def test_only_the_demo_turns_the_setting_on(monkeypatch: pytest.MonkeyPatch, how: dict[str, bool]) -> None:
    seen: list[Settings] = []

    class Stopped(Exception):  # noqa: N818 - no error: the start ends here
        pass

    def look(settings: Settings) -> None:
        seen.append(settings)
        raise Stopped

    monkeypatch.setattr(serving, "couriers_of", look)
    with pytest.raises(Stopped):
        serving.run(**how)
    assert seen[0].demo is bool(how)

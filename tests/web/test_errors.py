"""Every failure has a status, a form for programs, a form for people."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, create_engine, text
from starlette.testclient import TestClient
from tests.web.conftest import A_BROWSER

import safemap
from safemap.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotYetPossible, OutsideFailure, SafemapError
from safemap.hazards.rules import WrongSentKey
from safemap.identity.rules import TooManyAttempts, TooOften
from safemap.settings import Settings
from safemap.web.app import create_app
from safemap.web.deps import Db
from safemap.web.errors import STATUS_OF, TITLES, kind_of, status_of
from safemap.web.rules import TokenNotTaken
from safemap.web.viewing import SESSION

KINDS = [NotFound, NotAllowed, Conflict, InvalidInput, NotYetPossible, OutsideFailure]


def every_error() -> list[type[SafemapError]]:
    for module in pkgutil.walk_packages(safemap.__path__, "safemap."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found: list[type[SafemapError]] = []
    waiting: list[type[SafemapError]] = [SafemapError]
    while waiting:
        children = waiting.pop().__subclasses__()
        found += children
        waiting += children
    return found


def test_every_error_has_a_status_and_a_name() -> None:
    assert set(STATUS_OF) == {*KINDS, TooManyAttempts, TooOften, TokenNotTaken, WrongSentKey}
    errors = every_error()
    assert len(errors) > 20
    for error in errors:
        blank = error.__new__(error)
        assert status_of(blank) in TITLES
        assert kind_of(blank) == kind_of(blank).lower()
    assert kind_of(NotFound.__new__(NotFound)) == "not-found"


@pytest.fixture(scope="module")
def faulty(world: Engine, settings: Settings) -> Iterator[TestClient]:
    app = create_app(settings, world)
    for kind in KINDS:
        add_failing(app, f"/api/v1/fails/{kind.__name__}", kind("It is “{what}”.", remedy="Mend {what}.", what="<b>"))
        add_failing(app, f"/fails/{kind.__name__}", kind("It is “{what}”.", remedy="Mend {what}.", what="<b>"))
    add_failing(app, "/api/v1/fails/bug", ZeroDivisionError("secret"))
    add_failing(app, "/fails/bug", ZeroDivisionError("secret"))

    @app.get("/api/v1/fails/commit")
    def fails_at_commit(session: Db) -> str:
        session.execute(text("CREATE TEMP TABLE one (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)"))
        session.execute(text("INSERT INTO one VALUES (1), (1)"))
        return "stored"

    with TestClient(app, headers=A_BROWSER) as client:
        yield client


def add_failing(app: FastAPI, path: str, error: Exception) -> None:
    @app.get(path)
    def fail() -> None:
        raise error


@pytest.mark.parametrize("kind", KINDS)
def test_programs_get_problem_details(faulty: TestClient, kind: type[SafemapError]) -> None:
    answer = faulty.get(f"/api/v1/fails/{kind.__name__}")
    assert answer.status_code == STATUS_OF[kind]
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["detail"] == "It is “<b>”."
    assert problem["remedy"] == "Mend <b>."
    assert problem["type"] == f"urn:safemap:problem:{kind_of(kind('x'))}"
    assert ("retry-after" in answer.headers) == (kind is OutsideFailure)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_people_get_a_page(faulty: TestClient, kind: type[SafemapError], language: str) -> None:
    answer = faulty.get(f"/fails/{kind.__name__}", headers={"Accept-Language": language})
    assert answer.status_code == STATUS_OF[kind]
    assert answer.headers["content-type"].startswith("text/html")
    assert "&lt;b&gt;" in answer.text
    assert "<b>" not in answer.text
    assert (TITLES[answer.status_code] in answer.text) == (language == "en")


@pytest.mark.parametrize("path", ["/api/v1/fails/bug", "/fails/bug"])
def test_a_mistake_of_ours_tells_nothing_of_the_inside(faulty: TestClient, path: str) -> None:
    answer = faulty.get(path)
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "ZeroDivision" not in answer.text
    assert "content-security-policy" in answer.headers
    assert answer.headers["x-request-id"]


def test_what_could_not_be_committed_is_not_called_stored(faulty: TestClient) -> None:
    answer = faulty.get("/api/v1/fails/commit")
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.fixture(scope="module")
def cut_off(settings: Settings) -> Iterator[TestClient]:
    nobody = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing?connect_timeout=2")
    with TestClient(create_app(settings, nobody), headers=A_BROWSER) as client:
        yield client


def test_a_page_says_so_even_to_who_is_signed_in(cut_off: TestClient) -> None:
    answer = cut_off.get("/about", headers={"Cookie": f"{SESSION}=a-token"})
    assert answer.status_code == 503
    assert "The database cannot be reached." in answer.text
    assert '<a href="/me">Your account</a>' in answer.text  # who it is cannot be known now
    assert cut_off.get("/about").status_code == 200


@pytest.mark.parametrize(
    "path", ["/api/v1/villages", "/api/v1/hazards/x", "/tiles/base/14/1/1.mvt", "/tiles/incidents/5/1/1.mvt", "/readyz"]
)
def test_a_database_that_is_down_is_said(cut_off: TestClient, path: str) -> None:
    answer = cut_off.get(path)
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "The database cannot be reached."
    assert answer.headers["retry-after"] == "5"
    assert "127.0.0.1" not in answer.text


def test_the_app_lives_without_its_database(cut_off: TestClient) -> None:
    assert cut_off.get("/healthz").json() == {"status": "ok"}


def test_not_ready_until_the_tables_are_those_expected(fresh_engine: Engine, settings: Settings) -> None:
    with TestClient(create_app(settings, fresh_engine), headers=A_BROWSER) as client:
        assert client.get("/readyz").status_code == 200
        with fresh_engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert "older" in answer.json()["detail"]
        with fresh_engine.begin() as connection:
            connection.execute(text("DROP TABLE alembic_version"))
        assert client.get("/readyz").status_code == 503

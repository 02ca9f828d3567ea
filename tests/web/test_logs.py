"""What the server writes about itself holds nobody's name, address, secret or place."""

import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient
from tests.support.members import OPERATOR, PASSWORD, browse_as, person_with_password
from tests.web.conftest import A_BROWSER

from safemap.db.session import unit_of_work
from safemap.identity import invitations, links, service
from safemap.identity.rules import Role, ScopeKind
from safemap.identity.schemas import NewInvitation, Scope
from safemap.settings import Settings
from safemap.web.app import create_app
from safemap.web.logs import Line, Words, log_config
from safemap.web.viewing import DEVICE, SESSION

NEW = "seven quiet herons crossing"
SPOT = ("121.504321", "25.006789")


@contextmanager
def written(level: int = logging.INFO, *, tells_all: bool = False) -> Iterator[list[dict[str, Any]]]:
    """All lines that are written meanwhile, by safemap and, from warnings on, by what it stands on."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Line(tells_all=tells_all))
    root, own = logging.getLogger(), logging.getLogger("safemap")
    before = root.level, own.level
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    own.setLevel(level)
    lines: list[dict[str, Any]] = []
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(before[0])
        own.setLevel(before[1])
        lines += [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_request_is_one_line_of_json(client: TestClient) -> None:
    with written() as lines:
        client.get("/villages/V1?lang=en", headers={"X-Request-ID": "abc-12345"})
    (line,) = lines
    assert datetime.fromisoformat(line.pop("at")).tzinfo is not None
    assert line.pop("ms") > 0
    assert line == {
        "level": "info",
        "request": "abc-12345",
        "what": "request",
        "method": "GET",
        "route": "/villages/{key}",
        "status": 200,
        "role": "visitor",
    }


def test_the_route_is_written_whole_and_an_unknown_address_not_at_all(client: TestClient, staff: TestClient) -> None:
    with written(logging.DEBUG) as lines:
        client.get("/api/v1/villages/V1/hazards")
        client.get("/lin@example.org/121.504321")
        client.head("/static/css/base.css")
        staff.get("/villages/V1/dead-zones")
    found = [(line["method"], line["route"], line["role"]) for line in lines if line["what"] == "request"]
    assert found == [
        ("GET", "/api/v1/villages/{key}/hazards", "visitor"),
        ("GET", None, None),
        ("HEAD", "/static", None),
        ("GET", "/villages/{key}/dead-zones", "station_officer"),
    ]
    assert "lin@" not in str(lines)


def test_who_is_refused_is_written_down_by_route_role_and_reason(client: TestClient, member: TestClient) -> None:
    with written() as lines:
        client.get("/villages/V1/dead-zones")
        member.post("/moderation/report-01/show")
        client.get("/api/v1/villages/V1/hazards", headers={"Authorization": "Bearer smp_x"})
        client.post("/password/forgot", data={"email": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert [(line["route"], line["status"], line["role"], line["failure"]) for line in lines] == [
        ("/villages/{key}/dead-zones", 403, "visitor", "may-not"),
        ("/moderation/{public_id}/show", 403, "resident", "may-not"),
        ("/api/v1/villages/{key}/hazards", 401, "visitor", "token-not-taken"),
        ("/password/forgot", 403, None, "foreign-form"),
    ]


def test_tiles_are_written_down_for_debugging_only(client: TestClient) -> None:
    for level, count in ((logging.INFO, 0), (logging.DEBUG, 1)):
        with written(level) as lines:
            client.get("/tiles/base/14/13722/7013.mvt")
        assert len([line for line in lines if line["what"] == "request"]) == count


def test_a_walk_through_accounts_reports_and_links_leaves_nothing_of_anybody(world: Engine, settings: Settings) -> None:
    secrets = {
        "lin@example.org",
        "new@example.org",
        "林小明",
        "新里長",
        PASSWORD,
        NEW,
        *SPOT,
        "第三根電線桿",
        "203.0.113.77",
    }
    app = create_app(settings.model_copy(update={"trusted_proxies": "10.1.1.1"}), world)
    browser = TestClient(app, headers={**A_BROWSER, "X-Forwarded-For": "203.0.113.77"}, client=("10.1.1.1", 1))
    with browser, written(logging.DEBUG) as lines:
        now = datetime.now(UTC)
        with unit_of_work(world) as session:
            person_id = person_with_password(session, "lin@example.org", "林小明")
            link = links.new_link(session, person_id, now)
            scope = Scope(kind=ScopeKind.VILLAGE, village_id=1)
            new = NewInvitation(email="new@example.org", role=Role.LEADER, scope=scope)
            invitation = invitations.invite(session, OPERATOR, new, settings.site_url, now)
        secrets |= {link, invitation}
        # Signing in, wrongly and rightly.
        for password in ("wrong password of mine", PASSWORD):
            browser.post("/sign-in", data={"email": "lin@example.org", "password": password})
        with unit_of_work(world) as session:
            browse_as(browser, session, "lin@example.org")
        secrets |= {browser.cookies[SESSION], "wrong password of mine"}
        for path in ("/", "/me", "/me/tokens", "/members", "/villages/V1", "/moderation"):
            browser.get(path, params={"next": "/lin@example.org", "lon": SPOT[0]})
        made = browser.post("/me/tokens", data={"name": "林小明的程式", "verbs": "see_exact", "days": "30"})
        token = re.search(r"smp_[0-9a-f]+", made.text)
        assert token is not None
        secrets |= {token[0], "林小明的程式"}
        browser.cookies.clear()
        browser.get("/api/v1/villages/V1/hazards", headers={"Authorization": f"Bearer {token[0]}"})
        browser.get("/api/v1/villages/V1/hazards", headers={"Authorization": f"Bearer {token[0]}x"})
        # A mailed link, an invitation.
        browser.post("/password/forgot", data={"email": "lin@example.org"})
        browser.get(f"/password/{link}")
        browser.post(f"/password/{link}", data={"password": NEW})
        browser.get(f"/invitation/{invitation}")
        browser.post(f"/invitation/{invitation}", data={"name": "新里長", "password": NEW})
        for cookie in (SESSION, DEVICE):
            secrets |= {kept.value for kept in browser.cookies.jar if kept.name == cookie and kept.value}
        browser.cookies.clear()
        # A report, by the form and by the API, its follow-up link, and wrong ones.
        form = {"lon": SPOT[0], "lat": SPOT[1], "category": "lighting", "severity": "2", "noticed_at": "night"}
        sent = browser.post("/villages/V1/mark", data={**form, "description": "第三根電線桿"})
        follow_up = sent.url.path.removeprefix("/r/")
        assert len(follow_up) > 20
        secrets.add(follow_up)
        browser.post("/villages/V1/mark", data={**form, "lon": f"x{SPOT[0]}"})
        spot = {"lon": float(SPOT[0]), "lat": float(SPOT[1]), "category": "lighting"}
        reported = browser.post("/api/v1/villages/V1/hazards", json=spot)
        secrets.add(reported.json()["follow_up"].rpartition("/")[2])
        for body in ({**spot, "lat": 26.5}, {**spot, "category": f"{SPOT[0]}"}, {**spot, "lon": "x"}):
            assert browser.post("/api/v1/villages/V1/hazards", json=body).status_code in {400, 404}
        browser.get("/api/v1/villages/V1/hazards", params={"bbox": f"{SPOT[0]},{SPOT[1]},1,1"})
        browser.get("/villages/V1/mark", params={"lon": SPOT[0], "lat": SPOT[1]})
        browser.post(f"/r/{follow_up}/words")
        browser.get(f"/villages/{SPOT[0]},{SPOT[1]}")
    assert len(lines) > 25
    everything = json.dumps(lines, ensure_ascii=False)
    assert {secret for secret in secrets if secret in everything} == set()
    assert "@" not in everything
    assert re.search(r"\d\.\d{4}", everything) is None
    assert re.search(r"[\w-]{25,}", everything.replace("safemap_", "")) is None, "what looks like a token"


def test_an_unforeseen_error_is_written_without_its_words(world: Engine, settings: Settings) -> None:
    app = create_app(settings, world)

    @app.get("/fails/{token}")
    def fails(token: str) -> None:
        quoted: dict[str, str] = {}
        try:
            quoted[f"lin@example.org {token}"]
        except KeyError as error:
            raise ZeroDivisionError("121.504321") from error

    with TestClient(app, headers=A_BROWSER) as browser:
        with written() as lines:
            assert browser.get("/fails/very-secret").status_code == 500
        failure = next(line for line in lines if line["what"] == "a request failed")
        assert failure["level"] == "error"
        assert failure["route"] == "/fails/{token}"
        assert failure["error"] == "ZeroDivisionError < KeyError"
        assert re.fullmatch(r"test_logs\.py:\d+ fails", failure["where"][-1])
        assert failure["request"] == lines[-1]["request"]
        assert not {"lin@", "very-secret", "121.5"} & set(re.findall(r"lin@|very-secret|121\.5", json.dumps(lines)))
        with written(tells_all=True) as lines:
            browser.get("/fails/very-secret")
        assert "lin@example.org very-secret" in json.dumps(lines)  # the level debug is for looking for mistakes


def test_what_the_database_refuses_is_written_by_its_rule_alone(world: Engine, settings: Settings) -> None:
    app = create_app(settings, world)

    @app.get("/api/v1/twice")
    def twice() -> None:
        with unit_of_work(world) as session:
            person = service.person_by_email(session, "twin@example.org")
            assert person is None
            for number in range(2):
                session.connection().exec_driver_sql(
                    "INSERT INTO person (public_id, email, name, language, disabled_reason) "
                    "VALUES (%s, 'twin@example.org', 'x', 'en', '')",
                    (f"twin{number}",),
                )

    with TestClient(app, headers=A_BROWSER) as browser, written() as lines:
        answer = browser.get("/api/v1/twice")
    assert answer.status_code == 409
    assert "twin" not in answer.text
    told = next(line for line in lines if line["what"] == "refused by the database")
    assert told["error"] == "UniqueViolation 23505 uq_person_email"
    assert "twin@" not in json.dumps(lines)


def test_statements_do_not_bring_what_people_sent_into_an_error(world: Engine) -> None:
    assert world.hide_parameters


def test_a_terminal_gets_words() -> None:
    record = logging.LogRecord("safemap.access", logging.INFO, "x.py", 1, "request", (), None)
    record.fields = {"method": "GET", "route": "/", "status": 200, "ms": 1.5, "role": None}
    said = Words().format(record)
    assert re.fullmatch(r"\d\d:\d\d:\d\d info    - request method=GET route=/ status=200 ms=1.5", said)


@pytest.mark.parametrize(("is_terminal", "form"), [(True, Words), (False, Line)])
def test_the_form_follows_who_reads(monkeypatch: pytest.MonkeyPatch, is_terminal: bool, form: type[Line]) -> None:
    monkeypatch.setattr("sys.stderr", type("Stream", (io.StringIO,), {"isatty": lambda _self: is_terminal})())
    config = log_config("info")
    assert config["formatters"]["line"]["()"] is form
    assert not config["formatters"]["line"]["tells_all"]
    assert log_config("debug")["formatters"]["line"]["tells_all"]
    assert config["loggers"]["uvicorn"]["level"] == "WARNING"  # its own access log would write addresses
    assert config["root"] == {"level": "WARNING", "handlers": ["console"]}  # others in the same form

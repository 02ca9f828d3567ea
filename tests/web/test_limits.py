"""Too much from one address or person is answered 429 with when to come back; heavy work is done by few at once."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient
from tests.support.members import browse_as, person_with_password
from tests.web.conftest import A_BROWSER, browser_of

from safemap.db.opening import open_database
from safemap.db.session import unit_of_work
from safemap.errors import InvalidInput
from safemap.identity.limits import INVITATIONS, LETTERS, REPORTS, Limit
from safemap.identity.rules import Role
from safemap.settings import Settings
from safemap.web import limits, middleware
from safemap.web.app import create_app
from safemap.web.pages import maps

REPORT = {"lon": 121.505, "lat": 25.004, "category": "lighting"}
API_REPORTS = "/api/v1/villages/V1/hazards"
FORM = {"lon": "121.505", "lat": "25.004", "category": "lighting", "severity": "2", "noticed_at": "night"}
PROXY = "10.1.1.1"


@pytest.fixture
def few(world: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A site where a tenth of the usual may be done, behind a proxy."""
    monkeypatch.setattr(middleware, "READS", Limit("reads", 50, timedelta(minutes=1)))
    configured = settings.model_copy(update={"rate_factor": 0.1, "trusted_proxies": f"{PROXY}, 10.2.0.0/16"})
    with unit_of_work(world) as session:
        session.execute(text("DELETE FROM allowance"))
    with TestClient(create_app(configured, world), headers=A_BROWSER, client=(PROXY, 1)) as opened:
        yield opened


def from_address(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


def test_reading_very_much_is_refused_for_a_while(few: TestClient) -> None:
    here, there = from_address("203.0.113.7"), from_address("203.0.113.8")
    assert [few.get("/api/v1/villages", headers=here).status_code for _ in range(5)] == [200] * 5
    refused = few.get("/api/v1/villages", headers=here)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 13
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:safemap:problem:too-often"
    assert "content-security-policy" in refused.headers
    page = few.get("/", headers=here)
    assert page.status_code == 429
    assert page.headers["content-type"].startswith("text/html")
    for quiet in ("/healthz", "/tiles/base/14/13722/7013.mvt", "/static/css/base.css"):
        assert few.get(quiet, headers=here).status_code in {200, 204}
    assert few.get("/api/v1/villages", headers=there).status_code == 200


def test_neighbours_in_one_ipv6_line_are_one_asker(few: TestClient) -> None:
    for number in range(5):
        assert few.get("/about", headers=from_address(f"2001:db8:1:2::{number}")).status_code == 200
    assert few.get("/about", headers=from_address("2001:db8:1:2:ffff::1")).status_code == 429
    assert few.get("/about", headers=from_address("2001:db8:1:3::1")).status_code == 200


def test_nobody_else_s_word_on_an_address_is_believed(few: TestClient, world: Engine, settings: Settings) -> None:
    # Behind the proxy: what stands left of the proxy's own word was written by whoever asks.
    for number in range(5):
        few.get("/about", headers=from_address(f"198.51.100.{number}, 203.0.113.7"))
    assert few.get("/about", headers=from_address("198.51.100.99, 203.0.113.7")).status_code == 429
    # A second proxy of ours stands between.
    assert few.get("/about", headers=from_address("203.0.113.7, 10.2.3.4")).status_code == 429
    # Who comes past the proxy, and a site without one.
    for app, client in (
        (few.app, "192.0.2.1"),
        (create_app(settings.model_copy(update={"rate_factor": 0.1}), world), PROXY),
    ):
        direct = TestClient(app, headers=A_BROWSER, client=(client, 1))
        for number in range(5):
            assert direct.get("/about", headers=from_address(f"198.51.100.{number}")).status_code == 200
        assert direct.get("/about", headers=from_address("198.51.100.99")).status_code == 429


def test_a_proxy_that_is_no_address_is_named(settings: Settings, world: Engine) -> None:
    for wrong in ("proxy.example", "10.0.0.0/33", "*"):
        with pytest.raises(InvalidInput, match="SAFEMAP_TRUSTED_PROXIES"):
            create_app(settings.model_copy(update={"trusted_proxies": wrong}), world)


def raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let reads be as many as usual."""
    monkeypatch.setattr(middleware.FrontDoor, "_refused", lambda *_: None)


def test_very_many_reports_from_one_address_have_to_wait(few: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    raised(monkeypatch)
    here, there = from_address("203.0.113.7"), from_address("203.0.113.8")
    may_send = REPORTS[0].times(0.1).at_once
    assert [few.post(API_REPORTS, json=REPORT, headers=here).status_code for _ in range(may_send)] == [201] * may_send
    refused = few.post(API_REPORTS, json=REPORT, headers=here)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 60
    assert few.post(API_REPORTS, json=REPORT, headers=there).status_code == 201
    # By the form it is the same count, and nothing that was written is lost.
    page = few.post("/villages/V1/mark", data={**FORM, "description": "路燈壞了兩盞"}, headers=here)
    assert page.status_code == 429
    assert int(page.headers["retry-after"]) > 60
    assert "路燈壞了兩盞" in page.text
    assert "Very many reports came from here" in page.text
    wrong = few.post("/villages/V1/mark", data={"lon": "x"}, headers=there)
    assert wrong.status_code == 400  # what is refused for another reason is not counted


def test_who_is_signed_in_has_a_count_of_their_own(
    few: TestClient, world: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised(monkeypatch)
    here = from_address("203.0.113.7")
    for _ in range(7):
        few.post(API_REPORTS, json=REPORT, headers=here)
    with unit_of_work(world) as session:
        person_with_password(session, "walker@example.org")
        browse_as(few, session, "walker@example.org")
    assert few.post(API_REPORTS, json=REPORT, headers=here).status_code == 201
    for _ in range(7):
        last = few.post(API_REPORTS, json=REPORT, headers=from_address("203.0.113.99"))
    assert last.status_code == 429
    few.cookies.clear()


def test_letters_are_not_asked_for_in_dozens(few: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    raised(monkeypatch)
    here = from_address("203.0.113.9")
    may_ask = LETTERS[0].times(0.1).at_once
    statuses = [
        few.post("/password/forgot", data={"email": f"n{number}@example.org"}, headers=here).status_code
        for number in range(may_ask + 1)
    ]
    assert statuses == [200] * may_ask + [429]


def test_invitations_are_not_sent_in_hundreds(few: TestClient, world: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    raised(monkeypatch)
    secretary = browser_of(few, world, "eager", Role.SECRETARY)
    may_send = INVITATIONS[0].times(0.1).at_once
    statuses = [
        secretary.post(
            "/members/invite",
            data={"role": "resident", "place": "village:1", "email": f"n{number}@example.org"},
            follow_redirects=False,
        ).status_code
        for number in range(may_send + 1)
    ]
    assert statuses == [303] * may_send + [429]


def test_few_print_at_once(
    world: Engine, client: TestClient, staff: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end = threading.Semaphore(0), threading.Event()

    def slow_print(*_args: object, **_named: object) -> bytes:
        begun.release()
        assert may_end.wait(30)
        return b"%PDF-"

    monkeypatch.setattr(maps, "handout_pdf", slow_print)
    with ThreadPoolExecutor(limits.HEAVY_AT_ONCE) as pool:
        running = [pool.submit(staff.get, "/villages/V1/handout.pdf") for _ in range(limits.HEAVY_AT_ONCE)]
        try:
            for _ in running:
                assert begun.acquire(timeout=30)
            turned_away = staff.get("/villages/V1/handout.pdf")
            stranger = client.get("/villages/V1/handout.pdf")
        finally:
            may_end.set()
        assert [one.result().status_code for one in running] == [200] * limits.HEAVY_AT_ONCE
    assert turned_away.status_code == 503
    assert turned_away.headers["retry-after"] == "5"
    assert stranger.status_code == 403  # who may not print holds no place
    assert staff.get("/villages/V1/handout.pdf").status_code == 200


def test_nobody_prints_very_often(few: TestClient, world: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    raised(monkeypatch)
    monkeypatch.setattr(maps, "handout_pdf", lambda *_args, **_named: b"%PDF-")
    printer, other = (browser_of(few, world, name, Role.SECRETARY) for name in ("printer", "other"))
    may_print = limits.HEAVY.times(0.1).at_once
    statuses = [printer.get("/villages/V1/handout.pdf").status_code for _ in range(may_print + 1)]
    assert statuses == [200] * may_print + [429]
    assert other.get("/villages/V1/handout.pdf").status_code == 200


def test_pages_wait_for_the_database_only_so_long(settings: Settings, world: Engine) -> None:
    hurried = open_database(settings, is_hurried=True)
    for name, most in (("statement_timeout", "15s"), ("lock_timeout", "10s")):
        with hurried.connect() as connection:
            assert connection.execute(text(f"SHOW {name}")).scalar() == most
        with world.connect() as connection:
            assert connection.execute(text(f"SHOW {name}")).scalar() == "0"  # commands take their time
    assert create_app(settings).state.engine is hurried


def test_what_takes_too_long_is_stopped_and_said(settings: Settings, world: Engine) -> None:
    app = create_app(settings, world)

    @app.get("/api/v1/slow")
    def slow() -> None:
        with world.connect() as connection:
            connection.execute(text("SET LOCAL statement_timeout = '10ms'"))
            connection.execute(text("SELECT pg_sleep(5)"))

    with TestClient(app, headers=A_BROWSER) as opened:
        answer = opened.get("/api/v1/slow")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["type"] == "urn:safemap:problem:too-slow"
    assert "pg_sleep" not in answer.text

"""What proves who somebody is changes only after a fresh sign-in, and who leaves leaves nothing in the browser."""

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient
from tests.support.members import PASSWORD, browse_as, person_with_password
from tests.support.routes import every_route
from tests.web.conftest import browser_of

from safemap.db.session import unit_of_work
from safemap.identity.rules import Role
from safemap.web.pages.dead_zones import as_words
from safemap.web.viewing import SESSION, require_proved_of_late


@pytest.fixture
def browser(client: TestClient, world: Engine) -> TestClient:
    opened = TestClient(client.app, headers=dict(client.headers), follow_redirects=False)
    opened.portal = client.portal
    with unit_of_work(world) as session:
        if session.execute(text("SELECT 1 FROM person WHERE email = 'lin@example.org'")).first() is None:
            person_with_password(session, "lin@example.org", "林小明")
        browse_as(opened, session, "lin@example.org")
    return opened


def age(world: Engine, minutes: int) -> None:
    with world.begin() as connection:
        connection.execute(text(f"UPDATE sign_in SET created_at = now() - interval '{minutes} minutes'"))


def sensitive(client: TestClient) -> list[tuple[str, str]]:
    return [
        (method, route.path)
        for route in every_route(client.app)
        for method in sorted(route.methods)
        if require_proved_of_late in route.calls
    ]


def test_second_factor_and_tokens_of_programs_are_changed_after_a_fresh_sign_in_alone(
    browser: TestClient, world: Engine
) -> None:
    guarded = sensitive(browser)
    assert {path for _, path in guarded} == {
        "/me/second-factor/set-up",
        "/me/second-factor/codes",
        "/me/second-factor/off",
        "/me/tokens",
        "/me/data/withdraw",
    }
    age(world, 31)
    for method, path in guarded:
        answer = browser.request(
            method, path, data={"name": "x", "verbs": "add", "days": "30"} if method == "POST" else None
        )
        assert answer.status_code == 403, path
        assert "Sign in once more for this" in answer.text
    assert "/sign-in?again=1&amp;next=/me/second-factor/set-up" in browser.get("/me/second-factor/set-up").text
    assert browser.get("/me").status_code == 200  # looking needs no more than before
    age(world, 29)
    assert browser.get("/me/second-factor/set-up").status_code == 200


def test_so_is_the_address_and_nothing_else_of_ones_data(browser: TestClient, world: Engine) -> None:
    age(world, 31)
    email = {"ask": "correction", "field": "email", "value": "elsewhere@example.org", "wish": ""}
    refused = browser.post("/me/data/ask", data=email)
    assert refused.status_code == 403
    assert "Sign in once more for this" in refused.text
    assert browser.post("/me/data/ask", data={**email, "field": "name", "value": "林大明"}).status_code == 303


def test_proving_it_again_leads_back_and_ends_the_old_session(browser: TestClient, world: Engine) -> None:
    age(world, 31)
    old = browser.cookies[SESSION]
    assert browser.get("/sign-in?next=/me").status_code == 303  # who is signed in has nothing to do here
    form = browser.get("/sign-in?again=1&next=/me/second-factor/set-up")
    assert form.status_code == 200
    assert 'value="/me/second-factor/set-up"' in form.text
    wrong = browser.post("/sign-in", data={"email": "lin@example.org", "password": "wrong", "next": "/me"})
    assert wrong.status_code == 400
    assert browser.get("/me/second-factor/set-up").status_code == 403
    right = {"email": "lin@example.org", "password": PASSWORD, "next": "/me/second-factor/set-up"}
    done = browser.post("/sign-in", data=right)
    assert done.headers["location"] == "/me/second-factor/set-up"
    assert browser.get("/me/second-factor/set-up").status_code == 200
    browser.cookies.clear()
    browser.cookies.set(SESSION, old)
    assert browser.get("/me").status_code == 403


@pytest.mark.parametrize("path", ["/sign-out", "/me/sessions/end-all"])
def test_who_leaves_leaves_nothing_in_the_browser(browser: TestClient, path: str) -> None:
    assert "clear-site-data" not in browser.get("/me").headers
    left = browser.post(path)
    assert left.headers["clear-site-data"] == '"cache"'  # a report that waits to be sent stays; a script does the rest
    assert left.headers["cache-control"] == "no-store"
    (forgotten,) = [one for one in left.headers.get_list("set-cookie") if one.startswith(f"{SESSION}=")]
    assert "Max-Age=0" in forgotten


def test_a_table_holds_no_formula(client: TestClient, world: Engine) -> None:
    for start in ("=", "+", "-", "@", "\t", "\r"):
        assert as_words(f"{start}1+1") == f"'{start}1+1"
    assert as_words("平安路") == "平安路"
    assert as_words(-3) == -3
    staff = browser_of(client, world, "printer", Role.SECRETARY)
    with world.begin() as connection:
        connection.execute(text("UPDATE street_edge SET name = '=HYPERLINK(\"x\")', name_en = '@SUM(1)'"))
    staff.post("/villages/V1/diagnose")
    table = staff.get("/villages/V1/dead-zones.csv")
    assert table.status_code == 200
    assert not [cell for line in table.text.splitlines() for cell in line.split(",") if cell.startswith(("=", "@"))]

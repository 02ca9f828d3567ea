"""Signing in and out by the pages: nobody is planted, led away or told who has an account; pages say how to come in."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from typing import cast

import pyotp
import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlalchemy import Engine, text
from starlette.testclient import TestClient
from tests.support.members import PASSWORD, browse_as, give, person_with_password

from safemap.db.session import unit_of_work
from safemap.identity import second_factor, signing_in
from safemap.identity.attempts import PER_ACCOUNT, PER_CODE
from safemap.identity.rules import Role, ScopeKind
from safemap.identity.schemas import Scope
from safemap.identity.signing_in import Who
from safemap.web.viewing import DEVICE, SESSION

VILLAGE = Scope(kind=ScopeKind.VILLAGE, village_id=1)
COUNTY = Scope(kind=ScopeKind.COUNTY, county="測試縣")
NOT_RIGHT = "The address or the password is not right."


@pytest.fixture(scope="module")
def people(world: Engine) -> Engine:
    with unit_of_work(world) as session:
        for name, role, scope in (
            ("secretary", Role.SECRETARY, VILLAGE),
            ("resident", Role.RESIDENT, VILLAGE),
            ("county", Role.COUNTY_OFFICER, COUNTY),
        ):
            give(session, person_with_password(session, f"{name}@example.org", f"示範 {name}"), role, scope)
        person_with_password(session, "nothing@example.org", "無角色")
    return world


@pytest.fixture(autouse=True)
def _a_new_browser(client: TestClient, people: Engine) -> Iterator[None]:
    client.cookies.clear()
    yield
    client.cookies.clear()
    with unit_of_work(people) as session:
        session.execute(text("DELETE FROM failed_attempt"))


def sign_in(client: TestClient, email: str, password: str = PASSWORD, onward: str = "") -> Response:
    data = {"email": email, "password": password, "next": onward}
    return client.post("/sign-in", data=data, follow_redirects=False)


def with_second_factor(client: TestClient, engine: Engine, email: str) -> tuple[pyotp.TOTP, list[str]]:
    """Set a second factor up, a minute ago, so that the code of now was not used."""
    keys = cast("FastAPI", client.app).state.keys
    seed = second_factor.new_seed()
    app = pyotp.TOTP(seed)
    then = datetime.fromtimestamp(datetime.now(UTC).timestamp() - 90, UTC)
    with unit_of_work(engine) as session:
        person_id = session.execute(text("SELECT id FROM person WHERE email = :email"), {"email": email}).scalar_one()
        return app, second_factor.enrol(session, keys, person_id, seed, app.at(then), then)


def is_open(engine: Engine, token: str) -> bool:
    with unit_of_work(engine) as session:
        return signing_in.session_of(session, token, datetime.now(UTC)) is not None


def token_of(answer: Response) -> str:
    assert answer.status_code == 303
    return SimpleCookie(answer.headers.get_list("set-cookie")[0])[SESSION].value


# --- The password -----------------------------------------------------------------------------------------------------


def test_a_right_password_leads_on_and_the_head_names_who_is_there(client: TestClient) -> None:
    assert '<a href="/sign-in">Sign in</a>' in client.get("/").text
    done = sign_in(client, "secretary@example.org", onward="/members?show=due")
    assert (done.status_code, done.headers["location"]) == (303, "/members?show=due")
    home = client.get("/").text
    assert "示範 secretary" in home
    assert 'action="/sign-out"' in home
    assert 'href="/members"' in home
    assert client.get("/sign-in?next=/me", follow_redirects=False).headers["location"] == "/me"


def test_the_cookies_are_for_the_server_alone(client: TestClient) -> None:
    cookies = sign_in(client, "resident@example.org").headers.get_list("set-cookie")
    assert [cookie.split("=")[0] for cookie in cookies] == [SESSION, DEVICE]
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie for cookie in cookies)


def test_what_is_wrong_is_said_alike_whether_or_not_there_is_an_account(client: TestClient) -> None:
    answers = [sign_in(client, email, "wrong horse") for email in ("resident@example.org", "nobody@example.org")]
    assert [answer.status_code for answer in answers] == [400, 400]
    texts = [answer.text.replace("resident@", "X@").replace("nobody@", "X@") for answer in answers]
    assert texts[0] == texts[1]
    assert texts[0].count(NOT_RIGHT) == 2  # above and beside the field
    assert "wrong horse" not in texts[0]
    assert "set-cookie" not in answers[0].headers


def test_what_is_missing_is_named_and_what_was_typed_is_kept(client: TestClient) -> None:
    answer = client.post("/sign-in", data={"email": 'a"<b>', "password": "", "next": "/me"})
    assert answer.status_code == 400
    assert "Give your e-mail address" in answer.text
    assert "Give your password" in answer.text
    assert 'value="a&#34;&lt;b&gt;"' in answer.text
    assert 'name="next" value="/me"' in answer.text


def test_too_many_wrong_ones_are_held_up_alike_and_told_when_to_come_back(client: TestClient, people: Engine) -> None:
    held = []
    for email in ("resident@example.org", "nobody@example.org"):
        for _ in range(PER_ACCOUNT):
            assert sign_in(client, email, "wrong horse").status_code == 400
        held.append(sign_in(client, email))
    assert [answer.status_code for answer in held] == [429, 429]
    assert 800 < int(held[0].headers["retry-after"]) <= 900
    assert re.search(r"Please wait 15 minutes: try again at \d\d:\d\d\.", held[0].text)
    assert 'value="resident@example.org"' in held[0].text
    assert held[0].text.replace("resident@", "X@") == held[1].text.replace("nobody@", "X@")


def test_the_form_says_where_letters_go_and_who_invites(client: TestClient) -> None:
    form = client.get("/sign-in")
    assert form.headers["cache-control"] == "no-store"
    assert 'autocomplete="username"' in form.text
    assert 'autocomplete="current-password"' in form.text
    assert "This site sends no mail" in form.text
    assert "secretary invites you" in form.text
    assert "practice village" not in form.text.replace("Practice village", "")  # no demo was started


@pytest.mark.parametrize("onward", ["//evil.example", "https://evil.example/", "/\\evil.example", "/\t/evil.example"])
def test_nobody_is_led_to_another_site(client: TestClient, people: Engine, onward: str) -> None:
    assert 'name="next"' not in client.get("/sign-in", params={"next": onward}).text
    assert sign_in(client, "resident@example.org", onward=onward).headers["location"] == "/"
    assert client.get("/sign-in", params={"next": onward}, follow_redirects=False).headers["location"] == "/"
    client.cookies.clear()
    with unit_of_work(people) as session:
        browse_as(client, session, "resident@example.org", passed=True)
    lifted = client.get("/sign-in/code", params={"next": onward}, follow_redirects=False)
    assert lifted.headers["location"] == "/"


# --- Sessions ---------------------------------------------------------------------------------------------------------


def test_a_token_from_before_signing_in_opens_nothing_after(client: TestClient, people: Engine) -> None:
    with unit_of_work(people) as session:  # an attacker plants a session of their own in somebody's browser
        attacker = person_with_password(session, "attacker@example.org")
        planted = signing_in.begin(session, attacker, Who("192.0.2.66"), datetime.now(UTC)).token
    for before in (planted, "a-token-of-the-attackers-own-choice"):
        client.cookies.clear()
        client.cookies.set(SESSION, before)
        own = token_of(sign_in(client, "resident@example.org"))
        assert own != before
        assert is_open(people, own)
        assert not is_open(people, before)


def test_signing_out_ends_the_session_on_the_server(client: TestClient, people: Engine) -> None:
    token = token_of(sign_in(client, "resident@example.org"))
    assert client.get("/sign-out").status_code == 405  # no picture on another site signs anybody out
    assert is_open(people, token)
    out = client.post("/sign-out")
    assert "You are signed out." in out.text
    assert not is_open(people, token)
    client.cookies.set(SESSION, token)
    assert client.get("/me").status_code == 403
    assert client.post("/sign-out").status_code == 200  # nobody is there: as well


def test_a_form_of_another_site_signs_nobody_in_or_out(client: TestClient) -> None:
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    for path in ("/sign-in", "/sign-in/code", "/sign-out", "/me/sessions/end-all", "/demo/as/resident"):
        assert client.post(path, headers=elsewhere).status_code == 403


# --- The second factor ------------------------------------------------------------------------------------------------


def test_a_code_from_the_app_then_opens_what_rested(client: TestClient, people: Engine) -> None:
    app, codes = with_second_factor(client, people, "county@example.org")
    first = sign_in(client, "county@example.org", onward="/members")
    assert first.headers["location"] == "/sign-in/code?next=%2Fmembers"
    assert [cookie.split("=")[0] for cookie in first.headers.get_list("set-cookie")] == [SESSION]  # not yet known
    assert client.get("/members").status_code == 403
    assert client.get("/me").status_code == 403
    assert "Type the code" in client.get("/me").text
    form = client.get("/sign-in/code?next=/members")
    assert 'autocomplete="one-time-code"' in form.text
    for code, said in (("", "Type the code: six digits"), ("123", "The code is not right")):
        wrong = client.post("/sign-in/code", data={"code": code, "next": "/members"})
        assert wrong.status_code == 400
        assert said in wrong.text
        assert 'name="next" value="/members"' in wrong.text
    code = app.now()
    done = client.post("/sign-in/code", data={"code": code, "next": "/members"}, follow_redirects=False)
    assert done.headers["location"] == "/members"
    assert client.get("/members").status_code == 200
    client.cookies.clear()
    sign_in(client, "county@example.org")  # the code works once; one from paper will do, and once
    assert client.post("/sign-in/code", data={"code": code}).status_code == 400
    assert 'inputmode="numeric"' not in client.get("/sign-in/code?paper=1").text
    paper = {"code": codes[0].upper(), "paper": "1"}
    assert client.post("/sign-in/code", data=paper, follow_redirects=False).headers["location"] == "/"
    client.cookies.clear()
    sign_in(client, "county@example.org")
    again = client.post("/sign-in/code", data=paper)
    assert again.status_code == 400
    assert "none of your recovery codes" in again.text


def test_codes_cannot_be_guessed_through(client: TestClient, people: Engine) -> None:
    app, _ = with_second_factor(client, people, "secretary@example.org")
    sign_in(client, "secretary@example.org", onward="/me")
    for _ in range(PER_CODE):
        assert client.post("/sign-in/code", data={"code": "000000"}).status_code == 400
    held = client.post("/sign-in/code", data={"code": app.now(), "next": "/me"})
    assert held.status_code == 429
    assert int(held.headers["retry-after"]) > 800
    assert "Please wait 15 minutes" in held.text
    assert 'name="next" value="/me"' in held.text
    with unit_of_work(people) as session:
        session.execute(text("UPDATE person SET totp_secret = NULL, totp_step = NULL"))


def test_whoever_set_one_up_is_nobody_with_the_password_alone(client: TestClient, people: Engine) -> None:
    with_second_factor(client, people, "resident@example.org")
    sign_in(client, "resident@example.org")
    assert client.get("/villages/V1/dead-zones").status_code == 403
    for path in ("/me/password", "/me/name", "/me/second-factor/set-up", "/me/tokens"):
        assert client.get(path).status_code == 403
    changed = client.post("/me/password", data={"present": PASSWORD, "password": "glass pond tram nineteen"})
    assert changed.status_code == 403
    with unit_of_work(people) as session:
        session.execute(text("UPDATE person SET totp_secret = NULL, totp_step = NULL"))
    assert client.get("/villages/V1/dead-zones").status_code == 200


def test_the_code_is_asked_only_of_who_has_one(client: TestClient, people: Engine) -> None:
    assert client.get("/sign-in/code?next=/me", follow_redirects=False).headers["location"] == "/sign-in?next=%2Fme"
    assert client.post("/sign-in/code", follow_redirects=False).headers["location"] == "/sign-in"
    sign_in(client, "resident@example.org")
    assert client.get("/sign-in/code?next=/me", follow_redirects=False).headers["location"] == "/me"


def test_who_has_yet_to_set_one_up_is_led_to_where_it_is_said(client: TestClient, people: Engine) -> None:
    assert sign_in(client, "county@example.org").headers["location"] == "/me"
    account = client.get("/me").text
    assert "One step is left" in account
    assert "County officer" in account
    closed = client.get("/members")
    assert closed.status_code == 403
    assert 'href="/me/second-factor/set-up"' not in closed.text  # the page before says what it is for
    assert 'href="/me/second-factor"' in closed.text


# --- Pages that are not for everybody ---------------------------------------------------------------------------------


def test_a_visitor_is_told_whom_a_page_is_for_and_comes_back_to_it(client: TestClient) -> None:
    closed = client.get("/villages/V1/dead-zones?period=day")
    assert closed.status_code == 403
    assert "This page is for members" in closed.text
    assert 'href="/sign-in?next=/villages/V1/dead-zones%3Fperiod%3Dday"' in closed.text
    assert "everybody with a role in this place" in closed.text
    assert "/demo/as" not in closed.text
    onward = "/villages/V1/dead-zones?period=day"
    assert sign_in(client, "resident@example.org", onward=onward).headers["location"] == onward
    own = client.get("/me/tokens", headers={"Cookie": ""})
    assert own.status_code == 403


def test_ones_own_page_asks_to_sign_in_first(client: TestClient) -> None:
    closed = client.get("/me")
    assert closed.status_code == 403
    assert "This page is your own: sign in first" in closed.text
    assert 'href="/sign-in?next=/me"' in closed.text
    assert closed.headers["cache-control"] == "no-store"


def test_who_has_another_role_is_told_who_gives_the_right_one(client: TestClient) -> None:
    sign_in(client, "resident@example.org")
    closed = client.get("/members")
    assert closed.status_code == 403
    assert "Your roles do not reach this page" in closed.text
    facts = re.sub(r"\s*\n", "", closed.text)
    assert "<dt>Your roles</dt><dd>Resident</dd>" in facts
    assert "<dt>Open to</dt><dd>Watch-team leader, Community secretary" in facts
    assert "<dt>Who gives these roles</dt><dd>Community secretary" in facts
    assert "/sign-in" not in closed.text


def test_programs_are_told_as_before(client: TestClient) -> None:
    refused = client.get("/api/v1/villages/V1/dead-zones")
    assert refused.status_code == 403
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:safemap:problem:may-not"


def test_every_page_knows_who_is_there_and_no_cache_shares_it(client: TestClient) -> None:
    assert client.get("/about").headers["cache-control"] == "no-cache"
    sign_in(client, "resident@example.org")
    for path in ("/about", "/villages/V1", "/who-may-do-what", "/no-such-page-of-a-village"):
        answer = client.get(path)
        assert "示範 resident" in answer.text or "Your account" in answer.text  # a path that is none knows nobody
        assert answer.headers["cache-control"] == "no-store"
    assert client.get("/api/v1/villages").headers.get("set-cookie") is None


def test_a_cookie_that_opens_nothing_is_a_visitors(client: TestClient) -> None:
    client.cookies.set(SESSION, "long-ended")
    assert client.get("/").status_code == 200
    assert client.get("/me").status_code == 403

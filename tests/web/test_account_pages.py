"""One's own account by its pages: seen and changed by its owner alone, and nothing of it is lost or shown twice."""

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient
from tests.support.members import PASSWORD, begun, browse_as, give, person_with_password

from safemap.audit.service import deeds
from safemap.db.session import unit_of_work
from safemap.identity import service, signing_in
from safemap.identity.attempts import PER_ACCOUNT
from safemap.identity.rules import Role, ScopeKind
from safemap.identity.schemas import Scope
from safemap.web.deps import LANGUAGE_COOKIE
from safemap.web.viewing import SESSION

VILLAGE = Scope(kind=ScopeKind.VILLAGE, village_id=1)
COUNTY = Scope(kind=ScopeKind.COUNTY, county="測試縣")
NEW = "glass pond tram nineteen"
OWN, OTHER, OFFICER = "own@example.org", "other@example.org", "officer@example.org"


@pytest.fixture
def people(world: Engine) -> Iterator[Engine]:
    with unit_of_work(world) as session:
        own = person_with_password(session, OWN, "王小明")
        give(session, own, Role.VOLUNTEER, VILLAGE)
        give(session, own, Role.RESIDENT, VILLAGE, datetime.now(UTC).date() + timedelta(days=30))
        give(session, person_with_password(session, OTHER, "別人"), Role.RESIDENT, VILLAGE)
        give(session, person_with_password(session, OFFICER, "承辦"), Role.COUNTY_OFFICER, COUNTY)
    yield world
    with unit_of_work(world) as session:
        session.execute(text("DELETE FROM person"))
        session.execute(text("DELETE FROM failed_attempt"))
        session.execute(text("DELETE FROM message"))


@pytest.fixture
def own(client: TestClient, people: Engine) -> Iterator[TestClient]:
    with unit_of_work(people) as session:
        browse_as(client, session, OWN)
    yield client
    client.cookies.clear()


def is_open(engine: Engine, token: str) -> bool:
    with unit_of_work(engine) as session:
        return signing_in.session_of(session, token, datetime.now(UTC)) is not None


def another_browser(engine: Engine, email: str = OWN) -> str:
    with unit_of_work(engine) as session:
        return begun(session, email, datetime.now(UTC)).token


def verbs(engine: Engine) -> list[str]:
    with unit_of_work(engine) as session:
        return [deed.verb for deed in deeds(session)]


# --- Who I am ---------------------------------------------------------------------------------------------------------


def test_it_shows_who_i_am_and_what_i_may_with_days(own: TestClient, people: Engine) -> None:
    answer = own.get("/me")
    assert answer.headers["cache-control"] == "no-store"
    for words in (
        "王小明",
        OWN,
        "繁體中文",
        "Patrol volunteer",
        "Resident",
        "測試縣平安區永和里",
        "since 1 January 2026",
    ):
        assert words in answer.text
    assert "without an end" in answer.text
    assert re.search(r"until \d+ \w+ \d{4}", answer.text)
    assert "second factor is passed" not in answer.text
    assert 'href="/members"' not in answer.text
    assert OTHER not in answer.text


def test_a_role_that_rests_says_so(client: TestClient, people: Engine) -> None:
    with unit_of_work(people) as session:
        browse_as(client, session, OFFICER)
    assert "rests until your second factor is passed" in client.get("/me").text
    with unit_of_work(people) as session:
        browse_as(client, session, OFFICER, passed=True)
    assert "rests until your second factor is passed" not in client.get("/me").text
    assert 'href="/members"' in client.get("/me").text


def test_name_and_language_are_changed_and_the_pages_follow(own: TestClient, people: Engine) -> None:
    wrong = own.post("/me/name", data={"name": " ", "language": "fr"})
    assert wrong.status_code == 400
    assert "Give your name" in wrong.text
    assert "Choose a language" in wrong.text
    done = own.post("/me/name", data={"name": " 王大明 ", "language": "en"}, follow_redirects=False)
    assert done.headers["location"] == "/me?done=profile"
    assert f"{LANGUAGE_COOKIE}=en" in done.headers["set-cookie"]
    page = own.get("/me?done=profile").text
    assert "Your name and language are saved" in page
    assert "<h1>王大明</h1>" in page
    assert "<dd>English</dd>" in page
    with unit_of_work(people) as session:
        assert [(deed.verb, deed.details) for deed in deeds(session)][-1] == ("edit", {"changed": "name language"})
    own.post("/me/name", data={"name": "王大明", "language": "en"})
    assert verbs(people).count("edit") == 1  # what stays the same leaves no trace


def test_a_name_is_text(own: TestClient) -> None:
    own.post("/me/name", data={"name": "<b>明</b>", "language": "zh-Hant"})
    assert "<b>明" not in own.get("/").text


# --- Roles ------------------------------------------------------------------------------------------------------------


def grants(engine: Engine, email: str) -> dict[Role, int]:
    with unit_of_work(engine) as session:
        person = service.person_by_email(session, email)
    assert person is not None
    return {grant.role: grant.id for grant in person.grants if grant.ended_at is None}


def test_a_role_is_given_up_and_anothers_is_not(own: TestClient, people: Engine) -> None:
    assert own.post(f"/me/roles/{grants(people, OTHER)[Role.RESIDENT]}/end").status_code == 404
    mine = grants(people, OWN)[Role.VOLUNTEER]
    done = own.post(f"/me/roles/{mine}/end")
    assert "You have given up the role" in done.text
    assert set(grants(people, OWN)) == {Role.RESIDENT}
    assert set(grants(people, OTHER)) == {Role.RESIDENT}
    assert own.post(f"/me/roles/{mine}/end").status_code == 404
    assert verbs(people)[-1] == "end"


def test_a_secretary_gives_up_their_own_roles_here_alone(client: TestClient, people: Engine) -> None:
    with unit_of_work(people) as session:
        giver = person_with_password(session, "secretary@example.org")
        give(session, giver, Role.SECRETARY, VILLAGE)
        browse_as(client, session, "secretary@example.org")
    assert client.post(f"/me/roles/{grants(people, OTHER)[Role.RESIDENT]}/end").status_code == 404
    client.cookies.clear()


# --- Password ---------------------------------------------------------------------------------------------------------


def test_a_new_password_ends_other_browsers_and_changes_this_ones_token(own: TestClient, people: Engine) -> None:
    other, before = another_browser(people), own.cookies[SESSION]
    wrong = own.post("/me/password", data={"present": "not it", "password": NEW})
    assert wrong.status_code == 400
    assert "This is not your present password" in wrong.text
    assert NEW not in wrong.text
    weak = own.post("/me/password", data={"present": PASSWORD, "password": "short"})
    assert weak.status_code == 400
    assert "The password is too short" in weak.text
    assert "Give your present password" in own.post("/me/password", data={"password": NEW}).text
    assert is_open(people, other)
    done = own.post("/me/password", data={"present": PASSWORD, "password": NEW}, follow_redirects=False)
    assert done.headers["location"] == "/me?done=password"
    assert not is_open(people, other)
    assert not is_open(people, before)
    own.cookies.clear()
    own.cookies.set(SESSION, re.search(rf"{SESSION}=([^;]+)", done.headers["set-cookie"])[1])  # type: ignore[index]
    assert "Your account" in own.get("/me").text
    with unit_of_work(people) as session:
        letters = session.execute(text("SELECT to_address FROM message WHERE purpose = 'password_changed'")).all()
    assert letters[-1].to_address == OWN


def test_guessing_the_present_password_is_held_up(own: TestClient) -> None:
    for _ in range(PER_ACCOUNT):
        assert own.post("/me/password", data={"present": "guess", "password": NEW}).status_code == 400
    held = own.post("/me/password", data={"present": PASSWORD, "password": NEW})
    assert held.status_code == 429
    assert int(held.headers["retry-after"]) > 800


def test_password_managers_find_the_form(own: TestClient) -> None:
    assert own.get("/.well-known/change-password", follow_redirects=False).headers["location"] == "/me/password"
    form = own.get("/me/password").text
    assert 'autocomplete="current-password"' in form
    assert 'autocomplete="new-password"' in form


# --- Second factor ----------------------------------------------------------------------------------------------------


def offered(html: str) -> tuple[str, str]:
    """Return the sealed and the shown secret of a form."""
    sealed = re.search(r'name="sealed" value="([^"]+)"', html)
    seed = re.search(r'<code class="token">([A-Z2-7 ]+)</code>', html)
    assert sealed
    assert seed
    return sealed[1], seed[1].replace(" ", "")


def test_a_second_factor_is_set_up_used_and_turned_off(own: TestClient, people: Engine) -> None:
    form = own.get("/me/second-factor/set-up").text
    sealed, seed = offered(form)
    picture = base64.b64decode(re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', form)[1])  # type: ignore[index]
    assert b"<svg" in picture
    assert f'href="otpauth://totp/safemap:own%40example.org?secret={seed}' in form
    wrong = own.post("/me/second-factor/set-up", data={"sealed": sealed, "code": "12"})
    assert wrong.status_code == 400
    assert offered(wrong.text)[1] == seed  # the app has read it already
    assert offered(own.post("/me/second-factor/set-up", data={"sealed": sealed}).text)[1] == seed
    before = own.cookies[SESSION]
    done = own.post("/me/second-factor/set-up", data={"sealed": sealed, "code": pyotp.TOTP(seed).now()})
    codes = re.findall(r"<code>((?:[a-z2-7]{4}-){3}[a-z2-7]{4})</code>", done.text)
    assert len(set(codes)) == 10
    assert done.headers["cache-control"] == "no-store"
    assert not is_open(people, before)
    own.cookies.clear()
    own.cookies.set(SESSION, re.search(rf"{SESSION}=([^;]+)", done.headers["set-cookie"])[1])  # type: ignore[index]
    assert "On, 10 recovery codes left" in own.get("/me").text
    assert not any(code in own.get(path).text for path in ("/me", "/me/second-factor") for code in codes)
    new = re.findall(r"<code>([a-z2-7-]{19})</code>", own.post("/me/second-factor/codes").text)
    assert len(new) == 10
    assert not set(new) & set(codes)
    off = own.post("/me/second-factor/off")
    assert "Your second factor is turned off" in off.text
    assert {"set_second_factor", "new_recovery_codes", "drop_second_factor"} <= set(verbs(people))


def test_an_offer_is_worth_nothing_to_another(own: TestClient, people: Engine) -> None:
    sealed, seed = offered(own.get("/me/second-factor/set-up").text)
    with unit_of_work(people) as session:
        browse_as(own, session, OTHER)
    refused = own.post("/me/second-factor/set-up", data={"sealed": sealed, "code": pyotp.TOTP(seed).now()})
    assert refused.status_code == 400
    assert offered(refused.text)[1] != seed
    assert own.post("/me/second-factor/set-up", data={"sealed": "no seal", "code": "123456"}).status_code == 400


def test_what_turning_it_off_means_is_said_to_whom_it_concerns(client: TestClient, people: Engine) -> None:
    with unit_of_work(people) as session:
        browse_as(client, session, OFFICER)
    assert "These roles rest until it is set up: County officer" in client.get("/me/second-factor").text
    client.cookies.clear()


# --- Browsers ---------------------------------------------------------------------------------------------------------


def test_browsers_are_listed_and_ended_one_by_one(own: TestClient, people: Engine) -> None:
    other, strangers = another_browser(people), another_browser(people, OTHER)
    page = own.get("/me").text
    assert "2 browsers are signed in" in page
    assert page.count("this one") == 1
    ends = re.findall(r"/me/sessions/(\d+)/end", page)
    assert len(ends) == 1
    with unit_of_work(people) as session:
        theirs = session.execute(
            text("SELECT id FROM sign_in WHERE person_id = (SELECT id FROM person WHERE email = :email)"),
            {"email": OTHER},
        ).scalar_one()
    own.post(f"/me/sessions/{theirs}/end")
    assert is_open(people, strangers)
    assert "That browser is signed out" in own.post(f"/me/sessions/{ends[0]}/end").text
    assert not is_open(people, other)


def test_all_others_are_signed_out_and_this_one_stays(own: TestClient, people: Engine) -> None:
    others = [another_browser(people) for _ in range(3)]
    assert "All other browsers are signed out" in own.post("/me/sessions/end-others").text
    assert not any(is_open(people, token) for token in others)
    assert "1 browser is signed in" in own.get("/me").text


def test_signing_out_everywhere_leaves_nobody_in(own: TestClient, people: Engine) -> None:
    tokens = [own.cookies[SESSION], another_browser(people), another_browser(people)]
    strangers = another_browser(people, OTHER)
    assert "You are signed out everywhere" in own.post("/me/sessions/end-all").text
    assert not any(is_open(people, token) for token in tokens)
    assert is_open(people, strangers)
    assert own.get("/me").status_code == 403
    assert verbs(people)[-1] == "sign_out_everywhere"


# --- Nobody else ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/me", "/me/name", "/me/password", "/me/second-factor", "/me/second-factor/set-up"])
def test_a_visitor_sees_no_account(client: TestClient, path: str) -> None:
    client.cookies.clear()
    assert client.get(path).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/me/name",
        "/me/password",
        "/me/second-factor/set-up",
        "/me/second-factor/codes",
        "/me/second-factor/off",
        "/me/sessions/1/end",
        "/me/sessions/end-others",
        "/me/sessions/end-all",
        "/me/roles/1/end",
    ],
)
def test_a_visitor_changes_no_account(client: TestClient, path: str) -> None:
    client.cookies.clear()
    refused = client.post(path, data={"present": "x", "code": "1"}, headers={"Referer": "http://testserver/me"})
    assert refused.status_code == 403
    assert 'href="/sign-in?next=/me"' in refused.text


@pytest.mark.parametrize("language", ["en", "zh-TW"])
@pytest.mark.parametrize("path", ["/me", "/me/name", "/me/password", "/me/second-factor", "/me/second-factor/set-up"])
def test_every_page_opens_in_both_languages(own: TestClient, path: str, language: str) -> None:
    answer = own.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert len(re.findall(r"<h1", answer.text)) == 1
    ids = re.findall(r'\sid="([^"]+)"', answer.text)
    assert len(ids) == len(set(ids))
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*src=)", answer.text)
    if language != "en":
        assert not re.search(r">[^<]*\b(your|sign|the)\b[^<]*<", answer.text, re.IGNORECASE)

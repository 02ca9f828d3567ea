"""Signing in through an agency, against a service that speaks the real protocol; each forgery signs nobody in."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey, RSAKey
from sqlalchemy import Engine, text
from starlette.testclient import TestClient
from tests.support.members import AGREED, KEYS, OPERATOR, give, person_with_password
from tests.support.provider import CLIENT_ID, CLIENT_SECRET, FakeAgency, fake_agency

from safemap.db.session import unit_of_work
from safemap.identity import invitations, links, second_factor, service
from safemap.identity.rules import Role, ScopeKind
from safemap.identity.schemas import NewInvitation, Scope
from safemap.settings import Settings
from safemap.web.app import create_app
from safemap.web.viewing import AWAY, SESSION

WHO = {"sub": "u-1001", "email": "lin@police.example", "email_verified": True, "name": "林警員"}
START = "/sign-in/agency/police"
LOST = "not begun in this browser"


@pytest.fixture(scope="module")
def _people(world: Engine) -> None:
    with unit_of_work(world) as session:
        reviewer = person_with_password(session, "lin@police.example", "林警員")
        give(session, reviewer, Role.ADMINISTRATOR, Scope(kind=ScopeKind.COUNTRY))
        person_with_password(session, "wang@police.example", "王警員")
        person_with_password(session, "chen@elsewhere.example", "陳里長")


@pytest.fixture
def agency() -> Iterator[FakeAgency]:
    with fake_agency(**WHO) as running:
        yield running


@pytest.fixture
def other() -> Iterator[FakeAgency]:
    with fake_agency(**WHO) as running:
        yield running


@pytest.fixture
def browser(
    agency: FakeAgency, other: FakeAgency, world: Engine, settings: Settings, _people: None
) -> Iterator[TestClient]:
    both = [
        agency.as_setting(second_factor_amr=["mfa"], second_factor_acr=["gold"]),
        other.as_setting("county", title_en="Demo County"),
    ]
    configured = settings.model_copy(update={"agencies": type(settings.agencies)(json.dumps(both))})
    with unit_of_work(world) as session:
        session.execute(text("DELETE FROM agency_account"))
    with TestClient(
        create_app(configured, world),
        headers={"Accept-Language": "en", "Sec-Fetch-Site": "same-origin"},
        follow_redirects=False,
    ) as opened:
        yield opened


def away(browser: TestClient, start: str = START) -> str:
    """Set out; return the address at the agency."""
    answer = browser.get(start)
    assert answer.status_code == 303
    assert answer.headers["cache-control"] == "no-store"
    return answer.headers["location"]


def there_and_back(browser: TestClient, agency: FakeAgency, start: str = START) -> str:
    """Set out, sign in at the agency; return the path that leads back."""
    return path_of(agency.visit(away(browser, start)))


def path_of(address: str) -> str:
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}" == "http://localhost:8000"
    return f"{parts.path}?{parts.query}"


def refusal(browser: TestClient, agency: FakeAgency, start: str = START) -> str:
    """Set out, come back, be refused; return the page that says so."""
    return followed(browser, there_and_back(browser, agency, start))


def followed(browser: TestClient, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 303
    assert "/refused?why=" in answer.headers["location"]
    page = browser.get(answer.headers["location"])
    assert page.status_code in {403, 503}
    return page.text


def is_signed_in(browser: TestClient) -> bool:
    return bool(browser.cookies.get(SESSION))


def bound(world: Engine) -> int:
    with world.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM agency_account")).scalar_one())


def test_who_has_an_account_is_signed_in_and_led_on(browser: TestClient, agency: FakeAgency, world: Engine) -> None:
    answer = browser.get(there_and_back(browser, agency, f"{START}?next=/who-may-do-what"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/who-may-do-what")
    assert answer.headers["cache-control"] == "no-store"
    assert is_signed_in(browser)
    assert not browser.cookies.get(AWAY)
    with world.connect() as connection:
        row = connection.execute(text("SELECT issuer, subject FROM agency_account")).one()
        letters = connection.execute(
            text("SELECT count(*) FROM message WHERE purpose = 'first_through_agency'")
        ).scalar()
    assert tuple(row) == (agency.issuer, "u-1001")
    assert letters == 1


def test_the_agency_is_asked_with_code_pkce_state_and_nonce(browser: TestClient, agency: FakeAgency) -> None:
    first, second = (parse_qs(urlsplit(away(browser)).query) for _ in range(2))
    assert first["response_type"] == ["code"]
    assert first["client_id"] == [CLIENT_ID]
    assert first["code_challenge_method"] == ["S256"]
    assert first["redirect_uri"] == ["http://localhost:8000/sign-in/agency/police/back"]
    assert first["acr_values"] == ["gold"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 43
        assert first[name] != second[name]
    assert agency.asked.count("/.well-known/openid-configuration") == 1  # kept for an hour


def test_the_client_names_itself_by_its_secret(browser: TestClient, agency: FakeAgency) -> None:
    browser.get(there_and_back(browser, agency))
    assert agency.sent[0]["authorization"] == "Basic c2FmZW1hcDphJTIwc2VjcmV0JTNBJTIwd2l0aCUyMCUyNSUyMGFuZCUyMCUyQg=="
    assert "client_secret" not in agency.sent[0]


def test_a_service_that_takes_forms_alone_gets_the_secret_there(browser: TestClient, agency: FakeAgency) -> None:
    agency.description = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    browser.get(there_and_back(browser, agency))
    assert agency.sent[0]["client_secret"] == "a secret: with % and +"
    assert is_signed_in(browser)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_keys_may_change_between_two_sign_ins(browser: TestClient, agency: FakeAgency, algorithm: str) -> None:
    browser.get(there_and_back(browser, agency))
    browser.cookies.clear()
    agency.key = (
        ECKey.generate_key("P-256", {"kid": "next"})
        if algorithm == "ES256"
        else RSAKey.generate_key(2048, {"kid": "next"})
    )
    agency.algorithm = algorithm
    provider = browser.app.state.agencies["police"]  # type: ignore[attr-defined]
    provider._keys = (provider._keys[0] - 61, provider._keys[1])  # a minute later
    browser.get(there_and_back(browser, agency))
    assert is_signed_in(browser)


# Each of these tokens is wrong in one thing alone.
LIES = {
    "another issuer": {"iss": "https://elsewhere.example"},
    "another audience": {"aud": "another-client"},
    "further audiences without an authorized party": {"aud": [CLIENT_ID, "another-client"]},
    "another authorized party": {"azp": "another-client"},
    "another nonce": {"nonce": "x" * 43},
    "no nonce": {"nonce": None},
    "too old": {"exp": 1_700_000_000},
    "no end": {"exp": None},
    "from the future": {"iat": 4_000_000_000},
    "not yet": {"nbf": 4_000_000_000},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject that is no text": {"sub": 1001},
    "a subject with a zero": {"sub": "a\x00b"},
    "another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_is_wrong_in_one_thing_signs_nobody_in(browser: TestClient, agency: FakeAgency, lie: str) -> None:
    agency.lies = LIES[lie]
    assert "could not be verified" in refusal(browser, agency)
    assert not is_signed_in(browser)


def test_a_token_without_a_signature_signs_nobody_in(browser: TestClient, agency: FakeAgency) -> None:
    agency.algorithm = "none"
    assert "could not be verified" in refusal(browser, agency)
    assert not is_signed_in(browser)


def test_a_token_signed_with_the_client_s_secret_or_the_public_key_signs_nobody_in(
    browser: TestClient, agency: FakeAgency
) -> None:
    agency.algorithm = "HS256"
    for secret in (CLIENT_SECRET.encode(), agency.key.as_pem(private=False)):
        agency.shared_secret = secret
        assert "could not be verified" in refusal(browser, agency)
        assert not is_signed_in(browser)


def test_a_token_signed_with_another_key_signs_nobody_in(browser: TestClient, agency: FakeAgency) -> None:
    stranger = RSAKey.generate_key(2048, {"kid": "first"})
    agency.signing_key = stranger
    assert "could not be verified" in refusal(browser, agency)
    agency.header = {"jwk": stranger.as_dict(private=False)}  # the token brings its key along
    assert "could not be verified" in refusal(browser, agency)
    agency.header = {"jku": "http://127.0.0.1:1/keys", "kid": "nobody"}
    assert "could not be verified" in refusal(browser, agency)
    assert not is_signed_in(browser)


def test_another_state_signs_nobody_in(browser: TestClient, agency: FakeAgency) -> None:
    path = there_and_back(browser, agency)
    state = parse_qs(urlsplit(path).query)["state"][0]
    for wrong in (path.replace(state, "x" * 43), path.replace(f"state={state}", "state=")):
        assert LOST in followed(browser, wrong)
    assert not is_signed_in(browser)
    browser.get(path)  # a wrong answer does not spoil the right one
    assert is_signed_in(browser)


def test_what_began_in_another_browser_signs_nobody_in(browser: TestClient, agency: FakeAgency) -> None:
    path = there_and_back(browser, agency)  # an attacker's, whose account the victim should end up in
    browser.cookies.clear()
    assert LOST in followed(browser, path)
    away(browser)
    assert LOST in followed(browser, path)
    assert not is_signed_in(browser)


def test_an_answer_works_once(browser: TestClient, agency: FakeAgency) -> None:
    path = there_and_back(browser, agency)
    kept = browser.cookies[AWAY]
    browser.get(path)
    browser.cookies.clear()
    assert LOST in followed(browser, path)
    browser.cookies.set(AWAY, kept)  # even with the browser's own secret
    assert LOST in followed(browser, path)
    assert not is_signed_in(browser)


def test_an_answer_that_failed_is_used_up_too(browser: TestClient, agency: FakeAgency) -> None:
    agency.lies = {"nonce": "x" * 43}
    path = there_and_back(browser, agency)
    kept = browser.cookies[AWAY]
    assert "could not be verified" in followed(browser, path)
    browser.cookies.set(AWAY, kept)
    assert LOST in followed(browser, path)


def test_an_answer_that_took_too_long_signs_nobody_in(browser: TestClient, agency: FakeAgency, world: Engine) -> None:
    path = there_and_back(browser, agency)
    with unit_of_work(world) as session:
        session.execute(text("UPDATE agency_trip SET expires_at = now()"))
    assert LOST in followed(browser, path)
    assert not is_signed_in(browser)


def test_the_answer_of_one_agency_is_not_taken_for_anothers(
    browser: TestClient, agency: FakeAgency, other: FakeAgency
) -> None:
    # The browser set out to one, and the answer comes by the other's way back.
    path = there_and_back(browser, agency)
    assert LOST in followed(browser, path.replace("/police/", "/county/"))
    # One agency says that it is the other (RFC 9207).
    agency.issuer_in_answer = other.issuer
    assert "could not be verified" in refusal(browser, agency)
    agency.issuer_in_answer = ""
    assert "could not be verified" in refusal(browser, agency)
    # One agency has signed for the other.
    agency.issuer_in_answer = None
    agency.signing_key, agency.lies = other.key, {"iss": other.issuer}
    assert "could not be verified" in refusal(browser, agency)
    assert not is_signed_in(browser)
    assert other.sent == []  # no code of one was shown to the other


def test_a_code_that_was_put_under_the_browser_is_not_taken(browser: TestClient, agency: FakeAgency) -> None:
    stolen = there_and_back(browser, agency)
    code = parse_qs(urlsplit(stolen).query)["code"][0]
    browser.cookies.clear()
    own = there_and_back(browser, agency)
    own_code = parse_qs(urlsplit(own).query)["code"][0]
    assert "did not sign you in" in followed(browser, own.replace(own_code, code))  # the verifier is another's
    assert not is_signed_in(browser)


def test_who_turns_back_at_the_agency_is_told_how_to_go_on(browser: TestClient, agency: FakeAgency) -> None:
    agency.declines = True
    page = refusal(browser, agency, f"{START}?next=/who-may-do-what")
    assert "Not signed in through Demo Police" in page
    assert f'"{START}?next=%2Fwho-may-do-what"' in page
    assert '"/sign-in?next=%2Fwho-may-do-what"' in page
    assert "access_denied" not in page
    assert "state=" not in page


NOT_VOUCHED_FOR = {
    "not verified": {"email_verified": False},
    "nothing said": {"email_verified": None},
    "said otherwise": {"email_verified": "yes"},
    "no address": {"email": None},
    "no address at all": {"email": "lin"},
    "in another domain": {"email": "chen@elsewhere.example"},
    "below a domain": {"email": "lin@evil.police.example"},
    "two at-signs": {"email": "lin@elsewhere.example@police.example"},
}


@pytest.mark.parametrize("lie", NOT_VOUCHED_FOR)
def test_an_address_that_is_not_vouched_for_signs_nobody_in(
    browser: TestClient, agency: FakeAgency, world: Engine, lie: str
) -> None:
    agency.lies = NOT_VOUCHED_FOR[lie]
    assert "does not vouch" in refusal(browser, agency)
    assert not is_signed_in(browser)
    assert bound(world) == 0


def test_an_address_may_come_by_the_userinfo_endpoint(browser: TestClient, agency: FakeAgency) -> None:
    agency.lies = {"email": None, "email_verified": None}
    agency.told = {"sub": "somebody-else", "email": "lin@police.example", "email_verified": True}
    assert "could not be verified" in refusal(browser, agency)
    agency.told["sub"] = "u-1001"
    browser.get(there_and_back(browser, agency))
    assert is_signed_in(browser)


def test_nobody_gets_an_account_without_an_invitation(browser: TestClient, agency: FakeAgency, world: Engine) -> None:
    agency.claims = {**WHO, "sub": "u-2002", "email": "new@police.example"}
    assert "There is no open account here" in refusal(browser, agency)
    assert not is_signed_in(browser)
    with world.connect() as connection:
        assert connection.execute(text("SELECT 1 FROM person WHERE email = 'new@police.example'")).first() is None


def test_who_comes_back_is_known_by_the_subject_and_not_by_the_address(
    browser: TestClient, agency: FakeAgency, world: Engine
) -> None:
    browser.get(there_and_back(browser, agency))
    browser.cookies.clear()
    # The address was given to somebody new at the agency: not their account.
    agency.claims = {**WHO, "sub": "u-9999"}
    assert "belongs to somebody else" in refusal(browser, agency)
    assert not is_signed_in(browser)
    # The person has a new address at the agency: still their account, and not that of the address.
    agency.claims = {**WHO, "email": "wang@police.example"}
    browser.get(there_and_back(browser, agency))
    with world.connect() as connection:
        names = connection.execute(
            text("SELECT email FROM person JOIN sign_in ON person_id = person.id WHERE ended_at IS NULL")
        ).scalars()
        assert set(names) == {"lin@police.example"}


def test_a_closed_account_stays_closed(browser: TestClient, agency: FakeAgency, world: Engine) -> None:
    agency.claims = {**WHO, "sub": "u-3003", "email": "wang@police.example"}
    with unit_of_work(world) as session:
        session.execute(text("UPDATE person SET disabled_at = now() WHERE email = 'wang@police.example'"))
    assert "no open account" in refusal(browser, agency)
    assert not is_signed_in(browser)
    with unit_of_work(world) as session:
        session.execute(text("UPDATE person SET disabled_at = NULL WHERE email = 'wang@police.example'"))


@pytest.mark.parametrize(
    ("said", "is_passed"),
    [({}, False), ({"amr": ["pwd"]}, False), ({"amr": ["pwd", "mfa"]}, True), ({"acr": "gold"}, True)],
)
def test_a_second_factor_at_the_agency_counts_where_the_settings_say_so(
    browser: TestClient, agency: FakeAgency, other: FakeAgency, world: Engine, said: dict[str, object], is_passed: bool
) -> None:
    agency.claims = other.claims = {**WHO, **said}
    for service_there, start, counts in ((agency, START, is_passed), (other, "/sign-in/agency/county", False)):
        browser.get(there_and_back(browser, service_there, start))
        assert is_signed_in(browser)
        with world.connect() as connection:
            passed = connection.execute(
                text("SELECT second_factor_at IS NOT NULL FROM sign_in ORDER BY id DESC LIMIT 1")
            ).scalar_one()
        assert passed is counts
        assert (browser.get("/members").status_code == 200) is counts  # an administrator's role needs one
        browser.cookies.clear()


def test_a_second_factor_that_was_set_up_here_is_asked_for(
    browser: TestClient, agency: FakeAgency, world: Engine
) -> None:
    with unit_of_work(world) as session:
        session.execute(
            text("UPDATE person SET totp_secret = :seed WHERE email = 'lin@police.example'"),
            {"seed": KEYS.locked("JBSWY3DPEHPK3PXP")},
        )
    browser.get(there_and_back(browser, agency))
    assert is_signed_in(browser)
    assert browser.get("/members").status_code == 403
    with unit_of_work(world) as session:
        second_factor.drop(session, service.person_id_by_email(session, "lin@police.example") or 0)


def test_signing_in_ends_the_session_that_the_browser_had(
    browser: TestClient, agency: FakeAgency, world: Engine
) -> None:
    browser.get(there_and_back(browser, agency))
    planted = browser.cookies[SESSION]
    browser.get(there_and_back(browser, agency))
    assert browser.cookies[SESSION] != planted
    browser.cookies.clear()
    browser.cookies.set(SESSION, planted)
    assert browser.get("/invitation/accepted").status_code == 403


def invited(world: Engine, email: str) -> str:
    with unit_of_work(world) as session:
        new = NewInvitation(email=email, role=Role.STATION_OFFICER, scope=village(session))
        return invitations.invite(session, OPERATOR, new, "http://localhost:8000", datetime.now(UTC))


def village(session: object) -> Scope:
    village_id = session.execute(text("SELECT id FROM village ORDER BY id LIMIT 1")).scalar_one()  # type: ignore[attr-defined]
    return Scope(kind=ScopeKind.VILLAGE, village_id=village_id)


def test_an_invitation_is_taken_up_through_the_agency(browser: TestClient, agency: FakeAgency, world: Engine) -> None:
    agency.claims = {**WHO, "sub": "u-4004", "email": "hsu@police.example", "name": "許警員"}
    page = f"/invitation/{invited(world, 'hsu@police.example')}"
    offered = browser.get(page)
    start = f"{START}?next={page.replace('/', '%2F')}"
    assert start in offered.text
    answer = browser.get(there_and_back(browser, agency, start))
    assert answer.headers["location"] == page
    assert not is_signed_in(browser)  # nobody has accepted yet
    form = browser.get(page)
    assert "vouches for this address" in form.text
    assert 'value="許警員"' in form.text
    assert 'name="password"' not in form.text
    wrong = browser.post(page, data={"name": "", "agree": AGREED})
    assert wrong.status_code == 400
    assert 'name="password"' not in wrong.text
    accepted = browser.post(page, data={"name": "許小明", "agree": AGREED})
    assert accepted.headers["location"] == "/invitation/accepted"
    assert is_signed_in(browser)
    assert not browser.cookies.get(AWAY)
    with unit_of_work(world) as session:
        made = service.person_by_email(session, "hsu@police.example")
        assert made is not None
        assert made.name == "許小明"
        assert [grant.role for grant in made.grants] == [Role.STATION_OFFICER]
        assert (
            session.execute(text("SELECT password_hash FROM person WHERE id = :id"), {"id": made.id}).scalar() is None
        )
    browser.cookies.clear()
    browser.get(there_and_back(browser, agency))  # and from then on
    assert is_signed_in(browser)


def test_an_invitation_to_another_address_is_not_taken_up(
    browser: TestClient, agency: FakeAgency, world: Engine
) -> None:
    agency.claims = {**WHO, "sub": "u-5005", "email": "thief@police.example"}
    page = f"/invitation/{invited(world, 'tsai@police.example')}"
    assert "no open account" in refusal(browser, agency, f"{START}?next={page}")
    # A proof of their own does not open another's either.
    own = f"/invitation/{invited(world, 'thief@police.example')}"
    browser.get(there_and_back(browser, agency, f"{START}?next={own}"))
    assert 'name="password"' in browser.get(page).text
    assert browser.post(page, data={"name": "小偷", "agree": AGREED}).status_code == 400
    assert not is_signed_in(browser)


def test_a_proof_waits_for_half_an_hour_and_for_its_own_browser(
    browser: TestClient, agency: FakeAgency, world: Engine
) -> None:
    agency.claims = {**WHO, "sub": "u-6006", "email": "hung@police.example"}
    page = f"/invitation/{invited(world, 'hung@police.example')}"
    browser.get(there_and_back(browser, agency, f"{START}?next={page}"))
    kept = browser.cookies[AWAY]
    browser.cookies.clear()
    assert 'name="password"' in browser.get(page).text
    browser.cookies.set(AWAY, kept)
    assert 'name="password"' not in browser.get(page).text
    with unit_of_work(world) as session:
        ends = session.execute(text("SELECT max(expires_at) FROM agency_trip WHERE state_hash IS NULL")).scalar_one()
        assert ends - datetime.now(UTC) < timedelta(minutes=31)
        session.execute(text("UPDATE agency_trip SET expires_at = now()"))
    assert 'name="password"' in browser.get(page).text


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/%5C/evil", ""]
)
def test_nobody_is_led_to_another_site(browser: TestClient, agency: FakeAgency, elsewhere: str) -> None:
    answer = browser.get(there_and_back(browser, agency, f"{START}?next={elsewhere}"))
    assert answer.status_code == 303
    assert answer.headers["location"] in {"/", "/%5C/evil"}
    assert "\\" not in answer.headers["location"]


def test_an_agency_that_nobody_named_is_no_page(browser: TestClient) -> None:
    assert browser.get("/sign-in/agency/army").status_code == 404
    assert browser.get("/sign-in/agency/army/back?code=x&state=y").status_code == 404


def test_a_service_that_is_gone_is_said_kindly(browser: TestClient, agency: FakeAgency) -> None:
    agency.description = {"issuer": "https://another.example"}
    page = followed(browser, START)
    assert "does not answer" in page
    assert "another.example" not in page


def test_a_reset_takes_the_agency_away_too(browser: TestClient, agency: FakeAgency, world: Engine) -> None:
    agency.claims = {**WHO, "sub": "u-7007", "email": "wang@police.example"}
    browser.get(there_and_back(browser, agency))
    assert bound(world) == 1
    with unit_of_work(world) as session:
        person = service.person_by_email(session, "wang@police.example")
        assert person is not None
        links.reset_person(session, OPERATOR, person.public_id, datetime.now(UTC))
    assert bound(world) == 0

"""Only our own pages write: what browsers of all ages say of a request's origin, and what programs do."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient
from tests.support.members import PASSWORD, browse_as, person_with_password
from tests.support.routes import every_route

from safemap.db.session import unit_of_work
from safemap.settings import Settings
from safemap.web.app import create_app
from safemap.web.viewing import SESSION

REPORTS = "/api/v1/villages/V1/hazards"
REPORT = {"lon": 121.505, "lat": 25.004, "category": "lighting"}
FORGOT = "/password/forgot"


@pytest.fixture(scope="module")
def bare(world: Engine, settings: Settings) -> Iterator[TestClient]:
    """A client that says nothing of itself."""
    with TestClient(create_app(settings, world), headers={"Accept-Language": "en"}) as opened:
        yield opened


@pytest.fixture(scope="module")
def secure(world: Engine, settings: Settings) -> Iterator[TestClient]:
    """The same site, reached by HTTPS under a name of its own, behind a proxy that calls it otherwise."""
    app = create_app(settings.model_copy(update={"public_url": "https://map.example"}), world)
    with TestClient(app, headers={"Accept-Language": "en"}, base_url="http://backend:8000") as opened:
        yield opened


SAID = [
    ({"Sec-Fetch-Site": "same-origin"}, True),
    ({"Sec-Fetch-Site": "none"}, True),  # typed in, or sent once more by its reader
    ({"Sec-Fetch-Site": "cross-site"}, False),
    ({"Sec-Fetch-Site": "same-site"}, False),  # a sibling host
    ({"Sec-Fetch-Site": "nonsense"}, False),
    ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, False),
    ({"Sec-Fetch-Site": "cross-site", "Referer": "http://testserver/"}, False),
    ({"Origin": "http://testserver"}, True),
    ({"Origin": "https://testserver"}, True),  # behind a proxy that speaks TLS, before anybody named the site
    ({"Origin": "http://elsewhere.example"}, False),
    ({"Origin": "http://www.testserver"}, False),
    ({"Origin": "http://testserver.elsewhere.example"}, False),
    ({"Origin": "http://testserver:81"}, False),
    ({"Origin": "http://elsewhere.example", "Referer": "http://testserver/"}, False),
    ({"Origin": "null"}, False),  # a sandboxed frame, a data: page, a redirect from elsewhere
    ({"Origin": "null", "Referer": "http://testserver/"}, False),
    ({"Referer": "http://testserver/villages/V1"}, True),
    ({"Referer": "http://elsewhere.example/?http://testserver/"}, False),
    ({"Referer": "http://testserver@elsewhere.example/"}, False),
    ({"Referer": "nonsense"}, False),
    ({"Origin": "http://["}, False),
]


@pytest.mark.parametrize(("headers", "is_taken"), SAID)
def test_a_form_is_taken_from_our_own_pages(bare: TestClient, headers: dict[str, str], is_taken: bool) -> None:
    answer = bare.post(FORGOT, data={"email": "nobody"}, headers=headers)
    assert answer.status_code == (400 if is_taken else 403)  # 400: the form itself, for it holds no address
    assert ("sent from another website" in answer.text) is not is_taken


@pytest.mark.parametrize(("headers", "is_taken"), SAID)
def test_so_is_what_a_page_s_script_sends(bare: TestClient, headers: dict[str, str], is_taken: bool) -> None:
    assert bare.post(REPORTS, json=REPORT, headers=headers).status_code == (201 if is_taken else 403)


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""]
)
def test_a_browser_that_says_nothing_at_all_sends_no_form(bare: TestClient, kind: str) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\nnobody\r\n--x--\r\n'
    body = part if kind.startswith("multipart") else b"email=nobody"
    for path in (FORGOT, REPORTS):
        answer = bare.post(path, content=body, headers={"Content-Type": kind} if kind else {})
        assert answer.status_code == 403


def test_a_program_needs_to_say_nothing(bare: TestClient) -> None:
    assert bare.post(REPORTS, json=REPORT).status_code == 201
    # With a token it may send what it likes; no other site's page can add one.
    answer = bare.post(REPORTS, content=b"{}", headers={"Authorization": "Bearer smp_x"})
    assert answer.status_code != 403


def test_whoever_has_a_cookie_is_no_program(bare: TestClient) -> None:
    for headers in ({}, {"Authorization": "Bearer smp_x"}):
        answer = bare.post(REPORTS, json=REPORT, headers={"Cookie": "safemap_language=en", **headers})
        assert answer.status_code == 403


@pytest.mark.parametrize(
    ("origin", "is_taken"),
    [
        ("https://map.example", True),
        ("http://map.example", False),  # somebody on the way wrote into a page without TLS
        ("https://map.example:8443", False),
        ("https://www.map.example", False),
        ("http://backend:8000", True),  # by its inner name
    ],
)
def test_a_named_site_is_known_by_its_name(secure: TestClient, origin: str, is_taken: bool) -> None:
    for headers in ({"Origin": origin}, {"Referer": f"{origin}/villages/V1"}):
        answer = secure.post(FORGOT, data={"email": "nobody"}, headers=headers)
        assert answer.status_code == (400 if is_taken else 403)


def test_nobody_is_signed_in_or_out_from_another_site(bare: TestClient, world: Engine) -> None:
    """Login CSRF: a victim's browser must not end up in an attacker's account."""
    with unit_of_work(world) as session:
        person_with_password(session, "attacker@example.org")
    form = {"email": "attacker@example.org", "password": PASSWORD}
    for path in writes(bare):
        for headers in (
            {"Sec-Fetch-Site": "cross-site"},
            {"Origin": "https://elsewhere.example"},
            {"Origin": "null"},
            {},
        ):
            answer = bare.post(path, data=form, headers=headers)
            assert answer.status_code == 403, path
            assert SESSION not in answer.headers.get("set-cookie", "")


def writes(client: TestClient) -> list[str]:
    """The address of every route that takes POST, its places filled with something."""
    return [route.address() for route in every_route(client.app) if "POST" in route.methods]


def test_who_is_signed_in_writes_from_our_pages_alone(bare: TestClient, world: Engine) -> None:
    with unit_of_work(world) as session:
        person_with_password(session, "victim@example.org")
        browse_as(bare, session, "victim@example.org")
    made = {"name": "a program", "verbs": "add", "days": "30"}
    for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "same-site"}, {}):
        assert bare.post("/me/tokens", data=made, headers=headers).status_code == 403
    with world.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM api_token")).scalar() == 0
    bare.post("/me/tokens", data=made, headers={"Origin": "http://testserver"})
    with world.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM api_token")).scalar() == 1
    bare.cookies.clear()


def test_reading_from_elsewhere_is_nobodys_harm(bare: TestClient) -> None:
    assert bare.get("/api/v1/villages", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200

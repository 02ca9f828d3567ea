"""The headers of every route's answer: guarded always, kept by nobody where it is personal or holds a secret."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient
from tests.support.members import AGREED, OPERATOR, person_with_password
from tests.support.reports import shown_report
from tests.support.routes import every_route
from tests.web.conftest import A_BROWSER

from safemap.db.session import unit_of_work
from safemap.hazards.schemas import HazardReport
from safemap.identity import invitations, links
from safemap.identity.rules import Role, ScopeKind
from safemap.identity.schemas import NewInvitation, Scope
from safemap.settings import Settings
from safemap.web.app import create_app
from safemap.web.headers import WITH_SECRET, security_headers
from safemap.web.viewing import SECURE_SESSION

QUIET = ("/static/", "/tiles/")
GUARDS = {name.lower(): value for name, value in security_headers(Settings()).items()}


def test_every_route_s_answer_is_guarded(client: TestClient, staff: TestClient) -> None:
    walked = 0
    for browser in (client, staff):
        for route in every_route(client.app):
            for method in route.methods - {"POST"}:
                if browser is staff and route.path.startswith("/tiles/"):
                    continue  # asked by the app's own loop alone
                headers = browser.request(method, route.address(), follow_redirects=False).headers
                assert {name: headers.get(name) for name in GUARDS} == GUARDS, route.path
                wanted = "same-origin" if WITH_SECRET.search(route.path) else "strict-origin-when-cross-origin"
                assert headers["referrer-policy"] == wanted, route.path
                assert "cache-control" in headers, route.path
                assert len(headers.get_list("cache-control")) == 1, route.path
                kind = headers.get("content-type", "application/octet-stream")
                assert not kind.startswith("text/") or kind.endswith("; charset=utf-8"), route.path
                walked += 1
    assert walked > 80


def test_nothing_that_somebody_sees_by_their_roles_is_kept(client: TestClient, staff: TestClient) -> None:
    looked_up = 0
    for route in every_route(client.app):
        if route.methods != {"GET"} or route.path.startswith(QUIET):
            continue
        answer = staff.get(route.address(), follow_redirects=False)
        public = client.get(route.address(), follow_redirects=False)
        if answer.content != public.content:  # it depends on who asks
            assert answer.headers["cache-control"] == "no-store", route.path
            looked_up += 1
    assert looked_up > 10


def test_an_address_that_holds_a_secret_is_kept_by_nobody_and_told_to_nobody(client: TestClient, world: Engine) -> None:
    now = datetime.now(UTC)
    with unit_of_work(world) as session:
        person_id = person_with_password(session, "secret@example.org")
        scope = Scope(kind=ScopeKind.VILLAGE, village_id=1)
        new = NewInvitation(email="other@example.org", role=Role.LEADER, scope=scope)
        report = HazardReport.model_validate({"lon": 121.505, "lat": 25.004, "category": "lighting"})
        secrets = {
            "/password/": links.new_link(session, person_id, now),
            "/invitation/": invitations.invite(session, OPERATOR, new, "http://localhost:8000", now),
            "/r/": shown_report(session, report).follow_up,
        }
    for start, secret in secrets.items():
        answer = client.get(f"{start}{secret}")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert re.search(r'<meta name="referrer" content="(?!same-origin)', answer.text) is None
        # What the page loads does not carry the secret along.
        loaded = re.findall(r'<(?:script|img|link)[^>]*(?:src|href)="(/[^"]+)"', answer.text)
        assert loaded
        assert not [address for address in loaded if secret in address]


def test_secrets_in_addresses_have_the_names_that_headers_look_for(client: TestClient) -> None:
    """A route with a secret in its address has to call it by one of these names, or logs and caches would keep it."""
    with_secrets = {route.path.split("{")[0] for route in every_route(client.app) if WITH_SECRET.search(route.path)}
    assert {"/password/", "/invitation/", "/r/"} <= with_secrets


@pytest.mark.parametrize("path", ["/static/css/base.css", "/tiles/base/14/13722/7013.mvt", "/healthz"])
def test_what_everybody_gets_may_be_kept(client: TestClient, path: str) -> None:
    assert client.get(path).headers["cache-control"] != "no-store" or path == "/healthz"


def test_cookies_of_a_secure_site_are_bound_to_it(world: Engine, settings: Settings) -> None:
    with unit_of_work(world) as session:
        scope = Scope(kind=ScopeKind.VILLAGE, village_id=1)
        new = NewInvitation(email="cookie@example.org", role=Role.RESIDENT, scope=scope)
        token = invitations.invite(session, OPERATOR, new, "https://map.example", datetime.now(UTC))
    app = create_app(settings.model_copy(update={"public_url": "https://map.example"}), world)
    with TestClient(app, headers=A_BROWSER, base_url="https://map.example", follow_redirects=False) as browser:
        form = {"name": "新人", "password": "paper lantern river eleven", "agree": AGREED}
        answer = browser.post(f"/invitation/{token}", data=form)
        chosen = browser.get("/?lang=en&appearance=dark")
    cookies = answer.headers.get_list("set-cookie")
    assert len(cookies) == 2
    assert any(cookie.startswith(f"{SECURE_SESSION}=") for cookie in cookies)
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"secure", "httponly", "path=/", "samesite=lax"} <= parts
        assert not any(part.startswith("domain") for part in parts)
    assert len(chosen.headers.get_list("set-cookie")) == 2
    for cookie in chosen.headers.get_list("set-cookie"):
        assert cookie.startswith("__Host-")
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"secure", "path=/", "samesite=lax"} <= parts

"""No answer tells of the inside: whatever is sent to whichever route, no query, module, path or trace comes back."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient
from tests.support.routes import EXAMPLES, every_route
from tests.web.conftest import A_BROWSER

from safemap.settings import Settings
from safemap.web.app import create_app

INSIDE = re.compile(
    r"Traceback|File \"|\w\.py\b|psycopg|sqlalchemy|asyncpg|pydantic|starlette|fastapi|uvicorn|jinja"
    r"|Exception|[a-z]Error\b|SELECT |INSERT INTO|UPDATE \w+ SET|relation \"|constraint|column \"|SQLSTATE"
    r"|/usr/|/tmp/|/home/|/var/|site-packages|<class|<function|object at 0x|line \d+",
)
ODD = [
    "\x00",
    "'; DROP TABLE person; --",
    "../../../../etc/passwd",
    "9" * 40,
    "-1",
    "1e400",
    "NaN",
    "{{7*7}}${7*7}",
    "<script>alert(1)</script>",
    "\ud7ff\U0001f3ee",
    "a" * 2000,
    "",
]
ODD_BODIES: list[Any] = [
    None,
    [],
    {},
    "text",
    7,
    {"lon": None, "lat": [], "category": {}},
    {"lon": "1e400", "lat": "NaN", "category": "lighting"},
    {"lon": 121.505, "lat": 25.004, "category": "lighting", "severity": 10**400},
    {"lon": 121.505, "lat": 25.004, "category": "lighting", "description": "\x00"},
    {"lon": 121.505, "lat": 25.004, "category": "lighting", "noticed_at": ["night"]},
]


@pytest.fixture(scope="module")
def every(world: Engine, settings: Settings) -> Iterator[TestClient]:
    app = create_app(settings.model_copy(update={"rate_factor": 1000.0}), world)
    with TestClient(app, headers=A_BROWSER, raise_server_exceptions=False) as opened:
        yield opened


def telling(answer: Any) -> list[str]:
    """What an answer that is a failure tells of the inside."""
    if answer.status_code < 400 or answer.headers["content-type"].startswith("text/html"):
        words = re.sub(r"<script[^>]*src=[^>]*></script>|<link[^>]*>", "", answer.text)
        return INSIDE.findall(words) if answer.status_code >= 400 else []
    return INSIDE.findall(answer.text)


def test_odd_values_in_every_place_of_every_address(every: TestClient, staff: TestClient) -> None:
    told: list[tuple[str, str, list[str]]] = []
    broken: list[tuple[str, str, int]] = []
    cookies = dict(staff.cookies)
    for route, odd, is_signed_in in product(every_route(every.app), ODD, (False, True)):
        if route.path.startswith("/static") or "{" not in route.path:
            continue
        every.cookies.clear()
        if is_signed_in:
            every.cookies.update(cookies)
        quoted = "".join(f"%{byte:02x}" for byte in odd.encode("utf-8", "surrogatepass"))
        address = route.address({**dict.fromkeys(EXAMPLES, quoted), **({"key": "V1"} if "V1" in odd else {})})
        for method in route.methods:
            answer = every.request(method, address)
            if inside := telling(answer):
                told.append((route.path, odd[:20], inside))
            if answer.status_code >= 500 and answer.status_code != 503:
                broken.append((route.path, odd[:20], answer.status_code))
    assert broken == []
    assert told == []


def test_odd_values_in_every_parameter(every: TestClient, staff: TestClient) -> None:
    every.cookies.clear()
    every.cookies.update(dict(staff.cookies))
    names = (
        *("lang", "limit", "cursor", "bbox", "category", "state", "period", "events", "family", "paper"),
        *("lon", "role", "next", "code", "iss", "why", "of", "done", "new", "where", "appearance"),
    )
    failures = []
    for route, odd in product(every_route(every.app), ODD):
        if route.methods != {"GET"} or route.path == "/villages/{key}/handout.pdf":
            continue
        for chosen in (names[:10], names[10:]):
            answer = every.get(route.address(), params=dict.fromkeys(chosen, odd))
            if telling(answer) or answer.status_code in {500, 502}:
                failures.append((route.path, odd[:20], answer.status_code, telling(answer)))
    assert failures == []


def test_odd_bodies_to_every_route(every: TestClient, staff: TestClient) -> None:
    every.cookies.clear()
    every.cookies.update(dict(staff.cookies))
    failures = []
    for route in every_route(every.app):
        if "POST" not in route.methods or route.path == "/villages/{key}/diagnose":
            continue
        fields = (
            *("email", "name", "password", "role", "place", "role_ends_on", "reason", "lon", "lat", "street"),
            *("category", "severity", "noticed_at", "description", "verbs", "days", "code"),
        )
        for odd in ODD:
            answer = every.post(route.address(), data=dict.fromkeys(fields, odd))
            if telling(answer) or answer.status_code >= 500:
                failures.append((route.path, odd[:20], answer.status_code, telling(answer)))
        for body in ODD_BODIES:
            answer = every.post(route.address(), json=body)
            if telling(answer) or answer.status_code >= 500:
                failures.append((route.path, str(body)[:40], answer.status_code, telling(answer)))
        for content in (b"\xff\xfe\x00", b"{", b"%ff=%ff&=&&", b"--x\r\n\r\n"):
            for kind in (
                "application/json",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "a/b",
            ):
                answer = every.post(route.address(), content=content, headers={"Content-Type": kind})
                if telling(answer) or answer.status_code >= 500:
                    failures.append((route.path, f"{kind} {content!r}", answer.status_code, telling(answer)))
    assert failures == []


def test_errors_do_not_repeat_a_spot_or_a_secret(every: TestClient) -> None:
    every.cookies.clear()
    spot = {"lon": 119.123456, "lat": 24.654321, "category": "lighting"}
    answers = [
        every.post("/api/v1/villages/V1/hazards", json=spot),
        every.post("/api/v1/villages/V1/hazards", json={**spot, "category": "119.123456"}),
        every.post("/api/v1/villages/V1/hazards", json={**spot, "lon": "x119.123456"}),
        every.get("/api/v1/villages/V1/hazards", params={"bbox": "119.123456,24.654321,1,1"}),
        every.get("/api/v1/villages/V1/hazards", headers={"Authorization": "Bearer smp_119.123456"}),
        every.get("/invitation/119.123456"),
        every.get("/r/119.123456"),
        every.post("/password/119.123456", data={"password": "119.123456"}),
    ]
    for answer in answers:
        assert answer.status_code >= 400
        assert "119.123456" not in re.sub(r'href="[^"]*"|"instance":"[^"]*"', "", answer.text), answer.url


TRAVERSALS = [
    "../settings.py",
    "..%2fsettings.py",
    "%2e%2e/settings.py",
    "%2e%2e%2fsettings.py",
    "css/../../settings.py",
    "css/%2e%2e/%2e%2e/settings.py",
    "..%5csettings.py",
    "..\\settings.py",
    "....//settings.py",
    "%252e%252e%252fsettings.py",
    "/etc/passwd",
    "//etc/passwd",
    "%2fetc%2fpasswd",
    "css/base.css%00.png",
    "css/base.css/../../../settings.py",
    "~root/.profile",
    "file:///etc/passwd",
]


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_file_is_served_that_is_not_under_static(every: TestClient, path: str) -> None:
    for start in ("/static/", "/static/css/", "/"):
        answer = every.get(f"{start}{path}")
        assert answer.status_code in {400, 404, 405}, answer.url
        for content in ("root:", "class Settings", "PROJECT_ROOT"):
            assert content not in answer.text
    assert every.get("/static/").status_code == 404  # no lists of files
    assert every.get("/static/css").status_code == 404

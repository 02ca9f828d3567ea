"""What holds for every request: headers, HEAD, methods, sizes, foreign forms, compression."""

import asyncio
import json
import re

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from safemap.settings import Settings
from safemap.web import middleware
from safemap.web.app import create_app
from safemap.web.bodies import USUAL, Body
from safemap.web.headers import security_headers
from safemap.web.middleware import ADDRESS_LIMIT_BYTES, HEAD_LIMIT_BYTES

REPORTS = "/api/v1/villages/V1/hazards"
REPORT = {"lon": 121.505, "lat": 25.004, "category": "lighting"}


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/api/v1/villages", "/nothing", "/tiles/base/14/1/1.mvt", "/static/x"]
)
def test_every_answer_is_guarded(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    for part in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "object-src 'none'", "base-uri 'none'"):
        assert f"{part};" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "strict-transport-security" not in headers  # the site is reached by plain HTTP
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers


def test_only_a_configured_raster_map_may_be_loaded_from_elsewhere() -> None:
    def images(url: str) -> str:
        policy = security_headers(Settings(raster_url=url))["Content-Security-Policy"]
        return next(part for part in policy.split("; ") if part.startswith("img-src"))

    assert images("") == "img-src 'self' data:"
    assert images("https://wmts.example/wmts/EMAP/{z}/{y}/{x}") == "img-src 'self' data: https://wmts.example"
    assert images("https://{s}.tile.example/{z}/{x}/{y}.png").endswith("https://*.tile.example")


def test_a_request_keeps_the_number_that_a_proxy_gave_it(client: TestClient) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "abc-12345"}).headers["x-request-id"] == "abc-12345"
    for nonsense in ("short", "with space in it", "x" * 65):
        given = client.get("/healthz", headers={"X-Request-ID": nonsense}).headers["x-request-id"]
        assert re.fullmatch(r"[0-9a-f]{12}", given)


@pytest.mark.parametrize(
    "path", ["/healthz", "/api/v1/villages", "/api/v1/villages/V9", "/tiles/base/14/13722/7013.mvt"]
)
def test_head_is_get_without_the_body(client: TestClient, path: str) -> None:
    head, get = client.head(path), client.get(path)
    assert head.status_code == get.status_code
    assert head.content == b""
    assert head.headers.get("content-type") == get.headers.get("content-type")
    assert head.headers.get("etag") == get.headers.get("etag")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", REPORTS),
        ("DELETE", "/api/v1/villages"),
        ("POST", "/tiles/base/1/1/1.mvt"),
        ("TRACE", "/api/v1/villages"),
        ("OPTIONS", "/api/v1/villages"),
    ],
)
def test_other_methods_are_refused_with_those_that_work(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"]
    assert answer.headers["content-type"] == "application/problem+json"


def test_too_much_is_refused_with_and_without_a_length(client: TestClient) -> None:
    big = json.dumps({**REPORT, "description": "x" * USUAL.limit_bytes}).encode()
    kind = {"Content-Type": "application/json"}
    announced = client.post(REPORTS, content=big, headers=kind)
    streamed = client.post(REPORTS, content=iter([big[:1000], big[1000:]]), headers=kind)
    for answer in (announced, streamed):
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/healthz").status_code == 200


def test_a_long_address_and_a_long_head_are_refused(client: TestClient) -> None:
    assert client.get("/api/v1/villages", params={"x": "y" * ADDRESS_LIMIT_BYTES}).status_code == 414
    assert client.get(f"/{'y' * ADDRESS_LIMIT_BYTES}").status_code == 414
    answer = client.get("/api/v1/villages", headers={"X-Long": "y" * HEAD_LIMIT_BYTES})
    assert answer.status_code == 431
    assert answer.headers["content-type"] == "application/problem+json"
    assert "content-security-policy" in answer.headers
    assert client.get("/", headers={"Cookie": "a=" + "y" * HEAD_LIMIT_BYTES}).status_code == 431


def test_a_body_that_does_not_arrive_is_waited_for_no_longer(
    world: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(middleware, "body_of", lambda *_: Body(USUAL.limit_bytes, 0.05))
    app = create_app(settings, world)
    sent: list[dict[str, object]] = []
    pieces = iter([{"type": "http.request", "body": b'{"lon": ', "more_body": True}])

    async def receive() -> dict[str, object]:
        piece = next(pieces, None)
        if piece is None:
            await asyncio.Event().wait()  # the rest never comes
        assert piece is not None
        return piece

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"host", b"testserver"), (b"accept-language", b"en")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": REPORTS,
        "raw_path": REPORTS.encode(),
        "query_string": b"",
        "headers": headers,
        "client": ("203.0.113.9", 1),
        "server": ("testserver", 80),
        "scheme": "http",
        "http_version": "1.1",
        "root_path": "",
    }
    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 408


def test_deep_json_is_no_surprise(client: TestClient) -> None:
    kind = {"Content-Type": "application/json"}
    for deep in (
        "[" * 30_000,
        '{"a":' * 10_000,
        "[" * 30_000 + "]" * 30_000,
        '{"lon": ' + "[" * 9000 + "]" * 9000 + "}",
    ):
        answer = client.post(REPORTS, content=deep, headers=kind)
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_form_of_very_many_fields_is_no_surprise(client: TestClient) -> None:
    many = "&".join(f"f{number}=1" for number in range(6000))
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/villages/V1/mark", content=many, headers=kind).status_code == 400


def test_a_site_by_https_is_never_asked_by_http_again(world: Engine, settings: Settings) -> None:
    secure = create_app(settings.model_copy(update={"public_url": "https://map.example/"}), world)
    with TestClient(secure) as second:
        headers = second.get("/healthz").headers
        language = second.get("/?lang=en").headers["set-cookie"]
    age, *rest = headers["strict-transport-security"].split("; ")
    assert int(age.removeprefix("max-age=")) >= 365 * 24 * 3600
    assert rest == ["includeSubDomains"]
    assert "Secure" in language


def test_long_text_travels_compressed(client: TestClient) -> None:
    answer = client.get("/api/v1/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in answer.headers["vary"].lower()
    plain = client.get("/api/v1/openapi.json", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.json() == answer.json()


def test_the_description_of_the_api_names_no_foreign_failure(client: TestClient) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert all(path.startswith(("/api/v1/", "/tiles/", "/healthz", "/readyz")) for path in document["paths"])


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/metrics", "/debug", "/.git/config", "/.env"])
def test_nothing_is_offered_that_no_page_needs(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_two_apps_do_not_share_anything(world: Engine, settings: Settings, client: TestClient) -> None:
    other = create_app(settings.model_copy(update={"raster_url": "https://map.example/{z}"}), world)
    with TestClient(other) as second:
        assert "map.example" in second.get("/healthz").headers["content-security-policy"]
    assert "map.example" not in client.get("/healthz").headers["content-security-policy"]

"""What holds for every request: headers, HEAD, methods, sizes, foreign forms, compression."""

import json
import re

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from safemap.settings import Settings
from safemap.web.app import create_app
from safemap.web.middleware import BODY_LIMIT_BYTES, security_headers

REPORTS = "/api/v1/villages/V1/hazards"
REPORT = {"lon": 121.505, "lat": 25.004, "category": "lighting"}


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/api/v1/villages", "/nothing", "/tiles/base/14/1/1.mvt", "/static/x"]
)
def test_every_answer_is_guarded(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"]
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
    ("method", "path"), [("PUT", REPORTS), ("DELETE", "/api/v1/villages"), ("POST", "/tiles/base/1/1/1.mvt")]
)
def test_other_methods_are_refused_with_those_that_work(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"]
    assert answer.headers["content-type"] == "application/problem+json"


def test_too_much_is_refused_with_and_without_a_length(client: TestClient) -> None:
    big = json.dumps({**REPORT, "description": "x" * BODY_LIMIT_BYTES}).encode()
    kind = {"Content-Type": "application/json"}
    announced = client.post(REPORTS, content=big, headers=kind)
    streamed = client.post(REPORTS, content=iter([big[:1000], big[1000:]]), headers=kind)
    for answer in (announced, streamed):
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),  # a program
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "none"}, 201),
        ({"Origin": "http://testserver"}, 201),
        ({"Origin": "https://testserver"}, 201),  # behind a proxy that speaks TLS
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, 403),
        ({"Origin": "http://elsewhere.example"}, 403),
        ({"Origin": "http://testserver:81"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_forms_of_other_sites_are_refused(client: TestClient, headers: dict[str, str], status: int) -> None:
    assert client.post(REPORTS, json=REPORT, headers=headers).status_code == status


def test_reading_from_elsewhere_is_nobodys_harm(client: TestClient) -> None:
    assert client.get("/api/v1/villages", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


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


def test_two_apps_do_not_share_anything(world: Engine, settings: Settings, client: TestClient) -> None:
    other = create_app(settings.model_copy(update={"raster_url": "https://map.example/{z}"}), world)
    with TestClient(other) as second:
        assert "map.example" in second.get("/healthz").headers["content-security-policy"]
    assert "map.example" not in client.get("/healthz").headers["content-security-policy"]

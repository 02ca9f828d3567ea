"""Styles and scripts come small, once, and whole."""

import gzip

import pytest
from starlette.testclient import TestClient

from safemap.web.assets import STATIC, static_url

LEAFLET = "vendor/leaflet/leaflet.js"


@pytest.mark.parametrize("path", [LEAFLET, "css/base.css", "js/map/layers.js"])
def test_what_is_compressed_is_the_file(client: TestClient, path: str) -> None:
    answer = client.get(static_url(path), headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.content == (STATIC / path).read_bytes()
    assert int(answer.headers["content-length"]) == len(gzip.compress(answer.content, 9, mtime=0))


def test_who_takes_no_gzip_or_a_part_gets_the_file_as_it_is(client: TestClient) -> None:
    plain = client.get(static_url(LEAFLET), headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == (STATIC / LEAFLET).read_bytes()
    part = client.get(static_url(LEAFLET), headers={"Accept-Encoding": "gzip", "Range": "bytes=0-9"})
    assert part.status_code == 206
    assert part.content == plain.content[:10]


def test_an_unchanged_file_is_not_sent_again(client: TestClient) -> None:
    first = client.get(f"/static/{LEAFLET}", headers={"Accept-Encoding": "gzip"})
    again = client.get(f"/static/{LEAFLET}", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


def test_a_small_or_missing_file_goes_its_usual_way(client: TestClient) -> None:
    icon = client.get("/static/img/icon.svg", headers={"Accept-Encoding": "gzip"})
    assert icon.status_code == 200
    assert "content-encoding" not in icon.headers
    assert client.get("/static/nothing.js").status_code == 404

"""The app's description, its worker and the list of what a phone keeps: as everybody may have them."""

import re
import struct
from typing import Any

import pytest
import shapely
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from safemap.communities.rules import StudyArea
from safemap.geo.crs import Lonlat
from safemap.web.assets import STATIC, static_url
from safemap.web.offline import TILES_AT_MOST, tiles_of, version_of_pages
from safemap.web.tiles import tile_bounds

ADDRESS = re.compile(r"/tiles/base/(\d+)/(\d+)/(\d+)\.mvt")


def area_of(geometry: Any) -> StudyArea:
    return StudyArea("A", "里", "", "", "", (1,), Lonlat(geometry), is_fictional=True)


@pytest.mark.parametrize(("language", "name"), [("zh-Hant", "標記不安全的地方"), ("en", "Mark an unsafe spot")])
def test_the_app_describes_itself_in_a_language(client: TestClient, language: str, name: str) -> None:
    answer = client.get(f"/manifest.webmanifest?lang={language}")
    assert answer.headers["content-type"] == "application/manifest+json"
    described = answer.json()
    assert described["lang"] == language
    assert described["shortcuts"][0]["name"] == name
    assert {"id", "name", "short_name", "start_url", "display", "theme_color"} <= set(described)
    for start in (described["start_url"], *(one["url"] for one in described["shortcuts"])):
        assert client.get(start).status_code == 200
    assert (
        f'<link rel="manifest" href="/manifest.webmanifest?lang={language}">' in client.get(f"/?lang={language}").text
    )


def test_the_app_s_icons_are_there_in_their_sizes(client: TestClient) -> None:
    icons = client.get("/manifest.webmanifest?lang=en").json()["icons"]
    assert {"any", "maskable", "monochrome"} == {icon["purpose"] for icon in icons}
    for icon in icons:
        answer = client.get(icon["src"])
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(icon["type"])
        if icon["type"] == "image/png":
            width, height = struct.unpack(">II", answer.content[16:24])
            assert icon["sizes"] == f"{width}x{height}"


def test_the_worker_is_another_one_for_another_version(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = client.get("/sw.js")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["service-worker-allowed"] == "/"
    assert "worker-src 'self'" in answer.headers["content-security-policy"]
    first, _, rest = answer.text.partition("\n")
    assert first == f'const SHELL = {{"version":"{version_of_pages()}","pages":["/waiting","/offline"]}};'
    imported = re.findall(r'from "([^"]+)"', rest)
    assert imported == [static_url("js/data/due.js"), static_url("js/worker/keeping.js")]
    monkeypatch.setattr("safemap.web.offline.version_of_pages", lambda: "another")
    assert client.get("/sw.js").content != answer.content


def test_a_phone_is_told_what_to_keep_of_a_village(client: TestClient, staff: TestClient, world: Engine) -> None:
    first = client.get("/villages/V1/kept.json?lang=en")
    listed = first.json()
    assert listed["pages"] == ["/villages/V1/mark", "/villages/V1"]
    for address in (*listed["pages"], *listed["data"], *listed["tiles"]):
        answer = client.get(address)
        assert answer.status_code in {200, 204}, address
        assert "no-store" not in answer.headers["cache-control"], address
    # Whoever asks, it is the same list; the worker asks without cookies.
    assert staff.get("/villages/V1/kept.json?lang=en").content == first.content
    with world.begin() as connection:
        connection.execute(text("UPDATE hazard SET severity = severity"))
    after_reports = client.get("/villages/V1/kept.json?lang=en").json()
    assert after_reports["content"] != listed["content"]
    assert after_reports["ground"] == listed["ground"]
    with world.begin() as connection:
        connection.execute(text("UPDATE street_edge SET name = name"))
    assert client.get("/villages/V1/kept.json?lang=en").json()["ground"] != listed["ground"]
    assert client.get("/villages/nowhere/kept.json").status_code == 404


def test_tiles_cover_a_village_and_lead_in_from_afar() -> None:
    village = shapely.Point(120.5, 23.5).buffer(0.006)
    found = tiles_of(area_of(village))
    parts = [tuple(map(int, ADDRESS.fullmatch(one).groups())) for one in found]  # type: ignore[union-attr]
    assert [zoom for zoom, _, _ in parts] == sorted(zoom for zoom, _, _ in parts)
    for zoom in {zoom for zoom, _, _ in parts}:
        boxes = [shapely.box(*tile_bounds(z, x, y)) for z, x, y in parts if z == zoom]
        assert shapely.union_all(boxes).covers(village)
        assert all(box.distance(village) < 0.002 for box in boxes)


def test_of_a_wide_village_the_middle_is_kept() -> None:
    wide = shapely.box(120.0, 23.0, 121.0, 24.0)
    found = tiles_of(area_of(wide))
    assert len(found) == TILES_AT_MOST
    assert len(set(found)) == TILES_AT_MOST
    zoom, x, y = map(int, ADDRESS.fullmatch(found[-1]).groups())  # type: ignore[union-attr]
    assert wide.intersects(shapely.box(*tile_bounds(zoom, x, y)))


@pytest.mark.parametrize("path", ["/waiting", "/offline"])
def test_pages_for_no_connection_hold_nothing_of_anybody(client: TestClient, staff: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "no-store" not in answer.headers["cache-control"]
    assert staff.get(path).headers["cache-control"] == "no-store"  # its head names who is signed in


def test_a_page_names_what_its_scripts_import(client: TestClient) -> None:
    page = client.get("/villages/V1/mark").text
    named = re.findall(r'<link rel="modulepreload" href="([^"]+)">', page)
    assert static_url("js/map/base.js") in named
    assert static_url("js/data/features.js") in named  # what an import imports
    assert len(named) == len(set(named))
    assert named == [static_url(address.partition("?")[0].removeprefix("/static/")) for address in named]
    assert not [one for one in named if f'<script type="module" src="{one}"' in page]
    assert (STATIC / "js/map/base.js").exists()

"""Feeds of a village: sound for strict readers, and with nothing in them that not everybody sees."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

ATOM = "{http://www.w3.org/2005/Atom}"
FEED = "/villages/V1/reports.atom"
GEOJSON = "/villages/V1/reports.geojson"


@pytest.fixture
def told(world: Engine) -> Iterator[Engine]:
    """Reports 1 to 6 at public places: one hidden, one held, one merged, one whose words wait, one with odd words."""
    with world.begin() as connection:
        for change, which in (
            ("is_public_place = true", "public_id BETWEEN 'report-01' AND 'report-06'"),
            ("visibility = 'hidden'", "public_id = 'report-02'"),
            ("visibility = 'held'", "public_id = 'report-03'"),
            ("stage = 'merged'", "public_id = 'report-04'"),
            ("text_state = 'held', description = '不給看的話'", "public_id = 'report-06'"),
            ("description = '<b>燈</b> & ]]> \"壞\"' || chr(11)", "public_id = 'report-01'"),
            ("description = '住家旁的話'", "public_id = 'report-07'"),
        ):
            connection.execute(text(f"UPDATE hazard SET {change} WHERE {which}"))
    yield world
    with world.begin() as connection:
        connection.execute(
            text(
                "UPDATE hazard SET is_public_place = false, visibility = 'shown', text_state = 'shown', "
                "description = '', stage = CASE WHEN stage = 'merged' THEN 'open' ELSE stage END"
            )
        )


def entries(document: bytes) -> list[ET.Element]:
    return ET.fromstring(document).findall(f"{ATOM}entry")


def ids_in(document: bytes) -> set[str]:
    return {str(entry.findtext(f"{ATOM}id")).rpartition("/")[2] for entry in entries(document)}


def test_a_feed_has_what_atom_requires(client: TestClient, told: Engine) -> None:
    answer = client.get(f"{FEED}?lang=zh-Hant")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ET.fromstring(answer.content)
    assert feed.tag == f"{ATOM}feed"
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "zh-Hant"
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    links = {link.get("rel"): str(link.get("href")) for link in feed.findall(f"{ATOM}link")}
    assert links["self"] == feed.findtext(f"{ATOM}id")
    assert links["self"].endswith("/villages/V1/reports.atom?lang=zh-Hant")
    assert links["alternate"].endswith("/villages/V1?lang=zh-Hant")
    moments = []
    for entry in entries(answer.content):
        for tag in ("id", "title", "updated", "published", "content"):
            assert len(entry.findall(f"{ATOM}{tag}")) == 1, tag
        assert re.match(r"https?://", str(entry.findtext(f"{ATOM}id")))
        assert entry.find(f"{ATOM}link").get("href") == entry.findtext(f"{ATOM}id")  # type: ignore[union-attr]
        moments.append(datetime.fromisoformat(str(entry.findtext(f"{ATOM}updated"))))
        assert moments[-1] >= datetime.fromisoformat(str(entry.findtext(f"{ATOM}published")))
    assert moments == sorted(moments, reverse=True)
    assert datetime.fromisoformat(str(feed.findtext(f"{ATOM}updated"))) == moments[0]
    assert len(moments) == len(ids_in(answer.content)) == 3


def test_only_what_everybody_sees_is_in_it_whoever_asks(client: TestClient, staff: TestClient, told: Engine) -> None:
    for browser in (client, staff):
        atom, geojson = browser.get(FEED).content, browser.get(GEOJSON).content
        assert ids_in(atom) == {"report-01", "report-05", "report-06"}
        found = json.loads(geojson)
        assert {feature["id"].rpartition("/")[2] for feature in found["features"]} == ids_in(atom)
        for untold in ("不給看的話", "住家旁的話"):
            assert untold not in atom.decode()
            assert untold not in geojson.decode()


def test_words_arrive_as_they_were_written(client: TestClient, told: Engine) -> None:
    content = {
        entry.findtext(f"{ATOM}id"): entry.findtext(f"{ATOM}content") for entry in entries(client.get(FEED).content)
    }
    (words,) = [said for url, said in content.items() if str(url).endswith("report-01")]
    assert str(words).startswith('<b>燈</b> & ]]> "壞"\ufffd\n')


def test_a_later_stage_comes_first_and_is_told(client: TestClient, told: Engine) -> None:
    before = client.get(FEED, headers={"Accept-Language": "en"})
    unchanged = client.get(FEED, headers={"Accept-Language": "en", "If-None-Match": before.headers["etag"]})
    assert unchanged.status_code == 304
    with told.begin() as connection:
        connection.execute(text("UPDATE hazard SET stage = 'scheduled' WHERE public_id = 'report-01'"))
        connection.execute(
            text(
                "INSERT INTO hazard_update (hazard_id, from_stage, to_stage, actor) "
                "SELECT id, 'open', 'scheduled', 'staff' FROM hazard WHERE public_id = 'report-01'"
            )
        )
    after = client.get(FEED, headers={"Accept-Language": "en", "If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    first = entries(after.content)[0]
    assert str(first.findtext(f"{ATOM}id")).endswith("report-01")
    assert "Work is planned" in str(first.findtext(f"{ATOM}title"))


def test_categories_narrow_and_an_unknown_one_is_refused(client: TestClient, told: Engine) -> None:
    assert ids_in(client.get(f"{FEED}?category=lighting").content) == {"report-06"}
    both = client.get(f"{FEED}?category=lighting&category=traffic").content
    assert ids_in(both) == {"report-01", "report-05", "report-06"}
    for address in (FEED, GEOJSON):
        refused = client.get(f"{address}?category=ghosts")
        assert refused.status_code == 400
        assert "ghosts" in refused.text


def test_geojson_is_as_its_standard_asks(client: TestClient, told: Engine) -> None:
    answer = client.get(GEOJSON)
    assert answer.headers["content-type"] == "application/geo+json"
    document = answer.json()
    assert document["type"] == "FeatureCollection"
    assert "crs" not in document
    for feature in document["features"]:
        assert feature["type"] == "Feature"
        assert feature["geometry"]["type"] == "Point"
        lon, lat = feature["geometry"]["coordinates"]
        assert 121 < lon < 122
        assert 25 < lat < 26


def test_an_empty_feed_is_a_sound_feed(client: TestClient) -> None:
    feed = ET.fromstring(client.get("/villages/V2/reports.atom").content)
    assert feed.findall(f"{ATOM}entry") == []
    assert datetime.fromisoformat(str(feed.findtext(f"{ATOM}updated")))


def test_the_village_page_points_to_its_feeds(client: TestClient) -> None:
    page = client.get("/villages/V1").text
    for kind, address in (("atom+xml", f"{FEED}?lang=en"), ("geo+json", GEOJSON)):
        assert re.search(
            rf'<link rel="alternate" type="application/{re.escape(kind)}" href="{re.escape(address)}"', page
        )
        assert f'<a href="{address}"' in page

"""Every part of a map names who it comes from, in both languages, and a file's name is never markup."""

import re

import psycopg
import pytest
from starlette.testclient import TestClient

from safemap.i18n import translations
from safemap.settings import Settings
from safemap.web.credits import named


def corner(client: TestClient, address: str, language: str = "en") -> str:
    return client.get(address, headers={"Accept-Language": language}).text


@pytest.mark.parametrize(
    ("source", "english", "chinese"),
    [
        ("osm", "© OpenStreetMap contributors", "© OpenStreetMap 貢獻者"),
        ("taipei_daan_named_roads_osm", "© OpenStreetMap contributors", "© OpenStreetMap 貢獻者"),
        ("npa", "National Police Agency", "內政部警政署"),
        ("demo", "invented data", "虛構資料"),
        ("", "residents", "居民"),
        ("lamps of the office", "lamps of the office", "lamps of the office"),
    ],
)
def test_sources_have_the_names_that_their_licences_ask_for(source: str, english: str, chinese: str) -> None:
    assert named(source, translations("en").gettext) == english
    assert named(source, translations("zh-Hant").gettext) == chinese


def test_each_layer_names_its_own_sources_and_a_name_is_no_markup(client: TestClient, settings: Settings) -> None:
    with psycopg.connect(settings.database_url) as connection:
        connection.execute("UPDATE camera SET source = 'city <b>cameras</b>'")
        connection.execute("UPDATE street_edge SET source = 'osm'")
    watch = corner(client, "/villages/V1?layer=watch")
    assert "<span>Cameras – city &lt;b&gt;cameras&lt;/b&gt;</span>" in watch
    assert re.search(r"Streets and buildings[^<]* – [^<]*© OpenStreetMap contributors", watch)
    assert "Published incidents" not in watch
    traffic = corner(client, "/villages/V1?layer=traffic")
    assert "Published incidents – " in traffic
    assert "Cameras" not in traffic
    assert "© OpenStreetMap 貢獻者" in corner(client, "/villages/V1/mark", "zh-Hant")


def test_an_empty_village_names_only_its_ground(client: TestClient) -> None:
    assert 'data-layer-credit=""' in corner(client, "/villages/V2?layer=crime")

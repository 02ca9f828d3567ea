"""What people see without a script: every page in both languages, the plain form, the files of a diagnosis."""

import re

import pytest
from starlette.testclient import TestClient

from safemap.web.pages._common import LETTERS

PAGES = [
    "/",
    "/about",
    "/villages/V1",
    "/villages/V1?layer=density",
    "/villages/V1?layer=watch",
    "/villages/V1?layer=zones&period=day",
    "/villages/V1?layer=traffic",
    "/villages/V1?layer=crime",
    "/villages/V2",
    "/villages/V2?layer=watch",
    "/villages/V1/mark",
    "/villages/V1/dead-zones",
    "/hazards/report-02",
]
A_SPOT = {"lon": "121.505", "lat": "25.005", "category": "lighting", "severity": "2", "noticed_at": "night"}


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_every_page_opens_in_both_languages(client: TestClient, address: str, language: str) -> None:
    answer = client.get(address, headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert not re.search(r"%\(|\{[a-z_]+\}(?!s? (villages|reports))", re.sub(r'data-[a-z-]+="[^"]*"', "", answer.text))


@pytest.mark.parametrize("address", PAGES)
def test_no_page_needs_what_the_policy_forbids(client: TestClient, address: str) -> None:
    text = client.get(address).text
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*src=)", text)
    assert not re.search(r'(src|href)="(https?:)?//(?!www\.openstreetmap\.org|data\.gov\.tw)', text)


@pytest.mark.parametrize("address", PAGES)
def test_every_page_has_one_heading_and_labelled_fields(client: TestClient, address: str) -> None:
    text = client.get(address).text
    assert len(re.findall(r"<h1", text)) == 1
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    labelled = set(re.findall(r'<label for="([^"]+)"', text))
    fields = re.findall(r"<(?:input|select|textarea)[^>]*>", text)
    for field in fields:
        if 'type="hidden"' in field or 'type="radio"' in field:
            continue
        assert re.search(r'id="([^"]+)"', field)[1] in labelled  # type: ignore[index]


def test_fictional_villages_say_so(client: TestClient) -> None:
    for address in ("/villages/V1", "/villages/V1/mark", "/villages/V1/dead-zones", "/hazards/report-02"):
        assert "everything here is invented" in client.get(address).text


def test_every_category_has_a_letter_of_its_own(client: TestClient) -> None:
    codes = [one["code"] for one in client.get("/api/v1/categories").json()["categories"]]
    assert list(LETTERS) == codes
    assert len(set(LETTERS.values())) == len(codes)


def test_a_plain_form_stores_a_report_and_shows_it(client: TestClient) -> None:
    words = "燈壞了 <b>\r\n兩週"
    sent = client.post("/villages/V1/mark", data={**A_SPOT, "description": words}, follow_redirects=False)
    assert sent.status_code == 303
    shown = client.get(sent.headers["location"])
    assert "Thank you" in shown.text
    assert "燈壞了 &lt;b&gt;\n兩週" in shown.text
    assert "Thank you" not in client.get(sent.headers["location"].split("?")[0]).text
    assert sent.headers["location"].split("?")[0] in client.get("/villages/V1").text


def test_a_street_stands_for_its_middle(client: TestClient) -> None:
    form = client.get("/villages/V1/mark").text
    value = re.search(r'<option value="([\d.]+,[\d.]+)">平安路1巷', form)
    assert value is not None
    sent = client.post("/villages/V1/mark", data={**A_SPOT, "lon": "", "lat": "", "street": value[1]})
    assert sent.status_code == 200
    assert "25.00750, 121.50500" in sent.text
    assert "±50 m" in sent.text


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"lon": "", "lat": ""}, "where", "Choose where it is"),
        ({"lon": "abc"}, "where", "no coordinates"),
        ({"lon": "nan"}, "where", "no coordinates"),
        ({"lon": "121.515"}, "where", "lies outside the village"),
        ({"lon": "0", "lat": "0"}, "where", "lies outside the village"),
        ({"category": ""}, "category", "Choose what is unsafe"),
        ({"category": "ghosts"}, "category", "Choose what is unsafe"),
        ({"severity": ""}, "severity", "Choose how bad"),
        ({"noticed_at": "noon"}, "noticed_at", "Choose when"),
        ({"description": "x" * 501}, "description", "too long"),
        ({"description": "a\x00b"}, "description", "cannot be kept"),
    ],
)
def test_what_is_wrong_is_said_twice_and_nothing_is_lost(
    client: TestClient, change: dict[str, str], field: str, words: str
) -> None:
    given = {**A_SPOT, "description": "beside the temple", **change}
    answer = client.post("/villages/V1/mark", data=given)
    assert answer.status_code == 400
    assert answer.text.count(words) == 2  # at the top, and beside the field
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}-wrong"' in answer.text
    for name in ("category", "severity", "noticed_at"):
        if name not in change:
            assert re.search(rf'name="{name}" value="{given[name]}" checked', answer.text)
    assert given["description"] in answer.text


def test_an_empty_form_says_all_that_is_missing(client: TestClient) -> None:
    answer = client.post("/villages/V1/mark", data={})
    assert answer.status_code == 400
    assert answer.text.count('class="wrong"') == 4


def test_another_site_cannot_send_the_form(client: TestClient) -> None:
    answer = client.post("/villages/V1/mark", data=A_SPOT, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert "another website" in answer.text


def test_a_village_is_measured_when_asked_and_its_files_follow(client: TestClient) -> None:
    before = client.get("/villages/V2/dead-zones")
    assert "not measured yet" in before.text
    assert client.get("/villages/V2/dead-zones.csv").status_code == 404
    measured = client.post("/villages/V1/diagnose?period=day")
    assert measured.status_code == 200
    assert measured.url.query == b"period=day"
    table = client.get("/villages/V1/dead-zones.csv?period=night")
    assert table.text.startswith("\ufeffRank,Place,")
    zones = client.get("/villages/V1/dead-zones.geojson").json()["features"]
    assert len(table.text.splitlines()) == len(zones) + 1
    segments = client.get("/villages/V1/density.geojson?period=night").json()["features"]
    assert {"street", "density_class"} <= set(segments[0]["properties"])
    for layer in ("density", "zones"):
        assert "n = " in client.get(f"/villages/V1?layer={layer}").text


@pytest.mark.parametrize("address", ["/villages/nowhere", "/hazards/none", "/villages/nowhere/mark", "/nothing"])
def test_what_is_not_there_is_said_on_a_page(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert 'class="brand"' in answer.text


def test_the_choice_of_colours_is_remembered_and_nothing_else_is_taken(client: TestClient) -> None:
    asked = client.get("/about?appearance=dark")
    assert 'media="screen" id="dark"' in asked.text
    assert "safemap_appearance=dark" in asked.headers["set-cookie"]
    for wrong in ("", "blue", '"><script>'):
        answer = client.get("/about", params={"appearance": wrong}, headers={"Cookie": "safemap_appearance="})
        assert 'media="screen and (prefers-color-scheme: dark)" id="dark"' in answer.text
        assert "set-cookie" not in answer.headers
    client.cookies.clear()

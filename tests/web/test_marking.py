"""The form for unsafe spots without a script: every way to say where and when, and what is wrong with it."""

import html
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from safemap.hazards.categories import CATEGORIES, FAMILY_NAMES
from safemap.web.pages._common import TAIWAN

MARK = "/villages/V1/mark"
A_SPOT = {"lon": "121.505", "lat": "25.005", "category": "lighting", "severity": "2", "noticed_at": "night"}
NOWHERE = {**A_SPOT, "lon": "", "lat": ""}
STORED = """
    SELECT category, noticed_at, happened_at, weekdays, from_hour, until_hour, asset_kind, asset_number, accuracy_m,
           ST_AsText(extent) AS extent, round(ST_X(geom)::numeric, 5)::float AS lon,
           round(ST_Y(geom)::numeric, 5)::float AS lat
    FROM hazard ORDER BY id DESC LIMIT 1
"""


def sent(client: TestClient, world: Engine, **changes: Any) -> dict[str, Any]:
    """Send the form and return what was stored of it."""
    answer = client.post(MARK, data={**A_SPOT, **changes}, follow_redirects=False)
    assert answer.status_code == 303, re.findall('class="wrong"[^>]*>([^<]+)', answer.text)
    with world.connect() as connection:
        return dict(connection.execute(text(STORED)).mappings().one())


def refused(client: TestClient, **changes: Any) -> str:
    """Send the form, and return the page that says what is wrong."""
    answer = client.post(MARK, data={**A_SPOT, **changes})
    assert answer.status_code == 400
    return answer.text


def choices_in(page: str, name: str) -> dict[str, str]:
    """The values of a group of choices, by what stands beside them."""
    found = re.findall(rf'name="{name}" value="([^"]*)"[^>]*><span><strong>([^<]*)', page)
    return {words: html.unescape(value) for value, words in found}


# --- Where ---


@pytest.mark.parametrize(
    ("words", "lon", "lat", "accuracy_m"),
    [
        ("平安路一巷", 121.505, 25.0075, pytest.approx(297, abs=3)),  # its middle; its ends are 277 m away
        ("平安路1巷口", 121.505, 25.005, 20),
        ("平安公園旁邊", 121.503, 25.003, pytest.approx(150, abs=10)),
        ("Ａ－１", 121.50123, 25.005, 5),
    ],
)
def test_words_say_where_it_is(
    client: TestClient, world: Engine, words: str, lon: float, lat: float, accuracy_m: float
) -> None:
    stored = sent(client, world, lon="", lat="", place=words)
    assert (stored["lon"], stored["lat"]) == pytest.approx((lon, lat), abs=2e-5)
    assert stored["accuracy_m"] == accuracy_m


def test_words_that_may_mean_several_places_are_asked_about(client: TestClient, world: Engine) -> None:
    page = refused(client, lon="", lat="", place="平安")
    assert page.count("Several places may be meant") == 2
    choices = choices_in(page, "found")
    assert {"平安路", "平安路1巷", "平安公園", "平安派出所"} <= set(choices)
    stored = sent(client, world, lon="", lat="", place="平安", found_for="平安", found=choices["平安派出所"])
    assert (stored["lon"], stored["lat"]) == (121.503, 25.006)
    other = refused(client, lon="", lat="", place="1巷", found_for="平安", found=choices["平安派出所"])
    assert "平安派出所" not in choices_in(other, "found")  # the choice was for other words


def test_words_that_mean_nothing_are_kept_and_said_so(client: TestClient) -> None:
    page = refused(client, lon="", lat="", place="不知道在哪")
    assert page.count("No place is known here by these words.") == 2
    assert 'name="place" value="不知道在哪"' in page


def test_a_lamps_number_is_kept_with_a_report_about_lamps(client: TestClient, world: Engine) -> None:
    stored = sent(client, world, lon="", lat="", place="a2", category="lamp_out")
    assert (stored["asset_kind"], stored["asset_number"]) == ("lamp", "A-2")
    stored = sent(client, world, lon="", lat="", place="a2", category="blocked")
    assert (stored["asset_kind"], stored["asset_number"]) == (None, None)  # it only says where
    stored = sent(client, world, asset_kind="lamp", asset_number="A-1", category="lamp_out")
    assert stored["asset_number"] == "A-1"
    near = refused(client, lon="", lat="", place="路口2", category="camera_out")
    assert "路口" not in choices_in(near, "found")  # of cameras nothing is suggested to a visitor
    assert sent(client, world, lon="", lat="", place="路口", category="camera_out")["asset_kind"] == "camera"


def test_a_spot_is_chosen_from_the_list_without_any_map(client: TestClient, world: Engine) -> None:
    page = client.get(MARK).text
    found = re.findall(r'<option value="([^"]+)">([^<]+)', page)
    options = {html.unescape(words): html.unescape(value) for value, words in found}
    assert {"平安路: anywhere on it", "平安路, near 平安路1巷", "平安路1巷, near Ping'an Rd"} <= set(options)
    corner = sent(client, world, lon="", lat="", street=options["平安路1巷, near Ping'an Rd"])
    assert (corner["lon"], corner["lat"], corner["accuracy_m"]) == (121.505, 25.005, 20)
    whole = sent(client, world, lon="", lat="", street=options["平安路1巷: anywhere on it"])
    assert (whole["lon"], whole["lat"]) == pytest.approx((121.505, 25.0075), abs=2e-5)
    chosen = options["平安路, near 平安路1巷"]
    again = refused(client, lon="", lat="", street=chosen, severity="")
    [selected] = re.findall(r'<option value="([^"]+)" selected>平安路', again)
    assert html.unescape(selected) == chosen


def test_a_line_is_a_whole_street_or_what_was_tapped(client: TestClient, world: Engine) -> None:
    stored = sent(client, world, lon="", lat="", place="平安路1巷", drawn="line")
    assert stored["extent"].startswith("LINESTRING(121.505 25.00")
    assert (stored["lon"], stored["lat"], stored["accuracy_m"]) == pytest.approx((121.505, 25.0075, 0), abs=2e-5)
    tapped = [[121.501, 25.005], [121.503, 25.005]]
    stored = sent(client, world, drawn="line", line=json.dumps(tapped))
    assert stored["extent"] == "LINESTRING(121.501 25.005,121.503 25.005)"
    assert (stored["lon"], stored["lat"]) == (121.502, 25.005)  # the middle, whatever point came with it
    stored = sent(client, world, drawn="line", line=json.dumps(tapped), category="lamp_out")
    assert stored["extent"] is None  # a lamp is a spot
    assert (stored["lon"], stored["lat"]) == (121.502, 25.005)


def test_an_area_is_a_known_place_or_what_was_tapped(client: TestClient, world: Engine) -> None:
    stored = sent(client, world, lon="", lat="", place="平安公園", drawn="area", category="dogs")
    assert stored["extent"].startswith("POLYGON((121.50")
    corners = [[121.501, 25.001], [121.502, 25.001], [121.502, 25.002]]
    stored = sent(client, world, drawn="area", area=json.dumps(corners), category="dogs")
    assert stored["extent"] == "POLYGON((121.501 25.001,121.502 25.001,121.502 25.002,121.501 25.001))"
    assert 121.501 < stored["lon"] < 121.502


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"drawn": "line", "line": "[[121.501, 25.005]]"}, "Choose the street that it runs along"),
        ({"drawn": "line", "line": "no"}, "Choose the street that it runs along"),
        ({"drawn": "line", "line": '[["a", "b"], ["c", "d"]]'}, "Choose the street that it runs along"),
        ({"drawn": "line", "lon": "", "lat": "", "place": "平安公園"}, "Choose the street that it runs along"),
        ({"drawn": "area", "area": "[[121.501, 25.005], [121.502, 25.005]]"}, "Choose a park or another place"),
        (
            {"drawn": "area", "area": "[[121.501,25.001],[121.502,25.002],[121.502,25.001],[121.501,25.002]]"},
            "Choose a park or another place",  # it crosses itself
        ),
        ({"drawn": "area", "lon": "", "lat": "", "place": "平安路1巷"}, "Choose a park or another place"),
        ({"drawn": "line", "line": "[[121.515, 25.005], [121.516, 25.005]]"}, "lies outside the village"),
        ({"drawn": "line", "line": "[[NaN, 25.005], [121.516, 25.005]]"}, "Choose the street that it runs along"),
    ],
)
def test_what_cannot_be_drawn_is_said(client: TestClient, changes: dict[str, str], words: str) -> None:
    page = refused(client, **{"category": "dogs" if changes["drawn"] == "area" else "lighting", **changes})
    assert page.count(words) >= 2


# --- When ---


def test_now_is_this_hour_and_light_or_dark_by_it(client: TestClient, world: Engine) -> None:
    stored = sent(client, world, noticed_at="now")
    now = datetime.now(TAIWAN)
    assert now - stored["happened_at"] < timedelta(hours=1, minutes=1)
    assert stored["noticed_at"] == ("night" if now.hour >= 18 or now.hour < 6 else "day")


def test_once_has_its_day_and_hour(client: TestClient, world: Engine) -> None:
    stored = sent(client, world, noticed_at="once", happened_at="2026-03-01T21:30")
    assert stored["happened_at"] == datetime(2026, 3, 1, 13, 30, tzinfo=UTC)
    assert stored["noticed_at"] == "night"
    assert sent(client, world, noticed_at="once", happened_at="2026-03-01T12:00")["noticed_at"] == "day"


def test_a_rule_has_its_days_and_hours(client: TestClient, world: Engine) -> None:
    stored = sent(client, world, weekdays=["5", "6"], from_hour="22", until_hour="2")
    assert (stored["noticed_at"], stored["weekdays"]) == ("night", 0b110000)
    assert (stored["from_hour"], stored["until_hour"]) == (22, 2)
    once = sent(client, world, noticed_at="once", happened_at="2026-03-01T12:00", weekdays=["1"], from_hour="3")
    assert (once["weekdays"], once["from_hour"]) == (None, None)  # what stood in the form is of another answer


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"noticed_at": "once"}, "Say on which day it was"),
        ({"noticed_at": "once", "happened_at": "yesterday"}, "Say on which day it was"),
        ({"noticed_at": "once", "happened_at": "2099-01-01T00:00"}, "has not come yet"),
        ({"from_hour": "22"}, "Give both hours"),
        ({"until_hour": "2"}, "Give both hours"),
        ({"from_hour": "late", "until_hour": "2"}, "Give both hours"),
        ({"from_hour": "25", "until_hour": "2"}, "Give both hours"),
    ],
)
def test_a_time_that_cannot_be_is_said_and_kept(client: TestClient, changes: dict[str, str], words: str) -> None:
    page = refused(client, weekdays=["3", "7"], **changes)
    assert page.count(words) == 2
    assert 'href="#noticed_at"' in page
    assert len(re.findall(r'name="weekdays" value="[37]" checked', page)) == 2


# --- What ---


def test_families_hold_all_kinds_and_what_is_urgent_says_so(client: TestClient) -> None:
    page = client.get(MARK).text
    assert page.count('class="family"') == len(FAMILY_NAMES)
    for category in CATEGORIES:
        assert f'value="{category.code}" data-drawn="' in page
    urgent = {category.code for category in CATEGORIES if category.first_call}
    assert urgent == set(re.findall(r'value="(\w+)" data-drawn="[^"]*" data-first-call="119"', page))
    assert "Is it dangerous right now? Call 119 first." in page


def test_a_family_is_open_where_its_kind_was_chosen(client: TestClient) -> None:
    page = refused(client, severity="", category="dogs")
    opened = re.findall(r'<details class="family" name="family" open>(.*?)</details>', page, re.DOTALL)
    assert len(opened) == 1
    assert 'value="dogs"' in opened[0]

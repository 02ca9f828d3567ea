"""The pages and the API on hotspots say one thing: what was measured, for one family at a time."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from pydantic import BaseModel
from sqlalchemy import Engine, text
from starlette.testclient import TestClient
from tests.web.conftest import browser_of

from safemap.communities.service import study_area
from safemap.db.session import unit_of_work
from safemap.diagnosis.service import diagnose
from safemap.identity.rules import Role
from safemap.web.api import hotspot_schemas as schemas
from safemap.web.api.schemas import FeatureCollection

API = "/api/v1/villages/V1"
PAGES = ("hotspots", "times", "trends", "scores")
DOCUMENTS: dict[str, type[BaseModel]] = {
    "hotspots": schemas.HotspotsDocument,
    "times": schemas.TimesDocument,
    "trends": schemas.TrendsDocument,
    "scores": schemas.ScoresDocument,
    "hotspots/streets": FeatureCollection[schemas.DensityProperties],
}
NOW = datetime(2026, 6, 1, tzinfo=UTC)
# 520 accidents thrown along the two streets over ten months, and 60 within 40 m on the lane, at breakfast time.
ACCIDENTS = """
INSERT INTO incident (source, source_id, kind, occurred_at, precision, place, killed, injured, accuracy_m, geom)
SELECT 'many', n::text, 'accident_a2', timestamptz '2025-06-01 00:00+08' + random() * interval '300 days', 'minute',
       '平安路', 0, 1, 0,
       ST_SetSRID(CASE WHEN n % 3 = 0 THEN ST_MakePoint(121.505, 25.0051 + 0.0048 * random())
                       ELSE ST_MakePoint(121.5001 + 0.0098 * random(), 25.005) END, 4326)
FROM generate_series(1, 520) n
UNION ALL
SELECT 'many', 'at ' || n, 'accident_a2', timestamptz '2026-01-01 08:10+08' + n * interval '1 day', 'minute',
       '平安路1巷', 0, 1, 0, ST_SetSRID(ST_MakePoint(121.505, 25.0080 + 0.0004 * random()), 4326)
FROM generate_series(1, 60) n
"""


@pytest.fixture(scope="module", autouse=True)
def _measured(world: Engine) -> None:
    with unit_of_work(world) as session:
        session.execute(text("SELECT setseed(0.5)"))
        session.execute(text(ACCIDENTS))
        diagnose(session, study_area(session, "V1"), now=NOW)


def words_of(page: str) -> str:
    """What a page says, without its marks."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


@pytest.fixture(scope="module")
def found(staff: TestClient) -> dict[str, object]:
    return staff.get(f"{API}/hotspots?events=traffic").json()


@pytest.mark.parametrize("events", ["reports", "traffic", "crime"])
@pytest.mark.parametrize("path", DOCUMENTS)
def test_an_answer_is_what_its_document_promises(staff: TestClient, path: str, events: str) -> None:
    answer = staff.get(f"{API}/{path}?events={events}")
    assert answer.status_code == 200
    DOCUMENTS[path].model_validate_json(answer.content)
    again = staff.get(f"{API}/{path}?events={events}", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert answer.headers["cache-control"] == "no-store"
    template = f"/api/v1/villages/{{key}}/{path}"
    responses = staff.get("/api/v1/openapi.json").json()["paths"][template]["get"]["responses"]
    assert answer.headers["content-type"] in responses["200"]["content"]


@pytest.mark.parametrize("language", ["en", "zh-TW"])
@pytest.mark.parametrize("events", ["reports", "traffic", "crime"])
@pytest.mark.parametrize("path", PAGES)
def test_page_and_api_say_the_same(staff: TestClient, path: str, events: str, language: str) -> None:
    asked = {"Accept-Language": language}
    title = staff.get(f"{API}/{path}?events={events}", headers=asked).json()["title"]
    page = staff.get(f"/villages/V1/{path}?events={events}", headers=asked).text
    assert unescape(re.search("<h1>(.*?)</h1>", page)[1]) == title  # type: ignore[index]
    assert re.search(rf'href="/villages/V1/{path}\?events={events}" aria-current="true"', page)
    assert f'href="/villages/V1/{path}?events={events}" aria-current="page"' in page


def test_every_hotspot_stands_in_list_map_and_api(staff: TestClient, found: dict[str, object]) -> None:
    hotspots = found["hotspots"]
    assert hotspots[0]["name"] == "平安路1巷"
    page = staff.get("/villages/V1/hotspots?events=traffic").text
    rows = re.findall(r'<tr id="(hotspot-\d+)"', page)
    assert rows == [f"hotspot-{one['rank']}" for one in hotspots]
    drawn = {one["id"] for one in staff.get("/villages/V1/hotspots.geojson?events=traffic").json()["features"]}
    assert set(rows) <= drawn
    assert set(re.findall(r'data-id="((?:hotspot|segment|junction)-\d+)"', page)) <= drawn
    for one in hotspots:
        assert one["reasons"]
        assert all(reason in words_of(page) for reason in one["reasons"])


def test_what_limits_it_is_always_said(staff: TestClient, found: dict[str, object]) -> None:
    """How many, when, against what, corrected how, how strong a hotspot had to be, how exact the places are."""
    page = words_of(staff.get("/villages/V1/hotspots?events=traffic").text)
    assert f"n = {found['n']}" in page
    assert found["could_be_found"] in page
    assert "What could have been found" in found["could_be_found"]
    for note in found["rests_on"]:
        assert note in page
    said = " ".join(found["rests_on"])
    assert "Benjamini and Hochberg, 5%" in said
    assert "Positions are taken as published" in said
    assert "how many people reported" in said


def test_the_events_on_the_map_are_those_that_are_counted(staff: TestClient, found: dict[str, object]) -> None:
    dots = staff.get("/villages/V1/hotspot-events.geojson?events=traffic").json()["features"]
    assert sum(dot["properties"]["n"] for dot in dots) == found["n"]


def test_the_hours_add_up_and_are_read_as_a_table(staff: TestClient) -> None:
    hours = staff.get(f"{API}/times?events=traffic").json()["hours"]
    assert sum(map(sum, hours["table"])) == pytest.approx(hours["n"], abs=0.5)
    page = staff.get("/villages/V1/times?events=traffic").text
    rows = re.findall(r'<tr><th scope="row" class="number">(\d\d:00)</th>', page)
    assert rows == [f"{hour:02d}:00" for hour in range(24)]
    total = re.search(r"<tfoot>.*?(\d+)</td></tr></tfoot>", page, re.DOTALL)
    assert total is not None
    assert int(total[1]) == hours["n"]
    assert f"n = {hours['n']}" in page


def test_reports_have_no_hours(staff: TestClient) -> None:
    seen = staff.get(f"{API}/times?events=reports").json()
    assert seen["hours"] is None
    assert sum(seen["noticed"].values()) <= 12
    assert "says nothing about that" in staff.get("/villages/V1/times?events=reports").text


def test_the_course_of_time_is_drawn_and_told_in_numbers(staff: TestClient) -> None:
    trend = staff.get(f"{API}/trends?events=traffic").json()
    page = staff.get("/villages/V1/trends?events=traffic").text
    counts = [int(count) for count in re.findall(r'<td class="n">(\d+)</td></tr>', page.split('id="steps"')[1])]
    told = [step["count"] for step in trend["steps"]]
    assert counts[: len(told)] == told
    assert page.count("<rect class=") == len(told)
    assert "Does one follow another nearby?" in page


def test_maps_are_judged_by_what_came_later(staff: TestClient, world: Engine) -> None:
    waiting = staff.get(f"{API}/scores?events=traffic").json()
    assert waiting["title"].startswith("The map waits for what comes after it")
    with unit_of_work(world) as session:
        session.execute(
            text(
                "INSERT INTO incident (source, source_id, kind, occurred_at, precision, place, killed, injured, "
                "accuracy_m, geom) SELECT 'new', n::text, 'accident_a2', timestamptz '2026-06-02 09:00+08' "
                "+ n * interval '1 hour', 'minute', '平安路1巷', 0, 1, 0, "
                "ST_SetSRID(ST_MakePoint(121.505, 25.0080 + 0.00001 * n), 4326) FROM generate_series(1, 30) n"
            )
        )
    with unit_of_work(world) as session:
        diagnose(session, study_area(session, "V1"), now=datetime(2026, 7, 1, tzinfo=UTC))
    scores = staff.get(f"{API}/scores?events=traffic").json()
    newest = scores["maps"][0]
    assert newest["later_n"] == 30
    hits = newest["scores"]["maps"]["published"]["hit_rate"]["value"]
    assert hits > 0.8  # all of them lie where most lay before
    page = staff.get("/villages/V1/scores?events=traffic").text
    assert f"{round(100 * hits)}% of what came after" in page
    for note in newest["notes"]:
        assert note in words_of(page)


def test_a_village_that_nobody_measured_says_so_and_offers_it_to_who_may(
    staff: TestClient, member: TestClient, world: Engine, client: TestClient
) -> None:
    for path in PAGES:
        page = staff.get(f"/villages/V2/{path}").text
        assert "Nobody has looked for hotspots in Taiping yet" in page
        assert "/villages/V2/diagnose?back=hotspots" in page
        theirs = member.get(f"/villages/V2/{path}").text
        assert "can start it" in theirs
        assert "/diagnose" not in theirs
        answer = staff.get(f"/api/v1/villages/V2/{path}")
        assert answer.status_code == 404
        assert "safemap diagnose" in answer.json()["remedy"]
    volunteer = browser_of(client, world, "walker", Role.VOLUNTEER)
    assert volunteer.get("/villages/V1/hotspots").status_code == 200


def test_no_other_family_is_made_up(staff: TestClient) -> None:
    answer = staff.get(f"{API}/hotspots?events=ghosts")
    assert answer.status_code == 400
    (wrong,) = answer.json()["errors"]
    assert wrong["field"] == "events"
    assert "traffic" in str(wrong)
    assert staff.get("/villages/V1/hotspots?events=ghosts").status_code == 400


def test_hotspots_are_for_members(client: TestClient) -> None:
    for path in (*PAGES, "hotspots.geojson", "hotspot-events.geojson", "density.geojson"):
        assert client.get(f"/villages/V1/{path}").status_code in {401, 403}
    for path in DOCUMENTS:
        assert client.get(f"{API}/{path}").status_code in {401, 403}
    assert "/villages/V1/hotspots" not in client.get("/villages/V1").text

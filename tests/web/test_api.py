"""The JSON API: each route fine, for an unknown village, with wrong input, with an unknown parameter."""

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from safemap.communities.service import study_area
from safemap.db.session import unit_of_work
from safemap.diagnosis.service import diagnose
from safemap.hazards.schemas import HazardSeen
from safemap.web.api import schemas
from safemap.web.api.layers import iso_weekdays
from safemap.web.api.schemas import Feature, FeatureCollection

API = "/api/v1"
SPOT = {"lon": 121.505, "lat": 25.004, "category": "lighting"}


@pytest.fixture(scope="module", autouse=True)
def _diagnosed(world: Engine) -> None:
    with unit_of_work(world) as session:
        diagnose(session, study_area(session, "V1"), now=dt.datetime(2026, 6, 1, tzinfo=dt.UTC))


ROUTES: dict[str, type[BaseModel]] = {
    "/villages": schemas.Villages,
    "/villages/V1": Feature[schemas.VillageDetails],
    "/villages/V1/hazards": FeatureCollection[schemas.HazardProperties],
    "/villages/V1/incidents": FeatureCollection[schemas.IncidentProperties],
    "/villages/V1/cameras": FeatureCollection[schemas.CameraProperties],
    "/villages/V1/lamps": FeatureCollection[schemas.LampProperties],
    "/villages/V1/places": schemas.PlaceNames,
    "/villages/V1/places/found?words=A-1": schemas.FoundPlaces,
    "/villages/V1/patrol-routes": FeatureCollection[schemas.RouteProperties],
    "/villages/V1/blocks": FeatureCollection[schemas.BlockProperties],
    "/villages/V1/diagnosis": schemas.DiagnosisDocument,
    "/villages/V1/diagnosis/segments": FeatureCollection[schemas.SegmentProperties],
    "/villages/V1/diagnosis/segments?period=night": FeatureCollection[schemas.SegmentProperties],
    "/villages/V1/dead-zones": FeatureCollection[schemas.ZoneProperties],
    "/villages/V1/dead-zones?period=day": FeatureCollection[schemas.ZoneProperties],
    "/villages/V1/report-counts": FeatureCollection[schemas.CountProperties],
    "/hazards/report-01": HazardSeen,
    "/categories": schemas.Categories,
}
FOR_ALL_ALIKE = {
    *("/villages", "/villages/V1/incidents", "/villages/V1/lamps", "/villages/V1/report-counts", "/categories"),
    "/villages/V1/places",
}
NARROWED = set(ROUTES) - FOR_ALL_ALIKE


@pytest.mark.parametrize("path", ROUTES)
def test_an_answer_is_what_its_document_promises(staff: TestClient, path: str) -> None:
    answer = staff.get(API + path)
    assert answer.status_code == 200
    ROUTES[path].model_validate_json(answer.content)
    is_geo = '"features"' in answer.text or '"geometry":{"type":"MultiPolygon"' in answer.text
    assert answer.headers["content-type"] == ("application/geo+json" if is_geo else "application/json")
    documented = staff.get(f"{API}/openapi.json").json()["paths"]
    template = API + path.split("?", maxsplit=1)[0].replace("/V1", "/{key}").replace("report-01", "{public_id}")
    responses = documented[template]["get"]["responses"]
    assert {"200", "304", "4XX", "503"} <= set(responses)
    assert "422" not in responses
    assert answer.headers["content-type"] in responses["200"]["content"]


@pytest.mark.parametrize("path", ROUTES)
def test_what_is_unchanged_is_not_sent_again(staff: TestClient, path: str) -> None:
    first = staff.get(API + path)
    again = staff.get(API + path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["cache-control"] == ("no-store" if path in NARROWED else "no-cache")
    chinese = {"If-None-Match": first.headers["etag"], "Accept-Language": "zh-TW"}
    assert staff.get(API + path, headers=chinese).status_code == 200


@pytest.mark.parametrize("path", [path.split("?")[0] for path in ROUTES])
def test_an_unknown_parameter_is_refused(staff: TestClient, path: str) -> None:
    answer = staff.get(f"{API}{path}?colour=red")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "colour"
    assert "lang" in answer.json()["remedy"]


@pytest.mark.parametrize("path", sorted({path.split("?")[0] for path in ROUTES if "/V1" in path}))
@pytest.mark.parametrize("key", ["V9", "不存在里", "%20", "%00", "'; DROP TABLE village; --"])
def test_an_unknown_village_is_no_surprise(staff: TestClient, path: str, key: str) -> None:
    answer = staff.get(API + path.replace("V1", key))
    assert answer.status_code == (400 if key == "%00" else 404)
    assert answer.headers["content-type"] == "application/problem+json"
    schemas.Problem.model_validate_json(answer.content)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("hazards?limit=0", "limit"),
        ("hazards?limit=1001", "limit"),
        ("hazards?limit=many", "limit"),
        ("hazards?category=ghosts", "category"),
        ("hazards?state=lost", "state.0"),
        ("hazards?bbox=1,2,3", "bbox"),
        ("hazards?bbox=121.6,25,121.5,26", "bbox"),
        ("hazards?bbox=nan,25,121.5,26", "bbox"),
        ("hazards?bbox=%C3%A8", "bbox"),
        ("hazards?cursor=nonsense", "cursor"),
        ("hazards?cursor=W10", "cursor"),
        ("hazards?cursor=WyIyMDI2LTAxLTAxIiwieCJd", "cursor"),  # a moment without a time zone
        ("incidents?family=ghosts", "family"),
        ("incidents?limit=0", "limit"),
        ("diagnosis?events=ghosts", "events"),
        ("dead-zones?period=dawn", "period"),
        ("cameras?lang=fr", "lang"),
    ],
)
def test_wrong_input_is_named(staff: TestClient, query: str, field: str) -> None:
    answer = staff.get(f"{API}/villages/V1/{query}")
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["errors"][0]["field"] == field
    assert len(problem["errors"]) == 1
    assert answer.headers["cache-control"] == "no-store"


def test_reports_are_paged_without_a_gap_or_a_double(staff: TestClient) -> None:
    everything = ids(staff.get(f"{API}/villages/V1/hazards?limit=1000").json())
    seen: list[str] = []
    path: str | None = f"{API}/villages/V1/hazards?limit=5&category=lighting&category=traffic"
    while path:
        page = staff.get(path).json()
        assert len(page["features"]) <= 5
        seen += ids(page)
        path = page["links"][0]["href"] if page["links"] else None
    assert seen == everything
    assert len(set(seen)) == len(seen) >= 12


def ids(collection: dict[str, Any]) -> list[str]:
    return [feature["id"] for feature in collection["features"]]


def test_reports_are_chosen_by_category_state_and_box(staff: TestClient) -> None:
    fixed = staff.get(f"{API}/villages/V1/hazards?state=fixed").json()
    assert {feature["properties"]["state"] for feature in fixed["features"]} == {"fixed"}
    dark = staff.get(f"{API}/villages/V1/hazards?category=lighting&state=open").json()
    assert {feature["properties"]["category"] for feature in dark["features"]} == {"lighting"}
    box = staff.get(f"{API}/villages/V1/hazards?bbox=121.5021,25.005,121.5025,25.006").json()
    assert set(ids(box)) == {"report-01", "report-02"}
    assert staff.get(f"{API}/villages/V2/hazards").json()["features"] == []


def test_coordinates_have_at_most_seven_decimals(client: TestClient) -> None:
    lamp = client.get(f"{API}/villages/V1/lamps").json()["features"][0]
    assert lamp["geometry"]["coordinates"] == [121.5012346, 25.005]
    raw = json.loads(client.get(f"{API}/villages/V1").text, parse_float=str)
    assert all(len(value.partition(".")[2]) <= 7 for value in raw["properties"]["centre"] + raw["bbox"])


def test_a_town_is_all_its_villages(client: TestClient) -> None:
    town = client.get(f"{API}/villages/town-測試縣平安區").json()
    assert town["properties"]["counts"]["cameras"] == 2
    assert town["bbox"] == [121.5, 25.0, 121.52, 25.01]
    village = client.get(f"{API}/villages/永和里").json()
    assert village["id"] == "V1"
    assert village["properties"]["counts"]["incidents"] == {"accident_a2": 60, "theft_bicycle": 30}


def test_families_of_incidents_are_not_mixed_when_one_is_asked_for(client: TestClient) -> None:
    crimes = client.get(f"{API}/villages/V1/incidents?family=crime&limit=7").json()
    assert crimes["numberMatched"] == 30
    assert len(crimes["features"]) == 7
    assert {feature["properties"]["family"] for feature in crimes["features"]} == {"crime"}
    moments = [feature["properties"]["occurred_at"] for feature in crimes["features"]]
    assert moments == sorted(moments)


def test_names_and_sentences_come_in_the_language_asked_for(client: TestClient) -> None:
    def first(query: str = "", **headers: str) -> str:
        return str(client.get(f"{API}/categories{query}", headers=headers).json()["categories"][0]["name"])

    assert first() == "Too dark"
    assert first("?lang=zh-Hant") != "Too dark"
    assert first(**{"Accept-Language": "zh-TW"}) == first("?lang=zh-Hant")
    problem = client.get(f"{API}/villages/V9?lang=zh-Hant").json()
    assert "V9" in problem["detail"]
    assert not problem["detail"].startswith("There is")


def test_a_diagnosis_of_other_events_is_not_made_up(staff: TestClient) -> None:
    made = staff.get(f"{API}/villages/V1/diagnosis").json()
    assert made["area"] == {"key": "V1", "name": "永和里"}
    answer = staff.get(f"{API}/villages/V1/diagnosis?events=crime")
    assert answer.status_code == (200 if made["events"] == "crime" else 404)
    assert staff.get(f"{API}/villages/V2/dead-zones").status_code == 404


def test_a_report_is_stored_and_found(client: TestClient, staff: TestClient) -> None:
    before = staff.get(f"{API}/villages/V1/hazards")
    answer = client.post(f"{API}/villages/V1/hazards", json={**SPOT, "description": "  路燈壞了  "})
    assert answer.status_code == 201
    made = schemas.Reported.model_validate_json(answer.content)
    assert made.report.description == "路燈壞了"
    assert answer.headers["cache-control"] == "no-store"
    assert staff.get(answer.headers["location"]).json()["description"] == "路燈壞了"
    # The list that the asker has is stale at once.
    after = staff.get(f"{API}/villages/V1/hazards", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert made.report.public_id in ids(after.json())


def test_a_report_near_homes_is_nobodys_but_members(client: TestClient, member: TestClient, staff: TestClient) -> None:
    made = client.post(f"{API}/villages/V1/hazards", json={**SPOT, "lon": 121.5043217, "lat": 25.0061234}).json()
    public_id = made["report"]["public_id"]
    address = f"{API}/hazards/{public_id}"
    assert member.get(address).status_code == 404  # nobody has looked at it yet
    assert staff.post(f"/moderation/{public_id}/show").status_code == 200
    assert client.get(address).status_code == 404
    assert made["report"]["public_id"] not in ids(client.get(f"{API}/villages/V1/hazards").json())
    on_its_street = member.get(address).json()
    assert on_its_street["position"] == "street"
    assert (on_its_street["lon"], on_its_street["lat"]) != (121.5043217, 25.0061234)
    assert on_its_street["accuracy_m"] == 50.0
    exactly = staff.get(address).json()
    assert (exactly["lon"], exactly["lat"], exactly["position"]) == (121.5043217, 25.0061234, "exact")


def test_a_report_at_a_public_place_is_everybodys(client: TestClient, staff: TestClient) -> None:
    made = client.post(
        f"{API}/villages/V1/hazards", json={**SPOT, "is_public_place": True, "description": "燈壞了"}
    ).json()
    public_id = made["report"]["public_id"]
    assert client.get(f"{API}/hazards/{public_id}").status_code == 404  # nobody has looked at it yet
    assert staff.post(f"/moderation/{public_id}/show").status_code == 200
    seen = client.get(f"{API}/hazards/{public_id}").json()
    assert (seen["lon"], seen["lat"], seen["position"]) == (SPOT["lon"], SPOT["lat"], "exact")
    assert seen["description"] == "燈壞了"


def test_what_a_visitor_kept_is_not_taken_for_a_members(client: TestClient, member: TestClient) -> None:
    publics = client.get(f"{API}/villages/V1/hazards")
    answer = member.get(f"{API}/villages/V1/hazards", headers={"If-None-Match": publics.headers["etag"]})
    assert answer.status_code == 200
    assert len(ids(answer.json())) > len(ids(publics.json()))


@pytest.mark.parametrize("path", ["patrol-routes", "diagnosis", "diagnosis/segments", "dead-zones"])
def test_watch_and_dead_zones_are_for_members(client: TestClient, member: TestClient, path: str) -> None:
    answer = client.get(f"{API}/villages/V1/{path}")
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert member.get(f"{API}/villages/V1/{path}").status_code == 200


def test_a_visitor_learns_where_cameras_are_and_not_where_they_look(client: TestClient, member: TestClient) -> None:
    told = client.get(f"{API}/villages/V1/cameras").json()["features"][0]["properties"]
    assert set(told) == {"operator", "site"}
    assert member.get(f"{API}/villages/V1/cameras").json()["features"][0]["properties"]["azimuth_deg"] == 90
    block = client.get(f"{API}/villages/V1/blocks").json()["features"][0]["properties"]
    assert set(block) == {"name", "adopter"}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"lon": 121.515}, "lon"),  # in the other village
        ({"lon": 10.0}, "lon"),  # in none
        ({"lon": "here"}, "lon"),
        ({"lon": 181}, "lon"),
        ({"lat": None}, "lat"),
        ({"category": "ghosts"}, "category"),
        ({"severity": 4}, "severity"),
        ({"description": "x" * 501}, "description"),
        ({"description": "\x00"}, "description"),
        ({"description": "\ud800"}, "description"),
        ({"accuracy_m": -1}, "accuracy_m"),
        ({"reporter": "me"}, "reporter"),
    ],
)
def test_a_report_that_makes_no_sense_stores_nothing(
    client: TestClient, world: Engine, changed: dict[str, Any], field: str
) -> None:
    stored = number_of_hazards(world)
    body = json.dumps({**SPOT, **changed})
    answer = client.post(f"{API}/villages/V1/hazards", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert field in {error["field"] for error in answer.json()["errors"]}
    assert number_of_hazards(world) == stored


def number_of_hazards(world: Engine) -> int:
    with world.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM hazard")).scalar_one())


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"{", "application/json"), (b"", "application/json"), (b"[]", "application/json"), (b"a=1", "text/plain")],
)
def test_a_body_that_is_no_report_is_refused(client: TestClient, body: bytes, kind: str) -> None:
    answer = client.post(f"{API}/villages/V1/hazards", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "body"


def test_many_at_once_get_what_each_asked_for(staff: TestClient, world: Engine) -> None:
    stored = number_of_hazards(world)

    def report(number: int) -> tuple[int, int]:
        made = staff.post(f"{API}/villages/V1/hazards", json={**SPOT, "description": str(number)})
        seen = staff.get(made.headers["location"]).json()
        return number, int(seen["description"])

    with ThreadPoolExecutor(8) as pool:
        pairs = list(pool.map(report, range(24)))
    assert all(sent == seen for sent, seen in pairs)
    assert number_of_hazards(world) == stored + 24


@pytest.mark.parametrize(("bits", "days"), [(1, [1]), (64, [7]), (31, [1, 2, 3, 4, 5]), (127, [1, 2, 3, 4, 5, 6, 7])])
def test_weekdays_are_iso_numbers(bits: int, days: list[int]) -> None:
    assert iso_weekdays(bits) == days

"""Places by name for a phone to take along, and what is meant by words: what of them is told to whom."""

from typing import Any

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

PLACES = "/api/v1/villages/V1/places"


def found(browser: TestClient, words: str) -> list[dict[str, Any]]:
    answer = browser.get(f"{PLACES}/found", params={"words": words})
    assert answer.status_code == 200
    told: list[dict[str, Any]] = answer.json()["found"]
    return told


def test_streets_places_and_lamps_are_listed_and_nothing_of_cameras(client: TestClient) -> None:
    listed = client.get(PLACES).json()
    assert [street["name"] for street in listed["streets"]] == ["平安路", "平安路1巷"]
    assert listed["streets"][0]["lines"] == [[[121.500015, 25.005], [121.509985, 25.005]]]  # just inside the village
    assert {place["name"] for place in listed["places"]} == {"平安公園", "平安派出所"}  # water has no name
    park = next(place for place in listed["places"] if place["kind"] == "park")
    assert park["outline"][0] == park["outline"][-1]
    assert [lamp[0] for lamp in listed["lamps"]] == ["A-1", "A-2"]
    assert "路口" not in client.get(PLACES).text


@pytest.mark.parametrize(
    ("words", "kind", "name"),
    [
        ("平安路一巷", "street", "平安路1巷"),
        ("平安路1巷口", "corner", "平安路1巷 / 平安路"),
        ("平安公園旁", "place", "平安公園"),
        ("ping'an park", "place", "平安公園"),
        ("a2", "lamp", "A-2"),
        ("路口", "camera", "路口"),  # whoever reads it from the pole
    ],
)
def test_words_are_understood(client: TestClient, words: str, kind: str, name: str) -> None:
    first = found(client, words)[0]
    assert (first["kind"], first["name"]) == (kind, name)


def test_a_camera_is_found_by_its_whole_number_and_suggested_to_members_alone(
    client: TestClient, member: TestClient, world: Engine
) -> None:
    with world.begin() as connection:
        connection.execute(text("UPDATE camera SET label = 'CAM-0042' WHERE source_id = '1'"))
    try:
        assert [one["kind"] for one in found(client, "cam 42")] == ["camera"]
        assert found(client, "CAM-0043") == []
        assert [(one["name"], one["is_sure"]) for one in found(member, "CAM-0043")] == [("CAM-0042", False)]
    finally:
        with world.begin() as connection:
            connection.execute(text("UPDATE camera SET label = '路口' WHERE source_id = '1'"))


def test_words_that_name_nothing_find_nothing(client: TestClient) -> None:
    assert found(client, "不知道在哪裡") == []
    assert client.get(f"{PLACES}/found").status_code == 400
    assert client.get(f"{PLACES}/found", params={"words": "x" * 101}).status_code == 400

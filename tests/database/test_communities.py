"""Naming villages and towns, and finding where a point lies."""

import pytest
from sqlalchemy.orm import Session
from tests.support.places import EAST, NORTH, SOUTH, WEST, add_village

from safemap.communities.rules import NowhereKnown, VillageAmbiguous, VillageNotFound
from safemap.communities.service import study_area, study_area_by_key, study_areas, village_at, villages_of_towns

NEXT_DOOR = (EAST, SOUTH, EAST + 0.01, NORTH)


@pytest.mark.parametrize("named", ["榕樹里", "T001", "示範區榕樹里", "示範市示範區榕樹里", " 榕樹里 "])
def test_a_village_by_code_by_name_or_with_its_town(session: Session, named: str) -> None:
    village = add_village(session)
    area = study_area(session, named)
    assert (area.key, area.village_ids, area.is_fictional) == ("T001", (village.id,), True)
    assert area.geometry.bounds == (WEST, SOUTH, EAST, NORTH)


def test_a_town_is_all_its_villages(session: Session) -> None:
    first = add_village(session)
    second = add_village(session, name="老街里", code="T002", box=NEXT_DOOR)
    area = study_area(session, "示範區")
    assert area.village_ids == (first.id, second.id)
    assert area.geometry.bounds == (WEST, SOUTH, EAST + 0.01, NORTH)
    assert study_area_by_key(session, area.key) == area


def test_two_ways_to_write_tai_are_one(session: Session) -> None:
    add_village(session, county="臺北市")
    assert study_area(session, "台北市示範區榕樹里").name == "榕樹里"


def test_an_unknown_name_says_what_is_known(session: Session) -> None:
    add_village(session)
    with pytest.raises(VillageNotFound, match=r"no village or town “樟樹里”.*示範區榕樹里"):
        study_area(session, "樟樹里")


def test_with_no_village_at_all_it_says_how_to_get_one(session: Session) -> None:
    with pytest.raises(VillageNotFound, match="safemap import villages"):
        study_area(session, "榕樹里")


def test_an_empty_name_is_no_village(session: Session) -> None:
    add_village(session)
    with pytest.raises(VillageNotFound):
        study_area(session, "  ")


def test_a_name_that_two_villages_have_asks_which(session: Session) -> None:
    add_village(session)
    add_village(session, code="T009", town="別的區", box=NEXT_DOOR)
    with pytest.raises(VillageAmbiguous, match=r"T001.*T009"):
        study_area(session, "榕樹里")
    assert study_area(session, "別的區榕樹里").key == "T009"


def test_a_town_name_in_two_counties_asks_which(session: Session) -> None:
    add_village(session)
    add_village(session, name="老街里", code="T002", county="別的市", box=NEXT_DOOR)
    with pytest.raises(VillageAmbiguous, match=r"別的市示範區.*示範市示範區"):
        study_area(session, "示範區")
    assert study_area(session, "別的市示範區").village_ids != study_area(session, "示範市示範區").village_ids


def test_menus_begin_with_fictional_villages(session: Session) -> None:
    add_village(session, name="真實里", code="A001", is_fictional=False, box=NEXT_DOOR)
    add_village(session)
    assert [area.key for area in study_areas(session)] == ["T001", "A001"]


def test_a_point_inside_on_the_shared_border_and_outside(session: Session) -> None:
    first = add_village(session)
    second = add_village(session, name="老街里", code="T002", box=NEXT_DOOR)
    assert village_at(session, WEST + 0.005, SOUTH + 0.005) == first.id
    assert village_at(session, EAST + 0.005, SOUTH + 0.005) == second.id
    assert village_at(session, EAST, SOUTH + 0.005) == first.id  # on the border: the one imported first
    with pytest.raises(NowhereKnown, match="lies in no village"):
        village_at(session, 119.0, 24.6)


def test_the_villages_of_some_towns_one_of_two_sources_once(session: Session) -> None:
    add_village(session, county="台北市", town="大安區", name="龍泉里", code="1")
    add_village(session, county="臺北市", town="大安區", name="龍泉里", code="2", box=NEXT_DOOR)
    add_village(session, county="臺中市", town="大安區", name="東安里", code="3")
    add_village(session, county="臺北市", town="信義區", name="西村里", code="4")
    found = villages_of_towns(session, ["大安區", ""])
    assert {town: list(villages) for town, villages in found.items()} == {
        ("臺北市", "大安區"): ["龍泉里"],
        ("臺中市", "大安區"): ["東安里"],
    }
    assert found["臺北市", "大安區"]["龍泉里"].bounds == (WEST, SOUTH, EAST + 0.01, NORTH)
    assert villages_of_towns(session, []) == {}

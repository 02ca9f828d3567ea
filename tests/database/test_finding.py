"""Places by what people say, in the demo village; and what of a village can be named."""

from collections.abc import Iterator

import pytest
import shapely
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from tests.support.said import NOWHERE, SAID

from safemap.basemap.finding import Finder, Found, differ_by_one, plate_of
from safemap.basemap.listing import PlaceList, place_list
from safemap.communities.service import study_area
from safemap.db.session import unit_of_work
from safemap.demo.layout import CODE
from safemap.demo.loading import load_demo
from safemap.geo.crs import Lonlat, MetricPlane


@pytest.fixture(scope="module")
def demo(engine: Engine) -> Iterator[Session]:
    with unit_of_work(engine) as session:
        load_demo(session)
        yield session


@pytest.fixture(scope="module")
def area(demo: Session) -> Lonlat:
    return study_area(demo, CODE).geometry


@pytest.fixture(scope="module")
def listed(demo: Session, area: Lonlat) -> PlaceList:
    return place_list(demo, area)


@pytest.fixture(scope="module")
def finder(listed: PlaceList) -> Finder:
    return Finder(listed)


@pytest.mark.parametrize(("said", "kind", "name", "is_sure"), SAID)
def test_what_is_said_is_understood(finder: Finder, said: str, kind: str, name: str, is_sure: bool) -> None:
    found = finder.find(said)
    assert found
    assert (found[0].kind.value, found[0].name, found[0].is_sure) == (kind, name, is_sure)
    if is_sure:
        assert all(one.kind.value == "street" and not one.is_sure for one in found[1:])  # its own lanes at most


@pytest.mark.parametrize("said", NOWHERE)
def test_what_names_nothing_finds_nothing(finder: Finder, said: str) -> None:
    assert finder.find(said) == []


def test_everything_listed_is_found_by_its_name_and_lies_in_the_village(
    finder: Finder, listed: PlaceList, area: Lonlat
) -> None:
    def sure(name: str) -> Found:
        return next(one for one in finder.find(name) if one.name == name)

    for name in (
        *(street.name for street in listed.streets),
        *(place.name for place in listed.places),
        *(lamp.number for lamp in listed.lamps),
    ):
        found = sure(name)
        assert found.is_sure
        assert shapely.covers(area, shapely.Point(found.lon, found.lat)), name
        assert 0 < found.accuracy_m < 600


def test_a_street_along_the_border_is_listed_just_inside(listed: PlaceList, area: Lonlat) -> None:
    border = next(street for street in listed.streets if street.name == "永和街")
    assert len(border.lines) == 1
    assert shapely.covers(area, border.lines[0])


def test_house_numbers_are_held_against_the_lanes_between_which_they_are(finder: Finder, area: Lonlat) -> None:
    plane = MetricPlane.around(area)

    def at(said: str) -> shapely.Point:
        one = finder.find(said)[0]
        return shapely.Point(shapely.get_coordinates(plane.to_metric(Lonlat(shapely.Point(one.lon, one.lat))))[0])

    low, house, high = at("榕樹街34巷口"), at("榕樹街50號"), at("榕樹街72巷口")
    assert low.distance(house) + house.distance(high) == pytest.approx(low.distance(high), abs=1)
    assert low.distance(house) / low.distance(high) == pytest.approx((50 - 34) / (72 - 34), abs=0.02)
    odd = finder.find("榕樹街41號")[0]
    assert odd.accuracy_m < 50  # between lanes 33 and 51, 44 m apart
    assert finder.find("榕樹街500號")[0].accuracy_m > odd.accuracy_m  # beyond the last lane that is known


def test_lanes_are_offered_as_a_number_is_typed(finder: Finder) -> None:
    names = [one.name for one in finder.find("榕樹街1")]
    assert names[:4] == ["榕樹街", "榕樹街11巷", "榕樹街12巷", "榕樹街130巷"]
    assert [one.name for one in finder.find("榕樹街11巷")] == ["榕樹街11巷", "榕樹街11巷30弄"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("路燈 示-0101 號", "示101"), ("ａ－００１", "A1"), ("A 01", "A1"), ("12-3", "12-3"), ("燈桿No.7", "7")],
)
def test_numbers_on_poles_are_read_in_one_way(one: str, other: str) -> None:
    assert plate_of(one) == other


@pytest.mark.parametrize(
    ("one", "other", "is_near"),
    [
        ("示101", "示107", True),
        ("示101", "示110", True),
        ("示101", "示1011", True),
        ("示101", "示01", True),
        ("示101", "示101", False),
        ("示101", "示177", False),
        ("A1", "A2", False),  # too short to be a slip
    ],
)
def test_a_sign_misread_left_out_put_in_or_swapped(one: str, other: str, is_near: bool) -> None:
    assert differ_by_one(one, other) is is_near

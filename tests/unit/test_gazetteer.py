"""Where an address without coordinates may be: on its street, as exactly as that is known, and never more."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from safemap.basemap.gazetteer import (
    ALLEY_DEPTH_M,
    APART_M,
    CROSSING_M,
    FRONTAGE_M,
    LANE_DEPTH_M,
    LEAST_M_PER_NUMBER,
    Gazetteer,
    Placed,
    Town,
    Unplaced,
)
from safemap.geo.addresses import read_address
from safemap.geo.crs import Lonlat, Metric, MetricPlane

PLANE = MetricPlane.around(Lonlat(shapely.Point(121.54, 25.03)))
CORNER = shapely.get_coordinates(PLANE.to_metric(Lonlat(shapely.Point(121.54, 25.03))))[0]
SIDE_M = 2000.0  # of the town, a square; its western half is 東里's neighbour 西里
Way = tuple[str, list[tuple[float, float]]]


def lonlat(shape: shapely.Geometry) -> Lonlat:
    return PLANE.to_lonlat(Metric(shapely.transform(shape, lambda xy: xy + CORNER)))


def town(name: str = "大安區", county: str = "臺北市", east_m: float = 0.0) -> Town:
    half = SIDE_M / 2
    west, east = (shapely.box(east_m + x, 0, east_m + x + half, SIDE_M) for x in (0.0, half))
    return Town(county, name, {"西里": lonlat(west), "東里": lonlat(east)})


def gazetteer(ways: Sequence[Way], towns: Sequence[Town] = (town(),)) -> Gazetteer:
    """Streets in metres from the town's south-western corner; a way is one edge, equal ends are one node."""
    ends = [(points[0], points[-1]) for _, points in ways]
    nodes = {node: number for number, node in enumerate(dict.fromkeys(node for pair in ends for node in pair))}
    lines = np.empty(len(ways), dtype=object)
    lines[:] = [lonlat(shapely.LineString(points)) for _, points in ways]
    return Gazetteer(
        list(towns),
        np.array([name for name, _ in ways], dtype=object),
        lines,
        np.array([nodes[first] for first, _ in ends]),
        np.array([nodes[last] for _, last in ends]),
    )


def at(gazette: Gazetteer, text: str) -> Placed | Unplaced:
    return gazette.place(read_address(f"臺北市大安區{text}"))


def placed(gazette: Gazetteer, text: str) -> tuple[float, float, float]:
    """Metres east and north, and the accuracy."""
    found = at(gazette, text)
    assert isinstance(found, Placed), found
    point = PLANE.to_metric(Lonlat(shapely.Point(found.lon, found.lat)))
    east, north = shapely.get_coordinates(point)[0] - CORNER
    return round(float(east), 1), round(float(north), 1), found.accuracy_m


# A road from border to border, two lanes and an alley off it, all of whose ends meet something.
ROAD: Way = ("和平路", [(-50.0, 1000.0), (400.0, 1000.0)])
ROAD_ON: Way = ("和平路", [(400.0, 1000.0), (2050.0, 1000.0)])
LANE: Way = ("和平路30巷", [(400.0, 1000.0), (400.0, 1100.0)])
LANE_ON: Way = ("和平路30巷", [(400.0, 1100.0), (400.0, 1200.0)])
ALLEY: Way = ("和平路30巷5弄", [(400.0, 1100.0), (460.0, 1100.0)])
BACK: Way = ("", [(400.0, 1200.0), (460.0, 1100.0)])
PLACE = (ROAD, ROAD_ON, LANE, LANE_ON, ALLEY, BACK)


def test_a_lane_is_placed_in_its_middle_and_is_as_exact_as_it_is_long() -> None:
    assert placed(gazetteer(PLACE), "西里和平路30巷1~30號") == (400.0, 1100.0, 100.0 + FRONTAGE_M)
    assert placed(gazetteer(PLACE), "和平路30巷5弄") == pytest.approx((430.0, 1100.0, 30.0 + FRONTAGE_M), abs=1)


def test_every_range_of_one_lane_is_one_point() -> None:
    lanes = gazetteer(PLACE)
    assert at(lanes, "和平路30巷1~30號") == at(lanes, "和平路３０巷３１～６０號") == at(lanes, "和平路30巷")


def test_a_village_keeps_its_part_of_a_road() -> None:
    roads = gazetteer(PLACE)
    _, _, whole_m = placed(roads, "和平路1~30號")
    east, _, part_m = placed(roads, "東里和平路1~30號")
    assert whole_m == pytest.approx(1040 + FRONTAGE_M, abs=2)  # 40 m beyond each border are its border's
    assert (east, part_m) == (pytest.approx(1500, abs=3), pytest.approx(540 + FRONTAGE_M, abs=4))
    assert at(roads, "東里和平路30巷") is Unplaced.NOT_IN_VILLAGE
    assert placed(roads, "南里和平路1~30號") == placed(roads, "和平路1~30號")  # a village nobody knows


def test_what_is_not_known_more_particularly_is_on_what_is_and_says_how_far_off_it_may_be() -> None:
    roads = gazetteer(PLACE)
    _, _, road_m = placed(roads, "和平路")
    assert placed(roads, "和平路77巷")[2] == road_m + LANE_DEPTH_M
    assert placed(roads, "和平路77巷6弄")[2] == road_m + LANE_DEPTH_M
    assert placed(roads, "和平路30巷99弄") == (400.0, 1100.0, 100.0 + FRONTAGE_M + ALLEY_DEPTH_M)
    east, north, bound_m = placed(roads, "東里和平路77巷")
    corner_m = float(np.hypot(500, 1000))  # from the middle of the road in the village
    assert (east, north, bound_m) == (pytest.approx(1500, abs=3), 1000.0, pytest.approx(corner_m, abs=2))


def test_the_point_is_on_a_bent_street_and_not_in_its_middle() -> None:
    bent: Way = ("彎街", [(400.0, 1000.0), (400.0, 1300.0), (700.0, 1300.0), (700.0, 1000.0)])
    found = at(gazetteer([*PLACE, bent, ("", [bent[1][0], bent[1][-1]])]), "彎街")
    assert isinstance(found, Placed)
    point = PLANE.to_metric(Lonlat(shapely.Point(found.lon, found.lat)))
    line = PLANE.to_metric(lonlat(shapely.LineString(bent[1])))
    assert shapely.distance(point, line) < 0.1
    assert found.accuracy_m == pytest.approx(np.hypot(150, 300) + FRONTAGE_M, abs=3)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(300, 900), st.integers(300, 900)), min_size=2, max_size=7, unique=True),
    st.lists(st.floats(0, 1), min_size=1, max_size=20),
)
def test_whatever_the_street_its_furthest_point_is_within_the_accuracy(
    points: list[tuple[int, int]], shares: list[float]
) -> None:
    way: Way = ("隨街3巷", [(float(x), float(y)) for x, y in points])
    around: list[Way] = [("", [end, (end[0] + 1.0, end[1])]) for end in (way[1][0], way[1][-1])]
    found = at(gazetteer([way, *around]), "隨街3巷")
    assert isinstance(found, Placed)
    line = PLANE.to_metric(lonlat(shapely.LineString(way[1])))
    point = PLANE.to_metric(Lonlat(shapely.Point(found.lon, found.lat)))
    assert shapely.distance(point, line) < 0.1
    meant = [shapely.line_interpolate_point(line, share, normalized=True) for share in [0.0, 1.0, *shares]]
    assert max(shapely.distance(point, meant)) <= found.accuracy_m - FRONTAGE_M + 0.1


@pytest.mark.parametrize(("gap_m", "is_apart"), [(APART_M - 0.1, False), (APART_M + 0.1, True)])
def test_one_name_in_places_apart_is_not_placed_unless_the_village_tells(gap_m: float, is_apart: bool) -> None:
    ways: list[Way] = [
        ("雙街8巷", [(900.0, 500.0), (950.0, 500.0)]),
        ("雙街8巷", [(950.0 + gap_m, 500.0), (1150.0 + gap_m, 500.0)]),
        ("", [(900.0, 500.0), (950.0, 500.0)]),
        ("", [(1150.0 + gap_m, 500.0), (950.0 + gap_m, 500.0)]),
    ]
    streets = gazetteer(ways)
    assert (at(streets, "雙街8巷") is Unplaced.APART) is is_apart
    if is_apart:
        assert isinstance(at(streets, "西里雙街8巷"), Placed)


def test_a_road_that_ends_in_the_open_may_go_on() -> None:
    cut: Way = ("斷路", [(400.0, 1000.0), (400.0, 700.0)])
    streets = gazetteer([*PLACE, cut])
    assert at(streets, "斷路1~30號") is Unplaced.OPEN_END
    _, _, bound_m = placed(streets, "西里斷路1~30號")
    assert bound_m >= np.hypot(600, 1000)  # as far as the village reaches
    assert placed(gazetteer([*PLACE, cut, ("", [(400.0, 700.0), (0.0, 700.0)])]), "斷路1~30號")[2] < 200


def test_a_road_that_leaves_the_town_is_known_whole_within_it() -> None:
    out: Way = ("出路", [(400.0, 1000.0), (400.0, 1990.0)])
    assert isinstance(at(gazetteer([*PLACE, out]), "出路1~30號"), Placed)


def test_a_lane_may_be_a_dead_end_when_streets_are_known_beyond_it() -> None:
    blind: Way = ("和平路40巷", [(400.0, 1000.0), (400.0, 900.0)])
    beyond: Way = ("", [(300.0, 800.0), (500.0, 800.0)])
    assert at(gazetteer([*PLACE, blind]), "和平路40巷") is Unplaced.OPEN_END
    assert placed(gazetteer([*PLACE, blind, beyond]), "和平路40巷") == (400.0, 950.0, 50.0 + FRONTAGE_M)


def test_a_street_shorter_than_its_house_numbers_is_not_known_whole() -> None:
    number = int(200 / LEAST_M_PER_NUMBER)  # the lane is 200 m long
    assert isinstance(at(gazetteer(PLACE), f"和平路30巷{number}~{number + 29}號"), Placed)  # one of them is enough
    assert at(gazetteer(PLACE), f"和平路30巷{number + 1}~{number + 30}號") is Unplaced.TOO_SHORT
    stub: list[Way] = [("短路", [(400.0, 1000.0), (400.0, 1100.0)]), LANE, LANE_ON, ROAD, BACK]
    assert at(gazetteer(stub), "短路391巷6弄") is Unplaced.TOO_SHORT  # a lane has the number that it leaves its road at
    assert at(gazetteer(stub), "短路391弄") is Unplaced.TOO_SHORT
    assert at(gazetteer(PLACE), "和平路30巷391弄") is Unplaced.TOO_SHORT


def test_two_streets_meet_at_their_crossing() -> None:
    streets = gazetteer(PLACE)
    assert placed(streets, "和平路30巷與和平路口") == (400.0, 1000.0, FRONTAGE_M)
    assert placed(streets, "和平路30巷口") == (400.0, 1000.0, FRONTAGE_M)
    assert at(streets, "和平路與信義路口") is Unplaced.UNKNOWN_STREET
    assert at(streets, "和平路30巷5弄與和平路口") is Unplaced.NO_CROSSING


@pytest.mark.parametrize(("gap_m", "met"), [(CROSSING_M - 1, True), (CROSSING_M + 1, False)])
def test_streets_that_nearly_touch_meet(gap_m: float, met: bool) -> None:
    other: Way = ("近街", [(800.0, 1000.0 + gap_m), (800.0, 1300.0)])
    found = at(gazetteer([*PLACE, other]), "和平路與近街口")
    assert isinstance(found, Placed) is met
    if not met:
        assert found is Unplaced.NO_CROSSING


def test_two_carriageways_are_one_crossing_and_two_crossings_are_none() -> None:
    twice: list[Way] = [("並街", [(x, 800.0), (x, 1200.0)]) for x in (800.0, 830.0)]
    assert placed(gazetteer([*PLACE, *twice]), "和平路與並街口")[2] == 30.0 + FRONTAGE_M
    apart: list[Way] = [("並街", [(x, 800.0), (x, 1200.0)]) for x in (800.0, 1100.0)]
    assert at(gazetteer([*PLACE, *apart]), "和平路與並街口") is Unplaced.APART


def test_the_mouth_of_a_lane_that_meets_nothing_is_somewhere_on_it() -> None:
    off: list[Way] = [("和平路60巷", [(800.0, 1100.0), (800.0, 1200.0)]), ("", [(800.0, 1100.0), (800.0, 1200.0)])]
    assert placed(gazetteer([*PLACE, *off]), "和平路60巷口") == (800.0, 1150.0, 50.0 + FRONTAGE_M)


def test_sections_are_told_apart_and_none_is_all_of_them() -> None:
    ways: list[Way] = [
        ("安和路一段", [(0.0, 300.0), (600.0, 300.0)]),
        ("安和路2段", [(600.0, 300.0), (1000.0, 300.0)]),
        ("", [(1000.0, 300.0), (0.0, 300.0)]),
    ]
    streets = gazetteer(ways)
    assert placed(streets, "安和路1段")[0] == 300.0
    assert placed(streets, "安和路二段")[0] == 800.0
    assert placed(streets, "安和路") == (500.0, 300.0, 500.0 + FRONTAGE_M)
    assert at(streets, "安和路三段") is Unplaced.UNKNOWN_STREET


def test_the_town_has_to_be_known_and_its_streets_are_its_own() -> None:
    towns = (town(), town("信義區", east_m=5000.0), town("大安區", "臺中市", east_m=9000.0))
    streets = gazetteer(PLACE, towns)
    assert streets.place(read_address("臺北市信義區和平路30巷")) is Unplaced.UNKNOWN_STREET
    assert streets.place(read_address("臺北市文山區和平路30巷")) is Unplaced.NO_TOWN
    assert streets.place(read_address("和平路30巷")) is Unplaced.NO_TOWN
    assert streets.place(read_address("大安區和平路30巷")) is Unplaced.SEVERAL_TOWNS
    assert streets.place(read_address("信義區和平路30巷")) is Unplaced.UNKNOWN_STREET


def test_a_landmark_a_village_or_half_a_street_has_no_place() -> None:
    streets = gazetteer(PLACE)
    assert at(streets, "西里大安森林公園") is Unplaced.NO_STREET
    assert at(streets, "西里") is Unplaced.NO_STREET
    assert at(streets, "和平路\\弄1~30號") is Unplaced.UNCLEAR
    assert streets.place(replace(read_address("臺北市大安區和平路30巷"), street=None)) is Unplaced.NO_STREET

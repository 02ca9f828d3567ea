"""The labelled reports: sound as a file, and a floor below which the rule may not fall."""

import csv
from collections import defaultdict

import shapely

from safemap.bench._labelled import FILE, Part, demo_walks, labelled, offered_by, ours, straight_line
from safemap.demo.layout import EXTRACT, to_lonlat
from safemap.hazards.categories import CATEGORY_BY_CODE


def rows() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_labelled_reports_are_many_sound_and_lie_in_the_village() -> None:
    ground = to_lonlat(EXTRACT)
    found = rows()
    assert len(found) >= 300
    assert len({row["id"] for row in found}) == len(found)
    for row in found:
        assert row["category"] in CATEGORY_BY_CODE
        assert row["words"]
        assert ground.contains(shapely.Point(float(row["lon"]), float(row["lat"])))
        if row["extent"]:
            kind = shapely.from_wkt(row["extent"]).geom_type
            drawn = {"LineString": "line", "Polygon": "area"}[kind]
            assert drawn in CATEGORY_BY_CODE[row["category"]].drawn_as


def test_no_spot_is_in_both_halves() -> None:
    halves = defaultdict(set)
    for row in rows():
        halves[row["problem"][:2]].add(row["part"])
    assert all(len(parts) == 1 for parts in halves.values())


def test_on_the_testing_half_more_is_found_and_less_is_wrong_than_by_distance_alone() -> None:
    test = labelled(Part.TEST)
    mine = offered_by(ours(demo_walks()), test)
    assert mine.precision >= 0.65
    assert mine.recall >= 0.8
    for limit_m in (50.0, 250.0):
        peer = offered_by(straight_line(limit_m), test)
        assert mine.precision > peer.precision
        assert mine.recall > peer.recall

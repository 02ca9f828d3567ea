"""Which reports are likely the same: laws, each edge of a rule, and that nothing else is ever offered."""

from dataclasses import dataclass

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from safemap.analysis.similar import (
    FIXED_WITHIN_DAYS,
    Reason,
    Reports,
    Similar,
    asset_key,
    evidence_of,
    likely_same,
)
from safemap.analysis.walking import Walks

NO_NODES = np.zeros(0, dtype=np.int64)
NO_STREETS = Walks.over(np.array([], dtype=object), NO_NODES, NO_NODES)
STREET = Walks.over(np.array([shapely.LineString([(-500, 0), (500, 0)])], dtype=object), np.array([1]), np.array([2]))


@dataclass(frozen=True)
class One:
    """A report for trying."""

    shape: shapely.Geometry
    words: str = "路燈不亮"
    category: str = "lamp_out"
    family: str = "lighting"
    radius_m: float = 30.0
    accuracy_m: float = 5.0
    asset: str = ""
    hours: str = "night"
    fixed_days_ago: float = np.nan


def at(x_m: float, y_m: float = 0.0, **more: object) -> One:
    return One(shapely.Point(x_m, y_m), **more)  # type: ignore[arg-type]


def reports(*those: One) -> Reports:
    def texts(name: str) -> np.ndarray:
        return np.array([getattr(one, name) for one in those], dtype=object)

    def numbers(name: str) -> np.ndarray:
        return np.array([getattr(one, name) for one in those], dtype=np.float64)

    shapes = np.empty(len(those), dtype=object)
    shapes[:] = [one.shape for one in those]
    return Reports(
        shapes=shapes,
        accuracy_m=numbers("accuracy_m"),
        categories=texts("category"),
        families=texts("family"),
        radius_m=numbers("radius_m"),
        assets=texts("asset"),
        words=texts("words"),
        hours=texts("hours"),
        fixed_days_ago=numbers("fixed_days_ago"),
    )


def found(new: One, *others: One, walks: Walks = STREET, least_chance: float = 0.5) -> list[Similar]:
    return likely_same(reports(new), reports(*others), walks, least_chance=least_chance)


LAMP = asset_key("lamp", "示0412")


def test_nothing_is_like_nothing() -> None:
    assert found(at(0)) == []


def test_the_same_lamp_comes_first_however_far_it_was_put() -> None:
    near, same = at(2), at(400, asset=LAMP, words="")
    order = found(at(0, asset=LAMP), near, same)
    assert [one.place for one in order] == [1, 0]
    assert order[0].chance == 1.0
    assert order[0].reasons[0] is Reason.ASSET


@pytest.mark.parametrize("number", ["示0412", "示 0412", "示０４１２", "0412", "示-0412"])
def test_a_number_is_read_however_it_is_written(number: str) -> None:
    assert found(at(0, asset=LAMP), at(300, asset=asset_key("lamp", number)))[0].reasons[0] is Reason.ASSET


@pytest.mark.parametrize("asset", [asset_key("lamp", "示0413"), asset_key("lamp", "12")])
def test_another_lamp_is_another_problem_right_beside_it(asset: str) -> None:
    assert found(at(0, asset=LAMP), at(0, asset=asset)) == []


def test_a_camera_of_a_lamps_number_is_not_the_lamp() -> None:
    other = at(300, asset=asset_key("camera", "示0412"))
    assert found(at(0, asset=LAMP), other) == []


def test_a_loose_wire_at_the_same_lamp_is_no_broken_lamp() -> None:
    other = at(0, asset=LAMP, category="wires", family="harm", words="電線垂下來")
    assert all(Reason.ASSET not in one.reasons for one in found(at(0, asset=LAMP), other, least_chance=0.0))


def test_what_was_fixed_ninety_days_ago_is_offered_and_what_was_longer_ago_is_not() -> None:
    assert Reason.FIXED in found(at(0), at(1, fixed_days_ago=FIXED_WITHIN_DAYS))[0].reasons
    assert found(at(0), at(1, fixed_days_ago=FIXED_WITHIN_DAYS + 0.01)) == []
    assert found(at(0, asset=LAMP), at(0, asset=LAMP, fixed_days_ago=200.0)) == []


def test_twice_the_radius_is_in_reach_and_a_step_farther_is_not() -> None:
    sure = {"accuracy_m": 0.0}
    evidence = evidence_of(reports(at(0, **sure)), reports(at(60, **sure), at(60.01, **sure)), STREET)
    assert evidence.is_in_reach.tolist() == [True, False]
    assert found(at(0, **sure), at(60.01, **sure), least_chance=1e-9) == []


def test_an_unsure_place_is_forgiven_as_far_as_it_is_unsure_but_no_farther_than_fifty_metres() -> None:
    assert found(at(0, accuracy_m=40.0), at(70, accuracy_m=40.0)) != []
    assert found(at(0, accuracy_m=5000.0), at(190, accuracy_m=5000.0), least_chance=1e-9) == []


def test_the_parallel_lane_is_another_place_though_it_is_near() -> None:
    lanes = np.array([shapely.LineString([(0, y), (200, y)]) for y in (0, 40)], dtype=object)
    apart = Walks.over(lanes, np.array([1, 3]), np.array([2, 4]))
    assert found(at(100, 0), at(100, 40), walks=apart, least_chance=1e-9) == []
    assert found(at(100, 0), at(60, 0), walks=apart, least_chance=1e-9) != []


def test_another_house_number_or_lane_in_the_words_is_another_place() -> None:
    assert found(at(0, words="51巷路燈不亮"), at(8, words="87巷路燈不亮")) == []
    assert found(at(0, words="51巷路燈不亮"), at(8, words="路燈不亮，在51巷")) != []


def test_an_area_holds_what_lies_in_it_and_areas_that_overlap_are_near() -> None:
    park = {"category": "overgrown", "family": "sight", "radius_m": 50.0, "words": "公園草太長"}
    square, shifted = shapely.box(0, 0, 100, 100), shapely.box(10, 10, 110, 110)
    inside = found(One(square, **park), at(50, 50, **park))  # type: ignore[arg-type]
    across = found(One(square, **park), One(shifted, **park))  # type: ignore[arg-type]
    assert (inside[0].distance_m, across[0].distance_m) == (0.0, 0.0)
    assert Reason.OVERLAP in inside[0].reasons
    assert Reason.OVERLAP in across[0].reasons


def test_a_lane_reaches_from_its_one_end_to_the_other() -> None:
    dark = {"category": "lighting", "radius_m": 70.0, "words": "這條巷子很暗"}
    lane = One(shapely.LineString([(0, 0), (300, 0)]), **dark)  # type: ignore[arg-type]
    assert [one.distance_m for one in found(lane, at(295, **dark), at(320, **dark))] == [0.0, 20.0]


def test_at_most_five_are_offered() -> None:
    assert len(found(at(0), *(at(x) for x in range(9)))) == 5


ANYBODY = st.builds(
    lambda x, y, words, kind, accuracy, hours, asset: at(
        x, y, words=words, category=kind[0], family=kind[1], radius_m=kind[2], accuracy_m=accuracy, hours=hours,
        asset=asset,
    ),
    st.floats(-100, 100),
    st.floats(-40, 40),
    st.sampled_from(["", "路燈不亮", "12號前面很暗", "lamp is out", "狗會追人", "30號"]),
    st.sampled_from([("lamp_out", "lighting", 30.0), ("lighting", "lighting", 70.0), ("dogs", "nuisance", 80.0)]),
    st.floats(0, 200),
    st.sampled_from(["any", "day", "night"]),
    st.sampled_from(["", LAMP, asset_key("lamp", "示0999")]),
)  # fmt: skip


@given(ANYBODY, ANYBODY)
def test_it_does_not_matter_which_of_two_is_the_new_one(one: One, other: One) -> None:
    there, back = found(one, other, least_chance=0.0), found(other, one, least_chance=0.0)
    assert len(there) == len(back)
    for mine, its in zip(there, back, strict=True):
        assert mine.chance == pytest.approx(its.chance, abs=1e-9)
        assert mine.reasons == its.reasons


@given(ANYBODY, st.lists(st.floats(0, 400), min_size=2, max_size=6), st.floats(0, 60))
def test_the_chance_never_rises_with_the_distance(one: One, away_m: list[float], accuracy_m: float) -> None:
    start = One(shapely.Point(-400, 0), one.words, one.category, one.family, one.radius_m, accuracy_m)
    along = [
        One(shapely.Point(-400 + metres, 0), one.words, one.category, one.family, one.radius_m, accuracy_m)
        for metres in sorted(away_m)
    ]
    chances = evidence_of(reports(start), reports(*along), STREET).chances()
    assert (np.diff(chances) <= 1e-9).all()


@given(ANYBODY, st.lists(ANYBODY, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_the_others_does_not_change_who_is_found(one: One, others: list[One], random: object) -> None:
    shuffled = list(range(len(others)))
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first = likely_same(reports(one), reports(*others), STREET, most=99)
    second = likely_same(reports(one), reports(*(others[place] for place in shuffled)), STREET, most=99)
    assert sorted(near.place for near in first) == sorted(shuffled[near.place] for near in second)


@given(ANYBODY, st.lists(ANYBODY, max_size=8))
def test_same_assets_stand_before_all_others(one: One, others: list[One]) -> None:
    is_asset = [Reason.ASSET in near.reasons for near in found(one, *others, least_chance=0.0)]
    assert is_asset == sorted(is_asset, reverse=True)

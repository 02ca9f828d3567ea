"""Scores of maps: closed forms, ties, the best possible map, intervals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safemap.analysis.hotspots.checks import NotUsable
from safemap.analysis.hotspots.scoring import flagged_share, score_maps

Rows = list[tuple[int, int, float]]
numbers = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 6), st.floats(0.5, 9)), min_size=2, max_size=25)


def test_the_indices_by_hand() -> None:
    """Ten places alike, two of them flagged, 12 of 20 later events in them: hit rate 0.6, PAI 3, best possible 15."""
    later = [7, 5, 8, 0, 0, 0, 0, 0, 0, 0]
    found = score_maps({"map": [9, 8, 1, 0, 0, 0, 0, 0, 0, 0]}, later, np.ones(10), seed=1, area_share=0.2).maps["map"]
    assert found.hit_rate.value == pytest.approx(0.6)
    assert found.pai.value == pytest.approx(3.0)
    assert found.pei.value == pytest.approx(12 / 15)


def test_the_log_score_by_hand() -> None:
    """Half of a map's weight on a place of a quarter: log(0.95·2 + 0.05) there; nowhere is impossible."""
    found = score_maps({"map": [2, 1, 1, 0]}, [3, 0, 0, 1], np.ones(4), seed=1, area_share=0.25).maps["map"]
    exact = (3 * np.log(0.95 * 2 + 0.05) + np.log(0.05)) / 4
    assert found.log_score.value == pytest.approx(exact)


def test_the_last_place_is_flagged_in_part_so_that_areas_are_equal() -> None:
    assert flagged_share(np.array([3.0, 2.0, 1.0]), np.array([2.0, 4.0, 4.0]), 0.4).tolist() == [1.0, 0.5, 0.0]
    assert flagged_share(np.zeros(4), np.ones(4), 0.25).tolist() == [0.25] * 4


@given(numbers, st.floats(0.01, 0.99))
def test_exactly_the_wanted_area_is_flagged_and_the_worst_first(rows: Rows, share: float) -> None:
    value, _, area = (np.array(part, dtype=float) for part in zip(*rows, strict=True))
    flagged = flagged_share(value, area, share)
    assert (flagged * area).sum() == pytest.approx(share * area.sum())
    for one in range(len(value)):
        assert (flagged[value < value[one]] <= flagged[one]).all()
        assert flagged[value == value[one]] == pytest.approx(flagged[one])


@given(numbers, st.floats(0.01, 0.99))
def test_no_map_is_better_than_the_best_and_the_later_density_is_it(rows: Rows, share: float) -> None:
    value, later, area = (np.array(part, dtype=float) for part in zip(*rows, strict=True))
    found = score_maps({"map": value, "oracle": later / area}, later, area, seed=1, area_share=share, runs=1)
    if later.sum() == 0:
        assert np.isnan(found.maps["map"].pei.value)
        return
    assert found.maps["oracle"].pei.value == pytest.approx(1.0)
    assert found.maps["map"].pei.value <= 1 + 1e-9


def test_an_even_map_scores_one_and_nothing() -> None:
    later = np.random.default_rng(1).integers(0, 5, 50)
    even = score_maps({"even": np.ones(50)}, later, np.ones(50), seed=1, area_share=0.1).maps["even"]
    assert even.pai.value == pytest.approx(1.0)
    assert even.log_score.value == pytest.approx(0.0)


def test_the_truth_beats_a_poorer_map_and_the_interval_says_so() -> None:
    random = np.random.default_rng(2)
    risk = random.gamma(0.3, 1.0, 400)
    later = random.poisson(risk * 300 / risk.sum())
    found = score_maps({"truth": risk, "poor": random.permutation(risk)}, later, np.ones(400), seed=1)
    hit, log = found.better["poor"]
    assert hit.low > 0
    assert log.low > 0
    assert found.maps["truth"].hit_rate.low < found.maps["truth"].hit_rate.value < found.maps["truth"].hit_rate.high


def test_two_maps_alike_are_not_called_different() -> None:
    random = np.random.default_rng(3)
    risk = random.gamma(1.0, 1.0, 100)
    later = random.multinomial(80, risk / risk.sum())
    near = risk * random.uniform(0.97, 1.03, 100)
    hit, log = score_maps({"one": risk, "other": near}, later, np.ones(100), seed=1, area_share=0.2).better["other"]
    assert hit.low <= 0 <= hit.high
    assert log.low <= 0 <= log.high


def test_intervals_hold_the_truth_nineteen_times_of_twenty() -> None:
    random = np.random.default_rng(4)
    risk = random.gamma(0.5, 1.0, 100)
    chance = risk / risk.sum()
    true = (flagged_share(risk, np.ones(100), 0.1) * chance).sum()
    held = 0
    for place in range(150):
        later = random.multinomial(150, chance)
        found = score_maps({"map": risk}, later, np.ones(100), seed=place, area_share=0.1, runs=199)
        held += found.maps["map"].hit_rate.low <= true <= found.maps["map"].hit_rate.high
    assert held >= 132


def test_order_and_units_do_not_matter() -> None:
    random = np.random.default_rng(5)
    value, later, area = random.uniform(0, 9, 60), random.integers(0, 4, 60), random.uniform(1, 3, 60)
    order = random.permutation(60)
    first = score_maps({"map": value}, later, area, seed=1, runs=1).maps["map"]
    second = score_maps({"map": 10 * value[order]}, later[order], 1e6 * area[order], seed=1, runs=1).maps["map"]
    assert first.pai.value == pytest.approx(second.pai.value)
    assert first.log_score.value == pytest.approx(second.log_score.value)


def test_nothing_came_after() -> None:
    found = score_maps({"map": [1, 2]}, [0, 0], [1, 1], seed=1)
    assert found.n == 0
    assert np.isnan(found.maps["map"].hit_rate.value)
    assert np.isnan(found.maps["map"].hit_rate.low)


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(NotUsable, match="map"):
        score_maps({"map": [1, -1]}, [0, 1], [1, 1], seed=1)
    with pytest.raises(NotUsable, match="area"):
        score_maps({"map": [1, 1]}, [0, 1], [1, 0], seed=1)
    with pytest.raises(NotUsable, match="area_share"):
        score_maps({"map": [1, 1]}, [0, 1], [1, 1], seed=1, area_share=1.0)
    with pytest.raises(NotUsable, match="at least one map"):
        score_maps({}, [0, 1], [1, 1], seed=1)

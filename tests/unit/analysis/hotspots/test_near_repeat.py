"""Near repeats: a published answer, half-open bands, chances against all deals, links."""

import warnings
from itertools import pairwise, permutations

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safemap.analysis.hotspots.checks import LooksLikeDegrees, NotUsable
from safemap.analysis.hotspots.near_repeat import linked_events, near_repeats


def burkitt() -> tuple[np.ndarray, np.ndarray]:
    """Cases of Burkitt's lymphoma in Uganda, 1961–1975 (Bailey and Gatrell 1995), from libpysal's examples."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import libpysal.examples  # noqa: PLC0415

        cases = gpd.read_file(libpysal.examples.get_path("burkitt.shp"))
    return np.column_stack([cases.geometry.x, cases.geometry.y]), cases["T"].to_numpy(dtype=float)


def test_burkitts_lymphoma() -> None:
    """PySAL's Knox statistic for at most 20 km and 5 days: 13 pairs; by its own 999 deals p is 0.20."""
    xy, days = burkitt()
    assert len(linked_events(xy, days, within_m=20.0, within_days=5.0).later) == 13
    found = near_repeats(
        xy, days, distance_edges_m=[20.001], time_edges_days=[5.001], seed=1, runs=1999, same_place_m=0.0
    )
    assert found.pairs.tolist() == [[13]]
    assert found.p_value[0, 0] == pytest.approx(0.203, abs=0.03)


def test_bands_are_half_open() -> None:
    """Distances 0, 0.5, 100, 200 and times 0, 7, 14: each falls into the band that it begins."""
    xy = [[0, 0], [0, 0], [0.5, 0], [100, 0], [200, 0]]
    first = near_repeats(xy, np.zeros(5), distance_edges_m=[100, 200], time_edges_days=[7], seed=1, runs=9)
    # (0, 0) is the same place; 0.5 twice, 99.5, 99.5+… below 100; 100 … 199.5; 200 is in no band.
    assert first.distance_edges_m.tolist() == [0.0, 0.5, 100.0, 200.0]
    assert first.pairs.ravel().tolist() == [1, 3, 4]
    two = near_repeats([[1000, 0], [1010, 0]], [0, 7], distance_edges_m=[50], time_edges_days=[7, 14], seed=1, runs=9)
    assert two.pairs.tolist() == [[0, 0], [0, 1]]
    last = near_repeats([[1000, 0], [1010, 0]], [0, 14], distance_edges_m=[50], time_edges_days=[7, 14], seed=1, runs=9)
    assert last.pairs.sum() == 0


def test_chances_are_those_of_every_deal_of_times() -> None:
    xy = np.array([[0, 0], [10, 0], [500, 0], [510, 0], [900, 0], [905, 3]], dtype=float)
    days = np.array([0.0, 2, 9, 10, 30, 50])
    found = near_repeats(xy, days, distance_edges_m=[50], time_edges_days=[3, 30], seed=1, runs=6000, same_place_m=0)
    counts = []
    for deal in permutations(days):
        apart = np.abs(np.array([deal[0] - deal[1], deal[2] - deal[3], deal[4] - deal[5]]))
        counts.append([(apart < 3).sum(), ((apart >= 3) & (apart < 30)).sum()])
    every = np.array(counts)
    assert found.pairs[0].tolist() == [2, 1]
    assert found.expected[0] == pytest.approx(every.mean(axis=0), abs=0.03)
    assert found.p_value[0] == pytest.approx((every >= [2, 1]).mean(axis=0), abs=0.02)


@given(st.integers(0, 2**32 - 1))
def test_pairs_are_those_of_every_two_events(seed: int) -> None:
    random = np.random.default_rng(seed)
    xy, days = random.integers(0, 8, (25, 2)) * 50.0, random.integers(0, 30, 25).astype(float)
    found = near_repeats(xy, days, distance_edges_m=[60, 110], time_edges_days=[4, 9], seed=1, runs=1)
    first, second = np.triu_indices(25, 1)
    far, late = np.hypot(*(xy[first] - xy[second]).T), np.abs(days[first] - days[second])
    edges_m, edges_days = [0, 0.5, 60, 110], [0, 4, 9]
    written = [
        [((far >= a) & (far < b) & (late >= c) & (late < d)).sum() for c, d in pairwise(edges_days)]
        for a, b in pairwise(edges_m)
    ]
    assert found.pairs.tolist() == written


def test_order_place_and_calendar_do_not_matter() -> None:
    random = np.random.default_rng(3)
    xy, days = random.integers(0, 400, (60, 2)).astype(float), random.integers(0, 60, 60).astype(float)
    order = random.permutation(60)
    first, second = (
        near_repeats(*given, distance_edges_m=[50, 100], time_edges_days=[7, 14], seed=1, runs=9).pairs
        for given in ((xy, days), (xy[order] + 2_700_000, days[order] + 20_000))
    )
    assert (first == second).all()


def test_planted_repeats_are_found_and_random_ones_are_not() -> None:
    random = np.random.default_rng(4)
    xy, days = random.uniform(0, 3000, (250, 2)), random.integers(0, 300, 250).astype(float)
    none = near_repeats(xy, days, distance_edges_m=[150, 300], time_edges_days=[7, 14], seed=2, runs=199)
    assert not none.is_more.any()
    again = xy[:40] + random.normal(0, 30, (40, 2))
    some = near_repeats(
        np.concatenate([xy, again]),
        np.concatenate([days, days[:40] + random.integers(1, 6, 40)]),
        distance_edges_m=[150, 300],
        time_edges_days=[7, 14],
        seed=2,
        runs=199,
    )
    assert some.is_more[1, 0]
    assert some.ratio[1, 0] > 2
    assert some.p_value.min() == 1 / 200


def test_links_take_both_limits_in() -> None:
    links = linked_events([[0, 0], [200, 0], [0, 200.01], [50, 0]], [7.0, 0.0, 0.0, 7.0])
    assert list(zip(links.earlier.tolist(), links.later.tolist(), strict=True)) == [(1, 0), (0, 3), (1, 3)]
    assert links.distance_m.tolist() == [200.0, 50.0, 150.0]
    assert links.days.tolist() == [7.0, 0.0, 7.0]


def test_few_events() -> None:
    for number in (0, 1):
        xy, days = np.zeros((number, 2)), np.zeros(number)
        found = near_repeats(xy, days, distance_edges_m=[100], time_edges_days=[7], seed=1, runs=9)
        assert found.pairs.sum() == 0
        assert (found.p_value == 1.0).all()
        assert np.isnan(found.ratio).all()
        assert len(linked_events(xy, days).later) == 0
    same = near_repeats(np.full((4, 2), 9.0), np.zeros(4), distance_edges_m=[100], time_edges_days=[7], seed=1, runs=9)
    assert same.pairs.tolist() == [[6], [0]]
    assert same.p_value[0, 0] == 1.0


def test_what_makes_no_sense_is_refused() -> None:
    xy, days = np.array([[1000.0, 1000.0], [2000.0, 2000.0]]), [0.0, 1.0]
    for edges in ([], [100, 100], [200, 100], [0, 100], [np.nan]):
        with pytest.raises(NotUsable, match="rise"):
            near_repeats(xy, days, distance_edges_m=edges, time_edges_days=[7], seed=1)
    with pytest.raises(NotUsable, match="same_place_m"):
        near_repeats(xy, days, distance_edges_m=[100], time_edges_days=[7], seed=1, same_place_m=100)
    with pytest.raises(NotUsable, match="days"):
        near_repeats(xy, [0.0], distance_edges_m=[100], time_edges_days=[7], seed=1)
    with pytest.raises(LooksLikeDegrees):
        near_repeats([[121.5, 25.0], [121.6, 25.1]], days, distance_edges_m=[100], time_edges_days=[7], seed=1)
    with pytest.raises(LooksLikeDegrees):
        linked_events([[121.5, 25.0], [121.6, 25.1]], days)

"""Crash-prone places: exact chances, junctions and segments apart, ratios drawn towards one."""

import numpy as np
import pytest
import shapely
from scipy import stats

from safemap.analysis.hotspots.checks import NotUsable
from safemap.analysis.hotspots.exact import adjusted
from safemap.analysis.hotspots.prone import prone_places, prone_streets, street_parts
from safemap.analysis.hotspots.streets import put_on_streets
from safemap.analysis.segments import Segments, cut_streets


def cross(longest_m: float = 60.0) -> Segments:
    ends = [(300, 0), (-300, 0), (0, 300), (0, -300)]
    arms = np.array([shapely.LineString([(0, 0), end]) for end in ends], dtype=object)
    return cut_streets(arms, np.zeros(4, dtype=int), np.arange(1, 5), longest_m=longest_m)


def test_chances_are_binomial_by_exposure_and_corrected() -> None:
    counts, exposure = np.array([12, 3, 1, 0, 4]), np.array([100.0, 300.0, 100.0, 50.0, 450.0])
    found = prone_places(counts, exposure)
    exact = [stats.binom(20, part / 1000).sf(count - 1) for count, part in zip(counts, exposure, strict=True)]
    assert found.p_value == pytest.approx(exact)
    assert found.p_adjusted == pytest.approx(adjusted(np.array(exact)))
    assert found.is_prone.tolist() == [True, False, False, False, False]
    assert found.expected.sum() == pytest.approx(20)


def test_little_knowledge_draws_a_ratio_to_one() -> None:
    """Marshall's estimator on counts that vary beyond chance: twice of 20 says more than twice of 1."""
    found = prone_places([20, 1, 0, 60, 5, 14], [10.0, 0.5, 5.0, 10.0, 10.0, 14.5])
    assert found.ratio[0] == found.ratio[1] == pytest.approx(1.0)
    random = np.random.default_rng(1)
    exposure = random.uniform(1, 30, 400)
    true = random.gamma(4.0, 1 / 4.0, 400)
    made = prone_places(random.poisson(2 * exposure * true), exposure)
    assert ((made.shrunk_ratio - 1) * (made.ratio - 1) >= -1e-9).all()
    assert (np.abs(made.shrunk_ratio - 1) <= np.abs(made.ratio - 1) + 1e-9).all()
    assert np.abs(made.shrunk_ratio - true).mean() < np.abs(made.ratio - true).mean()


def test_counts_that_vary_no_more_than_chance_are_all_one() -> None:
    assert prone_places([5, 5, 5, 5], [1.0, 1.0, 1.0, 1.0]).shrunk_ratio.tolist() == [1.0] * 4


def test_a_place_without_exposure_is_not_judged() -> None:
    found = prone_places([9, 1, 1], [0.0, 50.0, 50.0])
    assert found.p_value[0] == 1.0
    assert found.expected.tolist() == [0.0, 1.0, 1.0]
    assert prone_places([3, 1], [0.0, 0.0]).is_prone.sum() == 0
    assert len(prone_places([], []).count) == 0


def test_random_streets_are_hardly_ever_prone() -> None:
    random = np.random.default_rng(2)
    exposure = random.uniform(10, 60, 150)
    alarms = sum(
        prone_places(counts, exposure).is_prone.any()
        for counts in random.multinomial(90, exposure / exposure.sum(), size=400)
    )
    assert stats.binomtest(int(alarms), 400).proportion_ci(0.9, method="exact").high <= 0.06


def test_streets_are_measured_around_junctions() -> None:
    parts = street_parts(cross(), reach_m=20.0)
    assert parts.legs.tolist() == [4]
    assert parts.junction_xy.tolist() == [[0.0, 0.0]]
    assert parts.junction_m.sum() == pytest.approx(80.0, abs=4)
    assert parts.junction_m.sum() + parts.segment_m.sum() == pytest.approx(1200.0)


def test_two_ends_on_a_street_of_two_carriageways_are_one_junction() -> None:
    lines = [[(0, 0), (0, 12)], [(-200, 0), (0, 0)], [(0, 0), (200, 0)], [(-200, 12), (0, 12)], [(0, 12), (200, 12)]]
    streets = np.array([shapely.LineString(line) for line in lines], dtype=object)
    pieces = cut_streets(streets, np.array([1, 2, 1, 4, 5]), np.array([5, 1, 3, 5, 6]))
    assert len(street_parts(pieces, same_junction_m=15.0).legs) == 1
    assert street_parts(pieces, same_junction_m=15.0).legs.tolist() == [6]
    assert len(street_parts(pieces, same_junction_m=10.0).legs) == 2


def test_events_belong_to_a_junction_within_its_reach_else_to_their_segment() -> None:
    pieces = cross()
    on = put_on_streets(pieces, [[20.0, 3.0], [20.5, 3.0], [-150.0, 0.0], [9000.0, 0.0]])
    found = prone_streets(street_parts(pieces, reach_m=20.0), on)
    assert found.junctions.count.tolist() == [1]
    assert found.segments.count.sum() == 2
    assert (found.n, found.off) == (3, 1)


def test_a_segment_with_many_is_prone_among_segments() -> None:
    pieces = cross()
    rest = [[x, 0.0] for x in range(-290, 300, 20)]
    on = put_on_streets(pieces, [[0.0, 150.0]] * 12 + rest)
    found = prone_streets(street_parts(pieces), on)
    (place,) = np.flatnonzero(found.segments.is_prone)
    assert shapely.distance(pieces.lines[place], shapely.Point(0, 150)) < 1e-9
    assert found.per_km[place] == pytest.approx(12 / 0.06)


def test_streets_without_junctions_and_no_events() -> None:
    street = np.array([shapely.LineString([(0, 0), (500, 0)])], dtype=object)
    pieces = cut_streets(street, np.array([0]), np.array([1]))
    found = prone_streets(street_parts(pieces), put_on_streets(pieces, []))
    assert len(found.junctions.count) == 0
    assert found.segments.count.sum() == 0
    with pytest.raises(NotUsable, match="other pieces"):
        prone_streets(street_parts(cross(400.0)), put_on_streets(cross(10.0), [[300.0, 0.0], [0.0, -290.0]]))

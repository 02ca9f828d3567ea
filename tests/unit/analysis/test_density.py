"""The density of events along streets: known answers, laws, awkward input."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from safemap.analysis.density import (
    classes_of,
    densest_share,
    density_along,
    density_breaks,
    drawn_from_per_km,
    events_near,
    quantiles_by_length,
)
from safemap.analysis.segments import Segments, cut_streets

BANDWIDTH_M = 50.0
NOTHING = np.zeros((0, 2))
coordinate = st.floats(-300, 300).map(lambda value: round(value, 3))
# One lies on the crossing: points that are all off every street, and near the origin, are taken for degrees.
points = st.lists(st.tuples(coordinate, coordinate), max_size=12).map(lambda some: np.array([(0.0, 0.0), *some]))


def straight(longest_m: float = 20.0) -> Segments:
    street = np.array([shapely.LineString([(-600, 0), (600, 0)])], dtype=object)
    return cut_streets(street, np.array([0]), np.array([1]), longest_m=longest_m)


def cross(longest_m: float = 20.0) -> Segments:
    """Four arms of 600 m."""
    ends = [(600, 0), (0, 600), (-600, 0), (0, -600)]
    arms = np.array([shapely.LineString([(0, 0), end]) for end in ends], dtype=object)
    return cut_streets(arms, np.zeros(4, dtype=int), np.arange(1, 5), longest_m=longest_m)


def along(segments: Segments, events: object, weights: object = None, **changes: object) -> np.ndarray:
    xy = np.array(events, dtype=float).reshape(-1, 2)
    weight = np.array(np.ones(len(xy)) if weights is None else weights, dtype=float)
    weight = weight if weight.ndim == 2 else weight[:, None]
    return density_along(segments, xy, weight, **{"bandwidth_m": BANDWIDTH_M, **changes}).per_km


@pytest.mark.parametrize("at_m", [0.0, 30.0, 104.0])
def test_the_mean_over_a_segment_is_the_closed_form(at_m: float) -> None:
    """Along a straight street an event is a Gaussian: its part of a segment is a difference of two normal tails."""
    segments = straight(60.0)
    found = along(segments, [[at_m, 12.0]])[:, 0]
    edges = np.array([line.coords[0][0] for line in segments.lines] + [600.0])
    expected = np.diff(norm.cdf(edges, at_m, BANDWIDTH_M)) / segments.length_m * 1000
    assert found == pytest.approx(expected, abs=0.015 * expected.max())


def test_no_event_is_lost_at_junctions() -> None:
    segments = cross()
    found = along(segments, [[3.0, 5.0], [40.0, -2.0], [0.0, 90.0]], [[1.0, 0.5], [2.0, 0.0], [1.0, 1.0]])
    assert (found * segments.length_m[:, None]).sum(axis=0) / 1000 == pytest.approx([4.0, 1.5], rel=1e-6)


def test_beyond_a_crossing_each_arm_has_half_of_the_gaussian() -> None:
    """2/d into each of the others at a junction of d arms; d is 4."""
    found, segments = along(cross(), [[30.0, 0.0]])[:, 0], cross()
    middle = shapely.get_coordinates(shapely.line_interpolate_point(segments.lines, 0.5, normalized=True))
    beyond = (middle[:, 0] <= 1e-9) & (np.hypot(*middle.T) < 120)
    distance = np.hypot(*middle[beyond].T) + 30.0
    expected = 0.5 * norm.pdf(distance, 0, BANDWIDTH_M) * 1000
    assert found[beyond] == pytest.approx(expected, abs=0.02 * norm.pdf(0, 0, BANDWIDTH_M) * 1000)


def test_what_stands_one_bandwidth_away_is_on_the_street_and_what_is_farther_is_not() -> None:
    found = density_along(straight(), np.array([[0.0, 50.0], [0.0, 50.01]]), np.ones((2, 1)), bandwidth_m=50.0)
    assert found.is_off.tolist() == [False, True]
    assert (found.per_km[:, 0] * straight().length_m).sum() / 1000 == pytest.approx(1.0)


def test_an_event_known_roughly_spreads_wider_and_still_counts_one() -> None:
    segments = straight(10.0)
    exact, rough = (along(segments, [[0.0, 0.0]], accuracy_m=np.array([radius]))[:, 0] for radius in (0.0, 60.0))
    middle = np.array([line.interpolate(0.5, normalized=True).x for line in segments.lines])
    assert rough.max() < exact.max()
    for found, radius in ((exact, 0.0), (rough, 60.0)):
        mass = found * segments.length_m / 1000
        assert mass.sum() == pytest.approx(1.0)
        # Radii are rounded up to steps of √2.
        assert 0.99 * (50.0**2 + radius**2 / 4) < (middle**2 * mass).sum() < 1.01 * (50.0**2 + radius**2 / 2)


def test_empty_input_gives_zeros() -> None:
    assert along(straight(), NOTHING, np.zeros((0, 3))).shape == (60, 3)
    assert not along(straight(), NOTHING, np.zeros((0, 3))).any()
    none = straight().taken(np.zeros(0, dtype=np.int64))
    found = density_along(none, np.zeros((1, 2)), np.ones((1, 2)), bandwidth_m=50.0)
    assert (found.per_km.shape, found.is_off.tolist()) == ((0, 2), [True])
    assert density_breaks(np.zeros(3), np.ones(3)).tolist() == []
    assert densest_share(np.zeros(0), np.zeros(0), 0.25).tolist() == []
    assert [part.tolist() for part in events_near(np.empty(0, dtype=object), np.zeros((1, 2)), 10.0)] == [[], []]


def test_twice_the_same_event_counts_twice() -> None:
    once, twice = along(cross(), [[10.0, 0]]), along(cross(), [[10.0, 0], [10.0, 0]])
    assert twice == pytest.approx(2 * once)


@given(points, st.randoms(use_true_random=False))
def test_order_changes_nothing_at_all(events: np.ndarray, random: np.random.Generator) -> None:
    weights = np.arange(1.0, len(events) + 1)
    order = np.array(random.sample(range(len(events)), len(events)))
    segments = cross(60.0)
    assert along(segments, events, weights).tolist() == along(segments, events[order], weights[order]).tolist()


@given(points)
def test_the_whole_is_the_sum_of_its_events(events: np.ndarray) -> None:
    segments = cross(60.0)
    apart = sum(along(segments, events, one[:, None]) for one in np.eye(len(events)))
    assert along(segments, events) == pytest.approx(apart, abs=1e-6)


@given(points, st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)))
def test_moving_everything_changes_nothing(events: np.ndarray, by: tuple[float, float]) -> None:
    on_streets = events * [1.0, 0.1234567]  # none at the very edge of belonging, none as near to two arms
    segments = cross(60.0)
    moved = Segments(shapely.transform(segments.lines, lambda xy: xy + by), *list(vars(segments).values())[1:])
    assert along(moved, on_streets + by) == pytest.approx(along(segments, on_streets), rel=1e-4, abs=1e-4)


def test_less_than_two_bandwidths_from_one_event_is_not_drawn() -> None:
    segments = straight(2.0)
    found = along(segments, [[1.0, 0.0]])[:, 0]
    middle = np.array([line.interpolate(0.5, normalized=True).x for line in segments.lines])
    drawn = middle[found >= drawn_from_per_km(BANDWIDTH_M)]
    assert (drawn.min(), drawn.max()) == pytest.approx((-99.0, 101.0), abs=2.0)


def test_an_event_at_exactly_the_distance_is_near() -> None:
    street = np.array([shapely.LineString([(0, 0), (50, 0)])], dtype=object)
    events = np.array([[25.0, 60.0], [25.0, 60.001], [110.0, 0.0], [25.0, -3.0], [25.0, -3.0]])
    line, event = events_near(street, events, 60.0)
    assert sorted(event.tolist()) == [0, 2, 3, 4]
    assert set(line.tolist()) == {0}


def test_classes_hold_equal_street_length() -> None:
    density = np.r_[0.0, np.arange(1.0, 101.0)]
    length_m = np.full(101, 7.0)
    breaks = density_breaks(density, length_m)
    assert breaks.tolist() == [20, 40, 60, 80]
    classes = classes_of(density, breaks)
    assert np.bincount(classes).tolist() == [1, 20, 20, 20, 20, 20]


def test_breaks_are_numbers_that_a_legend_can_say() -> None:
    random = np.random.default_rng(1)
    breaks = density_breaks(random.gamma(1.0, 77.7, 400), random.uniform(5, 60, 400))
    assert all(float(f"{value:.2g}") == pytest.approx(value) for value in breaks)
    assert (np.diff(breaks) > 0).all()


def test_one_density_everywhere_is_one_class() -> None:
    breaks = density_breaks(np.full(9, 42.0), np.ones(9))
    assert breaks.tolist() == [42.0]
    assert set(classes_of(np.full(9, 42.0), breaks)) == {1}


def test_quantiles_weigh_by_length() -> None:
    values, length_m = np.array([3.0, 1.0, 2.0]), np.array([10.0, 80.0, 10.0])
    assert quantiles_by_length(values, length_m, np.array([0.5, 0.8, 0.9, 1.0])).tolist() == [1, 1, 2, 3]


def test_the_densest_quarter_is_a_quarter_of_the_length() -> None:
    density, length_m = np.array([5.0, 4.0, 3.0, 2.0, 0.0]), np.array([10.0, 10.0, 10.0, 10.0, 60.0])
    assert densest_share(density, length_m, 0.2).tolist() == [True, True, False, False, False]
    assert densest_share(density, length_m, 0.25).tolist() == [True, True, True, False, False]
    assert densest_share(density, length_m, 1.0).tolist() == [True, True, True, True, False]


def test_equal_densities_are_in_or_out_together() -> None:
    assert densest_share(np.full(10, 3.0), np.ones(10), 0.1).all()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 60)), min_size=1, max_size=20), st.floats(0.05, 1))
def test_the_densest_are_at_least_the_share_and_never_less_dense(rows: list[tuple[int, int]], share: float) -> None:
    density, length_m = np.array(rows, dtype=float).T
    is_in = densest_share(density, length_m, share)
    assert length_m[is_in].sum() >= min(share * length_m.sum(), length_m[density > 0].sum()) - 1e-9
    if is_in.any() and not is_in.all():
        assert density[is_in].min() > density[~is_in].max()

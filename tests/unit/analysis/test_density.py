"""The density of events: known answers, laws, awkward input."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from safemap.analysis.density import (
    classes_of,
    densest_share,
    density_at,
    density_breaks,
    effective_bandwidth_m,
    events_near,
    quantiles_by_length,
    quartic_kernel,
)
from safemap.analysis.segments import cut_streets, sample_segments

ORIGIN = np.zeros((1, 2))
coordinate = st.floats(-300, 300).map(lambda value: round(value, 3))
points = st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=12).map(np.array)


def test_the_kernel_holds_one_event() -> None:
    mass, _ = quad(lambda r: 2 * np.pi * r * quartic_kernel(np.array([r]), 80.0)[0], 0, 80)
    assert mass == pytest.approx(1.0)


def test_one_event_spreads_to_one_over_a_fine_grid() -> None:
    side = np.arange(-150, 150, 2.0) + 1.0
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    density = density_at(grid, np.array([[3.3, -7.7]]), np.ones(1), bandwidth_m=100.0)
    assert density.sum() * 4.0 / 1e6 == pytest.approx(1.0, rel=1e-4)


def test_at_the_event_itself() -> None:
    assert density_at(ORIGIN, ORIGIN, np.ones(1), bandwidth_m=100.0)[0] == pytest.approx(3e6 / (np.pi * 1e4))


@pytest.mark.parametrize("distance_m", [0.0, 30.0, 99.0])
def test_the_mean_along_a_street_is_the_closed_form(distance_m: float) -> None:
    """A straight street of 400 m passes an event at a distance: ∫(1 - (d² + x²)/h²)² dx = 16 a⁵ / (15 h⁴)."""
    street = np.array([shapely.LineString([(-200, 0), (200, 0)])], dtype=object)
    segments = cut_streets(street, np.array([0]), np.array([1]), longest_m=400.0)
    samples = sample_segments(segments, step_m=0.5)
    density = density_at(samples.xy, np.array([[0.0, distance_m]]), np.ones(1), bandwidth_m=100.0)
    half_chord = np.sqrt(100.0**2 - distance_m**2)
    expected = 3 / (np.pi * 100.0**2) * 16 * half_chord**5 / (15 * 100.0**4) / 400.0 * 1e6
    assert samples.mean_of_segments(density, 1)[0] == pytest.approx(expected, rel=1e-3)


def test_nothing_from_exactly_one_bandwidth_on() -> None:
    density = density_at(np.array([[100.0, 0.0], [99.9, 0.0]]), ORIGIN, np.ones(1), bandwidth_m=100.0)
    assert density[0] == 0.0
    assert density[1] > 0.0


def test_an_event_known_roughly_spreads_wider_and_still_counts_one() -> None:
    assert effective_bandwidth_m(100.0, np.array([0.0, 50.0])) == pytest.approx([100.0, np.sqrt(15_000)])
    side = np.arange(-200, 200, 2.0) + 1.0
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    rough = density_at(grid, ORIGIN, np.ones(1), bandwidth_m=100.0, accuracy_m=np.array([50.0]))
    exact = density_at(grid, ORIGIN, np.ones(1), bandwidth_m=100.0)
    assert rough.sum() * 4e-6 == pytest.approx(1.0, rel=1e-3)
    assert rough.max() < exact.max()
    variance = (grid[:, 0] ** 2 * rough).sum() / rough.sum()
    assert variance == pytest.approx(100.0**2 / 8 + 50.0**2 / 4, rel=1e-2)


def test_empty_input_gives_zeros() -> None:
    nothing = np.zeros((0, 2))
    assert density_at(ORIGIN, nothing, np.zeros(0), bandwidth_m=100.0).tolist() == [0.0]
    assert density_at(nothing, ORIGIN, np.ones(1), bandwidth_m=100.0).shape == (0,)
    assert density_at(ORIGIN, nothing, np.zeros((0, 3)), bandwidth_m=100.0).shape == (1, 3)
    assert density_breaks(np.zeros(3), np.ones(3)).tolist() == []
    assert densest_share(np.zeros(0), np.zeros(0), 0.25).tolist() == []
    assert [part.tolist() for part in events_near(np.empty(0, dtype=object), ORIGIN, 10.0)] == [[], []]


def test_twice_the_same_event_counts_twice() -> None:
    once = density_at(ORIGIN, np.array([[10.0, 0]]), np.ones(1), bandwidth_m=100.0)
    twice = density_at(ORIGIN, np.array([[10.0, 0], [10.0, 0]]), np.ones(2), bandwidth_m=100.0)
    assert twice == pytest.approx(2 * once)


@given(points, points, st.randoms(use_true_random=False))
def test_order_changes_nothing_at_all(where: np.ndarray, events: np.ndarray, random: np.random.Generator) -> None:
    weights = np.arange(1.0, len(events) + 1)
    order = np.array(random.sample(range(len(events)), len(events)))
    one = density_at(where, events, weights, bandwidth_m=90.0)
    other = density_at(where, events[order], weights[order], bandwidth_m=90.0)
    assert one.tolist() == other.tolist()


@given(points, points)
def test_every_pair_computed_says_the_same(where: np.ndarray, events: np.ndarray) -> None:
    accuracy = np.linspace(0, 60, len(events))
    bandwidth2 = 90.0**2 + 2 * accuracy**2
    distance2 = ((where[:, None] - events[None]) ** 2).sum(axis=2)
    brute = (3 / (np.pi * bandwidth2) * np.maximum(0, 1 - distance2 / bandwidth2) ** 2).sum(axis=1) * 1e6
    ours = density_at(where, events, np.ones(len(events)), bandwidth_m=90.0, accuracy_m=accuracy)
    assert ours == pytest.approx(brute, abs=1e-9)


@given(points, points, st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)))
def test_moving_everything_changes_nothing(where: np.ndarray, events: np.ndarray, by: tuple[float, float]) -> None:
    one = density_at(where, events, np.ones(len(events)), bandwidth_m=90.0)
    moved = density_at(where + by, events + by, np.ones(len(events)), bandwidth_m=90.0)
    assert moved == pytest.approx(one, rel=1e-6, abs=1e-6)


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

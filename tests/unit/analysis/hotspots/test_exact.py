"""Exact chances: against every arrangement written out, against Monte Carlo, against SciPy."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from safemap.analysis.hotspots.checks import NotUsable
from safemap.analysis.hotspots.exact import (
    adjusted,
    binomial_tail,
    chance_of_finding,
    count_needed,
    ratio_interval,
    shuffled_tails,
    smallest_ratio,
)

cells = st.lists(st.integers(0, 4), min_size=1, max_size=9).map(np.array)
chances = st.lists(st.floats(0, 1), min_size=1, max_size=40).map(np.array)


@given(cells, st.integers(1, 9))
def test_shuffled_windows_are_every_choice_of_cells_written_out(counts: np.ndarray, largest: int) -> None:
    largest = min(largest, len(counts))
    most = int(np.sort(counts)[::-1][:largest].sum())
    table = shuffled_tails(counts, largest, most)
    for number in range(largest + 1):
        sums = np.array([sum(choice) for choice in combinations(counts.tolist(), number)])
        for least in range(most + 1):
            assert table[number, least] == pytest.approx((sums >= least).mean(), abs=1e-12)


def test_a_table_that_ends_early_says_the_same() -> None:
    counts = np.array([0, 0, 0, 1, 5, 2, 2, 0, 7])
    assert shuffled_tails(counts, 4, 6) == pytest.approx(shuffled_tails(counts, 4, 16)[:, :7])


def test_shuffled_windows_are_those_of_many_shuffles() -> None:
    random = np.random.default_rng(5)
    counts = random.negative_binomial(0.3, 0.3, 400)
    draws = np.array([random.choice(counts, 9, replace=False).sum() for _ in range(20_000)])
    table = shuffled_tails(counts, 9, int(draws.max()))[9]
    simulated = (draws[:, None] >= np.arange(len(table))).mean(axis=0)
    spread = np.sqrt(table * (1 - table) / len(draws))
    assert (np.abs(simulated - table) <= 4.5 * spread + 1e-9).all()


def test_small_chances_keep_their_digits() -> None:
    """Nine cells of 3,600 that hold one event each: all nine in one window is 1 / C(3600, 9)."""
    counts = np.zeros(3600, dtype=int)
    counts[:9] = 1
    assert shuffled_tails(counts, 9, 9)[9, 9] == pytest.approx(stats.hypergeom(3600, 9, 9).pmf(9), rel=1e-6, abs=0)


def test_a_window_of_all_cells_is_certain() -> None:
    table = shuffled_tails(np.array([3, 0, 4]), 3, 8)
    assert table[3].tolist() == pytest.approx([1] * 8 + [0])


def test_no_events_and_windows_without_cells() -> None:
    assert shuffled_tails(np.zeros(5, dtype=int), 2, 0).tolist() == [[1.0], [1.0], [1.0]]
    assert shuffled_tails(np.array([1, 2]), 0, 1).tolist() == [[1.0, 0.0]]


def test_a_table_that_would_never_end_is_refused() -> None:
    with pytest.raises(NotUsable, match="tested against exposure"):
        shuffled_tails(np.arange(20_000), 3000, 10**6)


@given(st.integers(0, 60), st.floats(0.001, 0.999))
def test_the_binomial_tail_is_scipys(total: int, chance: float) -> None:
    counts = np.arange(total + 1)
    ours = binomial_tail(counts, total, np.full(total + 1, chance))
    assert ours == pytest.approx(stats.binom(total, chance).sf(counts - 1), rel=1e-9, abs=1e-300)


def test_the_binomial_tail_is_every_fall_of_the_events_written_out() -> None:
    falls = [sum(where) for where in product([0, 1], repeat=5)]
    chance = [0.3**hit * 0.7 ** (5 - hit) for hit in falls]
    expected = [sum(c for hit, c in zip(falls, chance, strict=True) if hit >= least) for least in range(6)]
    assert binomial_tail(np.arange(6), 5, np.full(6, 0.3)) == pytest.approx(expected)


def test_nowhere_and_everywhere() -> None:
    assert binomial_tail(np.array([0, 1, 3, 0]), 3, np.array([0.0, 0.0, 1.0, 1.0])).tolist() == [1.0, 0.0, 1.0, 1.0]


@given(chances)
def test_the_correction_is_scipys(p_value: np.ndarray) -> None:
    assert adjusted(p_value) == pytest.approx(stats.false_discovery_control(p_value))


@given(chances, st.randoms())
def test_the_correction_knows_no_order(p_value: np.ndarray, random: object) -> None:
    order = np.random.default_rng(1).permutation(len(p_value))
    assert (adjusted(p_value[order]) == adjusted(p_value)[order]).all()


def test_the_correction_of_nothing_and_of_certainties_above_one() -> None:
    assert adjusted(np.zeros(0)).size == 0
    assert adjusted(np.array([1.0 + 1e-15, 1.0])).tolist() == [1.0, 1.0]


def test_the_correction_on_the_data_of_its_paper() -> None:
    """Benjamini and Hochberg (1995), 4.2: fifteen tests, of which the procedure at 0.05 rejects four."""
    low = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
    p_value = np.array([*low, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0])
    assert (adjusted(p_value) <= 0.05).sum() == 4


def test_the_interval_is_clopper_and_pearsons() -> None:
    low, high = ratio_interval(np.array([0, 4, 10]), 10, np.full(3, 0.2))
    exact = [stats.binomtest(count, 10).proportion_ci(method="exact") for count in (0, 4, 10)]
    assert low == pytest.approx([part.low / 0.2 for part in exact])
    assert high == pytest.approx([part.high / 0.2 for part in exact])


@pytest.mark.parametrize(
    ("total", "chance", "level"), [(20, 0.02, 1e-4), (500, 0.02, 1e-4), (3, 0.2, 1e-4), (7, 1e-5, 0.05)]
)
def test_the_count_needed_is_the_first_that_is_unlikely_enough(total: int, chance: float, level: float) -> None:
    needed = count_needed(total, chance, level)
    tail = binomial_tail(np.arange(total + 1), total, np.full(total + 1, chance))
    assert needed == next((count for count in range(total + 1) if tail[count] <= level), total + 1)


@pytest.mark.parametrize(
    ("total", "ratio", "known"), [(20, 10, 0.34), (20, 20, 0.80), (50, 5, 0.27), (50, 10, 0.87), (200, 5, 0.93)]
)
def test_the_power_is_near_that_of_made_up_maps(total: int, ratio: float, known: float) -> None:
    """Of 250 to 400 maps with a block of nine cells of 400 that has so many times the risk."""
    assert chance_of_finding(total, 9 / 400, ratio, tests=400) == pytest.approx(known, abs=0.06)


@pytest.mark.parametrize("total", [20, 50, 200, 1000])
def test_the_smallest_ratio_is_found_in_four_maps_of_five(total: int) -> None:
    smallest = smallest_ratio(total, 9 / 400, tests=400)
    assert chance_of_finding(total, 9 / 400, smallest, tests=400) == pytest.approx(0.8, abs=1e-6)


def test_what_cannot_be_found_at_all_is_infinite() -> None:
    assert smallest_ratio(0, 0.02, tests=400) == np.inf
    assert smallest_ratio(1, 0.02, tests=400) == np.inf
    assert np.isfinite(smallest_ratio(3, 0.02, tests=400))
    with pytest.raises(NotUsable):
        smallest_ratio(20, 1.0, tests=1)


def test_more_events_never_find_less() -> None:
    smallest = [smallest_ratio(total, 9 / 400, tests=400) for total in range(20, 600, 20)]
    assert smallest[-1] < 3 < 15 < smallest[0]

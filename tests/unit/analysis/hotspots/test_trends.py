"""Changes: exact ratios of rates, Mann and Kendall, and courses that do not mistake noise for news."""

from itertools import permutations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from safemap.analysis.hotspots.checks import NotUsable
from safemap.analysis.hotspots.grid import grid_over, place_events
from safemap.analysis.hotspots.trends import Course, courses, mann_kendall, rate_ratio
from safemap.geo.crs import Metric

counts = st.integers(0, 60)


@given(counts, counts, st.floats(1, 400), st.floats(1, 400))
def test_rates_are_compared_as_by_the_exact_binomial_test(before: int, after: int, early: float, late: float) -> None:
    found = rate_ratio(before, after, before_days=early, after_days=late)
    q = late / (early + late)
    if before + after == 0:
        assert np.isnan(found.ratio[0])
        assert (found.p_more[0], found.p_less[0]) == (1.0, 1.0)
        return
    exact = stats.binomtest(after, before + after, q, alternative="greater")
    assert found.p_more[0] == pytest.approx(exact.pvalue, rel=1e-6)
    exact = stats.binomtest(after, before + after, q, alternative="less")
    assert found.p_less[0] == pytest.approx(exact.pvalue, rel=1e-6)
    bounds = stats.binomtest(after, before + after, q).proportion_ci(method="exact")
    low, high = (bound / (1 - bound) * early / late if bound < 1 else np.inf for bound in bounds)
    assert found.low[0] == pytest.approx(low, rel=1e-6)
    assert found.high[0] == pytest.approx(high, rel=1e-6)


def test_turned_round_a_ratio_is_turned_over() -> None:
    there = rate_ratio([4, 9], [12, 3], before_days=30, after_days=60)
    back = rate_ratio([12, 3], [4, 9], before_days=60, after_days=30)
    assert there.ratio == pytest.approx(1 / back.ratio)
    assert there.low == pytest.approx(1 / back.high)
    assert there.p_more == pytest.approx(back.p_less)


def test_equal_rates_are_called_different_no_more_than_their_level() -> None:
    random = np.random.default_rng(1)
    made = random.poisson(6.0, (2, 20_000))
    found = rate_ratio(made[0], made[1], before_days=90, after_days=90)
    assert (found.p_more <= 0.05).mean() <= 0.05
    assert ((found.low > 1) | (found.high < 1)).mean() <= 0.05


@pytest.mark.parametrize(
    ("series", "s", "z"),
    [([1, 2, 2, 4, 3, 5, 6, 7], 25, 2.992218), ([10, 22, 21, 30, 22, 30, 40, 40, 9, 12], 8, 0.633750)],
)
def test_mann_and_kendall_as_other_programs(series: list[int], s: int, z: float) -> None:
    """pymannkendall 1.4.3, original_test."""
    found = mann_kendall(series)
    assert found.s.tolist() == [s]
    assert found.z[0] == pytest.approx(z, abs=1e-6)
    assert found.p_rising[0] == pytest.approx(stats.norm.sf(z), abs=1e-6)


@pytest.mark.parametrize("values", [[1, 2, 3, 4, 5, 6, 7, 8], [0, 0, 0, 1, 1, 2, 5, 5]])
def test_its_variance_is_that_of_every_order(values: list[int]) -> None:
    orders = np.array(list(permutations(values)))
    found = mann_kendall(orders)
    spread = np.sqrt((found.s.astype(float) ** 2).mean())
    some = np.abs(found.s) > 0
    assert ((found.s - np.sign(found.s)) / spread)[some] == pytest.approx(found.z[some])


def test_many_series_are_each_their_own_and_a_flat_one_says_nothing() -> None:
    random = np.random.default_rng(2)
    rows = random.poisson(3, (40, 12))
    together = mann_kendall(rows)
    assert all(together.s[place] == mann_kendall(row).s[0] for place, row in enumerate(rows))
    flat = mann_kendall(np.full(9, 4.0))
    assert (flat.s[0], flat.z[0], flat.p_rising[0], flat.p_falling[0]) == (0, 0.0, 0.5, 0.5)


def test_seven_steps_are_too_few() -> None:
    with pytest.raises(NotUsable, match="at least 8"):
        mann_kendall(np.arange(7))
    with pytest.raises(NotUsable, match="nan"):
        mann_kendall([1, 2, 3, np.nan, 5, 6, 7, 8])


TOWN = grid_over(Metric(shapely.box(0, 0, 2000, 2000)), 100.0)


def made_up(rates: dict[tuple[float, float], list[int]], seed: int, every: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """So many events a step around each place, over some everywhere."""
    random = np.random.default_rng(seed)
    xy, step = [], []
    for at, numbers in rates.items():
        for place, number in enumerate(numbers):
            xy.append(np.array(at) + random.uniform(-70, 70, (number, 2)))
            step += [place] * number
    for place in range(len(next(iter(rates.values())))):
        xy.append(random.uniform(0, 2000, (every, 2)))
        step += [place] * every
    return np.concatenate(xy), np.array(step)


def at(found: np.ndarray, x: float, y: float) -> str:
    return str(found[np.flatnonzero(TOWN.cells == TOWN.flat_of(np.array([[x, y]]))[0])[0]])


@pytest.mark.parametrize("steps", [6, 12])
def test_places_that_wake_stay_and_fall_asleep(steps: int) -> None:
    half = steps // 2
    rates = {
        (350.0, 350.0): [0] * half + [6] * half,
        (1050.0, 1650.0): [6] * steps,
        (1650.0, 450.0): [6] * half + [0] * half,
    }
    xy, step = made_up(rates, seed=1)
    found = courses(place_events(TOWN, xy), step, steps=steps, recent_steps=half, reach_m=150.0)
    assert at(found.course, 350, 350) == Course.EMERGING
    assert at(found.course, 1050, 1650) == Course.PERSISTENT
    assert at(found.course, 1650, 450) == Course.FADING
    assert at(found.course, 1000, 1000) == Course.NEVER
    assert (found.p_rising is None) == (steps < 8)
    assert (found.is_hot_ever == (found.course != Course.NEVER)).all()


def test_hot_now_and_not_before_is_not_news_by_itself() -> None:
    """A place that is hot at one rate all the time is sometimes hot in one half only; it is hardly ever news."""
    random = np.random.default_rng(4)
    in_one_half = news = 0
    for seed in range(60):
        xy, step = made_up({(1050.0, 1050.0): random.poisson(1.5, 12).tolist()}, seed=seed, every=6)
        found = courses(place_events(TOWN, xy), step, steps=12, recent_steps=6, reach_m=150.0)
        in_one_half += (found.is_hot_now != found.is_hot_before).any()
        news += np.isin(found.course, [Course.EMERGING, Course.FADING]).any()
    assert in_one_half > 30
    assert news <= 6


def test_random_events_hardly_ever_have_a_course() -> None:
    random = np.random.default_rng(3)
    alarms = 0
    for _ in range(150):
        xy, step = random.uniform(0, 2000, (120, 2)), random.integers(0, 10, 120)
        found = courses(place_events(TOWN, xy), step, steps=10, recent_steps=3, reach_m=150.0)
        alarms += (found.course != Course.NEVER).any()
    assert stats.binomtest(int(alarms), 150).proportion_ci(0.9, method="exact").high <= 0.09


def test_what_makes_no_sense_is_refused() -> None:
    placed = place_events(TOWN, [[500.0, 500.0]])
    wrong = (([4], 4, 1, "from 0 to 3"), ([0], 4, 4, "before"), ([0.5], 4, 1, "whole numbers"))
    for step, steps, recent, says in wrong:
        with pytest.raises(NotUsable, match=says):
            courses(placed, step, steps=steps, recent_steps=recent, reach_m=150.0)
    with pytest.raises(NotUsable, match="before_days"):
        rate_ratio(1, 1, before_days=0, after_days=1)
    with pytest.raises(NotUsable, match="as before"):
        rate_ratio([1, 2], [1], before_days=1, after_days=1)

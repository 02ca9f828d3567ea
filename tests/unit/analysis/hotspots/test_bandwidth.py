"""The chosen bandwidth: the exact likelihood's, and honest where there is nothing to choose by."""

import numpy as np
import pytest
import shapely
from scipy.stats import norm

from safemap.analysis.hotspots.bandwidth import Limit, choose_bandwidth
from safemap.analysis.hotspots.checks import NotUsable
from safemap.analysis.hotspots.grid import Grid, grid_over
from safemap.geo.crs import Metric


def town(cell_m: float = 20.0) -> Grid:
    return grid_over(Metric(shapely.box(0, 0, 2000, 2000)), cell_m)


def exact(xy: np.ndarray, width_m: float) -> float:
    """Write out the likelihood of every event from all others, with the closed form of the mass inside a square."""
    mass = np.prod(norm.cdf((2000 - xy) / width_m) - norm.cdf(-xy / width_m), axis=1)
    apart2 = ((xy[:, None] - xy[None]) ** 2).sum(axis=2)
    kernel = np.exp(-apart2 / (2 * width_m**2)) / (2 * np.pi * width_m**2) / mass
    np.fill_diagonal(kernel, 0.0)
    return float(np.log(kernel.sum(axis=1) * 400.0).sum() - len(xy))  # per cell of 400 m²


@pytest.mark.parametrize("seed", [1, 2])
def test_the_likelihood_is_the_one_written_out(seed: int) -> None:
    random = np.random.default_rng(seed)
    centres = random.uniform(200, 1800, (8, 2))
    xy = np.clip(centres[random.integers(0, 8, 200)] + random.normal(0, 70, (200, 2)), 1, 1999)
    found = choose_bandwidth(town(), xy, candidates=9)
    written = np.array([exact(xy, width) for width in found.candidates_m])
    assert found.log_likelihood == pytest.approx(written, abs=0.5)
    assert found.chosen_m == found.candidates_m[written.argmax()]
    assert found.low_m <= found.chosen_m <= found.high_m
    assert found.limit is Limit.NONE


def test_one_cluster_is_drawn_about_as_wide_as_it_is() -> None:
    """For a normal cluster the best width is near 0.8 s n^(-1/6) … n^(-1/10): some 35 to 60 m here."""
    xy = np.random.default_rng(3).normal(1000, 100, (400, 2))
    assert 30 < choose_bandwidth(town(), xy).chosen_m < 65


def test_random_events_are_said_to_show_no_clustering() -> None:
    limits = {
        choose_bandwidth(town(), np.random.default_rng(seed).uniform(0, 2000, (150, 2))).limit for seed in range(6)
    }
    assert limits == {Limit.WIDEST}


def test_repeated_addresses_do_not_draw_it_down() -> None:
    random = np.random.default_rng(4)
    xy = random.normal(1000, 150, (150, 2))
    once = choose_bandwidth(town(), xy)
    often = choose_bandwidth(town(), np.repeat(xy, random.integers(1, 6, 150), axis=0))
    assert often.chosen_m == pytest.approx(once.chosen_m, rel=0.35)


def test_no_candidate_is_narrower_than_cells_or_positions_allow() -> None:
    xy = np.random.default_rng(5).normal(1000, 60, (100, 2))
    assert choose_bandwidth(town(), xy).candidates_m[0] == pytest.approx(30.0)
    rough = choose_bandwidth(town(), xy, accuracy_m=120.0)
    assert rough.candidates_m[0] == pytest.approx(120.0)
    assert rough.limit is Limit.NARROWEST


def test_weights_count_like_repeats() -> None:
    random = np.random.default_rng(6)
    xy, times = random.normal(1000, 100, (80, 2)), random.integers(1, 5, 80)
    repeated = choose_bandwidth(town(), np.repeat(xy, times, axis=0))
    weighed = choose_bandwidth(town(), xy, weights=times)
    assert repeated.log_likelihood == pytest.approx(weighed.log_likelihood)


def test_too_few_places_to_choose_by() -> None:
    for xy in ([], [[500, 500]] * 30, [[500, 500], [600, 600], [-9000, -9000]]):
        with pytest.raises(NotUsable, match="different places"):
            choose_bandwidth(town(), xy)
    with pytest.raises(NotUsable, match="no candidates"):
        choose_bandwidth(town(), np.random.default_rng(7).uniform(0, 2000, (9, 2)), narrowest_m=200, widest_m=100)

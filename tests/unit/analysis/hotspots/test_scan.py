"""The scan: its ratio written out, its chance exact, its circles; and what is new."""

import numpy as np
import pytest
import shapely
from scipy import stats

from safemap.analysis.hotspots.checks import NotUsable
from safemap.analysis.hotspots.grid import Grid, Tiling, grid_over, place_events
from safemap.analysis.hotspots.hot_cells import Null
from safemap.analysis.hotspots.scan import scan, scan_recent, scattered
from safemap.geo.crs import Metric


def town(cell_m: float = 100.0, tiling: Tiling = Tiling.SQUARE) -> Grid:
    return grid_over(Metric(shapely.box(0, 0, 2000, 2000)), cell_m, tiling)


def events(n: int, seed: int, spot: int = 0, at: float = 1050.0) -> np.ndarray:
    random = np.random.default_rng(seed)
    return np.concatenate([random.uniform(0, 2000, (n, 2)), random.normal(at, 40, (spot, 2))])


def ratio(count: int, expected: float, n: int) -> float:
    """Kulldorff (1997), the Poisson likelihood ratio."""
    rest = (n - count) * np.log((n - count) / (n - expected)) if count < n else 0.0
    return count * np.log(count / expected) + rest


@pytest.mark.parametrize("tiling", list(Tiling))
def test_the_best_circle_is_the_best_of_all_written_out(tiling: Tiling) -> None:
    grid = town(tiling=tiling)
    placed = place_events(grid, events(60, seed=1, spot=10))
    found = scan(placed, seed=1, radii_m=[100, 200, 350], runs=19)
    centres, counts = grid.centres_xy(), grid.of_cells(placed.counts)
    exposure = grid.of_cells(grid.exposure)
    best = 0.0
    for radius in (100, 200, 350):
        for centre in centres:
            near = np.hypot(*(centres - centre).T) <= radius + 1e-6
            count, expected = counts[near].sum(), placed.total * exposure[near].sum() / exposure.sum()
            if count > max(expected, 1.5):
                best = max(best, ratio(count, expected, placed.total))
    assert found.clusters[0].log_likelihood_ratio == pytest.approx(best)
    first = found.clusters[0]
    assert counts[first.cells].sum() == first.count
    assert first.ratio == pytest.approx(first.count / first.expected)


def test_the_chance_is_how_often_random_maps_do_as_well() -> None:
    placed = place_events(town(), events(40, seed=2, spot=4))
    found = scan(placed, seed=3, runs=199)
    for cluster in found.clusters:
        as_good = (found.highest >= cluster.log_likelihood_ratio - 1e-9).sum()
        assert cluster.p_value == (1 + as_good) / 200
    assert (np.diff([cluster.log_likelihood_ratio for cluster in found.clusters]) <= 1e-9).all()


def test_circles_that_are_told_share_no_cell() -> None:
    found = scan(place_events(town(), events(80, seed=4, spot=12)), seed=1, runs=19)
    cells = np.concatenate([cluster.cells for cluster in found.clusters])
    assert len(found.clusters) > 1
    assert len(cells) == len(set(cells.tolist()))


def test_one_seed_one_answer() -> None:
    placed = place_events(town(), events(50, seed=5))
    first, second, other = (scan(placed, seed=seed, runs=59) for seed in (1, 1, 2))
    assert (first.highest == second.highest).all()
    assert (first.highest != other.highest).any()


def test_random_maps_follow_exposure() -> None:
    chance = np.array([0.5, 0.0, 0.25, 0.25, 0.0])
    maps = scattered(np.random.default_rng(1), chance, 40, 2000)
    assert (maps.sum(axis=1) == 40).all()
    assert (maps[:, [1, 4]] == 0).all()
    assert stats.chisquare(maps.sum(axis=0)[[0, 2, 3]], 80_000 * chance[[0, 2, 3]]).pvalue > 1e-3


def test_many_reports_of_one_address_are_no_hotspot_when_cells_are_shuffled() -> None:
    xy = np.concatenate([events(40, seed=6), [[1050.0, 1050.0]] * 12])
    placed = place_events(town(), xy)
    assert scan(placed, seed=1, runs=99).is_any
    assert not scan(placed, seed=1, runs=99, null=Null.SHUFFLE).is_any


def test_exposure_explains_what_it_explains() -> None:
    grid = town()
    houses = np.ones(grid.shape)
    houses[9:12, 9:12] = 40.0
    xy = events(40, seed=7, spot=15)
    assert scan(place_events(grid, xy), seed=1, runs=99).is_any
    assert not scan(place_events(grid.with_exposure(houses), xy), seed=1, runs=99).is_any


def test_no_event_and_one_event() -> None:
    for xy in ([], [[500.0, 500.0]]):
        found = scan(place_events(town(), xy), seed=1, runs=19)
        assert found.clusters == ()
        assert not found.is_any


def test_all_events_at_one_place() -> None:
    found = scan(place_events(town(), [[1050.0, 1050.0]] * 20), seed=1, runs=99)
    assert found.clusters[0].count == 20
    assert found.clusters[0].p_value == 0.01


def test_a_month_in_which_a_corner_wakes_is_new() -> None:
    xy = events(240, seed=8, spot=10)
    step = np.concatenate([np.arange(240) % 12, np.full(10, 11)])
    found = scan_recent(place_events(town(), xy), step, seed=1, runs=99)
    assert found.is_any
    assert found.clusters[0].recent_steps == 1
    assert np.abs(np.array(found.clusters[0].centre_xy) - 1050).max() <= 200


def test_what_was_always_hot_and_what_rises_everywhere_is_not_new() -> None:
    always = np.concatenate([np.arange(240), np.arange(48)]) % 12
    assert not scan_recent(place_events(town(), events(240, seed=9, spot=48)), always, seed=1, runs=99).is_any
    rising = np.random.default_rng(1).permutation(np.repeat(np.arange(12), np.arange(1, 13) * 3))
    assert not scan_recent(place_events(town(), events(len(rising), seed=10)), rising, seed=1, runs=99).is_any


def test_the_expected_number_of_a_recent_circle_is_its_own_past_at_the_areas_pace() -> None:
    """Nine of 30 events are recent; a circle with 10 of all time expects 3."""
    xy = np.concatenate([[[250.0, 250.0]] * 10, [[1550.0, 1550.0]] * 20])
    step = np.array([1] * 8 + [0] * 2 + [1] + [0] * 19)
    found = scan_recent(place_events(town(), xy), step, seed=1, radii_m=[100], runs=19)
    assert (found.clusters[0].count, found.clusters[0].expected) == (8, pytest.approx(3.0))


def test_events_outside_do_not_disturb_the_steps() -> None:
    xy = np.concatenate([events(60, seed=11), [[-50.0, -50.0]] * 5])
    step = np.concatenate([np.arange(60) % 4, np.full(5, 3)])
    found = scan_recent(place_events(town(), xy), step, seed=1, runs=19)
    assert (found.n, found.outside) == (60, 5)


def test_what_makes_no_sense_is_refused() -> None:
    placed = place_events(town(), events(30, seed=12))
    with pytest.raises(NotUsable, match="at least 19"):
        scan(placed, seed=1, runs=9)
    with pytest.raises(NotUsable, match="largest_share"):
        scan(placed, seed=1, largest_share=0.0)
    with pytest.raises(NotUsable, match="every circle"):
        scan(placed, seed=1, radii_m=[3000], largest_share=0.1)
    with pytest.raises(NotUsable, match="middle"):
        scan(placed, seed=1, null=Null.SHUFFLE_OTHERS)
    with pytest.raises(NotUsable, match="one step"):
        scan_recent(placed, np.zeros(30, dtype=int), seed=1)
    with pytest.raises(NotUsable, match="30 whole numbers"):
        scan_recent(placed, np.zeros(29, dtype=int), seed=1)

"""Gi* and hot cells: published answers, both nulls, borders, ties, and laws."""

import warnings

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.spatial.distance import cdist

from safemap.analysis.hotspots.checks import NotUsable
from safemap.analysis.hotspots.exact import adjusted
from safemap.analysis.hotspots.grid import Grid, Placed, Tiling, grid_over, place_events
from safemap.analysis.hotspots.hot_cells import HotCells, Null, gi_star, hot_cells, hotspots_of
from safemap.geo.crs import Metric

CORNER = np.array([300_000.0, 2_700_000.0])
TOWN = Metric(shapely.box(300_000, 2_700_000, 302_000, 2_702_000))
ALONE = [Null.EXPOSURE, Null.SHUFFLE, Null.SHUFFLE_OTHERS]


def scattered(n: int, seed: int, spot: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    return np.concatenate([random.uniform(0, 2000, (n, 2)), random.uniform(900, 1100, (spot, 2))]) + CORNER


def with_counts(grid: Grid, counts: np.ndarray) -> Placed:
    return Placed(grid, counts, np.zeros(0, dtype=np.int64), 0)


def test_six_points_of_the_textbook() -> None:
    """PySAL's example of Getis and Ord (1996), eq. 14.4: six points, neighbours within 15, Gi* with binary weights."""
    points = np.array([(10, 10), (20, 10), (40, 10), (15, 20), (30, 20), (30, 30)], dtype=float)
    weights = csr_array((cdist(points, points) <= 15).astype(float))
    found = gi_star(np.array([2, 3, 3.2, 5, 8, 7]), weights)
    known = [-1.39727626, -0.28917762, 0.65064964, -0.28917762, 1.23452088, 2.02424331]
    assert found == pytest.approx(known, abs=1e-8)


def test_columbus_crime() -> None:
    """Crime in Columbus, Ohio (Anselin 1988): as PySAL's esda with binary weights, and row-standardised the same."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import libpysal.examples  # noqa: PLC0415
        from esda import G_Local  # noqa: PLC0415
        from libpysal.weights import Queen, fill_diagonal  # noqa: PLC0415

        frame = gpd.read_file(libpysal.examples.get_path("columbus.shp"))
        queen = fill_diagonal(Queen.from_dataframe(frame, use_index=False), 1.0)
        known = G_Local(frame["CRIME"], queen, transform="B", star=True, permutations=0).Zs
    crime = frame["CRIME"].to_numpy()
    touches = np.array([[one.intersects(other) for other in frame.geometry] for one in frame.geometry], dtype=float)
    assert gi_star(crime, csr_array(touches)) == pytest.approx(known, abs=1e-12)
    # As theory and spdep say; esda itself is too small by √k here.
    standardised = touches / touches.sum(axis=1, keepdims=True)
    assert gi_star(crime, csr_array(standardised)) == pytest.approx(known, abs=1e-12)


@pytest.mark.parametrize("tiling", list(Tiling))
def test_windows_on_the_grid_are_weights_in_a_matrix(tiling: Tiling) -> None:
    shape = shapely.Polygon([(0, 0), (1500, 200), (1800, 1500), (700, 900)], [[(600, 400), (900, 450), (800, 700)]])
    grid = grid_over(Metric(shape), 90.0, tiling)
    placed = place_events(grid, np.random.default_rng(2).uniform(200, 1400, (150, 2)))
    hot = hot_cells(placed, 140.0)
    apart = cdist(grid.centres_xy(), grid.centres_xy())
    near = (apart <= 140.0 + 1e-6).astype(float)
    counts = grid.of_cells(placed.counts)
    assert (hot.count == (near @ counts).astype(int)).all()
    assert hot.gi_star_z == pytest.approx(gi_star(counts.astype(float), csr_array(near)))
    assert hot.expected == pytest.approx(placed.total * (near @ grid.of_cells(grid.exposure)) / grid.exposure.sum())


@pytest.mark.parametrize("null", [Null.SHUFFLE, Null.SHUFFLE_OTHERS])
def test_shuffled_chances_are_those_of_every_shuffle(null: Null) -> None:
    """Three by three cells, all 9! arrangements by their sums: small enough to write out."""
    grid = grid_over(Metric(shapely.box(0, 0, 300, 300)), 100.0)
    counts = np.array([[2, 0, 0], [0, 1, 0], [0, 0, 3]])
    hot = hot_cells(with_counts(grid, counts), 100.0, null=null)
    random = np.random.default_rng(3)
    deals = np.array([random.permutation(counts.ravel()) for _ in range(40_000)]).reshape(-1, 3, 3)
    for cell, (row, column) in enumerate(np.ndindex(3, 3)):
        window = np.zeros((3, 3), dtype=bool)
        for down, right in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)):
            if 0 <= row + down < 3 and 0 <= column + right < 3:
                window[row + down, column + right] = True
        drawn = deals[:, window].sum(axis=1)
        if null is Null.SHUFFLE_OTHERS:
            drawn = drawn[deals[:, row, column] == counts[row, column]]
        share = (drawn >= counts[window].sum()).mean()
        assert hot.p_value[cell] == pytest.approx(share, abs=4.5 * np.sqrt(0.25 / len(drawn)))


@pytest.mark.parametrize("null", ALONE)
def test_a_planted_hotspot_is_found_and_nothing_else(null: Null) -> None:
    hot = hot_cells(place_events(grid_over(TOWN, 100.0), scattered(60, seed=4, spot=25)), 150.0, null=null)
    spots = hotspots_of(hot)
    assert len(spots) == 1
    assert spots[0].ratio_low > 3
    centre = hot.grid.centres_xy()[spots[0].strongest] - CORNER
    assert np.abs(centre - 1000).max() <= 150
    assert hot.p_adjusted[spots[0].strongest] == spots[0].p_adjusted <= 0.05


@pytest.mark.parametrize("null", ALONE)
def test_empty_windows_are_never_hot(null: Null) -> None:
    hot = hot_cells(place_events(grid_over(TOWN, 50.0), scattered(80, seed=5)), 75.0, null=null)
    assert (hot.count == 0).sum() > 500
    assert (hot.p_value[hot.count == 0] == 1.0).all()


def test_one_busy_address_is_hot_by_exposure_and_not_by_shuffling() -> None:
    events = np.concatenate([scattered(40, seed=6), np.repeat([[301_050.0, 2_701_050.0]], 12, axis=0)])
    placed = place_events(grid_over(TOWN, 100.0), events)
    assert hot_cells(placed, 150.0).is_hot.any()
    assert not hot_cells(placed, 150.0, null=Null.SHUFFLE).is_hot.any()


def test_a_border_is_neither_hot_nor_cold_by_itself() -> None:
    """Three events in every cell: expected and count agree everywhere, corners and edges too."""
    grid = grid_over(TOWN, 100.0)
    hot = hot_cells(with_counts(grid, np.full(grid.shape, 3)), 150.0)
    assert hot.count == pytest.approx(hot.expected)
    assert (hot.gi_star_z == 0).all()
    assert not hot.is_hot.any()


def test_exposure_decides_what_is_much() -> None:
    """Ten events among a hundred houses are fewer than among ten."""
    grid = grid_over(TOWN, 100.0)
    houses = np.ones(grid.shape)
    houses[9:12, 9:12] = 30.0
    events = scattered(40, seed=7, spot=20)
    assert hot_cells(place_events(grid, events), 150.0).is_hot.any()
    assert not hot_cells(place_events(grid.with_exposure(houses), events), 150.0).is_hot.any()


def test_chances_are_corrected_always() -> None:
    hot = hot_cells(place_events(grid_over(TOWN, 100.0), scattered(60, seed=8)), 150.0)
    assert (hot.p_adjusted == adjusted(hot.p_value)).all()
    assert (hot.is_hot == (hot.p_adjusted <= hot.level)).all()


@pytest.mark.parametrize("null", ALONE)
def test_no_event_one_event_and_all_at_one_place(null: Null) -> None:
    grid = grid_over(TOWN, 100.0)
    nothing = hot_cells(place_events(grid, []), 150.0, null=null)
    assert not nothing.is_hot.any()
    assert nothing.smallest_ratio == np.inf
    assert hotspots_of(nothing) == ()
    one = hot_cells(place_events(grid, [[300_500, 2_700_500]]), 150.0, null=null)
    assert not one.is_hot.any()
    same = hot_cells(place_events(grid, [[300_500, 2_700_500]] * 30), 150.0, null=null)
    assert np.isfinite(same.gi_star_z).all()


def test_a_window_over_the_whole_area_says_nothing() -> None:
    hot = hot_cells(place_events(grid_over(TOWN, 1000.0), scattered(30, seed=9)), 5000.0)
    assert (hot.p_value == 1.0).all()
    assert (hot.gi_star_z == 0).all()
    assert hot.smallest_ratio == np.inf


@given(st.integers(0, 2**32 - 1))
def test_order_and_place_on_earth_do_not_matter(seed: int) -> None:
    random = np.random.default_rng(seed)
    events = random.uniform(0, 1000, (40, 2))
    near, far = (grid_over(Metric(shapely.box(at, at, at + 1000, at + 1000)), 100.0) for at in (0, 65_536))
    first = hot_cells(place_events(near, events), 150.0)
    second = hot_cells(place_events(far, random.permutation(events) + 65_536), 150.0)
    assert (first.count == second.count).all()
    assert first.p_adjusted == pytest.approx(second.p_adjusted)


def test_kilometres_for_metres_change_nothing_but_the_unit() -> None:
    events = scattered(80, seed=10, spot=10)
    small = grid_over(Metric(shapely.box(300.0, 2700.0, 302.0, 2702.0)), 0.1)
    in_m, in_km = (
        hot_cells(place_events(grid, xy), reach)
        for grid, xy, reach in ((grid_over(TOWN, 100.0), events, 150.0), (small, events / 1000, 0.15))
    )
    assert in_m.p_value == pytest.approx(in_km.p_value)


def test_turning_the_map_turns_the_answer() -> None:
    grid = grid_over(TOWN, 100.0)
    counts = place_events(grid, scattered(90, seed=11, spot=10)).counts
    straight, turned = (hot_cells(with_counts(grid, given), 150.0) for given in (counts, np.rot90(counts).copy()))
    assert np.rot90(straight.p_value.reshape(grid.shape)) == pytest.approx(turned.p_value.reshape(grid.shape))


def test_hotspots_are_groups_of_touching_cells_the_least_likely_first() -> None:
    random = np.random.default_rng(12)
    two = [random.uniform(low, low + 200, (number, 2)) + CORNER for low, number in ((300, 20), (1500, 30))]
    hot = hot_cells(place_events(grid_over(TOWN, 100.0), np.concatenate([scattered(60, seed=13), *two])), 150.0)
    spots = hotspots_of(hot)
    assert [spot.count for spot in spots] == sorted((spot.count for spot in spots), reverse=True)
    assert len(spots) == 2
    assert sorted(np.concatenate([spot.cells for spot in spots]).tolist()) == np.flatnonzero(hot.is_hot).tolist()


def test_hexagons_touch_their_six_neighbours() -> None:
    """Two hot hexagons at opposite long corners of a lattice's rhombus do not touch, though their array places do."""
    grid = grid_over(Metric(shapely.box(0, 0, 1000, 1000)), 100.0, Tiling.HEXAGON)
    centres = grid.centres_xy()
    middle = int(np.hypot(*(centres - 500).T).argmin())
    apart = np.hypot(*(centres - centres[middle]).T)
    for other in np.flatnonzero(np.isclose(apart, 100.0) | np.isclose(apart, 100.0 * np.sqrt(3))):
        is_hot = np.zeros(len(grid), dtype=bool)
        is_hot[[middle, other]] = True
        groups = hotspots_of(_marked(grid, is_hot))
        assert len(groups) == (1 if np.isclose(apart[other], 100.0) else 2)


def _marked(grid: Grid, is_hot: np.ndarray) -> HotCells:
    ones = np.ones(len(grid))
    return HotCells(grid, ones.astype(int), ones, ones, ones, ones, is_hot, 10, 0, Null.EXPOSURE, 0.05, 100.0, 2.0)


def test_what_makes_no_sense_is_refused() -> None:
    placed = place_events(grid_over(TOWN, 100.0), scattered(30, seed=14))
    with pytest.raises(NotUsable, match="level"):
        hot_cells(placed, 150.0, level=1.5)
    with pytest.raises(NotUsable, match="reach_m"):
        hot_cells(placed, 0.0)
    with pytest.raises(NotUsable, match="weights"):
        gi_star(np.ones(3), csr_array(np.eye(4)))
    with pytest.raises(NotUsable, match="nan"):
        gi_star(np.array([1.0, np.nan]), csr_array(np.eye(2)))

"""Cells over an area: exact shares at its border, every point in one cell, and what is left out is told."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.affinity import rotate, translate

from safemap.analysis.hotspots.checks import LooksLikeDegrees, NotUsable
from safemap.analysis.hotspots.grid import Grid, Tiling, grid_over, place_events, suggest_cell_m
from safemap.geo.crs import Metric

FAR = (302_000.0, 2_770_000.0)  # where Taipei lies in its plane
SHAPE = shapely.Polygon(
    [(0, 0), (900, 100), (1000, 700), (500, 500), (100, 900)], holes=[[(300, 200), (500, 200), (500, 350), (300, 350)]]
)
TILINGS = list(Tiling)


def area_of(shape: shapely.Geometry, at: tuple[float, float] = FAR) -> Metric:
    return Metric(translate(shape, *at))


@pytest.mark.parametrize("tiling", TILINGS)
@pytest.mark.parametrize("cell_m", [17.0, 50.0, 130.0])
@pytest.mark.parametrize("angle", [0.0, 31.0, 77.0])
def test_cells_hold_the_area_but_for_slivers(tiling: Tiling, cell_m: float, angle: float) -> None:
    area = area_of(rotate(SHAPE, angle))
    grid = grid_over(area, cell_m, tiling)
    assert grid.exposure.sum() + grid.clipped_m2 == pytest.approx(area.area, rel=1e-9)
    assert grid.clipped_m2 < 0.01 * area.area
    assert grid.exposure.max() <= grid.cell_m2 * (1 + 1e-9)


@pytest.mark.parametrize("tiling", TILINGS)
def test_each_cells_share_is_its_intersection_with_the_area(tiling: Tiling) -> None:
    area = area_of(SHAPE)
    grid = grid_over(area, 60.0, tiling)
    every = np.arange(grid.exposure.size)
    exact = shapely.area(shapely.intersection(grid.polygons(every), area)) / grid.cell_m2
    assert grid.inside_share.ravel() == pytest.approx(np.where(exact < 0.01, 0.0, exact), abs=1e-7)


@pytest.mark.parametrize("tiling", TILINGS)
@given(st.integers(0, 2**32 - 1))
def test_every_point_lies_in_its_cell_and_in_no_other(tiling: Tiling, seed: int) -> None:
    grid = grid_over(area_of(SHAPE), 70.0, tiling)
    points = np.random.default_rng(seed).uniform(100, 800, (20, 2)) + FAR
    flat = grid.flat_of(points)
    shapes = grid.polygons(np.arange(grid.exposure.size))
    for point, cell in zip(shapely.points(points), flat, strict=True):
        assert shapely.distance(shapes[cell], point) < 1e-6
        assert (shapely.area(shapely.intersection(shapes, point.buffer(1e-3))) > 0)[cell]


@pytest.mark.parametrize("tiling", TILINGS)
def test_centres_lie_in_their_own_cells(tiling: Tiling) -> None:
    grid = grid_over(area_of(SHAPE), 40.0, tiling)
    assert (grid.flat_of(grid.centres_xy()) == grid.cells).all()


def test_hexagons_have_six_neighbours_one_cell_away() -> None:
    grid = grid_over(area_of(shapely.box(0, 0, 2000, 2000)), 100.0, Tiling.HEXAGON)
    centres = grid.centres_xy()
    middle = centres[np.hypot(*(centres - centres.mean(axis=0)).T).argmin()]
    apart = np.hypot(*(centres - middle).T)
    assert np.isclose(apart, 100.0).sum() == 6
    assert apart[apart > 1].min() == pytest.approx(100.0)
    assert grid.window(100.0).size == 7


def test_events_outside_and_in_holes_take_no_part_and_are_told() -> None:
    placed = place_events(
        grid_over(area_of(SHAPE), 50.0), np.array([[50, 50], [400, 300], [-60, 10], [990, 690]]) + FAR
    )
    assert placed.outside == 2
    assert placed.total == 2
    assert (placed.cell[[1, 2]] == -1).all()
    assert placed.counts.sum() == 2


def test_an_event_on_the_border_lies_inside() -> None:
    grid = grid_over(area_of(shapely.box(0, 0, 400, 300)), 100.0)
    corners = np.array([[0, 0], [400, 0], [400, 300], [0, 300], [400, 150]]) + FAR
    assert place_events(grid, corners).outside == 0
    assert place_events(grid, np.array([[400.001, 150]]) + FAR).outside == 1


def test_an_event_between_two_cells_belongs_to_the_one_north_east() -> None:
    grid = grid_over(area_of(shapely.box(0, 0, 200, 200)), 100.0)
    assert place_events(grid, np.array([[100, 100]]) + FAR).counts.tolist() == [[0, 0], [0, 1]]


def test_cells_move_with_the_area() -> None:
    xy = np.random.default_rng(1).uniform(0, 1000, (200, 2))
    here, there = (place_events(grid_over(area_of(SHAPE, at), 45.0), xy + at) for at in ((0.0, 0.0), (4096.0, 8192.0)))
    assert (here.counts == there.counts).all()


def test_streets_are_measured_where_they_lie() -> None:
    grid = grid_over(area_of(shapely.box(0, 0, 1000, 500)), 100.0)
    street = shapely.transform(shapely.LineString([(0, 50), (1000, 50)]), lambda xy: xy + FAR)
    outside = shapely.transform(shapely.LineString([(0, 900), (1000, 900)]), lambda xy: xy + FAR)
    along = grid.by_street_length(np.array([street, outside]))
    assert along.exposure.sum() == pytest.approx(1000.0)
    assert along.exposure[0] == pytest.approx(np.full(10, 100.0))
    assert len(along) == 10
    assert place_events(along, np.array([[50.0, 250.0]]) + FAR).outside == 1


def test_exposure_by_points_adds_their_weights() -> None:
    grid = grid_over(area_of(shapely.box(0, 0, 200, 100)), 100.0)
    found = grid.by_points(np.array([[10, 10], [20, 20], [150, 50], [999, 999]]) + FAR, [1.0, 2.0, 4.0, 8.0])
    assert found.exposure.tolist() == [[3.0, 4.0]]
    with pytest.raises(NotUsable, match="0 in every cell"):
        grid.by_points(np.zeros((0, 2)))


@pytest.mark.parametrize("tiling", TILINGS)
def test_an_area_smaller_than_a_cell_is_one_cell(tiling: Tiling) -> None:
    grid = grid_over(area_of(shapely.box(0, 0, 3, 3)), 100.0, tiling)
    assert grid.exposure.sum() == pytest.approx(9.0)
    assert place_events(grid, np.array([[1.5, 1.5]]) + FAR).total == 1


def test_no_events_and_events_that_are_all_one() -> None:
    grid = grid_over(area_of(SHAPE), 50.0)
    assert place_events(grid, []).counts.sum() == 0
    assert place_events(grid, np.full((7, 2), 120.0) + FAR).counts.max() == 7


def test_areas_that_are_none() -> None:
    bow_tie = shapely.Polygon([(0, 0), (900, 900), (900, 0), (0, 900)])
    for shape in (shapely.Polygon(), bow_tie, shapely.LineString([(0, 0), (900, 900)])):
        with pytest.raises(NotUsable, match="valid Polygon"):
            grid_over(Metric(shape), 50.0)
    with pytest.raises(NotUsable, match="cells at most"):
        grid_over(area_of(shapely.box(0, 0, 1e6, 1e6)), 1.0)


def test_degrees_are_refused_as_an_area_and_as_events() -> None:
    with pytest.raises(LooksLikeDegrees, match="area"):
        grid_over(Metric(shapely.box(121.5, 25.0, 121.6, 25.1)), 50.0)
    with pytest.raises(LooksLikeDegrees):
        place_events(grid_over(area_of(SHAPE), 50.0), [[121.5, 25.0]])


def test_the_suggested_cell_follows_size_and_accuracy() -> None:
    assert suggest_cell_m(4e6) == 100.0
    assert suggest_cell_m(1e3) == 25.0
    assert suggest_cell_m(1e9) == 200.0
    assert suggest_cell_m(4e6, accuracy_m=300.0) == 150.0


def test_values_go_out_of_the_array_and_back() -> None:
    grid: Grid = grid_over(area_of(SHAPE), 80.0)
    values = np.arange(len(grid), dtype=float)
    assert (grid.of_cells(grid.over_all(values, np.nan)) == values).all()
    assert np.isnan(grid.over_all(values, np.nan)).sum() == grid.exposure.size - len(grid)

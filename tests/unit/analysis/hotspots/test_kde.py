"""Density surfaces: against the exact sum, closed forms at edges, conserved mass, laws."""

from functools import partial

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from safemap.analysis.hotspots.checks import LooksLikeDegrees, NotUsable
from safemap.analysis.hotspots.grid import Grid, Tiling, grid_over
from safemap.analysis.hotspots.kde import Edge, bin_events, density_surface, surface_of
from safemap.analysis.hotspots.smoothing import accuracy_classes
from safemap.geo.crs import Metric

CORNER = np.array([300_000.0, 2_700_000.0])
SHAPE = shapely.Polygon(
    [(0, 0), (1900, 300), (2000, 2000), (900, 1300), (200, 1900)], [[(600, 400), (900, 450), (800, 700)]]
)
RAGGED = Metric(shapely.transform(SHAPE, lambda xy: xy + CORNER))


def square(side_m: float = 2000.0, cell_m: float = 20.0) -> Grid:
    west, south = CORNER
    return grid_over(Metric(shapely.box(west, south, west + side_m, south + side_m)), cell_m)


def exact_per_km2(grid: Grid, xy: np.ndarray, width_m: np.ndarray | float) -> np.ndarray:
    """Sum the kernel over every cell and event."""
    apart2 = ((grid.centres_xy()[:, None, :] - xy[None, :, :]) ** 2).sum(axis=2)
    width2 = np.broadcast_to(np.square(width_m), (len(xy),))
    return (np.exp(-apart2 / (2 * width2)) / (2 * np.pi * width2)).sum(axis=1) * 1e6


@pytest.mark.parametrize(("cells", "error"), [(13, 1e-3), (8, 1e-3), (4, 5e-3), (2, 3e-2)])
def test_the_surface_is_the_sum_of_every_kernel(cells: int, error: float) -> None:
    grid = square()
    xy = np.random.default_rng(1).uniform(300, 1700, (500, 2)) + CORNER
    width_m = cells * grid.cell_m
    exact = exact_per_km2(grid, xy, width_m)
    ours = grid.of_cells(density_surface(grid, xy, bandwidth_m=width_m, edge=Edge.NONE).per_km2)
    assert np.abs(ours - exact).max() / exact.max() < error


def test_events_beyond_the_border_count_by_what_reaches_inside() -> None:
    grid = square()
    xy = np.random.default_rng(2).uniform(-300, 2300, (400, 2)) + CORNER
    surface = density_surface(grid, xy, bandwidth_m=100.0, edge=Edge.NONE)
    exact = exact_per_km2(grid, xy, 100.0)
    assert np.abs(grid.of_cells(surface.per_km2) - exact).max() / exact.max() < 5e-3
    assert surface.n + surface.beyond + surface.outside == 400
    assert surface.beyond > 0


@pytest.mark.parametrize("area", [square(cell_m=25.0).area, RAGGED])
def test_diggles_correction_keeps_every_event(area: Metric) -> None:
    grid = grid_over(area, 25.0)
    xy = np.random.default_rng(3).uniform(0, 2000, (300, 2)) + CORNER
    weights = np.random.default_rng(4).uniform(0, 3, 300)
    surface = density_surface(grid, xy, bandwidth_m=150.0, weights=weights, edge=Edge.DIGGLE)
    inside = shapely.intersects_xy(area, xy)
    assert surface.n == inside.sum()
    assert surface.events == pytest.approx(weights[inside].sum(), rel=1e-9)


def test_the_uniform_correction_is_the_mass_inside_at_the_place_that_is_read() -> None:
    """Over a square the mass inside is a product of normal distributions: a closed form."""
    grid = square()
    xy = np.random.default_rng(5).uniform(0, 2000, (200, 2)) + CORNER
    ours = grid.of_cells(density_surface(grid, xy, bandwidth_m=160.0, edge=Edge.UNIFORM).per_km2)
    centre = grid.centres_xy() - CORNER
    mass = np.prod(norm.cdf((2000 - centre) / 160) - norm.cdf(-centre / 160), axis=1)
    exact = exact_per_km2(grid, xy, 160.0) / mass
    assert np.abs(ours - exact).max() / exact.max() < 5e-3


def test_even_events_are_even_up_to_the_border() -> None:
    """One event in the middle of every cell of a square: 2,500 per km² everywhere; without correction, a quarter."""
    grid = square(1000.0)
    found = {
        edge: density_surface(grid, grid.centres_xy(), bandwidth_m=60.0, edge=edge).per_km2 / 2500 for edge in Edge
    }
    assert found[Edge.UNIFORM] == pytest.approx(np.ones(grid.shape), rel=1e-6)
    # Diggle's keeps the sum and is low at the border: ∫ φ / Φ = ln 2 at a straight one, ln² 2 in a corner.
    assert found[Edge.DIGGLE].mean() == pytest.approx(1.0)
    assert np.log(2) ** 2 < found[Edge.DIGGLE].min() < 0.65
    assert found[Edge.NONE][0, 0] == pytest.approx(0.25, abs=0.08)


def test_a_position_known_roughly_is_spread_wider() -> None:
    """A disc of 200 m adds 200²/4 to the variance; radii are rounded up to steps from half a cell on."""
    grid = square()
    xy = np.array([[1000.0, 1000.0]]) + CORNER
    (radius,), _ = accuracy_classes(np.array([200.0]), grid.cell_m)
    assert 200.0 <= radius < 200.0 * np.sqrt(2)
    ours = grid.of_cells(density_surface(grid, xy, bandwidth_m=100.0, accuracy_m=[200.0]).per_km2)
    exact = exact_per_km2(grid, xy, np.sqrt(100.0**2 + radius**2 / 4))
    assert np.abs(ours - exact).max() / exact.max() < 5e-3


def test_exact_and_rough_positions_are_each_their_own_surface() -> None:
    grid = grid_over(RAGGED, 25.0)
    xy = np.random.default_rng(6).uniform(300, 1500, (60, 2)) + CORNER
    rough = np.where(np.arange(60) % 2, 100.0, 0.0)
    make = partial(density_surface, grid, bandwidth_m=90.0, edge=Edge.DIGGLE)
    both = make(xy, accuracy_m=rough).per_km2
    parts = [make(xy[some], accuracy_m=rough[some]).per_km2 for some in (rough > 0, rough == 0)]
    assert both == pytest.approx(parts[0] + parts[1], nan_ok=True)


def test_bins_of_parts_add_up_to_those_of_all() -> None:
    grid = grid_over(RAGGED, 25.0)
    xy = np.random.default_rng(7).uniform(0, 2000, (70_000, 2)) + CORNER
    whole, first, second = (bin_events(grid, part) for part in (xy, xy[:30_000], xy[30_000:]))
    assert whole.weight == pytest.approx(first.weight + second.weight)
    assert whole.n == first.n + second.n
    assert surface_of(whole, bandwidth_m=60.0, edge=Edge.DIGGLE).events == pytest.approx(whole.n)


@pytest.mark.parametrize("edge", list(Edge))
def test_no_event_is_nothing_and_equal_events_add_up(edge: Edge) -> None:
    grid = square()
    nothing = density_surface(grid, [], bandwidth_m=100.0, edge=edge)
    assert nothing.events == 0
    assert np.nanmax(nothing.per_km2) == 0
    xy = np.array([[700.0, 900.0]]) + CORNER
    one, many = (density_surface(grid, np.repeat(xy, times, axis=0), bandwidth_m=100.0, edge=edge) for times in (1, 7))
    weighed = density_surface(grid, xy, bandwidth_m=100.0, weights=[7.0], edge=edge)
    assert many.per_km2 == pytest.approx(7 * one.per_km2, abs=1e-9)
    assert many.per_km2 == pytest.approx(weighed.per_km2, abs=1e-9)


@given(st.integers(0, 2**32 - 1), st.sampled_from(list(Edge)))
def test_order_and_place_on_earth_do_not_matter(seed: int, edge: Edge) -> None:
    random = np.random.default_rng(seed)
    xy = random.uniform(0, 1000, (30, 2))
    here, there = (
        density_surface(
            grid_over(Metric(shapely.box(at, at, at + 1000, at + 1000)), 50.0),
            events + at,
            bandwidth_m=120.0,
            edge=edge,
        )
        for at, events in ((0.0, xy), (65_536.0, random.permutation(xy)))
    )
    assert here.per_km2 == pytest.approx(there.per_km2, rel=1e-6, abs=1e-9)


def test_where_no_report_could_exist_there_is_no_density() -> None:
    surface = density_surface(grid_over(RAGGED, 50.0), [CORNER + 1000], bandwidth_m=100.0)
    assert np.isnan(surface.per_km2).sum() == surface.grid.exposure.size - len(surface.grid)
    assert np.nanmin(surface.per_km2) >= 0


def test_what_makes_no_sense_is_refused() -> None:
    grid = square()
    xy = np.array([[700.0, 900.0]]) + CORNER
    with pytest.raises(NotUsable, match=r"at least 1\.5 cells"):
        density_surface(grid, xy, bandwidth_m=20.0)
    with pytest.raises(NotUsable, match="hexagons"):
        density_surface(grid_over(RAGGED, 50.0, Tiling.HEXAGON), xy, bandwidth_m=100.0)
    with pytest.raises(NotUsable, match="weights"):
        density_surface(grid, xy, bandwidth_m=100.0, weights=[-1.0])
    with pytest.raises(NotUsable, match="no finite number"):
        density_surface(grid, [[np.nan, 1.0]], bandwidth_m=100.0)
    with pytest.raises(LooksLikeDegrees):
        density_surface(grid, [[121.5, 25.0], [121.6, 25.1]], bandwidth_m=100.0)
    with pytest.raises(NotUsable, match="beyond the border"):
        surface_of(bin_events(grid, CORNER[None] - 50, margin_m=200.0), bandwidth_m=100.0, edge=Edge.DIGGLE)

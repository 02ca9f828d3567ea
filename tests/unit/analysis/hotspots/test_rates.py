"""Recency, and hazards per exposure."""

import numpy as np
import pytest
import shapely

from safemap.analysis.hotspots.checks import NotUsable
from safemap.analysis.hotspots.grid import grid_over
from safemap.analysis.hotspots.kde import Edge, density_surface
from safemap.analysis.hotspots.rates import legend_of, rate_surface, recency_weights
from safemap.geo.crs import Metric

GRID = grid_over(Metric(shapely.box(0, 0, 2000, 2000)), 50.0)


def test_half_of_the_weight_is_lost_each_half_life() -> None:
    assert recency_weights([0, 30, 60, 300], 30.0) == pytest.approx([1, 0.5, 0.25, 2**-10])
    assert recency_weights([], 30.0).size == 0
    with pytest.raises(NotUsable, match="age_days"):
        recency_weights([-1.0], 30.0)
    with pytest.raises(NotUsable, match="half_life_days"):
        recency_weights([1.0], 0.0)


def test_hazards_in_proportion_to_people_are_one_rate_everywhere() -> None:
    people = np.random.default_rng(1).uniform(0, 2000, (300, 2))
    many = density_surface(GRID, np.repeat(people, 3, axis=0), bandwidth_m=150.0)
    found = rate_surface(many, density_surface(GRID, people, bandwidth_m=150.0))
    assert found.rate[found.has_enough] == pytest.approx(3.0)


def test_one_report_over_next_to_nobody_is_no_rate() -> None:
    people = np.random.default_rng(2).uniform(0, 900, (300, 2))
    hazards = density_surface(GRID, [[1900.0, 1900.0], [400.0, 400.0]], bandwidth_m=100.0)
    found = rate_surface(hazards, density_surface(GRID, people, bandwidth_m=100.0))
    assert np.isnan(found.rate[-3:, -3:]).all()
    assert np.isfinite(found.rate[8, 8])
    assert (np.isfinite(found.rate) == found.has_enough).all()


def test_edges_cancel() -> None:
    people = np.random.default_rng(3).uniform(0, 2000, (400, 2))
    rates = [
        rate_surface(
            density_surface(GRID, people[::2], bandwidth_m=200.0, edge=edge),
            density_surface(GRID, people, bandwidth_m=200.0, edge=edge),
        ).rate
        for edge in (Edge.UNIFORM, Edge.NONE)
    ]
    assert rates[0] == pytest.approx(rates[1], nan_ok=True)


def test_surfaces_of_another_width_or_grid_are_refused() -> None:
    one = density_surface(GRID, [[500.0, 500.0]], bandwidth_m=100.0)
    other = grid_over(Metric(shapely.box(0, 0, 2000, 2000)), 50.0)
    for wrong in (
        density_surface(GRID, [[500.0, 500.0]], bandwidth_m=120.0),
        density_surface(other, [[500.0, 500.0]], bandwidth_m=100.0),
    ):
        with pytest.raises(NotUsable, match="another one"):
            rate_surface(one, wrong)
    with pytest.raises(NotUsable, match="0 everywhere"):
        rate_surface(one, density_surface(GRID, [], bandwidth_m=100.0))


def test_a_legend_is_in_events_per_km2_and_month() -> None:
    """Thirty events of a year in one place: a peak of 30 / (2π h²) / 12 months."""
    surface = density_surface(GRID, [[1025.0, 1025.0]] * 30, bandwidth_m=200.0)
    legend = legend_of(surface, days=365.25)
    assert legend.peak == pytest.approx(30 / (2 * np.pi * 0.2**2) / 12, rel=0.02)
    assert (legend.n, legend.days, legend.bandwidth_m) == (30, 365.25, 200.0)
    assert legend_of(surface, days=2 * 365.25).peak == pytest.approx(legend.peak / 2)


def test_classes_of_its_own_hold_equal_areas_and_next_to_nothing_is_none() -> None:
    xy = np.random.default_rng(4).normal(1000, 200, (300, 2))
    surface = density_surface(GRID, xy, bandwidth_m=100.0)
    legend = legend_of(surface, days=30)
    sizes = np.bincount(legend.class_of.ravel())[1:]
    assert len(sizes) == 5
    assert sizes.min() > 0.7 * sizes.mean()
    assert legend.class_of[0, 0] == 0


def test_a_quiet_month_by_the_breaks_of_a_bad_one_is_pale() -> None:
    xy = np.random.default_rng(5).normal(1000, 200, (400, 2))
    bad, quiet = (density_surface(GRID, xy[:number], bandwidth_m=150.0) for number in (400, 40))
    breaks = legend_of(bad, days=30).breaks
    assert legend_of(bad, days=30, breaks=breaks).class_of.max() == 5
    assert legend_of(quiet, days=30, breaks=breaks).class_of.max() < 4
    assert legend_of(quiet, days=30).class_of.max() == 5


def test_a_legend_of_nothing_and_breaks_that_fall() -> None:
    nothing = density_surface(GRID, [], bandwidth_m=100.0)
    assert legend_of(nothing, days=30).class_of.max() == 0
    with pytest.raises(NotUsable, match="rise"):
        legend_of(nothing, days=30, breaks=[2.0, 1.0])
    with pytest.raises(NotUsable, match="days"):
        legend_of(nothing, days=0)

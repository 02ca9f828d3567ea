"""Recency, and hazards per exposure."""

import numpy as np
import pytest
import shapely

from safemap.analysis.hotspots.checks import NotUsable
from safemap.analysis.hotspots.grid import grid_over
from safemap.analysis.hotspots.kde import Edge, density_surface
from safemap.analysis.hotspots.rates import rate_surface, recency_weights
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

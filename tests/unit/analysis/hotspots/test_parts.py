"""What is counted of parts adds up to what is counted of all, exactly, however the parts were cut."""

from functools import reduce
from operator import add
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from safemap.analysis.hotspots.checks import NotUsable
from safemap.analysis.hotspots.exact import adjusted
from safemap.analysis.hotspots.grid import grid_over, place_events
from safemap.analysis.hotspots.honesty import share_repeated
from safemap.analysis.hotspots.hot_cells import hot_cells
from safemap.analysis.hotspots.hours import week_hours
from safemap.analysis.hotspots.kde import bin_events, surface_of
from safemap.analysis.hotspots.parts import (
    Values,
    added_bins,
    added_hours,
    corrected_together,
    events_repeated,
    places_by_group,
)
from safemap.analysis.hotspots.trends import counts_by_step, courses, courses_of
from safemap.geo.crs import Metric

CORNER = np.array([300_000.0, 2_700_000.0])  # of a plane: few events near 0, 0 would pass for degrees
GRID = grid_over(Metric(shapely.box(*CORNER, *(CORNER + 1000))), 50.0)
cuts = st.lists(st.integers(0, 300), max_size=5).map(sorted)


def some(seed: int = 1) -> tuple[Any, Any, Any]:
    random = np.random.default_rng(seed)
    xy = CORNER + random.uniform(-100, 1100, (300, 2))
    return xy, random.uniform(0, 3, 300), random.choice([0.0, 5.0, 60.0, 200.0], 300)


@given(cuts)
def test_bins_of_parts_give_the_density_of_all(cut: list[int]) -> None:
    xy, weights, accuracy_m = some()
    whole = bin_events(GRID, xy, weights=weights, accuracy_m=accuracy_m)
    parts = [
        bin_events(GRID, place, weights=weight, accuracy_m=accuracy)
        for place, weight, accuracy in zip(
            *(np.split(values, cut) for values in (xy, weights, accuracy_m)), strict=True
        )
    ]
    summed = reduce(added_bins, parts)
    assert (summed.n, summed.outside) == (whole.n, whole.outside)
    one, other = (surface_of(bins, bandwidth_m=100.0).per_km2 for bins in (whole, summed))
    assert np.allclose(one, other, rtol=1e-12, atol=1e-12)


def test_bins_of_different_grids_do_not_add_up() -> None:
    other = bin_events(grid_over(Metric(shapely.box(0, 0, 500, 500)), 50.0), [[1, 1]])
    with pytest.raises(NotUsable):
        added_bins(bin_events(GRID, [CORNER + 1]), other)


@given(cuts)
def test_hours_of_parts_add_up(cut: list[int]) -> None:
    random = np.random.default_rng(2)
    start = np.datetime64("2025-01-01T00:00", "m") + random.integers(0, 500_000, 300)
    end = start + random.integers(-100, 20_000, 300)
    start[::17] = np.datetime64("NaT")
    end[::13] = np.datetime64("NaT")
    whole = week_hours(start, end)
    summed = reduce(added_hours, map(week_hours, np.split(start, cut), np.split(end, cut)))
    assert np.allclose(summed.events, whole.events)
    fields = ("n", "without_end", "swapped", "without_start", "at_any_time")
    assert [getattr(summed, name) for name in fields] == [getattr(whole, name) for name in fields]


@given(cuts, st.sampled_from([0.0, 0.37, 0.9, 1.0]))
def test_quantiles_of_parts_are_those_of_all(cut: list[int], share: float) -> None:
    values = np.random.default_rng(3).choice([1.0, 2.5, 7.0, 11.0], 300)
    found = reduce(add, map(Values.of, np.split(values, cut)))
    assert found.quantile(share) == pytest.approx(np.quantile(values, share))
    assert Values.of([]).quantile(share) == 0.0


@given(cuts, st.integers(1, 9))
def test_repeated_places_are_found_over_all_parts(cut: list[int], groups: int) -> None:
    xy = np.round((some()[0] - CORNER) / 40)  # some are the same
    split = [places_by_group(part, groups) for part in np.split(xy, cut)]
    repeated = sum(events_repeated([part[group] for part in split]) for group in range(groups))
    assert repeated / len(xy) == pytest.approx(share_repeated(xy))
    assert 0 < repeated < len(xy)


def test_nothing_and_zero_below_zero_are_places_too() -> None:
    assert events_repeated([]) == 0
    assert [len(marks) for marks in places_by_group([], 3)] == [0, 0, 0]
    one, other = places_by_group([[0.0, -0.0]], 2), places_by_group([[-0.0, 0.0]], 2)
    assert sum(events_repeated([one[group], other[group]]) for group in range(2)) == 2


def test_areas_are_corrected_as_if_they_were_one_list() -> None:
    areas = [hot_cells(place_events(GRID, some(seed)[0]), 75.0) for seed in (1, 2, 3)]
    together = corrected_together(areas)
    expected = adjusted(np.concatenate([area.p_value for area in areas]))
    assert np.array_equal(np.concatenate([area.p_adjusted for area in together]), expected)
    assert all(np.array_equal(area.is_hot, area.p_adjusted <= 0.05) for area in together)
    assert corrected_together([]) == ()
    alone = corrected_together(areas[:1])[0]
    assert np.array_equal(alone.p_adjusted, areas[0].p_adjusted)


@given(cuts)
def test_counts_by_step_of_parts_give_the_courses_of_all(cut: list[int]) -> None:
    xy = some()[0]
    step = np.arange(300) % 9
    counts = sum(
        counts_by_step(place_events(GRID, place), when, 9)
        for place, when in zip(np.split(xy, cut), np.split(step, cut), strict=True)
    )
    whole = courses(place_events(GRID, xy), step, steps=9, recent_steps=2, reach_m=75.0)
    summed = courses_of(GRID, np.asarray(counts), recent_steps=2, reach_m=75.0)
    assert np.array_equal(summed.course, whole.course)
    assert np.array_equal(summed.change.p_more, whole.change.p_more)
    assert (summed.n, summed.steps, summed.recent_steps) == (whole.n, 9, 2)
    with pytest.raises(NotUsable):
        courses_of(GRID, np.asarray(counts), recent_steps=9, reach_m=75.0)

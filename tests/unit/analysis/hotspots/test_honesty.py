"""What may be shown of how many events, and the numbers behind each reason."""

import numpy as np
import pytest
import shapely

from safemap.analysis.hotspots.grid import grid_over, place_events
from safemap.analysis.hotspots.honesty import (
    Doubt,
    MayShow,
    Step,
    may_show,
    reason_for,
    share_repeated,
    usual_accuracy_m,
)
from safemap.analysis.hotspots.hot_cells import Null, hot_cells, hotspots_of
from safemap.analysis.hotspots.hours import busiest_hours, week_hours
from safemap.analysis.scene import FEWEST_EVENTS
from safemap.geo.crs import Metric


def rule(n: int, **given: object) -> MayShow:
    return may_show(n, **({"cells": 400, "window_share": 9 / 400, "cell_m": 50.0} | given))


@pytest.mark.parametrize(
    ("n", "step"),
    [
        (0, Step.POINTS),
        (19, Step.POINTS),
        (20, Step.ONE_ANSWER),
        (49, Step.ONE_ANSWER),
        (50, Step.HOT_CELLS),
        (199, Step.HOT_CELLS),
        (200, Step.EVERYTHING),
        (499, Step.EVERYTHING),
        (500, Step.SCORES),
        (10**6, Step.SCORES),
    ],
)
def test_each_step_begins_where_it_says(n: int, step: Step) -> None:
    assert rule(n).step is step


def test_each_step_holds_those_before_it() -> None:
    shown = [
        (may.points, may.one_answer, may.hot_cells, may.densities, may.courses, may.scores)
        for may in (rule(n) for n in (5, 30, 100, 300, 900))
    ]
    assert [sum(parts) for parts in shown] == [1, 2, 3, 5, 6]


def test_hotspots_begin_where_dead_zones_do() -> None:
    assert not rule(FEWEST_EVENTS - 1).one_answer
    assert rule(FEWEST_EVENTS).one_answer


def test_mixed_kinds_are_points_unless_asked_for_and_are_always_named() -> None:
    assert rule(900, kinds=2).step is Step.POINTS
    assert rule(900, kinds=2, may_mix=True).step is Step.SCORES
    assert Doubt.MIXED in rule(900, kinds=2, may_mix=True).doubts
    assert Doubt.MIXED not in rule(900).doubts


def test_every_doubt_is_raised_by_what_it_names() -> None:
    assert rule(100).doubts == ()
    assert rule(10).doubts == (Doubt.TOO_FEW,)
    assert rule(100, accuracy_m=120.0).doubts == (Doubt.COARSE,)
    assert rule(100, accuracy_m=100.0).doubts == ()
    assert rule(100, repeated_share=0.2).doubts == (Doubt.REPEATED,)
    assert rule(100, reporters=2).doubts == (Doubt.FEW_REPORTERS,)
    assert rule(100, reporters=3).doubts == ()
    assert rule(100, outside=1).doubts == (Doubt.SOME_OUTSIDE,)
    assert Doubt.NOTHING_FINDABLE in rule(1).doubts


def test_repeats_are_tested_by_shuffling() -> None:
    assert rule(100).null is Null.EXPOSURE
    assert rule(100, repeated_share=0.5).null is Null.SHUFFLE


def test_more_events_find_less_and_a_window_over_everything_finds_nothing() -> None:
    assert rule(50).smallest_ratio > rule(150).smallest_ratio > rule(600).smallest_ratio > 1
    # The study behind the rule: about 10 times at 50, 5 to 6 times at 150.
    assert rule(50).smallest_ratio == pytest.approx(10, abs=1)
    assert rule(150).smallest_ratio == pytest.approx(5.5, abs=0.7)
    assert rule(50, window_share=1.0).smallest_ratio == np.inf


def test_repeated_places_are_exactly_repeated() -> None:
    assert share_repeated([]) == 0.0
    assert share_repeated([[1, 1], [1, 1.0000001]]) == 0.0
    assert share_repeated([[1, 1]] * 3 + [[2, 2]]) == 0.75


def test_the_usual_accuracy_is_that_of_nine_in_ten() -> None:
    assert usual_accuracy_m(np.zeros(0)) == 0.0
    assert usual_accuracy_m(np.array([10.0] * 90 + [500.0] * 10)) < 500


def test_a_reason_is_numbers() -> None:
    grid = grid_over(Metric(shapely.box(0, 0, 2000, 2000)), 100.0)
    spread = [[x, y] for x in range(50, 2000, 400) for y in range(250, 2000, 400)]
    hot = hot_cells(place_events(grid, spread + [[1050.0, 1050.0]] * 14), 150.0)
    hours = week_hours(["2026-11-23T22:10"] * 10 + ["2026-11-23T09:00"] * 4)
    busiest = busiest_hours(hours, seed=1)
    reason = reason_for(hot, hotspots_of(hot)[0], hours=hours, busiest=busiest, reporters=4)
    assert (reason.n, reason.total, reason.window_m) == (15, 39, 150.0)
    assert reason.expected == pytest.approx(39 * 9 / 400)
    assert reason.ratio == pytest.approx(15 / reason.expected)
    assert reason.ratio_low < reason.ratio < reason.ratio_high
    assert reason.p_adjusted <= 0.05
    assert reason.busiest == busiest
    assert reason.may_be_public
    assert not reason_for(hot, hotspots_of(hot)[0], reporters=2).may_be_public
    assert reason_for(hot, hotspots_of(hot)[0]).may_be_public

"""Hours of the week: midnight, Sunday midnight, missing and swapped ends, whole weeks; the busiest hours."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safemap.analysis.hotspots.checks import NotUsable
from safemap.analysis.hotspots.hours import WeekHours, busiest_hours, week_hours

MONDAY = np.datetime64("2026-11-23T00:00")
minutes = st.integers(-20_000, 20_000)


def placed(hours: WeekHours) -> dict[tuple[int, int], float]:
    some = zip(*(part.tolist() for part in hours.events.nonzero()), strict=True)
    return {(day, hour): round(float(hours.events[day, hour]), 6) for day, hour in some}


@pytest.mark.parametrize(
    ("start", "end", "parts"),
    [
        ("2026-11-23T08:10", "2026-11-23T08:50", {(0, 8): 1.0}),
        ("2026-11-23T08:30", "2026-11-23T10:00", {(0, 8): 1 / 3, (0, 9): 2 / 3}),
        ("2026-11-23T23:30", "2026-11-24T01:30", {(0, 23): 0.25, (1, 0): 0.5, (1, 1): 0.25}),
        ("2026-11-22T23:00", "2026-11-23T01:00", {(6, 23): 0.5, (0, 0): 0.5}),
        ("2026-11-23T08:10", "2026-11-23T08:10", {(0, 8): 1.0}),
        ("2026-11-29T23:59", "2026-11-29T23:59", {(6, 23): 1.0}),
        ("1969-12-31T23:00", "1970-01-01T01:00", {(2, 23): 0.5, (3, 0): 0.5}),  # a Wednesday and a Thursday
    ],
)
def test_an_event_is_spread_over_its_minutes(start: str, end: str, parts: dict[tuple[int, int], float]) -> None:
    assert placed(week_hours([start], [end])) == {place: round(part, 6) for place, part in parts.items()}


def test_missing_and_swapped_ends_leave_the_start_and_are_counted() -> None:
    found = week_hours(
        ["2026-11-23T08:10", "2026-11-23T09:50", "NaT", "2026-11-23T10:00"],
        ["NaT", "2026-11-23T07:00", "2026-11-23T08:00", "2026-11-23T11:00"],
    )
    assert placed(found) == {(0, 8): 1.0, (0, 9): 1.0, (0, 10): 1.0}
    assert (found.n, found.without_end, found.swapped, found.without_start) == (3, 1, 1, 1)
    assert week_hours(["2026-11-23T08:10"]).without_end == 1


def test_a_week_and_more_is_any_time() -> None:
    week = week_hours(["2026-11-23T08:10"], ["2026-11-30T08:10"])
    assert week.events == pytest.approx(np.full((7, 24), 1 / 168))
    assert week.at_any_time == 1
    nearly = week_hours(["2026-11-23T08:10"], ["2026-11-30T08:09"])
    assert nearly.at_any_time == 0
    assert nearly.events[0, 8] < nearly.events[3, 3] == pytest.approx(60 / (168 * 60 - 1))


@given(st.lists(st.tuples(minutes, minutes), max_size=15))
def test_parts_add_up_to_the_events_and_weights(spans: list[tuple[int, int]]) -> None:
    start = MONDAY + np.array([first for first, _ in spans], dtype="timedelta64[m]")
    end = MONDAY + np.array([last for _, last in spans], dtype="timedelta64[m]")
    weights = np.arange(len(spans), dtype=float)
    assert week_hours(start, end).events.sum() == pytest.approx(len(spans))
    found = week_hours(start, end, weights=weights)
    assert found.events.sum() == pytest.approx(weights.sum(), abs=1e-9)
    assert found.by_hour.sum() == pytest.approx(found.by_weekday.sum())
    assert found.by_block.sum() == pytest.approx(found.by_weekday.sum())


@given(minutes, st.integers(1, 10_079))
def test_each_minute_counts_alike(start: int, span: int) -> None:
    begin = MONDAY + np.timedelta64(start, "m")
    found = week_hours([begin], [begin + np.timedelta64(span, "m")])
    written = np.zeros(168)
    for minute in range(start, start + span):
        written[minute // 60 % 168] += 1 / span
    assert found.events.ravel() == pytest.approx(written, abs=1e-9)


def test_a_week_later_is_the_same() -> None:
    start = MONDAY + np.array([5000, 9000], dtype="timedelta64[m]")
    end = start + np.timedelta64(1500, "m")
    week = np.timedelta64(7, "D")
    assert week_hours(start, end).events == pytest.approx(week_hours(start + week, end + week).events)


def test_few_events_show_blocks_only() -> None:
    times = [MONDAY + np.timedelta64(hour, "h") for hour in range(30)]
    assert not week_hours(times[:29]).shows_hours
    assert week_hours(times).shows_hours
    assert week_hours(times[:24]).by_block.tolist() == [4.0] * 6


def test_the_busiest_hours_pass_midnight_and_are_tested() -> None:
    night = [MONDAY + np.timedelta64(23 * 60 + 5 + 17 * place, "m") for place in range(12)]
    day = [MONDAY + np.timedelta64(60 * hour, "m") for hour in range(6, 22, 2)]
    found = busiest_hours(week_hours([*night, *day]), seed=1)
    assert (found.start_h, found.length_h) == (23, 4)
    assert found.share == pytest.approx(12 / 20)
    assert found.p_value < 0.02
    even = busiest_hours(week_hours([MONDAY + np.timedelta64(hour, "h") for hour in range(24)]), seed=1)
    assert even.p_value > 0.5


def test_random_hours_are_called_busy_once_in_twenty() -> None:
    random = np.random.default_rng(1)
    times = [MONDAY + random.integers(0, 10_080, 30).astype("timedelta64[m]") for _ in range(200)]
    found = [busiest_hours(week_hours(when), seed=place, runs=99) for place, when in enumerate(times)]
    alarms = sum(busiest.p_value <= 0.05 for busiest in found)
    assert alarms <= 18


def test_nothing_and_what_is_no_time() -> None:
    nothing = week_hours([])
    assert nothing.events.sum() == 0
    assert np.isnan(busiest_hours(nothing, seed=1).share)
    with pytest.raises(NotUsable, match="start"):
        week_hours([3.5])
    with pytest.raises(NotUsable, match="start"):
        week_hours(["yesterday"])
    with pytest.raises(NotUsable, match="one for each start"):
        week_hours([MONDAY], [MONDAY, MONDAY])
    with pytest.raises(NotUsable, match="24"):
        busiest_hours(nothing, seed=1, length_h=25)

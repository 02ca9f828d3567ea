"""When events happen: hours of the week, each event spread over the time in which it may have happened."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from safemap.analysis.hotspots.checks import NotUsable, numbers_checked
from safemap.analysis.presence import DAY_MIN, WEEK_MIN

HOURS, DAYS, WEEK_HOURS = 24, 7, 168
BLOCK_HOURS = 4
FEWEST_FOR_HOURS = 30  # events; below, six blocks of four hours say all that can be said
RUNS = 999
EPOCH_MIN = 3 * DAY_MIN  # 1970-01-01 was a Thursday: so many minutes after Monday 00:00


@dataclass(frozen=True, eq=False)
class WeekHours:
    """Events by hour of the week.

    Attributes
    ----------
    events
        ``(7, 24)`` parts of events: rows Monday to Sunday, columns 0 to 23; they add up to `n`, or to the weights.
    n
        Events that are counted.
    without_end, swapped
        How many had no end, and how many an end before their start: both count in the hour of their start.
    without_start
        How many had no start and are not counted.
    at_any_time
        How many may have happened at any hour of a week or more: they are spread evenly, and say nothing.
    """

    events: NDArray[np.float64]
    n: int
    without_end: int
    swapped: int
    without_start: int
    at_any_time: int

    @property
    def by_hour(self) -> NDArray[np.float64]:
        """``(24,)`` hours of the day."""
        return np.asarray(self.events.sum(axis=0))

    @property
    def by_weekday(self) -> NDArray[np.float64]:
        """``(7,)`` Monday to Sunday."""
        return np.asarray(self.events.sum(axis=1))

    @property
    def by_block(self) -> NDArray[np.float64]:
        """``(6,)`` blocks of four hours from midnight."""
        return np.asarray(self.by_hour.reshape(-1, BLOCK_HOURS).sum(axis=1))

    @property
    def shows_hours(self) -> bool:
        """Whether there are enough events to show 168 hours, and not six blocks only."""
        return self.n >= FEWEST_FOR_HOURS


def week_hours(start: ArrayLike, end: ArrayLike | None = None, *, weights: ArrayLike | None = None) -> WeekHours:
    """Spread each event evenly over the time in which it may have happened (aoristic).

    An event between 23:30 and 01:30 is a quarter in the hour from 23, half in that from 0, a quarter in that from 1;
    past midnight into the next day, past Sunday into Monday. Minutes are exact. A span of a week or more is spread over
    all hours evenly. Missing or swapped ends leave the start, as it was recorded, and are counted.

    Parameters
    ----------
    start, end
        ``(n,)`` datetime64 in the local time of the place, to the minute; NaT where not known. Turn times into local
        time, with its summer time, before.
    weights
        ``(n,)``; 1 each without.

    Raises
    ------
    NotUsable
        The arrays differ in length, or are no dates.

    References
    ----------
    Ratcliffe (2002), Aoristic signatures and the spatio-temporal analysis of high volume crime patterns, J. of
    Quantitative Criminology 18. Rules for missing and swapped ends, and for spans of a week: R package aoristic 1.1.1.

    Examples
    --------
    >>> found = week_hours(["2026-11-22T23:30"], ["2026-11-23T01:30"])  # a Sunday
    >>> found.events[6, 23], found.events[0, 0], found.events[0, 1]
    (np.float64(0.25), np.float64(0.5), np.float64(0.25))
    """
    begin = _minutes(start, "start")
    finish = np.full(len(begin), np.datetime64("NaT", "m")) if end is None else _minutes(end, "end")
    if len(finish) != len(begin):
        raise NotUsable("end", f"there are {len(finish)}", f"{len(begin)}, one for each start")
    weight = numbers_checked(weights, len(begin), "weights")
    has_start = ~np.isnat(begin)
    has_end = has_start & ~np.isnat(finish)
    swapped = has_end & (finish < begin)
    first_min = np.where(has_start, begin, np.datetime64(0, "m")).astype(np.int64) + EPOCH_MIN
    span_min = np.where(has_end & ~swapped, finish - begin, np.timedelta64(0, "m")).astype(np.int64)
    is_any_time = span_min >= WEEK_MIN
    # A moment stands for its whole hour; every other span for its own minutes.
    is_moment = span_min == 0
    from_min = np.where(is_moment, first_min - first_min % 60, first_min) % WEEK_MIN
    long_min = np.where(is_moment, 60, span_min)
    counted = has_start & ~is_any_time
    per_min = (weight / np.minimum(long_min, WEEK_MIN))[counted]
    from_min, to_min = from_min[counted], (from_min + long_min)[counted]
    # What starts adds its rate, what ends takes it away; what passes Sunday midnight goes on on Monday.
    starts, ends = (np.bincount(at, weights=per_min, minlength=2 * WEEK_MIN + 1) for at in (from_min, to_min))
    rate = np.cumsum(starts - ends, dtype=np.float64)[:-1]
    by_hour = (rate[:WEEK_MIN] + rate[WEEK_MIN:]).reshape(WEEK_HOURS, 60).sum(axis=1)
    by_hour += weight[has_start & is_any_time].sum() / WEEK_HOURS
    return WeekHours(
        events=np.maximum(by_hour, 0.0).reshape(DAYS, HOURS),
        n=int(has_start.sum()),
        without_end=int((has_start & ~has_end).sum()),
        swapped=int(swapped.sum()),
        without_start=int((~has_start).sum()),
        at_any_time=int((has_start & is_any_time).sum()),
    )


@dataclass(frozen=True)
class Busiest:
    """The run of hours of the day with most events.

    Attributes
    ----------
    start_h, length_h
        Its first hour, 0 to 23, and its length; it may pass midnight.
    share
        Its part of all events; NaN without events.
    p_value
        Chance that the busiest run of so many hours has as much, when events fall on all hours alike.
    """

    start_h: int
    length_h: int
    share: float
    p_value: float


def busiest_hours(hours: WeekHours, *, seed: int, length_h: int = BLOCK_HOURS, runs: int = RUNS) -> Busiest:
    """Find the busiest run of hours of the day, and ask how often even hours would have one as busy.

    Its chance is Monte Carlo over the busiest of all 24 runs, so that it may be looked for anywhere. Events that are
    spread over several hours make it too high, never too low.

    Parameters
    ----------
    length_h
        1 to 24 hours; of equal runs the one that starts earliest is taken.

    Examples
    --------
    >>> times = ["2026-11-23T22:10", "2026-11-24T23:00", "2026-11-25T01:00", "2026-11-26T00:30", "2026-11-27T09:00"]
    >>> found = busiest_hours(week_hours(times), seed=1)
    >>> found.start_h, found.share, found.p_value < 0.1
    (22, 0.8, True)
    """
    if not 1 <= length_h <= HOURS:
        raise NotUsable("length_h", f"it is {length_h}", "1 to 24 hours")
    runs_of_real = _runs(hours.by_hour[None], length_h)[0]
    total = float(hours.by_hour.sum())
    first = int(np.argmax(np.round(runs_of_real, 9)))
    if hours.n == 0 or total <= 0:
        return Busiest(first, length_h, np.nan, 1.0)
    share = float(runs_of_real[first]) / total
    even = np.random.default_rng(seed).multinomial(hours.n, np.full(HOURS, 1 / HOURS), size=runs)
    as_busy = _runs(even.astype(np.float64), length_h).max(axis=1) >= share * hours.n - 1e-9
    return Busiest(first, length_h, share, float((1 + as_busy.sum()) / (1 + runs)))


def _runs(by_hour: NDArray[np.float64], length_h: int) -> NDArray[np.float64]:
    """Sums of the hours from each on, ``(k, 24)``."""
    twice = np.cumsum(np.concatenate([np.zeros((len(by_hour), 1)), by_hour, by_hour], axis=1), axis=1)
    return np.asarray(twice[:, length_h : length_h + HOURS] - twice[:, :HOURS])


def _minutes(times: ArrayLike, field: str) -> NDArray[np.datetime64]:
    given = np.asarray(times)
    if given.size == 0:
        return np.zeros(0, dtype="datetime64[m]")
    try:
        minutes = given.astype("datetime64[m]")
    except (ValueError, TypeError) as error:
        raise NotUsable(field, f"they are {given.dtype}", "dates with times, or NaT") from error
    if given.ndim != 1 or np.issubdtype(given.dtype, np.number):
        raise NotUsable(field, f"they are {given.dtype} of shape {given.shape}", "one date and time each")
    return minutes

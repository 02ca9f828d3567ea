"""When people are there: weekly windows of hours against the periods of the day, exact to the minute."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DAY_MIN = 24 * 60
WEEK_MIN = 7 * DAY_MIN


@dataclass(frozen=True)
class DayPeriod:
    """Hours of the day, from a start to before an end; an end at or before the start is on the next day.

    Attributes
    ----------
    is_dark
        Whether street lamps matter.
    """

    start_min: int
    end_min: int
    is_dark: bool

    @property
    def length_min(self) -> int:
        """Minutes a day."""
        return (self.end_min - self.start_min - 1) % DAY_MIN + 1


@dataclass(frozen=True, eq=False)
class WeeklyHours:
    """Windows that come back every week, one for each of n guardians.

    Attributes
    ----------
    weekdays
        ``(n,)`` bits: Monday 1, Tuesday 2, … Sunday 64: the days on which a window starts.
    start_min, end_min
        ``(n,)`` minutes after midnight; an end at or before its start is on the next day.
    """

    weekdays: NDArray[np.int64]
    start_min: NDArray[np.int64]
    end_min: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.weekdays)

    def by_minute(self) -> NDArray[np.bool_]:
        """Return ``(n, 10080)``: whether each is there in each minute of the week, Monday 00:00 first."""
        there = np.zeros((len(self), WEEK_MIN), dtype=np.bool_)
        for row, bits, start, end in zip(there, self.weekdays, self.start_min, self.end_min, strict=True):
            length = (int(end) - int(start) - 1) % DAY_MIN + 1
            for day in range(7):
                if int(bits) >> day & 1:
                    row[np.arange(day * DAY_MIN + start, day * DAY_MIN + start + length) % WEEK_MIN] = True
        return there


def minutes_of(period: DayPeriod) -> NDArray[np.bool_]:
    """Return ``(10080,)``: whether each minute of the week lies in a period."""
    every_day = WeeklyHours(np.array([127]), np.array([period.start_min]), np.array([period.end_min]))
    minutes: NDArray[np.bool_] = every_day.by_minute()[0]
    return minutes


def presence_shares(
    point: NDArray[np.int64],
    guardian: NDArray[np.int64],
    point_count: int,
    hours: WeeklyHours,
    periods: tuple[DayPeriod, ...],
) -> NDArray[np.float64]:
    """Return the share of each period's minutes in a week in which at least one guardian of a point is on duty.

    Two who come at the same time count once, two who come one after the other add up: the union of their hours is
    taken, minute by minute.

    Parameters
    ----------
    point, guardian
        Pairs of places: the point lies where that guardian goes.
    point_count
        How many points there are.

    Returns
    -------
    NDArray
        ``(point_count, len(periods))``, 0 to 1.

    Examples
    --------
    Fridays and Saturdays 20:00-22:00, of an evening from 18:00 to 22:00: half of it on two nights of seven.

    >>> hours = WeeklyHours(np.array([16 + 32]), np.array([20 * 60]), np.array([22 * 60]))
    >>> evening = DayPeriod(18 * 60, 22 * 60, is_dark=True)
    >>> presence_shares(np.array([0]), np.array([0]), 1, hours, (evening,)).round(3)
    array([[0.143]])
    """
    shares = np.zeros((point_count, len(periods)))
    if len(point) == 0:
        return shares
    # Most points are passed by the same few routes: the weeks of each combination are laid together once.
    touched, row = np.unique(point, return_inverse=True)
    member = np.zeros((len(touched), len(hours)), dtype=np.bool_)
    member[row, guardian] = True
    combinations, which = np.unique(np.packbits(member, axis=1), axis=0, return_inverse=True)
    there = hours.by_minute()
    masks = np.array([minutes_of(period) for period in periods])
    share_of = np.zeros((len(combinations), len(periods)))
    for place, packed in enumerate(combinations):
        guardians = np.flatnonzero(np.unpackbits(packed, count=len(hours)))
        anybody = there[guardians].any(axis=0)
        share_of[place] = (masks & anybody).sum(axis=1) / masks.sum(axis=1)
    shares[touched] = share_of[which.ravel()]
    return shares

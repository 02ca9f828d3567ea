"""Which part of an event falls into each period of the day."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from safemap.analysis.presence import DAY_MIN, DayPeriod
from safemap.diagnosis.rules import DAY_PERIODS
from safemap.hazards.rules import NoticedAt
from safemap.incidents.rules import TimePrecision

LOCAL_TIME = ZoneInfo("Asia/Taipei")
# A lamp that is out is no danger at noon; an underpass that is dark by day is reported as noticed by day.
ONLY_AFTER_DARK = frozenset({"lighting"})


def report_shares(noticed_at: Iterable[str], categories: Iterable[str]) -> NDArray[np.float64]:
    """Return ``(n, 3)``: whether each report counts by day, in the evening and at night; fully or not at all.

    "At night" means after dark, so it counts in the evening too. What is there "at any time" counts always, but
    darkness only after dark.
    """
    periods = tuple(DAY_PERIODS.values())

    def counts(noticed: str, category: str, period: DayPeriod) -> bool:
        if noticed == NoticedAt.ANY_TIME:
            return period.is_dark or category not in ONLY_AFTER_DARK
        return period.is_dark == (noticed == NoticedAt.NIGHT)

    rows = [
        [float(counts(noticed, category, period)) for period in periods]
        for noticed, category in zip(noticed_at, categories, strict=True)
    ]
    return np.array(rows, dtype=np.float64).reshape(-1, len(periods))


def incident_shares(
    occurred_at: Iterable[datetime], occurred_until: Iterable[datetime | None], precisions: Iterable[str]
) -> NDArray[np.float64]:
    """Return ``(n, 3)``: the part of each incident that falls into each period; a row adds up to 1.

    One with a known minute is in one period. One that happened somewhen between two times is spread evenly over
    them, and one of which only the day or month is known over the whole day: half of it is by day.
    """
    periods = tuple(DAY_PERIODS.values())
    whole_day = [period.length_min / DAY_MIN for period in periods]
    rows = []
    for at, until, precision in zip(occurred_at, occurred_until, precisions, strict=True):
        local = at.astimezone(LOCAL_TIME)
        start = local.hour * 60 + local.minute
        if precision == TimePrecision.MINUTE:
            rows.append([_minutes_within(period, start, 1) for period in periods])
        elif precision == TimePrecision.HOURS and until is not None:
            length = max(1.0, (until - at).total_seconds() / 60)
            rows.append([_minutes_within(period, start, length) / length for period in periods])
        else:
            rows.append(whole_day)
    return np.array(rows, dtype=np.float64).reshape(-1, len(periods))


def hour_is_known(occurred_until: Iterable[datetime | None], precisions: Iterable[str]) -> NDArray[np.bool_]:
    """Tell which incidents have an hour, or a slot of hours."""
    return np.array(
        [
            precision == TimePrecision.MINUTE or (precision == TimePrecision.HOURS and until is not None)
            for until, precision in zip(occurred_until, precisions, strict=True)
        ],
        dtype=np.bool_,
    )


def _minutes_within(period: DayPeriod, start: float, length: float) -> float:
    """Minutes of a stretch of time, from a minute of the day on, that lie in a period that comes back daily."""
    days, rest = divmod(length, DAY_MIN)
    minutes = days * period.length_min
    for shift in (-DAY_MIN, 0, DAY_MIN):
        low, high = period.start_min + shift, period.start_min + shift + period.length_min
        minutes += max(0.0, min(start + rest, high) - max(start, low))
    return minutes

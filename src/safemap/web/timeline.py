"""Events by week or month as bars: coordinates for a drawing, and the same as rows of a table."""

from dataclasses import dataclass

from babel.dates import format_date

from safemap.diagnosis.hotspots.rules import StepUnit
from safemap.diagnosis.hotspots.schemas import Trend
from safemap.diagnosis.timing import LOCAL_TIME

WIDTH, HEIGHT = 360, 170  # of the drawing's own units: a phone's pixels
LEFT, TOP, BOTTOM = 30, 10, 22
GAP = 0.18  # of a bar's place
MARKS_AT_MOST = 4
MARK_WIDTH = 60
LOCALES = {"zh-Hant": "zh_Hant_TW", "en": "en_GB"}


@dataclass(frozen=True)
class Bar:
    """One step: where its bar stands, and what it says."""

    x: float
    y: float
    width: float
    height: float
    middle: float
    count: int
    starts: str
    is_recent: bool
    mark: str  # a short date to stand under it; empty under most


@dataclass(frozen=True)
class Timeline:
    """The drawing: bars, lines at round counts, the box around it."""

    bars: tuple[Bar, ...]
    lines: tuple[tuple[float, int], ...]
    unit: StepUnit
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    floor: int = HEIGHT - BOTTOM


def timeline_of(trend: Trend, code: str) -> Timeline:
    """Lay out the bars of a trend, its dates in a language.

    Examples
    --------
    >>> from datetime import datetime, timedelta, timezone
    >>> start = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=8)))
    >>> trend = Trend(unit="week", starts=(start, start + timedelta(days=7)), counts=(2, 4), recent=1, change=None,
    ...               p_rising=None, p_falling=None)
    >>> drawn = timeline_of(trend, "en")
    >>> [(bar.starts, bar.count, bar.is_recent) for bar in drawn.bars], [count for _, count in drawn.lines]
    ([('1 Jan 2026', 2, False), ('8 Jan 2026', 4, True)], [0, 2, 4])
    """
    locale, is_chinese = LOCALES[code], code == "zh-Hant"
    form = "long" if is_chinese else "d MMM y"
    short = {StepUnit.MONTH: "y/M" if is_chinese else "MMM y", StepUnit.WEEK: "M/d" if is_chinese else "d MMM"}
    number, top = len(trend.counts), _top(max(trend.counts))
    place = (WIDTH - LEFT) / number
    height = HEIGHT - TOP - BOTTOM
    every = max(1, -(-number // MARKS_AT_MOST))
    bars = []
    for index, (starts, count) in enumerate(zip(trend.starts, trend.counts, strict=True)):
        tall, local = height * count / top, starts.astimezone(LOCAL_TIME)
        has_room = LEFT + place * index + MARK_WIDTH <= WIDTH
        bars.append(
            Bar(
                x=round(LEFT + place * (index + GAP / 2), 1),
                y=round(HEIGHT - BOTTOM - tall, 1),
                width=round(place * (1 - GAP), 1),
                height=round(tall, 1),
                middle=round(LEFT + place * (index + 0.5), 1),
                count=count,
                starts=format_date(local, form, locale),
                is_recent=index >= number - trend.recent,
                mark=format_date(local, short[trend.unit], locale) if index % every == 0 and has_room else "",
            )
        )
    lines = tuple((round(HEIGHT - BOTTOM - height * count / top, 1), count) for count in (0, top // 2, top))
    return Timeline(tuple(bars), lines, trend.unit)


def _top(highest: int) -> int:
    """Round up to an even number that a scale can be marked with."""
    scale = 10 ** max(0, len(str(highest)) - 1)
    tops: list[int] = [step * scale // 10 for step in (10, 12, 16, 20, 30, 40, 50, 60, 80, 100)]
    return next(top for top in tops if top >= max(highest, 2) and top % 2 == 0)

"""The hours of the week as a table that can be read aloud: numbers first, shades after them."""

from dataclasses import dataclass

from safemap.diagnosis.hotspots.rules import DAYS_FROM, HOURS_FROM
from safemap.diagnosis.hotspots.schemas import Hours
from safemap.diagnosis.hotspots.words import clock, decimal
from safemap.diagnosis.reasons import DAY_NAMES

BLOCK_H = 4
SHADES = 5


@dataclass(frozen=True)
class Cell:
    """A number with its shade: 0 for none, 1 to 5."""

    said: str
    shade: int


@dataclass(frozen=True)
class Row:
    """An hour ("21:00") or a block of them ("20–24"), and their cells."""

    hours: str
    cells: tuple[Cell, ...]
    total: str


@dataclass(frozen=True)
class Heat:
    """The table; `days` names its columns (message ids), and is empty when the days are not told apart."""

    days: tuple[str, ...]
    rows: tuple[Row, ...]
    totals: tuple[str, ...]
    total: str
    top: str  # the highest number: what the darkest shade reaches to


def heat_of(hours: Hours) -> Heat:
    """Make the table, as fine as the number of events allows.

    Examples
    --------
    >>> from safemap.diagnosis.hotspots.schemas import BusyHours
    >>> busiest = BusyHours(start_h=20, length_h=4, share=1.0, p_value=0.001)
    >>> table = tuple(tuple(3.0 if (day, hour) == (0, 21) else 0.0 for hour in range(24)) for day in range(7))
    >>> heat = heat_of(Hours(table=table, n=3, at_any_time=0, is_spread=False, busiest=busiest))
    >>> len(heat.rows), heat.days, heat.rows[5].hours, heat.rows[5].cells[0]
    (6, (), '20–24', Cell(said='3', shade=5))
    """
    step = 1 if hours.n >= HOURS_FROM else BLOCK_H
    by_block = [
        [sum(day[first : first + step]) for day in hours.table] for first in range(0, 24, step)
    ]  # rows: hours; columns: days
    shows_days = hours.n >= DAYS_FROM
    if not shows_days:
        by_block = [[sum(row)] for row in by_block]
    top = max(max(row) for row in by_block)
    return Heat(
        days=DAY_NAMES if shows_days else (),
        rows=tuple(
            Row(
                hours=clock(first) if step == 1 else f"{first:02d}–{first + step:02d}",
                cells=tuple(Cell(_said(value), _shade(value, top)) for value in row),
                total=_said(sum(row)),
            )
            for first, row in zip(range(0, 24, step), by_block, strict=True)
        ),
        totals=tuple(_said(sum(column)) for column in zip(*by_block, strict=True)),
        total=_said(sum(map(sum, by_block))),
        top=_said(top),
    )


def _said(value: float) -> str:
    nearest = round(value)
    return f"{nearest:,}" if abs(value - nearest) < 0.05 else decimal(value)


def _shade(value: float, top: float) -> int:
    """Five equal steps up to the highest number; nothing stays unshaded."""
    return 0 if value < 0.05 or top <= 0 else min(SHADES, 1 + int(SHADES * value / top * (1 - 1e-9)))

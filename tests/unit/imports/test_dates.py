"""Dates as Taiwanese tables write them, in one column or two."""

from datetime import UTC, datetime

import pytest

from safemap.imports.dates import TAIPEI, any_time

EVENING = datetime(2025, 3, 1, 21, 30, tzinfo=TAIPEI)


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("2025-03-01T21:30", ""),
        ("2025-03-01T21:30+08:00", ""),
        ("2025-03-01T13:30:00Z", ""),
        ("2025-03-01 21:30:00", ""),
        ("2025/3/1 21:30", ""),
        ("2025.03.01 21:30", ""),
        ("2025/3/1 下午 09:30", ""),
        ("2025/3/1 9:30:00 PM", ""),
        ("202503012130", ""),
        ("20250301213000", ""),
        ("114/3/1 21:30", ""),
        ("114年03月01日 21時30分", ""),
        ("１１４年３月１日", "２１：３０"),
        ("1140301", "2130"),
        ("20250301", "213000"),
        ("2025-03-01", "21:30"),
    ],
)
def test_one_evening_in_many_ways(text: str, clock: str) -> None:
    moment, until = any_time(text, clock)
    assert moment.astimezone(UTC) == EVENING.astimezone(UTC)
    assert until is None


def test_midnight_noon_and_years_before_100() -> None:
    assert any_time("2025/3/1 上午 12:05")[0].hour == 0
    assert any_time("2025/3/1 下午 12:05")[0].hour == 12
    assert any_time("880301")[0] == datetime(1999, 3, 1, tzinfo=TAIPEI)
    assert any_time("88/3/1")[0] == datetime(1999, 3, 1, tzinfo=TAIPEI)


def test_a_slot_has_an_end() -> None:
    begin, until = any_time("1140301", "22~24")
    assert (begin.hour, until) == (22, datetime(2025, 3, 2, 1, tzinfo=TAIPEI))


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("", ""),
        ("昨天", ""),
        ("3/1/2025", ""),
        ("2025-13-01", ""),
        ("99999999", ""),
        ("1140301", "930"),
        ("1140301", "25:00"),
    ],
)
def test_what_is_no_date_says_what_would_be(text: str, clock: str) -> None:
    with pytest.raises(ValueError, match="is no date and time such as 2025-03-01 21:30, 20250301, 114/3/1"):
        any_time(text, clock)

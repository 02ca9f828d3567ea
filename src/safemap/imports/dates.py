"""Dates and times as Taiwanese tables write them: Gregorian digits, ROC years, slots of hours."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

TAIPEI = ZoneInfo("Asia/Taipei")
ROC_EPOCH = 1911  # 民國 1 is 1912
ROC_TEXT = re.compile(r"(\d{2,3})年(\d{1,2})月(\d{1,2})日(?:\s*(\d{1,2})時(?:(\d{1,2})分)?(?:(\d{1,2})秒)?)?")
SLOT = re.compile(r"(\d{1,2})\s*[~～\-]\s*(\d{1,2})")


def gregorian_digits(day: str, clock: str) -> datetime:
    """Read ``20251222`` and ``221600`` (``HHMMSS``; shorter clocks lost their leading zeros)."""
    clock = clock.strip().zfill(6)
    return datetime(
        int(day[:4]), int(day[4:6]), int(day[6:8]), int(clock[:2]), int(clock[2:4]), int(clock[4:6]), tzinfo=TAIPEI
    )


def roc_text(text: str) -> datetime:
    """Read ``102年01月01日 03時00分``; seconds may stand behind."""
    found = ROC_TEXT.search(text)
    if not found:
        message = f"“{text}” is no date such as 102年01月01日 03時00分"
        raise ValueError(message)
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    return datetime(year + ROC_EPOCH, month, day, hour, minute, second, tzinfo=TAIPEI)


def roc_digits(text: str) -> datetime:
    """Read ``1040101`` (or six digits before 民國 100) as midnight of that day."""
    digits = text.strip()
    if not digits.isdigit() or len(digits) not in {6, 7}:
        message = f"“{text}” is no ROC date such as 1040101"
        raise ValueError(message)
    return datetime(int(digits[:-4]) + ROC_EPOCH, int(digits[-4:-2]), int(digits[-2:]), tzinfo=TAIPEI)


def hours_of_slot(text: str) -> tuple[int, int] | None:
    """Read ``22~24`` or ``01~03`` as first hour and end hour; None when it is no slot.

    Taipei's lists until 2017 have the eight slots 01~03, 04~06 … 22~24, which count hours from 1: 01~03 is from
    00:00 to 03:00. Later lists have others, 00~02 or 17~19 among them, which name clock hours: 17:00 to 20:00.
    """
    found = SLOT.fullmatch(text.strip())
    if not found:
        return None
    first, last = int(found.group(1)), int(found.group(2))
    if not 0 <= first <= 24 or not 0 <= last <= 24 or last < first:
        return None
    counts_from_one = first % 3 == 1 and last == first + 2
    return (first - 1, last) if counts_from_one else (first, min(last + 1, 24))


def slot_on(day: datetime, text: str) -> tuple[datetime, datetime] | None:
    """Return the beginning and end of a slot on a day; None when the text is no slot."""
    hours = hours_of_slot(text)
    return None if hours is None else (day + timedelta(hours=hours[0]), day + timedelta(hours=hours[1]))

"""Dates and times as Taiwanese tables write them: Gregorian digits, ROC years, slots of hours."""

import re
import unicodedata
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

TAIPEI = ZoneInfo("Asia/Taipei")
ROC_EPOCH = 1911  # 民國 1 is 1912
ROC_TEXT = re.compile(r"(\d{2,3})年(\d{1,2})月(\d{1,2})日(?:\s*(\d{1,2})時(?:(\d{1,2})分)?(?:(\d{1,2})秒)?)?")
PARTED = re.compile(r"(\d{2,4})[/.\-](\d{1,2})[/.\-](\d{1,2})(?:[T\s]+(.+))?")
CLOCK = re.compile(r"(上午|下午|AM|PM)?\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(上午|下午|AM|PM)?", re.IGNORECASE)
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


def any_time(text: str, clock: str = "") -> tuple[datetime, datetime | None]:
    """Read a date and time in whichever way a Taiwanese table writes it; without an offset it is Taiwan's.

    Known are ISO 8601, ``2025/3/1 下午 09:30``, ``20250301``, ``202503012130``, ROC years (``1140301``, ``114/3/1``,
    ``114年3月1日``), and beside a date a clock (``21:30``, ``2130``, ``213000``) or a slot of hours (``22~24``).

    Returns
    -------
    tuple
        When it was, and the end of the slot if it is one.

    Raises
    ------
    ValueError
        It is none of these; the text says what would be right.
    """
    words, hand = (unicodedata.normalize("NFKC", part).strip() for part in (text, clock))
    if words.isdigit() and len(words) in {12, 14}:
        words, hand = words[:8], words[8:]
    try:
        if words.isdigit():
            day = gregorian_digits(words, "0") if len(words) == 8 else roc_digits(words)
        elif "年" in words:
            day = roc_text(words)
        elif (parted := PARTED.fullmatch(words)) and len(parted[1]) < 4:
            day = datetime(int(parted[1]) + ROC_EPOCH, int(parted[2]), int(parted[3]), tzinfo=TAIPEI)
            hand = hand or (parted[4] or "")
        elif parted and (not parted[4] or CLOCK.fullmatch(parted[4].strip())):
            day = datetime(int(parted[1]), int(parted[2]), int(parted[3]), tzinfo=TAIPEI)
            hand = hand or (parted[4] or "")
        else:
            found = datetime.fromisoformat(words)
            day = found if found.tzinfo else found.replace(tzinfo=TAIPEI)
        if not hand:
            return day, None
        slot = slot_on(day, hand)
        return slot or (datetime.combine(day.date(), _clock(hand), tzinfo=day.tzinfo), None)
    except ValueError:
        shown = f"{text} {clock}".strip()
        message = f"“{shown}” is no date and time such as 2025-03-01 21:30, 20250301, 114/3/1 or 114年3月1日"
        raise ValueError(message) from None


def _clock(words: str) -> time:
    """Read ``21:30``, ``下午 09:30``, ``2130`` or ``213000``."""
    if words.isdigit() and len(words) in {4, 6}:
        return time(int(words[:2]), int(words[2:4]), int(words[4:] or 0))
    found = CLOCK.fullmatch(words)
    if not found:
        raise ValueError(words)
    before, hour, minute, second, behind = found.groups()
    half = (before or behind or "").upper()
    hours = int(hour) % 12 if half else int(hour)
    return time(hours + 12 * (half in {"下午", "PM"}), int(minute), int(second or 0))

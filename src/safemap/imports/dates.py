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
SLOT_HOURS = 3  # of every slot in Taipei's lists
LAST_HOUR = 24  # the hour of midnight, as the last slot writes it
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DATE_FROM_SLOT = re.compile(rf"(\d{{1,2}})月(\d{{1,2}})日|(\d{{1,2}})-({'|'.join(MONTHS)})", re.IGNORECASE)


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
    """Read ``22~24`` or ``01~03`` as first hour and end hour, 25 being 01:00 of the next day; None when it is no slot.

    A slot names its first and its last clock hour, the last one whole: 01~03 is from 01:00 to 04:00, 22~24 from 22:00
    to 01:00. So read, the eight slots of Taipei's lists until 2017 (01~03, 04~06 … 22~24) tile the day, none of its
    hours missing or twice; read as two clock times, eight hours a day would be in none. Hours counted from 1 would tile
    it as well, one hour earlier; but later lists have slots such as 00~02 (00:00 to 03:00) and 17~19, of clock hours.
    """
    found = SLOT.fullmatch(text.strip())
    if not found:
        return None
    first, last = int(found.group(1)), int(found.group(2))
    is_slot = first <= last <= LAST_HOUR and last - first < LAST_HOUR  # not longer than a day
    return (first, last + 1) if is_slot else None


def slot_on(day: datetime, text: str) -> tuple[datetime, datetime] | None:
    """Return the beginning and end of a slot on a day; None when the text is no slot."""
    hours = hours_of_slot(text)
    return None if hours is None else (day + timedelta(hours=hours[0]), day + timedelta(hours=hours[1]))


def slot_from_date(text: str) -> str | None:
    """Read ``1月3日`` or ``3-Jan``, which a spreadsheet made of a slot, as ``01~03``; None unless of three hours."""
    found = DATE_FROM_SLOT.fullmatch(text.strip())
    if not found:
        return None
    month, day, day_first, name = found.groups()
    first = int(month) if month else MONTHS.index(name.title()) + 1
    last = int(day or day_first)
    return f"{first:02}~{last:02}" if last == first + SLOT_HOURS - 1 and first <= 12 else None


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

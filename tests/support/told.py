"""What an answer, a page or a log tells, without what the clock alone may have put there."""

import re

MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?")
"""An instant to the second: its minutes and seconds can read like an hour of the day, its fraction like a latitude."""


def without_moments(told: str) -> str:
    """Return a text without its instants."""
    return MOMENT.sub("", told)


def tells_duty(told: str, starts: str, ends: str) -> bool:
    """Whether a text tells when a duty begins and when it ends; one of the two alone may be when somebody signed in."""
    return starts in told and ends in told

"""Where cameras look, in the forms that files use: degrees, compass words in English and Chinese, ranges, lists."""

import re
from dataclasses import dataclass

CARDINALS = {
    word: step * 22.5
    for step, word in enumerate(
        ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
    )
}
# Sixteen points as Taiwanese police lists write them: 西南西 is west-south-west.
CHINESE = {
    word: step * 22.5
    for step, word in enumerate(
        (
            "北", "北北東", "東北", "東北東", "東", "東南東", "東南", "南南東",
            "南", "南南西", "西南", "西南西", "西", "西北西", "西北", "北北西",
        )
    )
}  # fmt: skip
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
RANGE = re.compile(r"(-?\w+(?:\.\d+)?)\s*(?:-|–|~|to)\s*(\w+(?:\.\d+)?)")


@dataclass(frozen=True)
class Direction:
    """The middle of a view, clockwise from true north, and its width; None where not known."""

    azimuth_deg: float | None
    field_of_view_deg: float | None


def one_bearing(word: str) -> float | None:
    """Read degrees or a compass word as a bearing in [0, 360); None when it is neither."""
    text = word.strip().rstrip("°").strip()
    if NUMBER.fullmatch(text):
        degrees = float(text)
        return degrees % 360.0 if -360.0 <= degrees <= 360.0 else None
    return CARDINALS.get(text.upper(), CHINESE.get(text))


def directions_of(text: str) -> tuple[list[Direction], list[str]]:
    """Read a direction tag.

    Parameters
    ----------
    text
        E.g. ``"90"``, ``"NNE"``, ``"239-284"`` (clockwise from the first to the second), ``"45;225"``, ``"西南西"``.

    Returns
    -------
    list of Direction
        One for each value of the list.
    list of str
        The words that could not be read.

    Examples
    --------
    >>> directions_of("350-10")
    ([Direction(azimuth_deg=0.0, field_of_view_deg=20.0)], [])
    """
    found: list[Direction] = []
    wrong: list[str] = []
    for raw in re.split(r"[;,|/]", text):
        word = raw.strip()
        if not word:
            continue
        bearing = one_bearing(word)
        if bearing is not None:
            found.append(Direction(bearing, None))
            continue
        spread = RANGE.fullmatch(word)
        start, end = (one_bearing(spread.group(1)), one_bearing(spread.group(2))) if spread else (None, None)
        if start is None or end is None:
            wrong.append(word)
            continue
        width = (end - start) % 360.0 or 360.0
        found.append(Direction((start + width / 2) % 360.0, width))
    return found, wrong

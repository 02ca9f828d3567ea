"""Symbols of the printed map: told apart by shape, letter and number, so that a copier loses nothing."""

import math
from collections.abc import Mapping
from html import escape

from safemap.basemap.rules import PlaceKind
from safemap.hazards.categories import CATEGORIES, Shape
from safemap.i18n import mark
from safemap.incidents.rules import IncidentKind

INK = "#1c1b19"
BRICK = "#7a1f12"
BLUE = "#1c5280"
OCHRE = "#a86a12"
PAPER = "#ffffff"

LETTER_OF_CATEGORY: Mapping[str, str] = {category.code: category.letter for category in CATEGORIES}
SHAPE_OF_CATEGORY: Mapping[str, Shape] = {category.code: category.shape for category in CATEGORIES}

PT_MM = 25.4 / 72
TEXT_MM = 9.0 * PT_MM  # the smallest text on a sheet
REPORT_MM = 5.0  # across a report's symbol
BADGE_MM = 6.0  # across a dead zone's number
PLACE_MM = 4.4
CAP_SHARE = 0.733  # of the em: height of Latin capitals and numerals in Noto Sans CJK
HAN_DROP_SHARE = 0.38  # of the em: from the middle of a Han character down to the baseline

# What stands in the black square of a public place: one Han character, or Latin letters for readers of English.
PLACE_SIGNS: Mapping[str, tuple[str, str]] = {
    PlaceKind.POLICE: ("警", "P"),
    PlaceKind.FIRE_STATION: ("消", "F"),
    PlaceKind.HOSPITAL: ("醫", "H"),
    PlaceKind.AED: ("♥", "♥"),
    PlaceKind.SHELTER: ("避", "S"),
    PlaceKind.SCHOOL: ("文", "Sc"),
    PlaceKind.TEMPLE: ("廟", "T"),
    PlaceKind.MARKET: ("市", "M"),
    PlaceKind.STATION: ("站", "R"),
    PlaceKind.LIBRARY: ("圖", "L"),
    PlaceKind.COMMUNITY_CENTRE: ("會", "C"),
}
PLACE_NAMES: Mapping[str, str] = {
    PlaceKind.POLICE: mark("Police"),
    PlaceKind.FIRE_STATION: mark("Fire station"),
    PlaceKind.HOSPITAL: mark("Hospital"),
    PlaceKind.AED: mark("AED"),
    PlaceKind.SHELTER: mark("Shelter"),
    PlaceKind.SCHOOL: mark("School"),
    PlaceKind.TEMPLE: mark("Temple"),
    PlaceKind.MARKET: mark("Market"),
    PlaceKind.STATION: mark("Station"),
    PlaceKind.LIBRARY: mark("Library"),
    PlaceKind.COMMUNITY_CENTRE: mark("Community centre"),
}
ROUND_INCIDENTS = frozenset({IncidentKind.ACCIDENT_A1, IncidentKind.ACCIDENT_A2, IncidentKind.ACCIDENT})

_HALF = REPORT_MM / 2


def _regular(corners: int, radius: float, *, inner: float | None = None) -> str:
    """Return a polygon or star that stands on its base, around 0, 0."""
    steps = corners * (2 if inner else 1)
    points = []
    for step in range(steps):
        angle = 2 * math.pi * step / steps
        reach = inner if inner and step % 2 else radius
        points.append(f"{reach * math.sin(angle):.2f} {-reach * math.cos(angle):.2f}")
    return "M" + "L".join(points) + "z"


def _cross(half: float, arm: float) -> str:
    return (
        f"M{-arm} {-half}h{2 * arm}v{half - arm:.2f}h{half - arm:.2f}v{2 * arm}h{arm - half:.2f}v{half - arm:.2f}"
        f"h{-2 * arm}v{arm - half:.2f}h{arm - half:.2f}v{-2 * arm}h{half - arm:.2f}z"
    )


def circle_path(radius: float) -> str:
    """Return a circle around 0, 0 as a path."""
    return f"M{-radius} 0a{radius} {radius} 0 1 0 {2 * radius} 0a{radius} {radius} 0 1 0 {-2 * radius} 0z"


SHAPE_PATHS: Mapping[Shape, str] = {
    Shape.CIRCLE: circle_path(_HALF),
    Shape.SQUARE: f"M{-_HALF + 0.15} {-_HALF + 0.15}h{REPORT_MM - 0.3}v{REPORT_MM - 0.3}h{0.3 - REPORT_MM}z",
    Shape.TRIANGLE: "M0 -3.4L3.3 2.5H-3.3z",
    Shape.DIAMOND: "M0 -3.2L3.2 0L0 3.2L-3.2 0z",
    Shape.PENTAGON: _regular(5, 3.0),
    Shape.HEXAGON: "M-2.8 0L-1.5 -2.4H1.5L2.8 0L1.5 2.4H-1.5z",
    Shape.STAR: _regular(6, 3.5, inner=2.3),
    Shape.CROSS: _cross(2.9, 1.55),
}


def letter(text: str, y_mm: float, size_mm: float, fill: str, family: str, *, weight: int = 700) -> str:
    """Return a text centred on 0, whose middle lies at a height."""
    drop = CAP_SHARE / 2 if text.isascii() else HAN_DROP_SHARE
    return (
        f'<text x="0" y="{y_mm + drop * size_mm:.2f}" text-anchor="middle" font-size="{size_mm:.2f}" '
        f'font-weight="{weight}" font-family="{escape(family)}" fill="{fill}">{escape(text)}</text>'
    )


def report_symbol(category: str, family: str, *, is_grave: bool = False) -> str:
    """Return a report's symbol around 0, 0: shape and letter; filled when somebody was hurt, or nearly."""
    shape = SHAPE_OF_CATEGORY[category]
    ground, ink = (BRICK, PAPER) if is_grave else (PAPER, BRICK)
    middle = 0.65 if shape is Shape.TRIANGLE else 0.0
    return (
        f'<path d="{SHAPE_PATHS[shape]}" fill="{ground}" stroke="{PAPER}" stroke-width="1.1"/>'
        f'<path d="{SHAPE_PATHS[shape]}" fill="{ground}" stroke="{BRICK}" stroke-width="0.42" stroke-linejoin="round"/>'
        + letter(LETTER_OF_CATEGORY[category], middle, TEXT_MM * 0.98, ink, family)
    )


def count_symbol(number: int, family: str) -> str:
    """Return what stands for several reports at one spot, of several kinds: their number in a double ring."""
    return (
        f'<path d="{circle_path(3.3)}" fill="{PAPER}" stroke="{BRICK}" stroke-width="0.3"/>'
        f'<path d="{circle_path(2.75)}" fill="{PAPER}" stroke="{BRICK}" stroke-width="0.42"/>'
        + letter(str(number), 0.0, TEXT_MM, BRICK, family)
    )


def badge_symbol(number: int | str, family: str) -> str:
    """Return a dead zone's number: white in a black disc."""
    size = TEXT_MM * 1.2 if len(str(number)) < 3 else TEXT_MM
    return f'<path d="{circle_path(BADGE_MM / 2)}" fill="{INK}" stroke="{PAPER}" stroke-width="0.6"/>' + letter(
        str(number), 0.0, size, PAPER, family
    )


def incident_symbol(kind: str, *, is_grave: bool = False) -> str:
    """Return an incident's small symbol: dots for accidents, squares on a corner for crimes; filled when grave."""
    path = circle_path(1.0) if kind in ROUND_INCIDENTS else "M0 -1.4L1.4 0L0 1.4L-1.4 0z"
    path = _cross(1.7, 0.62) if is_grave else path
    fill = BRICK if is_grave else "#f3ded9"
    return f'<path d="{path}" fill="{fill}" stroke="{BRICK}" stroke-width="0.36"/>'


def place_symbol(kind: str, family: str, language: str) -> str:
    """Return a public place's symbol: white on a black square."""
    sign = PLACE_SIGNS[PlaceKind(kind)][0 if language.startswith("zh") else 1]
    half = PLACE_MM / 2
    size = TEXT_MM if len(sign) == 1 else TEXT_MM * 0.9
    return (
        f'<path d="M{-half} {-half}h{PLACE_MM}v{PLACE_MM}h{-PLACE_MM}z" fill="{INK}" stroke="{PAPER}" '
        f'stroke-width="0.5" stroke-linejoin="round"/>' + letter(sign, 0.0, size, PAPER, family)
    )


def lamp_symbol(*, is_working: bool = True) -> str:
    """Return a street lamp: a dot with a ring of light, or a small cross when it is out."""
    if is_working:
        return f'<path d="{circle_path(0.62)}" fill="#fff3c4" stroke="{INK}" stroke-width="0.22"/>'
    return f'<path d="M-0.8 -0.8L0.8 0.8M-0.8 0.8L0.8 -0.8" fill="none" stroke="{INK}" stroke-width="0.4"/>'


def camera_symbol(*, is_working: bool = True) -> str:
    """Return a camera: a blue dot in a white ring, hollow when it does not work."""
    fill = BLUE if is_working else PAPER
    return f'<path d="{circle_path(0.85)}" fill="{fill}" stroke="{BLUE}" stroke-width="0.35"/>'

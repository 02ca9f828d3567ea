"""Reports of unsafe spots: categories, severities, states, and what is refused."""

from dataclasses import dataclass
from enum import StrEnum

from safemap.errors import InvalidInput, NotFound
from safemap.i18n import mark


class HazardState(StrEnum):
    """Where a report stands; a later word is a later step."""

    OPEN = "open"
    FIXED = "fixed"
    CLOSED = "closed"  # no action; the reason is in its updates


class TextState(StrEnum):
    """Whether somebody looked at a report's words: until then only its reporter and moderators read them."""

    HELD = "held"
    SHOWN = "shown"
    HIDDEN = "hidden"


class Position(StrEnum):
    """How exactly a viewer is told where a report is."""

    EXACT = "exact"
    STREET = "street"  # moved to the middle of its street


class NoticedAt(StrEnum):
    """When the danger is there."""

    ANY_TIME = "any"
    DAY = "day"
    NIGHT = "night"


class Shape(StrEnum):
    """Shapes of map symbols: meaning survives a black-and-white copier."""

    CIRCLE = "circle"
    SQUARE = "square"
    TRIANGLE = "triangle"
    DIAMOND = "diamond"
    PENTAGON = "pentagon"
    HEXAGON = "hexagon"
    STAR = "star"
    CROSS = "cross"


@dataclass(frozen=True)
class Category:
    """A kind of hazard: its words are catalogue entries, its symbol has a shape and a letter."""

    code: str
    name: str
    example: str
    shape: Shape
    matters_at_night: bool


# Ordered as the form offers them: what is reported most in a Taiwanese village comes first.
CATEGORIES: tuple[Category, ...] = (
    Category("lighting", mark("Too dark"), mark("A lamp is out, or there is none"), Shape.CIRCLE, True),
    Category(
        "sightline",
        mark("Hidden corner"),
        mark("A wall, hedge or parked cars hide who stands there"),
        Shape.TRIANGLE,
        True,
    ),
    Category(
        "blocked",
        mark("Blocked way"),
        mark("Goods, motorcycles or pots block the arcade or a fire lane"),
        Shape.SQUARE,
        False,
    ),
    Category(
        "abandoned",
        mark("Abandoned place"),
        mark("An empty house, a vacant lot, a left vehicle"),
        Shape.DIAMOND,
        True,
    ),
    Category(
        "traffic",
        mark("Dangerous traffic"),
        mark("Cars are too fast, or cannot see who crosses"),
        Shape.PENTAGON,
        False,
    ),
    Category(
        "theft",
        mark("Things get stolen"),
        mark("Bicycles, motorcycles or parcels disappear here"),
        Shape.HEXAGON,
        True,
    ),
    Category(
        "gathering",
        mark("Trouble at gatherings"),
        mark("Shouting, drinking or rubbish late at night"),
        Shape.STAR,
        True,
    ),
    Category(
        "hazard",
        mark("Fire, water, falling things"),
        mark("Open drains, loose wires, loose signs"),
        Shape.CROSS,
        False,
    ),
)
CATEGORY_BY_CODE = {category.code: category for category in CATEGORIES}


class Severity(StrEnum):
    """How bad it is, in plain words."""

    UNEASY = "1"
    RISKY = "2"
    DANGEROUS = "3"


SEVERITY_NAMES = {
    Severity.UNEASY: mark("I feel uneasy here"),
    Severity.RISKY: mark("Somebody could be hurt"),
    Severity.DANGEROUS: mark("Somebody was hurt, or nearly"),
}
STATE_NAMES = {
    HazardState.OPEN: mark("Open"),
    HazardState.FIXED: mark("Fixed"),
    HazardState.CLOSED: mark("Closed without action"),
}
TEXT_STATE_NAMES = {
    TextState.HELD: mark("Waits until somebody has read it"),
    TextState.SHOWN: mark("Shown"),
    TextState.HIDDEN: mark("Hidden by a moderator"),
}
NOTICED_NAMES = {
    NoticedAt.ANY_TIME: mark("At any time"),
    NoticedAt.DAY: mark("By day"),
    NoticedAt.NIGHT: mark("At night"),
}

STREET_ACCURACY_M = 50.0
"""The radius told for a report that was moved to its street: always the same, or it would tell how far it was moved."""

ON_BORDER_DEG = 1e-9
"""A tenth of a millimetre: the middle of a street along a village's border may be computed that far outside."""

FOLLOW_UP_PATH = "/r/"
"""What a reporter's own link begins with, on this site; its token follows."""

DESCRIPTION_LIMIT = 500  # characters: what fits on a phone screen and in a printed row


class HazardNotFound(NotFound):
    """No report has that number."""

    def __init__(self, public_id: str) -> None:
        super().__init__("There is no report “{public_id}”.", remedy="The link may be cut short.", public_id=public_id)


class FollowUpUnknown(NotFound):
    """A reporter's own link is not known (any more)."""

    def __init__(self) -> None:
        super().__init__(
            "This link belongs to no report.", remedy="The report may have been withdrawn, or the link is cut short."
        )


class BelongsElsewhere(InvalidInput):
    """A report speaks of what no map may hold; it says who helps. Nothing of it is stored or logged."""

    def __init__(self, help_line: str) -> None:
        super().__init__(
            "Please tell this to those who can help at once, and not to a map.", remedy=help_line, field="description"
        )


class UnknownCategory(InvalidInput):
    """No category has that code."""

    def __init__(self, code: str) -> None:
        super().__init__(
            "There is no category “{code}”.",
            remedy="Choose one of: {known}.",
            field="category",
            code=code,
            known=", ".join(CATEGORY_BY_CODE),
        )

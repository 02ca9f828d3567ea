"""Kinds of hazards, as data: what each looks like, who is responsible, how near a duplicate may lie, what matters.

Names are catalogue entries, in every language that residents are spoken to. Eight families share a shape; each category
has a letter of its own, so that a symbol survives a black-and-white copier.
"""

from dataclasses import dataclass
from enum import StrEnum

from safemap.i18n import mark


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


class Family(StrEnum):
    """Kinds that people take for each other: one shape, and duplicates are looked for across them."""

    LIGHTING = "lighting"
    SIGHT = "sight"
    WAYS = "ways"
    ABANDONED = "abandoned"
    TRAFFIC = "traffic"
    THEFT = "theft"
    NUISANCE = "nuisance"
    HARM = "harm"


class Body(StrEnum):
    """Who is responsible for mending it, as a rule; the office that receives it knows better."""

    LAMPS = "lamps"
    ROADS = "roads"
    DRAINS = "drains"
    PARKS = "parks"
    ENVIRONMENT = "environment"
    BUILDINGS = "buildings"
    POLICE = "police"
    FIRE = "fire"
    ANIMALS = "animals"
    VILLAGE = "village"


class Drawn(StrEnum):
    """What a report of a category may be on the map."""

    POINT = "point"
    LINE = "line"
    AREA = "area"


class Asset(StrEnum):
    """What carries a number, painted where it stands."""

    LAMP = "lamp"
    CAMERA = "camera"


BODY_NAMES = {
    Body.LAMPS: mark("Street-lamp office"),
    Body.ROADS: mark("Road office"),
    Body.DRAINS: mark("Drainage office"),
    Body.PARKS: mark("Parks office"),
    Body.ENVIRONMENT: mark("Environment bureau"),
    Body.BUILDINGS: mark("Building office"),
    Body.POLICE: mark("Police station"),
    Body.FIRE: mark("Fire brigade"),
    Body.ANIMALS: mark("Animal protection office"),
    Body.VILLAGE: mark("Village office"),
}
FAMILY_NAMES = {
    Family.LIGHTING: mark("Lighting"),
    Family.SIGHT: mark("Sight"),
    Family.WAYS: mark("Ways"),
    Family.ABANDONED: mark("Left alone"),
    Family.TRAFFIC: mark("Traffic"),
    Family.THEFT: mark("Theft"),
    Family.NUISANCE: mark("Nuisance"),
    Family.HARM: mark("Fire, water, harm"),
}
SHAPE_OF_FAMILY = {
    Family.LIGHTING: Shape.CIRCLE,
    Family.SIGHT: Shape.TRIANGLE,
    Family.WAYS: Shape.SQUARE,
    Family.ABANDONED: Shape.DIAMOND,
    Family.TRAFFIC: Shape.PENTAGON,
    Family.THEFT: Shape.HEXAGON,
    Family.NUISANCE: Shape.STAR,
    Family.HARM: Shape.CROSS,
}

AT_A_SPOT = frozenset({Drawn.POINT})
ALONG = frozenset({Drawn.POINT, Drawn.LINE})
ANYWHERE = frozenset(Drawn)


@dataclass(frozen=True)
class Category:
    """A kind of hazard.

    Parameters
    ----------
    letter, sign
        What stands in its symbol: on paper a letter, on the screen a Han character.
    matters_at_night
        It is more dangerous in the dark: it counts more for dead zones after sunset.
    lighting_matters
        Better light would help: the form asks whether a lamp burns there.
    duplicate_radius_m
        How far along the streets another report of the same problem may lie.
    asset
        What with a number it may be about; the same number is the same problem.
    is_sensitive
        It easily speaks of people: also members' reports wait until somebody has read them.
    expires_after_days
        Without news the report is asked after, then rests.
    first_call
        Whom to call before anything is marked; empty: nobody.
    """

    code: str
    letter: str
    sign: str
    family: Family
    name: str
    example: str
    responsible: Body
    drawn_as: frozenset[Drawn] = AT_A_SPOT
    duplicate_radius_m: float = 40.0
    matters_at_night: bool = False
    lighting_matters: bool = False
    asset: Asset | None = None
    is_sensitive: bool = False
    expires_after_days: int = 365
    first_call: str = ""

    @property
    def shape(self) -> Shape:
        """The shape of its family."""
        return SHAPE_OF_FAMILY[self.family]


# Ordered as the form offers them: by family, what is reported most in a Taiwanese village first.
CATEGORIES: tuple[Category, ...] = (
    Category(
        "lighting",
        "A",
        "暗",
        Family.LIGHTING,
        mark("Too dark"),
        mark("There is no lamp, or it gives too little light"),
        Body.LAMPS,
        ALONG,
        duplicate_radius_m=70.0,
        matters_at_night=True,
        lighting_matters=True,
    ),
    Category(
        "lamp_out",
        "J",
        "燈",
        Family.LIGHTING,
        mark("A lamp is out"),
        mark("It is dark, flickers, or burns by day"),
        Body.LAMPS,
        duplicate_radius_m=30.0,
        matters_at_night=True,
        lighting_matters=True,
        asset=Asset.LAMP,
        expires_after_days=120,
    ),
    Category(
        "sightline",
        "B",
        "角",
        Family.SIGHT,
        mark("Hidden corner"),
        mark("A wall, hedge or parked cars hide who stands there"),
        Body.VILLAGE,
        ALONG,
        matters_at_night=True,
        lighting_matters=True,
    ),
    Category(
        "overgrown",
        "K",
        "草",
        Family.SIGHT,
        mark("Overgrown"),
        mark("Trees or weeds cover a lamp, a sign or the way"),
        Body.PARKS,
        ANYWHERE,
        duplicate_radius_m=50.0,
        matters_at_night=True,
        lighting_matters=True,
    ),
    Category(
        "blocked",
        "C",
        "堵",
        Family.WAYS,
        mark("Blocked way"),
        mark("Goods, motorcycles or pots block the arcade or the pavement"),
        Body.POLICE,
        ALONG,
    ),
    Category(
        "fire_lane",
        "L",
        "巷",
        Family.WAYS,
        mark("Blocked fire lane"),
        mark("No fire engine or stretcher comes through, a hydrant is parked on"),
        Body.FIRE,
        ALONG,
        duplicate_radius_m=60.0,
    ),
    Category(
        "abandoned",
        "D",
        "廢",
        Family.ABANDONED,
        mark("Abandoned place"),
        mark("An empty house, a vacant lot, a building site that stands open"),
        Body.BUILDINGS,
        ANYWHERE,
        matters_at_night=True,
        lighting_matters=True,
    ),
    Category(
        "left_vehicle",
        "M",
        "棄",
        Family.ABANDONED,
        mark("Left vehicle"),
        mark("A car or motorcycle that nobody moves any more"),
        Body.ENVIRONMENT,
        duplicate_radius_m=25.0,
        expires_after_days=180,
    ),
    Category(
        "traffic",
        "E",
        "車",
        Family.TRAFFIC,
        mark("Dangerous traffic"),
        mark("Cars are too fast, or cannot see who crosses"),
        Body.POLICE,
        ALONG,
    ),
    Category(
        "school_crossing",
        "N",
        "學",
        Family.TRAFFIC,
        mark("Dangerous way to school"),
        mark("Children cross where nobody stops"),
        Body.POLICE,
        ALONG,
    ),
    Category(
        "surface",
        "P",
        "坑",
        Family.TRAFFIC,
        mark("Broken ground"),
        mark("A hole, a loose cover, a pavement that trips people"),
        Body.ROADS,
        duplicate_radius_m=25.0,
        expires_after_days=180,
    ),
    Category(
        "theft",
        "F",
        "竊",
        Family.THEFT,
        mark("Things get stolen"),
        mark("Bicycles, motorcycles or parcels disappear here"),
        Body.POLICE,
        ANYWHERE,
        duplicate_radius_m=60.0,
        matters_at_night=True,
        is_sensitive=True,
    ),
    Category(
        "open_entry",
        "R",
        "門",
        Family.THEFT,
        mark("A door that stands open"),
        mark("A gate or back door does not lock, anybody walks in"),
        Body.VILLAGE,
        duplicate_radius_m=20.0,
        matters_at_night=True,
    ),
    Category(
        "camera_out",
        "S",
        "攝",
        Family.THEFT,
        mark("A camera is broken or covered"),
        mark("It hangs down, looks at a wall, or leaves hide its view"),
        Body.POLICE,
        duplicate_radius_m=30.0,
        asset=Asset.CAMERA,
        expires_after_days=120,
    ),
    Category(
        "gathering",
        "G",
        "聚",
        Family.NUISANCE,
        mark("Trouble at gatherings"),
        mark("Shouting, drinking or rubbish late at night"),
        Body.POLICE,
        ANYWHERE,
        duplicate_radius_m=60.0,
        matters_at_night=True,
        lighting_matters=True,
        is_sensitive=True,
        expires_after_days=180,
    ),
    Category(
        "dumping",
        "T",
        "髒",
        Family.NUISANCE,
        mark("Rubbish dumped"),
        mark("Rubbish, furniture or rubble lies here again and again"),
        Body.ENVIRONMENT,
        ALONG,
        expires_after_days=120,
    ),
    Category(
        "dogs",
        "U",
        "犬",
        Family.NUISANCE,
        mark("Dogs that chase people"),
        mark("Dogs without an owner run after people or motorcycles"),
        Body.ANIMALS,
        ANYWHERE,
        duplicate_radius_m=80.0,
        expires_after_days=120,
    ),
    Category(
        "hazard",
        "H",
        "險",
        Family.HARM,
        mark("Things that may fall"),
        mark("A loose sign, tile, branch or scaffold"),
        Body.BUILDINGS,
        duplicate_radius_m=25.0,
    ),
    Category(
        "wires",
        "V",
        "電",
        Family.HARM,
        mark("Loose wires, open boxes"),
        mark("A wire hangs down, an electric box stands open"),
        Body.VILLAGE,
        duplicate_radius_m=25.0,
        expires_after_days=120,
        first_call="119",
    ),
    Category(
        "water",
        "W",
        "水",
        Family.HARM,
        mark("Water"),
        mark("The street floods, a drain is blocked or has no cover"),
        Body.DRAINS,
        ANYWHERE,
        duplicate_radius_m=50.0,
    ),
    Category(
        "fire_risk",
        "X",
        "火",
        Family.HARM,
        mark("Fire could start"),
        mark("Gas bottles, burning rubbish, chargers in a stairway"),
        Body.FIRE,
        duplicate_radius_m=30.0,
        first_call="119",
    ),
)
CATEGORY_BY_CODE = {category.code: category for category in CATEGORIES}

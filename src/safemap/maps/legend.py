"""The legend of a print: only what is on this sheet, each with its symbol and its number."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from safemap.hazards.categories import CATEGORIES, Category
from safemap.i18n import mark
from safemap.incidents.rules import KIND_NAMES, IncidentKind
from safemap.maps import symbols
from safemap.maps.drawing import route_dash
from safemap.maps.plate import Plate
from safemap.maps.scene import Scene

Say = Callable[[str], str]
ITEM_MM = (8.0, 7.0)  # width and height of the room for a legend's symbol
ROUTES_LISTED = 3
KINDS_LISTED = 10  # more would push the list of dead zones off the sheet: then a line for each family

ZONES = mark("Dead zone, with its number")
PLACES_FIRST = mark("Place to look at first, with its number")
GRAVE = mark("Filled: somebody was hurt, or nearly")
SEVERAL = mark("Several kinds at one spot")
CAMERA = mark("Camera and what it sees")
LAMP = mark("Street lamp")
OUT_OF_ORDER = mark("({n} out of order)")
MORE_PATROLS = mark("and {n} more patrol routes")
BLOCK = mark("Adopted block")


@dataclass(frozen=True)
class Item:
    """One line of a legend."""

    svg: str
    words: str
    number: int | None = None
    aside: str = ""


@dataclass(frozen=True)
class Legend:
    """The lines of a legend in their groups; a group may be empty."""

    reports: tuple[Item, ...]
    incidents: tuple[Item, ...]
    watch: tuple[Item, ...]
    patrols: tuple[Item, ...]
    places: tuple[Item, ...]

    @property
    def is_long(self) -> bool:
        """Whether kinds of reports are told by their families: beside a map on A4 there is no room for that."""
        return any(" · " in item.words for item in self.reports)

    def texts(self) -> list[str]:
        """Return all its words."""
        groups = (self.reports, self.incidents, self.watch, self.patrols, self.places)
        return [f"{item.words}{item.aside}" for group in groups for item in group]


def make_legend(scene: Scene, plate: Plate, family: str, *, language: str, say: Say, is_watch_known: bool) -> Legend:
    """Collect what a sheet needs explained."""
    return Legend(
        reports=tuple(_reports(scene, plate, family, say)),
        incidents=tuple(_incidents(scene, say)),
        watch=tuple(_watch(scene, plate, family, say, is_watch_known=is_watch_known)),
        patrols=tuple(_patrols(scene, say)),
        places=tuple(
            Item(_icon(symbols.place_symbol(kind, family, language)), say(name))
            for kind, name in symbols.PLACE_NAMES.items()
            if kind in plate.place_kinds
        ),
    )


def _reports(scene: Scene, plate: Plate, family: str, say: Say) -> list[Item]:
    counted = Counter(scene.reports.kinds.tolist())
    found = [category for category in CATEGORIES if counted[category.code]]
    together = (
        [list(of_family) for _, of_family in groupby(found, lambda category: category.family)]
        if len(found) > KINDS_LISTED
        else [[category] for category in found]
    )
    items = [_kinds(kinds, counted, family, say) for kinds in together]
    if scene.reports.is_grave.any():
        first = next(category.code for category in CATEGORIES if counted[category.code])
        items.append(Item(_icon(_smaller(symbols.report_symbol(first, family, is_grave=True))), say(GRAVE)))
    if plate.shows_counts:
        items.append(Item(_icon(_smaller(symbols.count_symbol(2, family))), say(SEVERAL)))
    return items


def _kinds(kinds: list[Category], counted: Counter[str], family: str, say: Say) -> Item:
    """Return the line of one kind, or of several that share a shape, each with its letter."""
    lettered = " · ".join(f"{symbols.LETTER_OF_CATEGORY[kind.code]} {say(kind.name)}" for kind in kinds)
    return Item(
        _icon(_smaller(symbols.report_symbol(kinds[0].code, family))),
        lettered if len(kinds) > 1 else say(kinds[0].name),
        sum(counted[kind.code] for kind in kinds),
    )


def _incidents(scene: Scene, say: Say) -> list[Item]:
    counted = Counter(zip(scene.incidents.kinds.tolist(), scene.incidents.is_grave.tolist(), strict=True))
    return [
        Item(_icon(symbols.incident_symbol(kind, is_grave=is_grave)), say(KIND_NAMES[IncidentKind(kind)]), number)
        for (kind, is_grave), number in sorted(counted.items())
    ]


def _watch(scene: Scene, plate: Plate, family: str, say: Say, *, is_watch_known: bool) -> list[Item]:
    items = []
    if scene.zones:
        items.append(Item(_zone_icon(family), say(ZONES if is_watch_known else PLACES_FIRST)))
    if len(scene.cameras):
        off = int((~scene.cameras.is_working).sum())
        items.append(Item(_camera_icon(), say(CAMERA), len(scene.cameras), _out_of_order(off, say)))
    if scene.blocks:
        items.append(Item(_block_icon(), say(BLOCK), len(scene.blocks)))
    if plate.shows_lamps:
        off = int((~scene.lamps_working).sum())
        drawn = _moved(symbols.lamp_symbol(), -1.4) + _moved(symbols.lamp_symbol(is_working=False), 1.4)
        items.append(
            Item(
                _icon(drawn if off else symbols.lamp_symbol()), say(LAMP), len(scene.lamps_xy), _out_of_order(off, say)
            )
        )
    return items


def _patrols(scene: Scene, say: Say) -> list[Item]:
    items = [Item(_route_icon(place), route.words) for place, route in enumerate(scene.routes[:ROUTES_LISTED])]
    if len(scene.routes) > ROUTES_LISTED:
        more = say(MORE_PATROLS).format(n=len(scene.routes) - ROUTES_LISTED)
        items.append(Item(_route_icon(ROUTES_LISTED), more))
    return items


def _out_of_order(number: int, say: Say) -> str:
    return say(OUT_OF_ORDER).format(n=number) if number else ""


def _smaller(drawn: str) -> str:
    return f'<g transform="scale(0.86)">{drawn}</g>'


def _moved(drawn: str, x_mm: float) -> str:
    return f'<g transform="translate({x_mm} 0)">{drawn}</g>'


def _icon(drawn: str) -> str:
    width, height = ITEM_MM
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="{-width / 2} {-height / 2} {width} {height}" aria-hidden="true">{drawn}</svg>'
    )


def _zone_icon(family: str) -> str:
    hatch = "".join(f"M{x / 10} 1.9l3.8 -3.8" for x in range(-51, 20, 13))
    return _icon(
        '<path d="M-3.8 -1.9h7.2v3.8h-7.2z" fill="#f4d9a0" fill-opacity="0.35"/>'
        f'<path d="{hatch}" stroke="{symbols.OCHRE}" stroke-width="0.28" fill="none"/>'
        f'<path d="M-3.8 -1.9h7.2v3.8h-7.2z" fill="none" stroke="{symbols.INK}" stroke-width="0.55"/>'
        f'<g transform="scale(0.85)">{symbols.badge_symbol(1, family)}</g>'
    )


def _camera_icon() -> str:
    return _icon(
        f'<path d="M-3 0L3.2 -2.3A6.6 6.6 0 0 1 3.2 2.3z" fill="{symbols.BLUE}" fill-opacity="0.1" '
        f'stroke="{symbols.BLUE}" stroke-width="0.22"/><g transform="translate(-3 0)">{symbols.camera_symbol()}</g>'
    )


def _route_icon(place: int) -> str:
    dash = route_dash(place)
    return _icon(
        f'<path d="M-3.8 0h7.2" stroke="{symbols.BLUE}" stroke-width="0.75" stroke-dasharray="{dash}" fill="none"/>'
    )


def _block_icon() -> str:
    hatch = "".join(f"M{x / 10} -1.9l3.8 3.8" for x in range(-62, 20, 26))
    return _icon(
        f'<path d="{hatch}" stroke="{symbols.BLUE}" stroke-width="0.16" fill="none"/>'
        f'<path d="M-3.8 -1.9h7.2v3.8h-7.2z" fill="none" stroke="{symbols.BLUE}" stroke-width="0.35" '
        'stroke-dasharray="0.4 0.8" stroke-linecap="round"/>'
    )

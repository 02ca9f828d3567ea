"""Street lamps of the plan: one every 35 m along lit streets, none in the dark stretches, a few out of order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry

from safemap.basemap.rules import StreetClass
from safemap.demo.landmarks import House
from safemap.demo.layout import BOUNDARY
from safemap.demo.network import Network

SPACING_M = 35.0
# Middle and half length of a stretch, and its streets: each has its story in the reports.
DARK_STRETCHES: tuple[tuple[Point, float, tuple[str, ...]], ...] = (
    (Point(192, 380), 62.0, ("s41", "s43", "s46")),  # 老廟巷 past the temple, and the ends of the lanes that lead to it
    (Point(445, 166), 60.0, ("s34",)),  # 市場後巷
    (Point(540, 572), 150.0, ("s82",)),  # the path under the bridge of 學府街
    (Point(111, 196), 45.0, ("s21",)),  # 榕樹街51巷56弄
)
DARK_ASIDE_M = 12.0  # a lamp round the corner is no nearer than this
SHORTEST_LIT_M = 30.0  # a shorter dead end is lit from its mouth
# Where residents reported a lamp that is out.
OUT_OF_ORDER = (Point(262, 320), Point(506, 404), Point(92, 105), Point(240, 532), Point(640, 464), Point(300, 202))


@dataclass(frozen=True)
class Lamp:
    """A lamp with the number painted on its pole."""

    number: str
    place: Point
    is_working: bool


def lamps(streets: Network, built: Sequence[House]) -> list[Lamp]:
    """Set lamps at the roadside, on the left and the right in turn."""
    dark = dark_ground(streets)
    walls = shapely.union_all([house.outline for house in built])
    carriageways = shapely.union_all([line.buffer(street.width_m / 2) for street, line in streets])
    found: list[Lamp] = []
    for street, line in streets:
        if not street.is_lit or line.length < SHORTEST_LIT_M:
            continue
        aside_m = street.width_m / 2 + (1.2 if street.street_class is StreetClass.MAIN else 0.3)
        poles = max(1, round(line.length / SPACING_M))
        for step in range(poles):
            along = (step + 0.5) / poles * line.length
            place = _beside(line, along, aside_m if step % 2 else -aside_m)
            if not BOUNDARY.contains(place):
                place = _beside(line, along, -aside_m if step % 2 else aside_m)
            if not BOUNDARY.contains(place) or dark.contains(place):
                continue
            if walls.contains(place) or carriageways.contains(place):
                continue
            if all(place.distance(lamp.place) > SPACING_M / 3 for lamp in found):
                found.append(Lamp(f"示{101 + len(found):04d}", place, is_working=True))
    for spot in OUT_OF_ORDER:
        nearest = min(range(len(found)), key=lambda position: found[position].place.distance(spot))
        found[nearest] = replace(found[nearest], is_working=False)
    return found


def dark_ground(streets: Network) -> BaseGeometry:
    """Return the ground on which no lamp stands."""
    stretches = [
        line.intersection(middle.buffer(half_m))
        for middle, half_m, ids in DARK_STRETCHES
        for street, line in streets
        if street.id in ids
    ]
    return shapely.union_all(stretches).buffer(DARK_ASIDE_M)


def _beside(line: LineString, along_m: float, aside_m: float) -> Point:
    """Return the place so far along a line and to its left (a negative distance: to its right)."""
    before = np.array(line.interpolate(max(along_m - 0.5, 0.0)).coords[0])
    ahead = np.array(line.interpolate(along_m + 0.5).coords[0]) - before
    ahead /= np.hypot(*ahead)
    return Point(np.array(line.interpolate(along_m).coords[0]) + aside_m * np.array([-ahead[1], ahead[0]]))

"""Rows of houses along the plan's streets: shophouses on wide ones, flats in lanes, old low houses by the temple.

Builders put up a terrace at a time: four to eight units of one width, depth and height, wall to wall, with a fire lane
behind. Rows on wide streets were there first; later rows fit themselves into what is left of the block.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Point, Polygon
from shapely.affinity import rotate
from shapely.geometry.base import BaseGeometry

from safemap.basemap.rules import StreetClass
from safemap.demo.landmarks import House, landmarks
from safemap.demo.layout import BOUNDARY, EXTRACT, OPEN_GROUND, Street
from safemap.demo.network import Network

OLD_QUARTER = Polygon([(46, 326), (170, 330), (262, 330), (262, 405), (330, 428), (232, 470), (176, 466), (66, 464)])
FIRE_LANE_M = 2.0
NARROWEST_M, SHALLOWEST_M = 3.6, 6.0
ROW_ORDER = (StreetClass.MAIN, StreetClass.COLLECTOR, StreetClass.LANE, StreetClass.ALLEY)


@dataclass(frozen=True)
class Style:
    """How a row is built: ranges of front width, depth and storeys, and the share of terraces followed by a gap."""

    width_m: tuple[float, float]
    depth_m: tuple[float, float]
    levels: tuple[int, int]
    gap_share: float
    footing_m: float  # from the carriageway to the wall: pavement, arcade step or drain


STYLES: dict[StreetClass, Style] = {
    StreetClass.MAIN: Style((5.0, 7.5), (17.0, 21.0), (4, 7), 0.15, 3.5),
    StreetClass.COLLECTOR: Style((4.6, 6.0), (13.5, 18.0), (3, 5), 0.15, 1.8),
    StreetClass.LANE: Style((5.0, 10.5), (11.0, 16.5), (3, 5), 0.3, 0.8),
    StreetClass.ALLEY: Style((5.5, 9.0), (8.5, 13.0), (2, 4), 0.4, 0.5),
}
OLD_STYLE = Style((6.0, 9.5), (7.0, 11.0), (1, 2), 0.75, 1.0)


@dataclass(frozen=True)
class Frontage:
    """One straight side of a block along a street, its block on the left hand."""

    street: Street
    start: NDArray[np.float64]
    ahead: NDArray[np.float64]  # unit vectors
    inward: NDArray[np.float64]
    length_m: float
    block: Polygon

    def lot(self, along_m: float, width_m: float, depth_m: float, step_back_m: float = 0.0) -> Polygon:
        """Return the ground of a house that begins so many metres along."""
        near, far = step_back_m * self.inward, (step_back_m + depth_m) * self.inward
        left, right = self.start + along_m * self.ahead, self.start + (along_m + width_m) * self.ahead
        return Polygon([left + near, right + near, right + far, left + far])

    def room_m(self) -> float:
        """Return how deep the block is behind the middle of this side."""
        middle = self.start + self.length_m / 2 * self.ahead
        ray = LineString([middle + 0.5 * self.inward, middle + 120 * self.inward]).intersection(self.block)
        first = min(shapely.get_parts(ray), key=lambda part: part.distance(Point(middle)), default=LineString())
        return float(first.length)


@dataclass
class Built:
    """What stands already, with the street that each house faces."""

    houses: list[House] = field(default_factory=list)
    streets: list[str] = field(default_factory=list)

    def add(self, house: House, street_id: str = "") -> None:
        """Note a house."""
        self.houses.append(house)
        self.streets.append(street_id)

    def room_in(self, block: Polygon, street_id: str) -> BaseGeometry:
        """Return what a row may still use: nothing within a fire lane of others' walls, or on its own street's."""
        outlines = np.array([house.outline for house in self.houses], dtype=object)
        is_near = shapely.intersects(outlines, block.buffer(FIRE_LANE_M))
        is_same = np.array([street == street_id for street in self.streets])
        others = shapely.buffer(shapely.union_all(outlines[is_near & ~is_same]), FIRE_LANE_M, join_style="mitre")
        own = shapely.buffer(shapely.union_all(outlines[is_near & is_same]), 0.3, join_style="mitre")
        return block.difference(others).difference(own)


def houses(streets: Network, seed: int) -> list[House]:
    """Build the village: landmarks first, then row after row, widest streets first, then sheds in the yards."""
    random = np.random.default_rng(seed)
    built = Built()
    for house in landmarks():
        built.add(house)
    blocks = _blocks(streets)
    frontages = sorted(
        (frontage for block in blocks for frontage in _frontages(block, streets)),
        key=lambda found: (ROW_ORDER.index(found.street.street_class), found.street.id, *found.start.round(1)),
    )
    for frontage in frontages:
        room = built.room_in(frontage.block, frontage.street.id)
        for house in _row(frontage, room, random):
            built.add(house, frontage.street.id)
    for block in blocks:
        for house in _sheds(block, built, random):
            built.add(house)
    return built.houses


def _blocks(streets: Network) -> list[Polygon]:
    """Return the ground between streets, its corners cut so that drivers see (截角)."""
    roads = shapely.union_all(
        [
            line.buffer(
                street.width_m / 2 + (STYLES[street.street_class].footing_m if street.street_class in STYLES else 0.5),
                cap_style="flat",
                join_style="mitre",
            )
            for street, line in streets
        ]
    )
    open_ground = shapely.union_all([shape.buffer(1.5, join_style="mitre") for shape in OPEN_GROUND])
    left = EXTRACT.difference(roads).difference(open_ground)
    blocks = [part.simplify(0.25) for part in shapely.get_parts(left) if part.area > 60]
    return sorted(blocks, key=lambda block: block.bounds)


def _frontages(block: Polygon, streets: Network) -> Iterator[Frontage]:
    for ring in shapely.get_rings(shapely.orient_polygons(block)):
        coords = shapely.get_coordinates(ring)
        for start, end in pairwise(coords):
            length_m = float(np.hypot(*(end - start)))
            street = _street_before(Point((start + end) / 2), streets)
            if length_m >= NARROWEST_M and street is not None:
                ahead = (end - start) / length_m
                yield Frontage(street, start, ahead, np.array([-ahead[1], ahead[0]]), length_m, block)


def _street_before(place: Point, streets: Network) -> Street | None:
    facing = [
        street
        for street, line in streets
        if street.street_class in STYLES
        and abs(line.distance(place) - street.width_m / 2 - STYLES[street.street_class].footing_m) < 0.5
    ]
    return min(facing, key=lambda street: ROW_ORDER.index(street.street_class), default=None)


def _row(frontage: Frontage, room: BaseGeometry, random: np.random.Generator) -> Iterator[House]:
    """Put terrace beside terrace along one side of a block."""
    is_old = OLD_QUARTER.contains(Point(frontage.start + frontage.length_m / 2 * frontage.ahead))
    style = OLD_STYLE if is_old else STYLES[frontage.street.street_class]
    shared_m = (frontage.room_m() - FIRE_LANE_M) / 2 + float(random.uniform(-1.5, 1.0))
    along_m = float(random.uniform(0.0, 1.0)) if is_old else 0.0
    while frontage.length_m - along_m >= NARROWEST_M:
        left_m = frontage.length_m - along_m
        width_m = float(random.uniform(*style.width_m))
        units = int(random.integers(1, 3)) if is_old else int(random.integers(4, 9))
        units = min(units, max(1, round(left_m / width_m)))
        if left_m - units * width_m < style.width_m[0]:
            width_m = left_m / units  # the last terrace ends at the corner
        depth_m = float(np.clip(min(shared_m, random.uniform(*style.depth_m)), SHALLOWEST_M, style.depth_m[1]))
        levels = int(random.integers(style.levels[0], style.levels[1] + 1))
        step_back_m = float(random.uniform(0.0, 1.5)) if is_old else 0.0
        for unit in range(units):
            annexe_m = float(random.choice([0.0, 0.0, 0.0, 1.2, 2.4]))  # kitchens built out at the back
            lot = frontage.lot(along_m + unit * width_m, width_m, depth_m + annexe_m, step_back_m)
            if is_old:
                lot = rotate(lot, float(random.normal(0.0, 2.0)))
            outline = _largest(lot.intersection(room))
            storeys = levels + int(random.random() < 0.12)  # an added floor of corrugated iron
            if _is_a_house(outline, lot) and EXTRACT.contains(lot):
                yield House(outline, storeys)
            if is_old:
                room = room.difference(lot.buffer(0.4))
        along_m += units * width_m
        if random.random() < style.gap_share:
            along_m += float(random.uniform(1.5, 4.0) if random.random() < 0.8 else random.uniform(5.0, 9.0))


def _sheds(block: Polygon, built: Built, random: np.random.Generator) -> Iterator[House]:
    """Put a few sheds and rear houses of one or two storeys into the yards that the rows leave."""
    yards = shapely.get_parts(built.room_in(block, "").buffer(-0.8).buffer(0.4))
    for yard in yards:
        if yard.area < 90 or not BOUNDARY.contains(yard):
            continue
        is_old = OLD_QUARTER.contains(yard.representative_point())
        sides = shapely.get_coordinates(shapely.minimum_rotated_rectangle(yard))
        turn_deg = float(np.degrees(np.arctan2(*(sides[1] - sides[0])[::-1])))
        west, south, east, north = yard.bounds
        room = yard
        for _ in range(min(90, int(yard.area // (22 if is_old else 40)))):
            place = Point(random.uniform(west, east), random.uniform(south, north))
            width_m, depth_m = random.uniform(4.5, 9.5), random.uniform(4.0, 7.0)
            lot = rotate(
                shapely.box(place.x - width_m / 2, place.y - depth_m / 2, place.x + width_m / 2, place.y + depth_m / 2),
                turn_deg,
            )
            if room.contains(lot) and random.random() < 0.6:
                room = room.difference(lot.buffer(2.5))
                yield House(lot, int(random.integers(1, 3)))


def _largest(shape: BaseGeometry) -> Polygon:
    areas = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return max(areas, key=lambda part: part.area, default=Polygon())


def _is_a_house(outline: Polygon, lot: Polygon) -> bool:
    return bool(
        outline.area >= 24.0
        and outline.area > 0.45 * lot.area
        and not outline.buffer(-1.6, join_style="mitre").is_empty
    )

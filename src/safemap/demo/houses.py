"""Rows of houses along the plan's streets: shophouses on wide ones, flats in lanes, old low houses by the temple."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, Point, Polygon, STRtree
from shapely.affinity import rotate, translate

from safemap.basemap.rules import StreetClass
from safemap.demo.layout import BOUNDARY, MARKET, OPEN_GROUND, Street

OLD_QUARTER = Point(190, 385).buffer(95)
STOREY_M = 3.2


@dataclass(frozen=True)
class House:
    """One building of the plan."""

    outline: Polygon
    levels: int
    name: str = ""

    @property
    def height_m(self) -> float:
        """Height with a parapet."""
        return round(self.levels * STOREY_M + 0.8, 1)


# Front width and depth in metres, storeys: from - to.
STYLES: dict[StreetClass, tuple[tuple[float, float], tuple[float, float], tuple[int, int]]] = {
    StreetClass.MAIN: ((6.0, 11.0), (15.0, 19.0), (4, 8)),
    StreetClass.COLLECTOR: ((4.6, 9.0), (13.0, 17.0), (3, 5)),
    StreetClass.LANE: ((7.0, 12.0), (10.5, 13.0), (4, 5)),
    StreetClass.ALLEY: ((6.0, 9.5), (8.5, 11.0), (2, 4)),
}
OLD_STYLE = ((6.0, 10.0), (7.0, 10.0), (1, 2))


def houses(streets: Sequence[tuple[Street, LineString]], seed: int) -> list[House]:
    """Build the village: landmarks first, then rows street by street, widest streets first."""
    random = np.random.default_rng(seed)
    built = list(_landmarks())
    roads = shapely.union_all([line.buffer(street.width_m / 2 + 0.6, cap_style="flat") for street, line in streets])
    shapely.prepare(roads)
    ground = shapely.union_all(list(OPEN_GROUND))
    shapely.prepare(ground)
    order = list(STYLES)
    for street, line in sorted(
        streets,
        key=lambda pair: (order.index(pair[0].street_class) if pair[0].street_class in order else 9, pair[0].id),
    ):
        if street.street_class not in STYLES:
            continue
        for side in (1, -1):
            for house in _row(street, line, side, random):
                outline = house.outline
                if not BOUNDARY.contains(outline) or roads.intersects(outline) or ground.intersects(outline):
                    continue
                near = STRtree([other.outline for other in built])
                if len(near.query(outline.buffer(-0.05), predicate="intersects")) == 0:
                    built.append(house)
    return built


def _row(street: Street, line: LineString, side: int, random: np.random.Generator) -> Iterator[House]:
    """Walk along one side of a street and put house beside house, with a fire lane after every few."""
    along = float(random.uniform(1.0, 4.0))
    until_gap = int(random.integers(4, 8))
    while along < line.length - 5:
        place = line.interpolate(along)
        is_old = OLD_QUARTER.contains(place)
        widths, depths, levels = OLD_STYLE if is_old else STYLES[street.street_class]
        width_m = float(random.uniform(*widths))
        depth_m = float(random.uniform(*depths))
        storeys = int(random.integers(levels[0], levels[1] + 1))
        setback_m = street.width_m / 2 + (2.2 if street.street_class is StreetClass.MAIN else 0.9)
        yield House(_lot(line, along, width_m, depth_m, setback_m, side), storeys)
        along += width_m + 0.02
        until_gap -= 1
        if until_gap == 0 or (is_old and random.random() < 0.3):
            along += float(random.uniform(1.8, 4.5))
            until_gap = int(random.integers(4, 8))


def _lot(line: LineString, along: float, width_m: float, depth_m: float, setback_m: float, side: int) -> Polygon:
    start, end = line.interpolate(along), line.interpolate(min(along + width_m, line.length))
    angle_deg = float(np.degrees(np.arctan2(end.y - start.y, end.x - start.x)))
    near, far = side * setback_m, side * (setback_m + depth_m)
    lot = Polygon([(0, near), (width_m, near), (width_m, far), (0, far)])
    return translate(rotate(lot, angle_deg, origin=(0, 0)), start.x, start.y)


def _landmarks() -> Iterator[House]:
    yield House(Polygon([(578, 128), (626, 130), (626, 142), (590, 141), (589, 196), (577, 195)]), 4, "榕樹國小")
    yield House(Polygon([(604, 236), (626, 237), (626, 256), (604, 255)]), 2, "榕樹國小活動中心")
    yield House(Polygon([(194, 400), (214, 408), (208, 425), (188, 417)]), 1, "福安宮")
    yield House(MARKET.buffer(-5, join_style="mitre"), 2, "榕樹市場")
    yield House(Polygon([(341, 42), (358, 42.6), (357.4, 62), (340.6, 61.4)]), 3, "示範派出所")
    yield House(Polygon([(308, 308), (329, 308.5), (329, 324), (308, 323.5)]), 3, "榕樹里活動中心")

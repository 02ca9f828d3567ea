"""Buildings of the plan that are drawn by hand: what people say when they tell the way."""

from collections.abc import Iterator
from dataclasses import dataclass

import shapely
from shapely import Polygon
from shapely.affinity import rotate

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


def landmarks() -> Iterator[House]:
    """Return school, temple, market, offices, towers and the two old courtyard houses."""
    # The school: a horseshoe of classrooms towards the street, the hall at the far end of the field.
    yield House(
        Polygon(
            [(585, 119), (652, 121), (651.6, 132), (597, 130.4), (596, 158), (622, 158.8), (621.7, 169), (584.5, 168)]
        ),
        4,
        "榕樹國小",
    )
    yield House(Polygon([(609, 244), (652, 246.5), (651, 265), (608, 262.5)]), 2, "榕樹國小活動中心")
    yield House(_box(640, 146, 12, 8, 2), 1)
    yield House(_box(579.5, 146, 4, 5, 1), 1)
    # The temple looks at its square; the stage stands across it.
    yield House(
        Polygon(
            [
                (193, 428),
                (229, 432),
                (226, 453),
                (218.5, 452),
                (219.2, 447),
                (198.5, 444.6),
                (198, 449.6),
                (190.5, 448.6),
            ]
        ),
        1,
        "福安宮",
    )
    yield House(_box(209, 406.5, 9, 6, 6), 1, "福安宮戲台")
    yield House(_box(228, 419, 3, 3, 6), 1)
    # The market hall with its cut corner, and the stalls that lean on it.
    yield House(Polygon([(381, 138), (429, 140.5), (428, 190), (379, 188), (378.8, 143)]), 2, "榕樹市場")
    yield House(Polygon([(430.5, 142), (435, 142.2), (434, 192), (429.8, 191.8)]), 1)
    yield House(Polygon([(341, 41), (371, 43), (370, 63), (340, 61)]), 4, "示範派出所")
    yield House(Polygon([(308, 307.8), (330, 308.4), (330.4, 327), (308, 326)]), 3, "榕樹里活動中心")
    yield House(Polygon([(52, 29.5), (80, 30), (79.6, 47), (52, 46.4)]), 3, "示範消防分隊")
    yield House(Polygon([(203, 162), (230, 162.6), (229.8, 174), (203, 173.4)]), 2, "示範圖書館榕樹分館")
    # Towers: two on the main road, and a condominium of three around a garden.
    yield House(
        Polygon([(301, 38), (325, 39.5), (324, 57.5), (312, 57), (311.8, 53), (300.4, 52.4)]), 12, "榕樹商業大樓"
    )
    yield House(
        Polygon([(622, 60.5), (656, 64), (655.6, 84), (640, 83), (640.4, 78), (633, 77.4), (632.6, 82.6), (621, 82)]),
        14,
        "文昌大廈",
    )
    yield House(Polygon([(362, 459), (402, 460), (401.6, 472), (361.6, 471)]), 12, "榕園社區A棟")
    yield House(Polygon([(412, 460.5), (442, 461.5), (441.4, 473), (411.6, 472)]), 12, "榕園社區B棟")
    yield House(Polygon([(424, 478.5), (441.5, 479), (440, 511), (423, 510)]), 14, "榕園社區C棟")
    # Houses around a court (三合院), older than the streets.
    yield House(_court(96, 432, 12), 1, "林家古厝")
    yield House(_court(288, 376, -22), 1)
    # Toilets and pavilions.
    yield House(_box(245, 166, 7, 5, 1), 1, "公園公廁")
    yield House(Polygon([(238, 222), (243, 220), (246, 224), (243, 229), (238, 228)]), 1, "榕樹公園涼亭")
    yield House(_box(429, 351, 5, 4, 4), 1)


def _box(x: float, y: float, width_m: float, depth_m: float, turn_deg: float) -> Polygon:
    half_m, deep_m = width_m / 2, depth_m / 2
    return rotate(shapely.box(x - half_m, y - deep_m, x + half_m, y + deep_m), turn_deg)


def _court(x: float, y: float, turn_deg: float) -> Polygon:
    outline = [(-11, -9), (-6, -9), (-6, 3), (6, 3), (6, -9), (11, -9), (11, 9), (-11, 9)]
    return rotate(Polygon([(x + along, y + across) for along, across in outline]), turn_deg, origin=(x, y))

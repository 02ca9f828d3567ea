"""The ground of the fictional village: its boundary, creek and open areas, in metres of its own plan.

The plan's first axis runs along the main road (roughly east), the second away from it (roughly north). It is turned
and laid into the sea west of Taiwan, where no village is.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from safemap.basemap.rules import PlaceKind, StreetClass
from safemap.geo.crs import GEOD, Lonlat, Metric, MetricPlane

ORIGIN_LON, ORIGIN_LAT = 120.35, 24.60  # in the Taiwan Strait
TURN_DEG = 9.0  # anticlockwise: real grids follow an old irrigation ditch, not the compass
DECIMALS = 7  # of degrees: about 1 cm

COUNTY, TOWN, VILLAGE, VILLAGE_EN, CODE = "示範市", "示範區", "榕樹里", "Banyan Village", "demo-banyan"


@dataclass(frozen=True)
class Street:
    """A street of the plan: its middle line, and how wide its carriageway is."""

    id: str
    name: str
    name_en: str
    street_class: StreetClass
    line: LineString
    width_m: float
    is_lit: bool = True
    is_oneway: bool = False
    passes_under: str = ""  # the id of a street on a bridge, with which there is no junction


@dataclass(frozen=True)
class Area:
    """A public place of the plan."""

    id: str
    kind: PlaceKind
    name: str
    name_en: str
    shape: BaseGeometry


def smooth(*corners: tuple[float, float], rounds: int = 3) -> LineString:
    """Cut the corners of a line, as water does (Chaikin 1974); its ends stay."""
    line = np.array(corners, dtype=np.float64)
    for _ in range(rounds):
        near, far = 0.75 * line[:-1] + 0.25 * line[1:], 0.25 * line[:-1] + 0.75 * line[1:]
        line = np.vstack([line[:1], np.stack([near, far], axis=1).reshape(-1, 2)[1:-1], line[-1:]])
    return LineString(np.round(line, 2))


CREEK_MIDDLE = smooth(
    (-80, 492),
    (30, 525),
    (110, 556),
    (190, 562),
    (280, 574),
    (360, 588),
    (470, 603),
    (560, 596),
    (650, 572),
    (760, 566),
)
RIVER_ROAD = smooth(
    (66, 503), (130, 520), (240, 532), (359, 547), (446, 552), (549, 552), (600, 548), (628, 536), rounds=2
)
PATH = smooth(
    (66, 503), (96, 530), (182, 540), (275, 550), (360, 563.5), (465, 578), (560, 571), (610, 558), (628, 536), rounds=2
)

# Not a rectangle: the middles of three streets and of the creek.
BOUNDARY = Polygon(
    [
        (40, 14), (180, 16), (332, 24), (470, 33), (562, 38), (664, 49), (670, 150), (672, 240), (667, 330), (650, 440),
        (628, 536),
        *[(x, y) for x, y in reversed(CREEK_MIDDLE.coords) if 58 < x < 640],
        (66, 503), (48, 400), (40, 290), (37, 160), (38, 60),
    ]
)  # fmt: skip
AROUND_M = 52.0  # how far beyond the boundary the neighbours' streets and houses are shown
EXTRACT = BOUNDARY.buffer(AROUND_M, join_style="mitre")
CREEK = CREEK_MIDDLE.buffer(10, cap_style="flat", quad_segs=4).intersection(EXTRACT)

SCHOOL = Polygon([(576, 112), (660.5, 115), (663, 150), (664.5, 240), (662.5, 270), (573.5, 263), (576, 180)])
SPORTS_FIELD = Polygon([(600, 176), (652, 178), (653, 236), (599, 233)]).buffer(-9).buffer(9, quad_segs=6)
PARK = Polygon([(190.5, 158.5), (253, 159.5), (253, 242), (187, 239.5), (187, 198)])
TEMPLE = Polygon([(190, 400), (230, 405), (233, 430), (226, 456), (182, 450), (184, 422)])
MARKET = Polygon([(373, 129), (438, 132.5), (436.5, 166), (438, 199), (372, 196.5)])
PARKING = Polygon([(366, 318), (436, 323), (437, 357), (367, 356)])
VACANT = Polygon([(118, 384), (150, 390), (148, 424), (126, 428)])
RIVERSIDE = PATH.buffer(8, cap_style="flat", quad_segs=3).difference(CREEK.buffer(0.5))

AREAS: tuple[Area, ...] = (
    Area("p01", PlaceKind.WATER, "榕樹溪", "Rongshu Creek", CREEK),
    Area("p02", PlaceKind.SCHOOL, "榕樹國小", "Rongshu Elementary School", SCHOOL),
    Area("p03", PlaceKind.PARK, "榕樹公園", "Banyan Park", PARK),
    Area("p04", PlaceKind.TEMPLE, "福安宮", "Fu'an Temple", TEMPLE),
    Area("p05", PlaceKind.MARKET, "榕樹市場", "Banyan Market", MARKET),
    Area("p06", PlaceKind.PARKING, "安樂停車場", "Anle Car Park", PARKING),
    Area("p07", PlaceKind.PARK, "溪畔綠地", "Creekside Green", RIVERSIDE),
    Area("p08", PlaceKind.POLICE, "示範派出所", "Shifan Police Station", Point(356, 54)),
    Area("p09", PlaceKind.COMMUNITY_CENTRE, "榕樹里活動中心", "Banyan Community Centre", Point(318, 318)),
    Area("p10", PlaceKind.AED, "活動中心 AED", "AED (community centre)", Point(326, 313)),
    Area("p11", PlaceKind.SHELTER, "榕樹國小避難收容處所", "Shelter at Rongshu School", Point(640, 252)),
    Area("p12", PlaceKind.AED, "榕樹國小 AED", "AED (school)", Point(582, 150)),
    Area("p13", PlaceKind.STATION, "榕樹站公車站", "Rongshu bus stop", Point(300, 34.5)),
    Area("p14", PlaceKind.FIRE_STATION, "示範消防分隊", "Shifan Fire Branch", Point(66, 38)),
    Area("p15", PlaceKind.LIBRARY, "示範圖書館榕樹分館", "Shifan Library, Banyan Branch", Point(216, 168)),
    Area("p16", PlaceKind.OTHER, "榕樹國小操場", "Sports field", SPORTS_FIELD),
)

OPEN_GROUND = (CREEK.buffer(3), SCHOOL, PARK, TEMPLE, MARKET, PARKING, VACANT, RIVERSIDE)

_ORIGIN = Lonlat(Point(ORIGIN_LON, ORIGIN_LAT))
PLANE = MetricPlane.around(_ORIGIN)


def to_lonlat(shape: shapely.Geometry) -> shapely.Geometry:
    """Lay a shape of the plan on the Earth, in degrees of 7 decimals."""
    east_m, north_m = shapely.get_coordinates(PLANE.to_metric(_ORIGIN))[0]
    turn = np.deg2rad(TURN_DEG)

    def lay(coords: NDArray[np.float64]) -> NDArray[np.float64]:
        along, across = np.round(coords, 3).T
        x = east_m + along * np.cos(turn) - across * np.sin(turn)
        y = north_m + along * np.sin(turn) + across * np.cos(turn)
        return np.column_stack([x, y])

    laid = PLANE.to_lonlat(cast("Metric", shapely.transform(shape, lay)))
    rounded: shapely.Geometry = shapely.transform(laid, lambda coords: np.round(coords, DECIMALS))
    return rounded


def azimuth_on_earth(plan_deg: float) -> float:
    """Turn a bearing of the plan (clockwise from its second axis) into one from true north, to a whole degree."""
    ahead = Point(100 * np.sin(np.deg2rad(plan_deg)), 100 * np.cos(np.deg2rad(plan_deg)))
    (lon, lat), (lon_ahead, lat_ahead) = (
        shapely.get_coordinates(to_lonlat(place))[0] for place in (Point(0, 0), ahead)
    )
    return float(round(GEOD.inv(lon, lat, lon_ahead, lat_ahead)[0])) % 360.0

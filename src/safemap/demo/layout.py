"""The plan of the fictional village: streets, areas, dark stretches, in metres of a plan of its own.

The plan's first axis runs along the main road (roughly east), the second away from it (roughly north). It is turned
and laid into the sea west of Taiwan, where no village is.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Point, Polygon

from safemap.basemap.rules import PlaceKind, StreetClass
from safemap.geo.crs import Lonlat, Metric, MetricPlane

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


@dataclass(frozen=True)
class Area:
    """A public place of the plan."""

    id: str
    kind: PlaceKind
    name: str
    name_en: str
    shape: Polygon | Point


def _street(
    code: str,
    name: str,
    name_en: str,
    kind: StreetClass,
    width_m: float,
    *places: tuple[float, float],
    is_lit: bool = True,
) -> Street:
    return Street(code, name, name_en, kind, LineString(places), width_m, is_lit)


MAIN, COLLECTOR, LANE, ALLEY, FOOTWAY = (
    StreetClass.MAIN,
    StreetClass.COLLECTOR,
    StreetClass.LANE,
    StreetClass.ALLEY,
    StreetClass.FOOTWAY,
)

STREETS: tuple[Street, ...] = (
    _street("s01", "示範路二段", "Sec. 2, Shifan Rd.", MAIN, 20, (-30, 22), (120, 20), (330, 24), (560, 34), (690, 42)),
    _street("s02", "榕樹街", "Rongshu St.", COLLECTOR, 10, (330, 24), (332, 100), (336, 300), (344, 420), (352, 532)),
    _street("s03", "安樂街", "Anle St.", COLLECTOR, 10, (40, 292), (160, 296), (336, 300), (450, 306), (562, 316)),
    _street("s04", "永和街", "Yonghe St.", COLLECTOR, 9, (36, 21), (38, 160), (40, 292), (44, 420), (60, 500)),
    _street(
        "s05",
        "學府街",
        "Xuefu St.",
        COLLECTOR,
        11,
        (560, 34),
        (562, 180),
        (562, 316),
        (556, 440),
        (552, 556),
        (552, 600),
    ),
    _street("s06", "榕樹街12巷", "Ln. 12, Rongshu St.", LANE, 6, (332, 92), (190, 90), (37, 90)),
    _street("s07", "榕樹街34巷", "Ln. 34, Rongshu St.", LANE, 6, (333, 160), (186, 159), (38, 158)),
    _street("s08", "榕樹街56巷", "Ln. 56, Rongshu St.", LANE, 5, (335, 228), (184, 226), (39, 224)),
    _street("s09", "榕樹街15巷", "Ln. 15, Rongshu St.", LANE, 6, (332, 98), (440, 102), (561, 106)),
    _street("s10", "榕樹街41巷", "Ln. 41, Rongshu St.", LANE, 5, (334, 196), (404, 199), (436, 201)),
    _street("s11", "榕樹街34巷5弄", "Aly. 5, Ln. 34, Rongshu St.", ALLEY, 4, (262, 159), (260, 227)),
    _street("s12", "榕樹街34巷17弄", "Aly. 17, Ln. 34, Rongshu St.", ALLEY, 4, (112, 158), (111, 225)),
    _street("s13", "榕樹街12巷8弄", "Aly. 8, Ln. 12, Rongshu St.", ALLEY, 3.5, (250, 91), (249, 132)),
    _street("s14", "榕樹街12巷21弄", "Aly. 21, Ln. 12, Rongshu St.", ALLEY, 3.5, (122, 90), (121, 159)),
    _street(
        "s15",
        "老廟巷",
        "Laomiao Ln.",
        LANE,
        4,
        (41, 330),
        (110, 352),
        (178, 366),
        (238, 392),
        (290, 418),
        (344, 426),
        is_lit=True,
    ),
    _street("s16", "老廟巷3弄", "Aly. 3, Laomiao Ln.", ALLEY, 3, (110, 352), (104, 402), (118, 446)),
    _street("s17", "安樂街21巷", "Ln. 21, Anle St.", LANE, 5, (160, 296), (162, 330), (178, 366)),
    _street("s18", "安樂街39巷", "Ln. 39, Anle St.", LANE, 5, (262, 298), (264, 350), (266, 405.692)),
    _street("s19", "安樂街88巷", "Ln. 88, Anle St.", LANE, 6, (450, 306), (452, 400), (448, 484)),
    _street("s20", "安樂街88巷6弄", "Aly. 6, Ln. 88, Anle St.", ALLEY, 3.5, (451.489, 376), (398, 372), (341.0, 375)),
    _street(
        "s21", "市場後巷", "Market Back Ln.", ALLEY, 3.5, (440, 102), (438, 150), (436, 201), (438, 262), (446, 305.855)
    ),
    _street(
        "s22",
        "溪畔路",
        "Xipan Path",
        FOOTWAY,
        4,
        (60, 500),
        (118, 506),
        (200, 522),
        (280, 528),
        (352, 532),
        (440, 540),
        (552, 556),
        is_lit=False,
    ),
    _street("s23", "溪畔路12巷", "Ln. 12, Xipan Path", LANE, 5, (448, 484), (442, 540.214)),
    _street("s24", "老廟巷22弄", "Aly. 22, Laomiao Ln.", ALLEY, 3, (238, 392), (233, 471), (236, 525.3)),
    _street("s25", "學府街60巷", "Ln. 60, Xuefu St.", LANE, 5, (556.968, 420), (506, 416), (452, 412.0)),
    _street("s26", "公園步道", "Park Walk", FOOTWAY, 3, (186, 159), (206, 190), (184, 226)),
    _street("s27", "永和街98巷", "Ln. 98, Yonghe St.", LANE, 5, (55.5, 482), (130, 476), (180, 474), (233, 471)),
    _street("s28", "榕樹街97巷", "Ln. 97, Rongshu St.", LANE, 5, (348.6, 480), (290, 475), (233, 471)),
    _street("s29", "學府街88巷", "Ln. 88, Xuefu St.", LANE, 5, (554, 490), (500, 485), (448, 484)),
    _street("s30", "學府街33巷", "Ln. 33, Xuefu St.", LANE, 5, (562, 206), (500, 204), (436, 201)),
)

# Not a rectangle: the main road's middle, the creek, two streets' middles, and a corner that belongs to the neighbour.
BOUNDARY = Polygon(
    [
        (36, 21), (120, 20), (330, 24), (560, 34), (640, 38.15), (644, 250), (632, 330), (606, 470), (598, 566),
        (552, 566), (440, 550), (352, 542), (280, 538), (200, 532), (118, 516), (58, 510), (44, 420), (40, 292),
        (38, 160),
    ]
)  # fmt: skip

CREEK = LineString(
    [(-20, 500), (60, 522), (118, 530), (200, 548), (280, 554), (352, 558), (440, 568), (552, 584), (640, 590)]
).buffer(11, cap_style="flat")

SCHOOL = Polygon([(572, 120), (630, 123), (630, 262), (574, 260)])
PARK = Polygon([(190, 168), (252, 169), (251, 218), (190, 217)])
TEMPLE = Polygon([(186, 386), (226, 402), (218, 436), (176, 422)])
MARKET = Polygon([(376, 116), (428, 118), (427, 186), (376, 184)])
PARKING = Polygon([(360, 318), (430, 321), (428, 362), (360, 360)])
VACANT = Polygon([(56, 404), (98, 410), (96, 470), (62, 468)])
RIVERSIDE = LineString([(60, 511), (118, 517), (200, 533), (280, 539), (352, 543), (440, 551), (545, 567)]).buffer(
    7, cap_style="flat"
)

AREAS: tuple[Area, ...] = (
    Area("p01", PlaceKind.WATER, "榕樹溪", "Rongshu Creek", CREEK),
    Area("p02", PlaceKind.SCHOOL, "榕樹國小", "Rongshu Elementary School", SCHOOL),
    Area("p03", PlaceKind.PARK, "榕樹公園", "Banyan Park", PARK),
    Area("p04", PlaceKind.TEMPLE, "福安宮", "Fu'an Temple", TEMPLE),
    Area("p05", PlaceKind.MARKET, "榕樹市場", "Banyan Market", MARKET),
    Area("p06", PlaceKind.PARKING, "安樂停車場", "Anle Car Park", PARKING),
    Area("p07", PlaceKind.PARK, "溪畔綠地", "Creekside Green", RIVERSIDE),
    Area("p08", PlaceKind.POLICE, "示範派出所", "Shifan Police Station", Point(344, 52)),
    Area("p09", PlaceKind.COMMUNITY_CENTRE, "榕樹里活動中心", "Banyan Community Centre", Point(322, 312)),
    Area("p10", PlaceKind.AED, "AED（活動中心）", "AED (community centre)", Point(318, 316)),
    Area("p11", PlaceKind.SHELTER, "榕樹國小避難收容處所", "Shelter at Rongshu School", Point(600, 232)),
    Area("p12", PlaceKind.AED, "AED（榕樹國小）", "AED (school)", Point(588, 134)),
    Area("p13", PlaceKind.STATION, "榕樹站公車站", "Rongshu bus stop", Point(300, 34)),
    Area("p14", PlaceKind.FIRE_STATION, "示範消防分隊", "Shifan Fire Branch", Point(60, 36)),
)

# Stretches without a working lamp, as circles: each has its story in the reports.
DARK = (
    Point(206, 380).buffer(58),  # 老廟巷: the old lane between the temple and 安樂街21巷
    Point(437, 232).buffer(48),  # 市場後巷: behind the market
    Point(500, 552).buffer(60),  # 溪畔路 under the bridge of 學府街
    Point(116, 200).buffer(30),  # 34巷17弄
)
OPEN_GROUND = (CREEK.buffer(2), SCHOOL, PARK, TEMPLE, MARKET, PARKING, VACANT, RIVERSIDE)

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
    """Turn a bearing of the plan (clockwise from its second axis) into one from true north."""
    return (plan_deg - TURN_DEG) % 360.0

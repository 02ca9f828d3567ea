"""Who watches in the plan: cameras, two watch teams' routes, adopted blocks."""

from dataclasses import dataclass

from shapely import MultiLineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from safemap.blocks.rules import AdopterKind
from safemap.cameras.rules import CameraKind, CameraSite
from safemap.demo.layout import MARKET, SCHOOL, TEMPLE
from safemap.demo.network import Network, route
from safemap.patrols.rules import TeamKind

MON, TUE, WED, THU, FRI, SAT, SUN = (1 << day for day in range(7))
WORKDAYS = MON | TUE | WED | THU | FRI
DAILY = WORKDAYS | SAT | SUN


@dataclass(frozen=True)
class Eye:
    """A camera on a pole or wall.

    Reaches are those at which 40 pixels fall on a metre, behind a 60° lens: 40 m at 1080p, 55 m at 4 megapixels.
    """

    label: str
    x: float
    y: float
    plan_deg: float | None  # direction in the plan; None: all around
    reach_m: float = 40.0
    site: CameraSite = CameraSite.PUBLIC
    mount_height_m: float = 4.5
    operator: str = "示範分局"
    is_working: bool = True

    @property
    def place(self) -> Point:
        """Where its pole stands."""
        return Point(self.x, self.y)

    @property
    def kind(self) -> CameraKind:
        """A dome looks all around."""
        return CameraKind.DOME if self.plan_deg is None else CameraKind.FIXED

    @property
    def field_of_view_deg(self) -> float:
        """Of its lens."""
        return 360.0 if self.plan_deg is None else 60.0


CAMERAS: tuple[Eye, ...] = (
    Eye("示範路榕樹街口-1", 338.2, 36.4, 355, reach_m=55.0),
    Eye("示範路榕樹街口-2", 325.9, 35.4, 268, reach_m=55.0, site=CameraSite.TRAFFIC),
    Eye("示範路學府街口", 555.8, 49.3, 90, reach_m=55.0, site=CameraSite.TRAFFIC),
    Eye("示範路永和街口", 44.9, 25.8, 358, reach_m=55.0),
    Eye("榕樹街安樂街口", 330.3, 294.0, None, reach_m=35.0),
    Eye("學府街安樂街口", 554.9, 311.7, 265),
    Eye("榕樹國小校門", 572.6, 184.0, 187),
    Eye("榕樹國小後側", 666.2, 236.0, 2),
    Eye("榕樹市場正門", 402.0, 126.6, 275, operator="榕樹市場管理委員會"),
    Eye("榕樹公園入口", 254.3, 196.0, 275),
    Eye("永和街安樂街口", 45.2, 284.4, 186),
    Eye("安樂停車場", 435.5, 355.0, 232, operator="安樂停車場"),
    Eye("榕樹街51巷口", 329.2, 152.6, 275),
    Eye("派出所前", 350.0, 38.0, 82, mount_height_m=3.5, reach_m=45.0),
    Eye("活動中心室內", 318.0, 314.0, None, site=CameraSite.INDOOR, operator="榕樹里辦公處"),
    Eye("安樂街163巷口（故障）", 448.7, 314.7, 4, is_working=False),
)


@dataclass(frozen=True)
class Walk:
    """A patrol route with its team and hours."""

    name: str
    team: str
    team_en: str
    team_kind: TeamKind
    weekdays: int
    starts_at: str
    ends_at: str
    shape: MultiLineString


def walks(streets: Network) -> list[Walk]:
    """Routes along the streets; none is walked after 22:00, and none enters the old lane."""
    watch = ("榕樹里守望相助隊", "Banyan Neighborhood Watch", TeamKind.YEAR_ROUND)
    joint = ("校園市場聯合巡守隊", "School and Market Joint Patrol", TeamKind.JOINT)
    south = [(332, 68), (190, 63), (39, 61), (37, 148), (186, 153), (258, 154), (335, 156), (332, 68)]
    north = [(336, 300), (165, 297), (40, 290), (61, 474), (130, 476), (234, 472), (352, 482), (336, 300)]
    school = [(566, 180), (565, 215), (446, 209), (337, 206), (333, 119), (446, 124), (564, 132), (566, 180)]
    return [
        Walk("南線：11巷－51巷", *watch, MON | WED | FRI | SAT, "20:00", "22:00", route(streets, south)),
        Walk("北線：安樂街－永和街", *watch, TUE | THU | SAT, "20:00", "22:00", route(streets, north)),
        Walk("校園線：學府街－市場", *joint, WORKDAYS, "16:00", "18:30", route(streets, school)),
    ]


@dataclass(frozen=True)
class Adopted:
    """An adopted block."""

    name: str
    adopter: str
    kind: AdopterKind
    weekdays: int
    starts_at: str
    ends_at: str
    in_force_from: str
    in_force_until: str
    shape: BaseGeometry


SCHOOL_FRONT = Polygon([(560, 106), (578, 106), (576, 272), (557, 272)])

BLOCKS: tuple[Adopted, ...] = (
    Adopted(
        "榕樹國小校園周邊",
        "榕樹國小",
        AdopterKind.SCHOOL,
        WORKDAYS,
        "06:30",
        "19:00",
        "2026-08-01",
        "2027-07-31",
        SCHOOL.union(SCHOOL_FRONT).convex_hull,
    ),
    Adopted(
        "榕樹市場商圈",
        "榕樹市場管理委員會",
        AdopterKind.COMPANY,
        DAILY,
        "05:00",
        "14:00",
        "2026-01-01",
        "2026-12-31",
        MARKET.buffer(9, join_style="mitre"),
    ),
    Adopted(
        "福安宮廟埕",
        "福安宮",
        AdopterKind.TEMPLE,
        DAILY,
        "06:00",
        "21:00",
        "2026-03-01",
        "2027-02-28",
        TEMPLE.buffer(6, join_style="mitre"),
    ),
    Adopted(
        "示範路商店街",
        "示範保全（便利商店）",
        AdopterKind.SHOP,
        DAILY,
        "00:00",
        "23:59",
        "2026-05-01",
        "2027-04-30",
        Polygon([(296, 24), (388, 29), (386, 66), (294, 62)]),
    ),
)

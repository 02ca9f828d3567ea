"""Who watches in the plan: cameras, two watch teams' routes, adopted blocks."""

from collections.abc import Sequence
from dataclasses import dataclass

from shapely import LineString, MultiLineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from safemap.blocks.rules import AdopterKind
from safemap.cameras.rules import CameraKind, CameraSite
from safemap.demo.layout import MARKET, SCHOOL, TEMPLE, Street
from safemap.demo.network import route
from safemap.patrols.rules import TeamKind

MON, TUE, WED, THU, FRI, SAT, SUN = (1 << day for day in range(7))
WORKDAYS = MON | TUE | WED | THU | FRI
DAILY = WORKDAYS | SAT | SUN


@dataclass(frozen=True)
class Eye:
    """A camera on a pole or wall; its direction is the plan's."""

    label: str
    place: Point
    plan_deg: float | None
    field_of_view_deg: float | None
    reach_m: float
    kind: CameraKind
    site: CameraSite
    mount_height_m: float
    operator: str
    is_working: bool = True


def _eye(
    label: str, x: float, y: float, plan_deg: float | None, *, kind: CameraKind = CameraKind.FIXED, **more: object
) -> Eye:
    view = 360.0 if kind is CameraKind.DOME else 60.0
    facts: dict[str, object] = {
        "field_of_view_deg": view,
        "reach_m": 40.0,
        "site": CameraSite.PUBLIC,
        "mount_height_m": 4.5,
        "operator": "示範分局",
        **more,
    }
    return Eye(label, Point(x, y), plan_deg, kind=kind, **facts)  # type: ignore[arg-type]


CAMERAS: tuple[Eye, ...] = (
    _eye("示範路榕樹街口-1", 337.5, 36.5, 355, reach_m=55.0),
    _eye("示範路榕樹街口-2", 322.5, 36.0, 268, reach_m=55.0, site=CameraSite.TRAFFIC),
    _eye("示範路學府街口", 553.0, 45.5, 90, reach_m=55.0, site=CameraSite.TRAFFIC),
    _eye("示範路永和街口", 42.0, 33.0, 2, reach_m=55.0),
    _eye("榕樹街安樂街口", 329.5, 293.0, None, kind=CameraKind.DOME, reach_m=35.0),
    _eye("學府街安樂街口", 555.5, 309.0, 268),
    _eye("榕樹國小校門", 568.5, 152.0, 180),
    _eye("榕樹國小後側", 568.5, 250.0, 0),
    _eye("榕樹市場正門", 372.5, 102.9, 92, operator="榕樹市場管理委員會"),
    _eye("榕樹公園入口", 186.5, 164.0, 60, kind=CameraKind.FIXED),
    _eye("永和街安樂街口", 46.0, 286.5, 178),
    _eye("安樂停車場", 358.0, 313.5, 60, operator="安樂停車場"),
    _eye("榕樹街34巷口", 326.5, 163.6, 270),
    _eye("派出所前", 340.0, 64.5, 0, mount_height_m=3.5, reach_m=45.0),
    _eye("活動中心室內", 318.0, 314.0, None, kind=CameraKind.DOME, site=CameraSite.INDOOR, operator="榕樹里辦公處"),
    _eye("88巷口（故障）", 447.0, 311.0, 0, is_working=False),
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


def walks(streets: Sequence[tuple[Street, LineString]]) -> list[Walk]:
    """Routes along the streets; none is walked after 22:00, and none enters the old lane."""
    watch = ("榕樹里守望相助隊", "Banyan Neighborhood Watch", TeamKind.YEAR_ROUND)
    joint = ("校園市場聯合巡守隊", "School and Market Joint Patrol", TeamKind.JOINT)
    south = [(332, 92), (37, 90), (38, 158), (186, 159), (333, 160), (332, 92)]
    north = [(336, 300), (160, 296), (40, 292), (44, 420), (55.5, 482), (233, 471), (348.6, 480), (336, 300)]
    school = [(562, 150), (562, 206), (436, 201), (440, 102), (332, 98), (330, 24), (560, 34), (562, 150)]
    return [
        Walk("南線：12巷－34巷", *watch, MON | WED | FRI | SAT, "20:00", "22:00", route(streets, south)),
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


SCHOOL_FRONT = Polygon([(552, 112), (574, 112), (574, 268), (552, 268)])

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
        Polygon([(300, 26), (386, 28), (385, 66), (299, 64)]),
    ),
)

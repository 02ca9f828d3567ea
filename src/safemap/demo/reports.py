"""What residents of the plan reported in a year, and what authorities published: clusters with a reason, and strays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from shapely import LineString, Point

from safemap.demo.layout import BOUNDARY, Street
from safemap.hazards.rules import HazardState, NoticedAt
from safemap.incidents.rules import IncidentKind

TAIPEI = ZoneInfo("Asia/Taipei")
AS_OF = datetime(2026, 11, 15, 18, 0, tzinfo=TAIPEI)
YEAR_DAYS = 360


@dataclass(frozen=True)
class Story:
    """Why reports gather around a place."""

    place: tuple[float, float]
    spread_m: float
    category: str
    noticed_at: NoticedAt
    severity: int
    fixed: int  # how many of its reports were settled
    words: tuple[str, ...]


NIGHT, DAY, ANY = NoticedAt.NIGHT, NoticedAt.DAY, NoticedAt.ANY_TIME

STORIES: tuple[Story, ...] = (
    Story(
        (206, 378),
        22,
        "lighting",
        NIGHT,
        2,
        0,
        (
            "老廟巷這一段晚上完全沒有燈",
            "路燈壞了兩個月，走路要開手電筒",
            "從公車站走回家這裡最暗",
            "下雨天看不到地上的坑",
            "廟後面轉彎的地方伸手不見五指",
            "晚上不敢一個人走",
            "兩支路燈之間太遠",
            "冬天五點半就全黑了",
        ),
    ),
    Story(
        (186, 370),
        14,
        "sightline",
        NIGHT,
        2,
        0,
        (
            "轉角有雜物和盆栽，看不到後面有沒有人",
            "圍牆太高，彎道看不見對面",
            "路邊停滿機車，走路要走到路中間",
        ),
    ),
    Story(
        (112, 398),
        16,
        "abandoned",
        ANY,
        2,
        0,
        (
            "空屋門窗破掉，裡面堆垃圾",
            "空地雜草比人高",
            "廢棄機車放了半年",
            "空屋後門沒有鎖，晚上有聲音",
        ),
    ),
    Story(
        (437, 228),
        20,
        "lighting",
        NIGHT,
        2,
        1,
        (
            "市場後巷收攤以後沒有燈",
            "後巷太暗，倒垃圾都要兩個人",
            "市場後面的燈被招牌擋住",
            "清晨五點進貨的時候看不清楚路面",
            "巷子中間那一段最暗",
        ),
    ),
    Story(
        (438, 206),
        16,
        "blocked",
        DAY,
        1,
        1,
        (
            "攤商的貨堆到巷子裡，消防車進不來",
            "推車和籃子擋住出入口",
            "防火巷被鐵架占用",
            "機車停在防火巷",
        ),
    ),
    Story(
        (441, 250),
        14,
        "gathering",
        NIGHT,
        2,
        0,
        (
            "深夜有人喝酒喧嘩，留下很多酒瓶",
            "半夜大聲放音樂",
            "隔天早上滿地菸蒂和垃圾",
        ),
    ),
    Story(
        (516, 548),
        18,
        "lighting",
        NIGHT,
        3,
        0,
        (
            "橋下沒有燈，晚上運動的人都繞路",
            "橋下很暗又潮濕，容易滑倒",
            "溪邊步道從橋下開始就沒有燈",
            "夜跑到橋下會怕",
        ),
    ),
    Story(
        (528, 545),
        12,
        "gathering",
        NIGHT,
        2,
        0,
        (
            "橋下半夜常有人聚集燒東西",
            "橋下留下很多空瓶和垃圾，請清理",
        ),
    ),
    Story(
        (562, 150),
        14,
        "traffic",
        DAY,
        3,
        1,
        (
            "放學時間汽車並排，小朋友要走到車道上",
            "校門口斑馬線車子不停",
            "右轉車看不到過馬路的小孩",
            "接送區太小，很亂",
            "校門口車速太快",
        ),
    ),
    Story(
        (330, 34),
        12,
        "traffic",
        ANY,
        2,
        1,
        (
            "示範路口左轉燈太短",
            "公車停靠時機車從右邊鑽",
            "行人號誌秒數不夠，長輩走不完",
        ),
    ),
    Story(
        (206, 192),
        20,
        "theft",
        ANY,
        1,
        0,
        (
            "公園旁的腳踏車被偷",
            "停車架的腳踏車座墊被拆走",
            "公園旁連續兩台腳踏車不見",
            "機車置物箱被撬開",
        ),
    ),
    Story((300, 28), 10, "theft", ANY, 1, 1, ("公車站旁腳踏車被偷", "站牌邊的機車安全帽不見")),
    Story(
        (340, 210),
        26,
        "blocked",
        DAY,
        1,
        2,
        (
            "騎樓被攤位占用，輪椅過不去",
            "騎樓停滿機車",
            "店家把桌椅擺到人行道",
            "騎樓高低不平又堆貨",
        ),
    ),
    Story((114, 200), 14, "lighting", NIGHT, 1, 0, ("17弄的燈一直閃", "弄口的燈不亮")),
)

STRAYS: tuple[tuple[str, NoticedAt, int, str], ...] = (
    ("hazard", ANY, 2, "水溝蓋破了一塊"),
    ("hazard", ANY, 2, "招牌鬆動，風大會搖"),
    ("sightline", DAY, 1, "樹枝擋住反射鏡"),
    ("hazard", ANY, 1, "電線垂得很低"),
    ("traffic", ANY, 1, "巷口沒有停止線"),
    ("lighting", NIGHT, 1, "路燈被樹葉遮住"),
    ("blocked", DAY, 1, "資源回收物堆在路邊"),
    ("abandoned", ANY, 1, "沒有車牌的汽車停很久了"),
    ("hazard", ANY, 2, "路面有大坑洞"),
    ("sightline", NIGHT, 1, "停車場出口看不到行人"),
)


@dataclass(frozen=True)
class Report:
    """One report of a resident."""

    place: Point
    category: str
    severity: int
    noticed_at: NoticedAt
    state: HazardState
    words: str
    reported_at: datetime
    fixed_at: datetime | None
    accuracy_m: float


@dataclass(frozen=True)
class Happening:
    """One published incident."""

    kind: IncidentKind
    place: Point
    at: datetime
    where: str
    killed: int
    injured: int
    accuracy_m: float


def reports(streets: Sequence[tuple[Street, LineString]], seed: int) -> list[Report]:
    """Let residents report, oldest first."""
    random = np.random.default_rng(seed)
    found: list[Report] = []
    for story in STORIES:
        for position, words in enumerate(story.words):
            place = _near_a_street(streets, story.place, story.spread_m, random)
            reported = AS_OF - timedelta(days=float(random.uniform(2, YEAR_DAYS)), hours=float(random.uniform(0, 12)))
            is_fixed = position < story.fixed
            fixed = min(reported + timedelta(days=float(random.uniform(6, 70))), AS_OF) if is_fixed else None
            severity = int(np.clip(story.severity + random.integers(-1, 2), 1, 3))
            found.append(
                Report(
                    place,
                    story.category,
                    severity,
                    story.noticed_at,
                    HazardState.FIXED if is_fixed else HazardState.OPEN,
                    words,
                    reported,
                    fixed,
                    float(random.choice([5, 8, 10, 15])),
                )
            )
    west, south, east, north = BOUNDARY.bounds
    for category, noticed_at, severity, words in STRAYS:
        place = _near_a_street(streets, (random.uniform(west, east), random.uniform(south, north)), 30, random)
        reported = AS_OF - timedelta(days=float(random.uniform(2, YEAR_DAYS)))
        found.append(
            Report(
                place,
                category,
                severity,
                noticed_at,
                HazardState.OPEN,
                words,
                reported,
                None,
                float(random.choice([5, 10, 20])),
            )
        )
    return sorted(found, key=lambda report: report.reported_at)


ACCIDENT_SPOTS = (
    ((330, 24), 0.26, "示範路二段 / 榕樹街"),
    ((560, 34), 0.2, "示範路二段 / 學府街"),
    ((36, 21), 0.1, "示範路二段 / 永和街"),
    ((336, 300), 0.14, "榕樹街 / 安樂街"),
    ((562, 316), 0.1, "學府街 / 安樂街"),
    ((562, 150), 0.1, "學府街（榕樹國小前）"),
    ((40, 292), 0.1, "永和街 / 安樂街"),
)
THEFT_SPOTS = (
    ((206, 192), 0.4, IncidentKind.THEFT_BICYCLE, "榕樹公園旁"),
    ((300, 26), 0.2, IncidentKind.THEFT_BICYCLE, "榕樹站公車站"),
    ((402, 110), 0.2, IncidentKind.THEFT_MOTORCYCLE, "榕樹市場"),
    ((150, 158), 0.2, IncidentKind.BURGLARY, "榕樹街34巷"),
)


def happenings(streets: Sequence[tuple[Street, LineString]], seed: int) -> list[Happening]:
    """Let a year pass: about 75 accidents, most at junctions of wide streets, and about 45 thefts."""
    random = np.random.default_rng(seed)
    found: list[Happening] = []
    for _ in range(75):
        spot, _, where = ACCIDENT_SPOTS[
            int(random.choice(len(ACCIDENT_SPOTS), p=[share for _, share, _ in ACCIDENT_SPOTS]))
        ]
        hour = int(random.choice([7, 8, 9, 12, 15, 16, 17, 18, 19, 21, 23]))
        fatal = random.random() < 0.02
        kind = IncidentKind.ACCIDENT_A1 if fatal else IncidentKind.ACCIDENT_A2
        place = _near_a_street(streets, spot, 12, random)
        found.append(
            Happening(
                kind, place, _moment(hour, random), where, int(fatal), int(random.integers(0 if fatal else 1, 3)), 5
            )
        )
    for _ in range(45):
        spot, _, theft, where = THEFT_SPOTS[
            int(random.choice(len(THEFT_SPOTS), p=[share for _, share, _, _ in THEFT_SPOTS]))
        ]
        hour = int(random.choice([2, 3, 4, 13, 17, 20, 22, 23]))
        found.append(
            Happening(theft, _near_a_street(streets, spot, 25, random), _moment(hour, random), where, 0, 0, 30)
        )
    return sorted(found, key=lambda happening: happening.at)


def _moment(hour: int, random: np.random.Generator) -> datetime:
    day = (AS_OF - timedelta(days=float(random.uniform(1, YEAR_DAYS)))).replace(second=0, microsecond=0)
    return day.replace(hour=hour, minute=int(random.integers(0, 60)))


def _near_a_street(
    streets: Sequence[tuple[Street, LineString]],
    place: tuple[float, float],
    spread_m: float,
    random: np.random.Generator,
) -> Point:
    """Scatter around a place, then step to the nearest street's side, inside the village."""
    while True:
        around = Point(*random.normal(place, spread_m / 2))
        street, line = min(streets, key=lambda pair: pair[1].distance(around))
        width_m = street.width_m
        on_line = line.interpolate(line.project(around))
        aside = random.uniform(-width_m / 2, width_m / 2, size=2)
        spot = Point(on_line.x + float(aside[0]) / 2, on_line.y + float(aside[1]) / 2)
        if BOUNDARY.contains(spot) and spot.distance(BOUNDARY.exterior) > 1.0:
            return spot

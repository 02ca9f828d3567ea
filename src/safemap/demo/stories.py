"""Why residents of the plan report: troubles with a place and a reason, and strays; never about persons."""

from dataclasses import dataclass

from safemap.hazards.rules import NoticedAt


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
    street_ids: tuple[str, ...] = ()  # on which it happens; empty: on whichever is near
    is_public_place: bool = False  # park, market, school gate, bus stop, bridge or junction: shown exactly to all


NIGHT, DAY, ANY = NoticedAt.NIGHT, NoticedAt.DAY, NoticedAt.ANY_TIME

STORIES: tuple[Story, ...] = (
    Story(
        (194, 379),
        24,
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
        (176, 369),
        12,
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
        (112, 404),
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
        (445, 186),
        22,
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
        (445, 150),
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
        is_public_place=True,
    ),
    Story(
        (447, 226),
        12,
        "gathering",
        NIGHT,
        2,
        0,
        (
            "深夜喝酒喧嘩聲很大，早上滿地酒瓶",
            "半夜音樂聲很大，兩邊住家都聽得到",
            "隔天早上滿地菸蒂和垃圾",
        ),
    ),
    Story(
        (534, 573),
        22,
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
        ("s82",),
        is_public_place=True,
    ),
    Story(
        (548, 572),
        12,
        "gathering",
        NIGHT,
        2,
        0,
        (
            "橋下地上有燒過東西的痕跡，牆面都燻黑了",
            "橋下留下很多空瓶和垃圾，請清理",
        ),
        ("s82",),
        is_public_place=True,
    ),
    Story(
        (566, 178),
        16,
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
        is_public_place=True,
    ),
    Story(
        (332, 32),
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
        is_public_place=True,
    ),
    Story(
        (184, 198),
        18,
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
        is_public_place=True,
    ),
    Story((300, 28), 10, "theft", ANY, 1, 1, ("公車站旁腳踏車被偷", "站牌邊的機車安全帽不見"), is_public_place=True),
    Story(
        (337, 222),
        30,
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
    Story((111, 198), 14, "lighting", NIGHT, 1, 0, ("56弄的燈壞了很久，整條弄都是黑的", "弄裡沒有一支燈會亮")),
)

# What happens anywhere: category, when, how bad, where, words, whether it was settled, whether the place is public.
STRAYS: tuple[tuple[str, NoticedAt, int, tuple[float, float], str, bool, bool], ...] = (
    ("lighting", NIGHT, 1, (262, 320), "巷子中間那盞路燈不亮", False, False),
    ("lighting", NIGHT, 1, (506, 404), "路燈一閃一閃，後來就不亮了", False, False),
    ("lighting", NIGHT, 1, (92, 105), "無尾巷底的路燈壞了", False, False),
    ("lighting", NIGHT, 1, (240, 532), "溪畔路有一盞燈不亮", False, False),
    ("lighting", NIGHT, 1, (400, 453), "路燈被樹葉遮住", True, False),
    ("hazard", ANY, 2, (190, 63), "水溝蓋破了一塊，騎車會卡輪子", True, False),
    ("hazard", ANY, 2, (470, 38), "招牌鬆動，風大會搖", False, False),
    ("hazard", ANY, 1, (290, 477), "電線垂得很低，大人伸手碰得到", False, False),
    ("hazard", ANY, 2, (612, 373), "路面有大坑洞，下雨看不出來", True, False),
    ("hazard", ANY, 2, (446, 549), "溪邊護欄鬆了", False, True),
    ("sightline", DAY, 1, (264, 348), "樹枝擋住反射鏡", True, False),
    ("sightline", NIGHT, 1, (400, 312), "停車場出口看不到行人", False, False),
    ("sightline", ANY, 1, (605, 419), "轉角停滿車，出巷口看不到來車", False, False),
    ("traffic", ANY, 1, (335, 156), "巷口沒有停止線，機車直接衝出來", False, False),
    ("traffic", ANY, 2, (561, 318), "路口視線被變電箱擋住", False, True),
    ("blocked", DAY, 1, (110, 242), "資源回收物堆在路邊，娃娃車過不去", True, False),
    ("blocked", ANY, 1, (454, 377), "盆栽占住半條巷子", False, False),
    ("abandoned", ANY, 1, (660, 376), "沒有車牌的汽車停很久了", True, False),
)

"""How alike the words of two reports are: by their letters, by the things that they name, by the numbers in them.

People write one thing in many ways and languages: 路燈不亮, "the lamp is out", đèn đường hỏng. What they name is read
by a short list of things; what is not on it still counts by its letters.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from safemap.geo.addresses import from_chinese, normalised

# What reports name, in the languages that residents write. A name counts once, however it is said.
THINGS: dict[str, str] = {
    "lamp": r"路?燈|lamps?\b|lights?\b|đèn|lampu|ไฟ",
    "dark": r"[黑暗]|沒燈|沒有(?:路?燈|一支燈)|伸手不見|手電筒|看不清|\bdark|unlit|no light|\btối|gelap|มืด",
    "out": r"不亮|沒亮|不會亮|[壞熄]|沒有亮|閃|\bout\b|broken|flicker|\bhỏng|không sáng|mati|rusak|เสีย",
    "flicker": r"閃|flicker|nhấp nháy|berkedip",
    "car": r"汽車|轎車|貨車|卡車|\bcars?\b|truck|\bô tô|mobil\b",
    "truck": r"貨車|卡車|truck",
    "motorcycle": r"機車|摩托|scooter|motorcycle|xe máy|sepeda motor",
    "bicycle": r"腳踏車|單車|自行車|bicycle|\bbikes?\b|xe đạp|\bsepeda\b(?! motor)",
    "dog": r"[狗犬]|dogs?\b|\bchó|anjing|หมา|สุนัข",
    "wire": r"電線|電話線|電纜|\bwires?\b|cable|dây điện|kabel|สายไฟ",
    "box": r"電箱|變電|配電|electric box|tủ điện",
    "hole": r"坑|破洞|[破一]個?大?洞|凹|下陷|\bholes?\b|pothole|ổ gà|lubang",
    "cover": r"蓋|cover|nắp|penutup",
    "drain": r"水溝|側溝|排水|溝|drain|gutter|\bcống|selokan",
    "flood": r"淹|積水|倒灌|flood|\bngập|banjir|น้ำท่วม",
    "pipe": r"水管|pipe",
    "tree": r"樹|trees?\b|branch|\bcây|pohon",
    "branch": r"樹枝|枯枝|branch|cành|dahan",
    "weeds": r"草|weeds?|grass|\bcỏ\b|rumput",
    "mirror": r"反射鏡|反光鏡|mirror|gương",
    "camera": r"監視器|攝影機|鏡頭|camera|kamera",
    "wall": r"圍牆|牆|\bwalls?\b|tường|tembok",
    "pots": r"盆栽|花盆|\bpots?\b|chậu",
    "cone": r"三角錐|輪胎擺|霸占|占車位|traffic cone",
    "goods": r"貨|攤|桌椅|鐵架|籃|goods|tables?\b|boxes|hàng|barang",
    "arcade": r"騎樓|arcade",
    "fridge": r"冰箱|fridge",
    "sofa": r"沙發|床墊|家具|sofa|mattress|furniture",
    "tyre": r"輪胎|tyres?|tires?\b|lốp",
    "rubble": r"廢料|磚塊|水泥袋|rubble",
    "rubbish": r"垃圾|廢棄物|rubbish|garbage|trash|\brác|sampah|ขยะ",
    "bottle": r"酒瓶|空瓶|菸蒂|bottles?|\bchai\b|botol",
    "drinking": r"喝酒|drinking|nhậu|mabuk",
    "noise": r"吵|喧嘩|音樂|唱歌|引擎聲|loud|noise|\bồn\b|berisik",
    "racing": r"飆車|改裝車|racing",
    "house": r"空屋|沒人住|empty house|nhà hoang|rumah kosong",
    "shop": r"店面|這間店|empty shop",
    "lot": r"空地|vacant lot|đất trống",
    "site": r"工地|停工|building site|công trường",
    "door": r"後門|側門|大門|\bdoors?\b|cửa\b|pintu",
    "lock": r"沒鎖|沒有鎖|關不起來|鎖壞|鎖.?壞|not lock|khóa|kunci",
    "garage": r"停車場|鐵捲門|car park",
    "sign": r"招牌|廣告|\bsigns?\b|biển|papan",
    "tile": r"磁磚|tiles?\b|gạch|ubin",
    "roof": r"屋頂|遮雨棚|鐵皮|roof|mái|atap",
    "scaffold": r"鷹架|鐵管|scaffold",
    "aircon": r"冷氣|air.?con",
    "railing": r"護欄|railing|lan can|pagar",
    "gas": r"瓦斯|gas bottle|bình gas",
    "charging": r"充電|延長線|電池|charg",
    "burning": r"燒|煙很大|burn|đốt|bakar",
    "smoke": r"煙|smoke|khói|asap",
    "parcel": r"包裹|parcel",
    "helmet": r"安全帽|helmet|mũ bảo hiểm",
    "theft": r"偷|不見了|牽走|拿走|撬|stolen|stole|theft|mất cắp|dicuri",
    "school": r"學校|國小|國中|校門|學生|小學生|放學|school|trường học|sekolah",
    "crossing": r"斑馬線|過馬路|行人|crossing|crosswalk|vạch",
    "speed": r"太快|很快|車速|減速|飆|speed|too fast|nhanh",
    "signal": r"號誌|紅綠燈|左轉燈|traffic light",
    "stop_sign": r"停車再開|停止線|stop sign",
    "park": r"公園|\bpark\b(?!ed)|công viên|\btaman\b",
    "temple": r"廟|福安宮|temple|\bchùa|miếu|kuil",
    "market": r"市場|market|\bchợ\b|pasar",
    "bridge": r"橋下|橋|bridge|\bcầu\b|jembatan",
    "busstop": r"公車|站牌|bus stop",
    "fire_lane": r"防火巷|消防車|救護車|fire lane",
    "pavement": r"人行道|紅磚|pavement|sidewalk|vỉa hè|trotoar",
    "snake": r"蛇|snake",
}
WEAK = frozenset({"lamp", "dark", "out"})
"""Named in most reports about light: alone they tell two lamps apart no better than the category does."""

NUMBERED = re.compile(r"(\d+)(?:之\d+)?(號|巷|弄)")
IN_ENGLISH = re.compile(r"\b(no|number|số|lane|ln|alley|aly)\.? ?(\d+)\b")
UNIT_IN_ENGLISH = {"no": "號", "number": "號", "số": "號", "lane": "巷", "ln": "巷", "alley": "弄", "aly": "弄"}
COUNTED = re.compile(r"第([一二三四五六七八九十\d]+)[盞支根個]")
LETTERS = re.compile(r"[^\W_]+")
PATTERNS = {thing: re.compile(pattern) for thing, pattern in THINGS.items()}
LONGEST = 3  # signs of a piece of words
WEIGHT_OF_LENGTH = {1: 0.3, 2: 1.0, 3: 1.3}  # 燈 says little, 路燈 more, 路燈壞 most


@dataclass(frozen=True)
class Words:
    """The words of one report, read once."""

    text: str

    @cached_property
    def plain(self) -> str:
        """In one spelling: narrow signs, small letters, 臺 for 台; Chinese numerals before 巷, 弄, 號 as digits."""
        return unicodedata.normalize("NFKC", self.text).replace("台", "臺").lower()

    @cached_property
    def pieces(self) -> frozenset[str]:
        """Pieces of one to three signs within a word; of a Latin word its whole and its threes."""
        return frozenset(piece for word in LETTERS.findall(self.plain) for piece in _pieces(word))

    @cached_property
    def things(self) -> frozenset[str]:
        """What it names of `THINGS`."""
        return frozenset(thing for thing, pattern in PATTERNS.items() if pattern.search(self.plain))

    @cached_property
    def numbers(self) -> dict[str, frozenset[str]]:
        """House, lane and alley numbers, and which lamp of several, by their unit."""
        found: dict[str, set[str]] = {}
        for number, unit in NUMBERED.findall(normalised(self.plain)):
            found.setdefault(unit, set()).add(number)
        for word, number in IN_ENGLISH.findall(self.plain):
            found.setdefault(UNIT_IN_ENGLISH[word], set()).add(number)
        for number in COUNTED.findall(self.plain):
            found.setdefault("第", set()).add(number if number.isdigit() else str(from_chinese(number)))
        return {unit: frozenset(numbers) for unit, numbers in found.items()}


@dataclass(frozen=True)
class Likeness:
    """What two reports' words say about each other.

    Parameters
    ----------
    letters
        0 to 1: pieces of one to three signs that both have (Dice, weighted by length).
    shared, apart
        Things that both name; and how much they speak of different things: 1 when each names some and they share
        none, 0 when they share one.
    agree, differ
        Numbers that both name; and of how many units (號, 巷, 弄, 第) they name different ones.
    """

    letters: float
    shared: frozenset[str]
    apart: float
    agree: int
    differ: int


NOTHING_ALIKE = Likeness(0.0, frozenset(), 0.0, 0, 0)


def likeness(one: Words, other: Words) -> Likeness:
    """Compare the words of two reports; it does not matter which comes first, and none is like no other.

    ``letters = 2 Σ w(shared pieces) / (Σ w(one's) + Σ w(other's))``, with w 0.3, 1 and 1.3 for one to three signs.

    Examples
    --------
    >>> likeness(Words("路燈不亮"), Words("The lamp is out")).shared == {"lamp", "out"}
    True
    >>> likeness(Words("12號門口"), Words("30號門口")).differ
    1
    """
    if not one.pieces or not other.pieces:
        return NOTHING_ALIKE
    both = one.things & other.things
    strong, its_strong = one.things - WEAK, other.things - WEAK
    units = one.numbers.keys() & other.numbers.keys()
    alike = [bool(one.numbers[unit] & other.numbers[unit]) for unit in units]
    return Likeness(
        letters=2 * _weight(one.pieces & other.pieces) / (_weight(one.pieces) + _weight(other.pieces)),
        shared=both,
        apart=float(bool(strong) and bool(its_strong) and not both),
        agree=sum(alike),
        differ=len(alike) - sum(alike),
    )


def _pieces(word: str) -> Iterable[str]:
    if word.isascii() and len(word) > LONGEST:
        yield word
    for length in range(LONGEST if word.isascii() else 1, LONGEST + 1):
        yield from (word[at : at + length] for at in range(len(word) - length + 1))


def _weight(pieces: Iterable[str]) -> float:
    # Sorted, so that the sum is the same whichever report comes first.
    return sum(WEIGHT_OF_LENGTH[min(len(piece), LONGEST)] for piece in sorted(pieces))

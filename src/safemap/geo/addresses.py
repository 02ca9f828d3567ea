"""Taiwanese addresses as text: one spelling for many, and their parts from county to house number."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

FORMER_COUNTIES = ("臺北縣", "桃園縣", "臺中縣", "臺南縣", "高雄縣")  # until 2010 and 2014
CITIES = ("臺北市", "新北市", "桃園市", "臺中市", "臺南市", "高雄市", "基隆市", "新竹市", "嘉義市")
COUNTIES = (
    *CITIES,
    *("新竹縣", "苗栗縣", "彰化縣", "南投縣", "雲林縣", "嘉義縣", "屏東縣"),
    *("宜蘭縣", "花蓮縣", "臺東縣", "澎湖縣", "金門縣", "連江縣"),
    *FORMER_COUNTIES,
)
DIGITS = "〇一二三四五六七八九"
NUMERALS = "〇零一二三四五六七八九十百"
LONGEST_NUMERAL = 7  # 一百二十三 has five signs
NUMBER = r"\d+(?:之\d+)?"

BRACKETED = re.compile(r"\([^()]*\)")
WAVES = re.compile(r"(?<=\d)[∼〜‒–—―−至](?=\d)")  # NFKC has made ～ a ~
NUMBERED = re.compile(rf"(?P<words>[{NUMERALS}]{{1,{LONGEST_NUMERAL}}})?(?P<digits>\d{{1,4}})?(?P<unit>[段巷弄號])")
ORDINAL = re.compile(r"第+(?=\d)")
DASHED = re.compile(r"(\d+)-(\d+)")
TOWN = re.compile(r"(?:平鎮|新市|前鎮|左鎮)[區市鄉鎮]|[^\d路街段巷弄號]{1,3}?[區鄉鎮市]")
VILLAGE = re.compile(r"([^\d路街段巷弄號]{1,4}?[里村])(?![里村路街巷弄]|大道)")
NEIGHBOURHOOD = re.compile(r"(\d{1,3})鄰")
IN_A_NAME = r"[^\d段巷弄號鄰與及、/,~\\]"
ROAD = re.compile(rf"({IN_A_NAME}{{1,8}}?(?:大道|路|街))(?:([{NUMERALS}]+)段)?(?:({NUMBER})巷)?(?:({NUMBER})弄)?")
NAMED_LANE = re.compile(rf"({IN_A_NAME}{{1,6}}?\d{{0,3}}巷)()()(?:({NUMBER})弄)?")
HOUSES = re.compile(r"(\d+)(?:之\d+)?(?:號?~(\d+)(?:之\d+)?)?號(?!出口|水門)")
MOUTH = re.compile(r"巷?口")
BESIDE = re.compile(r"口|旁|前|後|內|底|上|對面")  # words behind a street that begin no other street
NAMED_AFTER = re.compile(
    r"捷運站|站|夜市|市場|公園|郵局|派出所|國小|國中|高中|教會"
)  # 劍南路捷運站 is no address in 劍南路
BETWEEN = "與及、/,"


@dataclass(frozen=True, slots=True)
class StreetName:
    """A street as addresses name it; ``""`` and None for what is not named.

    Parameters
    ----------
    road
        The road or street (路, 街, 大道), or a lane that has a name and no road.
    section
        Its section (段), counted from 1.
    lane, alley
        Numbers of the lane (巷) and the alley (弄), such as ``188`` or ``12之1``.
    """

    road: str
    section: int | None = None
    lane: str = ""
    alley: str = ""

    def __str__(self) -> str:
        """Return the name as street tables spell it, such as 復興南路二段148巷32弄."""
        section = f"{in_chinese(self.section)}段" if self.section is not None else ""
        lane, alley = (f"{self.lane}巷" if self.lane else ""), (f"{self.alley}弄" if self.alley else "")
        return f"{self.road}{section}{lane}{alley}"

    def and_broader(self) -> Iterator["StreetName"]:
        """Yield the street itself, then the lane that its alley is in, then the road."""
        yield self
        if self.alley:
            yield from replace(self, alley="").and_broader()
        elif self.lane:
            yield replace(self, lane="")


@dataclass(frozen=True, slots=True)
class TaiwanAddress:
    """The parts of an address; ``""`` and None for what it does not name.

    Parameters
    ----------
    county, town, village
        直轄市 or 縣市; 鄉鎮市區; 村里. 臺 is written for 台.
    neighbourhood
        Number of the 鄰.
    street
        The street that it names; None when it names only a landmark or a place.
    crossing
        The other street, when it names two: then it is where they meet.
    is_at_mouth
        It is where the lane or alley leaves its road (巷口).
    first, last
        House numbers, equal when there is one. A part of a house (之1) is left out.
    rest
        What stands behind, in words: a landmark, a side of the street.
    """

    county: str = ""
    town: str = ""
    village: str = ""
    neighbourhood: int | None = None
    street: StreetName | None = None
    crossing: StreetName | None = None
    is_at_mouth: bool = False
    first: int | None = None
    last: int | None = None
    rest: str = ""

    @property
    def is_unclear(self) -> bool:
        """Whether a section, lane or alley stands where it could not be read."""
        return re.search("[段巷弄]", self.rest) is not None

    @property
    def meeting(self) -> StreetName | None:
        """The street that it meets there: the other one, or the road that the lane leaves; None without."""
        if self.crossing is None and self.is_at_mouth and self.street is not None:
            return list(self.street.and_broader())[1]
        return self.crossing


def normalised(text: str) -> str:
    """Write an address in the one way in which addresses are compared.

    Full-width signs become narrow, 台 becomes 臺, blanks and bracketed words go, a section has a Chinese numeral
    (3段 is 三段, as street tables have it) and a lane, alley or house an Arabic one (五巷 is 5巷). Said twice alike
    (三3段) it is said once. A dash between numbers is 之 when the second is the smaller (12-3號 is 12之3號), else a
    range (1-30號 is 1~30號). To do it twice changes nothing.

    Examples
    --------
    >>> normalised("台北市大安區復興南路２段361 ～ 390號")
    '臺北市大安區復興南路二段361~390號'
    """
    before, words = None, text
    while words != before:
        before, words = words, unicodedata.normalize("NFKC", words)
        words = BRACKETED.sub("", "".join(words.split())).replace("台", "臺")
        words = WAVES.sub("~", DASHED.sub(_range_or_part, words))
        words = ORDINAL.sub("", NUMBERED.sub(_one_numeral, words))
    return words


def _range_or_part(found: re.Match[str]) -> str:
    first, second = found.groups()
    return f"{first}~{second}" if int(second) > int(first) else f"{first}之{second}"


def _one_numeral(found: re.Match[str]) -> str:
    words, digits, unit = found["words"], found["digits"], found["unit"]
    if (words is None) == (digits is None) and (words is None or from_chinese(words) != int(digits)):
        return found[0]  # no numeral, or two that differ
    number = int(digits) if digits is not None else from_chinese(words)
    if number is None:
        return found[0]
    return f"{in_chinese(number) if unit == '段' else number}{unit}"


def from_chinese(words: str) -> int | None:
    """Read 三, 十二, 一百零三, or digit by digit 二六六; None when it is no number.

    Examples
    --------
    >>> from_chinese("二十一"), from_chinese("二六六"), from_chinese("十十")
    (21, 266, None)
    """
    words = words.replace("零", "〇")
    if not words or any(sign not in NUMERALS for sign in words):
        return None
    if not set(words) & set("十百"):
        return int("".join(str(DIGITS.index(sign)) for sign in words))
    parts = re.fullmatch(rf"(?:([{DIGITS[1:]}])百〇?)?(?:([{DIGITS[1:]}])?(十))?([{DIGITS[1:]}])?", words)
    if parts is None:
        return None
    hundreds, tens, ten, ones = parts.groups()
    read = [DIGITS.index(sign) if sign else 0 for sign in (hundreds, tens, ones)]
    return read[0] * 100 + (read[1] or 1) * 10 * bool(ten) + read[2]


def in_chinese(number: int) -> str:
    """Write a number as sections have it: 2 is 二, 12 is 十二, 21 is 二十一; from 100 on, digit by digit.

    Examples
    --------
    >>> in_chinese(3), in_chinese(12)
    ('三', '十二')
    """
    if not 0 < number < 100:
        return "".join(DIGITS[int(digit)] for digit in str(number))
    tens, ones = divmod(number, 10)
    return f"{DIGITS[tens] if tens > 1 else ''}{'十' if tens else ''}{DIGITS[ones] if ones else ''}"


def read_street(text: str) -> StreetName:
    """Read a street's whole name, as street tables have it; what has no known form is a road of that name.

    Examples
    --------
    >>> read_street("復興南路2段148巷32弄")
    StreetName(road='復興南路', section=2, lane='148', alley='32')
    """
    words = normalised(text)
    found = ROAD.fullmatch(words) or NAMED_LANE.fullmatch(words)
    return _street_of(found) if found else StreetName(words)


def _street_of(found: re.Match[str]) -> StreetName:
    road, section, lane, alley = found.groups()
    return StreetName(road, from_chinese(section) if section else None, lane or "", alley or "")


def read_address(text: str) -> TaiwanAddress:
    """Read the parts of an address, from the left; what cannot be read stays in `rest`.

    Examples
    --------
    >>> read_address("台北市大安區住安里四維路124巷1~30號").street
    StreetName(road='四維路', section=None, lane='124', alley='')
    """
    words = normalised(text)
    county = next((name for name in COUNTIES if words.startswith(name)), "")
    words = words.removeprefix(county)
    town, words = _taken(TOWN, words)
    village, words = _taken(VILLAGE, words)
    neighbourhood, words = _taken(NEIGHBOURHOOD, words)
    address = TaiwanAddress(county, town, village, int(neighbourhood[:-1]) if neighbourhood else None, rest=words)
    street, words = _street_at(words)
    if street is None or (_is_bare(street) and NAMED_AFTER.match(words)):
        return address
    mouth = MOUTH.match(words) if street.lane or street.alley else None
    houses = HOUSES.match(words)
    words = words[houses.end() :] if houses else words[mouth.end() :] if mouth else words
    crossing, words = (None, words) if houses else _other_street_at(words, street)
    first, last = (int(houses[1]), int(houses[2] or houses[1])) if houses else (None, None)
    if first is not None and last is not None:
        last = max(first, last)  # 569之1~30號 are parts of one house
    return replace(
        address,
        street=street,
        crossing=crossing,
        is_at_mouth=mouth is not None and crossing is None,
        first=first,
        last=last,
        rest=words,
    )


def _taken(pattern: re.Pattern[str], words: str) -> tuple[str, str]:
    """Take what a pattern finds at the beginning; returns it and what stands behind."""
    found = pattern.match(words)
    return (found[0], words[found.end() :]) if found else ("", words)


def _street_at(words: str) -> tuple[StreetName | None, str]:
    found = ROAD.match(words) or NAMED_LANE.match(words)
    return (_street_of(found), words[found.end() :]) if found else (None, words)


def _other_street_at(words: str, street: StreetName) -> tuple[StreetName | None, str]:
    """Read a second street behind the first, with or without a word between them."""
    behind = words.lstrip(BETWEEN)
    if BESIDE.match(behind):
        return None, words
    other, rest = _street_at(behind)
    return (None, words) if other is None or other == street else (other, rest)


def _is_bare(street: StreetName) -> bool:
    return street.section is None and not street.lane and not street.alley

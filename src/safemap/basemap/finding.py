"""A place in a village by what people say: a street, a house number, a corner, a landmark, the number on a lamp's pole.

The page's script has the same rules (`static/js/data/gazetteer.js`), so that a phone finds places with no connection;
one table of cases proves both.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from safemap.basemap.listing import ListedStreet, PlaceList
from safemap.geo.addresses import HOUSES, MOUTH, NUMBER, NUMERALS, StreetName, from_chinese, normalised, read_street
from safemap.geo.crs import Lonlat, Metric, MetricPlane

FOUND_AT_MOST = 6
FRONTAGE_M = 20.0  # a door, a pavement, a corner: how far from a street's middle what stands there is
CROSSING_M = 30.0  # streets this near meet, though their lines share no point
DEEP_M = 100.0  # into a lane that no map has
PLACE_ACCURACY_M = 30.0  # a place that is a point
LAMP_ACCURACY_M = 5.0
NEAR_LAMPS = 4

BEHIND_A_ROAD = re.compile(rf"(?:([{NUMERALS}]+)段)?(?:({NUMBER})巷)?(?:({NUMBER})弄)?")
LANE_ALONE = re.compile(rf"({NUMBER})(巷)(?:({NUMBER})弄)?|({NUMBER})弄")
JOINING = re.compile(r"(?<=[路街巷弄段道])(?:跟|和(?!平)|[&x×@+])")  # 和平路 begins with what else is "and"
AROUND = re.compile(r"(?:的|那邊|附近|旁邊|旁|前面|前|後面|後|對面|門口|裡面|裡)+$")
LAMP_WORDS = re.compile(
    r"路燈|燈桿|燈杆|電桿|桿號|桿|編號|號碼|號|攝影機|監視器|LAMP|CAMERA|NO\.?(?=\d)"
    r"|[\s#._]|(?<!\d)[\-–—]|[–—\-](?!\d)"
)
ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
ENGLISH_SHORT = {"lane": "ln", "alley": "aly", "street": "st", "road": "rd", "section": "sec"}


class FoundKind(StrEnum):
    """What was found."""

    STREET = "street"
    HOUSE = "house"
    CORNER = "corner"
    PLACE = "place"
    LAMP = "lamp"
    CAMERA = "camera"


@dataclass(frozen=True, slots=True)
class Found:
    """A place that may be meant.

    Parameters
    ----------
    name
        As lists show it; the number of a lamp or camera.
    accuracy_m
        How far from there what is meant may be, in whole metres.
    street
        The street that it stands on, when it is one or is on one.
    is_sure
        Whether what was said names it and nothing else.
    """

    kind: FoundKind
    name: str
    name_en: str
    lon: float
    lat: float
    accuracy_m: float
    street: str = ""
    is_sure: bool = True


@dataclass(frozen=True, eq=False, slots=True)
class _Street:
    listed: ListedStreet
    named: StreetName
    line: BaseGeometry


class Finder:
    """The named places of an area; built once, asked many times."""

    def __init__(self, listed: PlaceList) -> None:
        self._listed = listed
        self._plane = MetricPlane.around(listed.area)
        lines = self._plane.to_metric_all(
            np.array([shapely.multilinestrings(list(street.lines)) for street in listed.streets], dtype=object)
        )
        self._streets = [
            _Street(street, read_street(street.name), line) for street, line in zip(listed.streets, lines, strict=True)
        ]
        by_road: dict[str, list[_Street]] = defaultdict(list)
        for street in self._streets:
            by_road[street.named.road].append(street)
        self._by_road = dict(by_road)
        self._roads = sorted(self._by_road, key=lambda road: (-len(road), road))

    def find(self, said: str) -> list[Found]:
        """Return what may be meant, the likeliest first; nothing of an empty text.

        Examples of what is understood: 榕樹街11巷3號, 榕樹街 11 巷口, 榕樹街與安樂街交叉口, 福安宮旁邊, 11巷, 示0101,
        lane 11 rongshu.
        """
        words = normalised(said)
        if not words:
            return []
        lamps = self._lamps(said)
        sure = [lamp for lamp in lamps if lamp.is_sure]
        told = [*sure, *self._named(words), *self._addressed(words)]
        found = told if any(one.is_sure for one in told) else [*told, *self._like(words, said), *lamps]
        first: dict[tuple[FoundKind, str, float], Found] = {}
        for one in found:
            first.setdefault((one.kind, one.name, one.lon), one)
        return list(first.values())[:FOUND_AT_MOST]

    def every_street(self) -> list[Found]:
        """Return all streets, each by its middle."""
        return [self._whole(street) for street in self._streets]

    # --- Streets ---

    def _addressed(self, words: str) -> list[Found]:
        words = JOINING.sub("、", words)
        first = self._street_at(words)
        if first is None:
            alone = LANE_ALONE.match(words)
            return [self._whole(street, is_sure=False) for street in self._by_lane(alone)] if alone else []
        road, section, lane, alley, rest = first
        wanted = StreetName(road, section, lane, alley)
        here = self._exactly(wanted)
        other = self._street_at(rest)
        if other is not None:
            crossed = self._exactly(StreetName(*other[:4]))
            corners = [self._corner(one, two) for one in here for two in crossed if one is not two]
            if any(corners):
                return [corner for corner in corners if corner]
        if not here:
            return self._in_unknown_lane(wanted)
        houses = HOUSES.match(rest)
        if houses:
            return [self._house(street, int(houses[1])) for street in here]
        if MOUTH.match(rest) and (lane or alley):
            left = self._exactly(list(wanted.and_broader())[1])
            mouths = [self._corner(street, road) for street in here for road in left]
            if any(mouths):
                return [mouth for mouth in mouths if mouth]
        inner = self._lanes_of(wanted, rest) if not alley and (not rest or rest.isdigit()) else []
        return [*(self._whole(street) for street in here), *(self._whole(one, is_sure=False) for one in inner)]

    def _street_at(self, words: str) -> tuple[str, int | None, str, str, str] | None:
        """Read the first known road in a text and what follows it; None when it names none."""
        places = [(words.find(road), -len(road), road) for road in self._roads]
        at, _, road = min((place for place in places if place[0] >= 0), default=(0, 0, ""))
        if not road:
            return None
        rest = words[at + len(road) :]
        behind = BEHIND_A_ROAD.match(rest)
        section, lane, alley = behind.groups() if behind else (None, None, None)
        rest = rest[behind.end() :] if behind else rest
        return road, from_chinese(section) if section else None, lane or "", alley or "", rest

    def _exactly(self, wanted: StreetName) -> list[_Street]:
        """Streets of a name; of all sections when it names none."""
        return [
            street
            for street in self._by_road.get(wanted.road, [])
            if (street.named.lane, street.named.alley) == (wanted.lane, wanted.alley)
            and wanted.section in {None, street.named.section}
        ]

    def _lanes_of(self, wanted: StreetName, begun: str) -> list[_Street]:
        """Lanes of a road, or alleys of a lane, whose number begins with what is typed so far; the lowest first."""
        sides = [
            (street.named.alley if wanted.lane else street.named.lane or street.named.alley, street)
            for street in self._by_road.get(wanted.road, [])
            if wanted.section in {None, street.named.section}
            and street.named.lane == (wanted.lane or street.named.lane)
            and bool(street.named.lane and street.named.alley) == bool(wanted.lane)
        ]
        inner = [(int(side.split("之")[0]), side, street) for side, street in sides if side and side.startswith(begun)]
        return [street for _, _, street in sorted(inner, key=lambda one: one[:2])]

    def _by_lane(self, alone: re.Match[str]) -> list[_Street]:
        lane, _, alley, only_alley = alone.groups()
        return [
            street
            for street in self._streets
            if street.named.alley == (only_alley or alley or "") and (only_alley or street.named.lane == lane)
        ]

    def _in_unknown_lane(self, wanted: StreetName) -> list[Found]:
        """Where a lane that no map has leaves its road: a lane bears the house number at which it does."""
        broader = list(wanted.and_broader())[1:]
        number = wanted.lane if len(broader) == 1 else wanted.alley
        if not broader or not number:
            return []
        if not self._exactly(broader[0]):
            return self._in_unknown_lane(broader[0])
        near = [self._house(street, int(number.split("之")[0]), is_sure=False) for street in self._exactly(broader[0])]
        return [self._moved(one, one.accuracy_m + DEEP_M) for one in near]

    def _whole(self, street: _Street, *, is_sure: bool = True) -> Found:
        longest = max(shapely.get_parts(street.line), key=lambda part: part.length)
        middle = longest.interpolate(0.5, normalized=True)
        corners = shapely.get_coordinates(street.line)
        furthest_m = float(np.hypot(*(corners - [middle.x, middle.y]).T).max())
        return self._found(FoundKind.STREET, street, street.listed.name, middle, furthest_m, is_sure=is_sure)

    def _house(self, street: _Street, number: int, *, is_sure: bool = True) -> Found:
        """Return about where a house number is: lanes bear the numbers at which they leave the street.

        Odd and even numbers stand on two sides and rise unevenly; a side with two lanes is measured by itself.
        """
        line = max(shapely.get_parts(street.line), key=lambda part: part.length)
        marks = sorted(self._marks(street, line))
        same_side = [mark for mark in marks if mark[0] % 2 == number % 2]
        marks = same_side if len(same_side) > 1 else marks
        name = f"{street.listed.name}{number}號"
        if len(marks) < 2 or not _is_in_order([along for _, along in marks]):
            whole = self._whole(street, is_sure=is_sure)
            return Found(FoundKind.HOUSE, name, "", whole.lon, whole.lat, whole.accuracy_m, whole.street, is_sure)
        along, accuracy_m = _between(marks, number, line.length)
        place = line.interpolate(along)
        return self._found(FoundKind.HOUSE, street, name, place, accuracy_m, is_sure=is_sure)

    def _marks(self, street: _Street, line: BaseGeometry) -> Iterator[tuple[int, float]]:
        """Yield the house numbers that are known along a street, and how far along they are in metres."""
        named = street.named
        for other in self._by_road[named.road]:
            if other is street or other.named.section != named.section:
                continue
            if named.alley or (named.lane and other.named.lane != named.lane):
                continue
            side = other.named.alley if named.lane else other.named.lane or other.named.alley
            is_side = bool(side) and not (other.named.lane and other.named.alley and not named.lane)
            if is_side and shapely.distance(other.line, line) <= CROSSING_M:
                mouth = shapely.shortest_line(line, other.line)
                yield int(side.split("之")[0]), float(line.project(shapely.Point(mouth.coords[0])))

    def _corner(self, one: _Street, other: _Street) -> Found | None:
        if shapely.distance(one.line, other.line) > CROSSING_M:
            return None
        place = shapely.Point(shapely.shortest_line(one.line, other.line).coords[0])
        name = f"{one.listed.name} / {other.listed.name}"
        return self._found(FoundKind.CORNER, one, name, place, 0.0)

    # --- Names ---

    def _named(self, words: str) -> list[Found]:
        """Places whose name is said, alone or with what is beside it."""
        bare = AROUND.sub("", words)
        return [self._place(index) for index, name in enumerate(self._place_names()) if name == bare] or [
            self._place(index)
            for index, name in sorted(enumerate(self._place_names()), key=lambda item: -len(item[1]))
            if len(name) > 1 and name in words
        ]

    def _like(self, words: str, said: str) -> list[Found]:
        """Places and streets whose name holds what is said; in English word by word, by the words' beginnings."""
        bare = AROUND.sub("", words)
        asked = english_words(said)
        found: list[tuple[tuple[int, bool, int, int, str], Found]] = []
        rows: Iterable[tuple[str, str, Found]] = chain(
            (
                (name, place.name_en, self._place(index, is_sure=False))
                for index, (name, place) in enumerate(zip(self._place_names(), self._listed.places, strict=True))
            ),
            (
                (normalised(street.listed.name), street.listed.name_en, self._whole(street, is_sure=False))
                for street in self._streets
            ),
        )
        for name, name_en, one in rows:
            at = _part(bare, name)
            is_lane = re.search(r"\d[巷弄]$", name) is not None
            if at >= 0:
                found.append(((0, is_lane, min(at, 1), len(name), name), one))
            elif asked and _says(name_en, asked):
                found.append(((1, is_lane, 0, len(name_en), name), one))
        return [one for _, one in sorted(found, key=lambda ranked: ranked[0])]

    def _place_names(self) -> list[str]:
        return [normalised(place.name) for place in self._listed.places]

    def _place(self, index: int, *, is_sure: bool = True) -> Found:
        place = self._listed.places[index]
        accuracy_m = PLACE_ACCURACY_M
        if place.outline is not None:
            shape = self._plane.to_metric(Lonlat(place.outline))
            at = self._plane.to_metric(Lonlat(place.at))
            accuracy_m = float(np.hypot(*(shapely.get_coordinates(shape) - shapely.get_coordinates(at)).T).max())
        return Found(
            FoundKind.PLACE, place.name, place.name_en, round(place.at.x, 6), round(place.at.y, 6),
            float(np.ceil(accuracy_m)), is_sure=is_sure,
        )  # fmt: skip

    # --- Lamps ---

    def _lamps(self, said: str) -> list[Found]:
        """Lamps of a number as it is painted, zeros in front or not; then those that differ by one sign."""
        asked = plate_of(said)
        if not any(sign.isdigit() for sign in asked):
            return []
        ranked: list[tuple[tuple[int, str], Found]] = []
        for lamp in self._listed.lamps:
            plate = plate_of(lamp.number)
            is_same = plate == asked
            is_tail = asked.isdigit() and plate.endswith(asked) and not plate[: -len(asked)][-1:].isdigit()
            if is_same or is_tail or differ_by_one(plate, asked):
                one = Found(FoundKind.LAMP, lamp.number, "", lamp.lon, lamp.lat, LAMP_ACCURACY_M, is_sure=is_same)
                ranked.append(((0 if is_same else 1 if is_tail else 2, lamp.number), one))
        ranked.sort(key=lambda item: item[0])
        return [one for _, one in ranked[:NEAR_LAMPS]]

    # --- Answers ---

    def _found(
        self, kind: FoundKind, street: _Street, name: str, place: BaseGeometry, spread_m: float, *, is_sure: bool = True
    ) -> Found:
        lon, lat = shapely.get_coordinates(self._plane.to_lonlat(Metric(place)))[0]
        english = street.listed.name_en if kind is FoundKind.STREET else ""
        accuracy_m = float(np.ceil(round(spread_m + FRONTAGE_M, 2)))
        return Found(kind, name, english, round(lon, 6), round(lat, 6), accuracy_m, street.listed.name, is_sure)

    @staticmethod
    def _moved(one: Found, accuracy_m: float) -> Found:
        return Found(one.kind, one.name, one.name_en, one.lon, one.lat, accuracy_m, one.street, is_sure=False)


def plate_of(said: str) -> str:
    """Return a painted number in the one way in which numbers are compared: 路燈 示-0101 號 is 示101.

    Examples
    --------
    >>> plate_of("路燈 ａ－００１號")
    'A1'
    """
    return ZEROS.sub("", LAMP_WORDS.sub("", unicodedata.normalize("NFKC", said).upper()))


def differ_by_one(one: str, other: str) -> bool:
    """Whether one sign was misread, left out, put in or swapped with its neighbour; not for very short numbers."""
    if min(len(one), len(other)) < 3 or abs(len(one) - len(other)) > 1 or one == other:
        return False
    if len(one) != len(other):
        longer, shorter = sorted((one, other), key=len, reverse=True)
        return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))
    apart = [at for at in range(len(one)) if one[at] != other[at]]
    if len(apart) == 1:
        return True
    first, last = apart[0], apart[-1]
    return len(apart) == 2 and last == first + 1 and one[first] == other[last] and one[last] == other[first]


def english_words(said: str) -> list[str]:
    """Return the words of a romanised name, short as on street signs: Lane 11, Rongshu Street is ln 11 rongshu st."""
    plain = unicodedata.normalize("NFKC", said).lower().replace("'", "").replace("’", "")
    words = [ENGLISH_SHORT.get(word, word) for word in re.findall(r"[a-z0-9]+", plain)]
    return words if re.search("[a-z]", plain) else []


def _says(name_en: str, asked: list[str]) -> bool:
    """Whether each word asked for begins one of a name's; a number is a whole one."""
    words = english_words(name_en)
    return all(any(word == one or (word.startswith(one) and not one.isdigit()) for word in words) for one in asked)


def _part(said: str, name: str) -> int:
    """Return where a name holds what is said, -1 where it does not; 11巷 is no part of 111巷."""
    if len(said) < 2:
        return -1
    at = name.find(said)
    return -1 if at > 0 and said[0].isdigit() and name[at - 1].isdigit() else at


def _is_in_order(along: list[float]) -> bool:
    steps = np.diff(along)
    return bool((steps >= 0).all() or (steps <= 0).all()) and along[0] != along[-1]


def _between(marks: list[tuple[int, float]], number: int, length_m: float) -> tuple[float, float]:
    """Return how far along a house is, and how far off that may be: between the lanes next to it, or beyond the last.

    Between 巷 12 at 40 m and 巷 34 at 84 m, number 23 is at 62 m, give or take 22 m.
    """
    below = [mark for mark in marks if mark[0] <= number]
    above = [mark for mark in marks if mark[0] > number]
    if below and above:
        (low, at_low), (high, at_high) = below[-1], above[0]
        along = at_low + (number - low) / (high - low) * (at_high - at_low)
        return along, max(abs(along - at_low), abs(at_high - along))
    (first, at_first), (last, at_last) = marks[0], marks[-1]
    rate = (at_last - at_first) / (last - first) if last > first else 0.0
    nearest, at_nearest = marks[-1] if below else marks[0]
    along = min(max(at_nearest + (number - nearest) * rate, 0.0), length_m)
    end = length_m if (rate > 0) == bool(below) else 0.0
    return along, max(abs(end - along), abs(along - at_nearest))

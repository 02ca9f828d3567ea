"""Words on the map: along their streets, upright, never over each other or over a symbol."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import numpy as np
import shapely

from safemap.basemap.rules import StreetClass
from safemap.maps.drawing import DASHED_STYLES, SMALLEST_SCALE_WITH_FOOTWAYS
from safemap.maps.fonts import PrintFont
from safemap.maps.scale import MapFrame
from safemap.maps.scene import Scene
from safemap.maps.symbols import HAN_DROP_SHARE, TEXT_MM

HALO_MM = 1.6  # covers a dash between 二 and 段 too, which would make 三 of it
STACK_FROM_DEG = 52.0  # steeper streets carry Chinese names from top to bottom, each character upright
STRAIGHT_SHARE = 0.22  # of the text's height: how far a street may bend away from the words on it
BENT_STACK_SHARE = 0.45  # characters below each other may stand beside their street a little
LEAN_SHARE = 1.1  # and their street may lean by this share of their width
LEADING = 1.04  # between characters below each other
HAN_SHARE = 0.75  # of a name's characters that are as wide as high: it is written in Chinese
REPEAT_MM = 130.0  # along a long street its name returns after this
STEP_MM = 4.0
SIDE_WAYS_MM = 0.5  # words may be longer than their street by this share of their height, on each side
WORD_LIMIT = 260  # names on one map: more would be grey noise
CLASS_RANK = {kind.value: place for place, kind in enumerate(StreetClass)}
CLASS_SIZE_MM = {StreetClass.MOTORWAY: 1.25, StreetClass.MAIN: 1.25, StreetClass.COLLECTOR: 1.1}
STREET_INK, PLACE_INK = "#3a3732", "#2f4a2b"


class Occupied:
    """Room on the sheet that is taken: symbols first, then words, the most important first."""

    def __init__(self, width_mm: float, height_mm: float) -> None:
        self._sheet = shapely.box(0.5, 0.5, width_mm - 0.5, height_mm - 0.5)
        shapely.prepare(self._sheet)
        self._taken: list[shapely.Polygon] = []
        self._bounds = np.empty((0, 4))

    def is_free(self, room: shapely.Polygon) -> bool:
        """Whether a room lies on the sheet and touches nothing that is taken."""
        if not self._sheet.covers(room):
            return False
        west, north, east, south = room.bounds
        near = np.flatnonzero(
            (self._bounds[:, 0] < east)
            & (self._bounds[:, 2] > west)
            & (self._bounds[:, 1] < south)
            & (self._bounds[:, 3] > north)
        )
        return not any(self._taken[place].intersects(room) for place in near)

    def take(self, room: shapely.Polygon) -> None:
        """Take a room, free or not."""
        self._taken.append(room)
        self._bounds = np.vstack([self._bounds, room.bounds])


@dataclass(frozen=True)
class Written:
    """A name where it stands: characters upright below each other, or one line that is turned."""

    text: str
    x_mm: float
    y_mm: float
    turn_deg: float
    size_mm: float
    is_stacked: bool
    room: shapely.Polygon


def write_streets(scene: Scene, frame: MapFrame, font: PrintFont, occupied: Occupied) -> list[Written]:
    """Place the names of streets, wide and long ones first; a name that finds no room is left out."""
    written: list[Written] = []
    for name, kind, line in _named_lines(scene, frame):
        size = TEXT_MM * CLASS_SIZE_MM.get(StreetClass(kind), 1.0)
        wanted = 1 + int(line.length // REPEAT_MM)
        for place in range(wanted):
            if len(written) >= WORD_LIMIT:
                return written
            middle = line.length * (place + 0.5) / wanted
            found = _first_free(line, name, size, middle, line.length / wanted / 2, font, occupied)
            if found is not None:
                occupied.take(found.room)
                written.append(found)
    return written


def _named_lines(scene: Scene, frame: MapFrame) -> list[tuple[str, str, shapely.LineString]]:
    """Return for each name its longest run on the sheet, widest class first, then by length."""
    box = shapely.box(*frame.box)
    edges: dict[str, list[int]] = {}
    ways_are_drawn = frame.denominator <= SMALLEST_SCALE_WITH_FOOTWAYS
    nameless = {StreetClass.RAIL} if ways_are_drawn else {StreetClass.RAIL, *DASHED_STYLES}
    for place, name in enumerate(scene.streets.names):
        if name and scene.streets.classes[place] not in nameless:
            edges.setdefault(name, []).append(place)
    found: list[tuple[str, str, shapely.LineString]] = []
    for name, places in edges.items():
        kind = min((scene.streets.classes[place] for place in places), key=lambda value: CLASS_RANK[value])
        merged = shapely.line_merge(shapely.union_all(scene.streets.lines[places]))
        for part in shapely.get_parts(shapely.intersection(merged, box)):
            if shapely.get_type_id(part) != shapely.GeometryType.LINESTRING:
                continue
            on_paper = shapely.transform(part, frame.mm)
            if on_paper.length >= 2 * TEXT_MM:
                found.append((name, kind, shapely.simplify(on_paper, 0.15)))
    return _longest_runs(found)


def _longest_runs(found: list[tuple[str, str, shapely.LineString]]) -> list[tuple[str, str, shapely.LineString]]:
    found.sort(key=lambda item: (CLASS_RANK[item[1]], -item[2].length, item[0]))
    kept: dict[str, list[shapely.LineString]] = {}
    chosen = []
    for name, kind, line in found:
        # Both carriageways of a road, and pieces of it that lie near a named one, need no second name.
        if all(line.distance(other) > REPEAT_MM / 3 for other in kept.get(name, ())):
            kept.setdefault(name, []).append(line)
            chosen.append((name, kind, line))
    return chosen


def _first_free(
    line: shapely.LineString,
    text: str,
    size_mm: float,
    middle_mm: float,
    reach_mm: float,
    font: PrintFont,
    occupied: Occupied,
) -> Written | None:
    for along in _outwards(middle_mm, reach_mm):
        for is_stacked in (False, True):
            placed = _along(line, text, size_mm, along, font, is_stacked=is_stacked)
            if placed is not None and occupied.is_free(placed.room):
                return placed
    return None


def _outwards(middle_mm: float, reach_mm: float) -> Iterator[float]:
    """Places along a line from its middle outwards to both sides."""
    yield middle_mm
    for step in range(1, int(reach_mm / STEP_MM) + 1):
        yield middle_mm + step * STEP_MM
        yield middle_mm - step * STEP_MM


def _along(
    line: shapely.LineString, text: str, size_mm: float, along_mm: float, font: PrintFont, *, is_stacked: bool
) -> Written | None:
    """Write on a line around a distance along it, if the line is long and straight enough there."""
    is_han = font.width_em(text) >= HAN_SHARE * len(text)
    length = len(text) * size_mm * LEADING if is_stacked else font.width_em(text) * size_mm
    bend_mm = size_mm * (BENT_STACK_SHARE if is_stacked else STRAIGHT_SHARE)
    chord = _straight_part(line, along_mm, length, SIDE_WAYS_MM * size_mm, bend_mm)
    if chord is None:
        return None
    (x1, y1), (x2, y2) = chord
    turn = (math.degrees(math.atan2(y2 - y1, x2 - x1)) + 90.0) % 180.0 - 90.0
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    if is_stacked or (is_han and abs(turn) > STACK_FROM_DEG):
        leans_mm = length / 2 / math.tan(math.radians(max(abs(turn), 1.0)))
        if not (is_stacked and is_han and abs(turn) > STACK_FROM_DEG and leans_mm <= LEAN_SHARE * size_mm):
            return None
        room = shapely.box(x - size_mm / 2, y - length / 2, x + size_mm / 2, y + length / 2)
        return Written(text, x, y, 0.0, size_mm, True, room)
    box = shapely.box(-length / 2, -size_mm * 0.46, length / 2, size_mm * 0.46)
    room = shapely.affinity.translate(shapely.affinity.rotate(box, turn, origin=(0, 0)), x, y)
    return Written(text, x, y, turn, size_mm, False, room)


def _straight_part(
    line: shapely.LineString, along_mm: float, length_mm: float, spare_mm: float, bend_mm: float
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Return the ends of a part of a line, if it is as long as the words (with some to spare) and nearly straight."""
    start_mm, end_mm = along_mm - length_mm / 2, along_mm + length_mm / 2
    if start_mm < -spare_mm or end_mm > line.length + spare_mm:
        return None
    steps = line.interpolate(np.linspace(max(start_mm, 0.0), min(end_mm, line.length), 7))
    xy = shapely.get_coordinates(steps)
    if shapely.distance(steps, shapely.LineString([xy[0], xy[-1]])).max() > bend_mm:
        return None
    return (float(xy[0, 0]), float(xy[0, 1])), (float(xy[-1, 0]), float(xy[-1, 1]))


def write_places(scene: Scene, frame: MapFrame, font: PrintFont, occupied: Occupied) -> list[Written]:
    """Write the names of parks, schools and other areas in their middles, where they fit."""
    written = []
    is_area = (shapely.get_dimensions(scene.places.shapes) == 2) & (scene.places.names != "")
    order = np.flatnonzero(is_area)
    order = order[np.argsort(-shapely.area(scene.places.shapes[order]))]
    for place in order[:60]:
        point = shapely.point_on_surface(scene.places.shapes[place])
        x, y = frame.mm(shapely.get_coordinates(point))[0]
        text = scene.places.names[place]
        placed = _beside(text, x, y, (0.0, 3.2, -3.2, 4.6, -4.6), font, occupied)
        if placed is not None:
            occupied.take(placed.room)
            written.append(placed)
    return written


def _beside(
    text: str, x_mm: float, y_mm: float, offsets_mm: tuple[float, ...], font: PrintFont, occupied: Occupied
) -> Written | None:
    half = font.width_em(text) * TEXT_MM / 2
    for offset in offsets_mm:
        y = y_mm + offset
        room = shapely.box(x_mm - half, y - TEXT_MM / 2, x_mm + half, y + TEXT_MM / 2)
        if occupied.is_free(room):
            return Written(text, x_mm, y, 0.0, TEXT_MM, False, room)
    return None


def draw_words(words: list[Written], font: PrintFont, *, ink: str = STREET_INK, halo: str = "#ffffff") -> str:
    """Draw names, each over a light edge of its own."""
    return "".join(_drawn(word, font, ink, halo) for word in words)


def _drawn(word: Written, font: PrintFont, ink: str, halo: str) -> str:
    drop = HAN_DROP_SHARE * word.size_mm
    if word.is_stacked:
        first = word.y_mm - (len(word.text) - 1) * word.size_mm * LEADING / 2 + drop
        y = " ".join(f"{first + place * word.size_mm * LEADING:.2f}" for place in range(len(word.text)))
        x = " ".join(f"{word.x_mm - font.width_em(character) * word.size_mm / 2:.2f}" for character in word.text)
        where = f'x="{x}" y="{y}"'
    else:
        turn = f' transform="rotate({word.turn_deg:.1f} {word.x_mm:.2f} {word.y_mm:.2f})"' if word.turn_deg else ""
        where = f'x="{word.x_mm:.2f}" y="{word.y_mm + drop:.2f}" text-anchor="middle"{turn}'
    set_in = f'font-size="{word.size_mm:.2f}" font-family="{escape(font.family)}"'
    text = escape(word.text)
    return (
        f'<text {where} {set_in} fill="none" stroke="{halo}" stroke-width="{HALO_MM}" stroke-linejoin="round">'
        f"{text}</text>"
        f'<text {where} {set_in} fill="{ink}">{text}</text>'
    )

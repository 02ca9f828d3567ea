"""Points on the map: near ones gathered, each where it can be read, with a line to where it belongs."""

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from safemap.basemap.rules import PlaceKind
from safemap.maps import symbols
from safemap.maps.fonts import PrintFont
from safemap.maps.labels import Occupied
from safemap.maps.scale import MapFrame
from safemap.maps.scene import Marks, Scene

GATHER_MM = 3.6  # reports nearer to each other than this become one symbol with their number
RINGS_MM = (0.0, 3.2, 5.2, 7.4)  # how far a symbol may stand from its spot
DIRECTIONS = 12
PLACE_ORDER = tuple(symbols.PLACE_SIGNS)


@dataclass(frozen=True)
class Gathered:
    """Reports at nearly one spot of the sheet."""

    x_mm: float
    y_mm: float
    kinds: frozenset[str]
    number: int
    is_grave: bool


def gather(marks: Marks, frame: MapFrame, near_mm: float = GATHER_MM) -> list[Gathered]:
    """Gather marks that would cover each other: each joins the first group whose first member is near."""
    if len(marks) == 0:
        return []
    xy = frame.mm(marks.xy)
    inside = (xy >= 0).all(axis=1) & (xy[:, 0] <= frame.width_mm) & (xy[:, 1] <= frame.height_mm)
    seeds: list[NDArray[np.float64]] = []
    members: list[list[int]] = []
    for place in np.flatnonzero(inside).tolist():
        near = np.hypot(*(np.array(seeds) - xy[place]).T) <= near_mm if seeds else np.zeros(0, dtype=np.bool_)
        if near.any():
            members[int(np.argmax(near))].append(place)
        else:
            seeds.append(xy[place])
            members.append([place])
    return [
        Gathered(
            x_mm=float(xy[group, 0].mean()),
            y_mm=float(xy[group, 1].mean()),
            kinds=frozenset(marks.kinds[group].tolist()),
            number=len(group),
            is_grave=bool(marks.is_grave[group].any()),
        )
        for group in members
    ]


def draw_zone_numbers(
    scene: Scene, spines: list[NDArray[np.float64]], font: PrintFont, occupied: Occupied
) -> tuple[str, dict[int, tuple[float, float]]]:
    """Put each dead zone's number on its street; returns where its middle is, for its square."""
    drawn = []
    middles: dict[int, tuple[float, float]] = {}
    half = symbols.BADGE_MM / 2 + 0.2
    for zone, spine in zip(scene.zones, spines, strict=True):
        # A zone that is cut to one point by the sheet's edge is a line of no length.
        line = shapely.LineString(spine if len(spine) > 1 else [spine[0], spine[0]])
        middle = line.interpolate(0.5, normalized=True)
        middles[zone.number] = (middle.x, middle.y)
        spots = [line.interpolate(share, normalized=True) for share in (0.5, 0.35, 0.65, 0.2, 0.8, 0.0, 1.0)]
        spots += [_turned_from(middle, 5.0, step) for step in range(8)]
        spot = next((spot for spot in spots if occupied.is_free(spot.buffer(half, quad_segs=4))), middle)
        occupied.take(spot.buffer(half, quad_segs=4))
        drawn.append(_moved(symbols.badge_symbol(zone.number, font.family), spot.x, spot.y))
    return "".join(drawn), middles


def draw_reports(scene: Scene, frame: MapFrame, font: PrintFont, occupied: Occupied) -> tuple[str, bool]:
    """Draw reports, one symbol for each spot, moved a little and tied by a line where they would cover each other.

    Says too whether several kinds at one spot became a number.
    """
    leaders, drawn = [], []
    groups = gather(scene.reports, frame)
    for group in sorted(groups, key=lambda group: (not group.is_grave, -group.number)):
        (symbol, width) = _report(group, font)
        half = (symbols.REPORT_MM / 2 + 0.35, symbols.REPORT_MM / 2 + 0.35)
        here = (group.x_mm, group.y_mm)
        x, y = _free_spot(*here, half, occupied, extra_mm=width) or here
        occupied.take(shapely.box(x - half[0], y - half[1], x + half[0] + width, y + half[1]))
        if (x, y) != here:
            leaders.append(
                f'<path d="M{group.x_mm:.2f} {group.y_mm:.2f}L{x:.2f} {y:.2f}" stroke="{symbols.BRICK}" '
                f'stroke-width="0.3" fill="none"/><circle cx="{group.x_mm:.2f}" cy="{group.y_mm:.2f}" r="0.6" '
                f'fill="{symbols.BRICK}"/>'
            )
        drawn.append(_moved(symbol, x, y))
    return "".join(leaders + drawn), any(len(group.kinds) > 1 for group in groups)


def _report(group: Gathered, font: PrintFont) -> tuple[str, float]:
    """Return a group's symbol, and how far its number stands out to the right."""
    if len(group.kinds) > 1:
        return symbols.count_symbol(group.number, font.family), 0.8
    (kind,) = group.kinds
    symbol = symbols.report_symbol(kind, font.family, is_grave=group.is_grave)
    if group.number == 1:
        return symbol, 0.0
    words = f"×{group.number}"
    width = font.width_em(words) * symbols.TEXT_MM
    shift = f'<g transform="translate({symbols.REPORT_MM / 2 + width / 2 + 0.5:.2f} 0)">'
    halo = symbols.letter(words, 0.0, symbols.TEXT_MM, symbols.BRICK, font.family)
    outline = halo.replace("<text ", '<text stroke="#ffffff" stroke-width="0.9" ')
    return f"{symbol}{shift}{outline}{halo}</g>", width + 0.6


def draw_incidents(scene: Scene, frame: MapFrame) -> str:
    """Draw incidents as small symbols exactly where they happened, grave ones on top."""
    if len(scene.incidents) == 0:
        return ""
    xy = frame.mm(scene.incidents.xy)
    order = np.argsort(scene.incidents.is_grave, kind="stable")
    inside = (xy >= 0).all(axis=1) & (xy[:, 0] <= frame.width_mm) & (xy[:, 1] <= frame.height_mm)
    return "".join(
        _moved(
            symbols.incident_symbol(scene.incidents.kinds[place], is_grave=bool(scene.incidents.is_grave[place])),
            *xy[place],
        )
        for place in order
        if inside[place]
    )


def draw_places(
    scene: Scene, frame: MapFrame, font: PrintFont, occupied: Occupied, language: str, *, limit: int = 80
) -> tuple[str, set[str]]:
    """Draw public places where they do not cover what the map is about; returns the kinds that were drawn."""
    drawn: list[str] = []
    kinds: set[str] = set()
    half = (symbols.PLACE_MM / 2 + 0.3, symbols.PLACE_MM / 2 + 0.3)
    inside = shapely.intersects(scene.places.shapes, scene.area) if len(scene.places.shapes) else np.empty(0, bool)
    for kind in PLACE_ORDER:
        for shape in scene.places.shapes[inside & (scene.places.kinds == kind)]:
            if len(drawn) >= limit:
                return "".join(drawn), kinds
            x, y = frame.mm(shapely.get_coordinates(shapely.point_on_surface(shape)))[0]
            spot = _free_spot(x, y, half, occupied, rings_mm=(0.0, 2.5, 4.0))
            if spot is None:
                continue
            occupied.take(shapely.box(spot[0] - half[0], spot[1] - half[1], spot[0] + half[0], spot[1] + half[1]))
            drawn.append(_moved(symbols.place_symbol(kind, font.family, language), *spot))
            kinds.add(str(PlaceKind(kind).value))
    return "".join(drawn), kinds


def draw_lamps(scene: Scene, frame: MapFrame) -> str:
    """Draw street lamps as dots, those that are out as small crosses."""
    drawn = []
    for (x, y), is_working in zip(frame.mm(scene.lamps_xy), scene.lamps_working.tolist(), strict=True):
        if 0 <= x <= frame.width_mm and 0 <= y <= frame.height_mm:
            drawn.append(_moved(symbols.lamp_symbol(is_working=is_working), x, y))
    return "".join(drawn)


def draw_cameras(scene: Scene, frame: MapFrame) -> str:
    """Draw where cameras hang; what they see is drawn beneath."""
    drawn = []
    for (x, y), is_working in zip(frame.mm(scene.cameras.xy), scene.cameras.is_working.tolist(), strict=True):
        if 0 <= x <= frame.width_mm and 0 <= y <= frame.height_mm:
            drawn.append(_moved(symbols.camera_symbol(is_working=is_working), x, y))
    return "".join(drawn)


def _free_spot(
    x_mm: float,
    y_mm: float,
    half_mm: tuple[float, float],
    occupied: Occupied,
    *,
    extra_mm: float = 0.0,
    rings_mm: tuple[float, ...] = RINGS_MM,
) -> tuple[float, float] | None:
    for ring in rings_mm:
        for step in range(DIRECTIONS if ring else 1):
            angle = 2 * math.pi * step / DIRECTIONS
            x, y = x_mm + ring * math.cos(angle), y_mm + ring * math.sin(angle)
            room = shapely.box(x - half_mm[0], y - half_mm[1], x + half_mm[0] + extra_mm, y + half_mm[1])
            if occupied.is_free(room):
                return x, y
    return None


def _turned_from(point: shapely.Point, reach_mm: float, step: int) -> shapely.Point:
    angle = 2 * math.pi * step / 8
    return shapely.Point(point.x + reach_mm * math.cos(angle), point.y + reach_mm * math.sin(angle))


def _moved(symbol: str, x_mm: float, y_mm: float) -> str:
    return f'<g transform="translate({x_mm:.2f} {y_mm:.2f})">{symbol}</g>'

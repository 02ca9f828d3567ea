"""From shapes in metres to the vector map: few and long paths, so that a sheet is laid out in moments."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry

from safemap.basemap.rules import PlaceKind, StreetClass
from safemap.maps import symbols
from safemap.maps.scale import MapFrame
from safemap.maps.scene import Scene, Views

DETAIL_MM = 0.04  # corners nearer to a straight line are not drawn: no printer shows them
GROUND, PALE = "#f1eee8", "#ffffff"
CAMERAS_EACH = 60  # more than these are outlined together
SIDE_POINTS = 24  # of a camera's arc


@dataclass(frozen=True)
class StreetStyle:
    """How wide a class of street is on the ground, how narrow it may become on paper, and its colours."""

    ground_m: float
    least_mm: float
    most_mm: float
    fill: str
    casing: str


STREET_STYLES = {
    StreetClass.MOTORWAY: StreetStyle(24.0, 1.5, 8.0, "#f6efdc", "#8f8a80"),
    StreetClass.MAIN: StreetStyle(18.0, 1.2, 7.5, "#ffffff", "#8f8a80"),
    StreetClass.COLLECTOR: StreetStyle(12.0, 0.9, 5.5, "#ffffff", "#9c968b"),
    StreetClass.LANE: StreetStyle(7.0, 0.55, 4.2, "#ffffff", "#a8a297"),
    StreetClass.ALLEY: StreetStyle(4.5, 0.4, 3.0, "#ffffff", "#b3ada2"),
}
CASING_MM = 0.16
DASHED_STYLES = {
    StreetClass.FOOTWAY: ("#8d877c", 0.3, "1 0.7"),
    StreetClass.CYCLEWAY: ("#8d877c", 0.3, "1.6 0.6"),
}
GREEN, WATER, YARD, BUILDING, BUILDING_EDGE = "#dbe8d0", "#c9dfec", "#e9e4d3", "#dcd6ca", "#a9a295"
AREA_FILLS = {
    PlaceKind.PARK: GREEN,
    PlaceKind.WATER: WATER,
    PlaceKind.SCHOOL: YARD,
    PlaceKind.TEMPLE: YARD,
    PlaceKind.MARKET: YARD,
    PlaceKind.HOSPITAL: YARD,
    PlaceKind.PARKING: "#ece9e2",
}
SMALLEST_SCALE_WITH_LAMPS = 5_000
SMALLEST_SCALE_WITH_BUILDINGS = 15_000
SMALLEST_SCALE_WITH_FOOTWAYS = 10_000


def path_data(geometries: Iterable[object] | NDArray[np.object_]) -> str:
    """Return one path for many shapes in millimetres; polygons are closed, points left out."""
    parts = shapely.get_parts(np.asarray(geometries, dtype=object))
    kinds = shapely.get_type_id(parts)
    nested = parts[kinds >= shapely.GeometryType.MULTIPOINT]
    if len(nested):
        return path_data(np.concatenate([parts[kinds < shapely.GeometryType.MULTIPOINT], shapely.get_parts(nested)]))
    lines = parts[(kinds == shapely.GeometryType.LINESTRING) | (kinds == shapely.GeometryType.LINEARRING)]
    rings = shapely.get_rings(parts[kinds == shapely.GeometryType.POLYGON])
    return _subpaths(lines, closed=False) + _subpaths(rings, closed=True)


def _subpaths(lines: NDArray[np.object_], *, closed: bool) -> str:
    if len(lines) == 0:
        return ""
    coords, line_of = shapely.get_coordinates(lines, return_index=True)
    # Hundredths of a millimetre as whole numbers: steps from corner to corner then never drift.
    hundredths = np.rint(coords * 100).astype(np.int64)
    steps = np.diff(hundredths, axis=0, prepend=hundredths[:1])
    starts = np.flatnonzero(np.diff(line_of, prepend=-1))
    ends = np.append(starts[1:], len(coords))
    written: list[str] = []
    step_list, start_list = steps.tolist(), hundredths[starts].tolist()
    for (x, y), start, end in zip(start_list, starts.tolist(), ends.tolist(), strict=True):
        corners = step_list[start + 1 : end - 1 if closed else end]
        moves = " ".join(f"{dx / 100:g} {dy / 100:g}" for dx, dy in corners if dx or dy)
        if moves:
            written.append(f"M{x / 100:g} {y / 100:g}l{moves}{'z' if closed else ''}")
    return "".join(written)


def on_sheet(frame: MapFrame, geometries: NDArray[np.object_], spare_mm: float = 1.0) -> NDArray[np.object_]:
    """Bring shapes to paper, cut at the window (with some to spare), without corners that nobody could see."""
    if len(geometries) == 0:
        return geometries
    spare_m = spare_mm / frame.mm_per_plane_m
    west, south, east, north = frame.box
    box = (west - spare_m, south - spare_m, east + spare_m, north + spare_m)
    touching = geometries[shapely.intersects(geometries, shapely.box(*box))]
    crossing = ~shapely.covered_by(touching, shapely.box(*box))
    if crossing.any():
        touching = touching.copy()
        touching[crossing] = shapely.clip_by_rect(shapely.make_valid(touching[crossing]), *box)
    cut = touching[~shapely.is_empty(touching)]
    return np.asarray(shapely.simplify(frame.on_paper(cut), DETAIL_MM, preserve_topology=True), dtype=object)


def street_width_mm(kind: str, frame: MapFrame) -> float:
    """Return how wide a class of street is drawn: as on the ground, within what can be seen and what hides no house."""
    style = STREET_STYLES.get(StreetClass(kind), STREET_STYLES[StreetClass.ALLEY])
    return min(max(style.ground_m * frame.mm_per_plane_m, style.least_mm), style.most_mm)


def draw_base(scene: Scene, frame: MapFrame) -> str:
    """Draw the quiet ground: areas, buildings, streets; wide streets over narrow ones, their edges under all."""
    drawn = [f'<path d="M0 0h{frame.width_mm}v{frame.height_mm}h{-frame.width_mm}z" fill="{GROUND}"/>']
    is_area = shapely.get_dimensions(scene.places.shapes) == 2
    for kind, fill in AREA_FILLS.items():
        areas = scene.places.shapes[is_area & (scene.places.kinds == kind.value)]
        drawn.append(_path(path_data(on_sheet(frame, areas)), fill=fill, stroke="#9aa58d", width=0.12))
    if frame.denominator <= SMALLEST_SCALE_WITH_BUILDINGS:
        houses = path_data(on_sheet(frame, scene.buildings))
        drawn.append(_path(houses, fill=BUILDING, stroke=BUILDING_EDGE, width=0.12))
    drawn += _draw_streets(scene, frame)
    return "".join(drawn)


def _draw_streets(scene: Scene, frame: MapFrame) -> list[str]:
    drawn, casings, fills = [], [], []
    for kind in reversed(StreetClass):
        lines = scene.streets.lines[scene.streets.classes == kind.value]
        data = path_data(on_sheet(frame, lines, 5.0))
        if not data:
            continue
        if kind in STREET_STYLES:
            style, width = STREET_STYLES[kind], street_width_mm(kind.value, frame)
            casings.append(_line(data, style.casing, width + 2 * CASING_MM, cap="round"))
            fills.append(_line(data, style.fill, width, cap="round"))
        elif kind is StreetClass.RAIL:
            drawn.append(_line(data, "#7d776c", 0.7))
            drawn.append(_line(data, PALE, 0.4, dash="1.6 1.6"))
        elif frame.denominator <= SMALLEST_SCALE_WITH_FOOTWAYS:
            drawn.append(_line(data, *DASHED_STYLES[kind][:2], dash=DASHED_STYLES[kind][2]))
    return [*casings, *fills, *drawn]


def draw_surroundings(scene: Scene, frame: MapFrame) -> str:
    """Draw a veil over what lies outside the area, and the area's edge over it."""
    west, south, east, north = frame.box
    outside = shapely.difference(shapely.box(west, south, east, north), scene.area)
    veil = path_data(on_sheet(frame, np.array([outside], dtype=object)))
    edge = path_data(on_sheet(frame, np.array([shapely.boundary(scene.area)], dtype=object)))
    return (
        f'<path d="{veil}" fill="#ffffff" fill-opacity="0.62" fill-rule="evenodd"/>'
        + _line(edge, "#ffffff", 1.3, opacity=0.8)
        + _line(edge, "#55514a", 0.55, dash="3.2 0.9 0.5 0.9")
    )


def draw_grid(frame: MapFrame) -> str:
    """Draw the lines between the squares."""
    x = [column * frame.square_mm for column in range(1, frame.columns)]
    y = [row * frame.square_mm for row in range(1, frame.rows)]
    data = "".join(f"M{at:g} 0v{frame.height_mm:g}" for at in x) + "".join(f"M0 {at:g}h{frame.width_mm:g}" for at in y)
    return _line(data, "#6f8793", 0.14, dash="0.5 0.9")


def draw_watch(scene: Scene, frame: MapFrame) -> str:
    """Draw who watches, in blue: blocks hatched, routes dashed (each its own dash), cameras with what they see."""
    drawn = []
    for block in scene.blocks:
        shapes = on_sheet(frame, np.array([block.shape], dtype=object))
        drawn.append(_line(path_data(hatch(shapes, 2.6, 45.0)), symbols.BLUE, 0.16))
        drawn.append(_line(path_data(shapes), symbols.BLUE, 0.35, dash="0.4 0.8", cap="round"))
    for place, route in enumerate(scene.routes):
        data = path_data(on_sheet(frame, np.array([route.shape], dtype=object)))
        drawn.append(_line(data, PALE, 1.3, opacity=0.75))
        drawn.append(_line(data, symbols.BLUE, 0.75, dash=route_dash(place)))
    drawn += _draw_views(scene.cameras, frame)
    return "".join(drawn)


def _draw_views(cameras: Views, frame: MapFrame) -> list[str]:
    """Draw what cameras see, a dashed circle where nobody knows their direction; many of them as one shape."""
    if len(cameras) == 0:
        return []
    sectors = sector_shapes(cameras)
    unknown = np.isnan(cameras.bearing_deg) & (cameras.field_of_view_deg < 360.0)
    is_crowded = len(cameras) > CAMERAS_EACH
    drawn = []
    for chosen, dash in ((~unknown, ""), (unknown, "0.7 0.5")):
        views = sectors[chosen & cameras.is_working]
        if len(views) == 0:
            continue
        together = on_sheet(frame, np.array([shapely.union_all(views)], dtype=object))
        if not dash:
            data = path_data(together)
            drawn.append(_path(data, fill=symbols.BLUE, stroke="none", width=0.0, fill_opacity=0.12))
        outlines = together if is_crowded else on_sheet(frame, views)
        drawn.append(_line(path_data(outlines), symbols.BLUE, 0.22, dash=dash))
    return drawn


def route_dash(place: int) -> str:
    """Return the dash of the nth route; all differ up to the sixth."""
    return ("3 1.1", "3 0.9 0.7 0.9", "1.3 0.9", "5 1 0.7 0.8 0.7 1", "0.8 0.8", "6 1.4")[place % 6]


def sector_shapes(cameras: Views) -> NDArray[np.object_]:
    """Return what cameras see as polygons in metres: a sector, or a circle where the direction is not known."""
    shapes = []
    for (x, y), bearing, view, reach in zip(
        cameras.xy, cameras.bearing_deg, cameras.field_of_view_deg, cameras.reach_m, strict=True
    ):
        if math.isnan(bearing) or view >= 360.0:
            shapes.append(shapely.Point(x, y).buffer(reach))
            continue
        angles = np.radians(np.linspace(bearing - view / 2, bearing + view / 2, SIDE_POINTS))
        arc = np.column_stack([x + reach * np.sin(angles), y + reach * np.cos(angles)])
        shapes.append(shapely.Polygon(np.vstack([[x, y], arc])))
    return np.array(shapes, dtype=object)


def draw_zones(scene: Scene, frame: MapFrame) -> tuple[str, list[NDArray[np.float64]]]:
    """Draw dead zones: a dark outline around the street, hatched; returns each one's spine for its number."""
    drawn, spines = [], []
    for zone in scene.zones:
        lines = on_sheet(frame, np.array([zone.line], dtype=object), 0.0)
        whole = shapely.line_merge(shapely.union_all(lines))
        around = np.array([shapely.buffer(whole, zone_half_mm(frame), cap_style="flat")], dtype=object)
        drawn.append(_path(path_data(around), fill="#f4d9a0", stroke="none", width=0, fill_opacity=0.35))
        drawn.append(_line(path_data(hatch(around, 1.25, -45.0)), symbols.OCHRE, 0.28))
        drawn.append(_line(path_data(around), PALE, 1.0, opacity=0.7))
        drawn.append(_line(path_data(around), symbols.INK, 0.55))
        spines.append(shapely.get_coordinates(_longest(lines)))
    return "".join(drawn), spines


def zone_half_mm(frame: MapFrame) -> float:
    """Return how far from the middle of its street a dead zone's outline runs."""
    return min(max(6.0 * frame.mm_per_plane_m, 1.5), 3.0)


def _longest(lines: NDArray[np.object_]) -> Geometry:
    merged = shapely.line_merge(shapely.union_all(lines))
    parts = shapely.get_parts(merged)
    return parts[int(np.argmax(shapely.length(parts)))] if len(parts) else shapely.Point(0, 0)


def hatch(shapes: NDArray[np.object_], step_mm: float, angle_deg: float) -> NDArray[np.object_]:
    """Return parallel lines inside shapes in millimetres; the same lines run through all of them."""
    whole = shapely.union_all(shapes)
    if whole.is_empty:
        return np.empty(0, dtype=object)
    west, north, east, south = whole.bounds
    across, along = _turned(angle_deg)
    corners = np.array([(west, north), (west, south), (east, north), (east, south)])
    low, high = (corners @ across).min(), (corners @ across).max()
    near, far = (corners @ along).min(), (corners @ along).max()
    offsets = np.arange(math.ceil(low / step_mm), math.floor(high / step_mm) + 1) * step_mm
    if len(offsets) == 0:
        return np.empty(0, dtype=object)
    middles = offsets[:, None] * across
    lines = shapely.linestrings(np.stack([middles + near * along, middles + far * along], axis=1))
    inside = shapely.intersection(shapely.union_all(lines), whole)
    return np.array([inside], dtype=object)


def _turned(angle_deg: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    angle = math.radians(angle_deg)
    along = np.array([math.cos(angle), -math.sin(angle)])
    return np.array([-along[1], along[0]]), along


def _line(
    data: str, stroke: str, width: float, *, dash: str = "", cap: str = "butt", opacity: float | None = None
) -> str:
    if not data:
        return ""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    clear = f' stroke-opacity="{opacity}"' if opacity is not None else ""
    return (
        f'<path d="{data}" fill="none" stroke="{stroke}" stroke-width="{width:.2f}" stroke-linecap="{cap}" '
        f'stroke-linejoin="round"{dashes}{clear}/>'
    )


def _path(data: str, *, fill: str, stroke: str, width: float, fill_opacity: float | None = None) -> str:
    if not data:
        return ""
    clear = f' fill-opacity="{fill_opacity}"' if fill_opacity is not None else ""
    return f'<path d="{data}" fill="{fill}" fill-rule="evenodd" stroke="{stroke}" stroke-width="{width:.2f}"{clear}/>'

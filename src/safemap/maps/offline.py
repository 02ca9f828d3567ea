"""One HTML page that opens from a stick or a mail, with no network: folium's map with Leaflet inside the file."""

import re
from dataclasses import dataclass, replace
from html import escape
from importlib.resources import files
from typing import Any, cast

import folium
import numpy as np
import shapely
from branca.element import Element, Figure
from folium.utilities import JsCode
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from numpy.typing import NDArray

from safemap.basemap.rules import StreetClass
from safemap.geo.crs import Metric, MetricPlane
from safemap.hazards.categories import CATEGORY_BY_CODE
from safemap.i18n import mark, translations
from safemap.incidents.rules import KIND_NAMES, IncidentKind
from safemap.maps import symbols
from safemap.maps.drawing import AREA_FILLS, BUILDING, BUILDING_EDGE, STREET_STYLES, sector_shapes
from safemap.maps.handout import TEMPLATES, Facts, said_day
from safemap.maps.legend import make_legend
from safemap.maps.plate import Plate
from safemap.maps.rules import LeafletMissing
from safemap.maps.scene import Marks, Scene, Zone

DIGITS = 6  # of a degree: a tenth of a metre
PX_PER_MM = 4.6
SCREEN_FONT = "Noto Sans CJK TC, Noto Sans TC, PingFang TC, Microsoft JhengHei, sans-serif"
ON_EACH = JsCode("safemapWords")
AS_SYMBOL = JsCode("safemapSymbol")

STREETS, BUILDINGS, GREEN = mark("Streets"), mark("Buildings"), mark("Parks, water and other areas")
REPORTS, INCIDENTS, ZONES = mark("Open reports"), mark("Published incidents"), mark("Dead zones")
PLACES_FIRST, CAMERAS, PATROLS = mark("Places to look at first"), mark("Cameras"), mark("Patrols")
BLOCKS, LAMPS, PLACES = mark("Adopted blocks"), mark("Street lamps"), mark("Public places")
NO_CONTENT_FROM_OUTSIDE = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"
)


class Verbatim(Element):
    """Text that is put into the page as it is, never read as a template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self, **_: Any) -> str:
        """Return the text."""
        return self._text


@dataclass(frozen=True)
class Feature:
    """Something on the map: its shape in degrees, its look, what is said when it is touched."""

    shape: Any
    style: dict[str, Any]
    head: str = ""
    words: str = ""
    symbol: str = ""
    number: int = 0

    def as_geojson(self) -> dict[str, Any]:
        """Return it as a GeoJSON feature; words are put in as text by the page, never as HTML."""
        rounded = shapely.set_precision(self.shape, 10**-DIGITS, mode="pointwise")
        said = {"head": self.head, "words": self.words, "symbol": self.symbol, "number": self.number}
        return {
            "type": "Feature",
            "geometry": shapely.geometry.mapping(rounded),
            "properties": {"style": self.style} | {name: value for name, value in said.items() if value},
        }


def make_offline_map(scene: Scene, plane: MetricPlane, facts: Facts, language: str) -> str:
    """Make the page; everything that it needs is in it."""
    say = translations(language).gettext
    west, south, east, north = plane.to_lonlat(scene.area).bounds
    drawn = folium.Map(
        location=[(south + north) / 2, (west + east) / 2],
        tiles=None,
        zoom_start=16,
        max_zoom=21,
        prefer_canvas=True,
        attribution_control=False,
        zoom_snap=0.5,
    )
    drawn.default_js, drawn.default_css = [], []  # folium's own are fetched from the network
    drawn._name, drawn._id = "safemap", "map"  # noqa: SLF001 - a fixed name for the page's script
    root = cast("Figure", drawn.get_root())
    _put_head(root, facts.title(len(scene.zones)))
    layers = [
        (say(GREEN), _areas(scene, plane), True),
        (say(BUILDINGS), _buildings(scene, plane), True),
        (say(STREETS), _streets(scene, plane), True),
        (say(BLOCKS), _blocks(scene, plane), True),
        (say(PATROLS), _routes(scene, plane), True),
        (say(CAMERAS), _cameras(scene, plane, say(CAMERAS)), True),
        (say(LAMPS), _lamps(scene, plane), False),
        (say(ZONES if facts.is_watch_known else PLACES_FIRST), _zones(scene.zones, plane), True),
        (say(INCIDENTS), _marks(scene.incidents, plane, language), True),
        (say(PLACES), _places(scene, plane, language), False),
        (say(REPORTS), _marks(scene.reports, plane, language), True),
    ]
    edge = Feature(plane.to_lonlat(scene.area).boundary, _line("#55514a", 2.5, dash="12 4 2 4"))
    shown: list[folium.GeoJson | folium.LayerControl] = [_layer([edge], "")]
    shown += [_layer(features, escape(name), is_shown=is_shown) for name, features, is_shown in layers if features]
    shown.append(folium.LayerControl(collapsed=True))
    for place, layer in enumerate(shown):
        layer._id = str(place)  # noqa: SLF001 - else random: the same data make the same page
        layer.add_to(drawn)
    drawn.fit_bounds([[south, west], [north, east]])
    root.html.add_child(Verbatim(_panel(scene, facts, language)), name="panel")
    root.script.add_child(Verbatim((TEMPLATES / "offline.js").read_text(encoding="utf-8")), name="aaa")
    root.script._children.move_to_end("aaa", last=False)  # noqa: SLF001 - before the layers that use it
    page: str = root.render()
    return page.replace("<html>", f'<html lang="{language}">', 1).replace(
        "maximum-scale=1.0, user-scalable=no", "viewport-fit=cover", 1
    )


def _put_head(root: Figure, title: str) -> None:
    folder = files("safemap") / "web" / "static" / "vendor" / "leaflet"
    script, style = folder / "leaflet.js", folder / "leaflet.css"
    if not script.is_file() or not style.is_file():
        raise LeafletMissing(str(folder))
    # The style sheet's pictures are files beside it; what shows them is not used, or drawn otherwise.
    without_pictures = re.sub(r"url\([^)]*\)", "none", style.read_text(encoding="utf-8"))
    own = (TEMPLATES / "offline.css").read_text(encoding="utf-8")
    policy = f'<meta http-equiv="Content-Security-Policy" content="{NO_CONTENT_FROM_OUTSIDE}">'
    for name, text in (
        ("policy", policy),
        ("title", f"<title>{escape(title)}</title>"),
        ("leaflet_style", f"<style>{without_pictures}</style>"),
        ("leaflet", f"<script>{script.read_text(encoding='utf-8')}</script>"),
        ("own_style", f"<style>{own}</style>"),
    ):
        root.header.add_child(Verbatim(text), name=name)


def _panel(scene: Scene, facts: Facts, language: str) -> str:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    return environment.get_template("offline.html").render(
        facts=facts,
        title=facts.title(len(scene.zones)),
        zones=scene.zones,
        is_for_members=scene.is_for_members,
        day=lambda date: said_day(date, language),
        legend=make_legend(
            scene,
            Plate("", {}, frozenset(), shows_lamps=len(scene.lamps_xy) > 0, shows_counts=False, words=()),
            SCREEN_FONT,
            language=language,
            say=translations(language).gettext,
            is_watch_known=facts.is_watch_known,
        ),
    )


def _layer(features: list[Feature], name: str, *, is_shown: bool = True) -> folium.GeoJson:
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": [feature.as_geojson() for feature in features]},
        name=name or None,
        control=bool(name),
        show=is_shown,
        on_each_feature=ON_EACH,
        point_to_layer=AS_SYMBOL,
    )


def _line(colour: str, weight: float, *, dash: str = "", fill: str = "", fill_opacity: float = 0.0) -> dict[str, Any]:
    style: dict[str, Any] = {"color": colour, "weight": weight, "fill": bool(fill), "fillOpacity": fill_opacity}
    return style | ({"dashArray": dash} if dash else {}) | ({"fillColor": fill} if fill else {})


def _streets(scene: Scene, plane: MetricPlane) -> list[Feature]:
    casings, fills = [], []
    for kind in reversed(StreetClass):
        chosen = scene.streets.classes == kind.value
        style = STREET_STYLES.get(kind)
        if style is None:
            fills += _named_lines(scene, plane, chosen, _line("#8d877c", 1.2, dash="4 3"))
        elif chosen.any():
            weight = max(2.5, style.ground_m / 3)
            every = shapely.multilinestrings(list(plane.to_lonlat_all(scene.streets.lines[chosen])))
            casings.append(Feature(every, _line(style.casing, weight + 1.2)))
            fills += _named_lines(scene, plane, chosen, _line(style.fill, weight))
    return [*casings, *fills]


def _named_lines(scene: Scene, plane: MetricPlane, chosen: NDArray[np.bool_], look: dict[str, Any]) -> list[Feature]:
    return [
        Feature(
            shapely.multilinestrings(
                list(plane.to_lonlat_all(scene.streets.lines[chosen & (scene.streets.names == name)]))
            ),
            look,
            head=name,
        )
        for name in dict.fromkeys(scene.streets.names[chosen].tolist())
    ]


def _buildings(scene: Scene, plane: MetricPlane) -> list[Feature]:
    polygons = shapely.get_parts(plane.to_lonlat_all(scene.buildings))
    if len(polygons) == 0:
        return []
    return [Feature(shapely.multipolygons(list(polygons)), _line(BUILDING_EDGE, 0.5, fill=BUILDING, fill_opacity=1.0))]


def _areas(scene: Scene, plane: MetricPlane) -> list[Feature]:
    return [
        Feature(shape, _line("#9aa58d", 0.5, fill=AREA_FILLS[kind], fill_opacity=1.0), head=name)
        for shape, kind, name in zip(
            plane.to_lonlat_all(scene.places.shapes), scene.places.kinds, scene.places.names, strict=True
        )
        if kind in AREA_FILLS and shapely.get_dimensions(shape) == 2
    ]


def _blocks(scene: Scene, plane: MetricPlane) -> list[Feature]:
    look = _line(symbols.BLUE, 2.0, dash="2 5", fill=symbols.BLUE, fill_opacity=0.1)
    return [Feature(plane.to_lonlat(block.shape), look, words=block.words) for block in scene.blocks]


def _routes(scene: Scene, plane: MetricPlane) -> list[Feature]:
    return [
        Feature(plane.to_lonlat(route.shape), _line(symbols.BLUE, 4.0, dash="12 5"), words=route.words)
        for route in scene.routes
    ]


def _cameras(scene: Scene, plane: MetricPlane, word: str) -> list[Feature]:
    if len(scene.cameras) == 0:
        return []
    look = _line(symbols.BLUE, 1.0, fill=symbols.BLUE, fill_opacity=0.12)
    views = plane.to_lonlat_all(sector_shapes(scene.cameras)[scene.cameras.is_working])
    points = _points(scene.cameras.xy, plane)
    dots = [
        Feature(point, {}, head=word, symbol=_screen(symbols.camera_symbol(is_working=bool(works)), 2.6))
        for point, works in zip(points, scene.cameras.is_working, strict=True)
    ]
    return [*(Feature(view, look) for view in views), *dots]


def _lamps(scene: Scene, plane: MetricPlane) -> list[Feature]:
    return [
        Feature(point, {}, symbol=_screen(symbols.lamp_symbol(is_working=bool(works)), 2.0))
        for point, works in zip(_points(scene.lamps_xy, plane), scene.lamps_working, strict=True)
    ]


def _zones(zones: tuple[Zone, ...], plane: MetricPlane) -> list[Feature]:
    features = []
    for zone in zones:
        shape = plane.to_lonlat(Metric(shapely.buffer(shapely.line_merge(zone.line), 6.0, cap_style="flat")))
        look = _line(symbols.INK, 2.5, fill="#e0a53a", fill_opacity=0.35)
        outlined = Feature(shape, look, f"{zone.number} {zone.name}", zone.reasons, number=zone.number)
        middle = plane.to_lonlat(Metric(_merged(zone.line).interpolate(0.5, normalized=True)))
        badge = _screen(symbols.badge_symbol(zone.number, SCREEN_FONT), 7.0)
        features += [outlined, replace(outlined, shape=middle, style={}, symbol=badge)]
    return features


def _merged(line: Metric) -> Any:
    """Return a zone's line in one piece, or its longest one."""
    merged = shapely.line_merge(line)
    return max(shapely.get_parts(merged), key=shapely.length)


def _marks(marks: Marks, plane: MetricPlane, language: str) -> list[Feature]:
    say = translations(language).gettext
    features = []
    for place, point in enumerate(_points(marks.xy, plane)):
        kind, is_grave = marks.kinds[place], bool(marks.is_grave[place])
        if kind in CATEGORY_BY_CODE:
            name, drawn = CATEGORY_BY_CODE[kind].name, symbols.report_symbol(kind, SCREEN_FONT, is_grave=is_grave)
        else:
            name, drawn = KIND_NAMES[IncidentKind(kind)], symbols.incident_symbol(kind, is_grave=is_grave)
        when = said_day(marks.days[place], language)
        words = "\n".join(part for part in (marks.words[place], when) if part)
        features.append(Feature(point, {}, head=say(name), words=words, symbol=_screen(drawn, 7.2)))
    return features


def _places(scene: Scene, plane: MetricPlane, language: str) -> list[Feature]:
    say = translations(language).gettext
    return [
        Feature(
            shapely.point_on_surface(shape),
            {},
            head=name or say(symbols.PLACE_NAMES[kind]),
            symbol=_screen(symbols.place_symbol(kind, SCREEN_FONT, language), 5.0),
        )
        for shape, kind, name in zip(
            plane.to_lonlat_all(scene.places.shapes), scene.places.kinds, scene.places.names, strict=True
        )
        if kind in symbols.PLACE_NAMES
    ]


def _points(xy: NDArray[np.float64], plane: MetricPlane) -> NDArray[np.object_]:
    return plane.to_lonlat_all(np.asarray(shapely.points(xy), dtype=object)) if len(xy) else np.empty(0, dtype=object)


def _screen(drawn: str, size_mm: float) -> str:
    half, size_px = size_mm / 2, size_mm * PX_PER_MM
    return (
        f'<svg width="{size_px:.0f}" height="{size_px:.0f}" viewBox="{-half} {-half} {size_mm} {size_mm}" '
        f'aria-hidden="true">{drawn}</svg>'
    )

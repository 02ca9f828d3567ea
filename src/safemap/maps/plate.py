"""The printed map as one vector drawing: ground, watchers, dead zones, reports, words, grid, frame."""

from dataclasses import dataclass

import numpy as np

from safemap.i18n import mark
from safemap.maps import symbols
from safemap.maps.drawing import (
    SMALLEST_SCALE_WITH_LAMPS,
    draw_base,
    draw_grid,
    draw_surroundings,
    draw_watch,
    draw_zones,
)
from safemap.maps.fonts import PrintFont
from safemap.maps.labels import PLACE_INK, Occupied, draw_words, write_places, write_streets
from safemap.maps.rules import BAND_MM
from safemap.maps.scale import MapFrame
from safemap.maps.scene import Scene
from safemap.maps.spots import (
    draw_cameras,
    draw_incidents,
    draw_lamps,
    draw_places,
    draw_reports,
    draw_zone_numbers,
)

NORTH = mark("N")
BAR_HEIGHT_MM = 2.2
ARROW_MM = 15.0


@dataclass(frozen=True)
class Plate:
    """The map as SVG, in which square each dead zone lies, and what is on it, for the legend and the font check."""

    svg: str
    squares: dict[int, str]
    place_kinds: frozenset[str]
    shows_lamps: bool
    shows_counts: bool
    words: tuple[str, ...]


def draw_plate(scene: Scene, frame: MapFrame, font: PrintFont, *, language: str, title: str) -> Plate:
    """Draw the whole map; symbols take their room first, words what is left."""
    occupied = Occupied(frame.width_mm, frame.height_mm)
    zones, spines = draw_zones(scene, frame)
    numbers, middles = draw_zone_numbers(scene, spines, font, occupied)
    reports, shows_counts = draw_reports(scene, frame, font, occupied)
    places, place_kinds = draw_places(scene, frame, font, occupied, language)
    streets = write_streets(scene, frame, font, occupied)
    areas = write_places(scene, frame, font, occupied)
    shows_lamps = frame.denominator <= SMALLEST_SCALE_WITH_LAMPS and len(scene.lamps_xy) > 0
    layers = (
        draw_base(scene, frame),
        draw_lamps(scene, frame) if shows_lamps else "",
        draw_surroundings(scene, frame),
        draw_watch(scene, frame),
        zones,
        draw_grid(frame),
        draw_incidents(scene, frame),
        draw_cameras(scene, frame),
        draw_words(areas, font, ink=PLACE_INK),
        draw_words(streets, font),
        places,
        reports,
        numbers,
    )
    width, height = frame.width_mm + 2 * BAND_MM, frame.height_mm + 2 * BAND_MM
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="{-BAND_MM:g} {-BAND_MM:g} {width:g} {height:g}" role="img" aria-label="{_escaped(title)}">'
        f"<title>{_escaped(title)}</title>{''.join(layers)}{_draw_band(frame, font)}</svg>"
    )
    return Plate(
        svg=svg,
        squares={number: frame.square_at(x, y) for number, (x, y) in middles.items()},
        place_kinds=frozenset(place_kinds),
        shows_lamps=shows_lamps,
        shows_counts=shows_counts,
        words=tuple(word.text for word in (*streets, *areas)),
    )


def draw_scale_bar(frame: MapFrame, longest_mm: float, font: PrintFont) -> str:
    """Draw a bar of true ground metres in four parts, its ends and middle named."""
    length_m = frame.bar_m(longest_mm)
    length = frame.bar_mm(length_m)
    part = length / 4
    top = symbols.TEXT_MM + 1.6
    cells = "".join(
        f'<path d="M{part * place:.3f} {top:.2f}h{part:.3f}v{BAR_HEIGHT_MM}h{-part:.3f}z" '
        f'fill="{symbols.INK if place % 2 == 0 else symbols.PAPER}" stroke="{symbols.INK}" stroke-width="0.2"/>'
        for place in range(4)
    )
    named = ((0.0, "0"), (length / 2, f"{length_m / 2:g}"), (length, f"{length_m} m"))
    words = "".join(
        f'<g transform="translate({at:.3f} {symbols.TEXT_MM * 0.55:.2f})">'
        + symbols.letter(text, 0.0, symbols.TEXT_MM, symbols.INK, font.family, weight=400)
        + "</g>"
        for at, text in named
    )
    width, height = length + 16.0, top + BAR_HEIGHT_MM + 0.4
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.3f}mm" height="{height:.2f}mm" '
        f'viewBox="-4 0 {width:.3f} {height:.2f}" role="img" aria-label="0–{length_m} m">'
        f"<title>0–{length_m} m</title>{cells}{words}</svg>"
    )


def draw_north(frame: MapFrame, font: PrintFont, letter: str) -> str:
    """Draw an arrow that points to true north: the top of the sheet is the plane's."""
    arrow = (
        f'<path d="M0 -5.4L2.6 3.4L0 1.9z" fill="{symbols.INK}" stroke="{symbols.INK}" stroke-width="0.25" '
        f'stroke-linejoin="round"/><path d="M0 -5.4L-2.6 3.4L0 1.9z" fill="{symbols.PAPER}" stroke="{symbols.INK}" '
        'stroke-width="0.25" stroke-linejoin="round"/>'
    )
    name = f'<g transform="translate(0 6)">{symbols.letter(letter, 0.0, symbols.TEXT_MM, symbols.INK, font.family)}</g>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="8.6mm" height="{ARROW_MM * 0.86:.2f}mm" '
        f'viewBox="-5 -6 10 {ARROW_MM}" '
        f'role="img" aria-label="{_escaped(letter)}"><title>{_escaped(letter)}</title>'
        f'<g transform="rotate({frame.north_deg:.2f})">{arrow}</g>{name}</svg>'
    )


def _draw_band(frame: MapFrame, font: PrintFont) -> str:
    """Draw the white band with the names of rows and columns, and the map's edge."""
    width, height, band = frame.width_mm, frame.height_mm, BAND_MM
    outer = f"M{-band:g} {-band:g}h{width + 2 * band:g}v{height + 2 * band:g}h{-width - 2 * band:g}z"
    inner = f"M0 0v{height:g}h{width:g}v{-height:g}z"
    drawn = [f'<path d="{outer}{inner}" fill="{symbols.PAPER}"/>']
    x = [(at + min(at + frame.square_mm, width)) / 2 for at in np.arange(frame.columns) * frame.square_mm]
    y = [(at + min(at + frame.square_mm, height)) / 2 for at in np.arange(frame.rows) * frame.square_mm]
    sides = [(-band / 2, -band / 2), (width + band / 2, height + band / 2)]
    drawn += [_named(str(place + 1), at, side, font) for place, at in enumerate(x) for _, side in sides]
    drawn += [_named(chr(ord("A") + place), side, at, font) for place, at in enumerate(y) for side, _ in sides]
    ticks = "".join(
        f"M{column * frame.square_mm:g} {-band:g}v{band:g}m0 {height:g}v{band:g}" for column in range(1, frame.columns)
    ) + "".join(f"M{-band:g} {row * frame.square_mm:g}h{band:g}m{width:g} 0h{band:g}" for row in range(1, frame.rows))
    half = 0.15
    outer_line = (
        f"M{half - band:g} {half - band:g}h{width + 2 * band - 2 * half:g}v{height + 2 * band - 2 * half:g}"
        f"h{2 * half - width - 2 * band:g}z"
    )
    drawn.append(f'<path d="{ticks}" fill="none" stroke="#8d877c" stroke-width="0.18"/>')
    drawn.append(f'<path d="{outer_line}" fill="none" stroke="{symbols.INK}" stroke-width="0.3"/>')
    drawn.append(f'<path d="{inner}" fill="none" stroke="{symbols.INK}" stroke-width="0.5"/>')
    return "".join(drawn)


def _named(text: str, x_mm: float, y_mm: float, font: PrintFont) -> str:
    named = symbols.letter(text, 0.0, symbols.TEXT_MM * 1.1, symbols.INK, font.family)
    return f'<g transform="translate({x_mm:g} {y_mm:g})">{named}</g>'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")

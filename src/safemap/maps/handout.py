"""The printed handout: finding, map at a round scale, numbered list with reasons, room to write; as PDF."""

import datetime as dt
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import segno
from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from safemap.i18n import mark, translations
from safemap.maps.fonts import PrintFont, print_font
from safemap.maps.legend import Legend, make_legend
from safemap.maps.plate import NORTH, Plate, draw_north, draw_plate, draw_scale_bar
from safemap.maps.rules import BAND_MM, FORMATS, MARGIN_MM, Paper, PrinterMissing, SheetFormat
from safemap.maps.scale import MapFrame
from safemap.maps.scene import Scene
from safemap.maps.symbols import PT_MM, badge_symbol, report_symbol

TEMPLATES = Path(__file__).parent / "templates"
DAY = mark("{day} {month} {year}")  # in Chinese the year is that of the Republic: 2026 is 民國115年
EMERGENCY = mark("Emergency: 110 police, 119 fire and ambulance.")
FOR_MEMBERS = mark("For members of the community: please do not publish it.")
PLATE = "plate:map"  # the address of the map within its page
LONGEST_BAR_MM = 46.0
SLACK_MM = 1.0
HIGHEST_ROW_MM = 16.0  # of a zone with its reasons, so that no step leaves out too many
ENDLESS_MM = 3000.0  # a page on which any list can be measured
CSS_PX_MM = 25.4 / 96
WRITING_MM = 29.0  # least room for decisions under the list
WRITING_HEAD_MM, LINE_MM, NOTES_HEAD_MM = 13.0, 8.0, 10.0  # as the style sheet has them
MOST_LINES, LEAST_NOTES_MM = 8, 15.0
TITLE_SIZES_PT: tuple[float, ...] = (22.0, 20.0, 18.0, 17.0, 16.0, 15.0, 14.0)
BOLD_SHARE = 1.04  # bold letters are that much wider than the regular ones that are measured
CODE_MM = 33.0  # left free for the QR code beside the title


@dataclass(frozen=True)
class Facts:
    """Everything that a handout says besides its map, in the reader's language."""

    title: Callable[[int], str]  # from how many dead zones the sheet lists
    area_name: str
    where: str  # county and town
    period: str
    counted: str
    data_as_of: dt.date
    made_on: dt.date
    notes: tuple[str, ...]
    by_category: tuple[tuple[str, str, int], ...]  # code, name, number; shown when there are too few for zones
    by_street: tuple[tuple[str, int], ...]
    url: str
    attribution: str
    is_fictional: bool
    is_in_taiwan: bool
    is_watch_known: bool
    zone_count: int
    printed: str  # by whom and when; shown on what is for members


@dataclass(frozen=True)
class Column:
    """How the list beside the map is cut to its room."""

    listed: int
    write_mm: float

    @property
    def lines(self) -> int:
        """How many lines for decisions there are."""
        return min(MOST_LINES, max(2, int((self.write_mm - WRITING_HEAD_MM) // LINE_MM)))

    @property
    def notes_mm(self) -> float:
        """How high the frame for notes is; 0 when there is no room for one."""
        left_mm = self.write_mm - WRITING_HEAD_MM - self.lines * LINE_MM - NOTES_HEAD_MM
        return left_mm if left_mm >= LEAST_NOTES_MM else 0.0


def make_handout(scene: Scene, frame: MapFrame, facts: Facts, paper: Paper, language: str) -> bytes:
    """Lay out a handout and return it as a tagged PDF with its fonts embedded.

    Raises
    ------
    FontMissing, GlyphsMissing
        The font for prints is not installed, or lacks a character that the sheet would show.
    PrinterMissing
        The libraries that lay out pages are not installed.
    """
    font = print_font()
    template = _environment(language).get_template("handout.html")
    known = facts.is_watch_known

    def words(of: Scene) -> tuple[Plate, dict[str, Any]]:
        say = translations(language).gettext
        plate = draw_plate(of, frame, font, language=language, title=facts.title(len(of.zones)))
        legend = make_legend(of, plate, font.family, language=language, say=say, is_watch_known=known)
        return plate, _words(of, frame, facts, plate, legend, font, paper, language)

    plate, said = words(scene)
    column = _fitted(template, said, scene, paper)
    if column.listed < len(scene.zones):
        # What is on the map is in the list, and the other way round.
        plate, said = words(replace(scene, zones=scene.zones[: column.listed]))
    page = template.render(**said, column=column, plate=PLATE, page_height_mm=FORMATS[paper].height_mm)
    font.check(unescape(re.sub(r"<[^>]*>", "", drawn)) for drawn in (page, plate.svg))
    return _as_pdf(page, plate.svg)


def village_url(site_url: str, area_key: str) -> str:
    """Return the address of an area's page: what the QR code holds, and nothing else."""
    return f"{site_url}/villages/{quote(area_key)}"


def _fitted(template: Any, words: dict[str, Any], scene: Scene, paper: Paper) -> Column:
    """Find how many zones fit with room to write; laid out without the map this takes moments."""
    sheet = FORMATS[paper]
    is_beside = sheet.list_width_mm > 0
    column = Column(len(scene.zones), WRITING_MM)
    room_mm = sheet.height_mm - MARGIN_MM - sheet.foot_mm
    while True:
        shown = words | {"zones": scene.zones[: column.listed]}
        page = template.render(**shown, column=column, plate="", page_height_mm=ENDLESS_MM)
        end_mm = (
            next(page.anchors["list-end"][1] for page in _laid_out(page).pages if "list-end" in page.anchors)
            * CSS_PX_MM
        )
        spare_mm = room_mm - end_mm
        if spare_mm >= WRITING_MM or column.listed == 0 or not is_beside:
            return replace(column, write_mm=max(spare_mm, WRITING_MM) - SLACK_MM)
        column = replace(column, listed=max(0, column.listed - max(1, int((WRITING_MM - spare_mm) // HIGHEST_ROW_MM))))


def _words(
    scene: Scene,
    frame: MapFrame,
    facts: Facts,
    plate: Plate,
    legend: Legend,
    font: PrintFont,
    paper: Paper,
    language: str,
) -> dict[str, Any]:
    sheet = FORMATS[paper]
    return {
        "facts": facts,
        "foot": _foot(facts, translations(language).gettext, is_private=scene.is_for_members),
        "title": facts.title(len(scene.zones)),
        "title_pt": _title_pt(facts.title(len(scene.zones)), font, sheet),
        "sheet": sheet,
        "paper": paper.value,
        "margin_mm": MARGIN_MM,
        "band_mm": BAND_MM,
        "frame": frame,
        "zones": scene.zones,
        "squares": plate.squares,
        "legend": legend,
        "family": font.family,
        "language": language,
        "badge": lambda number: _inline(badge_symbol(number, font.family), 7.2, str(number)),
        "report": lambda code: _inline(report_symbol(code, font.family), 7.2, ""),
        "bar": Markup(draw_scale_bar(frame, LONGEST_BAR_MM, font)),  # noqa: S704
        "north": Markup(draw_north(frame, font, translations(language).gettext(NORTH))),  # noqa: S704
        "qr": Markup(_qr(facts.url)),  # noqa: S704
        "shown_url": unquote(facts.url).removeprefix("https://").removeprefix("http://"),
        "day": lambda date: said_day(date, language),
        "report_count": len(scene.reports),
        "incident_count": len(scene.incidents),
        "square_m": frame.square_mm * frame.denominator / 1000,
    }


def _title_pt(title: str, font: PrintFont, sheet: SheetFormat) -> float:
    """Return the largest size at which a title fits on its line, or on its two lines where the list is no column."""
    room_mm = sheet.width_mm - 2 * MARGIN_MM - CODE_MM
    sizes = TITLE_SIZES_PT
    if not sheet.list_width_mm:
        room_mm *= 1.85  # the first of two lines is seldom full
        sizes = TITLE_SIZES_PT[TITLE_SIZES_PT.index(17.0) :]
    fitting = (size for size in sizes if BOLD_SHARE * font.width_em(title) * size * PT_MM <= room_mm)
    return next(fitting, TITLE_SIZES_PT[-1])


def _foot(facts: Facts, say: Callable[[str], str], *, is_private: bool) -> str:
    """Say what stands at the foot of each page."""
    parts = (EMERGENCY if facts.is_in_taiwan else "", FOR_MEMBERS if is_private else "")
    printed = facts.printed if is_private else ""
    return "  ".join(filter(None, [*(say(part) for part in parts if part), printed, facts.attribution]))


def said_day(date: dt.date, language: str) -> str:
    """Say a date; in Chinese with the year of the Republic."""
    is_chinese = language.startswith("zh")
    return (
        translations(language)
        .gettext(DAY)
        .format(
            day=date.day,
            month=date.month if is_chinese else format_date(date, "MMMM", locale="en_GB"),
            year=date.year - 1911 if is_chinese else date.year,
        )
    )


def _inline(drawn: str, size_mm: float, label: str) -> Markup:
    half = size_mm / 2
    spoken = f'role="img" aria-label="{label}"' if label else 'aria-hidden="true"'
    return Markup(  # noqa: S704 - drawn here
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size_mm}mm" height="{size_mm}mm" '
        f'viewBox="{-half} {-half} {size_mm} {size_mm}" {spoken}>{drawn}</svg>'
    )


def _qr(url: str) -> str:
    written = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        written, kind="svg", xmldecl=False, svgns=True, border=2, omitsize=True, lineclass=None, svgclass=None
    )
    return written.getvalue().decode()


@cache
def _environment(language: str) -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    return made


def _laid_out(page: str) -> Any:
    return _weasyprint().HTML(string=page, url_fetcher=_fetcher("")).render()


def _as_pdf(page: str, plate: str) -> bytes:
    written: bytes = _weasyprint().HTML(string=page, url_fetcher=_fetcher(plate)).write_pdf(pdf_variant="pdf/ua-1")
    return written


def _fetcher(plate: str) -> Any:
    """Return what gives a page its map, and refuses to load anything else.

    As a picture of its own the map is read by a fast parser, and no style rule is tried on its thousand shapes: half
    the time and memory of the same drawing inside the page.
    """
    urls = _weasyprint().urls

    class OnlyThePlate(urls.URLFetcher):  # type: ignore[name-defined,misc] # weasyprint is untyped
        def fetch(self, url: str, _headers: object = None) -> Any:
            if url != PLATE:
                message = f"a print may load nothing, not even {url}"
                raise ValueError(message)
            return urls.URLFetcherResponse(url, plate, {"Content-Type": "image/svg+xml"})

    return OnlyThePlate()


@cache
def _weasyprint() -> Any:
    try:
        import weasyprint  # noqa: PLC0415 - a second to load, and its libraries may be missing
    except OSError as error:
        raise PrinterMissing(str(error).splitlines()[0]) from error
    return weasyprint

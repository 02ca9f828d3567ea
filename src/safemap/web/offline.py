"""What makes the pages an app that opens with no connection: its description, its worker, what a phone keeps."""

import hashlib
import math
from functools import cache
from importlib import metadata
from typing import Annotated, Any
from urllib.parse import quote

import orjson
import shapely
from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from safemap.communities.rules import StudyArea
from safemap.db.freshness import identity_of, layer_versions
from safemap.i18n import DEFAULT_LANGUAGE, LOCALES, mark, whole_pages_in
from safemap.identity.rules import Kind, Verb
from safemap.web.assets import STATIC, content_of, static_url
from safemap.web.deps import Db, InVillage, Language, Speaks
from safemap.web.pages._common import place_name_in
from safemap.web.permits import open_to_all
from safemap.web.templating import TEMPLATES
from safemap.web.tiles import MARGIN_SHARE, tile_bounds

router = APIRouter(dependencies=[open_to_all(Verb.SEE_EXACT, Kind.VILLAGE)], include_in_schema=False)

NAME = mark("Community safety map")
SHORT_NAME = mark("Safety map")
WHAT_IT_IS = mark("Mark unsafe spots of your village, with or without a connection, and see what becomes of them.")
MARK_A_SPOT = mark("Mark an unsafe spot")
ON_THIS_PHONE = mark("Reports on this phone")
GROUND, ACCENT = "#fbfaf7", "#0b5d63"

PAGES = ("/waiting", "/offline")  # that open with no connection wherever somebody was
FAR, NEAR = 13, 15  # the zooms of the tiles that maps draw: near by, they draw the last ones larger
WHOLE_IN = 2  # tiles
TILES_AT_MOST = 160  # of a wide village in the mountains the middle alone is kept near by


@router.get("/manifest.webmanifest")
def manifest(lang: Annotated[str, Query(max_length=20)] = DEFAULT_LANGUAGE) -> Response:
    """Describe the app to a phone that installs it; who reads a language of the form alone reads this in English."""
    lang = whole_pages_in(lang)
    say = Language(lang).say
    described = {
        "id": "/",
        "name": say(NAME),
        "short_name": say(SHORT_NAME),
        "description": say(WHAT_IT_IS),
        "lang": lang,
        "dir": "ltr",
        "start_url": "/start",
        "scope": "/",
        "display": "standalone",
        "background_color": GROUND,
        "theme_color": ACCENT,
        "categories": ["utilities", "government"],
        "icons": [
            _icon("icon.svg", "any", "any"),
            *(_icon(f"icon-{side}.png", f"{side}x{side}", "any") for side in (192, 512)),
            *(_icon(f"maskable-{side}.png", f"{side}x{side}", "maskable") for side in (192, 512)),
            _icon("monochrome.svg", "any", "monochrome"),
        ],
        "shortcuts": [
            {"name": say(MARK_A_SPOT), "url": "/start?to=mark", "icons": [_icon("icon-192.png", "192x192", "any")]},
            {"name": say(ON_THIS_PHONE), "url": "/waiting", "icons": [_icon("icon-192.png", "192x192", "any")]},
        ],
    }
    return Response(orjson.dumps(described), media_type="application/manifest+json", headers=ASKED_AGAIN)


@router.get("/sw.js")
def worker() -> Response:
    """Serve the worker for the whole site; a new version of what it keeps makes it another worker."""
    shell = orjson.dumps({"version": version_of_pages(), "pages": PAGES}).decode()
    script = f"const SHELL = {shell};\n".encode() + content_of("sw.js")
    headers = {**ASKED_AGAIN, "Service-Worker-Allowed": "/"}
    return Response(script, media_type="text/javascript; charset=utf-8", headers=headers)


@router.get("/start")
def start() -> Response:
    """Open the app where no worker knows which village was looked at last."""
    return RedirectResponse("/", status_code=303)


@router.get("/villages/{key}/kept.json")
def kept(session: Db, area: InVillage, speaks: Speaks) -> Response:
    """List what a phone keeps of a village, as everybody may see it, and by what it sees that it changed."""
    own = f"/villages/{quote(area.key)}"
    api = f"/api/v1{own}"
    ground, content = (
        _tag(identity_of(session), *layer_versions(session, layers)) for layers in (GROUND_LAYERS, LAYERS)
    )
    listed = {
        "key": area.key,
        "name": place_name_in(area, speaks.code),
        "pages": [f"{own}/mark", own],
        "data": [api, f"{api}/places", f"{api}/hazards?limit=1000", f"{api}/report-counts"],
        "tiles": tiles_of(area),
        "ground": ground,
        "content": content,
    }
    return Response(orjson.dumps(listed), media_type="application/json", headers=ASKED_AGAIN)


ASKED_AGAIN = {"Cache-Control": "no-cache"}
GROUND_LAYERS = ("base",)
LAYERS = ("base", "hazards", "lamps")


def tiles_of(area: StudyArea) -> list[str]:
    """Return the addresses of the tiles that draw an area, from far to near, those in its middle first.

    They begin where one or two show it whole: from farther away, it is a dot.
    """
    west, south, east, north = area.geometry.bounds
    middle = area.geometry.centroid
    found: list[str] = []
    for zoom in range(FAR, NEAR + 1):
        left, top = column_and_row(west, north, zoom)
        right, bottom = column_and_row(east, south, zoom)
        level = []
        for x in range(left, right + 1):
            for y in range(top, bottom + 1):
                box = shapely.box(*tile_bounds(zoom, x, y, MARGIN_SHARE))
                if area.geometry.intersects(box):
                    level.append((box.centroid.distance(middle), f"/tiles/base/{zoom}/{x}/{y}.mvt"))
        if len(level) <= WHOLE_IN:
            found = []
        found += [address for _, address in sorted(level)]
        if len(found) >= TILES_AT_MOST:
            break
    return found[:TILES_AT_MOST]


def column_and_row(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    """Return the column and row of the tile in which a place lies."""
    tiles = 1 << zoom
    x = (lon + 180.0) / 360.0
    y = (1.0 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2.0
    return min(tiles - 1, max(0, int(x * tiles))), min(tiles - 1, max(0, int(y * tiles)))


@cache
def version_of_pages() -> str:
    """Return a tag of all that pages are made of: templates, words, styles and scripts."""
    seen = hashlib.sha256(metadata.version("safemap").encode())
    for folder in (TEMPLATES, STATIC, LOCALES):
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            seen.update(str(file.relative_to(folder)).encode() + file.read_bytes())
    return seen.hexdigest()[:12]


def _tag(*parts: Any) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


def _icon(name: str, sizes: str, purpose: str) -> dict[str, str]:
    kind = "image/svg+xml" if name.endswith(".svg") else "image/png"
    return {"src": static_url(f"img/{name}"), "sizes": sizes, "type": kind, "purpose": purpose}

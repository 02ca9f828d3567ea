"""Vector tiles: drawn by PostGIS, kept compressed, stale the moment a write is committed."""

import gzip
import math
from collections.abc import Callable
from typing import Annotated, cast

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from safemap.identity.rules import Kind, Verb
from safemap.web.permits import open_to_all
from safemap.web.rules import TileNotFound
from safemap.web.tile_sql import TileQuery, base_query, incidents_query
from safemap.web.tile_store import Tile, TileKey, TileStore

router = APIRouter(tags=["tiles"])

MVT = "application/vnd.mapbox-vector-tile"
DEEPEST_ZOOM = 22
MARGIN_SHARE = 128 / 4096  # what a tile shows beyond its border, so that lines do not end at it
# One pass over the bytes at the lowest level: a third of a millisecond for half the size; higher levels gain little.
COMPRESSION = 1

Bounds = tuple[float, float, float, float]
LAYERS: dict[str, Callable[[int, Bounds], TileQuery]] = {"base": base_query, "incidents": incidents_query}


@router.get(
    "/tiles/{layer}/{z}/{x}/{y}.mvt",
    summary="A vector tile",
    response_class=Response,
    responses={
        200: {"content": {MVT: {}}, "description": "The tile."},
        204: {"description": "The tile is empty."},
        304: {"description": "The tile that the asker has is still right."},
        "4XX": {"description": "No such tile."},
        503: {"description": "The database does not answer."},
    },
    dependencies=[open_to_all(Verb.SEE_EXACT, Kind.VILLAGE)],  # tiles hold nothing but what everybody may see
)
async def tile(
    request: Request,
    layer: Annotated[str, Path(description="base or incidents")],
    z: int,
    x: int,
    y: int,
) -> Response:
    """`base`: water, green, building, street, place, village. `incidents`: points, or below zoom 13 counts in cells."""
    if layer not in LAYERS or not 0 <= z <= DEEPEST_ZOOM or not (0 <= x < 1 << z and 0 <= y < 1 << z):
        raise TileNotFound(layer, z, x, y)
    store = cast("TileStore", request.app.state.tiles)
    key = (layer, z, x, y)
    takes_gzip = "gzip" in request.headers.get("accept-encoding", "")
    had = request.headers.get("if-none-match")
    kept = store.cache.find(key) if store.cache else None
    if had or kept:
        version = await store.version(layer)
        etag = _etag(store, key, version)
        if had and etag in had:
            return Response(status_code=304, headers=_headers(etag))
        if kept and kept.version == version:
            return _answer(kept, etag, takes_gzip=takes_gzip)
    version, drawn = await store.draw(z, x, y, LAYERS[layer](z, tile_bounds(z, x, y, MARGIN_SHARE)))
    etag = _etag(store, key, version)
    if store.cache is None and not takes_gzip:
        return Response(drawn, 200 if drawn else 204, _headers(etag), MVT if drawn else None)
    fresh = Tile(version, _packed(drawn))
    if store.cache is not None:
        store.cache.keep(key, fresh)
    return _answer(fresh, etag, takes_gzip=takes_gzip)


def tile_bounds(z: int, x: int, y: int, margin_share: float = 0.0) -> Bounds:
    """Return the west, south, east, north of a tile in degrees, widened by a share of its side."""
    tiles = 1 << z
    return (
        _lon((x - margin_share) / tiles),
        _lat((y + 1 + margin_share) / tiles),
        _lon((x + 1 + margin_share) / tiles),
        _lat((y - margin_share) / tiles),
    )


def _lon(share: float) -> float:
    return max(-180.0, min(180.0, share * 360.0 - 180.0))


def _lat(share: float) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1.0 - 2.0 * share))))


def _etag(store: TileStore, key: TileKey, version: int) -> str:
    layer, z, x, y = key
    return f'W/"{store.signature}-{layer}-{version}-{z}-{x}-{y}"'  # weak: compressed or not, it is the same tile


def _headers(etag: str) -> dict[str, str]:
    return {"ETag": etag, "Cache-Control": "public, no-cache", "Vary": "Accept-Encoding"}


def _packed(drawn: bytes) -> bytes:
    return gzip.compress(drawn, COMPRESSION, mtime=0) if drawn else b""


def _answer(tile: Tile, etag: str, *, takes_gzip: bool) -> Response:
    headers = _headers(etag)
    if not tile.packed:
        return Response(status_code=204, headers=headers)
    if takes_gzip:
        return Response(tile.packed, 200, {**headers, "Content-Encoding": "gzip"}, MVT)
    return Response(gzip.decompress(tile.packed), 200, headers, MVT)

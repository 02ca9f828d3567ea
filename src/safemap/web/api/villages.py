"""Villages: which there are, their outlines, what is in them."""

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from safemap.basemap.service import lamps_in
from safemap.blocks.service import blocks_in
from safemap.cameras.service import cameras_in
from safemap.communities.rules import StudyArea
from safemap.communities.service import study_areas
from safemap.hazards.rules import HazardState
from safemap.hazards.service import counts_seen
from safemap.identity.rules import Kind, Verb, Viewer
from safemap.incidents.service import count_by_kind
from safemap.patrols.service import routes_in
from safemap.web import geojson
from safemap.web.api.answers import GeoJson, Json, documented, fresh_answer
from safemap.web.api.schemas import Feature, VillageDetails, Villages
from safemap.web.deps import Db, InVillage
from safemap.web.permits import open_to_all
from safemap.web.viewing import Seen

router = APIRouter(tags=["villages"])


@router.get(
    "/villages",
    summary="All villages",
    response_class=Json,
    responses=documented(Villages, "Fictional ones first, then by county, town and code."),
    dependencies=[open_to_all(Verb.SEE_EXACT, Kind.VILLAGE)],
)
def villages(request: Request, session: Db) -> Response:
    """All villages that this map knows."""
    return fresh_answer(
        request,
        session,
        ("base",),
        lambda: geojson.dumped({"villages": study_areas(session)}),
        Json,
    )


@router.get(
    "/villages/{key}",
    summary="One village",
    response_class=GeoJson,
    responses=documented(Feature[VillageDetails], "Its outline, centre, box and counts."),
    dependencies=[open_to_all(Verb.SEE_EXACT, Kind.VILLAGE)],
)
def village(request: Request, session: Db, area: InVillage, viewer: Seen) -> Response:
    """One village, or all imported villages of a town, with its outline; reports are counted that the asker may see."""
    layers = ("base", "hazards", "incidents", "cameras", "lamps", "patrols", "blocks")
    return fresh_answer(request, session, layers, lambda: _details(session, viewer, area), viewer=viewer)


def _details(session: Session, viewer: Viewer, area: StudyArea) -> bytes:
    west, south, east, north = area.geometry.bounds
    place = area.geometry
    return geojson.feature(
        area.key,
        place,
        {
            "key": area.key,
            "name": area.name,
            "name_en": area.name_en,
            "county": area.county,
            "town": area.town,
            "is_fictional": area.is_fictional,
            "centre": [round((west + east) / 2, geojson.DECIMALS), round((south + north) / 2, geojson.DECIMALS)],
            "counts": {
                "open_hazards": counts_seen(session, viewer, area.village_ids, HazardState.OPEN),
                "hazards": counts_seen(session, viewer, area.village_ids),
                "incidents": count_by_kind(session, place),
                "cameras": len(cameras_in(session, place)),
                "lamps": len(lamps_in(session, place)),
                "patrol_routes": len(routes_in(session, place)),
                "blocks": len(blocks_in(session, place)),
            },
        },
    )

"""What stands and happens in a village, layer by layer, in GeoJSON."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from safemap.basemap.service import lamps_in
from safemap.blocks.service import blocks_in
from safemap.cameras.service import cameras_in
from safemap.communities.rules import StudyArea
from safemap.identity.permissions import may
from safemap.identity.rules import Kind, Verb, Viewer
from safemap.incidents.rules import FAMILY_OF, IncidentFamily, IncidentKind
from safemap.incidents.service import incidents_in
from safemap.patrols.service import routes_in
from safemap.web import geojson
from safemap.web.api.answers import GeoJson, documented_features, fresh_answer
from safemap.web.api.schemas import (
    BlockProperties,
    CameraProperties,
    IncidentProperties,
    LampProperties,
    RouteProperties,
)
from safemap.web.deps import Db, InVillage
from safemap.web.permits import open_to_all, who_may
from safemap.web.viewing import Seen

router = APIRouter(tags=["layers"])

INCIDENTS_AT_MOST = 20_000


@router.get(
    "/villages/{key}/incidents",
    summary="Incidents",
    response_class=GeoJson,
    responses=documented_features(IncidentProperties, "Oldest first."),
    dependencies=[open_to_all(Verb.SEE_EXACT, Kind.INCIDENT)],
)
def incidents(
    request: Request,
    session: Db,
    area: InVillage,
    family: Annotated[IncidentFamily | None, Query(description="Only of this family; families are not mixed.")] = None,
    limit: Annotated[int, Query(ge=1, le=INCIDENTS_AT_MOST, description="The newest so many.")] = 5000,
) -> Response:
    """Published incidents with a position in the village. For very many, draw the tiles instead."""
    return fresh_answer(request, session, ("base", "incidents"), lambda: _incidents(session, area, family, limit))


def _incidents(session: Session, area: StudyArea, family: IncidentFamily | None, limit: int) -> bytes:
    found = incidents_in(session, area.geometry, family=family)
    newest = slice(max(0, len(found) - limit), None)
    columns: dict[str, Any] = {
        "kind": found.kinds[newest],
        "family": [FAMILY_OF[IncidentKind(kind)].value for kind in found.kinds[newest]],
        "occurred_at": found.occurred_at[newest],
        "occurred_until": found.occurred_until[newest],
        "precision": found.precisions[newest],
        "place": found.places[newest],
        "killed": found.killed[newest].astype(int),
        "injured": found.injured[newest].astype(int),
        "accuracy_m": found.accuracy_m[newest],
    }
    return geojson.collection(found.ids[newest], found.geometries[newest], _records(columns), numberMatched=len(found))


@router.get(
    "/villages/{key}/cameras",
    summary="Cameras",
    response_class=GeoJson,
    responses=documented_features(CameraProperties, "By id."),
    dependencies=[open_to_all(Verb.SEE_APPROXIMATE, Kind.CAMERA)],
)
def cameras(request: Request, session: Db, area: InVillage, viewer: Seen) -> Response:
    """Cameras in the village, of every site and state; where each looks, and so where none does, is for members."""
    may_see_views = may(viewer, Verb.SEE_EXACT, Kind.CAMERA, area.village_ids)
    build = partial(_cameras, session, area, may_see_views=may_see_views)
    return fresh_answer(request, session, ("base", "cameras"), build, viewer=viewer)


def _cameras(session: Session, area: StudyArea, *, may_see_views: bool) -> bytes:
    found = cameras_in(session, area.geometry)
    if not may_see_views:
        told = [
            {"operator": operator, "site": site} for operator, site in zip(found.operators, found.sites, strict=True)
        ]
        return geojson.collection(found.ids, found.geometries, told, numberMatched=len(found))
    columns: dict[str, Any] = {
        "label": found.labels,
        "operator": found.operators,
        "kind": found.kinds,
        "site": found.sites,
        "azimuth_deg": found.azimuth_deg,
        "field_of_view_deg": found.field_of_view_deg,
        "reach_m": found.reach_m,
        "mount_height_m": found.mount_height_m,
        "is_working": found.is_working,
    }
    return geojson.collection(found.ids, found.geometries, _records(columns), numberMatched=len(found))


@router.get(
    "/villages/{key}/lamps",
    summary="Street lamps",
    response_class=GeoJson,
    responses=documented_features(LampProperties, "By id."),
    dependencies=[open_to_all(Verb.SEE_EXACT, Kind.LAMP)],
)
def lamps(request: Request, session: Db, area: InVillage) -> Response:
    """Street lamps in the village, working or not."""
    return fresh_answer(request, session, ("base", "lamps"), lambda: _lamps(session, area))


def _lamps(session: Session, area: StudyArea) -> bytes:
    found = lamps_in(session, area.geometry)
    columns: dict[str, Any] = {"number": found.numbers, "is_working": found.is_working}
    return geojson.collection(found.ids, found.geometries, _records(columns), numberMatched=len(found))


@router.get(
    "/villages/{key}/patrol-routes",
    summary="Patrol routes",
    response_class=GeoJson,
    responses=documented_features(RouteProperties, "By id."),
)
def patrol_routes(
    request: Request, session: Db, area: InVillage, viewer: Annotated[Viewer, who_may(Verb.SEE_EXACT, Kind.PATROL_TIME)]
) -> Response:
    """Routes that watch teams walk in the village."""
    return fresh_answer(request, session, ("base", "patrols"), lambda: _routes(session, area), viewer=viewer)


def _routes(session: Session, area: StudyArea) -> bytes:
    found = routes_in(session, area.geometry)
    columns: dict[str, Any] = {
        "name": found.names,
        "team": found.teams,
        "team_en": found.teams_en,
        "weekdays": [iso_weekdays(bits) for bits in found.weekdays.tolist()],
        "starts_at": found.starts_at,
        "ends_at": found.ends_at,
    }
    return geojson.collection(found.ids, found.geometries, _records(columns), numberMatched=len(found))


@router.get(
    "/villages/{key}/blocks",
    summary="Adopted blocks",
    response_class=GeoJson,
    responses=documented_features(BlockProperties, "By id, in force or not."),
    dependencies=[open_to_all(Verb.SEE_APPROXIMATE, Kind.BLOCK)],
)
def blocks(request: Request, session: Db, area: InVillage, viewer: Seen) -> Response:
    """Blocks that somebody in the village has adopted; at which hours somebody is there is for members."""
    may_see_hours = may(viewer, Verb.SEE_EXACT, Kind.PATROL_TIME, area.village_ids)
    build = partial(_blocks, session, area, may_see_hours=may_see_hours)
    return fresh_answer(request, session, ("base", "blocks"), build, viewer=viewer)


def _blocks(session: Session, area: StudyArea, *, may_see_hours: bool) -> bytes:
    found = blocks_in(session, area.geometry)
    if not may_see_hours:
        told = [{"name": name, "adopter": by} for name, by in zip(found.names, found.adopters, strict=True)]
        return geojson.collection(found.ids, found.geometries, told, numberMatched=len(found))
    columns: dict[str, Any] = {
        "name": found.names,
        "adopter": found.adopters,
        "adopter_kind": found.adopter_kinds,
        "weekdays": [iso_weekdays(bits) for bits in found.weekdays.tolist()],
        "starts_at": found.starts_at,
        "ends_at": found.ends_at,
        "in_force_from": found.in_force_from,
        "in_force_until": found.in_force_until,
    }
    return geojson.collection(found.ids, found.geometries, _records(columns), numberMatched=len(found))


def iso_weekdays(bits: int) -> list[int]:
    """Return the weekdays of a bit set: Monday is bit 1 and number 1, Sunday bit 64 and number 7."""
    return [day for day in range(1, 8) if bits & 1 << (day - 1)]


def _records(columns: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

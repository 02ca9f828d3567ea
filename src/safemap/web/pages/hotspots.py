"""Hotspots of a village: where, when, what changes, and how earlier maps fared; each page for one family of events."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, Response

from safemap.communities.rules import StudyArea
from safemap.diagnosis.hotspots import words
from safemap.diagnosis.hotspots.sentences import compared
from safemap.diagnosis.hotspots.service import (
    counted_places,
    latest_hotspots,
    places_geojson,
    scores_seen,
    streets_geojson,
)
from safemap.diagnosis.rules import EVENT_NAMES, Events
from safemap.i18n import mark
from safemap.identity.permissions import may
from safemap.identity.rules import Kind, Verb, Viewer
from safemap.web import geojson
from safemap.web.api.answers import GeoJson
from safemap.web.credits import Layer, credits_of
from safemap.web.deps import Db, InVillage, Language, Speaks
from safemap.web.hotspots import hotspots_or_none, legend_of, steps_of, told_in
from safemap.web.hours import Heat, heat_of
from safemap.web.pages._common import page
from safemap.web.permits import who_may
from safemap.web.timeline import Timeline, timeline_of

router = APIRouter()

MayView = Annotated[Viewer, who_may(Verb.SEE_EXACT, Kind.DEAD_ZONE)]
MAY_VIEW = who_may(Verb.SEE_EXACT, Kind.DEAD_ZONE)
OfEvents = Annotated[Events | None, Query(description="reports, traffic or crime; never mixed.")]
TABS = {
    "hotspots": mark("Where"),
    "times": mark("When"),
    "trends": mark("Changes"),
    "scores": mark("Track record"),
}
FAMILY_NAMES = {
    Events.REPORTS: mark("Reports"),
    Events.TRAFFIC: mark("Traffic accidents"),
    Events.CRIME: mark("Crimes"),
}
LAYER_OF = {Events.REPORTS: Layer.REPORTS, Events.TRAFFIC: Layer.TRAFFIC, Events.CRIME: Layer.CRIME}


@router.get("/villages/{key}/hotspots")
def hotspots(
    request: Request, session: Db, area: InVillage, viewer: MayView, speaks: Speaks, events: OfEvents = None
) -> HTMLResponse:
    """Say whether one family of events gathers anywhere, and where; a map, a list, and what it rests on."""
    return _page(request, session, area, viewer, speaks, events, "hotspots")


@router.get("/villages/{key}/times")
def times(
    request: Request, session: Db, area: InVillage, viewer: MayView, speaks: Speaks, events: OfEvents = None
) -> HTMLResponse:
    """Show the hours of the week."""
    seen = hotspots_or_none(session, area, events)
    heat: Heat | None = heat_of(seen.findings.hours) if seen and seen.findings.hours else None
    return _page(request, session, area, viewer, speaks, events, "times", seen=seen, heat=heat)


@router.get("/villages/{key}/trends")
def trends(
    request: Request, session: Db, area: InVillage, viewer: MayView, speaks: Speaks, events: OfEvents = None
) -> HTMLResponse:
    """Show what changes, in the village and by place."""
    seen = hotspots_or_none(session, area, events)
    drawn: Timeline | None = timeline_of(seen.findings.trend, speaks.code) if seen and seen.findings.trend else None
    return _page(request, session, area, viewer, speaks, events, "trends", seen=seen, drawn=drawn)


@router.get("/villages/{key}/scores")
def scores(
    request: Request, session: Db, area: InVillage, viewer: MayView, speaks: Speaks, events: OfEvents = None
) -> HTMLResponse:
    """Show how earlier maps fared on what came after them."""
    seen = hotspots_or_none(session, area, events)
    fared = scores_seen(session, area.key, seen.events) if seen else ()
    compare = {score.published_at: compared(score) for score in fared}
    return _page(request, session, area, viewer, speaks, events, "scores", seen=seen, fared=fared, compare=compare)


@router.get("/villages/{key}/hotspots.geojson", dependencies=[MAY_VIEW])
def hotspots_geojson(session: Db, area: InVillage, events: OfEvents = None) -> Response:
    """Give the numbered places to the map."""
    found = latest_hotspots(session, area, events)
    return GeoJson(places_geojson(session, found.id), headers={"Cache-Control": "no-store"})


@router.get("/villages/{key}/hotspot-events.geojson", dependencies=[MAY_VIEW])
def events_geojson(session: Db, area: InVillage, events: OfEvents = None) -> Response:
    """Give the events to the map where they are counted, reports on their street, with how many share a place."""
    found = latest_hotspots(session, area, events)
    points, numbers = counted_places(session, area, found.events, found.parameters)
    records = [{"n": number} for number in numbers]
    collection = geojson.collection(range(1, len(numbers) + 1), points, records)
    return GeoJson(collection, headers={"Cache-Control": "no-store"})


@router.get("/villages/{key}/density.geojson", dependencies=[MAY_VIEW])
def density_geojson(session: Db, area: InVillage, events: OfEvents = None) -> Response:
    """Give the streets, classed by density, to the map; none where too few events allow no density."""
    found = latest_hotspots(session, area, events)
    return GeoJson(streets_geojson(session, found.id), headers={"Cache-Control": "no-store"})


def _page(
    request: Request,
    session: Session,
    area: StudyArea,
    viewer: Viewer,
    speaks: Language,
    events: Events | None,
    name: str,
    **context: Any,
) -> HTMLResponse:
    seen = context.pop("seen", None) or hotspots_or_none(session, area, events)
    return page(
        request,
        f"hotspots/{name}.html",
        area=area,
        seen=seen,
        says=told_in(seen, speaks) if seen else None,
        tabs=TABS,
        tab=name,
        event_names=EVENT_NAMES,
        family_names=FAMILY_NAMES,
        course_names=words.COURSES,
        rival_names=words.RIVALS,
        steps=steps_of(seen.findings) if seen else [],
        why_steps=words.WHY_STEPS,
        density_lines=legend_of(seen.findings) if seen else [],
        may_measure=may(viewer, Verb.ADD, Kind.DEAD_ZONE, area.village_ids),
        spoken=speaks.words.gettext,
        whole=words.whole,
        decimal=words.decimal,
        odds=words.odds,
        credits=credits_of(session, area, LAYER_OF[seen.events] if seen else None, speaks.words.gettext),
        bounds=",".join(f"{value:.6f}" for value in area.geometry.bounds),
        **context,
    )

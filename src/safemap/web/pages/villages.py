"""The map of a village: one layer at a time, drawn and in words."""

from datetime import datetime
from math import isnan
from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse

from safemap.basemap.service import lamps_in
from safemap.blocks.service import blocks_in
from safemap.cameras.service import cameras_in
from safemap.communities.rules import StudyArea
from safemap.diagnosis.hotspots import words
from safemap.diagnosis.rules import EVENT_NAMES, DiagnosisNotFound, Events, Period
from safemap.diagnosis.schemas import DiagnosisSeen
from safemap.diagnosis.service import latest_diagnosis
from safemap.hazards.publishing import FEW, PublicReports, public_reports
from safemap.hazards.rules import HazardState
from safemap.hazards.service import counts_seen, reports_seen
from safemap.i18n import mark
from safemap.identity.permissions import may, require
from safemap.identity.rules import ANONYMOUS, Kind, Verb, Viewer
from safemap.incidents.rules import KIND_NAMES, IncidentFamily, IncidentKind
from safemap.incidents.service import incidents_in
from safemap.patrols.service import routes_in
from safemap.web.credits import Layer, credits_of
from safemap.web.deps import Db, InVillage, Language, Speaks
from safemap.web.hotspots import hotspots_or_none, legend_of, told_in
from safemap.web.pages._common import newest, page
from safemap.web.pages.hotspots import FAMILY_NAMES
from safemap.web.permits import open_to_all
from safemap.web.viewing import Seen

router = APIRouter()

REPORTS_AT_MOST = 1000
INCIDENTS_LISTED = 100


LAYER_NAMES = {
    Layer.REPORTS: mark("Reports"),
    Layer.DENSITY: mark("Where they cluster"),
    Layer.WATCH: mark("Who watches"),
    Layer.ZONES: mark("Dead zones"),
    Layer.TRAFFIC: mark("Traffic accidents"),
    Layer.CRIME: mark("Crimes"),
}
# What a layer needs beyond what everybody may see; the others narrow by themselves.
FOR_MEMBERS = {Layer.DENSITY: Kind.DEAD_ZONE, Layer.ZONES: Kind.DEAD_ZONE}
COMPASS = (
    mark("north"),
    mark("northeast"),
    mark("east"),
    mark("southeast"),
    mark("south"),
    mark("southwest"),
    mark("west"),
    mark("northwest"),
)
PERIOD_TABS = {Period.DAY: mark("Day"), Period.EVENING: mark("Evening"), Period.NIGHT: mark("Night")}


@router.get("/villages/{key}", dependencies=[open_to_all(Verb.SEE_APPROXIMATE, Kind.PUBLIC_COUNT)])
def village(
    request: Request,
    session: Db,
    area: InVillage,
    viewer: Seen,
    speaks: Speaks,
    layer: Annotated[Layer, Query()] = Layer.REPORTS,
    period: Annotated[Period, Query()] = Period.NIGHT,
    events: Annotated[Events | None, Query()] = None,
) -> HTMLResponse:
    """Show one layer of a village: map and list beside each other."""
    for_members = {one for one, kind in FOR_MEMBERS.items() if not may(viewer, Verb.SEE_EXACT, kind, area.village_ids)}
    if layer in for_members:
        require(viewer, Verb.SEE_EXACT, FOR_MEMBERS[layer], area.village_ids)
    is_member = may(viewer, Verb.SEE_APPROXIMATE, Kind.REPORT, area.village_ids)
    told = None if is_member else public_reports(session, area)
    return page(
        request,
        "village.html",
        area=area,
        viewer=viewer,
        layer=layer.value,
        layer_names={one.value: name for one, name in LAYER_NAMES.items() if one not in for_members},
        period=period,
        period_tabs=PERIOD_TABS,
        open_count=_open_count(session, viewer, area, told),
        told=told,
        told_lines=_told_lines(told, speaks) if told else [],
        few=FEW,
        sees_exactly=may(viewer, Verb.SEE_EXACT, Kind.REPORT, area.village_ids),
        sees_routes=may(viewer, Verb.SEE_EXACT, Kind.PATROL_ROUTE, area.village_ids),
        may_see_zones=Layer.ZONES not in for_members,
        may_measure=may(viewer, Verb.ADD, Kind.DEAD_ZONE, area.village_ids),
        spoken=speaks.words.gettext,
        credits=credits_of(session, area, layer, speaks.words.gettext),
        bounds=",".join(f"{value:.6f}" for value in area.geometry.bounds),
        **(
            _clusters(session, area, events, speaks)
            if layer is Layer.DENSITY
            else _READERS[layer](session, viewer, area)
        ),
    )


def _open_count(session: Session, viewer: Viewer, area: StudyArea, told: PublicReports | None) -> int:
    """Return how many reports are open; for the public how many there are at least."""
    if told is None:
        return sum(counts_seen(session, viewer, area.village_ids, HazardState.OPEN).values())
    at_public_places = sum(counts_seen(session, ANONYMOUS, area.village_ids, HazardState.OPEN).values())
    return at_public_places + max(told.total, 0)


def _told_lines(told: PublicReports, speaks: Language) -> list[tuple[int, str, int]]:
    """What the public is told near homes, most first: number on the map, street (empty: a square), count."""
    names = told.names_en if speaks.code == "en" else told.names
    lines = [
        (number, str(english or name), int(count))
        for number, (name, english, count) in enumerate(zip(told.names, names, told.counts, strict=True), start=1)
    ]
    return sorted(lines, key=lambda line: (-line[2], line[1] == "", line[0]))


def latest_or_none(session: Session, area: StudyArea) -> DiagnosisSeen | None:
    """Return the newest diagnosis, or None where none was made yet."""
    try:
        return latest_diagnosis(session, area.key)
    except DiagnosisNotFound:
        return None


def _reports(session: Session, viewer: Viewer, area: StudyArea) -> dict[str, Any]:
    reports = reports_seen(session, viewer, area.village_ids, limit=REPORTS_AT_MOST)
    counts = counts_seen(session, viewer, area.village_ids)
    return {"reports": reports, "counts": counts, "as_of": reports[0].reported_at if reports else None}


def _diagnosed(session: Session, _: Viewer, area: StudyArea) -> dict[str, Any]:
    return {"diagnosis": latest_or_none(session, area)}


def _clusters(session: Session, area: StudyArea, events: Events | None, speaks: Language) -> dict[str, Any]:
    """Read where one family of events gathers, and say it."""
    seen = hotspots_or_none(session, area, events)
    return {
        "seen": seen,
        "says": told_in(seen, speaks) if seen else None,
        "density_lines": legend_of(seen.findings) if seen else [],
        "event_names": EVENT_NAMES,
        "family_names": FAMILY_NAMES,
        "whole": words.whole,
        "decimal": words.decimal,
    }


def _watch(session: Session, viewer: Viewer, area: StudyArea) -> dict[str, Any]:
    """Read who watches; where cameras look, and at which hours somebody is there, is for members."""
    place = area.geometry
    lamps = lamps_in(session, place)
    cameras = cameras_in(session, place)
    may_see_routes = may(viewer, Verb.SEE_EXACT, Kind.PATROL_ROUTE, area.village_ids)
    return {
        "cameras": cameras,
        "facing": [None if isnan(degrees) else COMPASS[round(degrees / 45) % 8] for degrees in cameras.azimuth_deg],
        "may_see_views": may(viewer, Verb.SEE_EXACT, Kind.CAMERA, area.village_ids),
        "routes": routes_in(session, place) if may_see_routes else None,
        "blocks": blocks_in(session, place),
        "may_see_times": may(viewer, Verb.SEE_EXACT, Kind.PATROL_TIME, area.village_ids),
        "lamp_count": len(lamps),
        "lamps_out": int((~lamps.is_working).sum()),
    }


def _incidents(family: IncidentFamily) -> Any:
    def read(session: Session, _: Viewer, area: StudyArea) -> dict[str, Any]:
        found = incidents_in(session, area.geometry, family=family)
        kinds = [IncidentKind(kind) for kind in found.kinds]
        listed = [
            {
                "id": int(found.ids[index]),
                "kind": KIND_NAMES[kinds[index]],
                "occurred_at": cast("datetime", found.occurred_at[index]),
                "precision": found.precisions[index],
                "place": found.places[index],
                "accuracy_m": float(found.accuracy_m[index]),
            }
            for index in reversed(range(max(0, len(found) - INCIDENTS_LISTED), len(found)))
        ]
        counts = [(kind.value, KIND_NAMES[kind], kinds.count(kind)) for kind in IncidentKind if kind in kinds]
        return {
            "incidents": listed,
            "incident_count": len(found),
            "kind_counts": counts,
            "as_of": newest(found.occurred_at),
        }

    return read


_READERS = {
    Layer.REPORTS: _reports,
    Layer.WATCH: _watch,
    Layer.ZONES: _diagnosed,
    Layer.TRAFFIC: _incidents(IncidentFamily.TRAFFIC),
    Layer.CRIME: _incidents(IncidentFamily.CRIME),
}

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
from safemap.diagnosis.rules import DiagnosisNotFound, Period
from safemap.diagnosis.schemas import DiagnosisSeen
from safemap.diagnosis.service import latest_diagnosis
from safemap.hazards.rules import HazardState
from safemap.hazards.service import count_by_category, newest_hazards
from safemap.i18n import mark
from safemap.incidents.rules import KIND_NAMES, IncidentFamily, IncidentKind
from safemap.incidents.service import incidents_in
from safemap.patrols.service import routes_in
from safemap.web.credits import Layer, credits_of
from safemap.web.deps import Db, InVillage, Speaks
from safemap.web.pages._common import newest, page

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


@router.get("/villages/{key}")
def village(
    request: Request,
    session: Db,
    area: InVillage,
    speaks: Speaks,
    layer: Annotated[Layer, Query()] = Layer.REPORTS,
    period: Annotated[Period, Query()] = Period.NIGHT,
) -> HTMLResponse:
    """Show one layer of a village: map and list beside each other."""
    open_count = sum(count_by_category(session, area.village_ids, HazardState.OPEN).values())
    shown = _READERS[layer](session, area)
    return page(
        request,
        "village.html",
        area=area,
        layer=layer.value,
        layer_names={one.value: name for one, name in LAYER_NAMES.items()},
        period=period,
        period_tabs=PERIOD_TABS,
        open_count=open_count,
        spoken=speaks.words.gettext,
        credits=credits_of(session, area, layer, speaks.words.gettext),
        bounds=",".join(f"{value:.6f}" for value in area.geometry.bounds),
        **shown,
    )


def latest_or_none(session: Session, area: StudyArea) -> DiagnosisSeen | None:
    """Return the newest diagnosis, or None where none was made yet."""
    try:
        return latest_diagnosis(session, area.key)
    except DiagnosisNotFound:
        return None


def _reports(session: Session, area: StudyArea) -> dict[str, Any]:
    reports = newest_hazards(session, area.village_ids, limit=REPORTS_AT_MOST)
    counts = count_by_category(session, area.village_ids)
    return {"reports": reports, "counts": counts, "as_of": reports[0].reported_at if reports else None}


def _diagnosed(session: Session, area: StudyArea) -> dict[str, Any]:
    return {"diagnosis": latest_or_none(session, area)}


def _watch(session: Session, area: StudyArea) -> dict[str, Any]:
    place = area.geometry
    lamps = lamps_in(session, place)
    cameras = cameras_in(session, place)
    return {
        "cameras": cameras,
        "facing": [None if isnan(degrees) else COMPASS[round(degrees / 45) % 8] for degrees in cameras.azimuth_deg],
        "routes": routes_in(session, place),
        "blocks": blocks_in(session, place),
        "lamp_count": len(lamps),
        "lamps_out": int((~lamps.is_working).sum()),
    }


def _incidents(family: IncidentFamily) -> Any:
    def read(session: Session, area: StudyArea) -> dict[str, Any]:
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
    Layer.DENSITY: _diagnosed,
    Layer.WATCH: _watch,
    Layer.ZONES: _diagnosed,
    Layer.TRAFFIC: _incidents(IncidentFamily.TRAFFIC),
    Layer.CRIME: _incidents(IncidentFamily.CRIME),
}

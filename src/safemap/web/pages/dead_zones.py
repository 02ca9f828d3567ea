"""Dead zones: where many things happen and nobody watches, by the hour of the day."""

import csv
import io
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from safemap.diagnosis.reasons import CHANCE
from safemap.diagnosis.rules import PERIOD_NAMES, SOURCE_NAMES, Period
from safemap.diagnosis.service import diagnose, latest_diagnosis
from safemap.i18n import mark
from safemap.identity.permissions import may
from safemap.identity.rules import Kind, Verb, Viewer
from safemap.web import geojson
from safemap.web.api.answers import GeoJson
from safemap.web.credits import Layer, credits_of
from safemap.web.deps import Db, InVillage, Speaks
from safemap.web.limits import heavy
from safemap.web.pages._common import page
from safemap.web.pages.villages import PERIOD_TABS, latest_or_none
from safemap.web.permits import who_may

router = APIRouter()

MayView = Annotated[Viewer, who_may(Verb.SEE_EXACT, Kind.DEAD_ZONE)]
BackTo = Annotated[Literal["dead-zones", "hotspots"], Query(description="The page to go back to.")]
AtHours = Annotated[Period, Query(description="day, evening or night")]
COLUMNS = (
    mark("Rank"),
    mark("Place"),
    mark("Length (m)"),
    mark("Events"),
    mark("Watched (%)"),
    mark("Why"),
    mark("Hours"),
)


@router.get("/villages/{key}/dead-zones")
def dead_zones(
    request: Request, session: Db, area: InVillage, viewer: MayView, speaks: Speaks, period: AtHours = Period.NIGHT
) -> HTMLResponse:
    """Show the dead zones of one period as a table and a map."""
    diagnosis = latest_or_none(session, area)
    notes = diagnosis.notes if diagnosis else ()
    return page(
        request,
        "dead_zones.html",
        area=area,
        may_measure=may(viewer, Verb.ADD, Kind.DEAD_ZONE, area.village_ids),
        may_print=may(viewer, Verb.EXPORT, Kind.DEAD_ZONE, area.village_ids),
        diagnosis=diagnosis,
        chance=next((note for note in notes if note.message in CHANCE), None),
        notes=[note for note in notes if note.message not in CHANCE],
        period=period,
        period_tabs=PERIOD_TABS,
        source_names=SOURCE_NAMES,
        spoken=speaks.words.gettext,
        credits=credits_of(session, area, Layer.ZONES, speaks.words.gettext),
        bounds=",".join(f"{value:.6f}" for value in area.geometry.bounds),
    )


@router.post(
    "/villages/{key}/diagnose",
    dependencies=[who_may(Verb.ADD, Kind.DEAD_ZONE), Depends(heavy, scope="function")],
)
def diagnose_now(session: Db, area: InVillage, period: AtHours = Period.NIGHT, back: BackTo = "dead-zones") -> Response:
    """Measure the village as it is known now, and go back to where it was asked for."""
    diagnose(session, area, now=datetime.now(UTC))
    asked = f"?period={period.value}" if back == "dead-zones" else ""
    return RedirectResponse(f"/villages/{area.key}/{back}{asked}", status_code=303)


@router.get("/villages/{key}/dead-zones.csv", dependencies=[who_may(Verb.EXPORT, Kind.DEAD_ZONE)])
def dead_zones_csv(session: Db, area: InVillage, speaks: Speaks, period: AtHours = Period.NIGHT) -> Response:
    """Give the table to a spreadsheet; with the mark that makes Excel read Chinese."""
    found = latest_diagnosis(session, area.key).periods[period]
    say = speaks.words.gettext
    lines = io.StringIO()
    table = csv.writer(lines)
    table.writerow([say(name) for name in COLUMNS])
    for zone in found.zones:
        why = "; ".join(reason.said(say) for reason in zone.reasons)
        share = round(zone.guardianship_share * 100)
        row = [zone.rank, zone.named(speaks.code, say), round(zone.length_m), zone.event_count, share, why]
        table.writerow([as_words(cell) for cell in (*row, say(PERIOD_NAMES[period]))])
    return Response(
        "\ufeff" + lines.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="dead-zones-{period.value}.csv"'},
    )


def as_words(cell: object) -> object:
    """Return a cell that no spreadsheet takes for a formula: streets have the names that a file gave them."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


@router.get("/villages/{key}/dead-zones.geojson", dependencies=[who_may(Verb.SEE_EXACT, Kind.DEAD_ZONE)])
def dead_zones_geojson(session: Db, area: InVillage, speaks: Speaks, period: AtHours = Period.NIGHT) -> Response:
    """Give the dead zones to the map."""
    zones = latest_diagnosis(session, area.key).periods[period].zones
    say = speaks.words.gettext
    records: list[dict[str, Any]] = [
        {"rank": zone.rank, "name": zone.named(speaks.code, say), "length_m": round(zone.length_m)} for zone in zones
    ]
    lines = np.array([zone.geometry for zone in zones], dtype=object)
    collection = geojson.collection([zone.rank for zone in zones], lines, records)
    return GeoJson(collection, headers={"Cache-Control": "no-store"})

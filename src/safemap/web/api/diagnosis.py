"""Diagnoses: the latest one of a village, its segments, its dead zones."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from safemap.diagnosis.rules import Events, Period
from safemap.diagnosis.service import latest_diagnosis, segments_geojson
from safemap.identity.rules import Kind, Verb, Viewer
from safemap.web import geojson
from safemap.web.api.answers import GeoJson, Json, documented, documented_features, fresh_answer
from safemap.web.api.schemas import DiagnosisDocument, SegmentProperties, ZoneProperties
from safemap.web.deps import Db, InVillage, SpeaksInApi
from safemap.web.permits import who_may

router = APIRouter(tags=["diagnosis"])

LAYERS = ("base", "diagnosis")
OfEvents = Annotated[Events | None, Query(description="Only a diagnosis that counts these; else the newest of any.")]
MayView = Annotated[Viewer, who_may(Verb.SEE_EXACT, Kind.DEAD_ZONE)]
AtPeriod = Annotated[Period, Query(description="Part of the day.")]


@router.get(
    "/villages/{key}/diagnosis",
    summary="The latest diagnosis",
    response_class=Json,
    responses=documented(DiagnosisDocument, "Counts, parameters, and dead zones with reasons, by part of the day."),
)
def diagnosis(
    request: Request, session: Db, area: InVillage, viewer: MayView, language: SpeaksInApi, events: OfEvents = None
) -> Response:
    """The latest diagnosis of a village, its sentences in the language asked for."""
    seen = latest_diagnosis(session, area.key, events)
    return fresh_answer(
        request,
        session,
        LAYERS,
        lambda: geojson.dumped(seen.as_record(language.words.gettext, language.code)),
        Json,
        viewer=viewer,
    )


@router.get(
    "/villages/{key}/diagnosis/segments",
    summary="Streets as the latest diagnosis measured them",
    response_class=GeoJson,
    responses=documented_features(SegmentProperties, "All segments, in the diagnosis's order."),
)
def segments(
    request: Request,
    session: Db,
    area: InVillage,
    viewer: MayView,
    *,
    period: Annotated[Period | None, Query(description="Part of the day; left out: density of all hours.")] = None,
    events: OfEvents = None,
) -> Response:
    """Street segments with the density of events and, by part of the day, who watches how much of them."""
    seen = latest_diagnosis(session, area.key, events)
    return fresh_answer(request, session, LAYERS, lambda: segments_geojson(session, seen.id, period), viewer=viewer)


@router.get(
    "/villages/{key}/dead-zones",
    summary="Dead zones",
    response_class=GeoJson,
    responses=documented_features(ZoneProperties, "The worst first."),
)
def dead_zones(
    request: Request,
    session: Db,
    area: InVillage,
    viewer: MayView,
    language: SpeaksInApi,
    *,
    period: AtPeriod = Period.NIGHT,
    events: OfEvents = None,
) -> Response:
    """Dead zones of the latest diagnosis in one part of the day, with reasons in the language asked for."""
    seen = latest_diagnosis(session, area.key, events)

    def build() -> bytes:
        found = seen.periods[period]
        gettext = language.words.gettext
        return geojson.collection(
            [zone.id for zone in found.zones],
            np.array([zone.geometry for zone in found.zones], dtype=object),
            [
                {
                    "rank": zone.rank,
                    "period": zone.period.value,
                    "name": zone.named(language.code, gettext),
                    "length_m": round(zone.length_m, 1),
                    "events_per_km": round(zone.density_per_km, 1),
                    "event_count": zone.event_count,
                    "score": round(zone.score, 1),
                    "guardianship_share": round(zone.guardianship_share, 3),
                    "parts": {source.value: share for source, share in zone.parts.items()},
                    "reasons": [reason.said(gettext) for reason in zone.reasons],
                    "hotspot_rank": zone.hotspot_rank,
                }
                for zone in found.zones
            ],
            numberMatched=found.zone_count,
        )

    return fresh_answer(request, session, LAYERS, build, viewer=viewer)

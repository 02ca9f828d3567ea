"""Hotspots: where one family of events gathers, when, what changes, and how earlier maps fared."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from safemap.diagnosis.hotspots.schemas import BusyHours, Change, Circle, Findings, Named
from safemap.diagnosis.hotspots.sentences import Told, compared
from safemap.diagnosis.hotspots.service import (
    HotspotsSeen,
    latest_hotspots,
    place_geometries,
    scores_seen,
    streets_geojson,
)
from safemap.diagnosis.rules import Events
from safemap.identity.rules import Kind, Verb, Viewer
from safemap.web import geojson
from safemap.web.api.answers import GeoJson, Json, documented, documented_features, fresh_answer
from safemap.web.api.hotspot_schemas import (
    DensityProperties,
    HotspotsDocument,
    ScoresDocument,
    TimesDocument,
    TrendsDocument,
)
from safemap.web.deps import Db, InVillage, Language, SpeaksInApi
from safemap.web.hotspots import legend_of, told_in
from safemap.web.permits import who_may

router = APIRouter(tags=["hotspots"])

LAYERS = ("base", "diagnosis")
OfEvents = Annotated[
    Events | None,
    Query(description="Families are never mixed. Left out: the first of which more than counts is said."),
]
MayView = Annotated[Viewer, who_may(Verb.SEE_EXACT, Kind.DEAD_ZONE)]
Record = dict[str, Any]
Say = Callable[[str], str]


@router.get(
    "/villages/{key}/hotspots",
    summary="Hotspots",
    response_class=Json,
    responses=documented(HotspotsDocument, "One answer first; then hotspots with reasons, and what limits them."),
)
def hotspots(
    request: Request, session: Db, area: InVillage, viewer: MayView, language: SpeaksInApi, events: OfEvents = None
) -> Response:
    """Whether one family of events gathers anywhere by more than chance, where, and what could have been found."""

    def build() -> Record:
        seen = latest_hotspots(session, area, events)
        says = told_in(seen, language)
        shapes = place_geometries(session, seen.id)
        return _head(seen, language, says.title().said(language.words.gettext)) | _where(seen, says, language, shapes)

    return _answer(request, session, viewer, build)


@router.get(
    "/villages/{key}/hotspots/streets",
    summary="Density along streets",
    response_class=GeoJson,
    responses=documented_features(DensityProperties, "Segments with density, in the analysis's order."),
)
def streets(request: Request, session: Db, area: InVillage, viewer: MayView, events: OfEvents = None) -> Response:
    """Street segments with the density of one family of events; none where fewer than 200 allow no density."""
    found = latest_hotspots(session, area, events)
    return fresh_answer(request, session, LAYERS, lambda: streets_geojson(session, found.id), viewer=viewer)


@router.get(
    "/villages/{key}/times",
    summary="Hours of the week",
    response_class=Json,
    responses=documented(TimesDocument, "Of incidents hours, of reports when their danger is there."),
)
def times(
    request: Request, session: Db, area: InVillage, viewer: MayView, language: SpeaksInApi, events: OfEvents = None
) -> Response:
    """When one family of events happens: by hour of the week, with a test of the busiest hours."""

    def build() -> Record:
        seen = latest_hotspots(session, area, events)
        says, say = told_in(seen, language), language.words.gettext
        found = seen.findings
        return _head(seen, language, says.times_title().said(say)) | {
            "hours": None
            if found.hours is None
            else {
                "n": found.hours.n,
                "table": found.hours.table,
                "at_any_time": found.hours.at_any_time,
                "is_spread": found.hours.is_spread,
                "busiest": _busiest(found.hours.busiest),
            },
            "noticed": found.noticed.model_dump() if found.noticed else None,
            "notes": [note.said(say) for note in says.times_notes()],
        }

    return _answer(request, session, viewer, build)


@router.get(
    "/villages/{key}/trends",
    summary="What changes",
    response_class=Json,
    responses=documented(TrendsDocument, "Steps of equal length, the newest last."),
)
def trends(
    request: Request, session: Db, area: InVillage, viewer: MayView, language: SpeaksInApi, events: OfEvents = None
) -> Response:
    """What changes: events by week or month, what is new, places that come, stay and go, and near repeats."""

    def build() -> Record:
        seen = latest_hotspots(session, area, events)
        says, say = told_in(seen, language), language.words.gettext
        return (
            _head(seen, language, says.trend_title().said(say))
            | _trend(seen.findings, says, language, place_geometries(session, seen.id))
            | {"notes": [note.said(say) for note in says.trend_notes()]}
        )

    return _answer(request, session, viewer, build)


@router.get(
    "/villages/{key}/scores",
    summary="How earlier maps fared",
    response_class=Json,
    responses=documented(ScoresDocument, "Published maps, the newest first, on what came after each."),
)
def scores(
    request: Request, session: Db, area: InVillage, viewer: MayView, language: SpeaksInApi, events: OfEvents = None
) -> Response:
    """How maps that were published fared: hit rate, PAI, PEI and log score, beside what anybody could have drawn."""

    def build() -> Record:
        seen = latest_hotspots(session, area, events)
        say = language.words.gettext
        fared = scores_seen(session, area.key, seen.events)
        return _head(seen, language, told_in(seen, language).scores_title(fared).said(say)) | {
            "maps": [
                {
                    **score.model_dump(mode="json", exclude={"scored"}),
                    "scores": score.scored.model_dump(mode="json") if score.scored else None,
                    "notes": [one.said(say) for one in compared(score)],
                }
                for score in fared
            ]
        }

    return _answer(request, session, viewer, build)


def _answer(request: Request, session: Session, viewer: Viewer, build: Callable[[], Record]) -> Response:
    return fresh_answer(request, session, LAYERS, lambda: geojson.dumped(build()), Json, viewer=viewer)


def _head(seen: HotspotsSeen, language: Language, title: str) -> Record:
    found = seen.findings
    return {
        "id": seen.id,
        "area": {"key": seen.area_key, "name": seen.area_name},
        "made_at": seen.made_at.isoformat(),
        "data_as_of": seen.data_as_of.isoformat(),
        "language": language.code,
        "events": seen.events.value,
        "title": title,
        "n": found.n,
        "since": found.since.isoformat() if found.since else None,
        "until": found.until.isoformat() if found.until else None,
        "step": found.limits.step.value,
    }


def _where(seen: HotspotsSeen, says: Told, language: Language, shapes: Mapping[str, orjson.Fragment]) -> Record:
    found, limits, say = seen.findings, seen.findings.limits, language.words.gettext
    return {
        "n_read": found.n_read,
        "families": {events.value: n for events, n in seen.families.items()},
        "kinds": [{"name": say(kind), "count": n} for kind, n in found.kinds],
        "limits": limits.model_dump(mode="json", exclude={"step"}),
        "reporters": None,
        "could_be_found": says.could_be_found().said(say),
        "rests_on": [note.said(say) for note in says.rests_on()],
        "answer": None
        if found.answer is None
        else {
            "is_any": found.answer.is_any,
            "circles": found.answer.circles,
            "runs": found.answer.runs,
            "best": _circle(found.answer.best, says, say),
        },
        "hotspots": [
            {
                **_place(spot.place, says, say),
                "rank": spot.rank,
                "cells": spot.cells,
                "count": spot.count,
                "expected": round(spot.expected, 2),
                "ratio": round(spot.ratio, 2),
                "ratio_low": round(spot.ratio_low, 2),
                "ratio_high": round(spot.ratio_high, 2),
                "p_value": spot.p_value,
                "busiest": _busiest(spot.busiest),
                "reasons": [reason.said(say) for reason in says.reasons(spot)],
                "geometry": shapes.get(f"hotspot-{spot.rank}"),
            }
            for spot in found.hotspots
        ],
        "problems": [
            {
                **_place(one.place, says, say),
                "rank": one.rank,
                "kind": say(one.kind),
                "count": one.count,
                "geometry": shapes.get(f"problem-{one.rank}"),
            }
            for one in found.problems
        ],
        "prone": [
            {
                **_place(one.place, says, say),
                **one.model_dump(exclude={"place"}),
                "geometry": shapes.get(f"{one.sort}-{one.rank}"),
            }
            for one in found.prone
        ],
        "legend_per_km": [
            {"number": line.number, "from_per_km": line.low, "to_per_km": line.high} for line in legend_of(found)
        ],
        "parameters": seen.parameters.__dict__,
    }


def _trend(found: Findings, says: Told, language: Language, shapes: Mapping[str, orjson.Fragment]) -> Record:
    trend, say = found.trend, language.words.gettext
    if trend is None:
        return {
            "unit": None,
            "steps": [],
            "recent_steps": 0,
            "change": None,
            "p_rising": None,
            "p_falling": None,
            "fresh": None,
            "is_fresh": False,
            "courses": [],
            "near_repeats": None,
        }
    return {
        "unit": trend.unit.value,
        "steps": [
            {"starts": starts.isoformat(), "count": count}
            for starts, count in zip(trend.starts, trend.counts, strict=True)
        ],
        "recent_steps": trend.recent,
        "change": _change(trend.change),
        "p_rising": trend.p_rising,
        "p_falling": trend.p_falling,
        "fresh": _circle(trend.fresh, says, say),
        "is_fresh": trend.is_fresh,
        "courses": [
            {
                **_place(one.place, says, say),
                "rank": one.rank,
                "course": one.course.value,
                "change": _change(one.change),
                "geometry": shapes.get(f"course-{one.rank}"),
            }
            for one in trend.courses
        ],
        "near_repeats": found.near_repeats.model_dump(mode="json") if found.near_repeats else None,
    }


def _place(place: Named, says: Told, say: Say) -> Record:
    return {"name": says.name(place).said(say), "streets": list(place.streets)}


def _circle(circle: Circle | None, says: Told, say: Say) -> Record | None:
    if circle is None:
        return None
    return {**_place(circle.place, says, say), **circle.model_dump(exclude={"place"})}


def _busiest(busiest: BusyHours | None) -> Record | None:
    return busiest.model_dump() if busiest else None


def _change(change: Change | None) -> Record | None:
    return change.model_dump() if change else None

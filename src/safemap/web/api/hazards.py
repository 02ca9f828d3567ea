"""Hazard reports: list them, see one, send one."""

import base64
import binascii
import math
from datetime import datetime
from typing import Annotated, Any

import numpy as np
import orjson
import shapely
from fastapi import APIRouter, Header, Query, Request
from sqlalchemy.orm import Session
from starlette import status
from starlette.responses import Response

from safemap.communities.rules import NowhereKnown, StudyArea
from safemap.communities.service import village_at
from safemap.hazards.categories import CATEGORIES, CATEGORY_BY_CODE
from safemap.hazards.living import updates_seen
from safemap.hazards.publishing import public_reports
from safemap.hazards.rules import (
    FOLLOW_UP_PATH,
    NOTICED_NAMES,
    SEVERITY_NAMES,
    STATE_NAMES,
    HazardState,
    UnknownCategory,
)
from safemap.hazards.schemas import HazardReport, HazardSeen
from safemap.hazards.service import report_seen, reports_seen
from safemap.identity.rules import Kind, Verb
from safemap.web import geojson
from safemap.web.api.answers import UNCHANGED, GeoJson, Json, documented, documented_features, fresh_answer
from safemap.web.api.schemas import Categories, CountProperties, HazardProperties, Reported, ReportSent, Updates
from safemap.web.deps import Configured, Db, InVillage, SpeaksInApi
from safemap.web.permits import open_to_all
from safemap.web.rules import SpotOutsideVillage, WrongBox, WrongCursor
from safemap.web.taking import take_once
from safemap.web.viewing import InstallationKeys, Seen

router = APIRouter(tags=["hazards"])


@router.get(
    "/categories",
    summary="What a report is made of",
    response_class=Json,
    responses=documented(Categories, "In the order in which forms offer them."),
    dependencies=[open_to_all(Verb.ADD, Kind.REPORT)],
)
def categories(request: Request, session: Db, language: SpeaksInApi) -> Response:
    """Categories, severities and states, named in the language asked for."""
    say = language.say

    def choices(names: dict[Any, str]) -> list[dict[str, str]]:
        return [{"value": value.value, "name": say(name)} for value, name in names.items()]

    return fresh_answer(
        request,
        session,
        (),
        lambda: geojson.dumped(
            {
                "categories": [
                    {
                        "code": category.code,
                        "name": say(category.name),
                        "example": say(category.example),
                        "shape": category.shape.value,
                        "matters_at_night": category.matters_at_night,
                    }
                    for category in CATEGORIES
                ],
                "severities": choices(SEVERITY_NAMES),
                "states": choices(STATE_NAMES),
                "noticed_at": choices(NOTICED_NAMES),
            }
        ),
        Json,
    )


@router.get(
    "/villages/{key}/hazards",
    summary="Reports of a village",
    response_class=GeoJson,
    responses=documented_features(HazardProperties, "Newest first."),
    dependencies=[open_to_all(Verb.SEE_APPROXIMATE, Kind.PUBLIC_COUNT)],
)
def hazards(
    request: Request,
    session: Db,
    area: InVillage,
    viewer: Seen,
    *,
    category: Annotated[
        list[str],
        Query(
            description="Only these; may be repeated.", json_schema_extra={"items": {"enum": list(CATEGORY_BY_CODE)}}
        ),
    ] = [],  # noqa: B006 - FastAPI copies it
    state: Annotated[list[HazardState], Query(description="Only these; may be repeated.")] = [],  # noqa: B006
    bbox: Annotated[str, Query(description="west,south,east,north in degrees", max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: Annotated[str, Query(description="From the link named next.", max_length=200)] = "",
) -> Response:
    """Reports that the asker may see, newest first, a page at a time.

    Staff see where they are; members see them in the middle of their street (`position` is `street`); everybody sees
    those at public places. What the public is told of all others is under `report-counts`.
    """
    for code in category:
        if code not in CATEGORY_BY_CODE:
            raise UnknownCategory(code)
    box = box_of(bbox) if bbox else None
    before = _before(cursor) if cursor else None

    def build() -> bytes:
        found = reports_seen(
            session,
            viewer,
            area.village_ids,
            categories=category,
            states=[one.value for one in state],
            box=box,
            before=before,
            limit=limit + 1,
        )
        page = found[:limit]
        links = [{"rel": "next", "href": _next(request, page[-1])}] if len(found) > limit else []
        points = shapely.points([[seen.lon, seen.lat] for seen in page]) if page else np.array([], dtype=object)
        return geojson.collection(
            [seen.public_id for seen in page],
            points,
            [seen.model_dump(exclude={"lon", "lat"}) for seen in page],
            links=links,
        )

    return fresh_answer(request, session, ("base", "hazards"), build, viewer=viewer)


@router.get(
    "/villages/{key}/report-counts",
    summary="What the public is told of reports",
    response_class=GeoJson,
    responses=documented_features(CountProperties, "Streets first, then squares."),
    dependencies=[open_to_all(Verb.SEE_APPROXIMATE, Kind.PUBLIC_COUNT)],
)
def report_counts(request: Request, session: Db, area: InVillage) -> Response:
    """Approximate counts of open reports near homes, by street where three reports and eight houses stand behind one.

    Else by square, else not by place: `rest` are reports that are told of the village alone. -1 is fewer than three.
    """

    def build() -> bytes:
        told = public_reports(session, area)
        records = [
            {"name": name, "name_en": name_en, "count": int(count), "is_approximate": True}
            for name, name_en, count in zip(told.names, told.names_en, told.counts, strict=True)
        ]
        ids = list(range(1, len(records) + 1))
        return geojson.collection(ids, told.geometries, records, rest=told.rest, total=told.total)

    return fresh_answer(request, session, ("base", "hazards"), build)


@router.post(
    "/villages/{key}/hazards",
    summary="Report an unsafe spot",
    status_code=status.HTTP_201_CREATED,
    responses={201: {"headers": {"Location": {"description": "The report.", "schema": {"type": "string"}}}}},
    dependencies=[open_to_all(Verb.ADD, Kind.REPORT)],
)
def report(
    request: Request,
    session: Db,
    settings: Configured,
    area: InVillage,
    viewer: Seen,
    keys: InstallationKeys,
    report: ReportSent,
    response: Response,
    idempotency_key: Annotated[
        str,
        Header(
            description="A random key of 8 to 64 letters, digits, hyphens or underlines, such as a UUID. The same "
            "report sent again with it, for its answer was lost, is answered as the first time and stored once; "
            "another report with it is refused with 409."
        ),
    ] = "",
) -> Reported:
    """Store a report; the spot has to lie in the village. Its reporter's own link is told here alone."""
    _require_inside(session, area, report)
    made = take_once(request, session, keys, viewer, report, sent_key=idempotency_key, notice=report.notice)
    response.headers["Location"] = f"/api/v1/hazards/{made.seen.public_id}"
    response.headers["Cache-Control"] = "no-store"
    return Reported(report=made.seen, follow_up=f"{settings.site_url}{FOLLOW_UP_PATH}{made.follow_up}")


@router.get(
    "/hazards/{public_id}",
    summary="One report",
    response_class=Json,
    responses={200: {"model": HazardSeen, "description": "The report."}, **UNCHANGED},
    dependencies=[open_to_all(Verb.SEE_APPROXIMATE, Kind.PUBLIC_COUNT)],
)
def one_hazard(request: Request, session: Db, viewer: Seen, public_id: str) -> Response:
    """One report by its id, if the asker may see it."""
    seen = report_seen(session, viewer, public_id)
    return fresh_answer(request, session, ("hazards",), lambda: geojson.dumped(seen.model_dump()), Json, viewer=viewer)


@router.get(
    "/hazards/{public_id}/updates",
    summary="What became of a report",
    response_class=Json,
    responses=documented(Updates, "First to last."),
    dependencies=[open_to_all(Verb.SEE_APPROXIMATE, Kind.PUBLIC_COUNT)],
)
def updates(request: Request, session: Db, viewer: Seen, public_id: str) -> Response:
    """Each step of a report's life by its day, with the role by which somebody took it and never a person."""
    told = [one.model_dump() for one in updates_seen(session, viewer, public_id)]
    return fresh_answer(request, session, ("hazards",), lambda: geojson.dumped({"updates": told}), Json, viewer=viewer)


def box_of(bbox: str) -> tuple[float, float, float, float]:
    """Read a box.

    Raises
    ------
    WrongBox
        It does not hold four numbers in order.
    """
    try:
        west, south, east, north = (float(part) for part in bbox.split(","))
    except ValueError:
        raise WrongBox from None
    is_sane = all(map(math.isfinite, (west, south, east, north)))
    if not is_sane or not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise WrongBox
    return west, south, east, north


def _require_inside(session: Session, area: StudyArea, report: HazardReport) -> None:
    try:
        is_inside = village_at(session, report.lon, report.lat) in area.village_ids
    except NowhereKnown:
        is_inside = False
    if not is_inside:
        raise SpotOutsideVillage(area.name)


def _next(request: Request, last: HazardSeen) -> str:
    position = orjson.dumps([last.reported_at, last.public_id])
    cursor = base64.urlsafe_b64encode(position).decode().rstrip("=")
    url = request.url.include_query_params(cursor=cursor)
    return f"{url.path}?{url.query}"


def _before(cursor: str) -> tuple[datetime, str]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        reported_at, public_id = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        return _aware(datetime.fromisoformat(reported_at)), str(public_id)
    except (binascii.Error, ValueError, TypeError):
        raise WrongCursor from None


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError
    return moment

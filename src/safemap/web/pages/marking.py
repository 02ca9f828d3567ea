"""Mark an unsafe spot: a plain form that a phone turns into steps; then the page of the report."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any

import shapely
from fastapi import APIRouter, Form, Request
from pydantic import ValidationError
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from safemap.basemap.service import streets_in
from safemap.communities.rules import NowhereKnown, StudyArea
from safemap.communities.service import study_area_by_key, village_at
from safemap.hazards.rules import DESCRIPTION_LIMIT
from safemap.hazards.schemas import HazardReport
from safemap.hazards.service import hazard, report_hazard
from safemap.i18n import mark
from safemap.web.credits import credits_of
from safemap.web.deps import Db, InVillage, Speaks, language_of
from safemap.web.pages._common import page

router = APIRouter()

WHERE_MISSING = mark("Choose where it is: tap the map, or choose a street.")
WHERE_UNREADABLE = mark("These are no coordinates. Give degrees, such as 120.35120 and 24.60030.")
WHERE_OUTSIDE = mark("This spot lies outside the village. Choose one inside the outline.")
WHAT_MISSING = mark("Choose what is unsafe here.")
SEVERITY_MISSING = mark("Choose how bad it is.")
WHEN_MISSING = mark("Choose when it is unsafe.")
WORDS_TOO_LONG = mark("The words are too long. 500 characters fit.")
WORDS_UNREADABLE = mark("The words hold a character that cannot be kept. Please type them again.")
WRONG_OF = {
    "lon": WHERE_UNREADABLE,
    "lat": WHERE_UNREADABLE,
    "accuracy_m": WHERE_UNREADABLE,
    "category": WHAT_MISSING,
    "severity": SEVERITY_MISSING,
    "noticed_at": WHEN_MISSING,
}
FIELD_OF = {"lon": "where", "lat": "where", "accuracy_m": "where"}
STREET_ACCURACY_M = 50.0  # a street's middle stands for anywhere along it


@dataclass(frozen=True)
class Given:
    """What the form holds, as it was typed."""

    lon: str = ""
    lat: str = ""
    accuracy_m: str = ""
    street: str = ""
    category: str = ""
    severity: str = ""
    noticed_at: str = ""
    description: str = ""


@router.get("/villages/{key}/mark")
def mark_form(request: Request, session: Db, area: InVillage) -> HTMLResponse:
    """Show the empty form; a spot may come with the address."""
    asked = request.query_params
    given = Given(lon=asked.get("lon", ""), lat=asked.get("lat", ""), noticed_at="any")
    return _form(request, session, area, given, {})


@router.post("/villages/{key}/mark")
def mark_spot(
    request: Request,
    session: Db,
    area: InVillage,
    *,
    lon: Annotated[str, Form()] = "",
    lat: Annotated[str, Form()] = "",
    accuracy_m: Annotated[str, Form()] = "",
    street: Annotated[str, Form()] = "",
    category: Annotated[str, Form()] = "",
    severity: Annotated[str, Form()] = "",
    noticed_at: Annotated[str, Form()] = "",
    description: Annotated[str, Form()] = "",
) -> Response:
    """Store a report and show it; or show the form again with everything kept and what is wrong."""
    given = Given(lon, lat, accuracy_m, street, category, severity, noticed_at, description.replace("\r\n", "\n"))
    report, wrong = _read(session, area, given)
    if report is None:
        return _form(request, session, area, given, wrong, status=400)
    seen = report_hazard(session, report)
    return RedirectResponse(f"/hazards/{seen.public_id}?new=1", status_code=303)


@router.get("/hazards/{public_id}")
def hazard_page(request: Request, session: Db, speaks: Speaks, public_id: str) -> HTMLResponse:
    """Show one report; thank who has just sent it."""
    seen = hazard(session, public_id)
    area = study_area_by_key(session, seen.village_key)
    return page(
        request,
        "hazard.html",
        hazard=seen,
        area=area,
        credits=credits_of(session, area, None, speaks.words.gettext),
        is_new=request.query_params.get("new") == "1",
    )


def _form(
    request: Request, session: Session, area: StudyArea, given: Given, wrong: dict[str, str], status: int = 200
) -> HTMLResponse:
    return page(
        request,
        "mark.html",
        status=status,
        area=area,
        given=given,
        wrong=wrong,
        credits=credits_of(session, area, None, language_of(request).words.gettext),
        streets=_street_choices(session, area),
        limit=DESCRIPTION_LIMIT,
        bounds=",".join(f"{value:.6f}" for value in area.geometry.bounds),
    )


def _street_choices(session: Session, area: StudyArea) -> list[tuple[str, str]]:
    """Named streets with a point in the middle of the longest part inside the area."""
    streets = streets_in(session, area.geometry)
    inside = shapely.intersection(streets.geometries, area.geometry) if len(streets) else streets.geometries
    best: dict[str, tuple[float, Any]] = {}
    for name, line in zip(streets.names, inside, strict=True):
        for part in shapely.get_parts(line):
            if name and part.geom_type == "LineString" and part.length > best.get(name, (0.0,))[0]:
                best[name] = (part.length, part)
    middles = {name: part.interpolate(0.5, normalized=True) for name, (_, part) in best.items()}
    return [(f"{point.x:.6f},{point.y:.6f}", name) for name, point in sorted(middles.items())]


def _read(session: Session, area: StudyArea, given: Given) -> tuple[HazardReport | None, dict[str, str]]:
    """Return the report, or what is wrong by field."""
    values: dict[str, Any] = asdict(given)
    street = values.pop("street")
    if not (given.lon.strip() or given.lat.strip()) and "," in street:
        values["lon"], values["lat"] = street.split(",", 1)
        values["accuracy_m"] = STREET_ACCURACY_M
    values["accuracy_m"] = values["accuracy_m"] or 0.0
    wrong: dict[str, str] = {}
    try:
        report = HazardReport.model_validate(values)
    except ValidationError as refused:
        for error in refused.errors():
            name = str(error["loc"][0])
            words = WORDS_TOO_LONG if error["type"] == "string_too_long" else WORDS_UNREADABLE
            wrong.setdefault(FIELD_OF.get(name, name), WRONG_OF.get(name, words))
        if not (str(values["lon"]).strip() and str(values["lat"]).strip()):
            wrong["where"] = WHERE_MISSING
        return None, {name: wrong[name] for name in FIELD_ORDER if name in wrong}
    try:
        if village_at(session, report.lon, report.lat) in area.village_ids:
            return report, {}
    except NowhereKnown:
        pass
    return None, {"where": WHERE_OUTSIDE}


FIELD_ORDER = ("where", "category", "severity", "noticed_at", "description")

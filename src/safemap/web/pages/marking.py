"""Mark an unsafe spot: a plain form that a phone turns into steps; then the page of the report for who may see it."""

import re
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any

import shapely
from fastapi import APIRouter, Form, Request
from pydantic import ValidationError
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from safemap.basemap.service import streets_in
from safemap.communities.rules import NowhereKnown, StudyArea
from safemap.communities.service import study_area_by_key, village_at
from safemap.hazards.linked import linked_reports
from safemap.hazards.rules import DESCRIPTION_LIMIT, FOLLOW_UP_PATH, TEXT_STATE_NAMES, BelongsElsewhere
from safemap.hazards.schemas import HazardReport
from safemap.hazards.service import report_seen, take_report
from safemap.i18n import mark
from safemap.identity.limits import REPORTS
from safemap.identity.permissions import may
from safemap.identity.rules import Kind, TooOften, Verb
from safemap.identity.signing_in import today
from safemap.privacy.notices import current, shown_version
from safemap.privacy.rules import Audience
from safemap.web.credits import credits_of
from safemap.web.deps import Db, InVillage, Speaks, language_of, settings_of
from safemap.web.limits import spend_for
from safemap.web.pages._common import page
from safemap.web.pages.privacy import notice_words
from safemap.web.permits import open_to_all
from safemap.web.viewing import InstallationKeys, Seen

router = APIRouter()

MARKING = [open_to_all(Verb.ADD, Kind.REPORT)]

WHERE_MISSING = mark("Choose where it is: tap the map, or choose a street.")
WHERE_UNREADABLE = mark("These are no coordinates. Give degrees, such as 120.35120 and 24.60030.")
WHERE_OUTSIDE = mark("This spot lies outside the village. Choose one inside the outline.")
WHAT_MISSING = mark("Choose what is unsafe here.")
SEVERITY_MISSING = mark("Choose how bad it is.")
WHEN_MISSING = mark("Choose when it is unsafe.")
WORDS_TOO_LONG = mark("The words are too long. 500 characters fit.")
WORDS_UNREADABLE = mark("The words hold a character that cannot be kept. Please type them again.")
MANY_REPORTS = mark(
    "Very many reports came from here in a short time. Please wait a few minutes, then send yours again."
)
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
    is_public_place: str = ""


@router.get("/villages/{key}/mark", dependencies=MARKING)
def mark_form(request: Request, session: Db, area: InVillage) -> HTMLResponse:
    """Show the empty form; a spot may come with the address."""
    asked = request.query_params
    given = Given(lon=asked.get("lon", ""), lat=asked.get("lat", ""), noticed_at="any")
    return _form(request, session, area, given, {})


@router.post("/villages/{key}/mark", dependencies=MARKING)
def mark_spot(
    request: Request,
    session: Db,
    area: InVillage,
    keys: InstallationKeys,
    viewer: Seen,
    *,
    lon: Annotated[str, Form()] = "",
    lat: Annotated[str, Form()] = "",
    accuracy_m: Annotated[str, Form()] = "",
    street: Annotated[str, Form()] = "",
    category: Annotated[str, Form()] = "",
    severity: Annotated[str, Form()] = "",
    noticed_at: Annotated[str, Form()] = "",
    description: Annotated[str, Form()] = "",
    is_public_place: Annotated[str, Form()] = "",
    notice: Annotated[str, Form()] = "",
) -> Response:
    """Store a report and show it to its reporter; or show the form again with everything kept and what is wrong.

    Words that belong to who helps are not kept: neither stored nor given back into the form.
    """
    words = description.replace("\r\n", "\n")
    given = Given(lon, lat, accuracy_m, street, category, severity, noticed_at, words, is_public_place)
    report, wrong = _read(session, area, given)
    if report is None:
        return _form(request, session, area, given, wrong, status=400)
    try:
        spend_for(request, session, keys, viewer, REPORTS)
        shown = shown_version(Audience.REPORTERS, notice, today(datetime.now(UTC)))
        made = take_report(session, report, shown, viewer=viewer)
    except TooOften as error:
        again = _form(request, session, area, given, {"send": MANY_REPORTS}, status=429)
        again.headers["Retry-After"] = str(error.wait_s)
        return again
    except BelongsElsewhere as elsewhere:
        unkept = replace(given, description="")
        wrong = {"description": elsewhere.message}
        return _form(request, session, area, unkept, wrong, status=400, help_line=elsewhere.remedy)
    return RedirectResponse(f"{FOLLOW_UP_PATH}{made.follow_up}?new=1", status_code=303)


@router.get("/hazards/{public_id}", dependencies=[open_to_all(Verb.SEE_APPROXIMATE, Kind.PUBLIC_COUNT)])
def hazard_page(request: Request, session: Db, viewer: Seen, speaks: Speaks, public_id: str) -> HTMLResponse:
    """Show one report as the viewer may see it."""
    seen = report_seen(session, viewer, public_id)
    area = study_area_by_key(session, seen.village_key)
    return page(
        request,
        "hazards/report.html",
        linked=linked_reports(session, viewer, public_id),
        hazard=seen,
        area=area,
        credits=credits_of(session, area, None, speaks.words.gettext),
        text_state_names=TEXT_STATE_NAMES,
        may_moderate=may(viewer, Verb.MODERATE, Kind.REPORT, area.village_ids),
    )


def _form(
    request: Request,
    session: Session,
    area: StudyArea,
    given: Given,
    wrong: dict[str, str],
    *,
    status: int = 200,
    help_line: str = "",
) -> HTMLResponse:
    return page(
        request,
        "hazards/mark.html",
        notice=current(Audience.REPORTERS, today(datetime.now(UTC))),
        **notice_words(settings_of(request), language_of(request)),
        help_line=help_line,
        numbers_to_call=list(dict.fromkeys(re.findall(r"\b1\d\d\d?\b", help_line))),
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
    values["is_public_place"] = given.is_public_place == "yes"
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

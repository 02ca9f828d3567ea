"""What the form for unsafe spots was given, read into a report; or what is wrong with it, field by field."""

import json
import math
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

import shapely
from pydantic import ValidationError
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session
from starlette.datastructures import FormData, QueryParams

from safemap.basemap.finding import Found, FoundKind
from safemap.basemap.listing import PlaceList, place_list
from safemap.communities.rules import NowhereKnown, StudyArea
from safemap.communities.service import village_at
from safemap.geo.crs import Lonlat, Metric, MetricPlane
from safemap.hazards.categories import CATEGORY_BY_CODE, Drawn
from safemap.hazards.schemas import HazardReport
from safemap.i18n import mark
from safemap.identity.rules import Viewer
from safemap.web.pages._common import TAIWAN
from safemap.web.places import WORDS_AT_MOST, found_in

WHERE_MISSING = mark("Choose where it is: tap the map, write it, or choose from the list.")
WHERE_UNREADABLE = mark("These are no coordinates. Give degrees, such as 120.35120 and 24.60030.")
WHERE_OUTSIDE = mark("This spot lies outside the village. Choose one inside the outline.")
WHERE_UNKNOWN = mark(
    "No place is known here by these words. Try a street with its lane, a landmark, or the number on a lamp's pole."
)
WHERE_SEVERAL = mark("Several places may be meant. Choose one of them.")
LINE_MISSING = mark("Choose the street that it runs along, or mark at least two points on the map.")
AREA_MISSING = mark("Choose a park or another place with an outline, or mark at least three corners on the map.")
WHAT_MISSING = mark("Choose what is unsafe here.")
SEVERITY_MISSING = mark("Choose how bad it is.")
WHEN_MISSING = mark("Choose when it is unsafe.")
BOTH_MISSING = mark("Choose how bad it is, and when.")
DAY_MISSING = mark("Say on which day it was, and about when.")
DAY_AHEAD = mark("This moment has not come yet. Choose one that has passed.")
HOURS_TOGETHER = mark("Give both hours, from and until; or none.")
WORDS_TOO_LONG = mark("The words are too long. 500 characters fit.")
WORDS_UNREADABLE = mark("The words hold a character that cannot be kept. Please type them again.")
WRONG_OF = {
    "lon": WHERE_UNREADABLE,
    "lat": WHERE_UNREADABLE,
    "accuracy_m": WHERE_UNREADABLE,
    "line": LINE_MISSING,
    "area": AREA_MISSING,
    "category": WHAT_MISSING,
    "severity": SEVERITY_MISSING,
    "noticed_at": WHEN_MISSING,
    "weekdays": WHEN_MISSING,
    "from_hour": HOURS_TOGETHER,
    "until_hour": HOURS_TOGETHER,
}
FIELD_OF = {
    **dict.fromkeys(("lon", "lat", "accuracy_m", "line", "area", "asset_number"), "where"),
    **dict.fromkeys(("happened_at", "weekdays", "from_hour", "until_hour"), "noticed_at"),
}
FIELD_ORDER = ("category", "where", "severity", "noticed_at", "description")
NOW, ONCE = "now", "once"
NIGHT_FROM, NIGHT_UNTIL = 18, 6
CLOCKS_DIFFER = timedelta(minutes=10)
ACCURACY_AT_MOST_M = 5000.0


@dataclass(frozen=True)
class Given:
    """What the form holds, as it was typed; `found` is a choice among the places that `found_for` may mean.

    `is_new`: whoever sends it has seen what is like it, and says that theirs is another problem.
    """

    drawn: str = "point"
    lon: str = ""
    lat: str = ""
    accuracy_m: str = ""
    line: str = ""
    area: str = ""
    place: str = ""
    found: str = ""
    found_for: str = ""
    street: str = ""
    asset_kind: str = ""
    asset_number: str = ""
    category: str = ""
    severity: str = ""
    noticed_at: str = ""
    happened_at: str = ""
    weekdays: tuple[str, ...] = ()
    from_hour: str = ""
    until_hour: str = ""
    description: str = ""
    is_public_place: str = ""
    sent_key: str = ""
    is_new: str = ""


@dataclass(frozen=True)
class Reading:
    """A report, or what is wrong by field and the places that may be meant."""

    report: HazardReport | None
    wrong: dict[str, str]
    choices: tuple[Found, ...] = ()


def given_in(form: FormData | QueryParams) -> Given:
    """Take the fields that the form knows, as texts; whatever else was sent is left."""
    texts = {
        field.name: str(form.get(field.name, getattr(Given, field.name)))
        for field in fields(Given)
        if field.name != "weekdays"
    }
    words = texts.pop("description").replace("\r\n", "\n")
    return Given(**texts, description=words, weekdays=tuple(str(day) for day in form.getlist("weekdays")))


def choice_value(found: Found) -> str:
    """Write a place that was found as a choice's value; `_chosen` reads it back."""
    return json.dumps(
        [found.lon, found.lat, found.accuracy_m, found.kind.value, found.name, found.street], ensure_ascii=False
    )


def read_form(session: Session, viewer: Viewer, area: StudyArea, given: Given, now: datetime) -> Reading:
    """Return the report, or what is wrong by field; `now` is in Taiwan."""
    wrong: dict[str, str] = {}
    place, choices = _place(session, viewer, area, given, wrong)
    values = {
        "category": given.category,
        "severity": given.severity,
        "description": given.description,
        "is_public_place": given.is_public_place == "yes",
        **place,
        **_when(given, now, wrong),
    }
    try:
        report = HazardReport.model_validate(_fitting(values))
    except ValidationError as refused:
        for error in refused.errors():
            name = str(error["loc"][0]) if error["loc"] else "noticed_at"
            words = WORDS_TOO_LONG if error["type"] == "string_too_long" else WORDS_UNREADABLE
            wrong.setdefault(FIELD_OF.get(name, name), WRONG_OF.get(name, words))
        return Reading(None, _in_order(wrong), choices)
    if not wrong and not _is_inside(session, area, report.lon, report.lat):
        wrong["where"] = WHERE_OUTSIDE
    return Reading(None if wrong else report, _in_order(wrong), choices)


def _in_order(wrong: dict[str, str]) -> dict[str, str]:
    return {name: wrong[name] for name in FIELD_ORDER if name in wrong}


def _is_inside(session: Session, area: StudyArea, lon: float, lat: float) -> bool:
    try:
        return village_at(session, lon, lat) in area.village_ids
    except NowhereKnown:
        return False


def _fitting(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out what a category is not drawn as, and the number of what it is not about: the spot says enough."""
    category = CATEGORY_BY_CODE.get(values["category"])
    if category is None:
        return values
    left = {drawn.value for drawn in (Drawn.LINE, Drawn.AREA) if drawn not in category.drawn_as}
    if values.get("asset_kind") != category.asset:
        left |= {"asset_kind", "asset_number"}
    return {name: value for name, value in values.items() if name not in left}


# --- Where ---


def _place(
    session: Session, viewer: Viewer, area: StudyArea, given: Given, wrong: dict[str, str]
) -> tuple[dict[str, Any], tuple[Found, ...]]:
    """Return the position and what goes with it: as marked on the map, by words, or from the list."""
    if given.lon.strip() or given.lat.strip() or given.line or given.area:
        asset = {"asset_kind": given.asset_kind, "asset_number": given.asset_number} if given.asset_number else {}
        return {**_as_marked(given, wrong), **asset}, ()
    chosen: Found | None = None
    choices: tuple[Found, ...] = ()
    if given.place.strip():
        choices = tuple(found_in(session, viewer, area, given.place[:WORDS_AT_MOST]))
        chosen = _chosen(given.found) if given.found_for == given.place else None
        if chosen is None and len([one for one in choices if one.is_sure]) == 1:
            chosen = choices[0]
        if chosen is None:
            wrong["where"] = WHERE_SEVERAL if choices else WHERE_UNKNOWN
    elif given.street:
        chosen = _chosen(given.street)
    if chosen is None:
        wrong.setdefault("where", WHERE_MISSING)
        return {"lon": 0.0, "lat": 0.0}, choices
    asset = {"asset_kind": chosen.kind.value, "asset_number": chosen.name} if chosen.kind in ASSETS else {}
    whole = _whole(place_list(session, area.geometry), given.drawn, chosen, wrong)
    accuracy_m = 0.0 if whole else min(chosen.accuracy_m, ACCURACY_AT_MOST_M)
    return {"lon": chosen.lon, "lat": chosen.lat, "accuracy_m": accuracy_m, **asset, **whole}, choices


ASSETS = {FoundKind.LAMP, FoundKind.CAMERA}


def _chosen(value: str) -> Found | None:
    try:
        lon, lat, accuracy_m, kind, name, street = json.loads(value)
        return Found(FoundKind(kind), str(name), "", float(lon), float(lat), float(accuracy_m), str(street))
    except (ValueError, TypeError):
        return None


def _whole(listed: PlaceList, drawn: str, chosen: Found, wrong: dict[str, str]) -> dict[str, Any]:
    """Return the whole street or the outline of what was chosen, when a line or an area is wanted."""
    if drawn == Drawn.LINE.value:
        lines = next((street.lines for street in listed.streets if street.name == chosen.street), ())
        if not lines:
            wrong.setdefault("where", LINE_MISSING)
            return {}
        middle = lines[0].interpolate(0.5, normalized=True)
        return {"line": _positions(lines[0]), "lon": middle.x, "lat": middle.y}
    if drawn == Drawn.AREA.value:
        outline = next((one.outline for one in listed.places if one.name == chosen.name and one.outline), None)
        if outline is None:
            wrong.setdefault("where", AREA_MISSING)
            return {}
        return {"area": _positions(outline.exterior)}
    return {}


def _positions(shape: BaseGeometry) -> list[list[float]]:
    return [[round(float(lon), 6), round(float(lat), 6)] for lon, lat in shapely.get_coordinates(shape)[:200]]


def _as_marked(given: Given, wrong: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {"lon": given.lon, "lat": given.lat, "accuracy_m": given.accuracy_m or 0.0}
    if given.drawn == Drawn.POINT.value or not (given.line or given.area):
        return values
    is_line = given.drawn == Drawn.LINE.value
    drawn = _drawn(given.line if is_line else given.area, at_least=2 if is_line else 3)
    if drawn is None:
        wrong["where"] = LINE_MISSING if is_line else AREA_MISSING
        return values
    # The point that stands for it is on it, whatever a script had sent.
    plane = MetricPlane.around(Lonlat(shapely.MultiPoint(drawn)))
    if is_line:
        laid = plane.to_metric(Lonlat(shapely.LineString(drawn)))
        stands: BaseGeometry = laid.interpolate(0.5, normalized=True)
    else:
        stands = plane.to_metric(Lonlat(shapely.Polygon(drawn))).representative_point()
    point = shapely.get_coordinates(plane.to_lonlat(Metric(stands)))[0]
    values |= {"lon": round(float(point[0]), 6), "lat": round(float(point[1]), 6), "accuracy_m": 0.0}
    return {**values, given.drawn: drawn}


def _drawn(text: str, at_least: int) -> list[tuple[float, float]] | None:
    """Read corners; None when there are too few, or they enclose or span nothing, or cross themselves."""
    try:
        corners = [(float(lon), float(lat)) for lon, lat in json.loads(text)]
    except (ValueError, TypeError):
        return None
    is_sane = all(math.isfinite(value) for corner in corners for value in corner) and len(corners) <= 200
    if not is_sane or len(set(corners)) < at_least:
        return None
    if at_least > 2 and not shapely.Polygon(corners).is_valid:
        return None
    return corners


# --- When ---


def _when(given: Given, now: datetime, wrong: dict[str, str]) -> dict[str, Any]:
    """Return when it is unsafe: just now, once, or as a rule with its days and hours."""
    if given.noticed_at == NOW:
        return {"noticed_at": _by_the_hour(now), "happened_at": now}
    if given.noticed_at == ONCE:
        happened = _moment(given.happened_at, now)
        if happened is None or happened > now + CLOCKS_DIFFER:
            wrong["noticed_at"] = DAY_MISSING if happened is None else DAY_AHEAD
            happened = now
        return {"noticed_at": _by_the_hour(happened), "happened_at": happened}
    days = {int(day) for day in given.weekdays if day in set("1234567")}
    values: dict[str, Any] = {"noticed_at": given.noticed_at}
    if days:
        values["weekdays"] = sum(1 << (day - 1) for day in days)
    if bool(given.from_hour) != bool(given.until_hour):
        wrong["noticed_at"] = HOURS_TOGETHER
    elif given.from_hour:
        values |= {"from_hour": given.from_hour, "until_hour": given.until_hour}
    return values


def _by_the_hour(moment: datetime) -> str:
    hour = moment.astimezone(TAIWAN).hour
    return "night" if hour >= NIGHT_FROM or hour < NIGHT_UNTIL else "day"


def _moment(text: str, now: datetime) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=now.tzinfo)
    except ValueError:
        return None


def without_words(given: Given) -> Given:
    """Return what was given with nothing of the words kept."""
    return replace(given, description="")

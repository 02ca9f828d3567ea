"""safemap's own GeoJSON: lamps, places, buildings, cameras, hazards, patrols, blocks; properties are columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from safemap.basemap.rules import PlaceKind
from safemap.blocks.rules import AdopterKind
from safemap.cameras.rules import CameraKind, CameraSite
from safemap.db.copy import Column, Kind
from safemap.hazards.categories import CATEGORY_BY_CODE
from safemap.hazards.rules import DESCRIPTION_LIMIT, HazardState, NoticedAt
from safemap.imports.dates import TAIPEI
from safemap.imports.directions import one_bearing
from safemap.imports.reading import WrongFile, flat, property_of, read_features
from safemap.imports.report import ImportReport, Outcome
from safemap.imports.streets import truth
from safemap.imports.villages import areas_only
from safemap.incidents.rules import IncidentKind, TimePrecision
from safemap.patrols.rules import TeamKind

MISSING = object()
WEEKDAYS = {"Mon": 1, "Tue": 2, "Wed": 4, "Thu": 8, "Fri": 16, "Sat": 32, "Sun": 64}


class WrongValueError(ValueError):
    """A property cannot be what it should be; the text says what would be right."""


@dataclass(frozen=True)
class Field:
    """One property of a kind of feature.

    Parameters
    ----------
    kind
        Its column's type.
    read
        How it is read; raises `WrongValueError`.
    default
        What stands where it is missing.
    aliases
        What other publishers call it.
    """

    kind: Kind
    read: Callable[[Any], Any]
    default: Any = MISSING
    aliases: tuple[str, ...] = ()


def text(limit: int = 200) -> Callable[[Any], str]:
    """Make a reader of text up to a length."""

    def read(value: Any) -> str:
        words = str(value).strip()
        if len(words) > limit:
            message = f"at most {limit} characters"
            raise WrongValueError(message)
        return words

    return read


def number(low: float, high: float, *, low_included: bool = False) -> Callable[[Any], float]:
    """Make a reader of numbers in a range; its upper end belongs to it."""

    def read(value: Any) -> float:
        try:
            found = float(value)
        except (TypeError, ValueError):
            found = float("nan")
        if not (low < found <= high or (low_included and found == low)):
            message = f"a number from {low:g} to {high:g}"
            raise WrongValueError(message)
        return found

    return read


def one_of(words: Any) -> Callable[[Any], str]:
    """Make a reader of one of some words."""
    known = [str(getattr(word, "value", word)) for word in words]

    def read(value: Any) -> str:
        if str(value) not in known:
            message = f"one of {', '.join(known)}"
            raise WrongValueError(message)
        return str(value)

    return read


def yes_or_no(value: Any) -> bool:
    """Read a yes or no."""
    found = truth(value)
    if found is None:
        message = "true or false"
        raise WrongValueError(message)
    return found


def bearing(value: Any) -> float:
    """Read degrees clockwise from north, or a compass word."""
    found = one_bearing(str(value))
    if found is None:
        message = "degrees from 0 to 360, or a compass word such as NNE or 東北"
        raise WrongValueError(message)
    return found


def weekdays(value: Any) -> int:
    """Read days as bits (Monday 1 … Sunday 64) or words such as ``Mon,Wed``."""
    if isinstance(value, str) and not value.strip().isdigit():
        bits = [WEEKDAYS.get(word.strip()[:3].title(), 0) for word in value.split(",")]
        if all(bits):
            return sum(set(bits))
    elif 1 <= int(value) <= 127:
        return int(value)
    message = "bits from 1 to 127 (Monday 1 … Sunday 64), or days such as Mon,Wed,Fri"
    raise WrongValueError(message)


def clock(value: Any) -> time:
    """Read a time of day such as ``20:00``; 24:00 is midnight."""
    words = value.isoformat() if isinstance(value, time) else str(value).strip()
    try:
        return time.fromisoformat("00:00" if words in {"24:00", "24:00:00"} else words)
    except ValueError:
        message = "a time of day such as 20:00"
        raise WrongValueError(message) from None


def day(value: Any) -> np.datetime64:
    """Read a date such as ``2026-01-01``."""
    if isinstance(value, datetime):
        value = value.date()
    try:
        return np.datetime64(value if isinstance(value, date) else date.fromisoformat(str(value)[:10]), "D")
    except ValueError:
        message = "a date such as 2026-01-01"
        raise WrongValueError(message) from None


def moment(value: Any) -> np.datetime64:
    """Read a date and time with its offset; without one it is Taiwan's."""
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        message = "a date and time such as 2026-03-01T22:30+08:00"
        raise WrongValueError(message) from None
    aware = found if found.tzinfo else found.replace(tzinfo=TAIPEI)
    return np.datetime64(int(aware.timestamp() * 1_000_000), "us")


NONE_YET = np.datetime64("NaT")
NAME = Field(Kind.TEXT, text(), "")

LAMP_FIELDS = {
    "number": replace(NAME, aliases=("路燈編號", "SerialNumber")),
    "is_working": Field(Kind.BOOL, yes_or_no, True),
}
PLACE_FIELDS = {
    "kind": Field(Kind.TEXT, one_of(PlaceKind)),
    "name": replace(NAME, aliases=("名稱", "STATION_NAME")),
    "name_en": NAME,
}
BUILDING_FIELDS = {
    "name": NAME,
    "height_m": Field(Kind.FLOAT8, number(0, 999), None),
    "levels": Field(Kind.FLOAT8, number(0, 249), None),
}
CAMERA_FIELDS = {
    "label": replace(NAME, aliases=("攝影機編號", "設施名稱")),
    "operator": NAME,
    "kind": Field(Kind.TEXT, one_of(CameraKind), CameraKind.FIXED.value),
    "site": Field(Kind.TEXT, one_of(CameraSite), CameraSite.PUBLIC.value),
    "azimuth_deg": Field(Kind.FLOAT8, bearing, None),
    "field_of_view_deg": Field(Kind.FLOAT8, number(0, 360), None),
    "reach_m": Field(Kind.FLOAT8, number(0, 1000), None),
    "mount_height_m": Field(Kind.FLOAT8, number(0, 100), None),
    "is_working": Field(Kind.BOOL, yes_or_no, True),
}
HAZARD_FIELDS = {
    "category": Field(Kind.TEXT, one_of(CATEGORY_BY_CODE)),
    "severity": Field(Kind.INT2, number(1, 3, low_included=True)),
    "noticed_at": Field(Kind.TEXT, one_of(NoticedAt), NoticedAt.ANY_TIME.value),
    "state": Field(Kind.TEXT, one_of(HazardState), HazardState.OPEN.value),
    "description": Field(Kind.TEXT, text(DESCRIPTION_LIMIT), ""),
    "is_public_place": Field(Kind.BOOL, yes_or_no, False),
    "accuracy_m": Field(Kind.FLOAT8, number(0, 5000, low_included=True), 0.0),
    "reported_at": Field(Kind.TIMESTAMPTZ, moment),
    "fixed_at": Field(Kind.TIMESTAMPTZ, moment, NONE_YET),
}
INCIDENT_FIELDS = {
    "kind": Field(Kind.TEXT, one_of(IncidentKind)),
    "occurred_at": Field(Kind.TIMESTAMPTZ, moment),
    "occurred_until": Field(Kind.TIMESTAMPTZ, moment, NONE_YET),
    "precision": Field(Kind.TEXT, one_of(TimePrecision), TimePrecision.MINUTE.value),
    "place": NAME,
    "killed": Field(Kind.INT2, number(0, 10_000, low_included=True), 0),
    "injured": Field(Kind.INT2, number(0, 10_000, low_included=True), 0),
    "accuracy_m": Field(Kind.FLOAT8, number(0, 50_000, low_included=True), 0.0),
}
HOURS = {
    "weekdays": Field(Kind.INT2, weekdays),
    "starts_at": Field(Kind.TIME, clock),
    "ends_at": Field(Kind.TIME, clock),
}
PATROL_FIELDS = {
    "team": Field(Kind.TEXT, text()),
    "team_en": NAME,
    "team_kind": Field(Kind.TEXT, one_of(TeamKind), TeamKind.YEAR_ROUND.value),
    "name": Field(Kind.TEXT, text()),
    **HOURS,
}
BLOCK_FIELDS = {
    "name": Field(Kind.TEXT, text()),
    "adopter": Field(Kind.TEXT, text()),
    "adopter_kind": Field(Kind.TEXT, one_of(AdopterKind)),
    **HOURS,
    "in_force_from": Field(Kind.DATE, day),
    "in_force_until": Field(Kind.DATE, day),
}

POINT, AREA, MULTI_AREA, MULTI_LINE, POINT_OR_AREA = (
    "Point",
    "Polygon",
    "MultiPolygon",
    "MultiLineString",
    "Point or Polygon",
)


def read_kind(
    path: Path, report: ImportReport, fields: Mapping[str, Field], shape: str, *, epsg: int | None = None
) -> dict[str, NDArray[Any]]:
    """Read one kind of feature; a feature with a wrong property or shape is refused with the reason.

    Returns
    -------
    dict
        ``source_id``, ``geom`` and each field as arrays of one length.
    """
    frame = read_features(path, report, (shape,), epsg=epsg)
    report.rows_read += len(frame)
    kept: dict[str, dict[str, Any]] = {}
    for position, row in enumerate(frame.to_dict("records"), 1):
        source_id = str(property_of(row, "id", "source_id", default=f"feature-{position}"))
        if source_id in kept:
            report.note(
                path,
                position,
                Outcome.REFUSED,
                "id",
                source_id,
                "an id that an earlier feature has",
                "Use each id once.",
            )
            continue
        geometry = _shaped(path, position, row["geometry"], shape, report)
        if geometry is None:
            continue
        values = _values(path, position, row, fields, report)
        if values is not None:
            kept[source_id] = {**values, "geom": geometry}
    if not kept and not report.refused:
        raise WrongFile(path, "has no feature in it", "Bring a FeatureCollection with features.")
    columns: dict[str, NDArray[Any]] = {"source_id": np.array(list(kept), dtype=object)}
    for name in (*fields, "geom"):
        column = np.empty(len(kept), dtype=object)
        column[:] = [values[name] for values in kept.values()]
        columns[name] = column
    return columns


def _values(
    path: Path, position: int, row: Mapping[str, Any], fields: Mapping[str, Field], report: ImportReport
) -> dict[str, Any] | None:
    values: dict[str, Any] = {}
    for name, field in fields.items():
        given = property_of(row, name, *field.aliases)
        if given is None:
            if field.default is MISSING:
                report.note(
                    path, position, Outcome.REFUSED, name, "", "a property is missing", f"Every feature has {name}."
                )
                return None
            values[name] = field.default
            continue
        try:
            values[name] = field.read(given)
        except WrongValueError as error:
            report.note(path, position, Outcome.REFUSED, name, given, "a value that cannot be", f"Right is {error}.")
            return None
    return values


def _shaped(path: Path, position: int, geometry: Any, shape: str, report: ImportReport) -> Any:
    wanted = {"Point or Polygon": {"Point", "Polygon", "MultiPolygon"}, "MultiPolygon": {"Polygon", "MultiPolygon"}}
    lines = {"MultiLineString": {"LineString", "MultiLineString"}}
    kinds = {**wanted, **lines}.get(shape, {shape})
    if geometry is None or geometry.is_empty or geometry.geom_type not in kinds:
        found = "nothing" if geometry is None else geometry.geom_type
        report.note(path, position, Outcome.REFUSED, "geometry", found, "another shape", f"Right is {shape}.")
        return None
    made = flat(geometry)
    if not np.isfinite(shapely.get_coordinates(made)).all():
        report.note(
            path, position, Outcome.REFUSED, "geometry", made.wkt, "no finite coordinates", "Numbers in degrees."
        )
        return None
    if not made.is_valid:
        made = areas_only(shapely.make_valid(made))
        if made.is_empty or (shape == AREA and made.geom_type != AREA):
            right = "An outline that does not cross itself."
            report.note(path, position, Outcome.REFUSED, "geometry", geometry.wkt, "an area that crosses itself", right)
            return None
        report.note(path, position, Outcome.MENDED, "geometry", geometry.wkt, "an invalid area", "Made valid.")
    if shape == MULTI_LINE:
        return shapely.multilinestrings(shapely.get_parts(made))
    return shapely.multipolygons(shapely.get_parts(made)) if shape == MULTI_AREA else made


def columns_of(source: str, read: Mapping[str, NDArray[Any]], fields: Mapping[str, Field]) -> list[Column]:
    """Return what was read as columns of its table."""
    columns = [
        Column("source", Kind.TEXT, np.full(len(read["source_id"]), source, dtype=object)),
        Column("source_id", Kind.TEXT, read["source_id"]),
        Column("geom", Kind.GEOMETRY, read["geom"]),
    ]
    for name, field in fields.items():
        values = read[name]
        if field.kind in {Kind.TIMESTAMPTZ, Kind.DATE}:
            values = values.astype("datetime64[us]" if field.kind is Kind.TIMESTAMPTZ else "datetime64[D]")
        columns.append(Column(name, field.kind, values))
    return columns


def import_features(
    session: Session,
    path: Path,
    report: ImportReport,
    *,
    source: str,
    table: str,
    fields: Mapping[str, Field],
    shape: str,
    store: Callable[[Session, list[Column]], Any],
    epsg: int | None = None,
) -> None:
    """Read one kind of feature and store it as it is."""
    read = read_kind(path, report, fields, shape, epsg=epsg)
    report.stored(table, store(session, columns_of(source, read, fields)))

"""Incidents: the police agency's accident files (three forms), Taipei's theft lists, safemap's own plain table."""

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from safemap.db.copy import Column, Kind
from safemap.errors import InvalidInput
from safemap.imports.dates import gregorian_digits, roc_digits, roc_text
from safemap.imports.plain import is_plain_table, plain_incidents
from safemap.imports.positions import positions
from safemap.imports.reading import WrongFile, table_rows
from safemap.imports.report import ImportReport, Outcome
from safemap.imports.rows import Lines, Row, hash_of
from safemap.imports.thefts import Finder, is_theft_header, places_of, read_thefts
from safemap.incidents.rules import IncidentKind, TimePrecision
from safemap.incidents.service import store_incidents

FULL_WIDTH = 51  # columns of the agency's files since 2018
DATE, CLOCK, CLASS, PLACE, LIGHT, CASUALTIES, LON, LAT = 2, 3, 4, 6, 8, 32, 49, 50
FOOTERS = ("資料提供日期", "事故類別")
CLASSES = {"A1": IncidentKind.ACCIDENT_A1, "A2": IncidentKind.ACCIDENT_A2}
NATIONAL_HEADER = ["type", "oc_year", "oc_data", "oc_county", "oc_region"]
NATIONAL_KINDS = {
    "住宅": IncidentKind.BURGLARY,
    "自行車": IncidentKind.THEFT_BICYCLE,
    "機車": IncidentKind.THEFT_MOTORCYCLE,
    "汽車": IncidentKind.THEFT_CAR,
    "搶奪": IncidentKind.ROBBERY,
    "強盜": IncidentKind.ROBBERY,
}
NOT_LOCATED = "no position: counted, but not on the map"


def import_incidents(session: Session, path: Path, report: ImportReport, *, source: str | None = None) -> None:
    """Read one file of incidents, in whichever of the known forms it is, and store them."""
    if is_plain_table(path):
        stored = plain_incidents(path, report, source=source or path.stem)
    else:
        stored = published_incidents(path, report, source=source, find=places_of(session))
    report.stored("incident", store_incidents(session, stored))


def is_published_form(path: Path) -> bool:
    """Whether a table is in one of the forms in which authorities publish incidents."""
    first = next(table_rows(path), None)
    return first is not None and _form_of(first[1]) is not None


def published_incidents(
    path: Path, report: ImportReport, *, source: str | None = None, find: Finder | None = None
) -> list[Column]:
    """Read a table in one of the authorities' forms as columns of the incidents' table.

    Parameters
    ----------
    find
        Finds where addresses are, for lists of thefts: what it does not find is refused. Without it they have no
        position.

    Raises
    ------
    WrongFile
        It is in no known form, or holds no incident.
    """
    name, read, rows = _form(path)
    incidents = read_thefts(path, rows, report, find) if read is read_thefts else read(path, rows, report)
    if not incidents and not report.refused:
        raise WrongFile(path, "has a header and no incident", "Download it again.")
    return _columns(path, source or name, incidents, report)


Reader = Callable[[Path, Lines, ImportReport], list[Row]]


def _form(path: Path) -> tuple[str, Reader, Lines]:
    """Tell by a table's first line which form it is; returns its source, its reader and its rows."""
    rows = table_rows(path)
    first = next(rows, None)
    if first is None:
        raise WrongFile(path, "has no row in it", "Download it again.")
    form = _form_of(first[1])
    if form is None:
        header = [cell.strip() for cell in first[1]]
        raise WrongFile(
            path,
            f"begins with the columns {', '.join(header[:6])}, which is no known form of incidents",
            "Known are police files (accidents, thefts, cases), and tables with id, kind, occurred_at, lon, lat.",
        )
    source, read, has_header = form
    return source, read, rows if has_header else itertools.chain([first], rows)


def _form_of(cells: list[str]) -> tuple[str, Reader, bool] | None:
    """Source, reader, and whether the first line is a header; None when it is no known form."""
    header = [cell.strip() for cell in cells]
    if header[0] == "發生年度" and len(header) == FULL_WIDTH:
        return "npa", _accidents, True
    if len(header) == FULL_WIDTH and header[0].isdigit() and header[CLASS] in CLASSES:
        return "npa", _accidents, False  # files cut by village carry no header
    if header[:2] == ["發生時間", "發生地點"]:
        return "npa-old", _old_accidents, True
    if is_theft_header(header):
        return "taipei-theft", read_thefts, True
    if header == NATIONAL_HEADER:
        return "npa-crime", _national_cases, True
    return None


def _number_after(text: str, word: str) -> int:
    _, found, behind = text.partition(word)
    digits = behind.split(";")[0].strip()
    return int(digits) if found and digits.isdigit() else 0


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _accidents(path: Path, rows: Lines, report: ImportReport) -> list[Row]:
    """Rows are parties: accidents are told apart by date, time, place and position."""
    accidents: dict[tuple[str, ...], Row] = {}
    parties: Counter[tuple[str, ...]] = Counter()
    for line, cells in rows:
        if cells[0].startswith(FOOTERS):
            continue
        report.rows_read += 1
        if len(cells) != FULL_WIDTH:
            report.note(
                path, line, Outcome.REFUSED, "columns", len(cells), "not 51 columns", "A row was cut or joined."
            )
            continue
        key = tuple(cells[place].strip() for place in (DATE, CLOCK, PLACE, LON, LAT))
        parties[key] += 1
        if key in accidents:
            continue
        kind = CLASSES.get(cells[CLASS].strip())
        if kind is None:
            report.note(
                path, line, Outcome.REFUSED, "事故類別名稱", cells[CLASS], "unknown class of accident", "A1 or A2."
            )
            continue
        try:
            moment = gregorian_digits(cells[DATE].strip(), cells[CLOCK])
        except ValueError:
            when = f"{cells[DATE]} {cells[CLOCK]}"
            report.note(
                path, line, Outcome.REFUSED, "發生日期", when, "no date and time", "Such as 20251222 and 221600."
            )
            continue
        accidents[key] = Row(
            source_id=hash_of(*key),
            kind=kind,
            occurred_at=moment,
            occurred_until=None,
            precision=TimePrecision.MINUTE,
            place=cells[PLACE].strip(),
            killed=_number_after(cells[CASUALTIES], "死亡"),
            injured=_number_after(cells[CASUALTIES], "受傷"),
            x=_float(cells[LON]),
            y=_float(cells[LAT]),
            details={"light": cells[LIGHT].strip()},
            line=line,
        )
    many = sum(parties.values())
    report.remark(f"{path.name}: {many:,} rows, one for each party, are {len(accidents):,} accidents.")
    return [
        replace(accident, details={**(accident.details or {}), "parties": parties[key]})
        for key, accident in accidents.items()
    ]


def _old_accidents(path: Path, rows: Lines, report: ImportReport) -> list[Row]:
    """Four columns and no position, as published before 2018; one row is one accident."""
    accidents: list[Row] = []
    same: Counter[tuple[str, ...]] = Counter()
    lines = list(rows)  # the class stands in a footer
    classes = {cells[0].partition("：")[2][:2] for _, cells in lines if cells[0].startswith(FOOTERS[1])}
    kind = CLASSES.get(next(iter(classes), ""), IncidentKind.ACCIDENT)
    for line, cells in lines:
        if cells[0].startswith(FOOTERS):
            continue
        report.rows_read += 1
        try:
            moment = roc_text(cells[0])
        except ValueError as error:
            report.note(path, line, Outcome.REFUSED, "發生時間", cells[0], "no date and time", str(error))
            continue
        place, casualties, vehicles = (cells[column].strip() if len(cells) > column else "" for column in (1, 2, 3))
        key = (cells[0], place, casualties, vehicles)
        same[key] += 1
        accidents.append(
            Row(
                source_id=hash_of(*key, same[key]),
                kind=kind,
                occurred_at=moment,
                occurred_until=None,
                precision=TimePrecision.MINUTE,
                place=place,
                killed=_number_after(casualties, "死亡"),
                injured=_number_after(casualties, "受傷"),
                x=float("nan"),
                y=float("nan"),
                details={"vehicles": vehicles} if vehicles else None,
                line=line,
            )
        )
    return accidents


def _national_cases(path: Path, rows: Lines, report: ImportReport) -> list[Row]:
    """The agency's quarterly lists: a day and a district, with a second header in Chinese; never a position."""
    cases: list[Row] = []
    same: Counter[tuple[str, ...]] = Counter()
    for line, cells in rows:
        texts = [cell.strip() for cell in cells]
        if line == 2 and not any(text.isdigit() for text in texts):
            continue
        report.rows_read += 1
        if len(texts) < len(NATIONAL_HEADER):
            report.note(path, line, Outcome.REFUSED, "columns", len(texts), "fewer than 5 columns", "A row was cut.")
            continue
        sort, year, day_text, county, region = texts[:5]
        try:
            day = roc_digits(day_text if len(day_text) > 4 else f"{year}{day_text}")
        except ValueError as error:
            report.note(path, line, Outcome.REFUSED, "oc_data", f"{year} {day_text}", "no date", str(error))
            continue
        key = (sort, year, day_text, county, region)
        same[key] += 1
        cases.append(
            Row(
                source_id=hash_of(*key, same[key]),
                kind=next((kind for word, kind in NATIONAL_KINDS.items() if word in sort), IncidentKind.OTHER),
                occurred_at=day,
                occurred_until=None,
                precision=TimePrecision.DAY,
                place=region if region.startswith(county) else county + region,
                killed=0,
                injured=0,
                x=float("nan"),
                y=float("nan"),
                details={"type": sort},
                line=line,
            )
        )
    return cases


def _columns(path: Path, source: str, rows: Sequence[Row], report: ImportReport) -> list[Column]:
    where = positions(np.array([row.x for row in rows]), np.array([row.y for row in rows]))
    has_columns = any(np.isfinite(row.x) for row in rows)
    for mask, outcome, reason, right in (
        (where.placeholder & has_columns, Outcome.MENDED, NOT_LOCATED, "Stored without a position."),
        (where.swapped, Outcome.MENDED, "longitude and latitude swapped", "Swapped back."),
        (where.projected, Outcome.MENDED, "metres instead of degrees", "Read as TWD97 TM2."),
        (where.outside, Outcome.MENDED, "a position outside Taiwan", "Stored without a position."),
    ):
        for position in np.flatnonzero(mask):
            row = rows[int(position)]
            report.note(path, row.line, outcome, "經度, 緯度", f"{row.x}, {row.y}", reason, right)
    if rows and not has_columns:
        report.remark(f"{path.name}: {len(rows):,} incidents have {NOT_LOCATED}.")
    if len({row.source_id for row in rows}) != len(rows):
        raise InvalidInput("{file}: two incidents have one id.", remedy="Report this file.", file=path.name)

    def of(name: str) -> NDArray[Any]:
        values = np.empty(len(rows), dtype=object)
        values[:] = [getattr(row, name) for row in rows]
        return values

    return [
        Column("source", Kind.TEXT, np.full(len(rows), source, dtype=object)),
        Column("source_id", Kind.TEXT, of("source_id")),
        Column("kind", Kind.TEXT, np.array([row.kind.value for row in rows], dtype=object)),
        Column("occurred_at", Kind.TIMESTAMPTZ, _moments([row.occurred_at for row in rows])),
        Column("occurred_until", Kind.TIMESTAMPTZ, _moments([row.occurred_until for row in rows])),
        Column("precision", Kind.TEXT, np.array([row.precision.value for row in rows], dtype=object)),
        Column("place", Kind.TEXT, of("place")),
        Column("killed", Kind.INT2, of("killed")),
        Column("injured", Kind.INT2, of("injured")),
        Column("accuracy_m", Kind.FLOAT8, np.array([row.accuracy_m for row in rows], dtype=np.float64)),
        Column("details", Kind.JSONB, of("details")),
        Column("geom", Kind.POINT, where.lonlat),
    ]


def _moments(values: Sequence[datetime | None]) -> NDArray[np.datetime64]:
    """Return moments in UTC as numpy has them, NaT for None."""
    return np.array(
        [
            np.datetime64("NaT") if value is None else np.datetime64(int(value.timestamp() * 1_000_000), "us")
            for value in values
        ],
        dtype="datetime64[us]",
    )

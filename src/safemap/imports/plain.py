"""safemap's own table of incidents: ``id,kind,occurred_at,lon,lat`` and more; read whole columns at a time."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from safemap.db.copy import Column, Kind
from safemap.imports.dates import TAIPEI
from safemap.imports.positions import Positions, positions
from safemap.imports.reading import BOM, ENCODINGS, WrongFile, require_file
from safemap.imports.report import ImportReport, Outcome
from safemap.incidents.rules import IncidentKind, TimePrecision

REQUIRED = ("id", "kind", "occurred_at", "lon", "lat")
TEXTS = ("id", "kind", "occurred_at", "occurred_until", "precision", "place")
NUMBERS = ("lon", "lat", "accuracy_m", "killed", "injured")
LONGEST_HEADER_BYTES = 4096
FIRST_ROW = 2  # as an editor counts: the header is 1
MOST_CASUALTIES = 32_767

Texts = NDArray[np.object_]
Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]


def is_plain_table(path: Path) -> bool:
    """Whether a file's first line names the fields of safemap's own form."""
    require_file(path)
    with path.open("rb") as stream:
        header = stream.readline(LONGEST_HEADER_BYTES).removeprefix(BOM).decode("utf-8", errors="replace")
    return set(REQUIRED) <= {name.strip().strip('"').lower() for name in header.split(",")}


@dataclass
class PlainTable:
    """The columns of one file and the number of the line that each row stands on."""

    path: Path
    columns: dict[str, NDArray[Any]]
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    def text(self, name: str, default: str = "") -> Texts:
        """A column of texts, or its default when the file has none."""
        return self.columns.get(name, np.full(len(self), default, dtype=object))

    def numbers(self, name: str, default: float = 0.0) -> Numbers:
        """A column of numbers, or its default when the file has none."""
        return self.columns.get(name, np.full(len(self), default))


def plain_incidents(path: Path, report: ImportReport, *, source: str) -> list[Column]:
    """Read incidents in safemap's own form as columns of their table."""
    table = _read(path, report)
    refused = np.zeros(len(table), dtype=np.bool_)

    def refuse(wrong: Mask, field: str, reason: str, right: str) -> None:
        values = table.columns[field]
        for position in np.flatnonzero(wrong & ~refused):
            report.note(path, table.rows[position], Outcome.REFUSED, field, values[position] or "", reason, right)
        refused[wrong] = True

    ids = table.text("id")
    refuse(ids == "", "id", "no id", "Every incident has an id of its own.")
    refuse(
        pd.Series(ids).duplicated().to_numpy(),
        "id",
        "an id that an earlier row has",
        "Every incident has an id of its own.",
    )
    kinds = table.text("kind")
    known = ", ".join(kind.value for kind in IncidentKind)
    refuse(~np.isin(kinds.astype(str), [kind.value for kind in IncidentKind]), "kind", "an unknown kind", known)
    began = _moments(table.text("occurred_at"))
    refuse(np.isnat(began), "occurred_at", "no date and time", "2025-03-01T21:30+08:00")
    keep = ~refused
    judged = _positions(table, keep, report)
    return [
        Column("source", Kind.TEXT, np.full(int(keep.sum()), source, dtype=object)),
        Column("source_id", Kind.TEXT, ids[keep]),
        Column("kind", Kind.TEXT, kinds[keep]),
        Column("occurred_at", Kind.TIMESTAMPTZ, began[keep]),
        *_times(table, began, keep, report),
        Column("place", Kind.TEXT, table.text("place")[keep]),
        *(Column(name, Kind.INT2, _counts(table, name, keep, report)) for name in ("killed", "injured")),
        Column("accuracy_m", Kind.FLOAT8, _accuracy_m(table, keep, report)),
        Column("geom", Kind.GEOMETRY, judged.points[keep]),
    ]


def _read(path: Path, report: ImportReport) -> PlainTable:
    for encoding in ENCODINGS:
        try:
            table, broken = _columns(path, encoding)
        except (UnicodeDecodeError, pa.ArrowInvalid) as error:
            problem = error
            continue
        report.rows_read += table.num_rows + len(broken)
        for line, found, wanted in broken:
            report.note(
                path, line, Outcome.REFUSED, "", f"{found} fields", "a row of another width", f"{wanted} fields"
            )
        rows = np.arange(table.num_rows + len(broken)) + FIRST_ROW
        names = [name.strip().lower() for name in table.column_names]
        columns = {
            name: _texts(column) if name in TEXTS else _numbers(column)
            for name, column in zip(names, table.columns, strict=True)
            if name in TEXTS or name in NUMBERS
        }
        return PlainTable(path, columns, np.setdiff1d(rows, [line for line, _, _ in broken]))
    raise WrongFile(path, f"cannot be read ({problem})", "Save it as CSV in UTF-8 with one record a line.") from problem


def _columns(path: Path, encoding: str) -> tuple[pa.Table, list[tuple[int, int, int]]]:
    """Read quickly, and once more with care when a number or a row is not as it should be."""
    as_numbers = dict.fromkeys(NUMBERS, pa.float64())
    try:
        return _parsed(path, encoding, as_numbers, None), []
    except pa.ArrowInvalid:
        broken: list[tuple[int, int, int]] = []

        def pass_over(row: Any) -> str:
            broken.append((row.number, row.actual_columns, row.expected_columns))
            return "skip"

        return _parsed(path, encoding, dict.fromkeys(NUMBERS, pa.string()), pass_over), broken


def _parsed(path: Path, encoding: str, of_numbers: dict[str, Any], handler: Any) -> pa.Table:
    return csv.read_csv(
        path,
        read_options=csv.ReadOptions(encoding=encoding, use_threads=handler is None),  # threads do not count rows
        parse_options=csv.ParseOptions(invalid_row_handler=handler),
        convert_options=csv.ConvertOptions(
            column_types={**dict.fromkeys(TEXTS, pa.string()), **of_numbers}, strings_can_be_null=False
        ),
    )


def _texts(column: Any) -> Texts:
    return cast("Texts", column.to_numpy(zero_copy_only=False))


def _numbers(column: Any) -> Numbers:
    if pa.types.is_floating(column.type):
        return cast("Numbers", column.to_numpy(zero_copy_only=False))
    return cast("Numbers", pd.to_numeric(column.to_pandas(), errors="coerce").to_numpy(dtype=np.float64))


def _moments(texts: Texts) -> NDArray[np.datetime64]:
    """Read ISO dates and times as UTC; without an offset they are Taiwan's."""
    series = pd.Series(texts, dtype="str")
    has_offset = series.str.contains(r"(?:Z|[+-]\d{2}:?\d{2})$", regex=True).to_numpy(dtype=np.bool_)
    moments = np.full(len(texts), np.datetime64("NaT", "us"), dtype="datetime64[us]")
    if has_offset.any():
        read = pd.to_datetime(series[has_offset], utc=True, format="ISO8601", errors="coerce")
        moments[has_offset] = read.dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    if not has_offset.all():
        read = pd.to_datetime(series[~has_offset], format="ISO8601", errors="coerce").dt.tz_localize(
            TAIPEI, ambiguous="NaT", nonexistent="shift_forward"
        )
        moments[~has_offset] = read.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    return moments


def _positions(table: PlainTable, keep: Mask, report: ImportReport) -> Positions:
    lon, lat = table.numbers("lon", np.nan), table.numbers("lat", np.nan)
    judged = positions(lon, lat)
    if int(judged.outside.sum()) * 2 > len(table):
        report.remark(f"{table.path.name}: most positions are not in Taiwan, so any place on Earth was accepted.")
        judged = positions(lon, lat, anywhere=True)

    def note(found: Mask, reason: str, right: str) -> None:
        for position in np.flatnonzero(found & keep):
            value = f"{lon[position]:g}, {lat[position]:g}"
            report.note(table.path, table.rows[position], Outcome.MENDED, "lon, lat", value, reason, right)

    note(judged.placeholder, "no position", "Kept without a position: not on the map.")
    note(judged.swapped, "longitude and latitude are swapped", "Swapped back.")
    note(judged.projected, "metres, not degrees", "Read as TWD97 TM2.")
    note(judged.outside, "a position outside Taiwan", "Kept without a position: not on the map.")
    return judged


def _times(table: PlainTable, began: NDArray[np.datetime64], keep: Mask, report: ImportReport) -> list[Column]:
    until = _moments(table.text("occurred_until"))
    early = until < began
    for position in np.flatnonzero(early & keep):
        value = table.text("occurred_until")[position]
        report.note(
            table.path,
            table.rows[position],
            Outcome.MENDED,
            "occurred_until",
            value,
            "an end before its start",
            "Left out.",
        )
    until[early] = np.datetime64("NaT")
    precision = table.text("precision", TimePrecision.MINUTE.value)
    unknown = ~np.isin(precision.astype(str), [word.value for word in TimePrecision])
    for position in np.flatnonzero(unknown & keep & (precision != "")):
        report.note(
            table.path, table.rows[position], Outcome.MENDED, "precision", precision[position],
            "an unknown precision", "Read as minute.",
        )  # fmt: skip
    return [
        Column("occurred_until", Kind.TIMESTAMPTZ, until[keep]),
        Column("precision", Kind.TEXT, np.where(unknown, TimePrecision.MINUTE.value, precision)[keep]),
    ]


def _counts(table: PlainTable, name: str, keep: Mask, report: ImportReport) -> NDArray[np.int64]:
    given = table.numbers(name)
    wrong = (given < 0) | (given > MOST_CASUALTIES) | (given != np.rint(given)) & ~np.isnan(given)
    _note_numbers(table, name, given, wrong & keep, "no number of people", report)
    return np.where(wrong | np.isnan(given), 0, given).astype(np.int64)[keep]


def _accuracy_m(table: PlainTable, keep: Mask, report: ImportReport) -> Numbers:
    given = table.numbers("accuracy_m")
    wrong = (given < 0) | np.isinf(given)
    _note_numbers(table, "accuracy_m", given, wrong & keep, "no distance in metres", report)
    return np.where(wrong | np.isnan(given), 0.0, given)[keep]


def _note_numbers(table: PlainTable, name: str, given: Numbers, wrong: Mask, reason: str, report: ImportReport) -> None:
    for position in np.flatnonzero(wrong):
        value = f"{given[position]:g}"
        report.note(table.path, table.rows[position], Outcome.MENDED, name, value, reason, "Stored as 0.")

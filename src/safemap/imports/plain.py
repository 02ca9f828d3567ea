"""safemap's own table of incidents: ``id,kind,occurred_at,lon,lat`` and more; read whole columns at a time."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv

from safemap.db.copy import Column, Kind
from safemap.imports.dates import TAIPEI
from safemap.imports.positions import Positions, positions
from safemap.imports.reading import BOM, ENCODINGS, WrongFile, require_file, text_encoding
from safemap.imports.report import ImportReport, Outcome
from safemap.incidents.rules import IncidentKind, TimePrecision

REQUIRED = ("id", "kind", "occurred_at", "lon", "lat")
TEXTS = ("id", "kind", "occurred_at", "occurred_until", "precision", "place")
NUMBERS = ("lon", "lat", "accuracy_m", "killed", "injured")
LONGEST_HEADER_BYTES = 4096
FIRST_ROW = 2  # as an editor counts: the header is 1
OFFSET = r"(?:Z|[+-]\d{2}:?\d{2})$"
MOST_CASUALTIES = 32_767

Texts = Any  # an Arrow array of strings: a million of them need no Python object
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
    columns: dict[str, Any]
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    def text(self, name: str, default: str = "") -> Texts:
        """A column of texts, or its default when the file has none."""
        return self.columns.get(name, pa.repeat(pa.scalar(default, pa.large_string()), len(self)))

    def numbers(self, name: str, default: float = 0.0) -> Numbers:
        """A column of numbers, or its default when the file has none."""
        return cast("Numbers", self.columns.get(name, np.full(len(self), default)))


def plain_incidents(path: Path, report: ImportReport, *, source: str) -> list[Column]:
    """Read incidents in safemap's own form as columns of their table."""
    table = _read(path, report)
    refused = np.zeros(len(table), dtype=np.bool_)

    def refuse(wrong: Mask, field: str, reason: str, right: str) -> None:
        values = table.columns[field]
        for position in np.flatnonzero(wrong & ~refused):
            report.note(path, table.rows[position], Outcome.REFUSED, field, values[position], reason, right)
        refused[wrong] = True

    ids = table.text("id")
    refuse(_mask(pc.equal(ids, "")), "id", "no id", "Every incident has an id of its own.")
    refuse(_repeated(ids), "id", "an id that an earlier row has", "Every incident has an id of its own.")
    kinds = table.text("kind")
    known = [kind.value for kind in IncidentKind]
    refuse(~_is_among(kinds, known), "kind", "an unknown kind", f"One of {', '.join(known)}.")
    began = _moments(table.text("occurred_at"))
    refuse(np.isnat(began), "occurred_at", "no date and time", "Such as 2025-03-01T21:30+08:00.")
    keep = ~refused
    columns = [
        Column("source", Kind.TEXT, pa.repeat(pa.scalar(source, pa.large_string()), len(table))),
        Column("source_id", Kind.TEXT, ids),
        Column("kind", Kind.TEXT, kinds),
        Column("occurred_at", Kind.TIMESTAMPTZ, began),
        *_times(table, began, keep, report),
        Column("place", Kind.TEXT, table.text("place")),
        *(Column(name, Kind.INT2, _counts(table, name, keep, report)) for name in ("killed", "injured")),
        Column("accuracy_m", Kind.FLOAT8, _accuracy_m(table, keep, report)),
        Column("geom", Kind.POINT, _positions(table, keep, report).lonlat),
    ]
    return [column.taken(np.flatnonzero(keep)) for column in columns] if bool(refused.any()) else columns


def _mask(found: Any) -> Mask:
    return cast("Mask", found.to_numpy(zero_copy_only=False))


def _repeated(texts: Texts) -> Mask:
    """Whether an earlier value is the same."""
    if pc.count_distinct(texts).as_py() == len(texts):
        return np.zeros(len(texts), dtype=np.bool_)
    return pd.Series(texts.to_pandas()).duplicated().to_numpy(dtype=np.bool_)


def _is_among(texts: Texts, known: list[str]) -> Mask:
    return _mask(pc.is_in(texts, value_set=pa.array(known, pa.large_string())))


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
        if broken:
            rows = np.setdiff1d(rows, [line for line, _, _ in broken])
        names = [name.strip().lower() for name in table.column_names]
        columns = {
            name: _texts(column) if name in TEXTS else _numbers(column)
            for name, column in zip(names, table.columns, strict=True)
            if name in TEXTS or name in NUMBERS
        }
        return PlainTable(path, columns, rows)
    text_encoding(path)  # says more exactly what is wrong with lines and bytes
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
    return column.combine_chunks().cast(pa.large_string())


def _numbers(column: Any) -> Numbers:
    if pa.types.is_floating(column.type):
        return cast("Numbers", column.to_numpy(zero_copy_only=False))
    return cast("Numbers", pd.to_numeric(column.to_pandas(), errors="coerce").to_numpy(dtype=np.float64))


def _moments(texts: Texts) -> NDArray[np.datetime64]:
    """Read ISO dates and times as UTC; without an offset they are Taiwan's."""
    try:  # the way of all files that are as they should be
        moments = pc.cast(texts, pa.timestamp("us", "UTC"))
    except pa.ArrowInvalid:
        return _moments_with_care(texts)
    return cast("NDArray[np.datetime64]", moments.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False))


def _moments_with_care(texts: Texts) -> NDArray[np.datetime64]:
    series = pd.Series(texts.to_pandas(), dtype="str")
    has_offset = series.str.contains(OFFSET, regex=True).to_numpy(dtype=np.bool_)
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
    until = np.full(len(table), np.datetime64("NaT", "us"), dtype="datetime64[us]")
    if "occurred_until" in table.columns:
        until = _moments(table.text("occurred_until")).copy()
        early = until < began
        _note_texts(table, "occurred_until", early & keep, "an end before its start", "Left out.", report)
        until[early] = np.datetime64("NaT")
    precision = table.text("precision", TimePrecision.MINUTE.value)
    unknown = ~_is_among(precision, [word.value for word in TimePrecision])
    if bool(unknown.any()):
        wrong = unknown & keep & ~_mask(pc.equal(precision, ""))
        _note_texts(table, "precision", wrong, "an unknown precision", "Read as minute.", report)
        precision = pc.if_else(pa.array(unknown), TimePrecision.MINUTE.value, precision)
    return [
        Column("occurred_until", Kind.TIMESTAMPTZ, until),
        Column("precision", Kind.TEXT, precision),
    ]


def _note_texts(table: PlainTable, name: str, wrong: Mask, reason: str, right: str, report: ImportReport) -> None:
    values = table.text(name)
    for position in np.flatnonzero(wrong):
        report.note(table.path, table.rows[position], Outcome.MENDED, name, values[position], reason, right)


def _counts(table: PlainTable, name: str, keep: Mask, report: ImportReport) -> NDArray[np.int64]:
    given = table.numbers(name)
    wrong = (given < 0) | (given > MOST_CASUALTIES) | (given != np.rint(given)) & ~np.isnan(given)
    _note_numbers(table, name, given, wrong & keep, "no number of people", report)
    return np.where(wrong | np.isnan(given), 0, given).astype(np.int64)


def _accuracy_m(table: PlainTable, keep: Mask, report: ImportReport) -> Numbers:
    given = table.numbers("accuracy_m")
    wrong = (given < 0) | np.isinf(given)
    _note_numbers(table, "accuracy_m", given, wrong & keep, "no distance in metres", report)
    return np.where(wrong | np.isnan(given), 0.0, given)


def _note_numbers(table: PlainTable, name: str, given: Numbers, wrong: Mask, reason: str, report: ImportReport) -> None:
    for position in np.flatnonzero(wrong):
        value = f"{given[position]:g}"
        report.note(table.path, table.rows[position], Outcome.MENDED, name, value, reason, "Stored as 0.")

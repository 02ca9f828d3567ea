"""One part of the files becomes events: tables, map files and GeoParquet, through the importers' readers."""

import json
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pyproj import CRS

from safemap.analysis.hotspots.parts import Values
from safemap.files.columns import Columns, choose_columns, place_column
from safemap.files.events import Events, Facts, troubles_of
from safemap.files.places import box_of, coordinates_of, in_a_system, note_all, placed_by_columns, stored_coordinates
from safemap.files.rules import Choices, KnownForm, NoPositions, Role
from safemap.files.values import Times, labels, numbers, times
from safemap.geo.crs import WGS84
from safemap.imports.incidents import is_published_form, published_incidents
from safemap.imports.reading import PARQUET, WrongFile, files_of, read_features, require_file, table_rows
from safemap.imports.report import ImportReport, Outcome
from safemap.imports.systems import system_said

TABLES = {".csv", ".txt", ".tsv"}
MAPS = {".geojson", ".json", ".topojson", ".shp", ".zip", ".gpkg"}
PART_ROWS = 1_000_000  # of a Parquet file that are read at a time
# Places of the columns that the importers read in the forms of the police.
POLICE_COLUMNS: dict[str, dict[Role, int]] = {
    "npa": {Role.TIME: 2, Role.CLOCK: 3, Role.KIND: 4, Role.X: 49, Role.Y: 50},
    "npa-old": {Role.TIME: 0},
    "taipei-theft": {Role.TIME: 2, Role.CLOCK: 3, Role.KIND: 1},
    "npa-crime": {Role.TIME: 2, Role.KIND: 0},
}
NO_ROWS = "Bring a file with at least one event."


@dataclass(frozen=True)
class Part:
    """A file, or some row groups of a Parquet file."""

    path: Path
    row_groups: tuple[int, ...] | None = None
    first_row: int = 1


def parts_of(paths: list[Path]) -> list[Part]:
    """List what is read at a time: a file each, and Parquet files by groups of rows."""
    parts: list[Part] = []
    for path in files_of(paths):
        require_file(path)
        kind = path.suffix.lower()
        if kind not in TABLES | MAPS | PARQUET:
            raise WrongFile(
                path,
                f"is of a kind that is not read ({kind or 'no ending'})",
                "Bring CSV, GeoJSON, GeoPackage, GeoParquet or a shapefile.",
            )
        parts += _row_groups(path) if kind in PARQUET else [Part(path)]
    return parts


def _row_groups(path: Path) -> list[Part]:
    file = _parquet(path)
    parts: list[Part] = []
    group: list[int] = []
    rows, first = 0, 1
    for number in range(file.num_row_groups):
        group.append(number)
        rows += file.metadata.row_group(number).num_rows
        if rows >= PART_ROWS or number == file.num_row_groups - 1:
            parts.append(Part(path, tuple(group), first))
            first, rows, group = first + rows, 0, []
    return parts or [Part(path, ())]


def _parquet(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise WrongFile(
            path, f"cannot be read as Parquet ({str(error).splitlines()[0][:120]})", "Save it again."
        ) from error


def read_part(part: Part, choices: Choices) -> Events:
    """Read events, with what is told of them; those of other kinds than were chosen are left out.

    Raises
    ------
    WrongFile, WrongSystem, UnknownColumn, KnownForm, NoPositions, WrongValue
        The file, its columns or a value cannot be used.
    """
    report = ImportReport("events", [part.path.name])
    kind = part.path.suffix.lower()
    if kind in MAPS:
        return _from_map(part.path, choices, report)
    if kind in PARQUET:
        return _from_parquet(part, choices, report)
    if is_published_form(part.path):
        return _from_police(part.path, choices, report)
    return _from_table(part.path, choices, report)


def _from_map(path: Path, choices: Choices, report: ImportReport) -> Events:
    frame = read_features(path, report, ("Point",), epsg=choices.crs)
    header = [str(name) for name in frame.columns.drop(frame.geometry.name)]
    columns = choose_columns(path.name, header, choices.columns, has_shapes=True)
    cells = {role: frame[name] for role, name in columns.of.items()}
    rows = np.arange(1, len(frame) + 1)
    xy = coordinates_of(path, np.asarray(frame.geometry.array, dtype=object), rows, report)
    report.rows_read += len(frame)
    return _events(path, rows, (xy, WGS84), cells, columns, header, choices, report)


def _from_parquet(part: Part, choices: Choices, report: ImportReport) -> Events:
    path, file = part.path, _parquet(part.path)
    header = list(file.schema_arrow.names)
    about = json.loads((file.schema_arrow.metadata or {}).get(b"geo", b"{}"))
    shape = about.get("primary_column", "")
    columns = choose_columns(
        path.name, [name for name in header if name != shape], choices.columns, has_shapes=bool(shape)
    )
    wanted = [*columns.of.values(), *([shape] if shape else [])]
    table = file.read_row_groups(list(part.row_groups or ()), columns=list(dict.fromkeys(wanted)))
    report.rows_read += table.num_rows
    if file.metadata.num_rows == 0:
        raise WrongFile(path, "has columns and no row", NO_ROWS)
    rows = np.arange(table.num_rows) + part.first_row
    cells = {role: table.column(name).to_pandas() for role, name in columns.of.items()}
    if shape:
        xy = stored_coordinates(path, table.column(shape), rows, report)
        system = about["columns"][shape].get("crs", "OGC:CRS84")
        placed = in_a_system(path, xy, choices.crs or _named(path, system, xy), rows, report)
    else:
        placed = placed_by_columns(path, cells, columns, rows, choices, report)
    return _events(path, rows, placed, cells, columns, header, choices, report)


def _named(path: Path, system: Any, xy: NDArray[np.float64]) -> int | None:
    """Return the EPSG number of a file's own system in metres; None for degrees and for silence."""
    crs = None if system is None else CRS.from_user_input(system)
    return system_said(path, crs, box_of(xy[np.isfinite(xy).all(axis=1)]))


def _from_table(path: Path, choices: Choices, report: ImportReport) -> Events:
    lines = table_rows(path)
    first = next(lines, None)
    if first is None:
        raise WrongFile(path, "has no row in it", NO_ROWS)
    if len(first[1]) == 1 and any(mark in first[1][0] for mark in ";\t"):
        raise WrongFile(path, "has no commas between its columns", "Save it as CSV with commas.")
    second = next(lines, None)
    if second is not None and _is_title(first[1]) and not _is_title(second[1]):
        first, second = second, None
    lines = chain([] if second is None else [second], lines)
    header = [cell.strip() for cell in first[1]]
    columns = choose_columns(path.name, header, choices.columns, has_shapes=False)
    place = {role: header.index(name) for role, name in columns.of.items()}
    kept: dict[Role, list[str]] = {role: [] for role in place}
    rows: list[int] = []
    for line, values in lines:
        report.rows_read += 1
        if len(values) != len(header):
            width = f"{len(values)} cells"
            report.note(path, line, Outcome.REFUSED, "row", width, "a row of another width", f"{len(header)} cells")
            continue
        rows.append(line)
        for role, number in place.items():
            kept[role].append(values[number])
    if report.rows_read == 0:
        raise WrongFile(path, "has a header and no row", NO_ROWS)
    numbered = np.array(rows, dtype=np.int64)
    cells = {role: pd.Series(values, dtype=object) for role, values in kept.items()}
    placed = placed_by_columns(path, cells, columns, numbered, choices, report)
    return _events(path, numbered, placed, cells, columns, header, choices, report)


def _is_title(cells: list[str]) -> bool:
    """Whether one cell alone says something, as above the header of many police lists."""
    return sum(cell.strip() != "" for cell in cells) == 1


def _from_police(path: Path, choices: Choices, report: ImportReport) -> Events:
    if choices.columns or choices.crs is not None:
        options = [role.value for role in choices.columns] + (["crs"] if choices.crs is not None else [])
        raise KnownForm(path.name, options)
    given = {column.name: column.values for column in published_incidents(path, report)}  # noqa: PD011 - importers' columns
    source = str(given["source"][0]) if len(given["source"]) else ""
    header = [cell.strip() for cell in next(table_rows(path))[1]]
    columns = Columns({role: header[place] for role, place in POLICE_COLUMNS.get(source, {}).items()})
    if source == "npa" and not columns.of[Role.TIME].startswith("發生"):  # files cut by village carry no header
        columns = Columns({role: f"{place + 1}" for role, place in POLICE_COLUMNS["npa"].items()})
    cells = {
        Role.TIME: pd.Series(pd.to_datetime(given["occurred_at"], utc=True)),
        Role.UNTIL: pd.Series(pd.to_datetime(given["occurred_until"], utc=True)),
        Role.KIND: pd.Series(given["kind"]),
    }
    lonlat = np.asarray(given["geom"], dtype=np.float64).reshape(-1, 2)
    return _events(path, np.arange(len(lonlat)) + 1, (lonlat, WGS84), cells, columns, header, choices, report)


def _events(
    path: Path,
    rows: NDArray[np.int64],
    placed: tuple[NDArray[np.float64], int],
    cells: dict[Role, pd.Series],
    columns: Columns,
    header: list[str],
    choices: Choices,
    report: ImportReport,
) -> Events:
    number, file = len(rows), path.name
    nothing = np.full(number, np.datetime64("NaT", "m"))
    when = Times(nothing, nothing, np.zeros(number, dtype=np.bool_))
    if Role.TIME in cells:
        when = times(cells[Role.TIME], cells.get(Role.CLOCK), choices.zone)
        right = "Such as 2025-03-01 21:30, 20250301, 114/3/1 or 114年3月1日."
        note_all(
            path,
            rows,
            when.is_wrong,
            columns.of[Role.TIME],
            cells[Role.TIME].iloc.__getitem__,
            "no date and time",
            right,
            report,
            Outcome.MENDED,
        )
    until = when.until
    if Role.UNTIL in cells:
        ends = times(cells[Role.UNTIL], None, choices.zone).begin
        until = np.where(np.isnat(ends), until, ends)
    kinds = labels(cells[Role.KIND]) if Role.KIND in cells else None
    weight = accuracy = None
    if Role.WEIGHT in cells:
        weight = numbers(cells[Role.WEIGHT], file, rows, columns.of[Role.WEIGHT], empty=np.nan)
    if Role.ACCURACY in cells:
        accuracy = numbers(cells[Role.ACCURACY], file, rows, columns.of[Role.ACCURACY], empty=choices.accuracy_m or 0.0)
    elif choices.accuracy_m is not None:
        accuracy = np.full(number, choices.accuracy_m)
    people = labels(cells[Role.REPORTER]) if Role.REPORTER in cells else None
    every = Events(*placed, when.begin, until, weight, accuracy, kinds, people, Facts())
    words = None if kinds is None else kinds.words()
    kept = every if not choices.only or words is None else every.taken(np.isin(words, choices.only))
    if choices.only and words is None:
        kept = every.taken(np.zeros(number, dtype=np.bool_))
    read = tuple((file, role.value, name) for role, name in columns.of.items())
    return Events(
        **{name: getattr(kept, name) for name in vars(kept) if name != "facts"},
        facts=_facts(kept, words, columns, header, read, report),
    )


def _facts(
    events: Events,
    words: NDArray[np.object_] | None,
    columns: Columns,
    header: list[str],
    read: tuple[tuple[str, str, str], ...],
    report: ImportReport,
) -> Facts:
    has_time = ~np.isnat(events.begin)
    is_placed = events.has_place
    known = events.begin[has_time]
    people = events.reporters
    return Facts(
        rows=report.rows_read,
        events=len(events),
        placed=int(is_placed.sum()),
        timed=int(has_time.sum()),
        kinds=Counter()
        if words is None
        else Counter({str(word): count for word, count in pd.Series(words).value_counts().items()}),
        kind_column=columns.of.get(Role.KIND, ""),
        first=known.min() if len(known) else np.datetime64("NaT", "m"),
        last=known.max() if len(known) else np.datetime64("NaT", "m"),
        accuracy=None if events.accuracy_m is None else Values.of(events.accuracy_m[is_placed]),
        reporters=None if people is None else people.different(),
        read=read,
        header=tuple(header),
        box=events.box(),
        troubles=troubles_of(report),
        remarks=tuple(report.remarks),
    )


def require_positions(facts: Facts, files: str) -> None:
    """Raise a clear error when no event has a position."""
    if facts.events and not facts.placed:
        header = list(facts.header)
        raise NoPositions(files, header, place_column(header))


def names_of(parts: list[Part]) -> str:
    """Name the files of some parts in a message."""
    names = list(dict.fromkeys(part.path.name for part in parts))
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")

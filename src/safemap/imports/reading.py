"""Opening files that people bring: what they are, their encoding, and clear words when they are not right."""

import codecs
import csv
import itertools
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from safemap.errors import InvalidInput, NotFound
from safemap.imports.report import ImportReport
from safemap.imports.systems import in_degrees

LONGEST_LINE_BYTES = 4 * 1024 * 1024  # a table's longest honest line is some kilobytes
PIECE_BYTES = 1024 * 1024
BOM = b"\xef\xbb\xbf"
PARQUET = {".parquet", ".geoparquet"}
ENCODINGS = ("utf-8", "cp950")  # cp950: what Taiwanese agencies' spreadsheets write; a superset of Big5
MAGIC = {
    b"PK\x03\x04": "a zip or spreadsheet file",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}


class WrongFile(InvalidInput):
    """A file is not what it should be."""

    def __init__(self, path: Path, why: str, right: str) -> None:
        super().__init__("{file}: {why}.", remedy=right, file=path.name, why=why)


def require_file(path: Path) -> None:
    """Raise a clear error when there is no file, or nothing in it."""
    if not path.exists():
        raise NotFound("There is no file {path}.", remedy="Check its name and folder.", path=path)
    if path.is_dir():
        raise WrongFile(path, "is a folder", "Name a file.")
    if path.stat().st_size == 0:
        raise WrongFile(path, "is empty", "Download or export it again.")


def text_encoding(path: Path) -> str:
    """Find a table's encoding, UTF-8 (with or without BOM) or cp950, refusing what is no text.

    The file is gone through in pieces and its lines are measured first, so that a file of one endless line costs no
    memory.
    """
    require_file(path)
    with path.open("rb") as stream:
        start = stream.read(8)
    for magic, name in MAGIC.items():
        if start.startswith(magic):
            raise WrongFile(path, f"is {name}, not a table of text", "Save it as CSV and try again.")
    _measure_lines(path)
    for encoding in ENCODINGS:
        bad_at = _undecodable_at(path, encoding)
        if bad_at is None:
            return encoding
    assert bad_at is not None
    line, byte = bad_at
    raise WrongFile(
        path,
        f"line {line} is neither UTF-8 nor cp950 (a byte 0x{byte:02x})",
        "Save it as CSV in UTF-8 and try again.",
    )


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(PIECE_BYTES):
            yield piece


def _undecodable_at(path: Path, encoding: str) -> tuple[int, int] | None:
    """Return the line and the byte that an encoding stumbles over; None when it reads the whole file."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    for piece in itertools.chain(_pieces(path), [b""]):
        try:
            decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            held = bytes(error.object)
            return line + held.count(b"\n", 0, error.start), held[error.start]
        line += piece.count(b"\n")
    return None


def _measure_lines(path: Path) -> None:
    length, number = 0, 1
    for piece in _pieces(path):
        if b"\x00" in piece:
            raise WrongFile(
                path, "is not text in UTF-8: it holds NUL bytes", "Save it as CSV in UTF-8 (not UTF-16) and try again."
            )
        parts = piece.split(b"\n")
        for part in parts[:-1]:
            _require_honest_line(path, number, length + len(part))
            length, number = 0, number + 1
        length += len(parts[-1])
        _require_honest_line(path, number, length)


def _require_honest_line(path: Path, number: int, length: int) -> None:
    if length > LONGEST_LINE_BYTES:
        raise WrongFile(
            path,
            f"line {number} is longer than {LONGEST_LINE_BYTES // 1024**2} MB",
            "A table has one record a line; check that this is the right file.",
        )


def table_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV file with the number of the line each begins on, one at a time; empty lines are passed over."""
    encoding = text_encoding(path)
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as text:
        reader = csv.reader(text, strict=False)
        line = 1
        try:
            for row in reader:
                if row:
                    yield line, row
                line = reader.line_num + 1
        except csv.Error as error:
            raise WrongFile(
                path, f"line {line} is no CSV ({error})", "Check the quotation marks of that line."
            ) from error


def read_features(
    path: Path, report: ImportReport, shapes: tuple[str, ...], *, epsg: int | None = None
) -> gpd.GeoDataFrame:
    """Read a vector file (GeoJSON, shapefile, zipped shapefile, TopoJSON, GeoPackage, GeoParquet …) as degrees.

    Parameters
    ----------
    path
        The file.
    report
        Gets a remark when a reference system was assumed.
    shapes
        Words that a geometry type must begin with or contain, e.g. ``("Polygon",)``; for the error only.
    epsg
        The reference system, where the person who imports names it.

    Raises
    ------
    WrongFile
        Not a vector file, broken, without geometry, or in numbers that are no known reference system.
    """
    require_file(path)
    frame = _from_parquet(path) if path.suffix.lower() in PARQUET else _from_gdal(path)
    if not isinstance(frame, gpd.GeoDataFrame) or frame.geometry.isna().all():
        raise WrongFile(path, "has no geometry", f"Bring a file of {' or '.join(shapes).lower()}s with coordinates.")
    return in_degrees(path, frame, report, epsg=epsg)


def _from_gdal(path: Path) -> Any:
    source = f"/vsizip/{path}" if path.suffix.lower() == ".zip" else str(path)
    _refuse_broken_json(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # GDAL's remarks on styles and fields we do not read
            return pyogrio.read_dataframe(source, fid_as_index=False, encoding=_dbf_encoding(path))
    except (DataSourceError, DataLayerError, UnicodeDecodeError) as error:
        raise WrongFile(
            path,
            f"cannot be read as a map file ({str(error).splitlines()[0][:120]})",
            "Bring GeoJSON, a shapefile with its .shx and .dbf (or zipped), TopoJSON, GeoPackage or GeoParquet.",
        ) from error


def _from_parquet(path: Path) -> gpd.GeoDataFrame:
    try:
        return gpd.read_parquet(path)
    except (ValueError, OSError, pa.ArrowInvalid) as error:
        raise WrongFile(
            path,
            f"cannot be read as GeoParquet ({str(error).splitlines()[0][:120]})",
            "Save it as GeoParquet, GeoPackage or GeoJSON, with its geometry.",
        ) from error


def files_of(paths: list[Path]) -> list[Path]:
    """Return files as they are named, and the files of each folder that is named."""
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
        if not inside:
            raise InvalidInput(
                "{path} is a folder without files.", remedy="Name a file, or a folder of files.", path=path
            )
        found.extend(inside)
    return found


def _refuse_broken_json(path: Path) -> None:
    """GDAL reads the whole part of a truncated GeoJSON without a word; a truncated file is refused here."""
    if path.suffix.lower() not in {".json", ".geojson", ".topojson"}:
        return
    with path.open("rb") as stream:
        if b"{" not in stream.read(64).removeprefix(BOM):
            raise WrongFile(path, "is no JSON object", "Bring a GeoJSON FeatureCollection.")
        stream.seek(max(0, path.stat().st_size - 64))
        if not stream.read().rstrip().endswith(b"}"):
            raise WrongFile(path, "ends in the middle", "Download or export it again.")


def _dbf_encoding(path: Path) -> str | None:
    """Guess cp950 for a shapefile without .cpg whose .dbf names no code page; everything else says its own."""
    if path.suffix.lower() != ".shp" or path.with_suffix(".cpg").exists() or path.with_suffix(".CPG").exists():
        return None
    return "cp950"


def explode(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Split multi-part geometries into their parts, each row remembering which feature it came from."""
    frame = frame.assign(feature=range(len(frame)))
    return frame.explode(index_parts=False, ignore_index=True)


def property_of(row: Any, *names: str, default: Any = None) -> Any:
    """Return the first of some properties that a feature has and that is not empty."""
    for name in names:
        value = row.get(name)
        if isinstance(value, list | np.ndarray):
            if len(value):
                return list(value)
        elif not pd.isna(value) and value != "":
            return value
    return default


def flat(geometry: Any) -> Any:
    """Drop heights from a geometry."""
    return shapely.force_2d(geometry)


def as_json_list(value: Any) -> list[Any]:
    """Return a property that GDAL handed over as JSON text, or as a list already, as a list."""
    if isinstance(value, str):
        loaded = json.loads(value)
        return loaded if isinstance(loaded, list) else [loaded]
    return list(value)

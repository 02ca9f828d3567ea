"""Opening files that people bring: what they are, their encoding, and clear words when they are not right."""

import csv
import io
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from safemap.errors import InvalidInput, NotFound
from safemap.geo.crs import TWD67_TM2_121, TWD97_TM2_119, TWD97_TM2_121, WGS84
from safemap.imports.report import ImportReport

LONGEST_LINE_BYTES = 4 * 1024 * 1024  # a table's longest honest line is some kilobytes
PIECE_BYTES = 1024 * 1024
BOM = b"\xef\xbb\xbf"
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


def read_text(path: Path) -> str:
    """Read a table's text whole, in UTF-8 (with or without BOM) or cp950, refusing what is no text.

    Lines are measured before anything is decoded, so that a file of one endless line costs no memory.
    """
    require_file(path)
    with path.open("rb") as stream:
        start = stream.read(8)
        for magic, name in MAGIC.items():
            if start.startswith(magic):
                raise WrongFile(path, f"is {name}, not a table of text", "Save it as CSV and try again.")
        _measure_lines(path, start, stream)
    raw = path.read_bytes().removeprefix(BOM)
    if b"\x00" in raw:
        raise WrongFile(path, "is not text: it holds NUL bytes", "Save it as CSV in UTF-8 and try again.")
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError as error:
            bad_at = error.start
    line = raw.count(b"\n", 0, bad_at) + 1
    raise WrongFile(
        path,
        f"line {line} is neither UTF-8 nor cp950 (byte {bad_at + 1} is 0x{raw[bad_at]:02x})",
        "Save it as CSV in UTF-8 and try again.",
    )


def _measure_lines(path: Path, start: bytes, stream: io.BufferedReader) -> None:
    length, number = len(start), 1
    while piece := stream.read(PIECE_BYTES):
        pieces = piece.split(b"\n")
        for position, part in enumerate(pieces):
            length = length + len(part) if position == 0 else len(part)
            if length > LONGEST_LINE_BYTES:
                raise WrongFile(
                    path,
                    f"line {number} is longer than {LONGEST_LINE_BYTES // 1024 // 1024} MB",
                    "A table has one record a line; check that this is the right file.",
                )
            if position < len(pieces) - 1:
                number += 1


def table_rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV text with the number of the line each begins on; empty lines are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=False)
    line = 1
    try:
        for row in reader:
            if row:
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise WrongFile(path, f"line {line} is no CSV ({error})", "Check the quotation marks of that line.") from error


def read_features(path: Path, report: ImportReport, shapes: tuple[str, ...]) -> gpd.GeoDataFrame:
    """Read a vector file (GeoJSON, shapefile, zipped shapefile, TopoJSON, GeoPackage …) as degrees.

    Parameters
    ----------
    path
        The file.
    report
        Gets a remark when a reference system was assumed.
    shapes
        Words that a geometry type must begin with or contain, e.g. ``("Polygon",)``; for the error only.

    Raises
    ------
    WrongFile
        Not a vector file, broken, without geometry, or in numbers that are no known reference system.
    """
    require_file(path)
    source = f"/vsizip/{path}" if path.suffix.lower() == ".zip" else str(path)
    _refuse_broken_json(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # GDAL's remarks on styles and fields we do not read
            frame = pyogrio.read_dataframe(source, fid_as_index=False, encoding=_dbf_encoding(path))
    except (DataSourceError, DataLayerError, UnicodeDecodeError) as error:
        raise WrongFile(
            path,
            f"cannot be read as a map file ({str(error).splitlines()[0][:120]})",
            "Bring GeoJSON, a shapefile with its .shx and .dbf (or zipped), TopoJSON or GeoPackage.",
        ) from error
    if not isinstance(frame, gpd.GeoDataFrame) or frame.geometry.isna().all():
        raise WrongFile(path, "has no geometry", f"Bring a file of {' or '.join(shapes).lower()}s with coordinates.")
    return _in_degrees(path, frame, report)


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


def _in_degrees(path: Path, frame: gpd.GeoDataFrame, report: ImportReport) -> gpd.GeoDataFrame:
    west, south, east, north = frame.total_bounds
    if frame.crs is not None and frame.crs.to_epsg() != WGS84 and not frame.crs.is_geographic:
        return frame.to_crs(WGS84)
    if -180 <= west <= east <= 180 and -90 <= south <= north <= 90:
        return frame.set_crs(WGS84, allow_override=True) if frame.crs is None or not frame.crs.is_geographic else frame
    plane = _plane_of_numbers(west, south, east, north)
    if plane is None:
        raise WrongFile(
            path,
            f"has coordinates from {west:g}, {south:g} to {east:g}, {north:g}: neither degrees nor metres of TWD97",
            "Export it in WGS84 longitude and latitude (EPSG:4326).",
        )
    name = {TWD97_TM2_121: "TWD97 TM2 zone 121", TWD97_TM2_119: "TWD97 TM2 zone 119", TWD67_TM2_121: "TWD67"}[plane]
    report.remark(f"{path.name} names no reference system; its numbers were read as {name}.")
    return frame.set_crs(plane, allow_override=True).to_crs(WGS84)


def _plane_of_numbers(west: float, south: float, east: float, north: float) -> int | None:
    if 90_000 <= west <= east <= 380_000 and 2_400_000 <= south <= north <= 2_900_000:
        return TWD97_TM2_121
    return None


def explode(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Split multi-part geometries into their parts, each row remembering which feature it came from."""
    frame = frame.assign(feature=range(len(frame)))
    return frame.explode(index_parts=False, ignore_index=True)


def property_of(row: Any, *names: str, default: Any = None) -> Any:
    """Return the first of some properties that a feature has and that is not empty."""
    for name in names:
        value = row.get(name)
        if value is not None and value == value and value != "":  # noqa: PLR0124 - NaN is not itself
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

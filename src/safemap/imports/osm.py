"""OpenStreetMap extracts (.osm.pbf): streets, buildings, lamps, cameras with their directions, public places."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from safemap.basemap.rules import PlaceKind, StreetClass
from safemap.basemap.service import store_buildings, store_lamps, store_places
from safemap.cameras.service import store_cameras
from safemap.db.copy import Column, Kind
from safemap.imports import osm_cameras
from safemap.imports.noding import cleaned
from safemap.imports.osm_tags import PLACES, STREET_CLASSES, is_building, names_of, number_in, place_kind
from safemap.imports.reading import WrongFile, require_file
from safemap.imports.report import ImportReport, Outcome
from safemap.imports.streets import store_network
from safemap.imports.villages import areas_only, village_from_box

SOURCE = "osm"
# Relations alone are asked for their "type".
KEYS = ("highway", "building", "man_made", "type", *sorted({key for key, _ in PLACES}))


@dataclass
class Extract:
    """What one extract holds, gathered in one pass over the file."""

    lines: list[NDArray[np.float64]] = field(default_factory=list)
    streets: list[dict[str, Any]] = field(default_factory=list)
    buildings: list[dict[str, Any]] = field(default_factory=list)
    lamps: list[dict[str, Any]] = field(default_factory=list)
    cameras: osm_cameras.CamerasRead = field(default_factory=osm_cameras.CamerasRead)
    places: list[dict[str, Any]] = field(default_factory=list)
    outlines: set[str] = field(default_factory=set)  # of buildings and places that have not closed yet
    seen: Counter[str] = field(default_factory=Counter)


def import_osm(session: Session, path: Path, report: ImportReport, *, village: str | None = None) -> None:
    """Read an extract and store what safemap draws and measures; with `village` its box becomes a study area."""
    require_file(path)
    extract = Extract()
    try:
        box = _read(path, extract, report)
    except (RuntimeError, OSError, UnicodeDecodeError) as error:
        raise WrongFile(
            path,
            f"is no whole OpenStreetMap extract ({error})",
            "Bring an .osm.pbf file; download it again if it was cut.",
        ) from error
    if not extract.seen:
        raise WrongFile(
            path, "holds no street, building, lamp, camera or place", "Bring an extract of a place with streets."
        )
    for kind, count in sorted(extract.seen.items()):
        report.remark(f"{count:,} × {kind} read.")
    if extract.lines:
        store_network(session, SOURCE, extract.lines, extract.streets, report)
    report.stored("building", store_buildings(session, _columns(extract.buildings, BUILDING_KINDS)))
    report.stored("street_lamp", store_lamps(session, _columns(extract.lamps, LAMP_KINDS)))
    report.stored("camera", store_cameras(session, _columns(extract.cameras.rows, osm_cameras.COLUMNS)))
    report.stored("public_place", store_places(session, _columns(extract.places, PLACE_KINDS)))
    if village:
        code = "osm-" + re.sub(r"[^\w]+", "-", village.lower()).strip("-")
        village_from_box(session, village, code, box or _extent(path, extract.lines))
        report.remark(f"The study area “{village}” ({code}) is the file's own box.")


def _read(path: Path, extract: Extract, report: ImportReport) -> tuple[float, float, float, float] | None:
    processor = (
        osmium.FileProcessor(str(path)).with_locations().with_areas().with_filter(osmium.filter.KeyFilter(*KEYS))
    )
    thing: Any
    for thing in processor:
        tags = thing.tags
        if thing.is_node():
            _take_node(path, thing, tags, extract, report)
        elif thing.is_area():
            _take_area(path, thing, tags, extract, report)
        else:
            if thing.is_way() and "highway" in tags:
                _take_street(path, thing, tags, extract, report)
            if _outlines_something(thing, tags):
                extract.outlines.add(_area_id(is_way=thing.is_way(), number=thing.id))
            if thing.is_relation() and tags.get("type") == "surveillance":
                extract.cameras.take_relation(thing)
    for source_id in sorted(extract.outlines):
        report.rows_read += 1
        right = "Left out: part of it lies outside the extract, or it is drawn wrongly."
        report.note(
            path, source_id, Outcome.REFUSED, "geometry", "", "a building or place whose outline does not close", right
        )
    _count_cameras(extract, processor.node_location_storage, report)
    header = processor.header.box()
    if not header.valid():
        return None
    low, high = header.bottom_left, header.top_right
    return (low.lon, low.lat, high.lon, high.lat)


def _outlines_something(thing: Any, tags: Any) -> bool:
    is_ring = thing.is_closed() if thing.is_way() else tags.get("type") == "multipolygon"
    return is_ring and (is_building(tags) or place_kind(tags) is not None)


def _count_cameras(extract: Extract, locations: Any, report: ImportReport) -> None:
    def located(node: int) -> tuple[float, float] | None:
        try:
            place = locations.get(node)
        except KeyError:
            return None
        return (place.lon, place.lat) if place.valid() else None

    cameras = extract.cameras
    if not cameras.nodes:
        return
    extract.seen["surveillance camera"] = cameras.nodes
    given = cameras.look(located)
    directed = sum(row["azimuth_deg"] is not None for row in cameras.rows)
    report.remark(
        f"{cameras.nodes:,} cameras are {len(cameras.rows):,} views (one for each direction); {directed:,} have a "
        f"direction, {given:,} of them from the spots that their surveillance relation says are seen."
    )


def _extent(path: Path, lines: list[NDArray[np.float64]]) -> tuple[float, float, float, float]:
    if not lines:
        raise WrongFile(path, "names no box and has no street to take one from", "Leave --village out.")
    coords = np.concatenate(lines)
    (west, south), (east, north) = coords.min(axis=0), coords.max(axis=0)
    return (float(west), float(south), float(east), float(north))


def _take_street(path: Path, way: Any, tags: Any, extract: Extract, report: ImportReport) -> None:
    extract.seen["street (highway)"] += 1
    report.rows_read += 1
    kind = tags.get("highway")
    street_class = STREET_CLASSES.get(kind.removesuffix("_link"))
    if street_class is None:
        report.note(path, f"w{way.id}", Outcome.REFUSED, "highway", kind, "no street that people use", "Left out.")
        return
    coords = [(node.location.lon, node.location.lat) for node in way.nodes if node.location.valid()]
    line = cleaned(np.array(coords, dtype=np.float64).reshape(-1, 2))
    if len(line) < 2:
        report.note(
            path, f"w{way.id}", Outcome.REFUSED, "nodes", len(coords), "fewer than two nodes in the file", "Left out."
        )
        return
    if len(coords) < len(way.nodes):
        missing = len(way.nodes) - len(coords)
        report.note(
            path, f"w{way.id}", Outcome.MENDED, "nodes", missing, "nodes outside the extract", "Cut at its edge."
        )
    lit = tags.get("lit")
    forbidden = tags.get("foot") in {"no", "use_sidepath"} or tags.get("access") in {"no", "private"}
    extract.lines.append(line)
    extract.streets.append(
        {
            "id": f"w{way.id}",
            **names_of(tags),
            "street_class": street_class.value,
            "is_walkable": street_class is not StreetClass.MOTORWAY
            and (not forbidden or tags.get("foot") in {"yes", "designated", "permissive"}),
            "is_oneway": tags.get("oneway") in {"yes", "1", "true", "-1"} or tags.get("junction") == "roundabout",
            "is_lit": None if lit is None else lit not in {"no", "disused"},
        }
    )


def _take_node(path: Path, node: Any, tags: Any, extract: Extract, report: ImportReport) -> None:
    if not node.location.valid():
        return
    point = shapely.Point(node.location.lon, node.location.lat)
    if tags.get("highway") == "street_lamp":
        extract.seen["street lamp"] += 1
        report.rows_read += 1
        working = tags.get("operational_status") not in {"broken", "out_of_order"}
        extract.lamps.append(
            {"source_id": f"n{node.id}", "number": tags.get("ref") or "", "is_working": working, "geom": point}
        )
    if tags.get("man_made") == "surveillance":
        extract.cameras.take_node(path, node, tags, point, report)
    _take_place(f"n{node.id}", tags, point, extract, report)


def _area_id(*, is_way: bool, number: int) -> str:
    return f"{'w' if is_way else 'r'}{number}"


def _take_area(path: Path, area: Any, tags: Any, extract: Extract, report: ImportReport) -> None:
    source_id = _area_id(is_way=area.from_way(), number=area.orig_id())
    extract.outlines.discard(source_id)
    if not is_building(tags) and place_kind(tags) is None:
        return
    try:
        shape = shapely.from_wkb(osmium.geom.WKBFactory().create_multipolygon(area))
    except RuntimeError as error:
        report.rows_read += 1
        report.note(path, source_id, Outcome.REFUSED, "geometry", error, "an area that does not close", "Left out.")
        return
    if not shape.is_valid:
        shape = areas_only(shapely.make_valid(shape))
        if shape.is_empty:
            report.rows_read += 1
            report.note(path, source_id, Outcome.REFUSED, "geometry", "", "an area without extent", "Left out.")
            return
        report.note(path, source_id, Outcome.MENDED, "geometry", "", "an invalid area", "Made valid.")
    if is_building(tags):
        extract.seen["building"] += 1
        report.rows_read += 1
        multi = shapely.multipolygons(shapely.get_parts(shape))
        extract.buildings.append(
            {
                "source_id": source_id,
                "name": tags.get("name") or "",
                "height_m": number_in(tags.get("height"), 999.0),
                "levels": number_in(tags.get("building:levels"), 249.0),
                "geom": multi,
            }
        )
    _take_place(source_id, tags, shape, extract, report)


def _take_place(source_id: str, tags: Any, shape: BaseGeometry, extract: Extract, report: ImportReport) -> None:
    kind = place_kind(tags)
    if kind is None or (kind is PlaceKind.WATER and shape.geom_type == "Point"):
        return
    extract.seen[f"public place ({kind.value})"] += 1
    report.rows_read += 1
    extract.places.append({"source_id": source_id, "kind": kind.value, **names_of(tags), "geom": shape})


BUILDING_KINDS = {
    "source_id": Kind.TEXT,
    "name": Kind.TEXT,
    "height_m": Kind.FLOAT8,
    "levels": Kind.FLOAT8,
    "geom": Kind.GEOMETRY,
}
LAMP_KINDS = {"source_id": Kind.TEXT, "number": Kind.TEXT, "is_working": Kind.BOOL, "geom": Kind.GEOMETRY}
PLACE_KINDS = {
    "source_id": Kind.TEXT,
    "kind": Kind.TEXT,
    "name": Kind.TEXT,
    "name_en": Kind.TEXT,
    "geom": Kind.GEOMETRY,
}


def _columns(rows: list[dict[str, Any]], kinds: dict[str, Kind]) -> list[Column]:
    columns = [Column("source", Kind.TEXT, np.full(len(rows), SOURCE, dtype=object))]
    for name, kind in kinds.items():
        values = np.empty(len(rows), dtype=object)
        values[:] = [row[name] for row in rows]
        columns.append(Column(name, kind, values))
    return columns

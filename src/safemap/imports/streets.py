"""Streets as lines with names (GeoJSON or any vector file), cut into a network."""

from pathlib import Path
from typing import Any

import numpy as np
import shapely
from sqlalchemy.orm import Session

from safemap.basemap.rules import StreetClass
from safemap.basemap.service import store_streets
from safemap.db.copy import Column, Kind
from safemap.imports.noding import cleaned, node_lines
from safemap.imports.reading import WrongFile, explode, flat, property_of, read_features
from safemap.imports.report import ImportReport, Outcome

# How a Taiwanese street's last character tells its class when the file says nothing.
CLASS_BY_SUFFIX = {
    "弄": StreetClass.ALLEY,
    "巷": StreetClass.LANE,
    "街": StreetClass.COLLECTOR,
    "路": StreetClass.MAIN,
    "段": StreetClass.MAIN,
    "道": StreetClass.MAIN,
}


# Names of roads that nobody walks on: the streets beside or under them have names of their own.
MOTOR_ROADS = ("快速道路", "快速公路", "高速公路", "高架道路")


def class_from_name(name: str) -> StreetClass:
    """Guess a street's class from its name; a lane when nothing tells."""
    if any(word in name for word in MOTOR_ROADS):
        return StreetClass.MOTORWAY
    return CLASS_BY_SUFFIX.get(name.strip()[-1:], StreetClass.LANE)


def truth(value: Any) -> bool | None:
    """Read a yes or no as files write it; None when it says neither."""
    if isinstance(value, str):
        word = value.strip().lower()
        if word in {"yes", "true", "1", "y", "是"}:
            return True
        return False if word in {"no", "false", "0", "n", "否"} else None
    return None if value is None or value != value else bool(value)  # noqa: PLR0124 - NaN


def import_streets(session: Session, path: Path, report: ImportReport, *, source: str, epsg: int | None = None) -> None:
    """Read lines and store them as a noded network."""
    frame = read_features(path, report, ("LineString",), epsg=epsg)
    report.rows_read += len(frame)
    for missing in np.flatnonzero(frame.geometry.isna() | frame.geometry.is_empty):
        report.note(path, missing + 1, Outcome.REFUSED, "geometry", "nothing", "not a line", "Streets are LineStrings.")
    frame = explode(frame)
    ways: list[np.ndarray[Any, np.dtype[np.float64]]] = []
    attributes: list[dict[str, Any]] = []
    guessed = 0
    for position, row in enumerate(frame.to_dict("records")):
        number = int(row["feature"]) + 1
        geometry = row["geometry"]
        if geometry is None or geometry.is_empty:
            continue
        if geometry.geom_type not in {"LineString", "LinearRing"}:
            shape = geometry.geom_type
            report.note(path, number, Outcome.REFUSED, "geometry", shape, "not a line", "Streets are LineStrings.")
            continue
        line = cleaned(shapely.get_coordinates(flat(geometry)))
        if len(line) < 2 or not np.isfinite(line).all():
            report.note(path, number, Outcome.REFUSED, "geometry", geometry.wkt, "no length", "A street has two ends.")
            continue
        name = str(property_of(row, "name", "NAME", "road_name", "路名", default=""))
        given = property_of(row, "street_class")
        if given is not None and given not in set(StreetClass):
            report.note(
                path, number, Outcome.MENDED, "street_class", given, "unknown class of street", "Read from its name."
            )
            given = None
        guessed += given is None
        street_class = StreetClass(given) if given else class_from_name(name)
        walkable = truth(row.get("is_walkable"))
        ways.append(line)
        attributes.append(
            {
                "id": str(property_of(row, "id", "source_id", "osm_id", default=f"feature-{number}-{position}")),
                "name": name,
                "name_en": str(property_of(row, "name_en", default="")),
                "street_class": street_class.value,
                "is_walkable": street_class is not StreetClass.MOTORWAY if walkable is None else walkable,
                "is_oneway": truth(row.get("is_oneway")) is True,
                "is_lit": truth(row.get("is_lit")),
            }
        )
    if not ways:
        raise WrongFile(path, "has no line in it", "Bring streets as LineStrings.")
    if guessed:
        report.remark(
            f"{guessed:,} streets name no class; it was read from the last character of their names (路 街 巷 弄)."
        )
    _warn_of_same_ids(path, attributes, report)
    store_network(session, source, ways, attributes, report)


def _warn_of_same_ids(path: Path, attributes: list[dict[str, Any]], report: ImportReport) -> None:
    seen: set[str] = set()
    for position, street in enumerate(attributes):
        if street["id"] in seen:
            right = "Numbered within the file."
            report.note(path, position + 1, Outcome.MENDED, "id", street["id"], "an id that another street has", right)
            street["id"] = f"{street['id']}-{position}"
        seen.add(street["id"])


def store_network(
    session: Session,
    source: str,
    ways: list[np.ndarray[Any, np.dtype[np.float64]]],
    attributes: list[dict[str, Any]],
    report: ImportReport,
) -> None:
    """Cut lines into a network and store its nodes and edges."""
    network = node_lines(ways)
    way_ids = np.array([street["id"] for street in attributes], dtype=object)

    def of_way(name: str) -> np.ndarray[Any, np.dtype[np.object_]]:
        return np.array([street[name] for street in attributes], dtype=object)[network.way]

    edges = [
        Column(
            "source_id",
            Kind.TEXT,
            np.array(
                [f"{way}:{piece}" for way, piece in zip(way_ids[network.way], network.piece, strict=True)], dtype=object
            ),
        ),
        Column("name", Kind.TEXT, of_way("name")),
        Column("name_en", Kind.TEXT, of_way("name_en")),
        Column("street_class", Kind.TEXT, of_way("street_class")),
        Column("is_walkable", Kind.BOOL, of_way("is_walkable")),
        Column("is_oneway", Kind.BOOL, of_way("is_oneway")),
        Column("is_lit", Kind.BOOL, of_way("is_lit")),
        Column("length_m", Kind.FLOAT8, network.length_m),
        Column("geom", Kind.GEOMETRY, network.lines),
    ]
    nodes, counts = store_streets(
        session,
        source,
        node_ids=network.node_ids,
        node_points=network.node_points,
        edges=edges,
        from_node=network.from_node,
        to_node=network.to_node,
    )
    report.stored("street_node", nodes)
    report.stored("street_edge", counts)
    count = f"{len(network.way):,} edges between {len(network.node_ids):,} nodes"
    report.remark(f"{len(ways):,} lines were cut at shared vertices into {count}.")

"""Village boundaries: NLSC's schema (VILLCODE …), Taipei's (PNAME, TNAME, VNAME …), safemap's own (code, name …)."""

from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from safemap.communities.service import store_villages
from safemap.db.copy import Column, Kind
from safemap.imports.reading import WrongFile, flat, property_of, read_features
from safemap.imports.report import ImportReport, Outcome
from safemap.imports.streets import truth

SCHEMAS = {
    "nlsc": {"code": "VILLCODE", "county": "COUNTYNAME", "town": "TOWNNAME", "name": "VILLNAME", "name_en": "VILLENG"},
    "taipei": {"code": "CPTVID", "county": "PNAME", "town": "TNAME", "name": "VNAME", "name_en": ""},
    "safemap": {"code": "code", "county": "county", "town": "town", "name": "name", "name_en": "name_en"},
}


def import_villages(
    session: Session, path: Path, report: ImportReport, *, source: str | None = None, epsg: int | None = None
) -> None:
    """Read boundaries and store them under the source's own codes."""
    frame = read_features(path, report, ("Polygon",), epsg=epsg)
    report.rows_read += len(frame)
    schema = next(
        (name for name, fields in SCHEMAS.items() if {fields["code"], fields["name"]} <= set(frame.columns)), None
    )
    if schema is None:
        known = "; ".join(f"{name}: {', '.join(filter(None, fields.values()))}" for name, fields in SCHEMAS.items())
        raise WrongFile(
            path,
            f"has none of the known sets of fields (it has {', '.join(map(str, frame.columns[:12]))})",
            f"Known are {known}.",
        )
    fields = SCHEMAS[schema]
    rows: dict[str, dict[str, Any]] = {}
    for position, row in enumerate(frame.to_dict("records"), 1):
        code, name = (str(property_of(row, fields[key], default="")).strip() for key in ("code", "name"))
        if not name or not code:
            missing = fields["code"] if not code else fields["name"]
            report.note(path, position, Outcome.REFUSED, missing, "", "no code or name", "Every village has both.")
            continue
        outline = _outline(path, position, row["geometry"], report)
        if outline is None:
            continue
        if code in rows:
            report.note(
                path, position, Outcome.MENDED, fields["code"], code, "a village in several parts", "Joined into one."
            )
            outline = shapely.union_all([rows[code]["geom"], outline])
        rows[code] = {
            "county": str(property_of(row, fields["county"], default="")).replace("台", "臺"),
            "town": str(property_of(row, fields["town"], default="")),
            "name": name,
            "name_en": str(property_of(row, fields["name_en"], default="")) if fields["name_en"] else "",
            "is_fictional": truth(row.get("is_fictional")) is True,
            "geom": outline,
        }
    if not rows:
        raise WrongFile(path, "has no village in it", "See the report for each row's reason.")
    report.stored("village", store_villages(session, village_columns(source or schema, rows)))


def village_columns(source: str, rows: dict[str, dict[str, Any]]) -> list[Column]:
    """Return villages by code as columns of their table."""

    def of(name: str) -> np.ndarray[Any, np.dtype[np.object_]]:
        return np.array([row[name] for row in rows.values()], dtype=object)

    multi = [
        shapely.MultiPolygon([row["geom"]]) if row["geom"].geom_type == "Polygon" else row["geom"]
        for row in rows.values()
    ]
    outlines = np.empty(len(multi), dtype=object)
    outlines[:] = multi
    return [
        Column("source", Kind.TEXT, np.full(len(rows), source, dtype=object)),
        Column("code", Kind.TEXT, np.array(list(rows), dtype=object)),
        Column("county", Kind.TEXT, of("county")),
        Column("town", Kind.TEXT, of("town")),
        Column("name", Kind.TEXT, of("name")),
        Column("name_en", Kind.TEXT, of("name_en")),
        Column("is_fictional", Kind.BOOL, of("is_fictional")),
        Column("geom", Kind.GEOMETRY, outlines),
    ]


def _outline(path: Path, position: int, geometry: BaseGeometry | None, report: ImportReport) -> BaseGeometry | None:
    if geometry is None or geometry.is_empty or geometry.geom_type not in {"Polygon", "MultiPolygon"}:
        kind = "nothing" if geometry is None else geometry.geom_type
        report.note(path, position, Outcome.REFUSED, "geometry", kind, "not an area", "A boundary is a Polygon.")
        return None
    outline: BaseGeometry = flat(geometry)
    if outline.is_valid:
        return outline
    why = shapely.is_valid_reason(outline)
    mended = areas_only(shapely.make_valid(outline))
    if mended.is_empty:
        report.note(path, position, Outcome.REFUSED, "geometry", why, "an area that cannot be mended", "Draw it anew.")
        return None
    change_m2 = abs(mended.area - outline.area) * 111_000**2
    report.note(
        path,
        position,
        Outcome.MENDED,
        "geometry",
        why,
        "an invalid area",
        f"Made valid; changed by {change_m2:.0f} m².",
    )
    return mended


def areas_only(geometry: BaseGeometry) -> BaseGeometry:
    """Keep the polygons of a geometry that mending may have left lines and points in."""
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]
    more = [inner for part in shapely.get_parts(geometry) if part.geom_type == "MultiPolygon" for inner in part.geoms]
    return shapely.union_all(parts + more)


def village_from_box(session: Session, name: str, code: str, box: tuple[float, float, float, float]) -> None:
    """Store a study area that is a file's own box, for places whose boundaries nobody brought."""
    row = {"county": "", "town": "", "name": name, "name_en": name, "is_fictional": False, "geom": shapely.box(*box)}
    store_villages(session, village_columns("box", {code: row}))

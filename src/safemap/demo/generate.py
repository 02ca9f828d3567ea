"""The files of the demo village, made from its plan: the same bytes every time."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import shapely

from safemap.demo.houses import houses
from safemap.demo.lamps import lamps
from safemap.demo.layout import AREAS, BOUNDARY, CODE, COUNTY, TOWN, VILLAGE, VILLAGE_EN, azimuth_on_earth, to_lonlat
from safemap.demo.network import noded_streets
from safemap.demo.reports import happenings, reports
from safemap.demo.watch import BLOCKS, CAMERAS, walks

SEED = 20261115

Feature = tuple[str, shapely.Geometry, Mapping[str, Any]]


def demo_files(seed: int = SEED) -> dict[str, str]:
    """Return the text of every file of the demo village by its name."""
    streets = noded_streets()
    built = houses(streets, seed)
    features: dict[str, list[Feature]] = {
        "villages": [
            (
                CODE,
                BOUNDARY,
                {
                    "code": CODE,
                    "county": COUNTY,
                    "town": TOWN,
                    "name": VILLAGE,
                    "name_en": VILLAGE_EN,
                    "is_fictional": True,
                },
            )
        ],
        "streets": [
            (
                street.id,
                line,
                {
                    "name": street.name,
                    "name_en": street.name_en,
                    "street_class": street.street_class.value,
                    "is_lit": None if street.is_lit else False,  # lamps tell where it is lit
                    "is_oneway": street.is_oneway,
                    "is_walkable": True,
                },
            )
            for street, line in streets
        ],
        "buildings": [
            (f"b{number:04d}", house.outline, {"name": house.name, "levels": house.levels, "height_m": house.height_m})
            for number, house in enumerate(built, 1)
        ],
        "lamps": [
            (lamp.number, lamp.place, {"number": lamp.number, "is_working": lamp.is_working})
            for lamp in lamps(streets, built)
        ],
        "places": [
            (area.id, area.shape, {"kind": area.kind.value, "name": area.name, "name_en": area.name_en})
            for area in AREAS
        ],
        "cameras": [
            (
                f"c{number:02d}",
                eye.place,
                {
                    "label": eye.label,
                    "operator": eye.operator,
                    "kind": eye.kind.value,
                    "site": eye.site.value,
                    "azimuth_deg": None if eye.plan_deg is None else azimuth_on_earth(eye.plan_deg),
                    "field_of_view_deg": eye.field_of_view_deg,
                    "reach_m": eye.reach_m,
                    "mount_height_m": eye.mount_height_m,
                    "is_working": eye.is_working,
                },
            )
            for number, eye in enumerate(CAMERAS, 1)
        ],
        "patrols": [
            (
                f"r{number}",
                walk.shape,
                {
                    "name": walk.name,
                    "team": walk.team,
                    "team_en": walk.team_en,
                    "team_kind": walk.team_kind.value,
                    "weekdays": walk.weekdays,
                    "starts_at": walk.starts_at,
                    "ends_at": walk.ends_at,
                },
            )
            for number, walk in enumerate(walks(streets), 1)
        ],
        "blocks": [
            (
                f"k{number}",
                block.shape,
                {
                    "name": block.name,
                    "adopter": block.adopter,
                    "adopter_kind": block.kind.value,
                    "weekdays": block.weekdays,
                    "starts_at": block.starts_at,
                    "ends_at": block.ends_at,
                    "in_force_from": block.in_force_from,
                    "in_force_until": block.in_force_until,
                },
            )
            for number, block in enumerate(BLOCKS, 1)
        ],
        "hazards": [
            (
                f"h{number:03d}",
                report.place,
                {
                    "category": report.category,
                    "severity": report.severity,
                    "noticed_at": report.noticed_at.value,
                    "state": report.state.value,
                    "description": report.words,
                    "is_public_place": report.is_public_place,
                    "accuracy_m": report.accuracy_m,
                    "reported_at": report.reported_at.isoformat(timespec="minutes"),
                    "fixed_at": report.fixed_at.isoformat(timespec="minutes") if report.fixed_at else None,
                },
            )
            for number, report in enumerate(reports(streets, seed), 1)
        ],
    }
    files = {f"{kind}.geojson": _collection(kind, rows) for kind, rows in features.items()}
    files["incidents.csv"] = _incidents(streets, seed)
    return files


def write_demo_files(folder: Path, seed: int = SEED) -> list[Path]:
    """Write the files into a folder; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in demo_files(seed).items():
        path = folder / name
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    return written


def _collection(kind: str, rows: Iterable[Feature]) -> str:
    """One feature a line, so that a change of the plan is a readable difference."""
    lines = [
        json.dumps(
            {
                "type": "Feature",
                "id": source_id,
                "properties": {"id": source_id, **properties},
                "geometry": _geometry(shape),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for source_id, shape, properties in rows
    ]
    return f'{{"type":"FeatureCollection","name":"{kind}","features":[\n' + ",\n".join(lines) + "\n]}\n"


def _geometry(shape: shapely.Geometry) -> dict[str, Any]:
    laid: dict[str, Any] = json.loads(shapely.to_geojson(shapely.orient_polygons(to_lonlat(shape))))
    return laid


def _incidents(streets: Any, seed: int) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["id", "kind", "occurred_at", "lon", "lat", "accuracy_m", "place", "killed", "injured"])
    for number, happening in enumerate(happenings(streets, seed + 1), 1):
        lon, lat = shapely.get_coordinates(to_lonlat(happening.place))[0]
        table.writerow(
            [
                f"i{number:03d}",
                happening.kind.value,
                happening.at.isoformat(timespec="minutes"),
                f"{lon:.7f}",
                f"{lat:.7f}",
                happening.accuracy_m,
                happening.where,
                happening.killed,
                happening.injured,
            ]
        )
    return text.getvalue()

"""Surveillance cameras of an OpenStreetMap extract: one row for each direction that a camera looks in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from safemap.cameras.rules import CameraKind, CameraSite
from safemap.db.copy import Kind
from safemap.imports.directions import Direction, directions_of
from safemap.imports.osm_tags import number_in
from safemap.imports.report import ImportReport, Outcome
from safemap.imports.sightings import view_towards

SITES = {
    "public": CameraSite.PUBLIC,
    "outdoor": CameraSite.PUBLIC,
    "traffic": CameraSite.TRAFFIC,
    "indoor": CameraSite.INDOOR,
}
COLUMNS = {
    "source_id": Kind.TEXT,
    "label": Kind.TEXT,
    "operator": Kind.TEXT,
    "kind": Kind.TEXT,
    "site": Kind.TEXT,
    "azimuth_deg": Kind.FLOAT8,
    "field_of_view_deg": Kind.FLOAT8,
    "reach_m": Kind.FLOAT8,
    "mount_height_m": Kind.FLOAT8,
    "is_working": Kind.BOOL,
    "geom": Kind.GEOMETRY,
}
HIGHEST_MOUNT_M = 100.0
SPOTS_SEEN, SPOTS_AT_THE_END = ("visible", "extent"), ("extent",)  # roles of spots in a surveillance relation

Located = Callable[[int], tuple[float, float] | None]


@dataclass(frozen=True)
class Sighting:
    """What one relation says that one camera sees: node ids by role."""

    camera: int
    seen: tuple[int, ...]
    ends: tuple[int, ...]


@dataclass
class CamerasRead:
    """Cameras of one extract, and what its relations say of their views."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    nodes: int = 0

    def take_node(self, path: Path, node: Any, tags: Any, point: BaseGeometry, report: ImportReport) -> None:
        """Take one camera; several directions are several cameras on one pole."""
        self.nodes += 1
        report.rows_read += 1
        name = f"n{node.id}"
        kind = tags.get("surveillance:type", "camera")
        if kind not in {"camera", "ALPR", ""}:
            report.note(path, name, Outcome.REFUSED, "surveillance:type", kind, "no camera", "Left out.")
            return
        text = tags.get("camera:direction") or tags.get("direction") or ""
        found, wrong = directions_of(text)
        for word in wrong:
            report.note(
                path, name, Outcome.MENDED, "camera:direction", word, "a direction that cannot be read", "Not known."
            )
        row = {
            "node": node.id,
            "label": tags.get("name") or tags.get("ref") or "",
            "operator": tags.get("operator") or "",
            "kind": _kind(tags).value,
            "site": SITES.get(tags.get("surveillance", ""), CameraSite.UNKNOWN).value,
            "reach_m": None,
            "mount_height_m": number_in(tags.get("height"), HIGHEST_MOUNT_M),
            "is_working": True,
            "geom": point,
        }
        for position, direction in enumerate(found or [Direction(None, None)]):
            its_id = name if position == 0 else f"{name}.{position + 1}"
            self.rows.append({**row, "source_id": its_id, **_angles(direction)})

    def take_relation(self, relation: Any) -> None:
        """Take a relation of type ``surveillance``; with several cameras it does not say which one sees what."""
        members = [(member.ref, member.role) for member in relation.members if member.type == "n"]
        cameras = [node for node, role in members if role == "camera"]
        if len(cameras) == 1:
            seen = tuple(node for node, role in members if role in SPOTS_SEEN)
            ends = tuple(node for node, role in members if role in SPOTS_AT_THE_END)
            self.sightings.append(Sighting(cameras[0], seen, ends))

    def look(self, located: Located) -> int:
        """Give cameras without a direction the one that their relation proves; returns to how many."""
        undirected = {row["node"]: row for row in self.rows if row["azimuth_deg"] is None}
        given = 0
        for sighting in self.sightings:
            row = undirected.get(sighting.camera)
            if row is None:
                continue
            ((lon, lat),) = shapely.get_coordinates(row["geom"]).tolist()
            direction, reach_m = view_towards(
                (lon, lat), _spots(sighting.seen, located), _spots(sighting.ends, located)
            )
            if direction.azimuth_deg is not None:
                row.update({**_angles(direction), "reach_m": reach_m})
                given += 1
        return given


def _kind(tags: Any) -> CameraKind:
    if tags.get("camera:type") in set(CameraKind):
        return CameraKind(tags.get("camera:type"))
    # What panning cameras were tagged with before camera:type.
    return CameraKind.PANNING if tags.get("revolving") == "yes" else CameraKind.FIXED


def _angles(direction: Direction) -> dict[str, float | None]:
    return {"azimuth_deg": direction.azimuth_deg, "field_of_view_deg": direction.field_of_view_deg}


def _spots(nodes: tuple[int, ...], located: Located) -> NDArray[np.float64]:
    found = [place for place in map(located, nodes) if place is not None]
    return np.array(found, dtype=np.float64).reshape(-1, 2)

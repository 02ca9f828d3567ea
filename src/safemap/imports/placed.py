"""Features that belong to a village by where they lie: hazards, patrol routes, blocks."""

from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from safemap.blocks.service import store_blocks
from safemap.communities.service import villages_at
from safemap.db.copy import Column, Kind
from safemap.hazards.life import STAGE_OF_STATE, Stage
from safemap.hazards.merging import merged_of_source
from safemap.hazards.rules import HazardState
from safemap.hazards.service import new_public_id, public_ids_of, store_hazards
from safemap.imports.features import (
    AREA,
    BLOCK_FIELDS,
    HAZARD_FIELDS,
    MULTI_LINE,
    PATROL_FIELDS,
    POINT,
    Field,
    columns_of,
    read_kind,
)
from safemap.imports.photos import import_photos, names_of
from safemap.imports.report import ImportReport, Outcome
from safemap.patrols.service import store_routes, store_teams

Read = dict[str, NDArray[Any]]


def _in_villages(session: Session, path: Path, read: Read, report: ImportReport) -> tuple[Read, NDArray[np.int64]]:
    """Find each feature's village by a point on it; what lies in none is refused."""
    points = shapely.point_on_surface(read["geom"])
    found = villages_at(session, shapely.get_coordinates(points))
    for position in np.flatnonzero(found < 0):
        lon, lat = shapely.get_coordinates(points[position])[0]
        report.note(
            path,
            read["source_id"][position],
            Outcome.REFUSED,
            "geometry",
            f"{lon:.5f}, {lat:.5f}",
            "it lies in no imported village",
            "Import the village's boundary first.",
        )
    inside = found >= 0
    return {name: values[inside] for name, values in read.items()}, found[inside]


def import_hazards(session: Session, path: Path, report: ImportReport, *, source: str, epsg: int | None = None) -> None:
    """Read reports; one that was imported before keeps its public id."""
    fields = {**HAZARD_FIELDS, "photos": Field(Kind.TEXT, names_of, ())}
    read, village_ids = _in_villages(session, path, read_kind(path, report, fields, POINT, epsg=epsg), report)
    known = public_ids_of(session, source)
    public_ids = [known.get(source_id) or new_public_id() for source_id in read["source_id"]]
    together = merged_of_source(session, source)
    stages = [
        (Stage.MERGED if source_id in together else STAGE_OF_STATE[HazardState(state)]).value
        for source_id, state in zip(read["source_id"], read["state"], strict=True)
    ]
    own = {name: field for name, field in HAZARD_FIELDS.items() if name != "state"}
    columns = [
        *columns_of(source, read, own),
        Column("stage", Kind.TEXT, np.array(stages, dtype=object)),
        Column("public_id", Kind.TEXT, np.array(public_ids, dtype=object)),
        Column("village_id", Kind.INT4, village_ids),
    ]
    report.stored("hazard", store_hazards(session, columns))
    import_photos(session, path, source, read["source_id"], read["photos"], report)


def import_patrols(session: Session, path: Path, report: ImportReport, *, source: str, epsg: int | None = None) -> None:
    """Read routes with their teams; a team is its village and its name."""
    read, village_ids = _in_villages(
        session, path, read_kind(path, report, PATROL_FIELDS, MULTI_LINE, epsg=epsg), report
    )
    teams: dict[tuple[int, str], tuple[str, str]] = {}
    for village_id, team, team_en, kind in zip(
        village_ids.tolist(), read["team"], read["team_en"], read["team_kind"], strict=True
    ):
        teams.setdefault((village_id, team), (team_en, kind))
    counts, team_ids = store_teams(session, teams)
    report.stored("patrol_team", counts)
    own: dict[str, Field] = {name: field for name, field in PATROL_FIELDS.items() if not name.startswith("team")}
    of_route = [team_ids[key] for key in zip(village_ids.tolist(), read["team"], strict=True)]
    columns = [*columns_of(source, read, own), Column("team_id", Kind.INT4, np.array(of_route, dtype=np.int64))]
    report.stored("patrol_route", store_routes(session, columns))


def import_blocks(session: Session, path: Path, report: ImportReport, *, source: str, epsg: int | None = None) -> None:
    """Read adopted blocks."""
    read, village_ids = _in_villages(session, path, read_kind(path, report, BLOCK_FIELDS, AREA, epsg=epsg), report)
    columns = [*columns_of(source, read, BLOCK_FIELDS), Column("village_id", Kind.INT4, village_ids)]
    report.stored("block", store_blocks(session, columns))

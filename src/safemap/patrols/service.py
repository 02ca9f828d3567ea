"""Use cases of patrols: read routes for measuring and drawing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from safemap.db.copy import Column, Kind
from safemap.db.merging import MergeCounts, merge_rows
from safemap.db.reading import geometries, texts, widened
from safemap.geo.crs import Lonlat
from safemap.patrols import repository


@dataclass(frozen=True)
class Routes:
    """Patrol routes as arrays of one length; geometries are MultiLineStrings in degrees."""

    ids: NDArray[np.int64]
    names: NDArray[np.object_]
    teams: NDArray[np.object_]
    teams_en: NDArray[np.object_]
    weekdays: NDArray[np.int64]  # bits: Monday 1, Tuesday 2, … Sunday 64
    starts_at: NDArray[np.object_]  # datetime.time, local
    ends_at: NDArray[np.object_]  # before its start: past midnight
    geometries: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.ids)


def routes_in(session: Session, place: Lonlat, margin_m: float = 0.0) -> Routes:
    """Routes that touch a place widened by a margin."""
    ids, names, teams, teams_en, weekdays, starts_at, ends_at, wkb = repository.columns_in(
        session, widened(place, margin_m) if margin_m else place
    )
    return Routes(
        ids=np.array(ids, dtype=np.int64),
        names=texts(names),
        teams=texts(teams),
        teams_en=texts(teams_en),
        weekdays=np.array(weekdays, dtype=np.int64),
        starts_at=texts(starts_at),
        ends_at=texts(ends_at),
        geometries=geometries(wkb),
    )


def sources_in(session: Session, place: Lonlat) -> list[str]:
    """Names of the sources of a place's patrols, for attribution."""
    return repository.sources_in(session, place)


def store_teams(
    session: Session, teams: Mapping[tuple[int, str], tuple[str, str]]
) -> tuple[MergeCounts, dict[tuple[int, str], int]]:
    """Store teams by village id and name, each with its English name and kind; returns their row ids too."""
    keys = list(teams)
    counts = merge_rows(
        session,
        "patrol_team",
        [
            Column("village_id", Kind.INT4, np.array([village_id for village_id, _ in keys], dtype=np.int64)),
            Column("name", Kind.TEXT, texts([name for _, name in keys])),
            Column("name_en", Kind.TEXT, texts([teams[key][0] for key in keys])),
            Column("kind", Kind.TEXT, texts([teams[key][1] for key in keys])),
        ],
        key=("village_id", "name"),
    )
    return counts, repository.team_ids(session, [village_id for village_id, _ in keys])


def store_routes(session: Session, columns: Sequence[Column]) -> MergeCounts:
    """Store routes by their source's ids."""
    return merge_rows(session, "patrol_route", columns)

"""Use cases of patrols: read routes for measuring and drawing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

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

"""Use cases of incidents: read them for measuring and drawing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from safemap.db.copy import Column
from safemap.db.merging import MergeCounts, merge_rows
from safemap.db.reading import geometries, numbers, texts, widened
from safemap.geo.crs import Lonlat
from safemap.incidents import repository
from safemap.incidents.rules import FAMILY_OF, IncidentFamily


@dataclass(frozen=True)
class Incidents:
    """Incidents as arrays of one length, oldest first; geometries are Points in degrees."""

    ids: NDArray[np.int64]
    kinds: NDArray[np.object_]
    occurred_at: NDArray[np.object_]
    occurred_until: NDArray[np.object_]
    precisions: NDArray[np.object_]
    places: NDArray[np.object_]
    killed: NDArray[np.float64]
    injured: NDArray[np.float64]
    accuracy_m: NDArray[np.float64]
    geometries: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.ids)


def incidents_in(
    session: Session, place: Lonlat, margin_m: float = 0.0, *, family: IncidentFamily | None = None
) -> Incidents:
    """Incidents with a position in a place widened by a margin; of one family, or of all."""
    kinds = _kinds_of(family)
    ids, its_kinds, at, until, precisions, places, killed, injured, accuracy_m, wkb = repository.columns_in(
        session, widened(place, margin_m) if margin_m else place, kinds
    )
    return Incidents(
        ids=np.array(ids, dtype=np.int64),
        kinds=texts(its_kinds),
        occurred_at=texts(at),
        occurred_until=texts(until),
        precisions=texts(precisions),
        places=texts(places),
        killed=numbers(killed),
        injured=numbers(injured),
        accuracy_m=numbers(accuracy_m),
        geometries=geometries(wkb),
    )


def count_by_kind(session: Session, place: Lonlat) -> dict[str, int]:
    """Numbers of incidents with a position in a place, by kind."""
    return {kind: number for kind, number in repository.counts_in(session, place)}  # noqa: C416 - rows are no pairs


def sources_in(session: Session, place: Lonlat, *, family: IncidentFamily | None = None) -> list[str]:
    """Names of the sources of a place's incidents, of one family or of all, for attribution."""
    return repository.sources_in(session, place, _kinds_of(family))


def _kinds_of(family: IncidentFamily | None) -> list[str]:
    return [kind.value for kind, its_family in FAMILY_OF.items() if family is None or its_family is family]


def store_incidents(session: Session, columns: Sequence[Column]) -> MergeCounts:
    """Store incidents by their source's ids."""
    return merge_rows(session, "incident", columns)

"""Use cases of hazard reports: mark one, see one, list them, read them for measuring."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Row
from sqlalchemy.orm import Session

from safemap.communities import service as communities
from safemap.db.copy import Column
from safemap.db.merging import MergeCounts, merge_rows
from safemap.db.reading import geometries, literal, numbers, texts, widened
from safemap.geo.crs import Lonlat
from safemap.hazards import repository
from safemap.hazards.rules import HazardNotFound, HazardState
from safemap.hazards.schemas import HazardReport, HazardSeen
from safemap.hazards.tables import Hazard

PUBLIC_ID_BYTES = 9  # 72 random bits, 12 letters: cannot be guessed or counted


@dataclass(frozen=True)
class Hazards:
    """Reports as arrays of one length, oldest first; geometries are Points in degrees."""

    public_ids: NDArray[np.object_]
    categories: NDArray[np.object_]
    severities: NDArray[np.float64]
    noticed_at: NDArray[np.object_]
    states: NDArray[np.object_]
    descriptions: NDArray[np.object_]
    accuracy_m: NDArray[np.float64]
    reported_at: NDArray[np.object_]
    geometries: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.public_ids)


def new_public_id() -> str:
    """Return a random id that tells nothing of order or number."""
    return secrets.token_urlsafe(PUBLIC_ID_BYTES)


def report_hazard(session: Session, report: HazardReport) -> HazardSeen:
    """Store a resident's report in the village that the spot lies in.

    Raises
    ------
    NowhereKnown
        The spot lies in no imported village.
    """
    village_id = communities.village_at(session, report.lon, report.lat)
    public_id = new_public_id()
    repository.add(
        session,
        Hazard(
            public_id=public_id,
            village_id=village_id,
            category=report.category,
            severity=int(report.severity),
            noticed_at=report.noticed_at.value,
            description=report.description,
            accuracy_m=report.accuracy_m,
            geom=literal(Lonlat(shapely.Point(report.lon, report.lat))),
        ),
    )
    return hazard(session, public_id)


def hazard(session: Session, public_id: str) -> HazardSeen:
    """Return one report.

    Raises
    ------
    HazardNotFound
        No report has that id.
    """
    row = repository.by_public_id(session, public_id)
    if row is None:
        raise HazardNotFound(public_id)
    return _seen(row)


def newest_hazards(
    session: Session,
    village_ids: Sequence[int],
    *,
    categories: Sequence[str] = (),
    states: Sequence[str] = (),
    box: tuple[float, float, float, float] | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int = 100,
) -> list[HazardSeen]:
    """Reports of some villages, newest first; `before` is the last one of the page before."""
    rows = repository.newest_in_villages(
        session, village_ids, categories=categories, states=states, box=box, before=before, limit=limit
    )
    return [_seen(row) for row in rows]


def sources_in(session: Session, place: Lonlat) -> list[str]:
    """Names of the sources of a place's reports, for attribution; an empty one stands for reports made here."""
    return repository.sources_in(session, place)


def hazards_in(session: Session, place: Lonlat, margin_m: float = 0.0, *, only_open: bool = False) -> Hazards:
    """Reports in a place widened by a margin, for measuring and drawing."""
    public_ids, categories, severities, noticed_at, states, descriptions, accuracy_m, reported_at, wkb = (
        repository.columns_in(session, widened(place, margin_m) if margin_m else place, only_open=only_open)
    )
    return Hazards(
        public_ids=texts(public_ids),
        categories=texts(categories),
        severities=numbers(severities),
        noticed_at=texts(noticed_at),
        states=texts(states),
        descriptions=texts(descriptions),
        accuracy_m=numbers(accuracy_m),
        reported_at=texts(reported_at),
        geometries=geometries(wkb),
    )


def count_by_category(session: Session, village_ids: Sequence[int], state: HazardState | None = None) -> dict[str, int]:
    """Numbers of reports by category code, of one state or of all."""
    counted: dict[str, int] = {}
    for category, its_state, number in repository.counts(session, village_ids):
        if state is None or its_state == state.value:
            counted[category] = counted.get(category, 0) + number
    return counted


def _seen(row: Row[*tuple[Any, ...]]) -> HazardSeen:
    return HazardSeen(**dict(zip(HazardSeen.model_fields, row, strict=True)))


def store_hazards(session: Session, columns: Sequence[Column]) -> MergeCounts:
    """Store imported reports by their source's ids."""
    return merge_rows(session, "hazard", columns)


def public_ids_of(session: Session, source: str) -> dict[str, str]:
    """Public ids of the reports that were imported from a source, by the source's own ids."""
    return repository.public_ids_of(session, source)

"""Queries for hazard reports."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import shapely
from sqlalchemy import Row, Select, String, Text, cast, func, select, tuple_
from sqlalchemy.orm import Session

from safemap.communities.tables import Village
from safemap.db.reading import as_wkb, columns_of, literal, sources_within
from safemap.geo.crs import Lonlat
from safemap.hazards.rules import HazardState
from safemap.hazards.tables import Hazard


def add(session: Session, hazard: Hazard) -> None:
    """Add a report and let the database judge it."""
    session.add(hazard)
    session.flush()


def _seen() -> Select[*tuple[Any, ...]]:
    return select(
        Hazard.public_id,
        Village.code,
        Village.name,
        Hazard.category,
        Hazard.severity,
        Hazard.noticed_at,
        Hazard.state,
        Hazard.description,
        Hazard.accuracy_m,
        Hazard.reported_at,
        Hazard.fixed_at,
        func.ST_X(Hazard.geom),
        func.ST_Y(Hazard.geom),
    ).join(Village, Village.id == Hazard.village_id)


def by_public_id(session: Session, public_id: str) -> Row[*tuple[Any, ...]] | None:
    """One report with its village."""
    return session.execute(_seen().where(Hazard.public_id == public_id)).one_or_none()


def newest_in_villages(
    session: Session,
    village_ids: Sequence[int],
    *,
    categories: Sequence[str],
    states: Sequence[str],
    box: tuple[float, float, float, float] | None,
    before: tuple[datetime, str] | None,
    limit: int,
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Reports of some villages, newest first, from after a keyset position on."""
    statement = _seen().where(Hazard.village_id.in_(village_ids))
    if categories:
        statement = statement.where(Hazard.category.in_(categories))
    if states:
        statement = statement.where(Hazard.state.in_(states))
    if box is not None:
        statement = statement.where(Hazard.geom.op("&&")(literal(Lonlat(shapely.box(*box)))))
    if before is not None:
        statement = statement.where(
            tuple_(Hazard.reported_at, Hazard.public_id) < tuple_(before[0], cast(before[1], String))
        )
    return session.execute(statement.order_by(Hazard.reported_at.desc(), Hazard.public_id.desc()).limit(limit)).all()


def columns_in(session: Session, place: Lonlat, *, only_open: bool) -> list[Sequence[Any]]:
    """Columns of the reports in a place, oldest first."""
    statement = select(
        Hazard.public_id,
        Hazard.category,
        Hazard.severity,
        Hazard.noticed_at,
        Hazard.state,
        Hazard.description,
        Hazard.accuracy_m,
        Hazard.reported_at,
        as_wkb(Hazard.geom),
    ).where(func.ST_Intersects(Hazard.geom, literal(place)))
    if only_open:
        statement = statement.where(Hazard.state == HazardState.OPEN.value)
    return columns_of(session, statement.order_by(Hazard.reported_at, Hazard.id))


def counts(session: Session, village_ids: Sequence[int]) -> Sequence[Row[str, str, int]]:
    """Numbers of reports by category and state."""
    return session.execute(
        select(cast(Hazard.category, Text), cast(Hazard.state, Text), func.count())
        .where(Hazard.village_id.in_(village_ids))
        .group_by(Hazard.category, Hazard.state)
        .order_by(Hazard.category, Hazard.state)
    ).all()


def public_ids_of(session: Session, source: str) -> dict[str, str]:
    """Public ids of a source's reports by the source's own ids."""
    rows = session.execute(select(Hazard.source_id, Hazard.public_id).where(Hazard.source == source))
    return {row.source_id: row.public_id for row in rows if row.source_id is not None}


def sources_in(session: Session, place: Lonlat) -> list[str]:
    """Names of the sources of a place's reports; an empty one stands for reports made here."""
    return sources_within(session, Hazard.source, Hazard.geom, place)

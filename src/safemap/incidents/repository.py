"""Queries for incidents."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from safemap.db.reading import as_wkb, columns_of, literal, sources_within
from safemap.geo.crs import Lonlat
from safemap.incidents.tables import Incident


def columns_in(session: Session, place: Lonlat, kinds: Sequence[str]) -> list[Sequence[Any]]:
    """Columns of the incidents of some kinds in a place, oldest first."""
    return columns_of(
        session,
        select(
            Incident.id,
            Incident.kind,
            Incident.occurred_at,
            Incident.occurred_until,
            Incident.precision,
            Incident.place,
            Incident.killed,
            Incident.injured,
            Incident.accuracy_m,
            as_wkb(Incident.geom),
        )
        .where(func.ST_Intersects(Incident.geom, literal(place)), Incident.kind.in_(kinds))
        .order_by(Incident.occurred_at, Incident.id),
    )


def counts_in(session: Session, place: Lonlat) -> Sequence[Row[str, int]]:
    """Numbers of incidents with a position in a place, by kind."""
    return session.execute(
        select(Incident.kind, func.count())
        .where(func.ST_Intersects(Incident.geom, literal(place)))
        .group_by(Incident.kind)
        .order_by(Incident.kind)
    ).all()


def sources_in(session: Session, place: Lonlat, kinds: Sequence[str]) -> list[str]:
    """Names of the sources of a place's incidents of some kinds."""
    return sources_within(session, Incident.source, Incident.geom, place, Incident.kind.in_(kinds))

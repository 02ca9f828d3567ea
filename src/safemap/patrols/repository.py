"""Queries for watch teams and their routes."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from safemap.db.reading import as_wkb, columns_of, literal, sources_within
from safemap.geo.crs import Lonlat
from safemap.patrols.tables import PatrolRoute, PatrolTeam


def columns_in(session: Session, place: Lonlat) -> list[Sequence[Any]]:
    """Columns of the routes that touch a place with their teams, by id."""
    return columns_of(
        session,
        select(
            PatrolRoute.id,
            PatrolRoute.name,
            PatrolTeam.name,
            PatrolTeam.name_en,
            PatrolRoute.weekdays,
            PatrolRoute.starts_at,
            PatrolRoute.ends_at,
            as_wkb(PatrolRoute.geom),
        )
        .join(PatrolTeam, PatrolTeam.id == PatrolRoute.team_id)
        .where(func.ST_Intersects(PatrolRoute.geom, literal(place)))
        .order_by(PatrolRoute.id),
    )


def team_ids(session: Session, village_ids: Sequence[int]) -> dict[tuple[int, str], int]:
    """Row ids of some villages' teams by village id and name."""
    rows = session.execute(
        select(PatrolTeam.village_id, PatrolTeam.name, PatrolTeam.id).where(PatrolTeam.village_id.in_(village_ids))
    )
    return {(row.village_id, row.name): row.id for row in rows}


def sources_in(session: Session, place: Lonlat) -> list[str]:
    """Names of the sources of a place's patrols."""
    return sources_within(session, PatrolRoute.source, PatrolRoute.geom, place)

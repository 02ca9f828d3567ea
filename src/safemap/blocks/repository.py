"""Queries for adopted blocks."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from safemap.blocks.tables import Block
from safemap.db.reading import as_wkb, columns_of, literal, sources_within
from safemap.geo.crs import Lonlat


def columns_in(session: Session, place: Lonlat) -> list[Sequence[Any]]:
    """Columns of the blocks that touch a place, in force or not, by id."""
    return columns_of(
        session,
        select(
            Block.id,
            Block.name,
            Block.adopter,
            Block.adopter_kind,
            Block.weekdays,
            Block.starts_at,
            Block.ends_at,
            Block.in_force_from,
            Block.in_force_until,
            as_wkb(Block.geom),
        )
        .where(func.ST_Intersects(Block.geom, literal(place)))
        .order_by(Block.id),
    )


def sources_in(session: Session, place: Lonlat) -> list[str]:
    """Names of the sources of a place's blocks."""
    return sources_within(session, Block.source, Block.geom, place)

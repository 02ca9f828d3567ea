"""Queries for cameras."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from safemap.cameras.tables import Camera
from safemap.db.reading import as_wkb, columns_of, literal, sources_within
from safemap.geo.crs import Lonlat


def columns_in(session: Session, place: Lonlat) -> list[Sequence[Any]]:
    """Columns of the cameras in a place, by id."""
    return columns_of(
        session,
        select(
            Camera.id,
            Camera.label,
            Camera.operator,
            Camera.kind,
            Camera.site,
            Camera.azimuth_deg,
            Camera.field_of_view_deg,
            Camera.reach_m,
            Camera.mount_height_m,
            Camera.is_working,
            as_wkb(Camera.geom),
        )
        .where(func.ST_Intersects(Camera.geom, literal(place)))
        .order_by(Camera.id),
    )


def sources_in(session: Session, place: Lonlat) -> list[str]:
    """Names of the sources of a place's cameras."""
    return sources_within(session, Camera.source, Camera.geom, place)

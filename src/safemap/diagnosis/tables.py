"""Diagnoses as they were made: parameters, data-as-of, segments and dead zones."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, SmallInteger, Table, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from safemap.communities.tables import Village
from safemap.db.base import Base, WKBElement, geometry_checks, geometry_column
from safemap.diagnosis.rules import Events, Period

PERIODS = ", ".join(repr(period.value) for period in Period)

diagnosis_village = Table(
    "diagnosis_village",
    Base.metadata,
    Column("diagnosis_id", ForeignKey("diagnosis.id", ondelete="CASCADE"), primary_key=True),
    Column("village_id", ForeignKey(Village.id, ondelete="CASCADE"), primary_key=True, index=True),
)


class Diagnosis(Base):
    """One diagnosis of one study area."""

    __tablename__ = "diagnosis"
    __table_args__ = (
        CheckConstraint(f"events IN ({', '.join(repr(e.value) for e in Events)})", name="events"),
        CheckConstraint("event_count >= 0", name="event_count"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    area_key: Mapped[str] = mapped_column(index=True)
    area_name: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())
    data_as_of: Mapped[datetime]
    events: Mapped[str]
    event_count: Mapped[int]
    has_hotspots: Mapped[bool]  # false: too few events to speak of any
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB)  # what was counted: cameras, lamps, routes, by category …
    notes: Mapped[list[Any]] = mapped_column(JSONB)  # [message id, values] pairs: what was used, what is not known
    density_breaks: Mapped[list[Any]] = mapped_column(JSONB)  # events per km² between the classes, rising


class DiagnosisSegment(Base):
    """A street segment as a diagnosis measured it; shares are 0-1, one column per source and period."""

    __tablename__ = "diagnosis_segment"
    __table_args__ = (UniqueConstraint("diagnosis_id", "ordinal"), *geometry_checks())

    id: Mapped[int] = mapped_column(primary_key=True)
    diagnosis_id: Mapped[int] = mapped_column(ForeignKey(Diagnosis.id, ondelete="CASCADE"))
    ordinal: Mapped[int]
    edge_id: Mapped[int]  # the street edge at that time; streets may be imported anew since
    street: Mapped[str] = mapped_column(default="")
    length_m: Mapped[float]
    density_per_km: Mapped[float]  # of events at all hours, as the two below; those of one period are in `hazard`
    density_class: Mapped[int] = mapped_column(SmallInteger)  # 0: none, 1-5
    event_count: Mapped[int]  # within one bandwidth of the segment
    hazard: Mapped[dict[str, Any]] = mapped_column(JSONB)  # period -> density_per_km, density_class, event_count
    guardianship: Mapped[dict[str, Any]] = mapped_column(JSONB)  # period -> source -> share; "all" is the combined one
    geom: Mapped[WKBElement] = mapped_column(geometry_column("LINESTRING"))


class DeadZone(Base):
    """A run of connected segments with much hazard and little guardianship in one period."""

    __tablename__ = "dead_zone"
    __table_args__ = (
        UniqueConstraint("diagnosis_id", "period", "rank"),
        CheckConstraint("rank > 0", name="rank"),
        CheckConstraint(f"period IN ({PERIODS})", name="period"),
        *geometry_checks(),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    diagnosis_id: Mapped[int] = mapped_column(ForeignKey(Diagnosis.id, ondelete="CASCADE"))
    period: Mapped[str]
    rank: Mapped[int] = mapped_column(SmallInteger)
    street: Mapped[str] = mapped_column(default="")
    beside: Mapped[str] = mapped_column(default="")  # of a zone without a name: the named street it leads off
    length_m: Mapped[float]
    density_per_km: Mapped[float]
    event_count: Mapped[int]
    score: Mapped[float]
    guardianship_share: Mapped[float]
    guardianship: Mapped[dict[str, Any]] = mapped_column(JSONB)  # source -> share; null: not known in this area
    reasons: Mapped[list[Any]] = mapped_column(JSONB)  # [message id, values] pairs, said in the reader's language
    geom: Mapped[WKBElement] = mapped_column(geometry_column("MULTILINESTRING"))

"""Diagnoses as they were made: parameters, data-as-of, segments, dead zones; hotspots, and how their maps fared."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, SmallInteger, Table, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from safemap.communities.tables import Village
from safemap.db.base import Base, WKBElement, geometry_checks, geometry_column
from safemap.diagnosis.hotspots.rules import PlaceKind
from safemap.diagnosis.rules import Events, Period

PERIODS = ", ".join(repr(period.value) for period in Period)
EVENTS = ", ".join(repr(events.value) for events in Events)
PLACE_KINDS = ", ".join(repr(kind.value) for kind in PlaceKind)

diagnosis_village = Table(
    "diagnosis_village",
    Base.metadata,
    Column("diagnosis_id", ForeignKey("diagnosis.id", ondelete="CASCADE"), primary_key=True),
    Column("village_id", ForeignKey(Village.id, ondelete="CASCADE"), primary_key=True, index=True),
)

hotspot_analysis_village = Table(
    "hotspot_analysis_village",
    Base.metadata,
    Column("analysis_id", ForeignKey("hotspot_analysis.id", ondelete="CASCADE"), primary_key=True),
    Column("village_id", ForeignKey(Village.id, ondelete="CASCADE"), primary_key=True, index=True),
)


class Diagnosis(Base):
    """One diagnosis of one study area."""

    __tablename__ = "diagnosis"
    __table_args__ = (
        CheckConstraint(f"events IN ({EVENTS})", name="events"),
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
    hotspot_rank: Mapped[int | None] = mapped_column(SmallInteger)  # of the hotspot it lies in; NULL: in none
    geom: Mapped[WKBElement] = mapped_column(geometry_column("MULTILINESTRING"))


class HotspotAnalysis(Base):
    """Where one family of events gathers in one study area, as it was known at one time."""

    __tablename__ = "hotspot_analysis"
    __table_args__ = (
        CheckConstraint(f"events IN ({EVENTS})", name="events"),
        CheckConstraint("event_count >= 0", name="event_count"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    area_key: Mapped[str] = mapped_column(index=True)
    area_name: Mapped[str]
    made_at: Mapped[datetime]
    data_as_of: Mapped[datetime]
    events: Mapped[str]
    event_count: Mapped[int]  # that take part
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    findings: Mapped[dict[str, Any]] = mapped_column(JSONB)  # `safemap.diagnosis.hotspots.schemas.Findings`
    map_cells: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))  # of a map that is scored


class HotspotPlace(Base):
    """A place that the findings of an analysis number: drawn, and nothing else."""

    __tablename__ = "hotspot_place"
    __table_args__ = (
        UniqueConstraint("analysis_id", "kind", "rank"),
        CheckConstraint("rank > 0", name="rank"),
        CheckConstraint(f"kind IN ({PLACE_KINDS})", name="kind"),
        *geometry_checks(),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    analysis_id: Mapped[int] = mapped_column(ForeignKey(HotspotAnalysis.id, ondelete="CASCADE"))
    kind: Mapped[str]
    rank: Mapped[int] = mapped_column(SmallInteger)
    geom: Mapped[WKBElement] = mapped_column(geometry_column("GEOMETRY"))


class HotspotStreet(Base):
    """A street segment with the density of one family of events; segments with next to none are left out."""

    __tablename__ = "hotspot_street"
    __table_args__ = (UniqueConstraint("analysis_id", "ordinal"), *geometry_checks())

    id: Mapped[int] = mapped_column(primary_key=True)
    analysis_id: Mapped[int] = mapped_column(ForeignKey(HotspotAnalysis.id, ondelete="CASCADE"))
    ordinal: Mapped[int]
    street: Mapped[str] = mapped_column(default="")
    length_m: Mapped[float]
    per_km: Mapped[float]
    density_class: Mapped[int] = mapped_column(SmallInteger)  # 1-5
    geom: Mapped[WKBElement] = mapped_column(geometry_column("LINESTRING"))


class HotspotScore(Base):
    """How a published map fared on what came after it; made anew at each later diagnosis."""

    __tablename__ = "hotspot_score"

    analysis_id: Mapped[int] = mapped_column(ForeignKey(HotspotAnalysis.id, ondelete="CASCADE"), primary_key=True)
    scored_at: Mapped[datetime]
    later_until: Mapped[datetime]
    later_count: Mapped[int]
    scored: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))  # NULL: too few came since

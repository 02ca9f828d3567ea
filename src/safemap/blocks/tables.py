"""Adopted security blocks."""

from datetime import date, time

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from safemap.blocks.rules import AdopterKind
from safemap.communities.tables import Village
from safemap.db.base import Base, WKBElement, geometry_checks, geometry_column


class Block(Base):
    """An area that an adopter's guards watch in certain hours while the agreement is in force.

    A trigger refuses a block that lies outside its village.
    """

    __tablename__ = "block"
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        CheckConstraint(f"adopter_kind IN ({', '.join(repr(k.value) for k in AdopterKind)})", name="adopter_kind"),
        CheckConstraint("weekdays BETWEEN 1 AND 127", name="weekdays"),
        CheckConstraint("starts_at <> ends_at", name="hours"),
        CheckConstraint("in_force_until >= in_force_from", name="in_force"),
        *geometry_checks(),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    source_id: Mapped[str]
    village_id: Mapped[int] = mapped_column(ForeignKey(Village.id), index=True)
    name: Mapped[str]
    adopter: Mapped[str]
    adopter_kind: Mapped[str]
    weekdays: Mapped[int] = mapped_column(SmallInteger)  # bits: Monday 1, Tuesday 2, … Sunday 64
    starts_at: Mapped[time]  # local time; an end before it is past midnight
    ends_at: Mapped[time]
    in_force_from: Mapped[date]
    in_force_until: Mapped[date]
    geom: Mapped[WKBElement] = mapped_column(geometry_column("POLYGON"))

"""Watch teams and the routes they walk."""

from datetime import time

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from safemap.communities.tables import Village
from safemap.db.base import Base, WKBElement, geometry_checks, geometry_column
from safemap.patrols.rules import TeamKind


class PatrolTeam(Base):
    """A watch team of a village."""

    __tablename__ = "patrol_team"
    __table_args__ = (
        UniqueConstraint("village_id", "name"),
        CheckConstraint(f"kind IN ({', '.join(repr(k.value) for k in TeamKind)})", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    village_id: Mapped[int] = mapped_column(ForeignKey(Village.id), index=True)
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default=TeamKind.YEAR_ROUND.value)


class PatrolRoute(Base):
    """A route that a team walks on certain weekdays between two times of day (past midnight if the end comes first)."""

    __tablename__ = "patrol_route"
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        CheckConstraint("weekdays BETWEEN 1 AND 127", name="weekdays"),
        CheckConstraint("starts_at <> ends_at", name="hours"),
        *geometry_checks(),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    source_id: Mapped[str]
    team_id: Mapped[int] = mapped_column(ForeignKey(PatrolTeam.id, ondelete="CASCADE"), index=True)
    name: Mapped[str]
    weekdays: Mapped[int] = mapped_column(SmallInteger)  # bits: Monday 1, Tuesday 2, … Sunday 64
    starts_at: Mapped[time]  # local time
    ends_at: Mapped[time]
    geom: Mapped[WKBElement] = mapped_column(geometry_column("MULTILINESTRING"))

"""Reports of unsafe spots."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    FetchedValue,
    ForeignKey,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    false,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from safemap.communities.tables import Village
from safemap.db.base import Base, WKBElement, geometry_checks, geometry_column
from safemap.hazards.rules import CATEGORIES, DESCRIPTION_LIMIT, HazardState, NoticedAt, TextState


class Hazard(Base):
    """One report. A trigger refuses a spot outside its village."""

    __tablename__ = "hazard"
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        CheckConstraint(f"category IN ({', '.join(repr(c.code) for c in CATEGORIES)})", name="category"),
        CheckConstraint(f"state IN ({', '.join(repr(s.value) for s in HazardState)})", name="state"),
        CheckConstraint(f"noticed_at IN ({', '.join(repr(n.value) for n in NoticedAt)})", name="noticed_at"),
        CheckConstraint("severity BETWEEN 1 AND 3", name="severity"),
        CheckConstraint(f"char_length(description) <= {DESCRIPTION_LIMIT}", name="description_length"),
        CheckConstraint("accuracy_m >= 0", name="accuracy"),
        CheckConstraint(f"text_state IN ({', '.join(repr(s.value) for s in TextState)})", name="text_state"),
        CheckConstraint("notice_version ~ '^[a-z0-9.-]{1,40}$'", name="notice_version"),
        *geometry_checks(),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)  # random: tells nothing of order or number
    village_id: Mapped[int] = mapped_column(ForeignKey(Village.id), index=True)
    source: Mapped[str | None]  # NULL: reported here
    source_id: Mapped[str | None]
    category: Mapped[str] = mapped_column(index=True)
    severity: Mapped[int] = mapped_column(SmallInteger)
    noticed_at: Mapped[str] = mapped_column(default=NoticedAt.ANY_TIME.value)
    state: Mapped[str] = mapped_column(default=HazardState.OPEN.value)
    description: Mapped[str] = mapped_column(default="")
    text_state: Mapped[str] = mapped_column(server_default=TextState.SHOWN.value)
    is_public_place: Mapped[bool] = mapped_column(server_default=false())
    accuracy_m: Mapped[float] = mapped_column(default=0.0)
    reported_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
    fixed_at: Mapped[datetime | None]
    state_since: Mapped[datetime] = mapped_column(server_default=func.now())  # a trigger keeps it
    follow_up_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)  # of the reporter's own link
    notice_version: Mapped[str | None]  # what the reporter was told of personal data; NULL: imported, by a program
    geom: Mapped[WKBElement] = mapped_column(geometry_column("POINT"))
    # Where members see it: on its street. A trigger fills it, whatever way a report comes in.
    street_geom: Mapped[WKBElement] = mapped_column(geometry_column("POINT"), server_default=FetchedValue())

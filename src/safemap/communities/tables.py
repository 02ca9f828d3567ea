"""Villages, and the communities that work in them."""

from datetime import date

from sqlalchemy import CheckConstraint, Column, ForeignKey, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from safemap.communities.rules import CommunityKind
from safemap.db.base import Base, WKBElement, geometry_checks, geometry_column


class Village(Base):
    """One 村 or 里 with its boundary, from one source file."""

    __tablename__ = "village"
    __table_args__ = (UniqueConstraint("source", "code"), *geometry_checks())

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    code: Mapped[str] = mapped_column(index=True)
    county: Mapped[str]
    town: Mapped[str]
    name: Mapped[str] = mapped_column(index=True)
    name_en: Mapped[str] = mapped_column(default="")
    is_fictional: Mapped[bool] = mapped_column(default=False)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    geom: Mapped[WKBElement] = mapped_column(geometry_column("MULTIPOLYGON"))


community_village = Table(
    "community_village",
    Base.metadata,
    Column("community_id", ForeignKey("community.id", ondelete="CASCADE"), primary_key=True),
    Column("village_id", ForeignKey(Village.id, ondelete="CASCADE"), primary_key=True, index=True),
)


class Community(Base):
    """A body that takes part in the programme and works in one or more villages."""

    __tablename__ = "community"
    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(kind.value) for kind in CommunityKind)})", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    name_en: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default=CommunityKind.ASSOCIATION.value)
    founded_on: Mapped[date | None]


precinct_village = Table(
    "precinct_village",
    Base.metadata,
    Column("precinct_id", ForeignKey("precinct.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("village_id", ForeignKey(Village.id, ondelete="CASCADE"), primary_key=True),
)


class Precinct(Base):
    """A police precinct (分局) and, through `precinct_village`, its villages; a village has one precinct."""

    __tablename__ = "precinct"
    __table_args__ = (UniqueConstraint("county", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    county: Mapped[str]
    name: Mapped[str]

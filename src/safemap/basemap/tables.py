"""The network of streets (nodes and edges), buildings, street lamps, public places."""

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from safemap.basemap.rules import PlaceKind, StreetClass
from safemap.db.base import Base, WKBElement, geometry_checks, geometry_column

CLASSES = ", ".join(repr(kind.value) for kind in StreetClass)
KINDS = ", ".join(repr(kind.value) for kind in PlaceKind)


class StreetNode(Base):
    """A junction or an end of streets."""

    __tablename__ = "street_node"
    __table_args__ = (UniqueConstraint("source", "source_id"), *geometry_checks())

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    source_id: Mapped[str]
    geom: Mapped[WKBElement] = mapped_column(geometry_column("POINT"))


class StreetEdge(Base):
    """A piece of street between two nodes, with no junction inside it."""

    __tablename__ = "street_edge"
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        CheckConstraint("length_m > 0", name="length_positive"),
        CheckConstraint(f"street_class IN ({CLASSES})", name="street_class"),
        *geometry_checks(),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    source_id: Mapped[str]  # way and the number of the piece within it
    from_node_id: Mapped[int] = mapped_column(ForeignKey(StreetNode.id), index=True)
    to_node_id: Mapped[int] = mapped_column(ForeignKey(StreetNode.id), index=True)
    name: Mapped[str] = mapped_column(default="")
    name_en: Mapped[str] = mapped_column(default="")
    street_class: Mapped[str]
    is_walkable: Mapped[bool] = mapped_column(default=True)
    is_oneway: Mapped[bool] = mapped_column(default=False)
    is_lit: Mapped[bool | None]  # as the source says; NULL: it does not say
    length_m: Mapped[float]  # geodesic, on the ellipsoid
    geom: Mapped[WKBElement] = mapped_column(geometry_column("LINESTRING"))


class Building(Base):
    """A building's outline, with its height when the source has one."""

    __tablename__ = "building"
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        CheckConstraint("height_m > 0 AND height_m < 1000", name="height_sane"),
        CheckConstraint("levels > 0 AND levels < 250", name="levels_sane"),
        *geometry_checks(),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    source_id: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    height_m: Mapped[float | None]
    levels: Mapped[float | None]
    geom: Mapped[WKBElement] = mapped_column(geometry_column("MULTIPOLYGON"))


class StreetLamp(Base):
    """A street lamp."""

    __tablename__ = "street_lamp"
    __table_args__ = (UniqueConstraint("source", "source_id"), *geometry_checks())

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    source_id: Mapped[str]
    number: Mapped[str] = mapped_column(default="")  # as painted on the pole
    is_working: Mapped[bool] = mapped_column(default=True)
    geom: Mapped[WKBElement] = mapped_column(geometry_column("POINT"))


class PublicPlace(Base):
    """A park, school, temple, station … as a point or an area."""

    __tablename__ = "public_place"
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        CheckConstraint(f"kind IN ({KINDS})", name="kind"),
        CheckConstraint("GeometryType(geom) IN ('POINT', 'POLYGON', 'MULTIPOLYGON')", name="geom_kind"),
        *geometry_checks(),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    source_id: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    name_en: Mapped[str] = mapped_column(default="")
    geom: Mapped[WKBElement] = mapped_column(geometry_column("GEOMETRY"))

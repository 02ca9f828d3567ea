"""What every table has in common: names of constraints, kinds of columns, checks on geometries."""

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry
from geoalchemy2.elements import WKBElement
from sqlalchemy import CheckConstraint, DateTime, MetaData
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import JSON

from safemap.geo.crs import WGS84

# Named constraints, so that a migration can drop what another made and an error can say which rule was broken.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: DateTime(timezone=True), dict[str, Any]: JSON}  # noqa: RUF012 - SQLAlchemy's idiom


def geometry_column(kind: str) -> Geometry:
    """Return the column type of a geometry in degrees; its GiST index is named ``idx_TABLE_COLUMN`` by GeoAlchemy2."""
    return Geometry(kind, srid=WGS84, spatial_index=True)


def geometry_checks(column: str = "geom") -> tuple[CheckConstraint, CheckConstraint]:
    """Return the constraints that refuse an empty or invalid geometry (a NULL passes: nullability is the column's)."""
    return (
        CheckConstraint(f"NOT ST_IsEmpty({column})", name=f"{column}_not_empty"),
        CheckConstraint(f"ST_IsValid({column})", name=f"{column}_valid"),
    )


__all__ = ["Base", "WKBElement", "geometry_checks", "geometry_column"]

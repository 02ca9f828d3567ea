"""Cameras that exist."""

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from safemap.cameras.rules import CameraKind, CameraSite
from safemap.db.base import Base, WKBElement, geometry_checks, geometry_column


class Camera(Base):
    """One camera; one pole may carry several."""

    __tablename__ = "camera"
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        CheckConstraint(f"kind IN ({', '.join(repr(k.value) for k in CameraKind)})", name="kind"),
        CheckConstraint(f"site IN ({', '.join(repr(s.value) for s in CameraSite)})", name="site"),
        CheckConstraint("azimuth_deg >= 0 AND azimuth_deg < 360", name="azimuth"),
        CheckConstraint("field_of_view_deg > 0 AND field_of_view_deg <= 360", name="field_of_view"),
        CheckConstraint("reach_m > 0 AND reach_m <= 1000", name="reach"),
        CheckConstraint("mount_height_m > 0 AND mount_height_m <= 100", name="mount_height"),
        *geometry_checks(),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    source_id: Mapped[str]
    label: Mapped[str] = mapped_column(default="")
    operator: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default=CameraKind.FIXED.value)
    site: Mapped[str] = mapped_column(default=CameraSite.PUBLIC.value)
    azimuth_deg: Mapped[float | None]  # clockwise from true north, middle of the view; NULL: not known
    field_of_view_deg: Mapped[float | None]  # NULL: not known
    reach_m: Mapped[float | None]  # NULL: not known
    mount_height_m: Mapped[float | None]
    is_working: Mapped[bool] = mapped_column(default=True)
    geom: Mapped[WKBElement] = mapped_column(geometry_column("POINT"))

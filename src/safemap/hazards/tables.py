"""Reports of unsafe spots, and what people can see of each change."""

from datetime import datetime

from geoalchemy2 import Geometry
from sqlalchemy import (
    CheckConstraint,
    Computed,
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
from safemap.geo.crs import WGS84
from safemap.hazards.categories import CATEGORIES
from safemap.hazards.life import STATE_OF_STAGE, Actor, Stage
from safemap.hazards.rules import DESCRIPTION_LIMIT, NoticedAt, TextState, Visibility
from safemap.media.tables import Photo

STAGES = ", ".join(repr(stage.value) for stage in STATE_OF_STAGE)
TEXT_STATES = ", ".join(repr(state.value) for state in TextState)


class Hazard(Base):
    """One report. A trigger refuses a spot outside its village."""

    __tablename__ = "hazard"
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        CheckConstraint(f"category IN ({', '.join(repr(c.code) for c in CATEGORIES)})", name="category"),
        CheckConstraint(f"stage IN ({STAGES})", name="stage"),
        CheckConstraint(f"visibility IN ({', '.join(repr(v.value) for v in Visibility)})", name="visibility"),
        CheckConstraint("GeometryType(extent) IN ('LINESTRING', 'POLYGON')", name="extent_kind"),
        CheckConstraint("ST_IsValid(extent) AND NOT ST_IsEmpty(extent)", name="extent_sound"),
        CheckConstraint("weekdays BETWEEN 1 AND 127", name="weekdays"),
        CheckConstraint(
            "(from_hour IS NULL) = (until_hour IS NULL) AND from_hour BETWEEN 0 AND 23 AND until_hour BETWEEN 0 AND 24",
            name="hours",
        ),
        CheckConstraint(
            "(asset_kind IS NULL) = (asset_number IS NULL) AND asset_kind IN ('lamp', 'camera') "
            "AND char_length(asset_number) BETWEEN 1 AND 60",
            name="asset",
        ),
        CheckConstraint("(sent_key_hash IS NULL) = (sent_body_hash IS NULL)", name="sent"),
        CheckConstraint("merged_into_id IS NULL OR stage = 'merged'", name="merged"),
        CheckConstraint("merged_into_id <> id", name="merged_elsewhere"),
        CheckConstraint(f"noticed_at IN ({', '.join(repr(n.value) for n in NoticedAt)})", name="noticed_at"),
        CheckConstraint("severity BETWEEN 1 AND 3", name="severity"),
        CheckConstraint(f"char_length(description) <= {DESCRIPTION_LIMIT}", name="description_length"),
        CheckConstraint("accuracy_m >= 0", name="accuracy"),
        CheckConstraint(f"text_state IN ({TEXT_STATES})", name="text_state"),
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
    happened_at: Mapped[datetime | None]
    weekdays: Mapped[int | None] = mapped_column(SmallInteger)  # a bit for each, Monday the lowest; NULL: not said
    from_hour: Mapped[int | None] = mapped_column(SmallInteger)
    until_hour: Mapped[int | None] = mapped_column(SmallInteger)  # below `from_hour`: on the next day
    stage: Mapped[str] = mapped_column(server_default=Stage.OPEN.value)
    state: Mapped[str] = mapped_column(Computed("state_of_stage(stage)", persisted=True))
    visibility: Mapped[str] = mapped_column(server_default=Visibility.SHOWN.value)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("hazard.id", ondelete="SET NULL"), index=True)
    version: Mapped[int] = mapped_column(server_default="1")  # counts what is changed by hand
    description: Mapped[str] = mapped_column(default="")
    text_state: Mapped[str] = mapped_column(server_default=TextState.SHOWN.value)
    is_public_place: Mapped[bool] = mapped_column(server_default=false())
    accuracy_m: Mapped[float] = mapped_column(default=0.0)
    reported_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
    fixed_at: Mapped[datetime | None]
    state_since: Mapped[datetime] = mapped_column(server_default=func.now())  # a trigger keeps it
    follow_up_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)  # of the reporter's own link
    notice_version: Mapped[str | None]  # what the reporter was told of personal data; NULL: imported, by a program
    sent_key_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)  # of its sender's Idempotency-Key
    sent_body_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    asset_kind: Mapped[str | None]
    asset_number: Mapped[str | None]  # as painted on the pole
    geom: Mapped[WKBElement] = mapped_column(geometry_column("POINT"))
    extent: Mapped[WKBElement | None] = mapped_column(Geometry("GEOMETRY", srid=WGS84, spatial_index=False))
    # Where members see it: on its street. A trigger fills it, whatever way a report comes in.
    street_geom: Mapped[WKBElement] = mapped_column(geometry_column("POINT"), server_default=FetchedValue())


class HazardUpdate(Base):
    """A step in a report's life, as those see it who see the report; who it was stands in the audit trail alone."""

    __tablename__ = "hazard_update"
    __table_args__ = (
        CheckConstraint(f"from_stage IN ({STAGES})", name="from_stage"),
        CheckConstraint(f"to_stage IN ({STAGES})", name="to_stage"),
        CheckConstraint(f"actor IN ({', '.join(repr(a.value) for a in Actor)})", name="actor"),
        CheckConstraint(f"words_state IN ({TEXT_STATES})", name="words_state"),
        CheckConstraint(f"char_length(words) <= {DESCRIPTION_LIMIT}", name="words_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    hazard_id: Mapped[int] = mapped_column(ForeignKey(Hazard.id, ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    from_stage: Mapped[str | None]  # NULL: the first; equal to `to_stage`: only something was said
    to_stage: Mapped[str]
    actor: Mapped[str]
    role: Mapped[str | None]  # of who did it; NULL: the reporter, or nobody
    reason: Mapped[str] = mapped_column(server_default="")  # a code
    body: Mapped[str] = mapped_column(server_default="")  # who it was handed to
    words: Mapped[str] = mapped_column(server_default="")
    words_state: Mapped[str] = mapped_column(server_default=TextState.SHOWN.value)


class HazardPhoto(Base):
    """A photo of a report. A trigger deletes the photo with this row, whatever way the report goes."""

    __tablename__ = "hazard_photo"

    photo_id: Mapped[int] = mapped_column(ForeignKey(Photo.id, ondelete="CASCADE"), primary_key=True)
    hazard_id: Mapped[int] = mapped_column(ForeignKey(Hazard.id, ondelete="CASCADE"), index=True)
    # A moderator said that nothing in it tells where it is: of a report near homes it may be shown then.
    tells_no_place: Mapped[bool] = mapped_column(server_default=false())


class HazardMerge(Base):
    """A report that is told together with another one, as long as it is; what was and is over stands in the trail.

    It points to the report that was the head when it was done; `Hazard.merged_into_id` to the head of now. A head that
    others point to cannot be deleted before they are let go.
    """

    __tablename__ = "hazard_merge"
    __table_args__ = (
        CheckConstraint("into_id <> hazard_id", name="elsewhere"),
        CheckConstraint(f"from_stage IN ({STAGES}) AND from_stage <> 'merged'", name="from_stage"),
    )

    hazard_id: Mapped[int] = mapped_column(ForeignKey(Hazard.id, ondelete="CASCADE"), primary_key=True)
    into_id: Mapped[int] = mapped_column(ForeignKey(Hazard.id), index=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    from_stage: Mapped[str]  # where it goes back to
    state_since: Mapped[datetime]  # what it was before


class HazardSupport(Base):
    """Somebody who says so too; without an account, known by a key of their browser, of which a hash is kept."""

    __tablename__ = "hazard_support"
    __table_args__ = (
        CheckConstraint(f"note_state IN ({TEXT_STATES})", name="note_state"),
        CheckConstraint(f"char_length(note) <= {DESCRIPTION_LIMIT}", name="note_length"),
        CheckConstraint("notice_version ~ '^[a-z0-9.-]{1,40}$'", name="notice_version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    hazard_id: Mapped[int] = mapped_column(ForeignKey(Hazard.id, ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)  # of its browser's key for this report
    link_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)  # of their own link
    note: Mapped[str] = mapped_column(server_default="")
    note_state: Mapped[str] = mapped_column(server_default=TextState.SHOWN.value)
    notice_version: Mapped[str | None]  # what they were told of personal data

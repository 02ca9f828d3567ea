"""Photos, and apart from them the bytes that are served."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, SmallInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from safemap.db.base import Base
from safemap.media.rules import LARGE_PX, PhotoState


class Photo(Base):
    """What is known of a photo. Its id in addresses is random, and another one as soon as a part of it is covered."""

    __tablename__ = "photo"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(state.value) for state in PhotoState)})", name="state"),
        CheckConstraint(f"width_px BETWEEN 1 AND {LARGE_PX} AND height_px BETWEEN 1 AND {LARGE_PX}", name="size"),
        CheckConstraint("(sent_key_hash IS NULL) = (sent_body_hash IS NULL)", name="sent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    width_px: Mapped[int] = mapped_column(SmallInteger)
    height_px: Mapped[int] = mapped_column(SmallInteger)
    times_covered: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    sent_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
    sent_key_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)  # of its sender's Idempotency-Key
    sent_body_hash: Mapped[bytes | None] = mapped_column(LargeBinary)  # of the file, by that key: tells nobody else


class PhotoPicture(Base):
    """The two files of a photo: JPEG, drawn by safemap. The file that was sent is nowhere."""

    __tablename__ = "photo_picture"
    __table_args__ = (
        CheckConstraint(
            r"substring(large FROM 1 FOR 3) = '\xffd8ff' AND substring(small FROM 1 FOR 3) = '\xffd8ff'", name="jpeg"
        ),
    )

    photo_id: Mapped[int] = mapped_column(ForeignKey(Photo.id, ondelete="CASCADE"), primary_key=True)
    large: Mapped[bytes] = mapped_column(LargeBinary)
    small: Mapped[bytes] = mapped_column(LargeBinary)

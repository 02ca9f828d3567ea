"""Queries for photos."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from safemap.media.tables import Photo, PhotoPicture


def add(session: Session, photo: Photo, large: bytes, small: bytes) -> None:
    """Add a photo with its files."""
    session.add(photo)
    session.flush()
    session.add(PhotoPicture(photo_id=photo.id, large=large, small=small))
    session.flush()


def by_key(session: Session, key_hash: bytes) -> Photo | None:
    """Return the photo that came with a key."""
    return session.scalars(select(Photo).where(Photo.sent_key_hash == key_hash)).one_or_none()


def to_change(session: Session, photo_id: int) -> Photo | None:
    """Return a photo, which nobody else changes until the transaction's end."""
    return session.scalars(
        select(Photo).where(Photo.id == photo_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()


def picture_of(session: Session, photo_id: int) -> PhotoPicture | None:
    """Return the files of a photo."""
    return session.scalars(select(PhotoPicture).where(PhotoPicture.photo_id == photo_id)).one_or_none()


def file_of(session: Session, photo_id: int, *, is_small: bool) -> bytes | None:
    """Return one file of a photo, without reading the other."""
    column = PhotoPicture.small if is_small else PhotoPicture.large
    return session.scalar(select(column).where(PhotoPicture.photo_id == photo_id))

"""Use cases of photos: take one in, cover parts of it, read its files. Who may do so, upper packages say."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence

from sqlalchemy.orm import Session

from safemap.media import apart, repository
from safemap.media.rules import AnotherPhoto, Box, PhotoNotFound, PhotoState, Picture
from safemap.media.tables import Photo

PUBLIC_ID_BYTES = 16  # who knows no id cannot guess one


def drawn_anew(content: bytes) -> Picture:
    """Return the picture of a file that somebody sent; takes a second, so it is done before a transaction.

    Raises
    ------
    EmptyFile, FileTooHeavy, NotAPhoto, TooManyPixels, PhotoUnreadable, PhotosBusy
        It is refused, and nothing of it is kept.
    """
    return apart.drawn_anew(content)


def position_of(content: bytes) -> tuple[float, float] | None:
    """Return the longitude and latitude that a file names, to propose them once; nothing is kept or logged.

    Raises
    ------
    EmptyFile, FileTooHeavy, NotAPhoto, TooManyPixels, PhotosBusy
        As when it is drawn anew.
    """
    return apart.position_of(content)


def photo_of_key(session: Session, key: str, content: bytes) -> Photo | None:
    """Return the photo that came with a key before; None: none did.

    Raises
    ------
    AnotherPhoto
        Another file came with it.
    """
    kept = repository.by_key(session, _key_hash(key))
    if kept is not None and kept.sent_body_hash != _body_hash(key, content):
        raise AnotherPhoto(kept.id)
    return kept


def keep(session: Session, picture: Picture, state: PhotoState, key: str = "", content: bytes = b"") -> Photo:
    """Store a picture; `content` is the file that it was drawn from, of which a keyed hash alone is kept."""
    kept = Photo(
        public_id=new_public_id(),
        state=state.value,
        width_px=picture.width_px,
        height_px=picture.height_px,
        sent_key_hash=_key_hash(key) if key else None,
        sent_body_hash=_body_hash(key, content) if key else None,
    )
    repository.add(session, kept, picture.large, picture.small)
    return kept


def cover(session: Session, photo_id: int, boxes: Sequence[Box]) -> Photo:
    """Cover parts of a photo for good: both files are replaced, and its old id opens nothing from now on.

    Raises
    ------
    PhotoNotFound
        It is gone.
    NoBox, BadBox, PhotosBusy
        The boxes cannot be used, or others are being read.
    """
    kept, files = repository.to_change(session, photo_id), repository.picture_of(session, photo_id)
    if kept is None or files is None:
        raise PhotoNotFound
    done = apart.covered(files.large, boxes)
    files.large, files.small = done.large, done.small
    kept.public_id = new_public_id()
    kept.width_px, kept.height_px = done.width_px, done.height_px
    kept.times_covered += 1
    session.flush()
    return kept


def file_of(session: Session, photo_id: int, *, is_small: bool) -> bytes:
    """Return a photo's file.

    Raises
    ------
    PhotoNotFound
        It is gone.
    """
    found = repository.file_of(session, photo_id, is_small=is_small)
    if found is None:
        raise PhotoNotFound
    return found


def new_public_id() -> str:
    """Return an id that tells nothing and cannot be guessed."""
    return secrets.token_urlsafe(PUBLIC_ID_BYTES)


def _key_hash(key: str) -> bytes:
    return hashlib.sha256(f"photo {key}".encode()).digest()


def _body_hash(key: str, content: bytes) -> bytes:
    """Return a hash that only who holds the key can compare: a plain one would tell who else has the file."""
    return hmac.digest(key.encode(), content, "sha256")

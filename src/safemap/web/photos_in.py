"""Photos out of a request's body: several files of a form's field, or one raw body; in memory, never in a file."""

import hashlib
from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile

from safemap.db.session import unit_of_work
from safemap.hazards import photos
from safemap.hazards.photos import PhotoSeen
from safemap.identity.limits import PHOTOS
from safemap.identity.rules import Viewer
from safemap.media import service as media
from safemap.media.rules import (
    PHOTOS_PER_REPORT,
    EmptyFile,
    FileTooHeavy,
    NotAPhoto,
    PhotosBusy,
    PhotoUnreadable,
    Picture,
    TooManyPhotos,
    TooManyPixels,
)
from safemap.web.deps import engine_of
from safemap.web.limits import spend_for
from safemap.web.viewing import keys_of_app

PhotoErrors = (
    EmptyFile,
    FileTooHeavy,
    NotAPhoto,
    TooManyPixels,
    PhotoUnreadable,
    TooManyPhotos,
    PhotosBusy,
)  # why a photo of a form is not taken
FIELD = "photos"
FORM = "multipart/form-data"


async def files_of_form(request: Request) -> list[bytes]:
    """Return the files in a form's field for photos; a field that was left empty has none."""
    if not request.headers.get("content-type", "").lower().startswith(FORM):
        return []
    async with request.form(max_files=PHOTOS_PER_REPORT + 1) as form:
        sent = [one for one in form.getlist(FIELD) if isinstance(one, UploadFile) and (one.filename or one.size)]
        return [await one.read() for one in sent]


async def one_file(request: Request) -> bytes:
    """Return the one photo of a request: its body, or the file of a form.

    Raises
    ------
    EmptyFile
        There is none.
    TooManyPhotos
        A form has several; each has a key of its own, so each comes alone.
    """
    if not request.headers.get("content-type", "").lower().startswith(FORM):
        return await request.body()
    files = await files_of_form(request)
    if not files:
        raise EmptyFile
    if len(files) > 1:
        raise TooManyPhotos
    return files[0]


SentPhotos = Annotated[list[bytes], Depends(files_of_form)]
"""What a form's field ``photos`` holds. Ask for it before the form's own fields: both read the same body."""

SentPhoto = Annotated[bytes, Depends(one_file)]


def drawn(files: Sequence[bytes]) -> list[tuple[bytes, Picture]]:
    """Draw the photos of a form anew, before anything is stored; returns each with the file that it came from.

    Raises
    ------
    InvalidInput
        One is refused: its field is ``photos``, its message says why.
    PhotosBusy
        Others are being read.
    """
    if len(files) > PHOTOS_PER_REPORT:
        raise TooManyPhotos
    return [(content, media.drawn_anew(content)) for content in files]


def add_all(
    session: Session, follow_up: str, pictures: Sequence[tuple[bytes, Picture]], viewer: Viewer, *, sent_key: str
) -> None:
    """Add drawn photos to a report that has just been sent; a form that is sent twice with its key adds each once."""
    for content, picture in pictures:
        key = f"{sent_key} {hashlib.sha256(content).hexdigest()}" if sent_key else ""
        photos.add_photo(session, follow_up, picture, viewer=viewer, key=key, content=content)


def take_photo(
    request: Request, viewer: Viewer, follow_up: str, content: bytes, *, key: str = "", asks_to_wait: bool = False
) -> PhotoSeen:
    """Add a photo to a report by its reporter's link.

    In two transactions, with none open while the photo is drawn: that takes a second, and connections are few.

    Raises
    ------
    FollowUpUnknown, TooManyPhotos, AnotherPhoto, InvalidInput, PhotosBusy, TooOften
        It is not taken, and nothing of it is kept.
    """
    engine: Engine = engine_of(request)
    with unit_of_work(engine) as session:
        if (sent := photos.room_for_photo(session, follow_up, key, content)) is not None:
            return sent
        spend_for(request, session, keys_of_app(request), viewer, PHOTOS)
    picture = media.drawn_anew(content)
    with unit_of_work(engine) as session:
        return photos.add_photo(
            session, follow_up, picture, viewer=viewer, asks_to_wait=asks_to_wait, key=key, content=content
        )

"""Photos: their files for who may see them, and a reporter's own page about theirs."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from safemap.communities.service import study_area_by_key
from safemap.db.session import unit_of_work
from safemap.errors import SafemapError
from safemap.hazards import photos
from safemap.hazards import service as hazards
from safemap.hazards.rules import FOLLOW_UP_PATH, FollowUpUnknown
from safemap.i18n import mark
from safemap.identity.rules import Kind, TooOften, Verb
from safemap.media.rules import PHOTO_STATE_NAMES, PHOTOS_PER_REPORT, EmptyFile
from safemap.web.deps import Db, engine_of, language_of
from safemap.web.errors import status_of
from safemap.web.pages._common import page
from safemap.web.permits import open_to_all
from safemap.web.photos_in import SentPhotos, take_photo
from safemap.web.viewing import Seen

router = APIRouter()

LOOKING = [open_to_all(Verb.SEE_APPROXIMATE, Kind.PUBLIC_COUNT)]
OWN = [open_to_all(Verb.EDIT_OWN, Kind.REPORT)]
OWN_PHOTOS = FOLLOW_UP_PATH + "{follow_up}/photos"
DONE = {
    "added": mark("Your photo has arrived."),
    "deleted": mark("The photo is deleted for good."),
}


@router.get("/photos/{photo_id}", dependencies=LOOKING)
def large(request: Request, session: Db, viewer: Seen, photo_id: str) -> Response:
    """Serve a photo."""
    return _served(request, photos.file_seen(session, viewer, photo_id, is_small=False), photo_id)


@router.get("/photos/{photo_id}/small", dependencies=LOOKING)
def small(request: Request, session: Db, viewer: Seen, photo_id: str) -> Response:
    """Serve a photo in a phone's width."""
    return _served(request, photos.file_seen(session, viewer, photo_id, is_small=True), f"{photo_id}-small")


@router.get(OWN_PHOTOS, dependencies=OWN)
def own_photos(request: Request, session: Db, follow_up: str) -> HTMLResponse:
    """Show a report's photos to its reporter, to add to them and to delete them."""
    return _own_page(request, session, follow_up)


@router.post(OWN_PHOTOS, dependencies=OWN)
def add(
    request: Request, viewer: Seen, follow_up: str, sent: SentPhotos, wait: Annotated[str, Form()] = ""
) -> Response:
    """Add photos; what is refused is said beside the field, what came before it stays."""
    trouble: SafemapError | None = None
    try:
        if not sent:
            raise EmptyFile
        for content in sent:
            take_photo(request, viewer, follow_up, content, asks_to_wait=wait == "yes")
    except FollowUpUnknown:
        raise
    except SafemapError as error:
        trouble = error
    if trouble is None:
        return RedirectResponse(f"{FOLLOW_UP_PATH}{follow_up}/photos?done=added", status_code=HTTPStatus.SEE_OTHER)
    with unit_of_work(engine_of(request)) as session:
        again = _own_page(request, session, follow_up, trouble)
    if isinstance(trouble, TooOften):
        again.headers["Retry-After"] = str(trouble.wait_s)
    return again


@router.get(OWN_PHOTOS + "/{photo_id}", dependencies=OWN)
def own_large(session: Db, follow_up: str, photo_id: str) -> Response:
    """Serve a photo to its reporter."""
    return _answer(photos.file_by_follow_up(session, follow_up, photo_id, is_small=False), "no-store")


@router.get(OWN_PHOTOS + "/{photo_id}/small", dependencies=OWN)
def own_small(session: Db, follow_up: str, photo_id: str) -> Response:
    """Serve a photo to its reporter in a phone's width."""
    return _answer(photos.file_by_follow_up(session, follow_up, photo_id, is_small=True), "no-store")


@router.post(OWN_PHOTOS + "/{photo_id}/delete", dependencies=OWN)
def delete(session: Db, follow_up: str, photo_id: str) -> Response:
    """Delete a photo."""
    photos.delete_photo(session, follow_up, photo_id)
    return RedirectResponse(f"{FOLLOW_UP_PATH}{follow_up}/photos?done=deleted", status_code=HTTPStatus.SEE_OTHER)


def _own_page(request: Request, session: Session, follow_up: str, trouble: SafemapError | None = None) -> HTMLResponse:
    seen = hazards.report_by_follow_up(session, follow_up)
    kept = photos.photos_by_follow_up(session, follow_up)
    say = language_of(request).say
    made = page(
        request,
        "photos/own.html",
        status=status_of(trouble) if trouble else 200,
        area=study_area_by_key(session, seen.village_key),
        back=f"{FOLLOW_UP_PATH}{follow_up}",
        photos=kept,
        room=PHOTOS_PER_REPORT - len(kept),
        photo_state_names=PHOTO_STATE_NAMES,
        trouble=[say(trouble.message, **trouble.values), say(trouble.remedy, **trouble.values)] if trouble else [],
        done=DONE.get(request.query_params.get("done", "")),
    )
    made.headers["Cache-Control"] = "no-store"
    return made


def _served(request: Request, file: photos.PhotoFile, version: str) -> Response:
    """Answer with a file. What all may see may be kept, if it is asked about each time; a hidden one is gone then."""
    if not file.is_for_others:
        return _answer(file.content, "no-store")
    tag = f'"{version}"'  # what an id stands for never changes
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag, "Cache-Control": "no-cache"})
    answer = _answer(file.content, "no-cache")
    answer.headers["ETag"] = tag
    return answer


def _answer(content: bytes, cached: str) -> Response:
    return Response(
        content,
        media_type="image/jpeg",
        headers={
            "Cache-Control": cached,
            "Content-Disposition": 'inline; filename="photo.jpg"',
            "X-Robots-Tag": "noindex, noimageindex",
            "Vary": "Cookie",
        },
    )

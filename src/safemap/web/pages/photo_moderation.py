"""Moderation of photos: show, hide, have wait again, and cover parts of them for good."""

from enum import StrEnum
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from safemap.errors import InvalidInput
from safemap.hazards import photos
from safemap.hazards.service import report_seen
from safemap.i18n import mark
from safemap.identity.rules import Kind, Verb, Viewer
from safemap.media.rules import COVER_NAMES, BadBox, Box, Cover, PhotoState
from safemap.web.deps import Db, language_of
from safemap.web.pages._common import page
from safemap.web.permits import who_may_somewhere

router = APIRouter(prefix="/moderation/photos")

Moderator = Annotated[Viewer, who_may_somewhere(Verb.MODERATE, Kind.REPORT)]
ROWS = 6  # of numbers, where no script adds more
Numbers = Annotated[list[str], Form()]


class PhotoReason(StrEnum):
    """Why a photo stays hidden: one of a few, so that the audit trail holds nothing about anybody."""

    PERSON = "shows_a_person"
    PRIVATE = "private_details"
    ELSEWHERE = "not_about_this_place"
    SHOCKING = "shocks"
    ADVERT = "advertisement"


REASONS = {
    PhotoReason.PERSON: mark("Shows a person or a number plate that cannot be covered"),
    PhotoReason.PRIVATE: mark("Tells private details"),
    PhotoReason.ELSEWHERE: mark("Is not about this place"),
    PhotoReason.SHOCKING: mark("Would shock people who see it"),
    PhotoReason.ADVERT: mark("Is an advertisement"),
}
DONE = {
    "shown": mark("The photo is shown now."),
    "hidden": mark("The photo is hidden. Only its reporter and staff see it."),
    "held": mark("The photo waits again."),
    "covered": mark("It is covered for good, and the old address of the photo opens nothing any more."),
}


@router.get("")
def waiting(request: Request, session: Db, viewer: Moderator) -> HTMLResponse:
    """List the photos that wait in the viewer's villages, oldest first."""
    made = page(request, "photos/waiting.html", photos=photos.photos_to_moderate(session, viewer))
    made.headers["Cache-Control"] = "no-store"
    return made


@router.get("/{photo_id}")
def one(request: Request, session: Db, viewer: Moderator, photo_id: str) -> HTMLResponse:
    """Show a photo with all that can be done with it."""
    return _page(request, session, viewer, photo_id, [])


@router.post("/{photo_id}/show")
def show(session: Db, viewer: Moderator, photo_id: str, tells_no_place: Annotated[str, Form()] = "") -> Response:
    """Let a photo be seen; of a report near homes only where nothing in it tells the place."""
    photos.moderate_photo(session, viewer, photo_id, PhotoState.SHOWN, tells_no_place=tells_no_place == "yes")
    return _back(photo_id, "shown")


@router.post("/{photo_id}/hide")
def hide(session: Db, viewer: Moderator, photo_id: str, reason: Annotated[PhotoReason, Form()]) -> Response:
    """Keep a photo from everybody but its reporter and staff."""
    photos.moderate_photo(session, viewer, photo_id, PhotoState.HIDDEN, reason=reason.value)
    return _back(photo_id, "hidden")


@router.post("/{photo_id}/hold")
def hold(session: Db, viewer: Moderator, photo_id: str) -> Response:
    """Take a decision back: the photo waits again."""
    photos.moderate_photo(session, viewer, photo_id, PhotoState.HELD, tells_no_place=False, reason="undo")
    return _back(photo_id, "held")


@router.post("/{photo_id}/cover")
def cover(
    request: Request,
    session: Db,
    viewer: Moderator,
    photo_id: str,
    *,
    left: Numbers = [],  # noqa: B006 - FastAPI copies it
    top: Numbers = [],  # noqa: B006
    width: Numbers = [],  # noqa: B006
    height: Numbers = [],  # noqa: B006
    cover: Annotated[list[Cover], Form()] = [],  # noqa: B006
) -> Response:
    """Cover parts of a photo: what was under them is destroyed. Bad numbers come back as they were typed."""
    rows = [
        (*numbers, kind)
        for *numbers, kind in zip(left, top, width, height, [*cover, *[Cover.BLACK] * len(left)], strict=False)
    ]
    filled = [row for row in rows if any(str(value).strip() for value in row[:4])]
    try:
        boxes = [_box(number, row) for number, row in enumerate(filled, start=1)]
        done = photos.cover_photo(session, viewer, photo_id, boxes)
    except InvalidInput as trouble:
        return _page(request, session, viewer, photo_id, filled, trouble)
    return _back(done.public_id, "covered")


def _box(number: int, row: tuple[str | Cover, ...]) -> Box:
    *numbers, kind = row
    try:
        left, top, width, height = (float(str(value).strip().rstrip("%").replace(",", ".")) for value in numbers)
    except ValueError:
        raise BadBox(number) from None
    return Box(left, top, width, height, Cover(kind))


def _page(
    request: Request,
    session: Session,
    viewer: Viewer,
    photo_id: str,
    rows: list[tuple[str | Cover, ...]],
    trouble: InvalidInput | None = None,
) -> HTMLResponse:
    seen = photos.photo_to_moderate(session, viewer, photo_id)
    say = language_of(request).say
    made = page(
        request,
        "photos/moderate.html",
        status=HTTPStatus.BAD_REQUEST if trouble else HTTPStatus.OK,
        photo=seen,
        report=report_seen(session, viewer, seen.report_id),
        rows=[*rows, *[("", "", "", "", Cover.BLACK)] * max(1, ROWS - len(rows))],
        covers=COVER_NAMES,
        reasons=REASONS,
        trouble=[say(trouble.message, **trouble.values), say(trouble.remedy, **trouble.values)] if trouble else [],
        done=DONE.get(request.query_params.get("done", "")),
        can_undo=request.query_params.get("done") in {"shown", "hidden"},
    )
    made.headers["Cache-Control"] = "no-store"
    return made


def _back(photo_id: str, done: str) -> RedirectResponse:
    return RedirectResponse(f"/moderation/photos/{photo_id}?done={done}", status_code=HTTPStatus.SEE_OTHER)

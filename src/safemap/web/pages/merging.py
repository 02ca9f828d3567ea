"""Tell reports together and apart, and look at the notes of those who say so too: for moderators."""

import re
from typing import Annotated

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from safemap.communities.service import study_area_by_key
from safemap.errors import Conflict, InvalidInput, NotFound, SafemapError
from safemap.hazards import merging, supporting
from safemap.hazards.rules import HazardNotFound, TextState
from safemap.hazards.service import report_seen, seen_of
from safemap.hazards.similar import REASON_NAMES, similar_to
from safemap.i18n import mark
from safemap.identity.permissions import require
from safemap.identity.rules import Kind, Verb, Viewer
from safemap.web.deps import Db
from safemap.web.errors import status_of
from safemap.web.pages._common import page
from safemap.web.pages.moderation import REASONS, Reason
from safemap.web.permits import who_may_somewhere

router = APIRouter()

Moderator = Annotated[Viewer, who_may_somewhere(Verb.MODERATE, Kind.REPORT)]
IN_AN_ADDRESS = re.compile(r"(?:.*/hazards/)?([A-Za-z0-9_-]{1,40})(?:[/?#].*)?", re.DOTALL)
NONE_CHOSEN = mark("Choose a report, or give its number or link.")
DONE = {
    "shown": mark("The note is shown now."),
    "hidden": mark("The note is hidden, and whoever wrote it is not counted."),
    "held": mark("The note waits again."),
}


@router.get("/hazards/{public_id}/same")
def same(request: Request, session: Db, viewer: Moderator, public_id: str) -> HTMLResponse:
    """Offer what is likely the same problem, and a field for the number or link of any other report."""
    return _page(request, session, viewer, public_id)


@router.post("/hazards/{public_id}/same")
def merge(
    request: Request,
    session: Db,
    viewer: Moderator,
    public_id: str,
    into: Annotated[str, Form(max_length=40)] = "",
    other: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Tell the report together with another one, and show that one."""
    named = IN_AN_ADDRESS.fullmatch(other.strip()) if other.strip() else None
    chosen = named[1] if named else into
    if not chosen:
        return _page(request, session, viewer, public_id, other=other, wrong=NONE_CHOSEN, status=400)
    try:
        head = merging.merge_reports(session, viewer, public_id, chosen)
    except (InvalidInput, Conflict, NotFound) as refused:
        if isinstance(refused, HazardNotFound) and refused.values.get("public_id") == public_id:
            raise
        return _page(request, session, viewer, public_id, other=other, refused=refused, status=status_of(refused))
    return RedirectResponse(f"/hazards/{head}?done=together&of={public_id}#together", status_code=303)


@router.post("/hazards/{public_id}/apart")
def unmerge(session: Db, viewer: Moderator, public_id: str) -> Response:
    """Let the report stand by itself again, and show it."""
    merging.unmerge_report(session, viewer, public_id)
    return RedirectResponse(f"/hazards/{public_id}?done=apart", status_code=303)


@router.get("/moderation/notes")
def notes(request: Request, session: Db, viewer: Moderator) -> HTMLResponse:
    """List the notes that wait in the viewer's villages, oldest first."""
    asked = request.query_params
    is_id = re.fullmatch(r"[\w-]+", asked.get("of", ""), re.ASCII)
    done = asked.get("done", "")
    made = page(
        request,
        "hazards/notes.html",
        waiting=supporting.waiting_notes(session, viewer),
        reasons=REASONS,
        done=DONE.get(done),
        undo=f"/moderation/notes/{asked['of']}/hold" if is_id and done in {"shown", "hidden"} else "",
    )
    made.headers["Cache-Control"] = "no-store"
    return made


@router.post("/moderation/notes/{public_id}/show")
def show_note(session: Db, viewer: Moderator, public_id: str) -> Response:
    """Let a note be read by whoever sees the report."""
    supporting.moderate_note(session, viewer, public_id, TextState.SHOWN, "")
    return _to_notes("shown", public_id)


@router.post("/moderation/notes/{public_id}/hide")
def hide_note(session: Db, viewer: Moderator, public_id: str, reason: Annotated[Reason, Form()]) -> Response:
    """Keep a note from everybody, and count its writer no more."""
    supporting.moderate_note(session, viewer, public_id, TextState.HIDDEN, reason.value)
    return _to_notes("hidden", public_id)


@router.post("/moderation/notes/{public_id}/hold")
def hold_note(session: Db, viewer: Moderator, public_id: str) -> Response:
    """Take a decision back: the note waits again."""
    supporting.moderate_note(session, viewer, public_id, TextState.HELD, "undo")
    return _to_notes("held", public_id)


def _to_notes(done: str, public_id: str) -> RedirectResponse:
    return RedirectResponse(f"/moderation/notes?done={done}&of={public_id}", status_code=303)


def _page(
    request: Request,
    session: Session,
    viewer: Viewer,
    public_id: str,
    *,
    other: str = "",
    wrong: str = "",
    refused: SafemapError | None = None,
    status: int = 200,
) -> HTMLResponse:
    seen = report_seen(session, viewer, public_id)
    area = study_area_by_key(session, seen.village_key)
    require(viewer, Verb.MODERATE, Kind.REPORT, area.village_ids)
    head = merging.head_of(session, public_id)
    made = page(
        request,
        "hazards/same.html",
        status=status,
        hazard=seen,
        area=area,
        like=similar_to(session, viewer, public_id),
        head=next(iter(seen_of(session, viewer, [head])), None) if head else None,
        reason_names=REASON_NAMES,
        other=other,
        wrong=wrong,
        refused=refused,
    )
    made.headers["Cache-Control"] = "no-store"
    return made

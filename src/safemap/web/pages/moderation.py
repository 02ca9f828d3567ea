"""Moderation: words that wait for somebody to read them, and places that are said to be public."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from safemap.hazards import moderating
from safemap.hazards.photos import photos_to_moderate
from safemap.hazards.rules import TextState
from safemap.hazards.supporting import waiting_notes
from safemap.i18n import mark
from safemap.identity.rules import Kind, Verb, Viewer
from safemap.web.deps import Db
from safemap.web.pages._common import page
from safemap.web.permits import who_may_somewhere

router = APIRouter()

Moderator = Annotated[Viewer, who_may_somewhere(Verb.MODERATE, Kind.REPORT)]
AT_ONCE = 50


class Reason(StrEnum):
    """Why words stay hidden: one of a few, so that the audit trail holds nothing about anybody."""

    PERSON = "names_a_person"
    INSULT = "insults"
    PRIVATE = "private_details"
    ELSEWHERE = "not_about_this_place"
    ADVERT = "advertisement"


REASONS = {
    Reason.PERSON: mark("Names or describes a person"),
    Reason.PRIVATE: mark("Tells private details"),
    Reason.INSULT: mark("Insults somebody"),
    Reason.ELSEWHERE: mark("Is not about this place"),
    Reason.ADVERT: mark("Is an advertisement"),
}


@dataclass(frozen=True)
class Done:
    """What was just done, and what takes it back."""

    said: str
    undo: str = ""


DONE = {
    "shown": Done(mark("The words are shown now."), "hold"),
    "hidden": Done(mark("The words are hidden. The spot stays on the map."), "hold"),
    "held": Done(mark("The words wait again.")),
    "private": Done(mark("The spot is treated as near homes now: the public sees numbers only."), "public"),
    "public": Done(mark("The spot is a public place again.")),
}


@router.get("/moderation")
def moderation(request: Request, session: Db, viewer: Moderator) -> HTMLResponse:
    """List what waits in the viewer's villages, oldest first."""
    waiting = moderating.held_words(session, viewer, AT_ONCE + 1)
    done, of = DONE.get(request.query_params.get("done", "")), request.query_params.get("of", "")
    made = page(
        request,
        "hazards/moderation.html",
        waiting=waiting[:AT_ONCE],
        photos=photos_to_moderate(session, viewer, AT_ONCE),
        are_more=len(waiting) > AT_ONCE,
        reasons=REASONS,
        days_since=lambda moment: (datetime.now(UTC) - moment).days,
        done=done,
        notes_waiting=len(waiting_notes(session, viewer)),
        undo=_undo(done, of),
    )
    made.headers["Cache-Control"] = "no-store"
    return made


def _undo(done: Done | None, of: str) -> str:
    """Return the path that takes back what was done; an id that is none leads nowhere."""
    is_id = re.fullmatch(r"[\w-]+", of, re.ASCII)
    return f"/moderation/{of}/{done.undo}" if done and done.undo and is_id else ""


@router.post("/moderation/{public_id}/show")
def show(session: Db, viewer: Moderator, public_id: str) -> Response:
    """Let a report's words be read by whoever sees the report."""
    moderating.moderate_text(session, viewer, public_id, TextState.SHOWN, "")
    return _back("shown", public_id)


@router.post("/moderation/{public_id}/hide")
def hide(session: Db, viewer: Moderator, public_id: str, reason: Annotated[Reason, Form()]) -> Response:
    """Keep a report's words from everybody but its reporter and staff."""
    moderating.moderate_text(session, viewer, public_id, TextState.HIDDEN, reason.value)
    return _back("hidden", public_id)


@router.post("/moderation/{public_id}/hold")
def hold(session: Db, viewer: Moderator, public_id: str) -> Response:
    """Take a decision back: the words wait again."""
    moderating.moderate_text(session, viewer, public_id, TextState.HELD, "undo")
    return _back("held", public_id)


@router.post("/moderation/{public_id}/private")
def call_private(session: Db, viewer: Moderator, public_id: str) -> Response:
    """Say that a spot is no public place, whatever its reporter thought."""
    moderating.moderate_place(session, viewer, public_id, is_public=False, reason="moderator")
    return _back("private", public_id)


@router.post("/moderation/{public_id}/public")
def call_public(session: Db, viewer: Moderator, public_id: str) -> Response:
    """Take that back."""
    moderating.moderate_place(session, viewer, public_id, is_public=True, reason="undo")
    return _back("public", public_id)


def _back(done: str, public_id: str) -> RedirectResponse:
    return RedirectResponse(f"/moderation?done={done}&of={public_id}", status_code=303)

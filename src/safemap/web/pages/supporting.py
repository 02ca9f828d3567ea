"""Say so too: a short form at a report, thanks with a link of one's own, and that link's page."""

import re
import secrets
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from safemap.hazards import supporting
from safemap.hazards.life import LIVE, STAGE_NAMES, Stage
from safemap.hazards.merging import head_seen, told_with
from safemap.hazards.rules import (
    DESCRIPTION_LIMIT,
    SUPPORT_PATH,
    TEXT_STATE_NAMES,
    BelongsElsewhere,
    NothingToSupport,
    Visibility,
)
from safemap.hazards.schemas import HazardSeen
from safemap.hazards.service import report_seen, seen_of
from safemap.i18n import mark
from safemap.identity.limits import SUPPORTS
from safemap.identity.rules import Kind, TooOften, Verb, Viewer
from safemap.identity.signing_in import today
from safemap.privacy.notices import current, shown_version
from safemap.privacy.rules import Audience
from safemap.web.deps import Configured, Db, resident_language_of, settings_of
from safemap.web.limits import spend_for
from safemap.web.pages._common import page
from safemap.web.pages.privacy import notice_words
from safemap.web.permits import open_to_all
from safemap.web.viewing import InstallationKeys, Seen

router = APIRouter()

SEEING = [open_to_all(Verb.SEE_APPROXIMATE, Kind.PUBLIC_COUNT)]
SAYING = [open_to_all(Verb.ADD, Kind.REPORT)]
OWN = [open_to_all(Verb.EDIT_OWN, Kind.REPORT)]
NOTE_TOO_LONG = mark("The words are too long. 500 characters fit.")
MANY_AT_ONCE = mark("Very many people said so from here in a short time. Please wait a few minutes, then try again.")
TOGETHER_DONE = {
    "together": mark("The two are told together now. Here is the one that stays on the map."),
    "apart": mark("The two are told apart again."),
}
DONE = {"note": mark("Your note is deleted. That you say so too still counts.")}


def together_words(request: Request, session: Session, viewer: Viewer, seen: HazardSeen) -> dict[str, Any]:
    """What a report's page says of those who say so too, and of reports that are told together with it."""
    asked = request.query_params
    is_id = re.fullmatch(r"[\w-]+", asked.get("of", ""), re.ASCII)
    return {
        "together_done": TOGETHER_DONE.get(asked.get("done", "")),
        "together_undo": f"/hazards/{asked['of']}/apart" if is_id and asked.get("done") == "together" else "",
        "head": head_seen(session, viewer, seen.public_id) if seen.stage is Stage.MERGED else None,
        "told_with": told_with(session, viewer, seen.public_id),
        "notes": supporting.notes_of(session, viewer, seen.public_id),
        "may_say_so": seen.stage in LIVE and seen.visibility is Visibility.SHOWN,
        "note_state_names": TEXT_STATE_NAMES,
    }


@router.get("/hazards/{public_id}/me-too", dependencies=SEEING)
def me_too(request: Request, session: Db, viewer: Seen, public_id: str) -> HTMLResponse:
    """Show the short form: that it is so, and a note if somebody likes."""
    seen = report_seen(session, viewer, public_id)
    if seen.stage not in LIVE or seen.visibility is not Visibility.SHOWN:
        raise NothingToSupport
    return _form(request, seen)


@router.post("/hazards/{public_id}/me-too", dependencies=SAYING)
def say_so(
    request: Request,
    session: Db,
    viewer: Seen,
    keys: InstallationKeys,
    public_id: str,
    *,
    sent_key: Annotated[str, Form(max_length=64)] = "",
    note: Annotated[str, Form()] = "",
    notice: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Note that somebody says so too, and thank them; or say beside the note what is wrong with it."""
    words = note.replace("\r\n", "\n").strip()
    seen = report_seen(session, viewer, public_id)
    key = sent_key or secrets.token_urlsafe(16)
    if len(words) > DESCRIPTION_LIMIT or "\x00" in words:
        return _form(request, seen, words, key, wrong=NOTE_TOO_LONG, status=400)
    try:
        spend_for(request, session, keys, viewer, SUPPORTS)
        shown = shown_version(Audience.REPORTERS, notice, today(datetime.now(UTC)))
        done = supporting.support_report(session, viewer, keys, public_id, key, words, shown)
    except TooOften as error:
        again = _form(request, seen, words, key, wrong=MANY_AT_ONCE, status=429)
        again.headers["Retry-After"] = str(error.wait_s)
        return again
    except BelongsElsewhere as elsewhere:
        return _form(request, seen, "", key, wrong=elsewhere.message, status=400, help_line=elsewhere.remedy)
    if not done.link:  # this browser had said so before, with other words
        return RedirectResponse(f"/hazards/{done.seen.public_id}", status_code=303)
    return RedirectResponse(f"{SUPPORT_PATH}{done.link}?new=1", status_code=303)


@router.get(f"{SUPPORT_PATH}left", dependencies=OWN)
def left(request: Request) -> HTMLResponse:
    """Say that it is taken back, when there is no page left to say it on."""
    return page(
        request,
        "hazards/left.html",
        title=mark("It is taken back"),
        words=mark("You are not counted there any more, and your note is gone."),
    )


@router.get(f"{SUPPORT_PATH}{{follow_up}}", dependencies=OWN)
def own_page(request: Request, session: Db, settings: Configured, viewer: Seen, follow_up: str) -> HTMLResponse:
    """Show what is kept, and how the report stands; thank who has just said so."""
    kept = supporting.support_of_link(session, follow_up)
    seen = next(iter(seen_of(session, viewer, [kept.head_id])), None)
    is_new = request.query_params.get("new") == "1"
    made = page(
        request,
        "hazards/own_support.html",
        speaks=resident_language_of(request) if is_new else None,
        kept=kept,
        seen=seen,
        stage_names=STAGE_NAMES,
        text_state_names=TEXT_STATE_NAMES,
        own_link=f"{settings.site_url}{SUPPORT_PATH}{follow_up}",
        is_new=is_new,
        done=DONE.get(request.query_params.get("done", "")),
    )
    made.headers["Cache-Control"] = "no-store"
    return made


@router.post(f"{SUPPORT_PATH}{{follow_up}}/note", dependencies=OWN)
def remove_note(session: Db, follow_up: str) -> Response:
    """Delete the note; that somebody says so too still counts."""
    supporting.remove_note(session, follow_up)
    return RedirectResponse(f"{SUPPORT_PATH}{follow_up}?done=note", status_code=303)


@router.post(f"{SUPPORT_PATH}{{follow_up}}/take-back", dependencies=OWN)
def take_back(session: Db, follow_up: str) -> Response:
    """Delete all that is kept under the link."""
    supporting.take_back(session, follow_up)
    return RedirectResponse(f"{SUPPORT_PATH}left", status_code=303)


def _form(
    request: Request,
    seen: HazardSeen,
    note: str = "",
    sent_key: str = "",
    *,
    wrong: str = "",
    status: int = 200,
    help_line: str = "",
) -> HTMLResponse:
    speaks = resident_language_of(request)
    made = page(
        request,
        "hazards/me_too.html",
        status=status,
        speaks=speaks,
        notice=current(Audience.REPORTERS, today(datetime.now(UTC))),
        **notice_words(settings_of(request), speaks),
        hazard=seen,
        note=note,
        sent_key=sent_key or secrets.token_urlsafe(16),
        wrong=wrong,
        help_line=help_line,
        limit=DESCRIPTION_LIMIT,
    )
    made.headers["Cache-Control"] = "no-store"
    return made

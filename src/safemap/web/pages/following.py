"""A reporter's own page, opened by nobody but who holds its link: see what became of the report, take it back."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from safemap.communities.rules import StudyArea
from safemap.communities.service import study_area_by_key
from safemap.hazards import service as hazards
from safemap.hazards.living import updates_by_follow_up, ways_of_reporter
from safemap.hazards.photos import photos_by_follow_up
from safemap.hazards.rules import FOLLOW_UP_PATH, TEXT_STATE_NAMES
from safemap.hazards.schemas import HazardSeen
from safemap.i18n import mark
from safemap.identity.rules import ANONYMOUS, Kind, Verb
from safemap.web.credits import credits_of
from safemap.web.deps import Configured, Db, Speaks, resident_language_of
from safemap.web.pages import living
from safemap.web.pages._common import page
from safemap.web.pages.supporting import together_words
from safemap.web.permits import open_to_all

# Whoever holds a link is its reporter: a visitor changes their own.
router = APIRouter(prefix=FOLLOW_UP_PATH.rstrip("/"), dependencies=[open_to_all(Verb.EDIT_OWN, Kind.REPORT)])

LEFT = {
    "withdrawn": (
        mark("Your report is deleted"),
        mark("Spot and words are gone, and the link opens nothing any more. Thank you for having looked out."),
    ),
    "closed": (
        mark("The link is closed"),
        mark("The report stays on the map. Nobody can open its private page any more."),
    ),
}
DONE = living.DONE | {"words": mark("Your words are deleted. The spot is still on the map.")}


@router.get("/left/{how}")
def left(request: Request, how: str) -> HTMLResponse:
    """Say what was done when there is no page left to say it on."""
    title, words = LEFT.get(how, LEFT["closed"])
    return page(request, "hazards/left.html", title=title, words=words)


@router.get("/{follow_up}")
def follow(request: Request, session: Db, settings: Configured, speaks: Speaks, follow_up: str) -> HTMLResponse:
    """Show a report to its reporter; thank who has just sent it."""
    seen = hazards.report_by_follow_up(session, follow_up)
    area = study_area_by_key(session, seen.village_key)
    own_link = f"{settings.site_url}{FOLLOW_UP_PATH}{follow_up}"
    if request.query_params.get("new") == "1":
        return _thanks(request, seen, area, own_link)
    made = page(
        request,
        "hazards/follow.html",
        hazard=seen,
        photos=photos_by_follow_up(session, follow_up),
        **{**together_words(request, session, ANONYMOUS, seen), "may_say_so": False},
        may_moderate=False,
        photos_base=f"{FOLLOW_UP_PATH}{follow_up}/photos",
        area=area,
        own_link=own_link,
        text_state_names=TEXT_STATE_NAMES,
        credits=credits_of(session, area, None, speaks.words.gettext),
        done=DONE.get(request.query_params.get("done", "")),
        **living.life_of(seen, updates_by_follow_up(session, follow_up), ways_of_reporter(seen.stage)),
    )
    made.headers["Cache-Control"] = "no-store"
    return made


def _thanks(request: Request, seen: HazardSeen, area: StudyArea, own_link: str) -> HTMLResponse:
    """Thank who has just sent a report, in the language in which they marked it."""
    made = page(
        request, "hazards/thanks.html", speaks=resident_language_of(request), hazard=seen, area=area, own_link=own_link
    )
    made.headers["Cache-Control"] = "no-store"
    return made


@router.post("/{follow_up}/words")
def remove_words(session: Db, follow_up: str) -> Response:
    """Delete what the reporter wrote; the spot stays."""
    hazards.remove_personal_details(session, follow_up)
    return RedirectResponse(f"{FOLLOW_UP_PATH}{follow_up}?done=words", status_code=303)


@router.post("/{follow_up}/withdraw")
def withdraw(session: Db, follow_up: str) -> Response:
    """Delete the report."""
    hazards.withdraw_report(session, follow_up)
    return RedirectResponse(f"{FOLLOW_UP_PATH}left/withdrawn", status_code=303)


@router.post("/{follow_up}/forget")
def forget(session: Db, follow_up: str) -> Response:
    """Close the link; the report stays."""
    hazards.forget_link(session, follow_up)
    return RedirectResponse(f"{FOLLOW_UP_PATH}left/closed", status_code=303)

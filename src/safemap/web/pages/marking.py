"""Mark an unsafe spot: a plain form that a phone turns into steps; then the page of the report for who may see it."""

import re
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from safemap.basemap.listing import place_list
from safemap.basemap.parts import street_choices
from safemap.communities.rules import StudyArea
from safemap.communities.service import study_area_by_key
from safemap.hazards.categories import CATEGORIES, FAMILY_NAMES, SHAPE_OF_FAMILY, Drawn
from safemap.hazards.linked import linked_reports
from safemap.hazards.living import updates_seen, ways_seen
from safemap.hazards.photos import photos_seen
from safemap.hazards.rules import (
    DESCRIPTION_LIMIT,
    FOLLOW_UP_PATH,
    TEXT_STATE_NAMES,
    BelongsElsewhere,
    SentWithOtherContent,
)
from safemap.hazards.schemas import HazardReport
from safemap.hazards.service import report_seen
from safemap.i18n import mark
from safemap.identity.keys import Keys
from safemap.identity.limits import PHOTOS
from safemap.identity.permissions import may
from safemap.identity.rules import Kind, TooOften, Verb, Viewer
from safemap.identity.signing_in import today
from safemap.privacy.notices import current
from safemap.privacy.rules import Audience
from safemap.web.credits import credits_of
from safemap.web.deps import Db, InVillage, Speaks, resident_language_of, settings_of
from safemap.web.errors import status_of
from safemap.web.limits import spend_for
from safemap.web.marking import (
    BOTH_MISSING,
    WHAT_MISSING,
    WHERE_MISSING,
    Given,
    Reading,
    choice_value,
    given_in,
    read_form,
    without_words,
)
from safemap.web.pages._common import TAIWAN, page
from safemap.web.pages.living import DONE, life_of
from safemap.web.pages.privacy import notice_words
from safemap.web.pages.similar import ask_whether_it_is_one_of, like_it
from safemap.web.pages.supporting import together_words
from safemap.web.permits import open_to_all
from safemap.web.photos_in import PhotoErrors, add_all, drawn, files_of_form
from safemap.web.taking import take_once
from safemap.web.viewing import InstallationKeys, Seen

router = APIRouter()

MARKING = [open_to_all(Verb.ADD, Kind.REPORT)]

MANY_REPORTS = mark(
    "Very many reports came from here in a short time. Please wait a few minutes, then send yours again."
)
PHOTO_REFUSED = mark("One of the photos cannot be taken, so nothing was sent yet.")
DRAWN_NAMES = {
    Drawn.POINT: mark("One spot"),
    Drawn.LINE: mark("A stretch of street"),
    Drawn.AREA: mark("A whole place"),
}
SENT_BEFORE = mark("A report was already sent from this form. Is this another one? Then send it once more.")
WHEN_NAMES = {
    "now": mark("Right now"),
    "night": mark("Usually at night"),
    "day": mark("Usually by day"),
    "any": mark("At any time"),
    "once": mark("It happened once"),
}
DAY_NAMES = (mark("Mon"), mark("Tue"), mark("Wed"), mark("Thu"), mark("Fri"), mark("Sat"), mark("Sun"))
NOTHING_WRONG = Reading(None, {})
MISSING = {"category": WHAT_MISSING, "where": WHERE_MISSING, "severity": BOTH_MISSING}  # of a step


async def _given(request: Request) -> tuple[Given, str, list[bytes]]:
    """Read what was sent, the version of the notice that was shown beside it, and photos."""
    files = await files_of_form(request)
    form = await request.form(max_files=0, max_fields=60)
    return given_in(form), str(form.get("notice", "")), files


@router.get("/villages/{key}/mark", dependencies=MARKING)
def mark_form(request: Request, session: Db, area: InVillage) -> HTMLResponse:
    """Show the empty form; a spot may come with the address, as from a poster."""
    asked = request.query_params
    given = Given(lon=asked.get("lon", ""), lat=asked.get("lat", ""))
    return _form(request, session, area, given, NOTHING_WRONG)


@router.post("/villages/{key}/mark", dependencies=MARKING)
def mark_spot(
    request: Request,
    session: Db,
    area: InVillage,
    keys: InstallationKeys,
    viewer: Seen,
    sent: Annotated[tuple[Given, str, list[bytes]], Depends(_given)],
) -> Response:
    """Store a report and show it to its reporter; or show the form again with everything kept and what is wrong.

    Words that belong to who helps are not kept: neither stored nor given back into the form.
    """
    given = sent[0]
    reading = read_form(session, viewer, area, given, datetime.now(TAIWAN))
    if reading.report is None:
        return _form(request, session, area, given, reading, status=400)
    try:
        return _stored(request, session, area, keys, viewer, sent, reading.report)
    except SentWithOtherContent:
        # A way back to a form that was sent already, and another spot in it: that is another report.
        anew = replace(given, sent_key="")
        return _form(request, session, area, anew, replace(reading, wrong={"send": SENT_BEFORE}), status=409)
    except TooOften as error:
        again = _form(request, session, area, given, replace(reading, wrong={"send": MANY_REPORTS}), status=429)
        again.headers["Retry-After"] = str(error.wait_s)
        return again
    except PhotoErrors as refused:
        speaks = resident_language_of(request)
        words = " ".join(speaks.say(one, **refused.values) for one in (refused.message, refused.remedy))
        told = replace(reading, wrong={"photos": PHOTO_REFUSED})
        return _form(request, session, area, given, told, status=status_of(refused), photo_trouble=words)
    except BelongsElsewhere as elsewhere:
        wrong = replace(reading, wrong={"description": elsewhere.message})
        return _form(request, session, area, without_words(given), wrong, status=400, help_line=elsewhere.remedy)


def _stored(
    request: Request,
    session: Session,
    area: StudyArea,
    keys: Keys,
    viewer: Viewer,
    sent: tuple[Given, str, list[bytes]],
    report: HazardReport,
) -> Response:
    """Ask first whether it is one of those that are here; else store it, and show it to its reporter."""
    given, notice, files = sent
    content = repr(replace(given, sent_key="", is_new=""))
    if not (given.is_new or files):  # files cannot be given back into a form: who sends some is not held up
        like = like_it(request, session, keys, viewer, area, report, given.sent_key, content)
        if like:
            return ask_whether_it_is_one_of(request, area, given, notice, like)
    if files:
        spend_for(request, session, keys, viewer, PHOTOS)
    pictures = drawn(files)  # before anything is stored: a report comes whole or not at all
    made = take_once(request, session, keys, viewer, report, sent_key=given.sent_key, notice=notice, content=content)
    add_all(session, made.follow_up, pictures, viewer, sent_key=given.sent_key)
    return RedirectResponse(f"{FOLLOW_UP_PATH}{made.follow_up}?new=1", status_code=303)


@router.get("/hazards/{public_id}", dependencies=[open_to_all(Verb.SEE_APPROXIMATE, Kind.PUBLIC_COUNT)])
def hazard_page(request: Request, session: Db, viewer: Seen, speaks: Speaks, public_id: str) -> HTMLResponse:
    """Show one report as the viewer may see it."""
    seen = report_seen(session, viewer, public_id)
    area = study_area_by_key(session, seen.village_key)
    return page(
        request,
        "hazards/report.html",
        linked=linked_reports(session, viewer, public_id),
        hazard=seen,
        photos=photos_seen(session, viewer, public_id),
        area=area,
        credits=credits_of(session, area, None, speaks.words.gettext),
        text_state_names=TEXT_STATE_NAMES,
        may_moderate=may(viewer, Verb.MODERATE, Kind.REPORT, area.village_ids),
        done=DONE.get(request.query_params.get("done", "")),
        **life_of(seen, updates_seen(session, viewer, public_id), ways_seen(session, viewer, public_id)),
        **together_words(request, session, viewer, seen),
    )


def _form(
    request: Request,
    session: Session,
    area: StudyArea,
    given: Given,
    reading: Reading,
    *,
    status: int = 200,
    help_line: str = "",
    photo_trouble: str = "",
) -> HTMLResponse:
    speaks = resident_language_of(request)
    families = {family: [category for category in CATEGORIES if category.family is family] for family in FAMILY_NAMES}
    return page(
        request,
        "hazards/mark.html",
        status=status,
        speaks=speaks,
        notice=current(Audience.REPORTERS, today(datetime.now(UTC))),
        **notice_words(settings_of(request), speaks),
        help_line=help_line,
        photo_trouble=photo_trouble,
        numbers_to_call=list(dict.fromkeys(re.findall(r"\b1\d\d\d?\b", help_line))),
        area=area,
        given=given if given.sent_key else replace(given, sent_key=secrets.token_urlsafe(16)),
        wrong=reading.wrong,
        missing=MISSING,
        choices=reading.choices,
        choice_value=choice_value,
        credits=credits_of(session, area, None, speaks.words.gettext),
        streets=street_choices(place_list(session, area.geometry)),
        families=families,
        family_names=FAMILY_NAMES,
        shape_of_family=SHAPE_OF_FAMILY,
        drawn_names=DRAWN_NAMES,
        when_names=WHEN_NAMES,
        day_names=DAY_NAMES,
        last_moment=f"{datetime.now(TAIWAN) + timedelta(minutes=1):%Y-%m-%dT%H:%M}",
        limit=DESCRIPTION_LIMIT,
        bounds=",".join(f"{value:.6f}" for value in area.geometry.bounds),
    )

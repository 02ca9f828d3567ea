"""Before a report is stored that came by the plain form: is it one of those that are here? Nothing of it is lost."""

from dataclasses import fields
from http import HTTPStatus

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse

from safemap.communities.rules import StudyArea
from safemap.hazards.routing_out import require_for_a_map
from safemap.hazards.schemas import HazardReport
from safemap.hazards.sent import sent_before, sent_with
from safemap.hazards.similar import REASON_NAMES, SimilarReport, similar_reports
from safemap.identity.keys import Keys
from safemap.identity.limits import SUGGESTIONS
from safemap.identity.rules import Viewer
from safemap.web.deps import resident_language_of
from safemap.web.limits import spend_for
from safemap.web.marking import Given
from safemap.web.pages._common import page


def like_it(
    request: Request,
    session: Session,
    keys: Keys,
    viewer: Viewer,
    area: StudyArea,
    report: HazardReport,
    sent_key: str,
    content: str,
) -> list[SimilarReport]:
    """Return what is like a report that is about to be stored; nothing, when it came before.

    Raises
    ------
    BelongsElsewhere
        Its words speak of what no map may hold.
    TooOften, WrongSentKey, SentWithOtherContent
        As of `take_once`.
    """
    require_for_a_map(report.description)
    if sent_key and sent_before(session, sent_with(keys, sent_key, content)):
        return []
    spend_for(request, session, keys, viewer, SUGGESTIONS)
    return similar_reports(session, viewer, report, area.village_ids)


def ask_whether_it_is_one_of(
    request: Request, area: StudyArea, given: Given, notice: str, like: list[SimilarReport]
) -> HTMLResponse:
    """Show what is like the report, with the whole form in hidden fields."""
    held = [(field.name, getattr(given, field.name)) for field in fields(Given) if field.name != "weekdays"]
    held = [(name, value) for name, value in held if value and name != "is_new"]
    made = page(
        request,
        "hazards/similar.html",
        status=HTTPStatus.OK,
        speaks=resident_language_of(request),
        area=area,
        like=like,
        reason_names=REASON_NAMES,
        held=[*held, *(("weekdays", day) for day in given.weekdays), ("notice", notice), ("is_new", "yes")],
        given=given,
        notice_version=notice,
    )
    made.headers["Cache-Control"] = "no-store"
    return made

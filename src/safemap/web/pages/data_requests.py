"""The queue of requests about personal data, for who reviews them: one's own scope, those due first first."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from safemap.communities.service import names_of
from safemap.i18n import mark
from safemap.identity.rules import Kind, Verb, Viewer
from safemap.identity.signing_in import today
from safemap.privacy import service
from safemap.privacy.letters import QUEUE_PATH
from safemap.privacy.rules import FITTING_REFUSALS, REASON_LIMIT, ReasonMissing, Refusal
from safemap.privacy.service import Show
from safemap.web.deps import Configured, Db, Language, Speaks
from safemap.web.pages._common import page
from safemap.web.pages.data_asking import request_words
from safemap.web.pages.signing_in import unkept
from safemap.web.permits import who_may_somewhere

router = APIRouter()

Reviewer = Annotated[Viewer, who_may_somewhere(Verb.REVIEW, Kind.DATA_REQUEST)]
SHOWN = {
    Show.WAITING: mark("To be decided"),
    Show.OVERDUE: mark("Overdue"),
    Show.DECIDED: mark("Decided"),
}
DONE = {
    "extended": mark("Extended. The reason was written to who asked."),
    "granted": mark("Granted and carried out. Who asked is told."),
    "refused": mark("Refused. The reason was written to who asked."),
    "closed": mark("The request is closed."),
}
NO_REASON = mark("Give a reason: the asker gets it in writing. At most 500 characters.")
NO_WHY = mark("Choose one of the reasons that the law knows.")
Typed = Annotated[str, Form()]


@router.get(QUEUE_PATH.rstrip("/"))
def queue(
    request: Request, session: Db, viewer: Reviewer, speaks: Speaks, show: Annotated[Show, Query()] = Show.WAITING
) -> HTMLResponse:
    """List the requests that the viewer reviews."""
    now = datetime.now(UTC)
    rows, counts = service.queue(session, viewer, show, now)
    return unkept(
        page(
            request,
            "privacy/queue.html",
            rows=rows,
            counts=counts,
            show=show,
            shown=SHOWN,
            today=today(now),
            **request_words(speaks.code),
        )
    )


@router.get(f"{QUEUE_PATH}{{number}}")
def one(request: Request, session: Db, viewer: Reviewer, speaks: Speaks, number: str) -> HTMLResponse:
    """Show one request, with what can be done about it."""
    return _one(request, session, viewer, speaks, number, {})


@router.post(f"{QUEUE_PATH}{{number}}/extend")
def extend(
    request: Request,
    session: Db,
    viewer: Reviewer,
    settings: Configured,
    speaks: Speaks,
    number: str,
    reason: Typed = "",
) -> Response:
    """Give the one extension that the law allows."""
    try:
        service.extend(session, viewer, number, reason, settings.site_url, datetime.now(UTC))
    except ReasonMissing:
        wrong = {"reason": NO_REASON}
        return _one(request, session, viewer, speaks, number, wrong, status=400, given={"reason": reason})
    return _back(number, "extended")


@router.post(f"{QUEUE_PATH}{{number}}/grant")
def grant(session: Db, viewer: Reviewer, settings: Configured, number: str, words: Typed = "") -> Response:
    """Grant a request and carry it out."""
    service.grant(session, viewer, number, words, settings.site_url, datetime.now(UTC))
    return _back(number, "granted")


@router.post(f"{QUEUE_PATH}{{number}}/refuse")
def refuse(
    request: Request,
    session: Db,
    viewer: Reviewer,
    settings: Configured,
    speaks: Speaks,
    number: str,
    why: Typed = "",
    words: Typed = "",
) -> Response:
    """Refuse a request for a reason that the law knows."""
    try:
        chosen = Refusal(why)
    except ValueError:
        wrong = {"why": NO_WHY}
        return _one(request, session, viewer, speaks, number, wrong, status=400, given={"words": words})
    service.refuse(session, viewer, number, chosen, words, settings.site_url, datetime.now(UTC))
    return _back(number, "refused")


@router.post(f"{QUEUE_PATH}{{number}}/close")
def close(session: Db, viewer: Reviewer, number: str) -> Response:
    """Close a request that was decided."""
    service.close_by_hand(session, viewer, number, datetime.now(UTC))
    return _back(number, "closed")


def _one(
    request: Request,
    session: Session,
    viewer: Viewer,
    speaks: Language,
    number: str,
    wrong: dict[str, str],
    *,
    status: int = 200,
    given: dict[str, str] | None = None,
) -> HTMLResponse:
    seen, asker, may_decide = service.request_to_review(session, viewer, number, datetime.now(UTC))
    return unkept(
        page(
            request,
            "privacy/review.html",
            status=status,
            seen=seen,
            asker=asker,
            may_decide=may_decide,
            places=names_of(session, service.villages_of_request(session, seen)),
            fitting=FITTING_REFUSALS[seen.ask],
            reason_limit=REASON_LIMIT,
            wrong=wrong,
            given={"reason": "", "words": "", **(given or {})},
            done=DONE.get(request.query_params.get("done", ""), ""),
            **request_words(speaks.code),
        )
    )


def _back(number: str, done: str) -> RedirectResponse:
    return RedirectResponse(f"{QUEUE_PATH}{number}?done={done}", status_code=303)

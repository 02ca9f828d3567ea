"""The members of the viewer's villages: who holds which role, the yearly review, ending roles, closing accounts."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from babel.dates import format_date
from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from safemap.i18n import mark
from safemap.identity import invitations, managing, service
from safemap.identity.reviewing import Why, due_for_review
from safemap.identity.rules import ROLE_NAMES, Kind, Role, Verb, Viewer
from safemap.identity.schemas import GrantSeen, PersonSeen
from safemap.identity.signing_in import today
from safemap.notifications.service import is_mail_configured
from safemap.web.deps import Configured, Db, Speaks
from safemap.web.pages._common import LOCALES, page
from safemap.web.permits import who_may_somewhere

router = APIRouter()

A_PAGE = 50
Reader = Annotated[Viewer, who_may_somewhere(Verb.SEE_EXACT, Kind.PERSON)]
Giver = Annotated[Viewer, who_may_somewhere(Verb.ADD, Kind.ROLE)]
Closer = Annotated[Viewer, who_may_somewhere(Verb.ADMINISTER, Kind.PERSON)]
Back = Annotated[str, Form()]


class Show(StrEnum):
    """Which members."""

    NOW = "now"
    DUE = "due"
    PAST = "past"


SHOWN = {
    Show.NOW: mark("With a role now"),
    Show.DUE: mark("Yearly review is due"),
    Show.PAST: mark("Ended or closed"),
}
WHY = {
    Why.OLD: mark("not confirmed for a year"),
    Why.UNUSED: mark("not signed in for a year"),
}


class Reason(StrEnum):
    """Why an account is closed: one of a few words, so that the audit trail holds nothing about anybody."""

    LEFT = "left"
    MOVED = "moved"
    TRANSFERRED = "transferred"
    ASKED = "asked"
    MISUSE = "misuse"


REASONS = {
    Reason.LEFT: mark("No longer takes part"),
    Reason.MOVED: mark("Moved away"),
    Reason.TRANSFERRED: mark("Transferred to another post"),
    Reason.ASKED: mark("Asked for it"),
    Reason.MISUSE: mark("Somebody else may have used the account"),
}


@dataclass(frozen=True)
class Done:
    """What was just done, and the path that takes it back."""

    said: str
    undo: str = ""


DONE = {
    "ended": Done(mark("The role is ended."), "/members/roles/{of}/resume"),
    "resumed": Done(mark("The role is in force again.")),
    "confirmed": Done(mark("Confirmed: the role is still right. It is asked again in a year.")),
    "closed": Done(mark("The account is closed and signed out everywhere."), "/members/people/{of}/open"),
    "opened": Done(mark("The account is open again.")),
    "invited": Done(mark("The invitation is written. It is listed below until it is accepted.")),
    "withdrawn": Done(mark("The invitation is withdrawn: its link no longer works.")),
}


@router.get("/members")
def members(
    request: Request,
    session: Db,
    viewer: Reader,
    settings: Configured,
    speaks: Speaks,
    *,
    q: Annotated[str, Query(max_length=100)] = "",
    role: Annotated[Role | None, Query()] = None,
    show: Annotated[Show, Query()] = Show.NOW,
    page_: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """List the people whom the viewer may see, with what the viewer may do for each."""
    now = datetime.now(UTC)
    day = today(now)
    everybody = service.members(session, viewer)
    due = {entry.grant.id: entry.why for entry in due_for_review(everybody, now, day) if entry.why in WHY}
    matching = [person for person in everybody if _matches(person, q, role)]
    lists = {one: [person for person in matching if _belongs(person, one, due, day)] for one in Show}
    pages = max(1, -(-len(lists[show]) // A_PAGE))
    at = min(page_, pages)
    people = lists[show][(at - 1) * A_PAGE : at * A_PAGE]
    managing.saw_people(session, viewer, people, "member list")
    gives = bool(managing.roles_to_give(viewer))
    made = page(
        request,
        "members/members.html",
        people=people,
        counts={one: len(found) for one, found in lists.items()},
        hold=managing.hold_of(session, viewer, people),
        invitations=invitations.open_invitations(session, viewer, now) if gives else [],
        viewer=viewer,
        gives=gives,
        has_mail=is_mail_configured(settings),
        done=_done(request),
        due=due,
        here=lambda **asked: f"/members?{urlencode(_kept(request.url.query) | asked)}",
        date_words=lambda one: format_date(one, "long", locale=LOCALES[speaks.code]),
        state_of=lambda grant: _state(grant, day),
        q=q,
        role=role,
        roles=[one for one in Role if any(grant.role is one for person in everybody for grant in person.grants)],
        show=show,
        at=at,
        pages=pages,
        back=request.url.query,
        role_names=ROLE_NAMES,
        shown=SHOWN,
        reasons=REASONS,
        why=WHY,
    )
    made.headers["Cache-Control"] = "no-store"
    return made


def _matches(person: PersonSeen, q: str, role: Role | None) -> bool:
    words = f"{person.name} {person.email} {' '.join(grant.scope_name for grant in person.grants)}".lower()
    has_role = role is None or any(grant.role is role for grant in person.grants)
    return has_role and all(word in words for word in q.lower().split())


def _belongs(person: PersonSeen, show: Show, due: dict[int, Why], day: date) -> bool:
    in_force = person.disabled_at is None and any(_state(grant, day) != "past" for grant in person.grants)
    if show is Show.DUE:
        return any(grant.id in due for grant in person.grants)
    return in_force is (show is Show.NOW)


def _state(grant: GrantSeen, day: date) -> str:
    if grant.ended_at is not None or (grant.ends_on is not None and grant.ends_on < day):
        return "past"
    return "future" if grant.starts_on > day else "now"


def _done(request: Request) -> dict[str, Any] | None:
    what, of = request.query_params.get("done", ""), request.query_params.get("of", "")
    if what not in DONE or not (of.replace("-", "").replace("_", "").isalnum() or not of):
        return None
    return {"said": DONE[what].said, "undo": DONE[what].undo.format(of=of) if of else "", "what": what}


@router.post("/members/roles/{grant_id}/end")
def end_role(session: Db, viewer: Giver, grant_id: int, back: Back = "") -> Response:
    """End a role at once; the list offers to take it back."""
    service.end_role(session, viewer, grant_id, datetime.now(UTC))
    return _return(back, "ended", grant_id)


@router.post("/members/roles/{grant_id}/resume")
def resume_role(session: Db, viewer: Giver, grant_id: int, back: Back = "") -> Response:
    """Take back that a role was ended."""
    managing.resume_role(session, viewer, grant_id, datetime.now(UTC))
    return _return(back, "resumed", grant_id)


@router.post("/members/roles/{grant_id}/confirm")
def confirm_role(session: Db, viewer: Giver, grant_id: int, back: Back = "") -> Response:
    """Say in the yearly review that a role is still right."""
    service.confirm_role(session, viewer, grant_id, datetime.now(UTC))
    return _return(back, "confirmed", grant_id)


@router.post("/members/people/{public_id}/close")
def close_account(
    session: Db, viewer: Closer, public_id: str, reason: Annotated[Reason, Form()], back: Back = ""
) -> Response:
    """Close an account; the list offers to open it again."""
    service.disable_person(session, viewer, public_id, reason.value, datetime.now(UTC))
    return _return(back, "closed", public_id)


@router.post("/members/people/{public_id}/open")
def open_account(session: Db, viewer: Closer, public_id: str, back: Back = "") -> Response:
    """Open a closed account again."""
    service.enable_person(session, viewer, public_id)
    return _return(back, "opened", public_id)


@router.post("/members/invitations/{invitation_id}/withdraw")
def withdraw(session: Db, viewer: Giver, invitation_id: int, back: Back = "") -> Response:
    """Withdraw an invitation."""
    invitations.revoke(session, viewer, invitation_id, datetime.now(UTC))
    return _return(back, "withdrawn", invitation_id)


def _return(back: str, done: str, of: object) -> RedirectResponse:
    """Lead back to the list as it was filtered, with what was done."""
    asked = _kept(back) | {"done": done, "of": str(of)}
    return RedirectResponse(f"/members?{urlencode(asked)}", status_code=303)


def _kept(query: str) -> dict[str, str]:
    return {name: value for name, value in parse_qsl(query[:1000]) if name in {"q", "role", "show", "page"}}

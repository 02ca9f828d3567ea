"""Inviting somebody: first the role, then for where and whom; only what the viewer may give is offered."""

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from pydantic import ValidationError
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from safemap.i18n import LANGUAGES, mark
from safemap.identity import invitations, managing
from safemap.identity.limits import INVITATIONS
from safemap.identity.rules import (
    NEEDS_SECOND_FACTOR,
    ROLE_NAMES,
    Kind,
    MayNotGrant,
    Role,
    ScopeDoesNotFit,
    ScopeKind,
    Verb,
    Viewer,
)
from safemap.identity.schemas import NewInvitation, Scope
from safemap.identity.signing_in import today
from safemap.web.deps import Configured, Db, Speaks
from safemap.web.limits import AtMost
from safemap.web.pages._common import page
from safemap.web.permits import who_may_somewhere

router = APIRouter()

Giver = Annotated[Viewer, who_may_somewhere(Verb.ADD, Kind.ROLE)]
Typed = Annotated[str, Form()]
SCOPE_NAMES = {
    ScopeKind.COUNTRY: mark("The whole country"),
    ScopeKind.COUNTY: mark("A county or city"),
    ScopeKind.PRECINCT: mark("A police precinct"),
    ScopeKind.COMMUNITY: mark("A community"),
    ScopeKind.VILLAGE: mark("A village"),
}
FIELD_OF = {ScopeKind.VILLAGE: "village_id", ScopeKind.COMMUNITY: "community_id", ScopeKind.PRECINCT: "precinct_id"}
WRONG_OF = {
    "email": mark("Give their e-mail address, such as name@example.org."),
    "role_ends_on": mark("Give the last day as year, month, day: 2027-12-31. Leave it empty for no end."),
    "place": mark("Choose for where the role is."),
}
PAST = mark("The last day has passed. Choose a later one.")


@router.get("/members/invite")
def invite_form(
    request: Request,
    session: Db,
    viewer: Giver,
    speaks: Speaks,
    role: Annotated[Role | None, Query()] = None,
    where: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """Offer the roles; with one chosen, the form."""
    if role is None:
        return page(request, "members/roles.html", roles=managing.roles_to_give(viewer), role_names=ROLE_NAMES)
    return _form(request, session, viewer, role, {"language": speaks.code, "where": where}, {})


@router.post("/members/invite")
def invite(
    request: Request,
    session: Db,
    viewer: Giver,
    settings: Configured,
    _counted: Annotated[None, Depends(AtMost(*INVITATIONS))],
    *,
    role: Annotated[Role, Form()],
    place: Typed = "",
    email: Typed = "",
    role_ends_on: Typed = "",
    language: Typed = "zh-Hant",
    where: Typed = "",
) -> Response:
    """Send the invitation, or show the form again with everything kept and what is wrong."""
    now = datetime.now(UTC)
    given = {
        "place": place,
        "email": email,
        "role_ends_on": role_ends_on,
        "language": language,
        "where": where,
    }
    new, wrong = _read(role, given, today(now))
    if new is None:
        return _form(request, session, viewer, role, given, wrong, status=400)
    try:
        invitations.invite(session, viewer, new, settings.site_url, now)
    except (MayNotGrant, ScopeDoesNotFit):
        return _form(request, session, viewer, role, given, {"place": WRONG_OF["place"]}, status=403)
    return RedirectResponse("/members?done=invited#invitations", status_code=303)


def value_of(scope: Scope) -> str:
    """Return a scope as a form's value: village:12."""
    named = scope.county or scope.village_id or scope.community_id or scope.precinct_id
    return f"{scope.kind.value}:{named or ''}"


def scope_of_value(value: str) -> Scope | None:
    """Read what `value_of` wrote; None when it is no such value."""
    kind_name, _, named = value.partition(":")
    try:
        kind = ScopeKind(kind_name)
        if kind is ScopeKind.COUNTRY:
            return Scope(kind=kind)
        if kind is ScopeKind.COUNTY:
            return Scope(kind=kind, county=named) if named else None
        return Scope.model_validate({"kind": kind, FIELD_OF[kind]: int(named)})
    except ValueError:
        return None


def _read(role: Role, given: dict[str, str], day: date) -> tuple[NewInvitation | None, dict[str, str]]:
    scope = scope_of_value(given["place"])
    wrong = {} if scope else {"place": WRONG_OF["place"]}
    try:
        new = NewInvitation(
            email=given["email"],
            role=role,
            scope=scope or Scope(kind=ScopeKind.COUNTRY),
            role_ends_on=date.fromisoformat(given["role_ends_on"]) if given["role_ends_on"].strip() else None,
            language=given["language"] if given["language"] in LANGUAGES else "zh-Hant",
        )
    except ValidationError:
        return None, {**wrong, "email": WRONG_OF["email"]}
    except ValueError:
        return None, {**wrong, "role_ends_on": WRONG_OF["role_ends_on"]}
    if new.role_ends_on is not None and new.role_ends_on < day:
        wrong["role_ends_on"] = PAST
    return (None, wrong) if wrong else (new, {})


def _form(
    request: Request,
    session: Session,
    viewer: Viewer,
    role: Role,
    given: dict[str, str],
    wrong: dict[str, str],
    status: int = 200,
) -> HTMLResponse:
    places, are_more = managing.places_to_give(session, viewer, role, named=given["where"])
    if not places and not given["where"]:
        raise MayNotGrant(role)
    by_kind = {
        words: [(value_of(place.scope), place.name) for place in places if place.scope.kind is kind]
        for kind, words in SCOPE_NAMES.items()
    }
    return page(
        request,
        "members/invite.html",
        status=status,
        role=role,
        role_name=ROLE_NAMES[role],
        needs_code=role in NEEDS_SECOND_FACTOR,
        by_kind={words: choices for words, choices in by_kind.items() if choices},
        only=len(places) == 1,
        are_more=are_more,
        given={"place": "", "email": "", "role_ends_on": "", **given},
        wrong=wrong,
    )

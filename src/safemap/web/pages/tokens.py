"""Tokens for one's own programs: made, shown once, ended."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from pydantic import ValidationError
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from safemap.i18n import mark
from safemap.identity import api_tokens
from safemap.identity.permissions import may
from safemap.identity.rules import VERB_NAMES, Kind, Verb, Viewer
from safemap.identity.schemas import NAME_LIMIT, NewApiToken
from safemap.identity.signing_in import OpenSession
from safemap.web.deps import Db
from safemap.web.pages._common import page
from safemap.web.permits import open_to_all
from safemap.web.viewing import PROVED_OF_LATE, OwnSession

router = APIRouter(dependencies=[open_to_all(Verb.EDIT_OWN, Kind.PERSON)])

DAYS = {30: mark("30 days"), 90: mark("90 days"), 365: mark("A year")}
WRONG_OF = {
    "name": mark("Give the program's name, so that you know the token again: 1 to 80 characters."),
    "verbs": mark("Choose at least one thing that the program may do."),
    "days": mark("Choose for how long."),
}


@router.get("/me/tokens")
def tokens(request: Request, session: Db, found: OwnSession) -> HTMLResponse:
    """List one's own tokens, with the form for another."""
    return _page(request, session, found)


@router.post("/me/tokens", dependencies=[PROVED_OF_LATE])
def make(
    request: Request,
    session: Db,
    found: OwnSession,
    name: Annotated[str, Form()] = "",
    verbs: Annotated[list[str] | None, Form()] = None,
    days: Annotated[str, Form()] = "90",
) -> HTMLResponse:
    """Make a token and show it, this once."""
    given = {"name": name, "verbs": [verb for verb in verbs or () if verb in _verbs(found.viewer)], "days": days}
    try:
        new = NewApiToken.model_validate(given)
    except ValidationError as refused:
        wrong = {str(error["loc"][0]): WRONG_OF[str(error["loc"][0])] for error in refused.errors()}
        return _page(request, session, found, status=400, given=given, wrong=wrong)
    token = api_tokens.make_api_token(session, found, new, datetime.now(UTC))
    return _page(request, session, found, token=token)


@router.post("/me/tokens/{token_id}/end")
def end(session: Db, found: OwnSession, token_id: int) -> Response:
    """End one of one's own tokens."""
    api_tokens.revoke_api_token(session, found, token_id, datetime.now(UTC))
    return RedirectResponse("/me/tokens", status_code=303)


def _verbs(viewer: Viewer) -> list[Verb]:
    """What a viewer may do with anything at all: more cannot be passed on."""
    return [verb for verb in Verb if any(may(viewer, verb, kind) for kind in Kind)]


def _page(request: Request, session: Session, found: OpenSession, *, status: int = 200, **words: Any) -> HTMLResponse:
    made = page(
        request,
        "members/tokens.html",
        status=status,
        tokens=api_tokens.api_tokens_of(session, found.person_id, datetime.now(UTC)),
        verbs=_verbs(found.viewer),
        verb_names=VERB_NAMES,
        days=DAYS,
        name_limit=NAME_LIMIT,
        **{"token": "", "given": {"name": "", "verbs": [Verb.SEE_EXACT.value], "days": "90"}, "wrong": {}, **words},
    )
    made.headers["Cache-Control"] = "no-store"
    return made

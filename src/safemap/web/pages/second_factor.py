"""One's own second factor: set up, replaced, turned off; recovery codes for the drawer."""

import base64
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from safemap.i18n import mark
from safemap.identity import enrolling, own
from safemap.identity.keys import Keys
from safemap.identity.rules import NEEDS_SECOND_FACTOR, ROLE_NAMES, Kind, Verb, WrongCode
from safemap.identity.signing_in import OpenSession
from safemap.web.closed import SECOND_FACTOR_PATH
from safemap.web.deps import Configured, Db
from safemap.web.pages._common import page
from safemap.web.pages.signing_in import unkept
from safemap.web.permits import open_to_all
from safemap.web.viewing import PROVED_OF_LATE, InstallationKeys, OwnAccount, keep_session

router = APIRouter(prefix=SECOND_FACTOR_PATH, dependencies=[open_to_all(Verb.EDIT_OWN, Kind.PERSON)])

NO_CODE = mark("Type the six digits that the app shows.")
NOT_RIGHT = mark("These are not the digits of this secret. Look at the app again; the phone's clock has to be right.")
Typed = Annotated[str, Form()]


@router.get("")
def second_factor(request: Request, session: Db, found: OwnAccount) -> HTMLResponse:
    """Say whether there is one, what it is for, and what can be done."""
    account = own.own_account(session, found, datetime.now(UTC))
    strict = sorted(
        {grant.role for grant in account.person.grants if grant.ended_at is None} & NEEDS_SECOND_FACTOR,
        key=list(ROLE_NAMES).index,
    )
    needing = [ROLE_NAMES[role] for role in strict]
    return unkept(page(request, "account/second_factor.html", account=account, strict=needing))


@router.get("/set-up", dependencies=[PROVED_OF_LATE])
def offer(request: Request, session: Db, found: OwnAccount, keys: InstallationKeys) -> HTMLResponse:
    """Show a new secret as a picture and in letters; nothing is stored before its code was typed."""
    return _offer(request, session, found, keys)


@router.post("/set-up", dependencies=[PROVED_OF_LATE])
def set_up(
    request: Request,
    session: Db,
    found: OwnAccount,
    keys: InstallationKeys,
    settings: Configured,
    sealed: Typed = "",
    code: Typed = "",
) -> HTMLResponse:
    """Take the secret into use and show the recovery codes, this once; or show the same secret again."""
    if not code.strip():
        return _offer(request, session, found, keys, sealed=sealed, wrong={"code": NO_CODE}, status=400)
    try:
        done = enrolling.set_up(session, keys, found, sealed, code, settings.site_url, datetime.now(UTC))
    except WrongCode:
        return _offer(request, session, found, keys, sealed=sealed, wrong={"code": NOT_RIGHT}, status=400)
    keep_session(request, done.token)
    return _codes(request, done.recovery_codes, is_set_up=True)


@router.post("/codes", dependencies=[PROVED_OF_LATE])
def new_codes(request: Request, session: Db, found: OwnAccount) -> HTMLResponse:
    """Make new recovery codes and show them, this once; older ones no longer work."""
    return _codes(request, enrolling.new_recovery_codes(session, found), is_set_up=False)


@router.post("/off", dependencies=[PROVED_OF_LATE])
def turn_off(session: Db, found: OwnAccount, settings: Configured) -> Response:
    """Forget one's own second factor."""
    enrolling.take_away(session, found, settings.site_url)
    return RedirectResponse("/me?done=off", status_code=303)


def _offer(
    request: Request,
    session: Session,
    found: OpenSession,
    keys: Keys,
    *,
    sealed: str = "",
    wrong: dict[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    offered = enrolling.offer(session, keys, found, sealed)
    picture = base64.b64encode(offered.qr_svg.encode()).decode()
    made = page(
        request,
        "account/set_up.html",
        status=status,
        sealed=offered.sealed,
        seed=" ".join(offered.seed[start : start + 4] for start in range(0, len(offered.seed), 4)),
        address=offered.address,
        picture=f"data:image/svg+xml;base64,{picture}",
        wrong=wrong or {},
    )
    return unkept(made)


def _codes(request: Request, codes: list[str], *, is_set_up: bool) -> HTMLResponse:
    return unkept(page(request, "account/codes.html", codes=codes, is_set_up=is_set_up, made_at=datetime.now(UTC)))

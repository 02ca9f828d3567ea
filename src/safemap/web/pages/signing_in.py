"""Signing in with a password, then with a code where a second factor is set up; and signing out."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from safemap.i18n import mark
from safemap.identity import signing_in
from safemap.identity.rules import Kind, TooManyAttempts, Verb
from safemap.identity.schemas import plain_email
from safemap.notifications.service import is_mail_configured
from safemap.web.asked_first import notice_first
from safemap.web.deps import Db, settings_of
from safemap.web.onward import CODE_PATH, SIGN_IN_PATH, SIGN_OUT_PATH, path_here
from safemap.web.pages._common import page
from safemap.web.pages.agencies import agency_buttons
from safemap.web.pages.demo_people import offered_people
from safemap.web.permits import open_to_all
from safemap.web.viewing import InstallationKeys, OpenHere, keep_device, keep_session, who_asks

router = APIRouter(dependencies=[open_to_all(Verb.EDIT_OWN, Kind.PERSON)])

NO_ADDRESS = mark("Give your e-mail address, such as name@example.org.")
NO_PASSWORD = mark("Give your password.")
NOT_RIGHT = mark("The address or the password is not right. Please check both.")
NO_CODE = mark("Type the code: six digits from your app, or one of your recovery codes.")
WRONG_CODE = mark("The code is not right, or it was used before. Wait for the next one and try again.")
WRONG_PAPER_CODE = mark("This is none of your recovery codes, or it was used before. Try another one.")
OUT = {"out": mark("You are signed out."), "everywhere": mark("You are signed out everywhere, here too.")}
Typed = Annotated[str, Form()]
Next = Annotated[str, Query(alias="next", max_length=2000)]
NextTyped = Annotated[str, Form(alias="next", max_length=2000)]


@router.get(SIGN_IN_PATH)
def sign_in_form(
    request: Request, found: OpenHere, onward: Next = "", done: str = "", again: Annotated[str, Query()] = ""
) -> Response:
    """Ask for address and password; who is signed in already is led on, unless they have to prove it again."""
    if found is not None and not again:
        return _onward(found.needs_code, onward)
    return _form(request, onward, said=OUT.get(done, ""))


@router.post(SIGN_IN_PATH)
def sign_in(
    request: Request,
    session: Db,
    keys: InstallationKeys,
    email: Typed = "",
    password: Typed = "",
    onward: NextTyped = "",
) -> Response:
    """Begin a session; or show the form again, which says the same whether or not the address has an account."""
    now = datetime.now(UTC)
    wrong = _missing(email, password)
    if wrong:
        return _form(request, onward, status=400, email=email, wrong=wrong)
    try:
        begun = signing_in.sign_in(session, keys, email, password, who_asks(request), now)
    except TooManyAttempts as refused:
        return come_back(_form(request, onward, status=429, email=email, held=held_words(refused, now)), refused)
    if begun is None:
        return _form(request, onward, status=400, email=email, wrong={"email": NOT_RIGHT})
    keep_session(request, begun.token)
    if begun.device_token:
        keep_device(request, begun.device_token)
    opened = signing_in.session_of(session, begun.token, now)
    is_unfinished = opened is not None and bool(opened.resting) and not begun.needs_code
    otherwise = "/me" if is_unfinished else "/"
    ask_first = notice_first(session, opened, path_here(onward, otherwise), now)
    return _onward(begun.needs_code, ask_first or onward, otherwise=otherwise)


@router.get(CODE_PATH)
def code_form(request: Request, found: OpenHere, onward: Next = "", paper: str = "") -> Response:
    """Ask for the second factor of who has given their password."""
    if found is None or not found.needs_code:
        return _onward(needs_code=False, onward=onward) if found else _to(SIGN_IN_PATH, onward)
    return _code_form(request, onward, is_paper=paper == "1")


@router.post(CODE_PATH)
def pass_code(
    request: Request,
    session: Db,
    keys: InstallationKeys,
    found: OpenHere,
    code: Typed = "",
    paper: Typed = "",
    onward: NextTyped = "",
) -> Response:
    """Lift the session to one that passed the second factor, by six digits or a recovery code."""
    now = datetime.now(UTC)
    is_paper = paper == "1"
    if found is None:
        return _to(SIGN_IN_PATH, onward)
    if not code.strip():
        return _code_form(request, onward, status=400, is_paper=is_paper, wrong={"code": NO_CODE})
    try:
        lifted = signing_in.pass_code(session, keys, found, code, who_asks(request), now)
    except TooManyAttempts as refused:
        held = held_words(refused, now)
        return come_back(_code_form(request, onward, status=429, is_paper=is_paper, held=held), refused)
    if lifted is None:
        wrong = {"code": WRONG_PAPER_CODE if is_paper else WRONG_CODE}
        return _code_form(request, onward, status=400, is_paper=is_paper, wrong=wrong)
    keep_session(request, lifted.token)
    keep_device(request, lifted.device_token)
    opened = signing_in.session_of(session, lifted.token, now)
    ask_first = notice_first(session, opened, path_here(onward), now)
    return _onward(needs_code=False, onward=ask_first or onward)


@router.post(SIGN_OUT_PATH)
def sign_out(request: Request, session: Db, found: OpenHere) -> Response:
    """End the session of this browser."""
    if found is not None:
        signing_in.sign_out(session, found, datetime.now(UTC))
    keep_session(request, "")
    return RedirectResponse(f"{SIGN_IN_PATH}?done=out", status_code=303)


def _missing(email: str, password: str) -> dict[str, str]:
    wrong: dict[str, str] = {}
    try:
        plain_email(email)
    except ValueError:
        wrong["email"] = NO_ADDRESS
    if not password:
        wrong["password"] = NO_PASSWORD
    return wrong


def _onward(needs_code: bool, onward: str, otherwise: str = "/") -> RedirectResponse:
    """Lead to the second factor, or to where somebody wanted to go."""
    return _to(CODE_PATH, onward) if needs_code else RedirectResponse(path_here(onward, otherwise), status_code=303)


def _to(path: str, onward: str) -> RedirectResponse:
    kept = path_here(onward, "")
    return RedirectResponse(path + (f"?{urlencode({'next': kept})}" if kept else ""), status_code=303)


def held_words(refused: TooManyAttempts, now: datetime) -> dict[str, Any]:
    """Return when somebody who is held up may try again, the minute after next at the latest."""
    return {"minutes": refused.values["minutes"], "at": now + timedelta(seconds=refused.wait_s + 59)}


def come_back(made: HTMLResponse, refused: TooManyAttempts) -> HTMLResponse:
    """Say when to come back, for programs too."""
    made.headers["Retry-After"] = str(refused.wait_s)
    return made


def _form(request: Request, onward: str, *, status: int = 200, **words: Any) -> HTMLResponse:
    settings = settings_of(request)
    return unkept(
        page(
            request,
            "account/sign_in.html",
            status=status,
            onward=path_here(onward, ""),
            has_mail=is_mail_configured(settings),
            agencies=agency_buttons(request, path_here(onward, "")),
            demo_people=offered_people(settings),
            **{"email": "", "wrong": {}, "held": None, "said": "", **words},
        )
    )


def _code_form(request: Request, onward: str, *, is_paper: bool, status: int = 200, **words: Any) -> HTMLResponse:
    return unkept(
        page(
            request,
            "account/code.html",
            status=status,
            onward=path_here(onward, ""),
            is_paper=is_paper,
            **{"wrong": {}, "held": None, **words},
        )
    )


def unkept(made: HTMLResponse) -> HTMLResponse:
    """Have no cache keep a page about somebody's account."""
    made.headers["Cache-Control"] = "no-store"
    return made

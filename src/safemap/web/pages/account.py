"""One's own account: who I am, what I may, where I am signed in; name, password and browsers can be changed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any

from babel.dates import format_date
from fastapi import APIRouter, Form, Request
from pydantic import ValidationError
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from safemap.demo.people import role_of_demo_person
from safemap.i18n import LANGUAGES, mark
from safemap.identity import own, signing_in
from safemap.identity.passwords import LONGEST, SHORTEST, WeakPassword
from safemap.identity.permissions import may
from safemap.identity.rules import NEEDS_SECOND_FACTOR, ROLE_NAMES, Kind, TooManyAttempts, Verb, WrongPassword
from safemap.identity.schemas import NAME_LIMIT, GrantSeen, Profile
from safemap.identity.signing_in import OpenSession, today
from safemap.web.deps import LANGUAGE_COOKIE, Configured, Db, Speaks, cookie_name, settings_of
from safemap.web.onward import SIGN_IN_PATH
from safemap.web.pages._common import LOCALES, page
from safemap.web.pages.signing_in import come_back, held_words, unkept
from safemap.web.permits import open_to_all
from safemap.web.rendering import A_YEAR_S
from safemap.web.viewing import InstallationKeys, OwnAccount, OwnSession, is_secure, keep_session, who_asks

router = APIRouter(dependencies=[open_to_all(Verb.EDIT_OWN, Kind.PERSON)])

NO_NAME = mark("Give your name as others should see it: 1 to 80 characters.")
NO_PRESENT = mark("Give your present password.")
NO_LANGUAGE = mark("Choose a language.")
Typed = Annotated[str, Form()]
DONE = {
    "profile": mark("Your name and language are saved."),
    "password": mark("The new password holds. All other browsers are signed out."),
    "off": mark("Your second factor is turned off. A letter about it was written to you."),
    "session": mark("That browser is signed out."),
    "others": mark("All other browsers are signed out."),
    "role": mark("You have given up the role."),
}


@dataclass(frozen=True)
class RoleSeen:
    """A role of one's own as the page lists it."""

    grant: GrantSeen
    name: str
    is_resting: bool
    is_future: bool


@router.get("/me")
def me(request: Request, session: Db, found: OwnSession, speaks: Speaks) -> HTMLResponse:
    """Show one's own account."""
    now = datetime.now(UTC)
    account = own.own_account(session, found, now)
    roles = [_role(grant, found, today(now)) for grant in account.person.grants if _is_open(grant, today(now))]
    return unkept(
        page(
            request,
            "account/me.html",
            account=account,
            roles=roles,
            resting=sorted({role.name for role in roles if role.is_resting}),
            strict=any(role.grant.role in NEEDS_SECOND_FACTOR for role in roles),
            this_session=found.id,
            is_practice=bool(settings_of(request).demo and role_of_demo_person(found.email)),
            sees_members=may(found.viewer, Verb.SEE_EXACT, Kind.PERSON),
            done=DONE.get(request.query_params.get("done", ""), ""),
            date_words=lambda one: format_date(one, "long", locale=LOCALES[speaks.code]),
        )
    )


@router.get("/me/name")
def profile_form(request: Request, session: Db, found: OwnAccount) -> HTMLResponse:
    """Ask for name and language."""
    person = own.own_account(session, found, datetime.now(UTC)).person
    return _profile_form(request, {"name": person.name, "language": person.language}, {})


@router.post("/me/name")
def change_profile(
    request: Request, session: Db, found: OwnAccount, settings: Configured, name: Typed = "", language: Typed = ""
) -> Response:
    """Keep name and language; the pages speak that language from now on."""
    given = {"name": name, "language": language}
    try:
        profile = Profile.model_validate(given)
    except ValidationError as refused:
        words = {"name": NO_NAME, "language": NO_LANGUAGE}
        wrong = {str(error["loc"][0]): words[str(error["loc"][0])] for error in refused.errors()}
        return _profile_form(request, given, wrong, status=400)
    own.change_profile(session, found, profile)
    answer = _done("profile")
    answer.set_cookie(
        cookie_name(settings, LANGUAGE_COOKIE),
        profile.language,
        max_age=A_YEAR_S,
        httponly=True,
        samesite="lax",
        secure=is_secure(settings),
    )
    return answer


@router.get("/.well-known/change-password")
def where_passwords_change() -> Response:
    """Lead password managers to the form."""
    return RedirectResponse("/me/password", status_code=303)


@router.get("/me/password")
def password_form(request: Request, session: Db, found: OwnAccount) -> HTMLResponse:
    """Ask for the present and a new password."""
    return _password_form(request, session, found, {})


@router.post("/me/password")
def change_password(
    request: Request,
    session: Db,
    found: OwnAccount,
    keys: InstallationKeys,
    settings: Configured,
    present: Typed = "",
    password: Typed = "",
) -> Response:
    """Take the new password into use; other browsers are signed out, this one stays with a new token."""
    now = datetime.now(UTC)
    if not present:
        return _password_form(request, session, found, {"present": NO_PRESENT}, status=400)
    try:
        token = signing_in.change_password(
            session, keys, found, present, password, who_asks(request), settings.site_url, now
        )
    except TooManyAttempts as refused:
        held = held_words(refused, now)
        return come_back(_password_form(request, session, found, {}, status=429, held=held), refused)
    except WeakPassword as refused:
        return _password_form(request, session, found, {"password": refused.message}, status=400)
    if token is None:
        return _password_form(request, session, found, {"present": WrongPassword().message}, status=400)
    keep_session(request, token)
    return _done("password")


@router.post("/me/sessions/end-others")
def sign_out_others(session: Db, found: OwnAccount) -> Response:
    """End all sessions but this one."""
    signing_in.sign_out_everywhere(session, found, datetime.now(UTC), stay=True)
    return _done("others", "#browsers")


@router.post("/me/sessions/end-all")
def sign_out_everywhere(request: Request, session: Db, found: OwnAccount) -> Response:
    """End all sessions, this one too."""
    signing_in.sign_out_everywhere(session, found, datetime.now(UTC))
    keep_session(request, "")
    return RedirectResponse(f"{SIGN_IN_PATH}?done=everywhere", status_code=303)


@router.post("/me/sessions/{session_id}/end")
def end_session(session: Db, found: OwnAccount, session_id: int) -> Response:
    """End one of one's own sessions."""
    signing_in.end_own_session(session, found, session_id, datetime.now(UTC))
    return _done("session", "#browsers")


@router.post("/me/roles/{grant_id}/end")
def give_up_role(session: Db, found: OwnAccount, grant_id: int) -> Response:
    """Give up a role of one's own."""
    own.give_up_role(session, found, grant_id, datetime.now(UTC))
    return _done("role", "#roles")


def _is_open(grant: GrantSeen, day: date) -> bool:
    return grant.ended_at is None and (grant.ends_on is None or grant.ends_on >= day)


def _role(grant: GrantSeen, found: OpenSession, day: date) -> RoleSeen:
    is_future = grant.starts_on > day
    return RoleSeen(grant, ROLE_NAMES[grant.role], grant.role in found.resting and not is_future, is_future)


def _done(what: str, place: str = "") -> RedirectResponse:
    return RedirectResponse(f"/me?done={what}{place}", status_code=303)


def _profile_form(request: Request, given: dict[str, str], wrong: dict[str, str], status: int = 200) -> HTMLResponse:
    words: dict[str, Any] = {"given": given, "wrong": wrong, "spoken": LANGUAGES, "name_limit": NAME_LIMIT}
    return unkept(page(request, "account/name.html", status=status, **words))


def _password_form(
    request: Request, session: Session, found: OpenSession, wrong: dict[str, str], *, status: int = 200, **words: Any
) -> HTMLResponse:
    account = own.own_account(session, found, datetime.now(UTC))
    made = page(
        request,
        "account/password.html",
        status=status,
        wrong=wrong,
        email=account.person.email,
        has_password=account.has_password,
        shortest=SHORTEST,
        longest=LONGEST,
        **{"held": None, **words},
    )
    return unkept(made)

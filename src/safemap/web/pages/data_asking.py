"""Asking about one's own data without signing in: the public form, and the page that a request's own link opens."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Form, Request
from pydantic import ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from safemap.hazards.rules import FOLLOW_UP_PATH, FollowUpUnknown
from safemap.i18n import mark
from safemap.identity.limits import LETTERS
from safemap.identity.rules import Kind, TooManyAttempts, Verb
from safemap.identity.signing_in import today
from safemap.notifications.service import is_mail_configured
from safemap.privacy import asking
from safemap.privacy.letters import ADDRESS_PATH, REQUEST_PATH, day_in
from safemap.privacy.rules import (
    ABOUT_NAMES,
    ASK_NAMES,
    FIELD_NAMES,
    REFUSALS,
    STATE_NAMES,
    STEP_NAMES,
    VALUE_LIMIT,
    WISH_LIMIT,
    About,
    Ask,
    AskedAlready,
    Field,
    NothingToCorrect,
    State,
)
from safemap.privacy.schemas import NewRequest, Parts
from safemap.privacy.words import in_words
from safemap.web.deps import Configured, Db, Language, Speaks
from safemap.web.limits import AtMost
from safemap.web.pages._common import hour_words, page
from safemap.web.pages.signing_in import come_back, held_words, unkept
from safemap.web.permits import open_to_all
from safemap.web.viewing import InstallationKeys, who_asks

router = APIRouter(dependencies=[open_to_all(Verb.ADD, Kind.DATA_REQUEST)])

FORM_PATH = REQUEST_PATH.rstrip("/")
NO_ASK = mark("Choose what you would like.")
NO_WHOSE = mark("Choose whose data it is about.")
NO_ADDRESS = mark("Give your e-mail address, such as name@example.org.")
NO_LINK = mark("Paste the link that you got when you sent the report.")
LINK_UNKNOWN = mark("This link belongs to no report. It may be cut short, or the report was taken back.")
NO_VALUE = mark("Write what would be right.")
TOO_LONG = mark("The words are too long.")
Typed = Annotated[str, Form()]


@dataclass(frozen=True)
class Given:
    """What the public form holds, as it was typed."""

    ask: str = ""
    about: str = ""
    link: str = ""
    email: str = ""
    value: str = ""
    wish: str = ""


@router.get(FORM_PATH)
def request_form(request: Request, settings: Configured) -> HTMLResponse:
    """Show the empty form."""
    return _form(request, Given(), {}, has_mail=is_mail_configured(settings))


@router.post(f"{REQUEST_PATH}start")
def start(request: Request, settings: Configured, link: Typed = "") -> HTMLResponse:
    """Show the form with the link of the report from whose page somebody comes; it never stands in an address."""
    return _form(request, Given(about=About.REPORT.value, link=link), {}, has_mail=is_mail_configured(settings))


@router.post(FORM_PATH, dependencies=[Depends(AtMost(*LETTERS))])
def ask(
    request: Request,
    session: Db,
    keys: InstallationKeys,
    settings: Configured,
    speaks: Speaks,
    *,
    ask: Typed = "",
    about: Typed = "",
    link: Typed = "",
    email: Typed = "",
    value: Typed = "",
    wish: Typed = "",
) -> Response:
    """Take a request: of a report at once, of an address after its owner followed a link."""
    now, has_mail = datetime.now(UTC), is_mail_configured(settings)
    given = Given(ask, about, link, email, value.replace("\r\n", "\n"), wish.replace("\r\n", "\n"))
    wrong = _unchosen(given)
    if wrong:
        return _form(request, given, wrong, has_mail=has_mail, status=400)
    try:
        new = _new(given, speaks.code)
        if about == About.REPORT.value:
            made = asking.ask_about_report(session, _token_of(link), new, settings.site_url, now)
            return RedirectResponse(f"{REQUEST_PATH}{made.link}?new=1", status_code=303)
        asking.ask_by_mail(session, keys, email, new, who_asks(request), settings.site_url, now)
    except AskedAlready as refused:
        return _form(request, given, {}, has_mail=has_mail, status=409, asked_already=refused.values["number"])
    except TooManyAttempts as refused:
        held = held_words(refused, now)
        return come_back(_form(request, given, {}, has_mail=has_mail, status=429, held=held), refused)
    except (NothingToCorrect, FollowUpUnknown, ValueError) as refused:
        return _form(request, given, _wrong_of(refused, given), has_mail=has_mail, status=400)
    return RedirectResponse(f"{REQUEST_PATH}sent", status_code=303)


@router.get(f"{REQUEST_PATH}sent")
def sent(request: Request, settings: Configured) -> HTMLResponse:
    """Say where the letter is; the same whatever is known of the address."""
    return page(request, "privacy/sent.html", has_mail=is_mail_configured(settings))


@router.get(f"{REQUEST_PATH}{{token}}")
def request_page(request: Request, session: Db, settings: Configured, speaks: Speaks, token: str) -> HTMLResponse:
    """Show a request to who holds its link; looking confirms nothing, for mail programs look first."""
    now = datetime.now(UTC)
    seen = asking.request_by_link(session, token, now)
    return unkept(
        page(
            request,
            "privacy/own_request.html",
            seen=seen,
            token=token,
            own_link=f"{settings.site_url}{REQUEST_PATH}{token}",
            waits=seen.state is State.RECEIVED,
            has_copy=asking.may_copy_by_link(session, token, now),
            signs_in=asking.wants_sign_in(session, token, now),
            is_new=request.query_params.get("new") == "1",
            **request_words(speaks.code),
        )
    )


@router.post(f"{REQUEST_PATH}{{token}}/confirm")
def confirm(session: Db, settings: Configured, token: str) -> Response:
    """Confirm that the address is one's own."""
    asking.confirm_by_link(session, token, settings.site_url, datetime.now(UTC))
    return RedirectResponse(f"{REQUEST_PATH}{token}", status_code=303)


@router.get(f"{REQUEST_PATH}{{token}}/copy")
def copy(request: Request, session: Db, speaks: Speaks, token: str) -> HTMLResponse:
    """Show the copy that was granted."""
    now = datetime.now(UTC)
    parts = asking.copy_by_link(session, token, now)
    path = f"{REQUEST_PATH}{token}"
    return copy_page(request, parts, speaks.code, now, back=path, file=f"{path}/copy.json")


@router.get(f"{REQUEST_PATH}{{token}}/copy.json")
def copy_file(session: Db, token: str) -> Response:
    """Give the copy that was granted as a file."""
    now = datetime.now(UTC)
    return copy_as_file(asking.copy_by_link(session, token, now), now)


@router.get(f"{ADDRESS_PATH}{{token}}")
def address(request: Request, session: Db, token: str) -> HTMLResponse:
    """Ask whether an account shall have this address."""
    email = asking.address_to_prove(session, token, datetime.now(UTC))
    return unkept(page(request, "privacy/address.html", email=email, done=False))


@router.post(f"{ADDRESS_PATH}{{token}}")
def prove(request: Request, session: Db, token: str) -> HTMLResponse:
    """Give the account the address."""
    email = asking.prove_address(session, token, datetime.now(UTC))
    return unkept(page(request, "privacy/address.html", email=email, done=True))


# --- What pages about requests share ----------------------------------------------------------------------------------


def request_words(code: str) -> dict[str, Any]:
    """Return the words that a template needs for requests."""
    return {
        "ask_names": ASK_NAMES,
        "about_names": ABOUT_NAMES,
        "request_state_names": STATE_NAMES,
        "step_names": STEP_NAMES,
        "field_names": FIELD_NAMES,
        "refusals": REFUSALS,
        "day_words": lambda one: day_in(code, one),
    }


def copy_page(request: Request, parts: Parts, code: str, now: datetime, *, back: str, file: str) -> HTMLResponse:
    """Make the page of a copy."""
    words = in_words(parts, Language(code).say, lambda moment: hour_words(moment, code), lambda day: day_in(code, day))
    return unkept(page(request, "privacy/copy.html", parts=words, made_at=now, back=back, file=file))


def copy_as_file(parts: Parts, now: datetime) -> Response:
    """Make the file of a copy: JSON, readable by people and programs."""
    content = orjson.dumps({"made_at": now, "records": parts}, option=orjson.OPT_INDENT_2)
    name = f"safemap-{today(now)}.json"
    return Response(
        content,
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _token_of(link: str) -> str:
    """Return the token of a follow-up link, whether it was pasted whole or not."""
    return link.strip().split("?", 1)[0].rstrip("/").rsplit(FOLLOW_UP_PATH, 1)[-1].rsplit("/", 1)[-1]


def _unchosen(given: Given) -> dict[str, str]:
    wrong = {} if given.ask in list(Ask) else {"ask": NO_ASK}
    return wrong if given.about in {About.REPORT.value, About.ADDRESS.value} else {**wrong, "about": NO_WHOSE}


def _wrong_of(refused: Exception, given: Given) -> dict[str, str]:
    """Return what is wrong with the form by field."""
    if isinstance(refused, NothingToCorrect):
        return {"value": NO_VALUE}
    if isinstance(refused, FollowUpUnknown):
        return {"link": LINK_UNKNOWN if given.link.strip() else NO_LINK}
    if isinstance(refused, ValidationError):
        return {"wish": TOO_LONG} if len(given.wish) > WISH_LIMIT else {"value": TOO_LONG}
    return {"email": NO_ADDRESS}


def _new(given: Given, language: str) -> NewRequest:
    is_correction = given.ask == Ask.CORRECTION.value
    field = Field.WORDS if given.about == About.REPORT.value else Field.OTHER
    return NewRequest(
        ask=Ask(given.ask),
        field=field if is_correction else None,
        value=given.value if is_correction else "",
        wish=given.wish,
        language=language,
    )


def _form(
    request: Request, given: Given, wrong: dict[str, str], *, has_mail: bool, status: int = 200, **words: Any
) -> HTMLResponse:
    made = page(
        request,
        "privacy/request.html",
        status=status,
        given=given,
        wrong=wrong,
        has_mail=has_mail,
        ask_names=ASK_NAMES,
        value_limit=VALUE_LIMIT,
        wish_limit=WISH_LIMIT,
        **{"held": None, "asked_already": "", **words},
    )
    return unkept(made)

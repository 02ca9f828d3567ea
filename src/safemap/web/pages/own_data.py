"""One's own data: everything that is kept, as a page and a file; who saw it; asking for more; the notice."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from pydantic import ValidationError
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from safemap.audit.words import PURPOSES
from safemap.demo.people import role_of_demo_person
from safemap.i18n import mark
from safemap.identity.looking import who_saw
from safemap.identity.rules import ROLE_NAMES, Kind, Verb
from safemap.identity.signing_in import OpenSession
from safemap.privacy import asking, consent
from safemap.privacy.letters import OWN_DATA_PATH
from safemap.privacy.rules import About, Ask, AskedAlready, Basis, Field, NothingToCorrect
from safemap.privacy.schemas import NewRequest
from safemap.privacy.words import PARTS
from safemap.web.asked_first import NOTICE_PATH
from safemap.web.deps import Configured, Db, Speaks, settings_of
from safemap.web.onward import path_here
from safemap.web.pages._common import page
from safemap.web.pages.data_asking import NO_ASK, NO_VALUE, TOO_LONG, copy_as_file, copy_page, request_words
from safemap.web.pages.privacy import notice_words
from safemap.web.pages.signing_in import unkept
from safemap.web.permits import open_to_all
from safemap.web.viewing import (
    PROVED_OF_LATE,
    OwnAccount,
    OwnSession,
    keep_session,
    require_proved_of_late,
)

router = APIRouter(dependencies=[open_to_all(Verb.EDIT_OWN, Kind.PERSON)])

A_PAGE = 50
DONE = {
    "asked": mark("Your request was received. Its answer comes by letter, and stands here too."),
    "accepted": mark("Thank you. What you agreed to stands below, with the day."),
    "later": mark("You will not be asked again by itself; the notice stays under “Your data”."),
}
Typed = Annotated[str, Form()]
Next = Annotated[str, Query(alias="next", max_length=2000)]
NextTyped = Annotated[str, Form(alias="next", max_length=2000)]


@router.get(OWN_DATA_PATH)
def my_data(request: Request, session: Db, found: OwnSession, settings: Configured, speaks: Speaks) -> HTMLResponse:
    """Show what is kept, what was asked, what was agreed to."""
    return _page(request, session, found, settings, speaks, {"ask": "", "field": "name", "value": "", "wish": ""}, {})


@router.post(f"{OWN_DATA_PATH}/ask")
def ask(
    request: Request,
    session: Db,
    found: OwnAccount,
    settings: Configured,
    speaks: Speaks,
    *,
    ask: Typed = "",
    field: Typed = "",
    value: Typed = "",
    wish: Typed = "",
) -> Response:
    """Take a request about one's own data."""
    given = {"ask": ask, "field": field, "value": value, "wish": wish.replace("\r\n", "\n")}
    is_correction = ask == Ask.CORRECTION.value
    if is_correction and field == Field.EMAIL.value:  # whoever has the address can have the account
        require_proved_of_late(found)
    if ask not in list(Ask) or (is_correction and field not in asking.FIELDS[About.MEMBER]):
        return _page(request, session, found, settings, speaks, given, {"ask": NO_ASK}, status=400)
    try:
        new = NewRequest(
            ask=Ask(ask),
            field=Field(field) if is_correction else None,
            value=value if is_correction else "",
            wish=given["wish"],
            language=speaks.code,
        )
        asking.ask_as_member(session, found, new, settings.site_url, datetime.now(UTC))
    except ValidationError:
        return _page(request, session, found, settings, speaks, given, {"wish": TOO_LONG}, status=400)
    except NothingToCorrect:
        return _page(request, session, found, settings, speaks, given, {"value": NO_VALUE}, status=400)
    except AskedAlready as refused:
        number = str(refused.values["number"])
        return _page(request, session, found, settings, speaks, given, {}, status=409, asked_already=number)
    return RedirectResponse(f"{OWN_DATA_PATH}?done=asked#requests", status_code=303)


@router.get(f"{OWN_DATA_PATH}/copy")
def copy(request: Request, session: Db, found: OwnSession, speaks: Speaks) -> HTMLResponse:
    """Show everything that is kept about oneself."""
    now = datetime.now(UTC)
    file = f"{OWN_DATA_PATH}/copy.json"
    return copy_page(request, asking.own_copy(session, found), speaks.code, now, back=OWN_DATA_PATH, file=file)


@router.get(f"{OWN_DATA_PATH}/copy.json")
def copy_file(session: Db, found: OwnSession) -> Response:
    """Give everything that is kept about oneself as a file."""
    return copy_as_file(asking.own_copy(session, found), datetime.now(UTC))


@router.get(f"{OWN_DATA_PATH}/withdraw", dependencies=[PROVED_OF_LATE])
def withdraw_form(request: Request, session: Db, found: OwnAccount) -> HTMLResponse:
    """Say what withdrawing one's consent means."""
    standing = consent.standing_of(session, found.person_id, datetime.now(UTC))
    return unkept(page(request, "privacy/withdraw.html", by_duty=standing.basis is Basis.DUTY))


@router.post(f"{OWN_DATA_PATH}/withdraw", dependencies=[PROVED_OF_LATE])
def withdraw(request: Request, session: Db, found: OwnAccount, settings: Configured, speaks: Speaks) -> HTMLResponse:
    """Withdraw one's consent: the account is closed, its erasure asked for, and this browser signed out."""
    made = consent.withdraw(session, found, settings.site_url, datetime.now(UTC))
    keep_session(request, "")
    request.state.found = None
    return unkept(page(request, "privacy/withdrawn.html", made=made, **request_words(speaks.code)))


@router.get("/me/seen")
def seen(
    request: Request, session: Db, found: OwnSession, before: Annotated[int | None, Query(ge=1)] = None
) -> HTMLResponse:
    """Show who, by role, saw one's record, when and why."""
    rows = who_saw(session, found.person_id, before=before, limit=A_PAGE + 1)
    return unkept(
        page(
            request,
            "privacy/seen.html",
            rows=rows[:A_PAGE],
            older=rows[A_PAGE - 1].id if len(rows) > A_PAGE else None,
            is_first=before is None,
            role_names=ROLE_NAMES,
            purposes=PURPOSES,
        )
    )


@router.get(NOTICE_PATH)
def notice(
    request: Request, session: Db, found: OwnSession, settings: Configured, speaks: Speaks, onward: Next = ""
) -> HTMLResponse:
    """Put the present notice to a member."""
    standing = consent.standing_of(session, found.person_id, datetime.now(UTC))
    return unkept(
        page(
            request,
            "privacy/answer.html",
            standing=standing,
            notice=standing.notice,
            by_duty=standing.basis is Basis.DUTY,
            onward=path_here(onward, ""),
            **notice_words(settings, speaks),
        )
    )


@router.post(NOTICE_PATH)
def answer(
    session: Db,
    found: OwnAccount,
    settings: Configured,
    speaks: Speaks,
    version: Typed = "",
    answer: Typed = "",
    onward: NextTyped = "",
) -> Response:
    """Keep what a member answers."""
    accepts = answer == "accept"
    keep = consent.accept if accepts else consent.put_off
    keep(session, found.person_id, version, settings.controller, speaks.code, datetime.now(UTC))
    done = "accepted" if accepts else "later"
    return RedirectResponse(path_here(onward, f"{OWN_DATA_PATH}?done={done}"), status_code=303)


def _page(
    request: Request,
    session: Session,
    found: OpenSession,
    settings: Configured,
    speaks: Speaks,
    given: dict[str, str],
    wrong: dict[str, str],
    *,
    status: int = 200,
    asked_already: str = "",
) -> HTMLResponse:
    now = datetime.now(UTC)
    standing = consent.standing_of(session, found.person_id, now)
    counts = asking.own_counts(session, found)
    return unkept(
        page(
            request,
            "privacy/own_data.html",
            status=status,
            counts=[(PARTS[part], count) for part, count in counts.items()],
            requests=asking.own_requests(session, found.person_id, now),
            fields=asking.FIELDS[About.MEMBER],
            standing=standing,
            by_duty=standing.basis is Basis.DUTY,
            is_practice=bool(settings_of(request).demo and role_of_demo_person(found.email)),
            done=DONE.get(request.query_params.get("done", ""), ""),
            given=given,
            wrong=wrong,
            asked_already=asked_already,
            **request_words(speaks.code),
            **notice_words(settings, speaks),
        )
    )

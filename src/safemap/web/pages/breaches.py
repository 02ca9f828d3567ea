"""The breach register: entries, who was told, and letters to the people affected, read before they go out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from pydantic import ValidationError
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from safemap.i18n import mark
from safemap.identity.permissions import may
from safemap.identity.rules import Kind, Verb, Viewer
from safemap.notifications.rules import BadSubject
from safemap.notifications.service import is_mail_configured
from safemap.privacy import breaches as register
from safemap.privacy.rules import (
    BREACH_STATE_NAMES,
    DATA_KIND_NAMES,
    LETTERS_LIMIT,
    TEXT_LIMIT,
    TOLD_NAMES,
    WAY_NAMES,
    BreachState,
    DataKind,
    Told,
    Way,
)
from safemap.privacy.schemas import BreachSeen, NewBreach, NewTelling
from safemap.web.deps import Configured, Db, Language, Speaks
from safemap.web.pages._common import TAIWAN, page
from safemap.web.pages.signing_in import unkept
from safemap.web.permits import who_may_somewhere

router = APIRouter()

PATH = "/privacy/breaches"
Reader = Annotated[Viewer, who_may_somewhere(Verb.SEE_EXACT, Kind.BREACH)]
Keeper = Annotated[Viewer, who_may_somewhere(Verb.ADMINISTER, Kind.BREACH)]
Typed = Annotated[str, Form()]
DONE = {
    "entered": mark("The entry is in the register. Add what you learn; tell the people affected as soon as you can."),
    "changed": mark("The entry is changed."),
    "told": mark("Noted who was told."),
    "written": mark("The letters are in the outbox. The register keeps their number and words, and no address."),
    "stopped": mark("Noted: it no longer goes on."),
    "closed": mark("The entry is closed."),
}
WRONG_OF = {
    "county": mark("Choose where it happened."),
    "found_at": mark("Give the day and hour when it was found, such as 2026-11-25 14:30."),
    "what": mark("Write what happened: 1 to 4,000 characters."),
    "data_kinds": mark("Choose at least one kind of data."),
    "people_count": mark("Give a whole number, or nothing when it is not known yet."),
    "measures": mark("The words are too long."),
    "told": mark("Choose who was told."),
    "way": mark("Choose how."),
    "at": mark("Give the day and hour, such as 2026-11-25 14:30."),
    "words": mark("The words are too long."),
}
NO_ADDRESSES = mark("Give at least one address, one a line; at most 2,000 at once.")
WRONG_ADDRESSES = mark("These are no addresses: {wrong}")
NO_SUBJECT = mark("Give a subject: one line of at most 200 characters.")
NO_TEXT = mark("Write the letter.")


@dataclass(frozen=True)
class Given:
    """What the form of an entry holds, as it was typed."""

    county: str = ""
    found_at: str = ""
    what: str = ""
    data_kinds: tuple[str, ...] = ()
    people_count: str = ""
    is_estimate: str = ""
    measures: str = ""


@router.get(PATH)
def breaches(request: Request, session: Db, viewer: Reader) -> HTMLResponse:
    """List the entries that the viewer may see."""
    rows = register.breaches(session, viewer)
    open_ones = sum(row.state is not BreachState.CLOSED for row in rows)
    return unkept(page(request, "privacy/breaches.html", rows=rows, open_count=open_ones, **_words()))


@router.get(f"{PATH}/new")
def new_form(request: Request, session: Db, viewer: Keeper) -> HTMLResponse:
    """Show the empty form, with this moment as the one of finding."""
    return _form(request, session, viewer, Given(found_at=_typed(datetime.now(UTC))), {})


@router.post(f"{PATH}/new")
def enter(
    request: Request,
    session: Db,
    viewer: Keeper,
    *,
    county: Typed = "",
    found_at: Typed = "",
    what: Typed = "",
    data_kinds: Annotated[list[str] | None, Form()] = None,
    people_count: Typed = "",
    is_estimate: Typed = "",
    measures: Typed = "",
) -> Response:
    """Put an entry into the register."""
    given = Given(county, found_at, what, tuple(data_kinds or ()), people_count, is_estimate, measures)
    new, wrong = _read(session, viewer, given)
    if new is None:
        return _form(request, session, viewer, given, wrong, status=400)
    number = register.enter(session, viewer, new)
    return _back(number, "entered")


@router.get(f"{PATH}/{{number}}")
def one(request: Request, session: Db, viewer: Reader, number: str) -> HTMLResponse:
    """Show one entry."""
    return _one(request, session, viewer, number, {}, {})


@router.get(f"{PATH}/{{number}}/change")
def change_form(request: Request, session: Db, viewer: Keeper, number: str) -> HTMLResponse:
    """Show the form with what was entered."""
    seen = register.breach(session, viewer, number)
    return _form(request, session, viewer, _given(seen), {}, seen=seen)


@router.post(f"{PATH}/{{number}}/change")
def change(
    request: Request,
    session: Db,
    viewer: Keeper,
    number: str,
    *,
    county: Typed = "",
    found_at: Typed = "",
    what: Typed = "",
    data_kinds: Annotated[list[str] | None, Form()] = None,
    people_count: Typed = "",
    is_estimate: Typed = "",
    measures: Typed = "",
) -> Response:
    """Put what is known by now in its place."""
    given = Given(county, found_at, what, tuple(data_kinds or ()), people_count, is_estimate, measures)
    new, wrong = _read(session, viewer, given)
    if new is None:
        seen = register.breach(session, viewer, number)
        return _form(request, session, viewer, given, wrong, seen=seen, status=400)
    register.change(session, viewer, number, new)
    return _back(number, "changed")


@router.post(f"{PATH}/{{number}}/stop")
def stop(session: Db, viewer: Keeper, number: str) -> Response:
    """Note that it no longer goes on."""
    register.stop(session, viewer, number, datetime.now(UTC))
    return _back(number, "stopped")


@router.post(f"{PATH}/{{number}}/close")
def close(session: Db, viewer: Keeper, number: str) -> Response:
    """Close an entry."""
    register.close(session, viewer, number, datetime.now(UTC))
    return _back(number, "closed")


@router.post(f"{PATH}/{{number}}/tell")
def tell(
    request: Request,
    session: Db,
    viewer: Keeper,
    number: str,
    *,
    told: Typed = "",
    way: Typed = "",
    at: Typed = "",
    people_count: Typed = "",
    words: Typed = "",
) -> Response:
    """Note that somebody was told."""
    given = {"told": told, "way": way, "at": at, "people_count": people_count, "words": words}
    try:
        new = NewTelling.model_validate({**given, "at": _moment(at), "people_count": people_count.strip() or None})
    except ValidationError as refused:
        return _one(request, session, viewer, number, _wrong(refused), given, status=400)
    register.note_telling(session, viewer, number, new)
    return _back(number, "told")


# --- Letters ----------------------------------------------------------------------------------------------------------


@router.get(f"{PATH}/{{number}}/letter")
def letter_form(
    request: Request, session: Db, viewer: Keeper, settings: Configured, speaks: Speaks, number: str
) -> HTMLResponse:
    """Propose a letter that says what the law wants said."""
    seen = register.breach(session, viewer, number)
    subject, text = register.proposed_letter(seen, speaks.code, settings.site_url, settings.contact)
    given = {"to": "members", "addresses": "", "subject": subject, "text": text}
    return _letter(request, session, viewer, number, given, {}, has_mail=is_mail_configured(settings))


@router.post(f"{PATH}/{{number}}/letter")
def letter(
    request: Request,
    session: Db,
    viewer: Keeper,
    settings: Configured,
    speaks: Speaks,
    number: str,
    *,
    to: Typed = "",
    addresses: Typed = "",
    subject: Typed = "",
    text: Typed = "",
    sure: Annotated[str, Query()] = "",
) -> Response:
    """Show the letter as it will go out; sent from there, put it into the outbox."""
    given = {"to": to, "addresses": addresses, "subject": subject.strip(), "text": text.replace("\r\n", "\n")}
    recipients, wrong = _recipients(session, viewer, number, given, speaks)
    has_mail = is_mail_configured(settings)
    if wrong or not sure:
        status, count = (400, None) if wrong else (200, len(recipients))
        return _letter(request, session, viewer, number, given, wrong, has_mail=has_mail, status=status, count=count)
    try:
        register.write_to_affected(
            session, viewer, number, recipients, given["subject"], given["text"], datetime.now(UTC)
        )
    except BadSubject:
        return _letter(request, session, viewer, number, given, {"subject": NO_SUBJECT}, has_mail=has_mail, status=400)
    return _back(number, "written")


def _recipients(
    session: Session, viewer: Viewer, number: str, given: Mapping[str, str], speaks: Language
) -> tuple[Mapping[str, str] | Sequence[str], dict[str, str]]:
    wrong: dict[str, str] = {}
    if not given["subject"] or len(given["subject"]) > 200 or not given["subject"].isprintable():
        wrong["subject"] = NO_SUBJECT
    if not given["text"].strip():
        wrong["text"] = NO_TEXT
    recipients: Mapping[str, str] | Sequence[str]
    if given["to"] == "members":
        recipients = register.members_of(session, viewer, number)
    else:
        recipients, bad = register.addresses_from(given["addresses"])
        if bad:
            wrong["addresses"] = speaks.say(WRONG_ADDRESSES, wrong=", ".join(bad[:5]))
    if not 1 <= len(recipients) <= LETTERS_LIMIT:
        wrong.setdefault("addresses", NO_ADDRESSES)
    return recipients, wrong


def _letter(
    request: Request,
    session: Session,
    viewer: Viewer,
    number: str,
    given: Mapping[str, str],
    wrong: dict[str, str],
    *,
    has_mail: bool,
    status: int = 200,
    count: int | None = None,
) -> HTMLResponse:
    seen = register.breach(session, viewer, number)
    made = page(
        request,
        "privacy/breach_letter.html",
        status=status,
        seen=seen,
        given=given,
        wrong=wrong,
        count=count,
        member_count=len(register.members_of(session, viewer, number)),
        has_mail=has_mail,
        text_limit=TEXT_LIMIT,
        **_words(),
    )
    return unkept(made)


# --- Parts of the above -----------------------------------------------------------------------------------------------


def _words() -> dict[str, Any]:
    return {
        "breach_state_names": BREACH_STATE_NAMES,
        "data_kind_names": DATA_KIND_NAMES,
        "told_names": TOLD_NAMES,
        "way_names": WAY_NAMES,
    }


def _typed(moment: datetime) -> str:
    return f"{moment.astimezone(TAIWAN):%Y-%m-%d %H:%M}"


def _moment(typed: str) -> datetime | str:
    """Return a moment as it was typed, by the clock in Taiwan; what is none is left for the form to refuse."""
    try:
        return datetime.fromisoformat(typed.strip()).replace(tzinfo=TAIWAN)
    except ValueError:
        return ""


def _given(seen: BreachSeen) -> Given:
    return Given(
        county=seen.county or "",
        found_at=_typed(seen.found_at),
        what=seen.what,
        data_kinds=tuple(kind.value for kind in seen.data_kinds),
        people_count="" if seen.people_count is None else str(seen.people_count),
        is_estimate="1" if seen.is_estimate else "",
        measures=seen.measures,
    )


def _read(session: Session, viewer: Viewer, given: Given) -> tuple[NewBreach | None, dict[str, str]]:
    """Return the entry, or what is wrong by field."""
    known, everywhere = register.counties(session, viewer)
    wrong = {} if given.county in known or (everywhere and not given.county) else {"county": WRONG_OF["county"]}
    kinds = [kind for kind in given.data_kinds if kind in list(DataKind)]
    try:
        new = NewBreach.model_validate(
            {
                "county": given.county or None,
                "found_at": _moment(given.found_at),
                "what": given.what.replace("\r\n", "\n"),
                "data_kinds": kinds,
                "people_count": given.people_count.strip().replace(",", "") or None,
                "is_estimate": bool(given.is_estimate),
                "measures": given.measures.replace("\r\n", "\n"),
            }
        )
    except ValidationError as refused:
        return None, {**wrong, **_wrong(refused)}
    return (None, wrong) if wrong else (new, {})


def _wrong(refused: ValidationError) -> dict[str, str]:
    return {str(error["loc"][0]): WRONG_OF[str(error["loc"][0])] for error in refused.errors()}


def _form(
    request: Request,
    session: Session,
    viewer: Viewer,
    given: Given,
    wrong: dict[str, str],
    *,
    seen: BreachSeen | None = None,
    status: int = 200,
) -> HTMLResponse:
    known, everywhere = register.counties(session, viewer)
    made = page(
        request,
        "privacy/breach_form.html",
        status=status,
        given=given,
        wrong={name: words for name, words in ((name, wrong.get(name)) for name in WRONG_OF) if words},
        seen=seen,
        counties=known,
        everywhere=everywhere,
        text_limit=TEXT_LIMIT,
        **_words(),
    )
    return unkept(made)


def _one(
    request: Request,
    session: Session,
    viewer: Viewer,
    number: str,
    wrong: dict[str, str],
    given: dict[str, str],
    status: int = 200,
) -> HTMLResponse:
    seen = register.breach(session, viewer, number)
    empty = {"told": Told.AUTHORITY.value, "way": Way.OFFICIAL.value, "at": _typed(datetime.now(UTC))}
    made = page(
        request,
        "privacy/breach.html",
        status=status,
        seen=seen,
        keeps=may(viewer, Verb.ADMINISTER, Kind.BREACH),
        wrong=wrong,
        given={**empty, "people_count": "", "words": "", **given},
        text_limit=TEXT_LIMIT,
        done=DONE.get(request.query_params.get("done", ""), ""),
        **_words(),
    )
    return unkept(made)


def _back(number: str, done: str) -> RedirectResponse:
    return RedirectResponse(f"{PATH}/{number}?done={done}", status_code=303)

"""The audit trail in plain words: what was done, who saw whose data, and whether it is what was written."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from safemap.audit import service as audit
from safemap.audit.rules import FAULT_SENTENCES, Chain, Head, TrailBroken
from safemap.audit.words import DEEDS, KINDS, PURPOSES
from safemap.i18n import mark
from safemap.identity.looking import AccessSeen, DeedSeen, Look, accesses_seen, deeds_seen
from safemap.identity.permissions import may, villages_seen
from safemap.identity.rules import ROLE_NAMES, Kind, MayNot, NobodyThere, Role, Verb, Viewer
from safemap.privacy.retention import RULES
from safemap.privacy.rules import TOLD_NAMES, WAY_NAMES
from safemap.privacy.words import CODES
from safemap.web.deps import Db
from safemap.web.limits import heavy
from safemap.web.pages._common import TAIWAN, page
from safemap.web.pages.signing_in import unkept
from safemap.web.permits import who_may_somewhere

router = APIRouter()

A_PAGE = 50
PATH = "/audit"
Reader = Annotated[Viewer, who_may_somewhere(Verb.SEE_EXACT, Kind.AUDIT)]


class Trail(StrEnum):
    """Which trail."""

    DEEDS = "deeds"
    ACCESSES = "accesses"


TRAILS = {Trail.DEEDS: mark("What was done"), Trail.ACCESSES: mark("Who saw whose data")}
NOBODY = mark("Nobody has that number or address, or not in your places.")
NO_DAY = mark("Give a day, such as 2026-11-25.")
DETAILS = {
    "role": mark("role"),
    "scope": mark("reach"),
    "ask": mark("asked for"),
    "field": mark("what"),
    "version": mark("version"),
    "agency": mark("agency"),
    "verbs": mark("may"),
    "days": mark("days"),
    "wrong": mark("wrong attempts"),
    "changed": mark("changed"),
    "told": mark("who was told"),
    "way": mark("how"),
    "people": mark("people"),
    "through": mark("through"),
}
VALUES: dict[str, dict[str, str]] = {
    "role": CODES["role"],
    "scope": CODES["scope"],
    "ask": CODES["ask"],
    "field": CODES["field"],
    "told": {told.value: name for told, name in TOLD_NAMES.items()},
    "way": {way.value: name for way, name in WAY_NAMES.items()},
}


@router.get(PATH)
def trail(
    request: Request,
    session: Db,
    viewer: Reader,
    *,
    show: Annotated[Trail, Query()] = Trail.DEEDS,
    what: Annotated[str, Query(max_length=80)] = "",
    person: Annotated[str, Query(max_length=254)] = "",
    on: Annotated[str, Query(alias="day", max_length=10)] = "",
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> HTMLResponse:
    """Show the rows that the viewer may read, newest first."""
    given = {"show": show, "what": what, "person": person, "day": on}
    kind, _, verb = what.partition(":")
    wrong: dict[str, str] = {}
    day = _day(on)
    if on.strip() and day is None:
        wrong["day"] = NO_DAY
    since, until = (_begin(day), _begin(day + timedelta(days=1))) if day else (None, None)
    look = Look(kind, verb if show is Trail.DEEDS else "", person, since, until)
    rows: Sequence[DeedSeen | AccessSeen] = ()
    try:
        if not wrong:
            read = deeds_seen if show is Trail.DEEDS else accesses_seen
            rows = read(session, viewer, look, before=before, limit=A_PAGE + 1)
    except (NobodyThere, MayNot):
        wrong["person"] = NOBODY
    return unkept(
        page(
            request,
            "privacy/audit.html",
            status=400 if wrong else 200,
            rows=rows[:A_PAGE],
            older=_address(given, rows[A_PAGE - 1].id) if len(rows) > A_PAGE else "",
            newest=_address(given) if before is not None else "",
            given=given,
            wrong=wrong,
            trails={one: (words, _address({**given, "show": one, "what": kind})) for one, words in TRAILS.items()},
            with_person=lambda number: _address({**given, "person": str(number)}),
            whats=_whats(show),
            is_narrowed=villages_seen(viewer, Verb.SEE_EXACT, Kind.AUDIT) is not None,
            sees_people=may(viewer, Verb.SEE_EXACT, Kind.PERSON),
            heads=_heads(session),
            checked=audit.last_check(session),
            fault_sentences=FAULT_SENTENCES,
            kinds=KINDS,
            deed_words=DEEDS,
            purposes=PURPOSES,
            role_names=ROLE_NAMES,
            details_of=_details_of,
        )
    )


@router.post(f"{PATH}/verify", dependencies=[Depends(heavy)])
def verify(session: Db, viewer: Reader) -> Response:
    """Follow both trails from their first rows on, and note what was found."""
    roles = tuple(sorted(viewer.roles - {Role.VISITOR}))
    audit.verify_and_note(session, actor=viewer.person_id, actor_roles=roles)
    return RedirectResponse(f"{PATH}#checked", status_code=303)


def _heads(session: Any) -> list[Head] | None:
    """Return where the trails end; None when one was removed."""
    try:
        return [audit.head(session, chain) for chain in Chain]
    except TrailBroken:
        return None


def _whats(show: Trail) -> dict[str, list[tuple[str, str]]]:
    """Return what can be looked for: kinds, and for deeds what was done with each."""
    if show is Trail.ACCESSES:
        return {"person": []}
    return {kind: [(f"{kind}:{verb}", DEEDS[kind, verb]) for of, verb in DEEDS if of == kind] for kind in KINDS}


def _details_of(entry: DeedSeen) -> list[tuple[str, str, bool]]:
    """Return a deed's details: a word or a code, its value, and whether that is a message to be said."""
    if entry.kind == "trail":
        return []
    names = {rule.code: rule.kind for rule in RULES} if entry.kind == "retention" else DETAILS
    found = []
    for name, value in entry.details.items():
        if value is not None:
            said = VALUES.get(name, {}).get(str(value), "")
            found.append((names.get(name, name), said or str(value), bool(said)))
    return found


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        return None


def _begin(day: date) -> datetime:
    """Return when a day begins in Taiwan."""
    return datetime.combine(day, time(), TAIWAN).astimezone(UTC)


def _address(given: dict[str, Any], before: int | None = None) -> str:
    asked = {name: str(value) for name, value in given.items() if value}
    return f"{PATH}?{urlencode({**asked, **({'before': str(before)} if before else {})})}"

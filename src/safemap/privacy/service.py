"""Deciding: what a reviewer does with a request about personal data; every step is told to who asked."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from safemap.hazards import rights as reports
from safemap.i18n import translations
from safemap.identity import rights as accounts
from safemap.identity.permissions import require
from safemap.identity.rules import Kind, Verb, Viewer
from safemap.identity.service import disable_person
from safemap.identity.signing_in import today
from safemap.identity.tables import Person
from safemap.identity.tokens import hash_of, new_token
from safemap.identity.trail import note, note_seen
from safemap.privacy import repository
from safemap.privacy.holders import Holder, erase
from safemap.privacy.letters import (
    ADDRESS_PATH,
    FIRST_LETTER,
    GRANTED_WORDS,
    OWN_DATA_PATH,
    PROVE_WORDS,
    Occasion,
    write,
)
from safemap.privacy.reminding import may_carry_out
from safemap.privacy.rules import (
    CONFIRM_WITHIN,
    FITTING_REFUSALS,
    OPEN_AFTER_ANSWER,
    REASON_LIMIT,
    REFUSALS,
    WAITING,
    About,
    Ask,
    CannotExtend,
    Field,
    NotOpen,
    OwnRequest,
    ReasonMissing,
    Refusal,
    RequestUnknown,
    State,
    WrongRefusal,
    extended_due_on,
)
from safemap.privacy.schemas import Asker, RequestSeen, Subject
from safemap.privacy.seeing import seen
from safemap.privacy.tables import DataRequest, DataRequestStep

# --- The queue --------------------------------------------------------------------------------------------------------


class Show(StrEnum):
    """Which requests of the queue."""

    WAITING = "waiting"
    OVERDUE = "overdue"
    DECIDED = "decided"


def queue(
    session: Session, viewer: Viewer, show: Show, now: datetime, *, limit: int = 200
) -> tuple[list[RequestSeen], dict[Show, int]]:
    """Return requests that a viewer may review, those due first first, and how many there are of each kind.

    Raises
    ------
    MayNot
        The viewer reviews no requests anywhere.
    """
    require(viewer, Verb.REVIEW, Kind.DATA_REQUEST)
    own = repository.is_reviewers(viewer)
    conditions = {
        Show.WAITING: repository.IS_WAITING,
        Show.OVERDUE: repository.is_overdue(today(now)),
        Show.DECIDED: ~repository.IS_WAITING,
    }
    rows = repository.requests_where(session, own, conditions[show], newest_first=show is Show.DECIDED, limit=limit)
    counts = {one: repository.count_requests(session, own, condition) for one, condition in conditions.items()}
    return [seen(session, row, now) for row in rows], counts


def request_to_review(session: Session, viewer: Viewer, number: str, now: datetime) -> tuple[RequestSeen, Asker, bool]:
    """Return a request, who asks, and whether the viewer may decide it; that they saw who asks goes into the trail.

    Raises
    ------
    RequestUnknown
        There is none, or the viewer does not review it.
    MayNot
        The viewer reviews no requests anywhere.
    """
    request = _to_review(session, viewer, number)
    asker = Asker(email=request.email or "")
    person = session.get(Person, request.person_id) if request.person_id is not None else None
    if person is not None and person.erased_at is None:
        asker = Asker(person.name, person.email, person.public_id)
        if person.id != viewer.person_id:
            note_seen(session, viewer, [person.public_id], "data request")
    is_own = viewer.person_id is not None and request.person_id == viewer.person_id
    return seen(session, request, now), asker, not is_own and may_carry_out(session, viewer, request)


def villages_of_request(session: Session, request: RequestSeen) -> list[int]:
    """Return the villages that a request belongs to; none: it is for who reaches everywhere."""
    return repository.villages_of_request(session, request.id)


# --- Deciding ---------------------------------------------------------------------------------------------------------


def extend(session: Session, viewer: Viewer, number: str, reason: str, site_url: str, now: datetime) -> None:
    """Give a request the one extension that the law allows, and tell its asker why (個資法 §13).

    Raises
    ------
    RequestUnknown, NotOpen, OwnRequest
        It is not the viewer's to decide.
    CannotExtend
        It was extended before, or its due day has passed; on that day it still can be.
    ReasonMissing
        No reason, or too long a one.
    """
    request = _to_decide(session, viewer, number)
    reason = _reason(reason)
    if request.extended_at is not None or today(now) > request.due_on:
        raise CannotExtend
    request.due_on = extended_due_on(Ask(request.ask), request.due_on)
    request.extended_at = now
    request.reminded = "new"
    _step(session, viewer, request, State.EXTENDED, reason, now, moved=True)
    _tell(session, request, Occasion.EXTENDED, site_url, due=request.due_on, words=reason)


def refuse(
    session: Session, viewer: Viewer, number: str, why: Refusal, words: str, site_url: str, now: datetime
) -> None:
    """Refuse a request for a reason that the law knows.

    Raises
    ------
    RequestUnknown, NotOpen, OwnRequest
        It is not the viewer's to decide.
    WrongRefusal
        The reason does not fit what is asked.
    """
    request = _to_decide(session, viewer, number)
    if why not in FITTING_REFUSALS[Ask(request.ask)]:
        raise WrongRefusal
    request.refusal = why.value
    request.decided_at = now
    _step(session, viewer, request, State.REFUSED, words[:REASON_LIMIT], now)
    say = translations(request.language).gettext
    _tell(session, request, Occasion.REFUSED, site_url, why=say(REFUSALS[why]), words=words[:REASON_LIMIT])


def grant(
    session: Session,
    viewer: Viewer,
    number: str,
    words: str,
    site_url: str,
    now: datetime,
    holders: Sequence[Holder] | None = None,
) -> None:
    """Grant a request and carry it out, in one transaction; its asker is told.

    Raises
    ------
    RequestUnknown, NotOpen, OwnRequest
        It is not the viewer's to decide.
    MayNot, MayNotGrant
        It is about an account that the viewer does not administer.
    """
    request = _to_decide(session, viewer, number)
    address, language, ask = _address_of(session, request), request.language, Ask(request.ask)
    say = translations(language).gettext
    told = [say(GRANTED_WORDS[ask])]
    request.decided_at = now
    _step(session, viewer, request, State.ANSWERED, words[:REASON_LIMIT], now)
    if ask is Ask.ERASURE:
        link = _link(request, site_url)
        erase(session, viewer, _subject(session, request), now, holders)
        close(session, request, now)
        if address:
            values = {"number": request.number, "words": told[0], "link": link}
            write(session, address, language, Occasion.GRANTED, ask, values)
        return
    if ask is Ask.STOP:
        _stop(session, viewer, request, now)
    elif ask is Ask.CORRECTION and _correct(session, viewer, request, site_url, now):
        told = [say(PROVE_WORDS)]
    _tell(
        session, request, Occasion.GRANTED, site_url, words="\n\n".join([*told, *filter(None, [words[:REASON_LIMIT]])])
    )


def close_by_hand(session: Session, viewer: Viewer, number: str, now: datetime) -> None:
    """Close a request that was decided; its link opens nothing but its history then.

    Raises
    ------
    RequestUnknown, NotOpen
        There is none, or it has not been decided.
    """
    request = _to_review(session, viewer, number, lock=True)
    if request.state not in {State.ANSWERED.value, State.REFUSED.value}:
        raise NotOpen
    close(session, request, now)
    note(session, "close", "data_request", request.number, by=viewer, village_id=_village(session, request))


def close_answered(session: Session, now: datetime) -> int:
    """Close requests that were decided thirty days ago; returns how many."""
    answered = repository.answered_before(session, now - OPEN_AFTER_ANSWER)
    for request in answered:
        close(session, request, now)
    return len(answered)


def close(session: Session, request: DataRequest, now: datetime) -> None:
    """Close a request."""
    request.state, request.closed_at = State.CLOSED.value, now
    session.add(DataRequestStep(request_id=request.id, at=now, state=State.CLOSED.value))
    session.flush()


# --- Carrying out -----------------------------------------------------------------------------------------------------


def _subject(session: Session, request: DataRequest) -> Subject:
    return Subject(request.person_id, request.report_id, _address_of(session, request))


def _stop(session: Session, viewer: Viewer, request: DataRequest, now: datetime) -> None:
    if request.person_id is not None:
        person = accounts.require_person(session, request.person_id)
        disable_person(session, viewer, person.public_id, "asked", now)
    elif request.report_id is not None:
        reports.stop_report(session, viewer, request.report_id)
    elif request.email is not None:
        accounts.erase_address(session, request.email)  # there is nothing else to do with it


def _correct(session: Session, viewer: Viewer, request: DataRequest, site_url: str, now: datetime) -> bool:
    """Put right what is asked, as its asker wrote it; returns whether a link to a new address has to be followed."""
    if request.field == Field.WORDS.value and request.report_id is not None:
        reports.correct_words(session, viewer, request.report_id, request.value)
    elif request.person_id is not None and request.field == Field.NAME.value:
        person = accounts.require_person(session, request.person_id)
        accounts.correct_name(session, viewer, person.public_id, request.value)
    elif request.person_id is not None and request.field == Field.EMAIL.value:
        token = new_token()
        request.proof_hash, request.proof_until = hash_of(token), now + CONFIRM_WITHIN
        write(
            session,
            request.value,
            request.language,
            Occasion.PROVE,
            Ask.CORRECTION,
            {"site": site_url, "days": CONFIRM_WITHIN.days, "link": site_url + ADDRESS_PATH + token},
            kept_for=CONFIRM_WITHIN,
        )
        return True
    return False


# --- Parts of the above -----------------------------------------------------------------------------------------------


def _to_review(session: Session, viewer: Viewer, number: str, *, lock: bool = False) -> DataRequest:
    require(viewer, Verb.REVIEW, Kind.DATA_REQUEST)
    found = repository.request_where(session, repository.is_reviewers(viewer), DataRequest.number == number, lock=lock)
    if found is None:
        raise RequestUnknown
    return found


def _to_decide(session: Session, viewer: Viewer, number: str) -> DataRequest:
    request = _to_review(session, viewer, number, lock=True)
    if viewer.person_id is not None and request.person_id == viewer.person_id:
        raise OwnRequest
    if State(request.state) not in WAITING:
        raise NotOpen
    return request


def _reason(text: str) -> str:
    reason = text.strip()
    if not 1 <= len(reason) <= REASON_LIMIT:
        raise ReasonMissing
    return reason


def _step(
    session: Session,
    viewer: Viewer,
    request: DataRequest,
    state: State,
    words: str,
    now: datetime,
    *,
    moved: bool = False,
) -> None:
    request.state = state.value
    session.add(
        DataRequestStep(
            request_id=request.id,
            at=now,
            state=state.value,
            due_on=request.due_on if moved else None,
            by_person=viewer.person_id,
            words=words.strip(),
        )
    )
    session.flush()
    village = _village(session, request)
    note(session, VERBS[state], "data_request", request.number, by=viewer, village_id=village, ask=request.ask)


VERBS = {State.EXTENDED: "extend", State.REFUSED: "refuse", State.ANSWERED: "grant"}


def _village(session: Session, request: DataRequest) -> int | None:
    villages = repository.villages_of_request(session, request.id)
    return villages[0] if len(villages) == 1 else None


def _address_of(session: Session, request: DataRequest) -> str | None:
    """Return where a request's asker is written to; None: a reporter, who follows their link."""
    if request.person_id is None:
        return request.email
    person = session.get(Person, request.person_id)
    return person.email if person is not None and person.erased_at is None else request.email


def _link(request: DataRequest, site_url: str) -> str:
    """Return where a letter leads: members to their own data, others to the link that only they have."""
    if request.about == About.MEMBER.value:
        return site_url + OWN_DATA_PATH
    return translations(request.language).gettext(FIRST_LETTER)


def _tell(
    session: Session,
    request: DataRequest,
    occasion: Occasion,
    site_url: str,
    *,
    due: date | None = None,
    **values: object,
) -> None:
    address = _address_of(session, request)
    if address is not None:
        values |= {"number": request.number, "link": _link(request, site_url)}
        write(session, address, request.language, occasion, Ask(request.ask), values, due=due)

"""Asking: what somebody does with a request about their own data, signed in, by a report's link, or by mail."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from safemap.hazards import rights as reports
from safemap.identity import attempts
from safemap.identity import rights as accounts
from safemap.identity.attempts import PER_LETTER, Attempt
from safemap.identity.keys import Keys
from safemap.identity.rules import CodeFirst, LinkUsedUp
from safemap.identity.schemas import NewPerson, plain_email
from safemap.identity.service import person_id_by_email
from safemap.identity.signing_in import OpenSession, Who, today
from safemap.identity.tables import Person
from safemap.identity.tokens import hash_of, new_token
from safemap.identity.trail import note
from safemap.privacy import repository
from safemap.privacy.holders import copy_of
from safemap.privacy.letters import OWN_DATA_PATH, REQUEST_PATH, Occasion, write
from safemap.privacy.reminding import remind_of
from safemap.privacy.rules import (
    CONFIRM_WITHIN,
    About,
    Ask,
    AskedAlready,
    Field,
    NothingToCorrect,
    RequestUnknown,
    State,
    due_on,
    new_number,
)
from safemap.privacy.schemas import Made, NewRequest, Parts, RequestSeen, Subject
from safemap.privacy.seeing import seen
from safemap.privacy.tables import DataRequest, DataRequestStep

# What a correction may be about: nobody but who is signed in gives an account another address.
FIELDS = {
    About.MEMBER: (Field.NAME, Field.EMAIL, Field.OTHER),
    About.REPORT: (Field.WORDS, Field.OTHER),
    About.ADDRESS: (Field.NAME, Field.OTHER),
}

# --- Making a request -------------------------------------------------------------------------------------------------


def ask_as_member(session: Session, open_session: OpenSession, new: NewRequest, site_url: str, now: datetime) -> Made:
    """Take a request of somebody who is signed in; being signed in proves that the data is theirs.

    Raises
    ------
    CodeFirst
        The person has a second factor that the session has not passed.
    AskedAlready
        They are waiting for an answer to the same.
    NothingToCorrect
        A correction that does not say what would be right.
    """
    if open_session.needs_code:
        raise CodeFirst
    person = accounts.require_person(session, open_session.person_id)
    return ask_for_account(session, person, new, site_url, now)


def ask_for_account(session: Session, person: Person, new: NewRequest, site_url: str, now: datetime) -> Made:
    """Take a request about an account from its owner."""
    subject = Subject(person_id=person.id, email=person.email)
    request = _made(session, About.MEMBER, subject, new, now)
    request.email = None  # the account has it
    _receive(session, request, sorted(accounts.villages_of(session, person.id) or ()))
    confirm(session, request, now)
    note(session, "ask", "data_request", request.number, by=person.id, ask=request.ask)
    _acknowledge(session, request, person.email, site_url, OWN_DATA_PATH)
    remind_of(session, request, site_url, now)
    return Made(request.number, request.due_on, "")


def ask_about_report(session: Session, follow_up: str, new: NewRequest, site_url: str, now: datetime) -> Made:
    """Take a request of a reporter who holds their report's own link.

    Raises
    ------
    FollowUpUnknown
        The link is not known any more.
    AskedAlready
        They are waiting for an answer to the same.
    NothingToCorrect
        A correction that does not say what would be right.
    """
    public_id, village_id = reports.report_of_link(session, follow_up)
    request = _made(session, About.REPORT, Subject(report_id=public_id), new, now)
    link = new_token()
    request.link_hash = hash_of(link)
    _receive(session, request, [village_id])
    confirm(session, request, now)
    note(session, "ask", "data_request", request.number, village_id=village_id, ask=request.ask)
    remind_of(session, request, site_url, now)
    return Made(request.number, request.due_on, link)


def ask_by_mail(
    session: Session, keys: Keys, email: str, new: NewRequest, who: Who, site_url: str, now: datetime
) -> None:
    """Take a request about an address, and mail a link there: only who follows it is asked for.

    Whoever sent it is told the same, whatever is known of the address.

    Raises
    ------
    ValueError
        It is no address.
    NothingToCorrect
        A correction that does not say what would be right.
    TooManyAttempts
        Such letters were asked for too often of late.
    """
    address = plain_email(email)
    request = _made(session, About.ADDRESS, Subject(email=address), new, now, again=True)
    place = attempts.network_of(who.address)
    attempt = Attempt(keys.hashed("account", f"{address} data request"), place, None, PER_LETTER)
    attempts.let_through(session, attempt, now)
    attempts.count_wrong(session, attempt, now)
    link = new_token()
    request.link_hash = hash_of(link)
    _receive(session, request, ())
    write(
        session,
        address,
        new.language,
        Occasion.CONFIRM,
        new.ask,
        {"site": site_url, "days": CONFIRM_WITHIN.days, "link": site_url + REQUEST_PATH + link},
        kept_for=CONFIRM_WITHIN,
    )


def confirm_by_link(session: Session, link: str, site_url: str, now: datetime) -> RequestSeen:
    """Confirm that the address is one's own; the clock has been running since the request was sent.

    Raises
    ------
    RequestUnknown
        The link is cut short, or was not followed in time.
    AskedAlready
        The same is waiting for an answer already.
    """
    request = _by_link(session, link, now, lock=True)
    if request.state != State.RECEIVED.value:
        return seen(session, request, now)
    assert request.email is not None
    person_id = person_id_by_email(session, request.email)
    _refuse_twice(session, Subject(person_id=person_id, email=request.email), Ask(request.ask))
    villages: Sequence[int] = ()
    if person_id is not None:
        request.person_id = person_id
        villages = sorted(accounts.villages_of(session, person_id) or ())
    repository.place_request(session, request.id, villages)
    confirm(session, request, now)
    note(session, "ask", "data_request", request.number, by=person_id, ask=request.ask)
    _acknowledge(session, request, request.email, site_url, REQUEST_PATH + link)
    remind_of(session, request, site_url, now)
    return seen(session, request, now)


def _receive(session: Session, request: DataRequest, village_ids: Sequence[int]) -> None:
    repository.add_request(session, request, village_ids)
    step = DataRequestStep(request_id=request.id, at=request.received_at, state=State.RECEIVED.value)
    session.add(step)
    session.flush()


def confirm(session: Session, request: DataRequest, now: datetime) -> None:
    """Note that a request is its subject's own, so that it can be decided."""
    request.state, request.confirmed_at = State.CONFIRMED.value, now
    session.add(DataRequestStep(request_id=request.id, at=now, state=State.CONFIRMED.value))
    session.flush()


def _made(
    session: Session, about: About, subject: Subject, new: NewRequest, now: datetime, *, again: bool = False
) -> DataRequest:
    """Return a request's row; the clock begins on this day, whenever its sender confirms: the stricter reading."""
    field = _field(about, new)
    if not again:  # of an unproved address it would tell what is known of it
        _refuse_twice(session, subject, new.ask)
    day = today(now)
    return DataRequest(
        number=new_number(),
        ask=new.ask.value,
        about=about.value,
        state=State.RECEIVED.value,
        person_id=subject.person_id,
        report_id=subject.report_id,
        email=subject.email,
        language=new.language,
        field=field.value if field else None,
        value=new.value if field else "",
        wish=new.wish,
        received_at=now,
        received_on=day,
        due_on=due_on(new.ask, day),
    )


def _field(about: About, new: NewRequest) -> Field | None:
    """Return what a correction is about, checked as far as the asker can mend it."""
    if new.ask is not Ask.CORRECTION:
        return None
    field = new.field or Field.OTHER
    if field not in FIELDS[about]:
        raise NothingToCorrect
    try:
        if field is Field.EMAIL:
            plain_email(new.value)
        elif field is Field.NAME:
            NewPerson(email="nobody@example.org", name=new.value)
    except ValueError:
        raise NothingToCorrect from None
    if field is Field.OTHER and not (new.value or new.wish):
        raise NothingToCorrect
    return field


def _refuse_twice(session: Session, subject: Subject, ask: Ask) -> None:
    waiting = repository.requests_where(
        session, repository.is_of(subject), repository.IS_WAITING, DataRequest.ask == ask.value, limit=1
    )
    if waiting:
        raise AskedAlready(waiting[0].number)


def _acknowledge(session: Session, request: DataRequest, address: str, site_url: str, path: str) -> None:
    values = {"number": request.number, "site": site_url, "link": site_url + path}
    write(session, address, request.language, Occasion.RECEIVED, Ask(request.ask), values, due=request.due_on)


# --- Following one ----------------------------------------------------------------------------------------------------


def request_by_link(session: Session, link: str, now: datetime) -> RequestSeen:
    """Return the request whose asker holds a link.

    Raises
    ------
    RequestUnknown
        The link is cut short, was not followed in time, or the request was closed long ago.
    """
    return seen(session, _by_link(session, link, now), now)


def own_requests(session: Session, person_id: int, now: datetime) -> list[RequestSeen]:
    """Return a member's requests, the newest first."""
    rows = repository.requests_where(
        session, DataRequest.person_id == person_id, DataRequest.state != State.RECEIVED.value, newest_first=True
    )
    return [seen(session, row, now) for row in rows]


def own_copy(session: Session, open_session: OpenSession) -> Parts:
    """Return everything that is kept about who is signed in; that they looked goes into the trail.

    Raises
    ------
    CodeFirst
        The person has a second factor that the session has not passed.
    """
    if open_session.needs_code:
        raise CodeFirst
    person = accounts.require_person(session, open_session.person_id)
    found = copy_of(session, Subject(person_id=person.id, email=person.email))
    note(session, "copy", "person", person.public_id, by=person.id)
    return found


def own_counts(session: Session, open_session: OpenSession) -> dict[str, int]:
    """Return how many records of each kind are kept about who is signed in."""
    person = accounts.require_person(session, open_session.person_id)
    parts = copy_of(session, Subject(person_id=person.id, email=person.email))
    return {part: len(rows) for part, rows in parts.items()}


def may_copy_by_link(session: Session, link: str, now: datetime) -> bool:
    """Whether a request's link gives a copy: access was granted, and no account could be signed in to for it.

    Raises
    ------
    RequestUnknown
        The link is not known.
    """
    return _gives_copy(session, _by_link(session, link, now))


def copy_by_link(session: Session, link: str, now: datetime) -> Parts:
    """Return everything that is kept about whose request for access was granted.

    Raises
    ------
    RequestUnknown
        The link is not known, access was not granted, or the account's owner has to sign in for it.
    """
    request = _by_link(session, link, now)
    if not _gives_copy(session, request):
        raise RequestUnknown
    found = copy_of(session, Subject(request.person_id, request.report_id, request.email))
    note(session, "copy", "data_request", request.number)
    return found


def _gives_copy(session: Session, request: DataRequest) -> bool:
    is_granted = request.ask == Ask.ACCESS.value and request.state == State.ANSWERED.value and request.wiped_at is None
    return is_granted and (request.person_id is None or accounts.has_ended(session, request.person_id))


def wants_sign_in(session: Session, link: str, now: datetime) -> bool:
    """Whether the copy that a link's request was granted waits behind signing in."""
    request = _by_link(session, link, now)
    return request.person_id is not None and not accounts.has_ended(session, request.person_id)


def prove_address(session: Session, token: str, now: datetime) -> str:
    """Give an account the address to which a link was mailed; returns the address.

    Raises
    ------
    LinkUsedUp
        It was used or is too old.
    AlreadyKnown
        Another account has the address by now.
    """
    request = repository.request_where(session, DataRequest.proof_hash == hash_of(token), lock=True)
    if request is None or request.proof_until is None or request.proof_until <= now or request.person_id is None:
        raise LinkUsedUp
    address = plain_email(request.value)
    accounts.change_address(session, request.person_id, address, now)
    request.proof_hash = request.proof_until = None
    request.state, request.closed_at = State.CLOSED.value, now
    session.add(DataRequestStep(request_id=request.id, at=now, state=State.CLOSED.value))
    session.flush()
    return address


def address_to_prove(session: Session, token: str, now: datetime) -> str:
    """Return the address that a mailed link would give an account; looking uses nothing up.

    Raises
    ------
    LinkUsedUp
        It was used or is too old.
    """
    request = repository.request_where(session, DataRequest.proof_hash == hash_of(token))
    if request is None or request.proof_until is None or request.proof_until <= now:
        raise LinkUsedUp
    return request.value


def _by_link(session: Session, link: str, now: datetime, *, lock: bool = False) -> DataRequest:
    request = repository.request_where(session, DataRequest.link_hash == hash_of(link), lock=lock)
    if request is None or (request.state == State.RECEIVED.value and request.received_at + CONFIRM_WITHIN <= now):
        raise RequestUnknown
    return request

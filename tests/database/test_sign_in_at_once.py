"""Many requests at the same moment, each with a connection of its own: nothing works twice, nobody waits or is lost."""

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TypeVar

import pyotp
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from safemap.audit.service import deeds
from safemap.db.session import unit_of_work
from safemap.identity import enrolling, links, signing_in
from safemap.identity.attempts import PER_ACCOUNT
from safemap.identity.keys import Keys
from safemap.identity.rules import LinkUsedUp, TooManyAttempts
from safemap.identity.schemas import NewPerson
from safemap.identity.service import add_person
from safemap.identity.signing_in import ROTATED_AFTER, OpenSession, SignedIn, Who
from safemap.identity.tables import Person

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
KEYS = Keys(b"a key for tests alone, 32 bytes!")
EMAIL, PASSWORD, SITE = "secretary@village.example", "paper lantern river eleven", "https://map.example"
HOME, ATTACKER = Who("203.0.113.7"), Who("192.0.2.66")
AT_ONCE = 6
T = TypeVar("T")


@pytest.fixture
def person_id(fresh_engine: Engine) -> int:
    with unit_of_work(fresh_engine) as session:
        person = add_person(session, NewPerson(email=EMAIL, name="Secretary"))
        signing_in.set_password(session, session.get_one(Person, person.id), PASSWORD)
    return person.id


def at_once(engine: Engine, do: Callable[[Session], T], times: int = AT_ONCE) -> list[T | Exception]:
    """What each of several simultaneous requests gets: an answer or an error."""
    gate = Barrier(times)

    def request(_: int) -> T | Exception:
        gate.wait()
        try:
            with unit_of_work(engine) as session:
                return do(session)
        except (TooManyAttempts, LinkUsedUp) as error:
            return error

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(request, range(times)))


def sign_in(session: Session, who: Who = HOME, password: str = PASSWORD, now: datetime = NOW) -> SignedIn | None:
    return signing_in.sign_in(session, KEYS, EMAIL, password, who, now)


def opened(engine: Engine, token: str, now: datetime = NOW) -> OpenSession:
    with unit_of_work(engine) as session:
        found = signing_in.session_of(session, token, now)
    assert found is not None
    return found


def begun(engine: Engine, person_id: int) -> str:
    with unit_of_work(engine) as session:
        return signing_in.begin(session, person_id, HOME, NOW).token


def test_of_parallel_requests_one_gets_the_new_token_and_all_are_let_in(fresh_engine: Engine, person_id: int) -> None:
    token, later = begun(fresh_engine, person_id), NOW + ROTATED_AFTER

    def request(session: Session) -> str:
        found = signing_in.session_of(session, token, later)
        assert found is not None
        with unit_of_work(fresh_engine) as own:
            return signing_in.keep_up(own, found, later)

    new = [answer for answer in at_once(fresh_engine, request) if answer]
    assert len(new) == 1
    assert isinstance(new[0], str)
    assert opened(fresh_engine, new[0], later + timedelta(hours=1)).person_id == person_id


def test_nobody_waits_for_a_request_that_changes_the_token(fresh_engine: Engine, person_id: int) -> None:
    token, later = begun(fresh_engine, person_id), NOW + ROTATED_AFTER
    found = opened(fresh_engine, token, later)
    with unit_of_work(fresh_engine) as slow, unit_of_work(fresh_engine) as quick:
        quick.execute(text("SET LOCAL lock_timeout = '100ms'"))
        assert signing_in.keep_up(slow, found, later) != ""
        assert signing_in.session_of(quick, token, later) is not None
        assert signing_in.keep_up(quick, found, later) == ""


def test_a_password_change_in_the_same_request_leaves_no_old_token(fresh_engine: Engine, person_id: int) -> None:
    token, later = begun(fresh_engine, person_id), NOW + ROTATED_AFTER
    with unit_of_work(fresh_engine) as session:
        found = signing_in.session_of(session, token, later)
        assert found is not None
        with unit_of_work(fresh_engine) as own:
            sent = signing_in.keep_up(own, found, later)
        new = signing_in.change_password(
            session, KEYS, found, PASSWORD, "violet tractor under sycamore", HOME, SITE, later
        )
    assert new is not None
    with unit_of_work(fresh_engine) as session:
        opens = [signing_in.session_of(session, kept, later) is not None for kept in (token, sent, new)]
    assert opens == [False, False, True]


def test_a_code_works_once_however_often_it_is_sent_at_once(fresh_engine: Engine, person_id: int) -> None:
    earlier = NOW - timedelta(minutes=5)
    with unit_of_work(fresh_engine) as session:
        own = signing_in.session_of(session, signing_in.begin(session, person_id, HOME, earlier).token, earlier)
        assert own is not None
        shown = enrolling.offer(session, KEYS, own)
        first = str(pyotp.TOTP(shown.seed).at(datetime.now(UTC)))
        enrolling.set_up(session, KEYS, own, shown.sealed, first, SITE, datetime.now(UTC))
        session.execute(text("UPDATE person SET totp_step = NULL"))
    half = opened(fresh_engine, begun(fresh_engine, person_id))
    code = str(pyotp.TOTP(shown.seed).at(NOW))
    answers = at_once(fresh_engine, lambda session: signing_in.pass_code(session, KEYS, half, code, HOME, NOW))
    assert sum(isinstance(answer, SignedIn) for answer in answers) == 1


def test_a_link_works_once_however_often_it_is_followed_at_once(fresh_engine: Engine, person_id: int) -> None:
    with unit_of_work(fresh_engine) as session:
        link = links.new_link(session, person_id, NOW)
    answers = at_once(
        fresh_engine, lambda session: links.set_password_by_link(session, link, f"{PASSWORD} now", HOME, SITE, NOW)
    )
    assert sum(isinstance(answer, str) for answer in answers) == 1


def test_a_wordlist_sent_at_once_gets_no_more_guesses_and_the_owner_gets_in_meanwhile(
    fresh_engine: Engine, person_id: int
) -> None:
    with unit_of_work(fresh_engine) as session:
        known = sign_in(session, ATTACKER)
    assert known is not None
    judged = 0
    for number in range(4):
        password = f"guess number {number}"
        answers = at_once(fresh_engine, lambda session, p=password: sign_in(session, ATTACKER, p))  # type: ignore[misc]
        judged += answers.count(None)
        with unit_of_work(fresh_engine) as session:
            assert sign_in(session, HOME) is not None
            assert sign_in(session, Who(ATTACKER.address, device_token=known.device_token)) is not None
    while judged < PER_ACCOUNT:
        with unit_of_work(fresh_engine) as session:
            assert sign_in(session, ATTACKER, "another guess") is None
            judged += 1
    assert judged == PER_ACCOUNT
    with pytest.raises(TooManyAttempts), unit_of_work(fresh_engine) as session:
        sign_in(session, ATTACKER, "one too many")
    with unit_of_work(fresh_engine) as session:
        refused = [deed for deed in deeds(session) if deed.verb == "refuse_attempts"]
    assert len(refused) == 1
    assert refused[0].actor is None


def test_a_known_and_an_unknown_address_take_the_same_time(fresh_engine: Engine, person_id: int) -> None:
    """Medians of alternating sign-ins with real argon2; a missing hash would make them differ tenfold."""
    took: dict[str, list[float]] = {EMAIL: [], "nobody@village.example": []}
    for number in range(2 * 9):
        email = list(took)[number % 2]
        began = time.perf_counter()
        with unit_of_work(fresh_engine) as session:
            assert signing_in.sign_in(session, KEYS, email, "wrong", Who(f"10.0.{number}.1"), NOW) is None
        took[email].append(time.perf_counter() - began)
    known, unknown = (statistics.median(times) for times in took.values())
    assert 0.5 < known / unknown < 2

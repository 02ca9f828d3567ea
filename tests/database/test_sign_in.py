"""Signing in: sessions nobody can plant, guess or keep, and guessing that locks nobody out."""

from datetime import UTC, date, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from safemap.identity import attempts, passwords, second_factor, signing_in
from safemap.identity.attempts import KEPT, PER_ACCOUNT, PER_CODE, PER_NETWORK, WINDOW, Attempt, network_of
from safemap.identity.keys import Keys
from safemap.identity.passwords import WeakPassword
from safemap.identity.rules import Role, ScopeKind, TooManyAttempts, WrongCode, operator
from safemap.identity.schemas import NewPerson, Scope
from safemap.identity.service import add_person, grant_role
from safemap.identity.signing_in import (
    GRACE,
    IDLE,
    IDLE_OF_REVIEWERS,
    LONGEST,
    ROTATED_AFTER,
    OpenSession,
    SignedIn,
    Who,
)
from safemap.identity.tables import Person

SITE = "https://map.example"
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
KEYS = Keys(b"a key for tests alone, 32 bytes!")
EMAIL, PASSWORD = "secretary@village.example", "paper lantern river eleven"
HOME, ELSEWHERE, ATTACKER = Who("203.0.113.7"), Who("198.51.100.9"), Who("192.0.2.66")


@pytest.fixture
def person_id(session: Session) -> int:
    return add(session, EMAIL, "Secretary")


def add(session: Session, email: str, name: str) -> int:
    """Somebody with the one password."""
    person = add_person(session, NewPerson(email=email, name=name))
    signing_in.set_password(session, session.get_one(Person, person.id), PASSWORD)
    return person.id


def found(session: Session, token: str, now: datetime = NOW) -> OpenSession:
    opened = signing_in.session_of(session, token, now)
    assert opened is not None
    return opened


def sign_in(session: Session, who: Who = HOME, now: datetime = NOW, password: str = PASSWORD) -> SignedIn:
    begun = signing_in.sign_in(session, KEYS, EMAIL, password, who, now)
    assert begun is not None
    return begun


def opens(session: Session, token: str, now: datetime = NOW) -> bool:
    return signing_in.session_of(session, token, now) is not None


# --- Sessions ---------------------------------------------------------------------------------------------------------


def test_a_right_password_opens_a_session_and_a_wrong_one_none(session: Session, person_id: int) -> None:
    assert found(session, sign_in(session).token).person_id == person_id
    assert signing_in.sign_in(session, KEYS, EMAIL, "paper lantern river twelve", HOME, NOW) is None
    for email in ("nobody@village.example", "no address", "\x00@village.example", ""):
        assert signing_in.sign_in(session, KEYS, email, PASSWORD, HOME, NOW) is None


@pytest.mark.parametrize("email", ["Secretary@Village.Example ", " SECRETARY@village.example"])
def test_an_address_is_one_however_it_is_typed(session: Session, person_id: int, email: str) -> None:
    assert signing_in.sign_in(session, KEYS, email, PASSWORD, HOME, NOW) is not None


def test_no_session_can_be_planted(session: Session, person_id: int) -> None:
    attacker = add(session, "attacker@village.example", "Attacker")
    planted = signing_in.begin(session, attacker, HOME, NOW).token
    begun = sign_in(session, Who(HOME.address, session_token=planted))
    assert begun.token != planted
    assert found(session, begun.token).person_id == person_id
    assert not opens(session, planted)  # the browser holds one session


def test_a_token_changes_and_the_old_one_works_for_requests_on_their_way(session: Session, person_id: int) -> None:
    token, later = sign_in(session).token, NOW + ROTATED_AFTER
    assert not found(session, token, NOW).is_due
    opened, parallel = found(session, token, later), found(session, token, later)
    new = signing_in.keep_up(session, opened, later)
    assert new not in ("", token)
    assert signing_in.keep_up(session, parallel, later) == ""
    session.flush()
    assert signing_in.keep_up(session, found(session, new, later), later) == ""  # it has arrived
    assert opens(session, token, later + GRACE - timedelta(seconds=1))
    assert not opens(session, token, later + GRACE)  # equal is past
    assert opens(session, new, later + GRACE)


def test_a_token_that_never_arrived_is_sent_again(session: Session, person_id: int) -> None:
    token, later = sign_in(session).token, NOW + ROTATED_AFTER
    lost = signing_in.keep_up(session, found(session, token, later), later)
    session.flush()
    much_later = later + timedelta(hours=1)
    new = signing_in.keep_up(session, found(session, token, much_later), much_later)
    session.flush()
    assert new not in ("", lost)
    assert opens(session, new, much_later)
    assert not opens(session, lost, much_later)


def test_it_ends_when_unused_and_at_the_longest(session: Session, person_id: int) -> None:
    token = sign_in(session).token
    assert opens(session, token, NOW + IDLE - timedelta(seconds=1))
    assert not opens(session, token, NOW + IDLE)
    now = NOW
    while now < NOW + LONGEST:
        token = signing_in.keep_up(session, found(session, token, now), now) or token
        session.flush()
        now += IDLE / 2
    assert not opens(session, token, now)


def test_a_role_that_needs_a_second_factor_rests_until_it_is_passed_and_ends_after_two_idle_hours(
    session: Session, person_id: int
) -> None:
    reviewer = Scope(kind=ScopeKind.COUNTY, county="示範市")
    grant_role(session, operator("test"), person_id, Role.COUNTY_OFFICER, reviewer, starts_on=date(2026, 1, 1))
    token = sign_in(session).token
    assert found(session, token).resting == {Role.COUNTY_OFFICER}
    assert found(session, token).viewer.roles == {Role.VISITOR}
    assert opens(session, token, NOW + IDLE_OF_REVIEWERS - timedelta(seconds=1))
    assert not opens(session, token, NOW + IDLE_OF_REVIEWERS)
    assert signing_in.sessions_of(session, person_id, NOW + IDLE_OF_REVIEWERS) == []
    token = signing_in.lift(session, found(session, token).id, NOW)
    session.flush()
    assert found(session, token).resting == frozenset()
    assert Role.COUNTY_OFFICER in found(session, token).viewer.roles


def test_signing_out_ends_one_and_everywhere_ends_all(session: Session, person_id: int) -> None:
    one, other, third = sign_in(session), sign_in(session, ELSEWHERE), sign_in(session)
    signing_in.sign_out(session, found(session, one.token), NOW)
    assert (opens(session, one.token), opens(session, other.token)) == (False, True)
    signing_in.sign_out_everywhere(session, found(session, other.token), NOW, stay=True)
    assert (opens(session, other.token), opens(session, third.token)) == (True, False)
    signing_in.sign_out_everywhere(session, found(session, other.token), NOW)
    assert not opens(session, other.token)


def test_nobody_ends_anothers_session(session: Session, person_id: int) -> None:
    begun = sign_in(session)
    stranger = add(session, "stranger@village.example", "Stranger")
    theirs = found(session, signing_in.begin(session, stranger, HOME, NOW).token)
    own = found(session, begun.token)
    signing_in.end_own_session(session, theirs, own.id, NOW)
    assert opens(session, begun.token)
    signing_in.end_own_session(session, own, own.id, NOW)
    assert not opens(session, begun.token)


def test_own_sessions_are_listed_while_they_are_open(session: Session, person_id: int) -> None:
    one = sign_in(session, Who(HOME.address, browser="Firefox, Android"))
    sign_in(session, ELSEWHERE, NOW + timedelta(hours=1))
    assert [seen.browser for seen in signing_in.sessions_of(session, person_id, NOW)] == ["", "Firefox, Android"]
    signing_in.sign_out(session, found(session, one.token), NOW)
    assert len(signing_in.sessions_of(session, person_id, NOW)) == 1
    assert signing_in.sessions_of(session, person_id, NOW + LONGEST) == []


def test_a_new_password_ends_all_other_sessions(session: Session, person_id: int) -> None:
    here, other = sign_in(session), sign_in(session, ELSEWHERE)
    own, new = found(session, here.token), "violet tractor under sycamore"
    assert signing_in.change_password(session, KEYS, own, "not the present one", new, HOME, SITE, NOW) is None
    token = signing_in.change_password(session, KEYS, own, PASSWORD, new, HOME, SITE, NOW)
    assert token is not None
    assert opens(session, token)
    assert not opens(session, here.token)
    assert not opens(session, other.token)
    assert signing_in.sign_in(session, KEYS, EMAIL, PASSWORD, HOME, NOW) is None


def test_a_disabled_person_is_out_at_once_and_stays_out(session: Session, person_id: int) -> None:
    token = sign_in(session).token
    session.get_one(Person, person_id).disabled_at = NOW
    session.flush()
    assert not opens(session, token)
    assert signing_in.sign_in(session, KEYS, EMAIL, PASSWORD, HOME, NOW) is None


# --- Guessing ---------------------------------------------------------------------------------------------------------


def guess(session: Session, who: Who, times: int, email: str = EMAIL) -> None:
    for number in range(times):
        assert signing_in.sign_in(session, KEYS, email, f"guess number {number}", who, NOW) is None


def test_a_wordlist_from_one_network_stops_only_itself(session: Session, person_id: int) -> None:
    guess(session, ATTACKER, PER_ACCOUNT)
    with pytest.raises(TooManyAttempts):
        signing_in.sign_in(session, KEYS, EMAIL, PASSWORD, ATTACKER, NOW)  # even the right one, by now
    sign_in(session, HOME)


def test_a_known_browser_gets_in_from_the_very_network_of_the_attack(session: Session, person_id: int) -> None:
    known = sign_in(session, ATTACKER).device_token
    guess(session, ATTACKER, PER_ACCOUNT)
    sign_in(session, Who(ATTACKER.address, device_token=known))


def test_a_device_known_to_one_person_is_a_stranger_to_another(session: Session, person_id: int) -> None:
    attacker = add(session, "attacker@village.example", "Attacker")
    own = signing_in.begin(session, attacker, ATTACKER, NOW).device_token
    guess(session, Who(ATTACKER.address, device_token=own), PER_ACCOUNT)
    with pytest.raises(TooManyAttempts):
        guess(session, ATTACKER, 1)


def test_the_way_is_free_again_when_the_window_has_passed(session: Session, person_id: int) -> None:
    guess(session, ATTACKER, PER_ACCOUNT)
    with pytest.raises(TooManyAttempts) as held:
        guess(session, ATTACKER, 1)
    assert held.value.wait_s == WINDOW.total_seconds()
    sign_in(session, ATTACKER, NOW + WINDOW)


def test_one_network_that_tries_many_accounts_is_stopped_for_strangers_alone(session: Session, person_id: int) -> None:
    known = sign_in(session, ATTACKER).device_token
    for number in range(PER_NETWORK):
        attempts.count_wrong(session, Attempt(b"%d" % number, network_of(ATTACKER.address), None), NOW)
    with pytest.raises(TooManyAttempts):
        sign_in(session, ATTACKER)
    sign_in(session, Who(ATTACKER.address, device_token=known))
    sign_in(session, HOME)


def test_wrong_attempts_are_kept_for_a_day_and_hold_no_address(session: Session, person_id: int) -> None:
    guess(session, ATTACKER, 2)
    assert EMAIL not in str(session.execute(text("SELECT * FROM failed_attempt")).all())
    attempts.count_wrong(session, Attempt(b"other", "local", None), NOW + KEPT + timedelta(seconds=1))
    assert session.scalar(text("SELECT count(*) FROM failed_attempt")) == 1


def test_a_right_password_resets_the_count(session: Session, person_id: int) -> None:
    guess(session, HOME, PER_ACCOUNT - 1)
    sign_in(session, HOME)
    guess(session, HOME, PER_ACCOUNT - 1)
    sign_in(session, HOME)


def test_an_unknown_address_costs_the_same_work_and_is_counted_too(
    session: Session, person_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[str] = []

    class Counting(passwords.PasswordHasher):
        def verify(self, *given: str | bytes) -> bool:  # type: ignore[override]
            judged.append(str(given[0]).rsplit("$", 2)[0])
            return bool(super().verify(*given))

    monkeypatch.setattr(passwords, "HASHER", Counting(time_cost=2, memory_cost=19 * 1024, parallelism=1))
    signing_in.sign_in(session, KEYS, EMAIL, "wrong", HOME, NOW)
    signing_in.sign_in(session, KEYS, "nobody@village.example", "wrong", HOME, NOW)
    assert len(judged) == 2
    assert judged[0] == judged[1]  # same parameters, so same cost
    guess(session, ATTACKER, PER_ACCOUNT, "nobody@village.example")
    with pytest.raises(TooManyAttempts):
        guess(session, ATTACKER, 1, "nobody@village.example")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2::5", "2001:db8:1::/48"),
        ("testclient", "local"),
    ],
)
def test_networks_are_coarse(address: str, network: str) -> None:
    assert network_of(address) == network


# --- Passwords --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    [
        "short pass",
        "passwordpassword",
        "123456789012",
        "qwertyuiopasdf",
        "secretary secretary",
        "safemap taiwan",
        "x" * 129,
    ],
)
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        passwords.hashed_password(password, ("Secretary", EMAIL))


def test_a_hash_made_with_less_work_is_made_anew_at_the_next_sign_in(session: Session, person_id: int) -> None:
    person = session.get_one(Person, person_id)
    person.password_hash = weaker = passwords.PasswordHasher(1, 8 * 1024, 1).hash(PASSWORD)
    sign_in(session)
    assert person.password_hash != weaker
    assert "m=19456,t=2,p=1" in person.password_hash
    renewed = person.password_hash
    sign_in(session)
    assert person.password_hash == renewed


def test_one_password_in_two_unicode_forms_is_one() -> None:
    kept = passwords.hashed_password("榕樹下的ﬁsh紅燈籠第十一盞")
    assert passwords.is_right("榕樹下的fish紅燈籠第十一盞", kept)


# --- The second factor ------------------------------------------------------------------------------------------------


def code(seed: str, now: datetime) -> str:
    return str(pyotp.TOTP(seed).at(now))


@pytest.fixture
def seed(session: Session, person_id: int) -> str:
    seed = second_factor.new_seed()
    second_factor.enrol(
        session, KEYS, person_id, seed, code(seed, NOW - timedelta(minutes=5)), NOW - timedelta(minutes=5)
    )
    return seed


def test_a_code_lifts_the_session_with_a_new_token_and_works_once(session: Session, person_id: int, seed: str) -> None:
    begun = sign_in(session)
    assert begun.needs_code
    assert begun.device_token == ""  # a browser is known once its person has wholly arrived
    opened = found(session, begun.token)
    assert opened.needs_code
    wrong = "000000" if code(seed, NOW) != "000000" else "000001"
    assert signing_in.pass_code(session, KEYS, opened, wrong, HOME, NOW) is None
    lifted = signing_in.pass_code(session, KEYS, opened, code(seed, NOW), HOME, NOW)
    assert lifted is not None
    assert lifted.device_token != ""
    session.flush()
    assert not opens(session, begun.token)
    assert not found(session, lifted.token).needs_code
    again = found(session, sign_in(session).token)
    assert signing_in.pass_code(session, KEYS, again, code(seed, NOW), HOME, NOW) is None


def test_a_code_of_the_step_before_or_after_is_right_and_of_two_is_wrong(
    session: Session, person_id: int, seed: str
) -> None:
    step = timedelta(seconds=30)
    assert not second_factor.is_right_code(session, KEYS, person_id, code(seed, NOW + 2 * step), NOW)
    assert not second_factor.is_right_code(session, KEYS, person_id, code(seed, NOW - 2 * step), NOW)
    assert second_factor.is_right_code(session, KEYS, person_id, code(seed, NOW - step), NOW)
    assert second_factor.is_right_code(session, KEYS, person_id, code(seed, NOW + step), NOW)
    assert not second_factor.is_right_code(session, KEYS, person_id, code(seed, NOW), NOW)  # older than the last used


def test_codes_on_paper_work_once_each(session: Session, person_id: int) -> None:
    seed = second_factor.new_seed()
    codes = second_factor.enrol(session, KEYS, person_id, seed, code(seed, NOW), NOW)
    assert len(set(codes)) == 10
    assert second_factor.is_right_code(session, KEYS, person_id, codes[3].upper(), NOW)
    assert not second_factor.is_right_code(session, KEYS, person_id, codes[3], NOW)
    assert second_factor.recovery_codes_left(session, person_id) == 9


def test_a_seed_is_taken_only_with_a_right_code(session: Session, person_id: int) -> None:
    with pytest.raises(WrongCode):
        second_factor.enrol(session, KEYS, person_id, second_factor.new_seed(), "123", NOW)
    assert not sign_in(session).needs_code


def test_codes_cannot_be_guessed_through(session: Session, person_id: int, seed: str) -> None:
    opened = found(session, sign_in(session).token)
    for number in range(PER_CODE):
        place = Who(f"198.51.{number}.9")  # one count for all networks
        assert signing_in.pass_code(session, KEYS, opened, f"x{number}", place, NOW) is None
    with pytest.raises(TooManyAttempts):
        signing_in.pass_code(session, KEYS, opened, code(seed, NOW), ELSEWHERE, NOW)


def test_no_secret_is_kept_as_it_is(session: Session, person_id: int) -> None:
    seed = second_factor.new_seed()
    codes = second_factor.enrol(session, KEYS, person_id, seed, code(seed, NOW), NOW)
    opened = found(session, sign_in(session).token)
    begun = signing_in.pass_code(session, KEYS, opened, codes.pop(), HOME, NOW)
    assert begun is not None
    secrets = [PASSWORD, seed, begun.token, begun.device_token, *codes, *(kept.replace("-", "") for kept in codes)]
    tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
    for table in tables:
        stored = "\n".join(session.scalars(text(f'SELECT t::text FROM "{table}" t')).all())
        for secret in secrets:
            assert secret not in stored, table
            assert secret.encode().hex() not in stored, table

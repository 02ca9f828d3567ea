"""Signing in: sessions nobody can plant, guess or keep, and guessing that locks nobody out."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from safemap.identity import passwords, second_factor, signing_in
from safemap.identity.attempts import PER_ACCOUNT, WINDOW, network_of
from safemap.identity.keys import Keys
from safemap.identity.passwords import WeakPassword
from safemap.identity.rules import TooManyAttempts, WrongCode, WrongPassword
from safemap.identity.schemas import NewPerson
from safemap.identity.service import add_person
from safemap.identity.signing_in import GRACE, IDLE, LONGEST, ROTATED_AFTER, SignedIn, Who

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
KEYS = Keys(b"a key for tests alone, 32 bytes!")
EMAIL, PASSWORD = "secretary@village.example", "paper lantern river eleven"
HOME, ELSEWHERE, ATTACKER = Who("203.0.113.7"), Who("198.51.100.9"), Who("192.0.2.66")


@pytest.fixture
def person_id(session: Session) -> int:
    person = add_person(session, NewPerson(email=EMAIL, name="Secretary"))
    signing_in.set_password(session, person.id, PASSWORD)
    return person.id


def sign_in(session: Session, who: Who = HOME, now: datetime = NOW, password: str = PASSWORD) -> SignedIn:
    begun = signing_in.sign_in(session, KEYS, EMAIL, password, who, now)
    assert begun is not None
    return begun


def opens(session: Session, token: str, now: datetime = NOW) -> bool:
    return signing_in.session_of(session, token, now) is not None


# --- Sessions ---------------------------------------------------------------------------------------------------------


def test_a_right_password_opens_a_session_and_a_wrong_one_none(session: Session, person_id: int) -> None:
    begun = sign_in(session)
    found = signing_in.session_of(session, begun.token, NOW)
    assert found is not None
    assert found.viewer.person_id == person_id
    assert signing_in.sign_in(session, KEYS, EMAIL, "paper lantern river twelve", HOME, NOW) is None
    assert signing_in.sign_in(session, KEYS, "nobody@village.example", PASSWORD, HOME, NOW) is None


@pytest.mark.parametrize("email", ["Secretary@Village.Example ", " SECRETARY@village.example"])
def test_an_address_is_one_however_it_is_typed(session: Session, person_id: int, email: str) -> None:
    assert signing_in.sign_in(session, KEYS, email, PASSWORD, HOME, NOW) is not None


def test_each_sign_in_makes_a_token_that_nobody_knew(session: Session, person_id: int) -> None:
    assert sign_in(session).token != sign_in(session).token


def test_a_token_changes_and_the_old_one_works_for_requests_on_their_way(session: Session, person_id: int) -> None:
    begun = sign_in(session)
    later = NOW + ROTATED_AFTER
    found = signing_in.session_of(session, begun.token, later)
    assert found is not None
    assert found.new_token not in ("", begun.token)
    assert opens(session, begun.token, later + GRACE)  # equal is within
    assert not opens(session, begun.token, later + GRACE + timedelta(seconds=1))
    assert opens(session, found.new_token, later + GRACE + timedelta(seconds=1))


def test_it_ends_when_unused_and_at_the_longest(session: Session, person_id: int) -> None:
    begun = sign_in(session)
    assert opens(session, begun.token, NOW + IDLE - timedelta(seconds=1))
    token = sign_in(session).token
    assert not opens(session, token, NOW + IDLE)
    token, now = sign_in(session).token, NOW
    while now < NOW + LONGEST:
        found = signing_in.session_of(session, token, now)
        assert found is not None
        token = found.new_token or token
        now += IDLE / 2
    assert not opens(session, token, now)


def test_signing_out_ends_one_and_everywhere_ends_all(session: Session, person_id: int) -> None:
    one, other = sign_in(session), sign_in(session, ELSEWHERE)
    found = signing_in.session_of(session, one.token, NOW)
    assert found is not None
    signing_in.sign_out(session, found.id, NOW)
    assert (opens(session, one.token), opens(session, other.token)) == (False, True)
    signing_in.sign_out_everywhere(session, person_id, NOW)
    assert not opens(session, other.token)


def test_nobody_ends_anothers_session(session: Session, person_id: int) -> None:
    begun = sign_in(session)
    found = signing_in.session_of(session, begun.token, NOW)
    stranger = add_person(session, NewPerson(email="stranger@village.example", name="Stranger"))
    signing_in.set_password(session, stranger.id, PASSWORD)
    theirs = signing_in.begin(session, stranger.id, HOME, NOW)
    viewer = signing_in.session_of(session, theirs.token, NOW)
    assert found is not None
    assert viewer is not None
    signing_in.end_own_session(session, viewer.viewer, found.id, NOW)
    assert opens(session, begun.token)


def test_a_new_password_ends_all_other_sessions(session: Session, person_id: int) -> None:
    here, other = sign_in(session), sign_in(session, ELSEWHERE)
    found = signing_in.session_of(session, here.token, NOW)
    assert found is not None
    with pytest.raises(WrongPassword):
        signing_in.change_password(session, found, "not the present one", "four other words entirely", NOW)
    token = signing_in.change_password(session, found, PASSWORD, "violet tractor under sycamore", NOW)
    assert opens(session, token)
    assert not opens(session, here.token)
    assert not opens(session, other.token)
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
    attacker = add_person(session, NewPerson(email="attacker@village.example", name="Attacker"))
    signing_in.set_password(session, attacker.id, PASSWORD)
    own = signing_in.begin(session, attacker.id, ATTACKER, NOW).device_token
    guess(session, Who(ATTACKER.address, device_token=own), PER_ACCOUNT)
    with pytest.raises(TooManyAttempts):
        guess(session, ATTACKER, 1)


def test_the_way_is_free_again_when_the_window_has_passed(session: Session, person_id: int) -> None:
    guess(session, ATTACKER, PER_ACCOUNT)
    with pytest.raises(TooManyAttempts) as held:
        guess(session, ATTACKER, 1)
    assert held.value.wait_s == WINDOW.total_seconds()
    sign_in(session, ATTACKER, NOW + WINDOW)


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
    found = signing_in.session_of(session, begun.token, NOW)
    assert found is not None
    assert found.needs_code
    wrong = "000000" if code(seed, NOW) != "000000" else "000001"
    assert signing_in.pass_code(session, KEYS, found, wrong, HOME, NOW) is None
    token = signing_in.pass_code(session, KEYS, found, code(seed, NOW), HOME, NOW)
    assert token is not None
    assert not opens(session, begun.token)
    lifted = signing_in.session_of(session, token, NOW)
    assert lifted is not None
    assert not lifted.needs_code
    again = signing_in.session_of(session, sign_in(session).token, NOW)
    assert again is not None
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
    found = signing_in.session_of(session, sign_in(session).token, NOW)
    assert found is not None
    for number in range(PER_ACCOUNT):
        assert signing_in.pass_code(session, KEYS, found, f"x{number}", ELSEWHERE, NOW) is None
    with pytest.raises(TooManyAttempts):
        signing_in.pass_code(session, KEYS, found, code(seed, NOW), ELSEWHERE, NOW)


def test_no_secret_is_kept_as_it_is(session: Session, person_id: int) -> None:
    seed = second_factor.new_seed()
    codes = second_factor.enrol(session, KEYS, person_id, seed, code(seed, NOW), NOW)
    begun = sign_in(session)
    secrets = [PASSWORD, seed, begun.token, begun.device_token, *codes, *(kept.replace("-", "") for kept in codes)]
    tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
    for table in tables:
        stored = "\n".join(session.scalars(text(f'SELECT t::text FROM "{table}" t')).all())
        for secret in secrets:
            assert secret not in stored, table
            assert secret.encode().hex() not in stored, table

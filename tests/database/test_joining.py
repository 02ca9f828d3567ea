"""Coming in by a link: invitations, new passwords, tokens for programs, setting up a second factor."""

from datetime import UTC, date, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from tests.support.places import add_village

from safemap.identity import api_tokens, enrolling, invitations, links, signing_in
from safemap.identity.attempts import PER_LETTER
from safemap.identity.keys import Keys
from safemap.identity.letters import INVITATION_PATH, PASSWORD_PATH, Occasion
from safemap.identity.passwords import WeakPassword
from safemap.identity.permissions import may
from safemap.identity.rules import (
    AlreadyKnown,
    AnothersInvitation,
    CodeFirst,
    Kind,
    LinkUsedUp,
    MayNotGrant,
    NobodyThere,
    Role,
    ScopeKind,
    TooManyAttempts,
    Verb,
    Viewer,
    WrongCode,
    operator,
)
from safemap.identity.schemas import NewApiToken, NewInvitation, NewPerson, Scope
from safemap.identity.service import (
    add_person,
    disable_person,
    enable_person,
    end_role,
    grant_role,
    person_seen,
    viewer_of,
)
from safemap.identity.signing_in import OpenSession, Who
from safemap.identity.tables import Person
from safemap.identity.tokens import is_api_token
from safemap.notifications.service import outbox, purge
from safemap.notifications.tables import Message

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
SITE = "https://map.example"
DAY = date(2026, 11, 24)
KEYS = Keys(b"a key for tests alone, 32 bytes!")
PASSWORD, ANOTHER = "paper lantern river eleven", "violet tractor under sycamore"
HOME = Who("203.0.113.7")
OPERATOR = operator("test")


class Mailbox:
    """What waits to go out."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def newest(self) -> Message:
        return outbox(self.session, limit=1)[0]

    def token(self, path: str) -> str:
        """What follows a path in the newest letter."""
        return self.newest().body.split(SITE + path)[1].split()[0]


@pytest.fixture
def mailbox(session: Session) -> Mailbox:
    return Mailbox(session)


@pytest.fixture
def village_id(session: Session) -> int:
    return add_village(session).id


def add(session: Session, email: str, password: str = PASSWORD) -> int:
    person = add_person(session, NewPerson(email=email, name="Somebody"))
    signing_in.set_password(session, session.get_one(Person, person.id), password)
    return person.id


def opened(session: Session, person_id: int) -> OpenSession:
    begun = signing_in.begin(session, person_id, HOME, NOW)
    found = signing_in.session_of(session, begun.token, NOW)
    assert found is not None
    return found


@pytest.fixture
def secretary(session: Session, village_id: int) -> Viewer:
    person_id = add(session, "secretary@village.example")
    scope = Scope(kind=ScopeKind.VILLAGE, village_id=village_id)
    grant_role(session, OPERATOR, person_id, Role.SECRETARY, scope, starts_on=DAY)
    viewer = viewer_of(session, person_id, DAY, passed_second_factor=False)
    assert viewer is not None
    return viewer


def offer(village_id: int, email: str = "volunteer@village.example", role: Role = Role.VOLUNTEER) -> NewInvitation:
    return NewInvitation(email=email, role=role, scope=Scope(kind=ScopeKind.VILLAGE, village_id=village_id))


def accept(session: Session, token: str, password: str = PASSWORD, now: datetime = NOW) -> int:
    new = NewPerson(email="somebody@else.example", name="隊員")
    return invitations.accept_as_new(session, token, new, password, HOME, now).person_id


# --- Invitations ------------------------------------------------------------------------------------------------------


def test_an_invitation_makes_an_account_of_its_address_with_its_role(
    session: Session, secretary: Viewer, village_id: int, mailbox: Mailbox
) -> None:
    invitations.invite(session, secretary, offer(village_id), SITE, NOW)
    letter, token = mailbox.newest(), mailbox.token(INVITATION_PATH)
    assert (letter.to_address, letter.purpose) == ("volunteer@village.example", Occasion.INVITATION)
    assert "巡守隊員" in letter.subject
    assert "2026-12-01" in letter.body
    seen = invitations.invitation_of(session, token, NOW)
    assert (seen.role, seen.inviter, seen.has_account) == (Role.VOLUNTEER, "Somebody", False)
    with pytest.raises(WeakPassword):
        accept(session, token, "too short")
    person_id = accept(session, token)
    assert session.get_one(Person, person_id).email == "volunteer@village.example"
    viewer = viewer_of(session, person_id, DAY, passed_second_factor=False)
    assert viewer is not None
    assert may(viewer, Verb.SEE_EXACT, Kind.PATROL_TIME, [village_id])
    assert not may(viewer, Verb.SEE_EXACT, Kind.PATROL_TIME, [village_id + 1])
    with pytest.raises(LinkUsedUp):
        accept(session, token)


def test_an_invitation_expires_after_seven_days_and_can_be_withdrawn_and_replaced(
    session: Session, secretary: Viewer, village_id: int
) -> None:
    first = invitations.invite(session, secretary, offer(village_id), SITE, NOW)
    invitations.invitation_of(session, first, NOW + timedelta(days=7, seconds=-1))
    with pytest.raises(LinkUsedUp):
        invitations.invitation_of(session, first, NOW + timedelta(days=7))
    second = invitations.invite(session, secretary, offer(village_id), SITE, NOW)
    with pytest.raises(LinkUsedUp):
        invitations.invitation_of(session, first, NOW)
    [listed] = invitations.open_invitations(session, secretary, NOW)
    invitations.revoke(session, secretary, listed.id, NOW)
    with pytest.raises(LinkUsedUp):
        accept(session, second)
    with pytest.raises(NobodyThere):
        invitations.revoke(session, secretary, listed.id, NOW)


def test_who_may_not_give_a_role_may_not_offer_see_or_withdraw_it(
    session: Session, secretary: Viewer, village_id: int
) -> None:
    with pytest.raises(MayNotGrant):
        invitations.invite(session, secretary, offer(village_id, role=Role.STATION_OFFICER), SITE, NOW)
    elsewhere = add_village(session, code="65000000001", name="別里").id
    with pytest.raises(MayNotGrant):
        invitations.invite(session, secretary, offer(elsewhere), SITE, NOW)
    invitations.invite(session, OPERATOR, offer(elsewhere), SITE, NOW)
    assert invitations.open_invitations(session, secretary, NOW) == []
    [theirs] = invitations.open_invitations(session, OPERATOR, NOW)
    with pytest.raises(MayNotGrant):
        invitations.revoke(session, secretary, theirs.id, NOW)


def test_an_invitation_is_worth_no_more_than_its_sender_is_now(
    session: Session, secretary: Viewer, village_id: int
) -> None:
    assert secretary.person_id is not None
    token = invitations.invite(session, secretary, offer(village_id), SITE, NOW)
    grant_id = session.scalar(text("SELECT id FROM role_grant WHERE person_id = :who"), {"who": secretary.person_id})
    end_role(session, OPERATOR, grant_id, NOW)
    with pytest.raises(LinkUsedUp):
        accept(session, token)


def test_who_has_an_account_accepts_signed_in_and_only_their_own(
    session: Session, secretary: Viewer, village_id: int
) -> None:
    owner, other = add(session, "owner@village.example"), add(session, "other@village.example")
    token = invitations.invite(session, secretary, offer(village_id, "owner@village.example"), SITE, NOW)
    assert invitations.invitation_of(session, token, NOW).has_account
    with pytest.raises(AlreadyKnown):
        accept(session, token)
    with pytest.raises(AnothersInvitation):
        invitations.accept_as_owner(session, opened(session, other), token, NOW)
    invitations.accept_as_owner(session, opened(session, owner), token, NOW)
    assert Role.VOLUNTEER in opened(session, owner).viewer.roles
    with pytest.raises(LinkUsedUp):
        invitations.accept_as_owner(session, opened(session, owner), token, NOW)


# --- New passwords ----------------------------------------------------------------------------------------------------


def test_a_mailed_link_sets_a_password_once_and_ends_all_sessions(session: Session, mailbox: Mailbox) -> None:
    person_id = add(session, "owner@village.example")
    token = signing_in.begin(session, person_id, HOME, NOW).token
    links.ask_for_link(session, KEYS, " Owner@village.example", HOME, SITE, NOW)
    link = mailbox.token(PASSWORD_PATH)
    with pytest.raises(WeakPassword):
        links.set_password_by_link(session, link, "password1234", HOME, SITE, NOW)
    device = links.set_password_by_link(session, link, ANOTHER, HOME, SITE, NOW)
    assert mailbox.newest().purpose == Occasion.PASSWORD_CHANGED
    assert link not in mailbox.newest().body
    assert signing_in.session_of(session, token, NOW) is None
    with pytest.raises(LinkUsedUp):
        links.set_password_by_link(session, link, PASSWORD, HOME, SITE, NOW)
    known = Who(HOME.address, device_token=device)
    assert signing_in.sign_in(session, KEYS, "owner@village.example", PASSWORD, known, NOW) is None
    assert signing_in.sign_in(session, KEYS, "owner@village.example", ANOTHER, known, NOW) is not None


def test_a_mailed_link_lasts_thirty_minutes_and_the_newest_only_works(session: Session, mailbox: Mailbox) -> None:
    add(session, "owner@village.example")
    links.ask_for_link(session, KEYS, "owner@village.example", HOME, SITE, NOW)
    first = mailbox.token(PASSWORD_PATH)
    links.owner_of_link(session, first, NOW + timedelta(minutes=30, seconds=-1))
    with pytest.raises(LinkUsedUp):
        links.owner_of_link(session, first, NOW + timedelta(minutes=30))
    links.ask_for_link(session, KEYS, "owner@village.example", HOME, SITE, NOW)
    with pytest.raises(LinkUsedUp):
        links.owner_of_link(session, first, NOW)
    assert links.owner_of_link(session, mailbox.token(PASSWORD_PATH), NOW).email == "owner@village.example"


@pytest.mark.parametrize("email", ["owner@village.example", "nobody@village.example", "no address", "\x00"])
def test_whoever_asks_for_a_link_is_told_the_same_and_is_held_up_alike(
    session: Session, mailbox: Mailbox, email: str
) -> None:
    add(session, "owner@village.example")
    for _ in range(PER_LETTER):
        links.ask_for_link(session, KEYS, email, HOME, SITE, NOW)
    with pytest.raises(TooManyAttempts):
        links.ask_for_link(session, KEYS, email, HOME, SITE, NOW)
    links.ask_for_link(session, KEYS, email, Who("198.51.100.9"), SITE, NOW)
    assert {letter.to_address for letter in outbox(session)} <= {"owner@village.example"}


def test_a_reset_by_the_operator_takes_everything_and_gives_one_link(session: Session) -> None:
    person_id = add(session, "owner@village.example")
    own = opened(session, person_id)
    token = api_tokens.make_api_token(session, own, NewApiToken(name="cron", verbs=frozenset({Verb.EXPORT})), NOW)
    public_id = session.get_one(Person, person_id).public_id
    link = links.reset_person(session, OPERATOR, public_id, NOW)
    assert api_tokens.viewer_for_api_token(session, token, NOW) is None
    assert signing_in.sessions_of(session, person_id, NOW) == []
    assert signing_in.sign_in(session, KEYS, "owner@village.example", PASSWORD, HOME, NOW) is None
    links.set_password_by_link(session, link, ANOTHER, HOME, SITE, NOW)
    assert signing_in.sign_in(session, KEYS, "owner@village.example", ANOTHER, HOME, NOW) is not None


def test_a_closed_account_lets_nothing_in_until_it_is_opened_again(session: Session) -> None:
    person_id = add(session, "owner@village.example")
    own, public_id = opened(session, person_id), session.get_one(Person, person_id).public_id
    token = api_tokens.make_api_token(session, own, NewApiToken(name="cron", verbs=frozenset({Verb.EXPORT})), NOW)
    link = links.new_link(session, person_id, NOW)
    disable_person(session, OPERATOR, public_id, "moved away", NOW)
    assert api_tokens.viewer_for_api_token(session, token, NOW) is None
    assert signing_in.sign_in(session, KEYS, "owner@village.example", PASSWORD, HOME, NOW) is None
    with pytest.raises(LinkUsedUp):
        links.owner_of_link(session, link, NOW)
    enable_person(session, OPERATOR, public_id)
    assert person_seen(session, public_id).disabled_at is None
    assert signing_in.sign_in(session, KEYS, "owner@village.example", PASSWORD, HOME, NOW) is not None


# --- Tokens for programs ----------------------------------------------------------------------------------------------


def test_a_token_may_what_its_person_may_within_its_verbs(session: Session, secretary: Viewer, village_id: int) -> None:
    assert secretary.person_id is not None
    own = opened(session, secretary.person_id)
    new = NewApiToken(name="monthly report", verbs=frozenset({Verb.EXPORT}), days=30)
    token = api_tokens.make_api_token(session, own, new, NOW)
    assert is_api_token(token)
    assert not is_api_token(token[:-1] + ("0" if token[-1] != "0" else "1"))
    viewer = api_tokens.viewer_for_api_token(session, token, NOW)
    assert viewer is not None
    assert may(viewer, Verb.EXPORT, Kind.REPORT, [village_id])
    assert not may(viewer, Verb.SEE_EXACT, Kind.REPORT, [village_id])
    assert not may(viewer, Verb.EXPORT, Kind.REPORT, [village_id + 1])
    with pytest.raises(MayNotGrant):
        grant_role(
            session,
            viewer,
            secretary.person_id,
            Role.LEADER,
            Scope(kind=ScopeKind.VILLAGE, village_id=village_id),
            starts_on=DAY,
        )
    [listed] = api_tokens.api_tokens_of(session, secretary.person_id, NOW)
    assert (listed.name, listed.verbs, listed.used_at) == ("monthly report", (Verb.EXPORT,), NOW)
    assert api_tokens.viewer_for_api_token(session, token, NOW + timedelta(days=30)) is None
    with pytest.raises(NobodyThere):
        api_tokens.revoke_api_token(session, opened(session, add(session, "other@village.example")), listed.id, NOW)
    api_tokens.revoke_api_token(session, own, listed.id, NOW)
    assert api_tokens.viewer_for_api_token(session, token, NOW) is None


@pytest.mark.parametrize("changes", [{"days": 0}, {"days": 366}, {"verbs": frozenset()}, {"name": "\n"}, {"name": ""}])
def test_a_token_is_for_something_and_for_a_year_at_most(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="1 validation error"):
        NewApiToken(**{"name": "cron", "verbs": frozenset({Verb.ADD}), **changes})


@pytest.mark.parametrize("token", ["", "smp_", "smp_" + "0" * 72, "x" * 10_000, "smp_\x00"])
def test_what_is_no_token_opens_nothing(session: Session, token: str) -> None:
    assert api_tokens.viewer_for_api_token(session, token, NOW) is None


# --- Setting up a second factor ---------------------------------------------------------------------------------------


def enrol(session: Session, person_id: int) -> tuple[str, enrolling.Enrolled]:
    own = opened(session, person_id)
    shown = enrolling.offer(session, KEYS, own)
    assert shown.qr_svg.startswith("<svg")
    code = str(pyotp.TOTP(shown.seed).now())
    now = datetime.now(UTC)
    return shown.seed, enrolling.set_up(session, KEYS, own, shown.sealed, code, SITE, now)


def test_a_second_factor_is_proved_before_it_counts_and_lifts_the_session(session: Session, mailbox: Mailbox) -> None:
    person_id = add(session, "officer@county.example")
    own = opened(session, person_id)
    with pytest.raises(WrongCode):
        enrolling.set_up(session, KEYS, own, enrolling.offer(session, KEYS, own).sealed, "000000", SITE, NOW)
    assert not signing_in.begin(session, person_id, HOME, NOW).needs_code
    _, done = enrol(session, person_id)
    assert len(set(done.recovery_codes)) == 10
    lifted = signing_in.session_of(session, done.token, NOW)
    assert lifted is not None
    assert lifted.passed_code
    assert mailbox.newest().purpose == Occasion.SECOND_FACTOR_CHANGED
    assert signing_in.begin(session, person_id, HOME, NOW).needs_code


def test_a_seed_is_only_for_whom_it_was_offered(session: Session) -> None:
    attacker, victim = (opened(session, add(session, f"{name}@county.example")) for name in ("attacker", "victim"))
    known = enrolling.offer(session, KEYS, attacker)
    code = str(pyotp.TOTP(known.seed).at(NOW))
    for sealed in (known.sealed, "", "x" * 99, KEYS.locked("nonsense").decode()):
        with pytest.raises(WrongCode):
            enrolling.set_up(session, KEYS, victim, sealed, code, SITE, NOW)


def test_nothing_of_it_is_changed_in_a_session_that_has_not_passed_it(session: Session) -> None:
    person_id = add(session, "officer@county.example")
    enrol(session, person_id)
    half = opened(session, person_id)
    new = NewApiToken(name="cron", verbs=frozenset({Verb.EXPORT}))
    for attempt in (
        lambda: enrolling.offer(session, KEYS, half),
        lambda: enrolling.set_up(session, KEYS, half, "", "", SITE, NOW),
        lambda: enrolling.take_away(session, half, SITE),
        lambda: enrolling.new_recovery_codes(session, half),
        lambda: api_tokens.make_api_token(session, half, new, NOW),
    ):
        with pytest.raises(CodeFirst):
            attempt()


def test_full_width_digits_and_spaces_are_read_as_they_are_meant(session: Session) -> None:
    person_id = add(session, "officer@county.example")
    own = opened(session, person_id)
    shown = enrolling.offer(session, KEYS, own)
    digits = str(pyotp.TOTP(shown.seed).at(datetime.now(UTC)))
    typed = "".join(chr(ord(digit) + 0xFEE0) for digit in digits[:3]) + " " + digits[3:]
    enrolling.set_up(session, KEYS, own, shown.sealed, typed, SITE, datetime.now(UTC))


def test_tokens_and_links_are_kept_as_hashes_alone(session: Session, secretary: Viewer, village_id: int) -> None:
    assert secretary.person_id is not None
    own = opened(session, secretary.person_id)
    secrets = [
        invitations.invite(session, secretary, offer(village_id), SITE, NOW),
        links.new_link(session, secretary.person_id, NOW),
        api_tokens.make_api_token(session, own, NewApiToken(name="cron", verbs=frozenset({Verb.EXPORT})), NOW),
        *enrol(session, secretary.person_id)[1].recovery_codes,
    ]
    purge(session)  # an invitation waits there in clear until the mail server has it
    for table in session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")):
        stored = "\n".join(session.scalars(text(f'SELECT t::text FROM "{table}" t')))
        for secret in secrets:
            assert secret not in stored, table
            assert secret.encode().hex() not in stored, table

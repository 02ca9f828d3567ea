"""What people see and change of their own account, through the services."""

from datetime import UTC, date, datetime

import pyotp
import pytest
from sqlalchemy.orm import Session
from tests.support.members import OPERATOR, give, person_with_password, signed_in
from tests.support.places import add_village

from safemap.identity import own, second_factor, service
from safemap.identity.keys import Keys
from safemap.identity.rules import NobodyThere, Role, ScopeKind
from safemap.identity.schemas import NewPerson, Profile, Scope

KEYS = Keys(b"a key for tests alone, 32 bytes!")
EMAIL = "own@example.org"


@pytest.fixture
def scope(session: Session) -> Scope:
    return Scope(kind=ScopeKind.VILLAGE, village_id=add_village(session).id)


@pytest.fixture
def person_id(session: Session) -> int:
    return person_with_password(session, EMAIL, "王小明")


def test_ones_own_account_is_seen_and_its_profile_changed(session: Session, person_id: int) -> None:
    now = datetime.now(UTC)
    opened = signed_in(session, EMAIL, now)
    own.change_profile(session, opened, Profile(name=" 王大明 ", language="en"))
    account = own.own_account(session, opened, now)
    assert (account.person.name, account.person.language) == ("王大明", "en")
    assert account.has_password
    assert account.codes_left == 0
    assert [one.id for one in account.sessions] == [opened.id]


@pytest.mark.parametrize("profile", [{"name": "", "language": "en"}, {"name": "x", "language": "fr"}, {"name": "a\nb"}])
def test_a_profile_is_a_name_and_a_language_that_is_spoken(profile: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        Profile.model_validate({"language": "en", **profile})


def test_only_ones_own_open_role_is_given_up(session: Session, person_id: int, scope: Scope) -> None:
    now = datetime.now(UTC)
    other = service.add_person(session, NewPerson(email="other@example.org", name="別人")).id
    theirs, mine = give(session, other, Role.RESIDENT, scope), give(session, person_id, Role.SECRETARY, scope)
    opened = signed_in(session, EMAIL, now)
    with pytest.raises(NobodyThere):  # a secretary may end it, but elsewhere
        own.give_up_role(session, opened, theirs, now)
    own.give_up_role(session, opened, mine, now)
    with pytest.raises(NobodyThere):
        own.give_up_role(session, opened, mine, now)
    assert signed_in(session, EMAIL, now).viewer.roles == {Role.VISITOR}


def test_whoever_set_up_a_second_factor_has_no_role_before_it_is_passed(
    session: Session, person_id: int, scope: Scope
) -> None:
    now = datetime.now(UTC)
    give(session, person_id, Role.LEADER, scope)
    assert Role.LEADER in signed_in(session, EMAIL, now).viewer.roles
    seed = second_factor.new_seed()
    second_factor.enrol(session, KEYS, person_id, seed, pyotp.TOTP(seed).at(now), now)
    opened = signed_in(session, EMAIL, now)
    assert opened.needs_code
    assert opened.viewer.roles == {Role.VISITOR}
    assert opened.resting == {Role.LEADER}
    assert Role.LEADER in signed_in(session, EMAIL, now, passed=True).viewer.roles


def test_a_persons_reach_counts_what_is_to_come_and_not_what_ended(
    session: Session, person_id: int, scope: Scope
) -> None:
    other = add_village(session, code="T002", name="別里", county="別市")
    assert service.reach_of(session, person_id) == frozenset()
    give(session, person_id, Role.RESIDENT, scope)
    county = Scope(kind=ScopeKind.COUNTY, county="別市")
    later = service.grant_role(session, OPERATOR, person_id, Role.EVALUATOR, county, starts_on=date(2999, 1, 1))
    assert service.reach_of(session, person_id) == {scope.village_id, other.id}
    service.end_role(session, OPERATOR, later, datetime.now(UTC))
    assert service.reach_of(session, person_id) == {scope.village_id}
    give(session, person_id, Role.MINISTRY_OFFICER, Scope(kind=ScopeKind.COUNTRY))
    assert service.reach_of(session, person_id) is None

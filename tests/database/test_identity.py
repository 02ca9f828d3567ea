"""Roles on a database: scopes as their villages change, days, who may give and end what, closing accounts."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from tests.support.places import add_village

from safemap.communities.rules import CommunityKind
from safemap.communities.service import ensure_community, ensure_precinct
from safemap.communities.tables import Village
from safemap.identity import service
from safemap.identity.permissions import may
from safemap.identity.rules import (
    MAY_GRANT,
    NEEDS_SECOND_FACTOR,
    SCOPES_OF_ROLE,
    AlreadyKnown,
    Grant,
    Kind,
    MayNot,
    MayNotGrant,
    NobodyThere,
    Role,
    ScopeDoesNotFit,
    ScopeKind,
    Verb,
    Viewer,
    operator,
)
from safemap.identity.schemas import NewPerson, Scope
from safemap.identity.tables import Person, RoleGrant

DAY, NOW = date(2026, 11, 24), datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
OPERATOR = operator("test")
numbers = itertools.count(1)


@pytest.fixture
def villages(session: Session) -> list[int]:
    """Three in one county, a fourth in another."""
    names = [("榕樹里", "示範市"), ("溪頭里", "示範市"), ("山腳里", "示範市"), ("海口里", "別縣")]
    return [
        add_village(session, name=name, code=f"T{number}", county=county).id
        for number, (name, county) in enumerate(names)
    ]


def add(session: Session) -> int:
    return service.add_person(session, NewPerson(email=f"p{next(numbers)}@village.example", name="Somebody")).id


def give(session: Session, role: Role, scope: Scope, person_id: int | None = None, **days: date | None) -> int:
    person_id = person_id or add(session)
    spans = {"starts_on": DAY, **days}
    service.grant_role(session, OPERATOR, person_id, role, scope, **spans)  # type: ignore[arg-type]
    return person_id


def viewer(session: Session, person_id: int, day: date = DAY, *, passed: bool = True) -> Viewer:
    found = service.viewer_of(session, person_id, day, passed_second_factor=passed)
    assert found is not None
    return found


def village(village_id: int) -> Scope:
    return Scope(kind=ScopeKind.VILLAGE, village_id=village_id)


def reach(session: Session, person_id: int, day: date = DAY) -> frozenset[int] | None:
    [grant] = viewer(session, person_id, day).grants
    return grant.village_ids


# --- How far roles reach ----------------------------------------------------------------------------------------------


def test_each_scope_reaches_its_villages_and_no_other(session: Session, villages: list[int]) -> None:
    community = ensure_community(session, "榕樹社區", CommunityKind.ASSOCIATION, villages[:2])
    precinct = ensure_precinct(session, "示範市", "示範分局", villages[1:3])
    expected = {
        (Role.SECRETARY, village(villages[0])): {villages[0]},
        (Role.SECRETARY, Scope(kind=ScopeKind.COMMUNITY, community_id=community)): set(villages[:2]),
        (Role.PRECINCT_REVIEWER, Scope(kind=ScopeKind.PRECINCT, precinct_id=precinct)): set(villages[1:3]),
        (Role.COUNTY_OFFICER, Scope(kind=ScopeKind.COUNTY, county="示範市")): set(villages[:3]),
        (Role.MINISTRY_OFFICER, Scope(kind=ScopeKind.COUNTRY)): None,
    }
    for (role, scope), reached in expected.items():
        assert reach(session, give(session, role, scope)) == reached


def test_a_scope_follows_its_villages(session: Session, villages: list[int]) -> None:
    community = ensure_community(session, "榕樹社區", CommunityKind.ASSOCIATION, villages[:1])
    secretary = give(session, Role.SECRETARY, Scope(kind=ScopeKind.COMMUNITY, community_id=community))
    ensure_community(session, "榕樹社區", CommunityKind.ASSOCIATION, villages[2:3])
    assert reach(session, secretary) == {villages[0], villages[2]}
    one, other = (ensure_precinct(session, "示範市", name, ()) for name in ("一分局", "二分局"))
    reviewers = [
        give(session, Role.PRECINCT_REVIEWER, Scope(kind=ScopeKind.PRECINCT, precinct_id=id_)) for id_ in (one, other)
    ]
    ensure_precinct(session, "示範市", "一分局", villages[:1])
    ensure_precinct(session, "示範市", "二分局", villages[:1])  # a village has one precinct: it moves
    assert [reach(session, person) for person in reviewers] == [set(), {villages[0]}]


def test_a_scope_without_villages_reaches_nothing(session: Session, villages: list[int]) -> None:
    precinct = ensure_precinct(session, "示範市", "新分局", ())
    reviewer = viewer(
        session, give(session, Role.PRECINCT_REVIEWER, Scope(kind=ScopeKind.PRECINCT, precinct_id=precinct))
    )
    assert not may(reviewer, Verb.SEE_EXACT, Kind.REPORT, villages[:1])
    assert not may(reviewer, Verb.SEE_EXACT, Kind.REPORT)
    narrowing = service.narrowed(reviewer, Verb.SEE_EXACT, Kind.REPORT, Village.id)
    assert session.scalars(select(Village.id).where(narrowing)).all() == []


def test_queries_are_narrowed_to_the_villages_of_all_roles_together(session: Session, villages: list[int]) -> None:
    person_id = give(session, Role.LEADER, village(villages[0]))
    give(session, Role.STATION_OFFICER, village(villages[3]), person_id)
    give(session, Role.RESIDENT, village(villages[1]), person_id)
    narrowing = service.narrowed(viewer(session, person_id), Verb.SEE_EXACT, Kind.REPORT, Village.id)
    assert set(session.scalars(select(Village.id).where(narrowing))) == {villages[0], villages[3]}
    everywhere = service.narrowed(OPERATOR, Verb.SEE_EXACT, Kind.REPORT, Village.id)
    assert set(villages) <= set(session.scalars(select(Village.id).where(everywhere)))


# --- When they are in force -------------------------------------------------------------------------------------------


def test_a_role_is_in_force_from_its_first_day_to_its_last(session: Session, villages: list[int]) -> None:
    last = DAY + timedelta(days=10)
    person_id = give(session, Role.LEADER, village(villages[0]), starts_on=DAY, ends_on=last)
    one = timedelta(days=1)
    days = {DAY - one: False, DAY: True, last: True, last + one: False}
    assert {day: bool(viewer(session, person_id, day).grants) for day in days} == days


def test_an_ended_role_gives_nothing_and_stays_in_the_list(session: Session, villages: list[int]) -> None:
    person_id = give(session, Role.LEADER, village(villages[0]))
    [grant] = session.scalars(select(RoleGrant).where(RoleGrant.person_id == person_id))
    service.end_role(session, OPERATOR, grant.id, NOW)
    assert viewer(session, person_id).grants == ()
    [listed] = service.person_seen(session, session.get_one(Person, person_id).public_id).grants
    assert (listed.ended_at, listed.scope_name) == (NOW, "示範市示範區榕樹里")
    with pytest.raises(NobodyThere):
        service.end_role(session, OPERATOR, grant.id, NOW)


def test_roles_that_need_a_second_factor_rest_until_it_was_passed(session: Session, villages: list[int]) -> None:
    person_id = give(session, Role.COUNTY_OFFICER, Scope(kind=ScopeKind.COUNTY, county="示範市"))
    give(session, Role.RESIDENT, village(villages[3]), person_id)
    assert viewer(session, person_id, passed=False).roles == {Role.VISITOR, Role.RESIDENT}
    assert viewer(session, person_id).roles == {Role.VISITOR, Role.RESIDENT, Role.COUNTY_OFFICER}


def test_a_closed_account_is_nobody(session: Session, villages: list[int]) -> None:
    person_id = give(session, Role.LEADER, village(villages[0]))
    service.disable_person(session, OPERATOR, session.get_one(Person, person_id).public_id, "moved", NOW)
    assert service.viewer_of(session, person_id, DAY, passed_second_factor=True) is None


# --- Who gives and ends them ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("granting", sorted(set(Role) - {Role.VISITOR}))
def test_each_role_gives_what_the_table_names_within_its_villages(
    session: Session, villages: list[int], granting: Role
) -> None:
    inside, outside = village(villages[0]), village(villages[1])
    giver = Viewer(person_id=add(session), grants=(Grant(granting, frozenset(villages[:1])),))
    for role in sorted(SCOPES_OF_ROLE):
        if ScopeKind.VILLAGE not in SCOPES_OF_ROLE[role]:
            continue
        if role in MAY_GRANT.get(granting, ()):
            service.require_may_grant(session, giver, role, inside)
        else:
            with pytest.raises(MayNotGrant):
                service.require_may_grant(session, giver, role, inside)
        with pytest.raises(MayNotGrant):
            service.require_may_grant(session, giver, role, outside)


def test_nobody_gives_a_wider_scope_than_their_own(session: Session, villages: list[int]) -> None:
    community = ensure_community(session, "兩里社區", CommunityKind.ASSOCIATION, villages[:2])
    wide = Scope(kind=ScopeKind.COMMUNITY, community_id=community)
    of_one = viewer(session, give(session, Role.SECRETARY, village(villages[0])))
    with pytest.raises(MayNotGrant):
        service.grant_role(session, of_one, add(session), Role.VOLUNTEER, wide, starts_on=DAY)
    of_both = viewer(session, give(session, Role.SECRETARY, wide))
    service.grant_role(session, of_both, add(session), Role.VOLUNTEER, wide, starts_on=DAY)
    county_officer = viewer(session, give(session, Role.COUNTY_OFFICER, Scope(kind=ScopeKind.COUNTY, county="示範市")))
    with pytest.raises(MayNotGrant):
        service.grant_role(
            session, county_officer, add(session), Role.EVALUATOR, Scope(kind=ScopeKind.COUNTRY), starts_on=DAY
        )


def test_two_roles_that_each_reach_half_do_not_give_the_whole(session: Session, villages: list[int]) -> None:
    person_id = give(session, Role.SECRETARY, village(villages[0]))
    give(session, Role.SECRETARY, village(villages[1]), person_id)
    community = ensure_community(session, "兩里社區", CommunityKind.ASSOCIATION, villages[:2])
    with pytest.raises(MayNotGrant):  # the community may take in a third village tomorrow
        service.grant_role(
            session,
            viewer(session, person_id),
            add(session),
            Role.VOLUNTEER,
            Scope(kind=ScopeKind.COMMUNITY, community_id=community),
            starts_on=DAY,
        )


def test_a_role_is_given_only_for_a_scope_that_fits_it(session: Session, villages: list[int]) -> None:
    with pytest.raises(ScopeDoesNotFit, match=r"It can be given for: village\."):
        service.grant_role(session, OPERATOR, add(session), Role.RESIDENT, Scope(kind=ScopeKind.COUNTRY), starts_on=DAY)
    with pytest.raises(ScopeDoesNotFit):
        service.grant_role(session, OPERATOR, add(session), Role.VISITOR, village(villages[0]), starts_on=DAY)


@pytest.mark.parametrize(
    "wrong",
    [
        {"scope": "village"},
        {"scope": "country", "county": "示範市"},
        {"scope": "county", "role": "visitor", "county": "示範市"},
        {"scope": "county", "county": "示範市", "ends_on": DAY - timedelta(days=1)},
    ],
)
def test_the_database_refuses_half_scopes_and_days_turned_round(session: Session, wrong: dict[str, object]) -> None:
    values = {"person_id": add(session), "role": "county_officer", "starts_on": DAY, **wrong}
    session.add(RoleGrant(**values))
    with pytest.raises(IntegrityError):
        session.flush()


def test_who_could_have_given_a_role_ends_it_and_everybody_ends_their_own(
    session: Session, villages: list[int]
) -> None:
    secretary = viewer(session, give(session, Role.SECRETARY, village(villages[0])))
    stranger = viewer(session, give(session, Role.SECRETARY, village(villages[1])))
    leader = give(session, Role.LEADER, village(villages[0]))
    [grant] = session.scalars(select(RoleGrant).where(RoleGrant.person_id == leader))
    for refused in (stranger, Viewer()):
        with pytest.raises(MayNotGrant):
            service.end_role(session, refused, grant.id, NOW)
    with pytest.raises(MayNotGrant):
        service.confirm_role(session, viewer(session, leader), grant.id, NOW)  # nobody confirms their own
    service.confirm_role(session, secretary, grant.id, NOW)
    assert grant.reviewed_at == NOW
    service.end_role(session, viewer(session, leader), grant.id, NOW)
    assert viewer(session, leader).grants == ()


def test_an_account_is_closed_by_who_could_have_given_all_of_its_roles(session: Session, villages: list[int]) -> None:
    secretary = viewer(session, give(session, Role.SECRETARY, village(villages[0])))
    officer = viewer(session, give(session, Role.COUNTY_OFFICER, Scope(kind=ScopeKind.COUNTY, county="示範市")))
    public_id = {
        name: session.get_one(Person, person_id).public_id
        for name, person_id in (
            ("resident here", give(session, Role.RESIDENT, village(villages[0]))),
            ("resident there", give(session, Role.RESIDENT, village(villages[3]))),
            ("without a role", add(session)),
        )
    }
    with pytest.raises(MayNotGrant):
        service.disable_person(session, secretary, public_id["resident there"], "", NOW)
    with pytest.raises(MayNot):
        service.disable_person(session, secretary, public_id["without a role"], "", NOW)
    with pytest.raises(MayNotGrant):
        service.disable_person(session, officer, public_id["resident here"], "", NOW)  # not for a county to give
    service.disable_person(session, secretary, public_id["resident here"], "moved", NOW)
    service.disable_person(session, OPERATOR, public_id["without a role"], "moved", NOW)
    with pytest.raises(MayNot):
        service.disable_person(session, Viewer(), public_id["resident there"], "", NOW)
    with pytest.raises(NobodyThere):
        service.disable_person(session, OPERATOR, "nobody", "", NOW)


def test_a_member_list_holds_who_has_a_role_in_ones_villages(session: Session, villages: list[int]) -> None:
    secretary = give(session, Role.SECRETARY, village(villages[0]))
    here, there = (give(session, Role.RESIDENT, village(id_)) for id_ in (villages[0], villages[3]))
    assert {seen.id for seen in service.members(session, viewer(session, secretary))} == {secretary, here}
    assert {secretary, here, there} <= {seen.id for seen in service.members(session, OPERATOR)}
    with pytest.raises(MayNot):
        service.members(session, viewer(session, here))


def test_an_address_has_one_account(session: Session) -> None:
    service.add_person(session, NewPerson(email="One@Village.example", name="Somebody"))
    with pytest.raises(AlreadyKnown):
        service.add_person(session, NewPerson(email="one@village.EXAMPLE ", name="Somebody else"))
    found = service.person_by_email(session, "ONE@village.example")
    assert found is not None
    assert found.name == "Somebody"
    assert service.person_by_email(session, "no address") is None


@pytest.mark.parametrize("email", ["nobody", "a@b", "a b@c.de", "a@c.de\nBcc: x@y.zz", "", "a@b@c.de", "é@c.de"])
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(ValueError, match="is not an e-mail address"):
        NewPerson(email=email, name="Somebody")


def test_who_reviews_or_runs_things_needs_a_second_factor() -> None:
    assert {Role.SECRETARY, Role.LEADER, Role.RESIDENT}.isdisjoint(NEEDS_SECOND_FACTOR)
    wide = {role for role, scopes in SCOPES_OF_ROLE.items() if ScopeKind.COUNTRY in scopes}
    assert wide <= NEEDS_SECOND_FACTOR

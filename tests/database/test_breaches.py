"""The breach register: for administrators and county officers, each in their scope; nobody is named in the trail."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from tests.support.places import EAST, NORTH, SOUTH, add_village
from tests.support.requests import COUNTRY, NOW, SITE, everywhere, letters, member, reviewer, two_villages

from safemap.communities.tables import Village
from safemap.identity.rules import Grant, MayNot, Role, ScopeKind, Viewer
from safemap.identity.schemas import Scope
from safemap.privacy import breaches
from safemap.privacy.rules import (
    LETTERS_LIMIT,
    BreachState,
    BreachUnknown,
    DataKind,
    NoAddresses,
    NobodyTold,
    NotTheirCounty,
    Told,
    Way,
)
from safemap.privacy.schemas import NewBreach, NewTelling

FAR_BOX = (EAST + 1, SOUTH, EAST + 1.01, NORTH)


def entry(county: str | None = "示範市", **changes: object) -> NewBreach:
    words = {"county": county, "found_at": NOW, "what": "名單寄錯人", "data_kinds": {DataKind.EMAIL}, "people_count": 2}
    return NewBreach.model_validate({**words, **changes})


@pytest.fixture
def villages(session: Session) -> tuple[Village, Village]:
    return two_villages(session)


@pytest.fixture
def county(session: Session, villages: tuple[Village, Village]) -> Viewer:
    return reviewer(session, Role.COUNTY_OFFICER, Scope(kind=ScopeKind.COUNTY, county="示範市"))


@pytest.fixture
def elsewhere(session: Session, villages: tuple[Village, Village]) -> Viewer:
    far = add_village(session, name="遠里", code="F001", county="遠方縣", box=FAR_BOX)
    return Viewer(grants=(Grant(Role.COUNTY_OFFICER, frozenset({far.id})),))


def test_a_county_sees_its_own_entries_and_an_administrator_all(
    session: Session, county: Viewer, elsewhere: Viewer
) -> None:
    own = breaches.enter(session, county, entry())
    far = breaches.enter(session, elsewhere, entry("遠方縣"))
    whole = breaches.enter(session, everywhere(), entry(None))
    seen = {
        who: {one.number for one in breaches.breaches(session, viewer)}
        for who, viewer in (("own", county), ("far", elsewhere), ("all", everywhere()))
    }
    assert seen == {"own": {own}, "far": {far}, "all": {own, far, whole}}
    for viewer, number in ((county, far), (county, whole), (elsewhere, own)):
        for attempt in (
            lambda viewer=viewer, number=number: breaches.breach(session, viewer, number),
            lambda viewer=viewer, number=number: breaches.change(session, viewer, number, entry()),
            lambda viewer=viewer, number=number: breaches.stop(session, viewer, number, NOW),
            lambda viewer=viewer, number=number: breaches.members_of(session, viewer, number),
        ):
            with pytest.raises(BreachUnknown):
                attempt()


@pytest.mark.parametrize("other", ["遠方縣", "沒有這個縣", None])
def test_nobody_enters_a_breach_for_where_they_have_no_say(
    session: Session, county: Viewer, elsewhere: Viewer, other: str | None
) -> None:
    with pytest.raises(NotTheirCounty):
        breaches.enter(session, county, entry(other))
    own = breaches.enter(session, county, entry())
    with pytest.raises(NotTheirCounty):
        breaches.change(session, county, own, entry(other))


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.COUNTY_OFFICER, Role.ADMINISTRATOR}))
def test_no_other_role_opens_the_register(session: Session, villages: tuple[Village, Village], role: Role) -> None:
    number = breaches.enter(session, everywhere(), entry())
    for attempt in (
        lambda: breaches.breaches(session, everywhere(role)),
        lambda: breaches.breach(session, everywhere(role), number),
        lambda: breaches.enter(session, everywhere(role), entry()),
        lambda: breaches.close(session, everywhere(role), number, NOW),
        lambda: breaches.write_to_affected(session, everywhere(role), number, ["a@example.org"], "s", "t", NOW),
    ):
        with pytest.raises(MayNot):
            attempt()


def test_an_entry_is_closed_once_the_people_affected_were_told(session: Session, county: Viewer) -> None:
    number = breaches.enter(session, county, entry())
    with pytest.raises(NobodyTold):
        breaches.close(session, county, number, NOW)
    telling = NewTelling(told=Told.AUTHORITY, way=Way.OFFICIAL, at=NOW)
    breaches.note_telling(session, county, number, telling)
    with pytest.raises(NobodyTold):
        breaches.close(session, county, number, NOW)
    breaches.note_telling(session, county, number, telling.model_copy(update={"told": Told.PUBLIC, "way": Way.WEBSITE}))
    breaches.close(session, county, number, NOW)
    seen = breaches.breach(session, county, number)
    assert (seen.state, seen.stopped_at, seen.closed_at) == (BreachState.CLOSED, NOW, NOW)
    breaches.stop(session, county, number, NOW + timedelta(days=1))  # opened again: it goes on being looked after
    seen = breaches.breach(session, county, number)
    assert (seen.state, seen.stopped_at, seen.closed_at) == (BreachState.STOPPED, NOW, None)


def test_letters_go_through_the_outbox_and_the_register_keeps_their_number(session: Session, county: Viewer) -> None:
    number = breaches.enter(session, county, entry(measures="已請收件人刪除"))
    seen = breaches.breach(session, county, number)
    subject, text_ = breaches.proposed_letter(seen, "zh-Hant", SITE, "里辦公處")
    for said in ("名單寄錯人", "電子郵件", "已請收件人刪除", "里辦公處"):
        assert said in text_
    addresses, wrong = breaches.addresses_from("a@example.org, B@example.org\nnonsense；\n a@example.org")
    assert (addresses, wrong) == (["a@example.org", "b@example.org"], ["nonsense；"])
    breaches.write_to_affected(session, county, number, addresses, subject, text_, NOW)
    assert letters(session, "breach") == [(one, subject, text_) for one in addresses]
    told = breaches.breach(session, county, number).tellings
    assert [(one.told, one.way, one.people_count) for one in told] == [(Told.AFFECTED, Way.LETTER, 2)]
    assert "example.org" not in told[0].words
    for wrong_number in ([], [f"{n}@example.org" for n in range(LETTERS_LIMIT + 1)]):
        with pytest.raises(NoAddresses):
            breaches.write_to_affected(session, county, number, wrong_number, subject, text_, NOW)


def test_braces_in_what_happened_stay_braces(session: Session, county: Viewer) -> None:
    number = breaches.enter(session, county, entry(what="檔案 {名單} 與 {0}"))
    subject, text_ = breaches.proposed_letter(breaches.breach(session, county, number), "en", SITE, "")
    assert "檔案 {名單} 與 {0}" in text_
    breaches.write_to_affected(session, county, number, ["a@example.org"], subject, text_, NOW)
    assert letters(session, "breach")[0][2] == text_


def test_all_members_of_the_county_are_written_to_in_their_language(
    session: Session, villages: tuple[Village, Village], county: Viewer, elsewhere: Viewer
) -> None:
    member(session, villages[0])
    gone = member(session, villages[0], "gone@example.org", "離開")
    far = session.get(Village, next(iter(elsewhere.grants[0].village_ids or ())))
    assert far is not None
    member(session, far, "far@example.org", "遠")
    session.execute(text("UPDATE person SET disabled_at = now() WHERE id = :id"), {"id": gone})
    number = breaches.enter(session, county, entry())
    assert set(breaches.members_of(session, county, number)) == {"mei@example.org", "county-officer@example.org"}
    reviewer(session, Role.ADMINISTRATOR, COUNTRY)
    whole = breaches.enter(session, everywhere(), entry(None))
    assert {"mei@example.org", "far@example.org", "administrator@example.org"} <= set(
        breaches.members_of(session, everywhere(), whole)
    )


def test_the_trail_tells_what_was_done_and_names_nobody(session: Session, county: Viewer) -> None:
    number = breaches.enter(session, county, entry(what="寄給 mei@example.org 林美"))
    breaches.change(session, county, number, entry(what="林美", people_count=3))
    breaches.write_to_affected(session, county, number, ["mei@example.org"], "林美您好", "林美", NOW)
    breaches.close(session, county, number, NOW)
    session.commit()
    rows = session.execute(text("SELECT verb, record, e::text AS whole FROM audit_entry e WHERE kind = 'breach'")).all()
    assert [row.verb for row in rows] == ["enter", "change", "tell", "close"]
    assert {row.record for row in rows} == {number}
    assert not any("林美" in row.whole or "mei@" in row.whole for row in rows)

"""Requests about one's own data: who may ask, the clocks, who decides, what is carried out, what is told."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from tests.support.members import begun, give, person_with_password, signed_in
from tests.support.places import SOUTH, WEST
from tests.support.requests import (
    COUNTRY,
    DAY,
    NOW,
    SITE,
    asked,
    asked_by_mail,
    everywhere,
    in_village,
    letters,
    member,
    report_at,
    reviewer,
    two_villages,
)

from safemap.communities.tables import Village
from safemap.hazards.rules import FollowUpUnknown, HazardNotFound, TextState
from safemap.hazards.service import report_seen, withdraw_report
from safemap.identity import service as people
from safemap.identity import signing_in
from safemap.identity.rules import LinkUsedUp, MayNot, MayNotGrant, Role, ScopeKind, TooManyAttempts, Viewer
from safemap.identity.schemas import Scope
from safemap.privacy import asking, service
from safemap.privacy.reminding import remind_all
from safemap.privacy.rules import (
    About,
    Ask,
    AskedAlready,
    CannotExtend,
    Field,
    NothingToCorrect,
    NotOpen,
    OwnRequest,
    ReasonMissing,
    Refusal,
    RequestUnknown,
    State,
    WrongRefusal,
)
from safemap.privacy.schemas import NewRequest
from safemap.privacy.service import Show


@pytest.fixture
def villages(session: Session) -> tuple[Village, Village]:
    return two_villages(session)


@pytest.fixture
def secretary(session: Session, villages: tuple[Village, Village]) -> Viewer:
    return reviewer(session, Role.SECRETARY, in_village(villages[0]))


@pytest.fixture
def mei(session: Session, villages: tuple[Village, Village]) -> int:
    return member(session, villages[0])


def state_of(session: Session, number: str) -> State:
    return service.request_to_review(session, everywhere(), number, NOW)[0].state


# --- Asking -----------------------------------------------------------------------------------------------------------


def test_who_is_signed_in_asks_and_is_told_the_due_day(session: Session, mei: int) -> None:
    made = asked(session, Ask.ACCESS)
    assert made.due_on == date(2026, 12, 16)
    assert made.link == ""
    seen = asking.own_requests(session, mei, NOW)[0]
    assert (seen.number, seen.about, seen.state, seen.days_left) == (made.number, About.MEMBER, State.CONFIRMED, 15)
    assert [step.state for step in seen.steps] == [State.RECEIVED, State.CONFIRMED]
    to, subject, body = letters(session, "data_request_received")[0]
    assert to == "mei@example.org"
    assert made.number in subject
    assert "2026年12月16日" in body


def test_a_day_begins_at_midnight_in_taiwan(session: Session, mei: int) -> None:
    before_midnight = NOW.replace(hour=15, minute=59)
    assert asked(session, Ask.ACCESS, now=before_midnight).due_on == date(2026, 12, 16)
    after = before_midnight + timedelta(minutes=1)
    assert asked(session, Ask.ERASURE, now=after).due_on == date(2027, 1, 1)  # received on the 2nd


def test_the_same_is_asked_once_until_it_is_decided(session: Session, mei: int) -> None:
    made = asked(session, Ask.ACCESS)
    with pytest.raises(AskedAlready, match=made.number):
        asked(session, Ask.ACCESS)
    asked(session, Ask.STOP)
    service.grant(session, everywhere(), made.number, "", SITE, NOW)
    asked(session, Ask.ACCESS)


@pytest.mark.parametrize(
    ("field", "value", "fits"),
    [
        (Field.NAME, "林小美", True),
        (Field.NAME, "", False),
        (Field.NAME, "x" * 81, False),
        (Field.NAME, "two\nlines", False),
        (Field.EMAIL, "new@example.org", True),
        (Field.EMAIL, "new", False),
        (Field.OTHER, "", False),
        (Field.OTHER, "我搬家了", True),
        (Field.WORDS, "路燈", False),
    ],
)
def test_a_correction_says_what_would_be_right(
    session: Session, mei: int, field: Field, value: str, fits: bool
) -> None:
    if fits:
        asked(session, Ask.CORRECTION, field=field, value=value)
        assert asking.own_requests(session, mei, NOW)[0].value == value
    else:
        with pytest.raises(NothingToCorrect):
            asked(session, Ask.CORRECTION, field=field, value=value)


def test_a_reporter_asks_by_the_report_s_own_link_and_follows_it_by_another(
    session: Session, villages: tuple[Village, Village], secretary: Viewer
) -> None:
    public_id, follow_up = report_at(session, WEST + 0.004, SOUTH + 0.004, "路燈壞了")
    with pytest.raises(FollowUpUnknown):
        asking.ask_about_report(session, "wrong", NewRequest(ask=Ask.ACCESS), SITE, NOW)
    made = asking.ask_about_report(session, follow_up, NewRequest(ask=Ask.ACCESS), SITE, NOW)
    assert asking.request_by_link(session, made.link, NOW).report_id == public_id
    assert service.request_to_review(session, secretary, made.number, NOW)[1].email == ""
    with pytest.raises(RequestUnknown):
        asking.copy_by_link(session, made.link, NOW)
    service.grant(session, secretary, made.number, "", SITE, NOW)
    copy = asking.copy_by_link(session, made.link, NOW)
    assert copy["reports"][0]["words"] == "路燈壞了"
    assert (copy["reports"][0]["lon"], copy["reports"][0]["lat"]) == (WEST + 0.004, SOUTH + 0.004)


def test_an_address_is_asked_for_only_after_its_owner_followed_the_link(
    session: Session, villages: tuple[Village, Village], secretary: Viewer
) -> None:
    link = asked_by_mail(session, "  Guest@Example.org ", Ask.ACCESS)
    assert service.queue(session, everywhere(), Show.WAITING, NOW)[0] == []
    assert asking.request_by_link(session, link, NOW).state is State.RECEIVED
    seen = asking.confirm_by_link(session, link, SITE, NOW + DAY)
    assert seen.state is State.CONFIRMED
    assert seen.due_on == date(2026, 12, 16)  # from the day it was sent
    assert asking.confirm_by_link(session, link, SITE, NOW + DAY).state is State.CONFIRMED  # twice does no harm
    assert [one.number for one in service.queue(session, everywhere(), Show.WAITING, NOW)[0]] == [seen.number]
    assert service.queue(session, secretary, Show.WAITING, NOW)[0] == []  # nothing says that it is of her village


def test_an_unconfirmed_link_ends_after_three_days(session: Session, villages: tuple[Village, Village]) -> None:
    link = asked_by_mail(session, "guest@example.org", Ask.ACCESS)
    asking.request_by_link(session, link, NOW + 3 * DAY - timedelta(seconds=1))
    for look in (asking.request_by_link, lambda *given: asking.confirm_by_link(given[0], given[1], SITE, given[2])):
        with pytest.raises(RequestUnknown):
            look(session, link, NOW + 3 * DAY)


def test_asking_by_mail_tells_nothing_of_an_account_and_cannot_flood_a_mailbox(session: Session, mei: int) -> None:
    asked(session, Ask.ACCESS)
    for _ in range(3):
        asked_by_mail(session, "mei@example.org", Ask.ACCESS)  # no word that she is waiting already
    with pytest.raises(TooManyAttempts):
        asked_by_mail(session, "mei@example.org", Ask.ACCESS)


def test_who_mails_about_an_account_cannot_give_it_another_address(session: Session, mei: int) -> None:
    with pytest.raises(NothingToCorrect):
        asked_by_mail(session, "mei@example.org", Ask.CORRECTION, field=Field.EMAIL, value="thief@example.org")


def test_the_owner_of_an_account_signs_in_for_the_copy(session: Session, mei: int, secretary: Viewer) -> None:
    link = asked_by_mail(session, "mei@example.org", Ask.ACCESS)
    number = asking.confirm_by_link(session, link, SITE, NOW).number
    service.grant(session, secretary, number, "", SITE, NOW)
    assert asking.wants_sign_in(session, link, NOW)
    with pytest.raises(RequestUnknown):
        asking.copy_by_link(session, link, NOW)
    public_id = people.person_by_email(session, "mei@example.org").public_id
    people.disable_person(session, everywhere(), public_id, "left", NOW)
    assert asking.copy_by_link(session, link, NOW)["account"][0]["email"] == "mei@example.org"


# --- Who decides ------------------------------------------------------------------------------------------------------


def test_requests_are_narrowed_to_who_reaches_all_their_villages(
    session: Session, villages: tuple[Village, Village], secretary: Viewer, mei: int
) -> None:
    here, there = villages
    other = reviewer(session, Role.SECRETARY, in_village(there), "other@example.org")
    county = reviewer(session, Role.COUNTY_OFFICER, Scope(kind=ScopeKind.COUNTY, county=here.county))
    far = Viewer(person_id=9, grants=(county.grants[0].__class__(Role.COUNTY_OFFICER, frozenset({999})),))
    of_one = asked(session, Ask.ACCESS).number
    both = member(session, here, "both@example.org", "兩里")
    give(session, both, Role.VOLUNTEER, in_village(there))
    of_both = asked(session, Ask.ACCESS, "both@example.org").number
    minister = person_with_password(session, "ministry@example.org", "部")
    give(session, minister, Role.MINISTRY_OFFICER, COUNTRY)
    of_all = asked(session, Ask.ACCESS, "ministry@example.org").number

    def numbers(viewer: Viewer) -> set[str]:
        found = {one.number for one in service.queue(session, viewer, Show.WAITING, NOW)[0]}
        for number in (of_one, of_both, of_all):
            if number in found:
                service.request_to_review(session, viewer, number, NOW)
            else:
                with pytest.raises(RequestUnknown):
                    service.request_to_review(session, viewer, number, NOW)
                with pytest.raises(RequestUnknown):
                    service.grant(session, viewer, number, "", SITE, NOW)
        return found

    assert numbers(secretary) == {of_one}
    assert numbers(other) == set()
    assert numbers(county) == {of_one, of_both}
    assert numbers(far) == set()
    assert numbers(everywhere()) == {of_one, of_both, of_all}


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SECRETARY, Role.COUNTY_OFFICER, Role.ADMINISTRATOR}))
def test_no_other_role_sees_or_decides_requests(session: Session, mei: int, role: Role) -> None:
    number = asked(session, Ask.ACCESS).number
    viewer = everywhere(role)
    for attempt in (
        lambda: service.queue(session, viewer, Show.WAITING, NOW),
        lambda: service.request_to_review(session, viewer, number, NOW),
        lambda: service.grant(session, viewer, number, "", SITE, NOW),
        lambda: service.refuse(session, viewer, number, Refusal.NOT_THEIRS, "", SITE, NOW),
        lambda: service.extend(session, viewer, number, "x", SITE, NOW),
        lambda: service.close_by_hand(session, viewer, number, NOW),
    ):
        with pytest.raises(MayNot):
            attempt()


def test_nobody_decides_on_their_own_request(session: Session, secretary: Viewer) -> None:
    number = asked(session, Ask.ACCESS, "secretary@example.org").number
    _, _, may_decide = service.request_to_review(session, secretary, number, NOW)
    assert not may_decide
    with pytest.raises(OwnRequest):
        service.grant(session, secretary, number, "", SITE, NOW)


def test_a_secretary_does_not_erase_an_account_that_she_could_not_have_made(
    session: Session, villages: tuple[Village, Village], secretary: Viewer
) -> None:
    person_id = person_with_password(session, "police@example.org", "員警")
    give(session, person_id, Role.STATION_OFFICER, in_village(villages[0]))
    number = asked(session, Ask.ERASURE, "police@example.org").number
    assert service.request_to_review(session, secretary, number, NOW)[2] is False
    with pytest.raises(MayNotGrant):
        service.grant(session, secretary, number, "", SITE, NOW)
    assert people.person_by_email(session, "police@example.org") is not None


def test_who_saw_who_asks_is_noted(session: Session, secretary: Viewer, mei: int) -> None:
    number = asked(session, Ask.ACCESS).number
    service.request_to_review(session, secretary, number, NOW)
    session.commit()
    public_id = people.person_by_email(session, "mei@example.org").public_id
    rows = session.execute(
        text("SELECT actor, records, purpose FROM access_entry WHERE purpose = 'data request'")
    ).all()
    assert rows == [(secretary.person_id, [public_id], "data request")]


# --- The clock --------------------------------------------------------------------------------------------------------


def test_a_request_is_overdue_the_day_after_its_due_day(session: Session, secretary: Viewer, mei: int) -> None:
    made = asked(session, Ask.ACCESS)
    last = NOW + 15 * DAY
    assert not service.request_to_review(session, secretary, made.number, last)[0].is_overdue
    assert service.queue(session, secretary, Show.OVERDUE, last)[1][Show.OVERDUE] == 0
    late = service.request_to_review(session, secretary, made.number, last + DAY)[0]
    assert (late.is_overdue, late.days_left) == (True, -1)
    assert [one.number for one in service.queue(session, secretary, Show.OVERDUE, last + DAY)[0]] == [made.number]


def test_a_request_is_extended_once_with_a_reason_that_its_asker_reads(
    session: Session, secretary: Viewer, mei: int
) -> None:
    made = asked(session, Ask.ERASURE)
    for reason in ("", "  ", "x" * 501):
        with pytest.raises(ReasonMissing):
            service.extend(session, secretary, made.number, reason, SITE, NOW)
    service.extend(session, secretary, made.number, "資料散在三處，還在查", SITE, NOW + 30 * DAY)  # on the due day
    seen = asking.own_requests(session, mei, NOW)[0]
    assert seen.due_on == date(2026, 12, 31) + 30 * DAY
    assert (seen.state, seen.steps[-1].words) == (State.EXTENDED, "資料散在三處，還在查")
    to, _, body = letters(session, "data_request_extended")[0]
    assert to == "mei@example.org"
    assert "資料散在三處，還在查" in body
    assert "2027年1月30日" in body
    with pytest.raises(CannotExtend):
        service.extend(session, secretary, made.number, "再等等", SITE, NOW + 31 * DAY)


def test_what_is_overdue_cannot_be_extended(session: Session, secretary: Viewer, mei: int) -> None:
    made = asked(session, Ask.ACCESS)
    with pytest.raises(CannotExtend):
        service.extend(session, secretary, made.number, "忘了", SITE, NOW + 16 * DAY)


def test_a_decided_request_is_decided(session: Session, secretary: Viewer, mei: int) -> None:
    number = asked(session, Ask.ACCESS).number
    with pytest.raises(NotOpen):
        service.close_by_hand(session, secretary, number, NOW)
    service.grant(session, secretary, number, "", SITE, NOW)
    for attempt in (
        lambda: service.grant(session, secretary, number, "", SITE, NOW),
        lambda: service.refuse(session, secretary, number, Refusal.NOT_THEIRS, "", SITE, NOW),
        lambda: service.extend(session, secretary, number, "x", SITE, NOW),
    ):
        with pytest.raises(NotOpen):
            attempt()
    service.close_by_hand(session, secretary, number, NOW)
    assert state_of(session, number) is State.CLOSED


def test_what_was_answered_closes_by_itself_after_thirty_days(session: Session, secretary: Viewer, mei: int) -> None:
    number = asked(session, Ask.ACCESS).number
    service.grant(session, secretary, number, "", SITE, NOW)
    assert service.close_answered(session, NOW + 30 * DAY) == 0
    assert service.close_answered(session, NOW + 30 * DAY + timedelta(seconds=1)) == 1
    assert state_of(session, number) is State.CLOSED


def test_reviewers_are_reminded_once_of_what_is_new_due_soon_and_late(
    session: Session, villages: tuple[Village, Village], secretary: Viewer, mei: int
) -> None:
    reviewer(session, Role.COUNTY_OFFICER, Scope(kind=ScopeKind.COUNTY, county=villages[0].county))
    reviewer(session, Role.SECRETARY, in_village(villages[1]), "other@example.org")
    made = asked(session, Ask.ACCESS, wish="我叫林美")
    told = {}
    for days in range(18):
        remind_all(session, SITE, NOW + days * DAY)
        remind_all(session, SITE, NOW + days * DAY)
        told[days] = len(letters(session, "data_request_%"))
    assert [days for days in range(1, 18) if told[days] > told[days - 1]] == [10, 16]
    by_purpose = {
        purpose: sorted(to for to, *_ in letters(session, f"data_request_{purpose}"))
        for purpose in ("new", "soon", "late")
    }
    assert by_purpose == {
        "new": ["secretary@example.org"],
        "soon": ["secretary@example.org"],
        "late": ["county-officer@example.org", "secretary@example.org"],
    }
    for purpose in by_purpose:
        for _, subject, body in letters(session, f"data_request_{purpose}"):
            assert "林美" not in subject + body
            assert "mei@" not in subject + body
            assert f"{SITE}/privacy/requests/{made.number}" in body


def test_without_anybody_near_the_administrator_is_asked(session: Session, villages: tuple[Village, Village]) -> None:
    reviewer(session, Role.ADMINISTRATOR, COUNTRY)
    asking.confirm_by_link(session, asked_by_mail(session, "guest@example.org", Ask.ACCESS), SITE, NOW)
    assert [to for to, *_ in letters(session, "data_request_new")] == ["administrator@example.org"]


# --- Carrying out -----------------------------------------------------------------------------------------------------


def test_a_refusal_needs_a_reason_that_the_law_knows(session: Session, secretary: Viewer, mei: int) -> None:
    number = asked(session, Ask.ACCESS).number
    with pytest.raises(WrongRefusal):
        service.refuse(session, secretary, number, Refusal.NOT_WRONG, "", SITE, NOW)
    service.refuse(session, secretary, number, Refusal.THIRD_PARTY, "信中提到鄰居", SITE, NOW)
    seen = asking.own_requests(session, mei, NOW)[0]
    assert (seen.state, seen.refusal, seen.steps[-1].words) == (State.REFUSED, Refusal.THIRD_PARTY, "信中提到鄰居")
    _, _, body = letters(session, "data_request_refused")[0]
    assert "信中提到鄰居" in body
    assert asking.own_requests(session, mei, NOW)[0].refusal is Refusal.THIRD_PARTY


def test_a_name_is_corrected_as_its_owner_wrote_it(session: Session, secretary: Viewer, mei: int) -> None:
    number = asked(session, Ask.CORRECTION, field=Field.NAME, value="林小美").number
    service.grant(session, secretary, number, "", SITE, NOW)
    assert people.person_by_email(session, "mei@example.org").name == "林小美"


def test_an_address_is_corrected_when_its_owner_follows_the_link_that_went_there(
    session: Session, secretary: Viewer, mei: int
) -> None:
    number = asked(session, Ask.CORRECTION, field=Field.EMAIL, value="New@example.org").number
    service.grant(session, secretary, number, "", SITE, NOW)
    assert people.person_by_email(session, "mei@example.org") is not None
    to, _, body = letters(session, "data_request_prove")[0]
    assert to == "New@example.org"
    token = next(line for line in body.splitlines() if "/privacy/address/" in line).rsplit("/", 1)[1]
    with pytest.raises(LinkUsedUp):
        asking.prove_address(session, token, NOW + 3 * DAY)
    assert asking.address_to_prove(session, token, NOW) == "New@example.org"
    asking.prove_address(session, token, NOW)
    assert people.person_by_email(session, "mei@example.org") is None
    assert people.person_by_email(session, "new@example.org").id == mei
    assert state_of(session, number) is State.CLOSED
    with pytest.raises(LinkUsedUp):
        asking.prove_address(session, token, NOW)


def test_data_that_is_to_rest_is_used_no_longer(session: Session, secretary: Viewer, mei: int) -> None:
    token = begun(session, "mei@example.org", NOW).token
    number = asked(session, Ask.STOP).number
    assert signing_in.session_of(session, token, NOW) is not None
    service.grant(session, secretary, number, "", SITE, NOW)
    assert signing_in.session_of(session, token, NOW) is None
    assert people.viewer_of(session, mei, NOW.date(), passed_second_factor=True) is None
    assert people.person_by_email(session, "mei@example.org").name == "林美"  # kept, as long as the table says


def test_a_report_is_corrected_rests_and_goes(
    session: Session, villages: tuple[Village, Village], secretary: Viewer
) -> None:
    public_id, link = report_at(session, WEST + 0.004, SOUTH + 0.004, "路燈壞了")
    words = NewRequest(ask=Ask.CORRECTION, field=Field.WORDS, value="路燈閃爍")
    service.grant(session, secretary, asking.ask_about_report(session, link, words, SITE, NOW).number, "", SITE, NOW)
    seen = report_seen(session, secretary, public_id)
    assert (seen.description, seen.text_state) == ("路燈閃爍", TextState.HELD)
    made = asking.ask_about_report(session, link, NewRequest(ask=Ask.STOP), SITE, NOW)
    service.grant(session, secretary, made.number, "", SITE, NOW)
    seen = report_seen(session, secretary, public_id)
    assert (seen.state, seen.text_state, seen.is_public_place) == ("closed", TextState.HIDDEN, False)
    made = asking.ask_about_report(session, link, NewRequest(ask=Ask.ERASURE), SITE, NOW)
    service.grant(session, secretary, made.number, "", SITE, NOW)
    with pytest.raises(HazardNotFound):
        report_seen(session, secretary, public_id)
    assert asking.request_by_link(session, made.link, NOW).state is State.CLOSED


def test_a_reporter_who_took_the_report_back_meanwhile_is_granted_its_erasure(
    session: Session, villages: tuple[Village, Village], secretary: Viewer
) -> None:
    _, link = report_at(session, WEST + 0.004, SOUTH + 0.004)
    made = asking.ask_about_report(session, link, NewRequest(ask=Ask.ERASURE), SITE, NOW)
    withdraw_report(session, link)
    service.grant(session, secretary, made.number, "", SITE, NOW)
    assert state_of(session, made.number) is State.CLOSED


def test_each_step_is_in_the_trail_without_a_word_of_whose(session: Session, secretary: Viewer, mei: int) -> None:
    made = asked(session, Ask.ERASURE, wish="我是林美 mei@example.org")
    service.extend(session, secretary, made.number, "林美的資料", SITE, NOW)
    service.grant(session, secretary, made.number, "林美您好", SITE, NOW)
    session.commit()
    rows = session.execute(
        text("SELECT verb, audit_entry::text AS whole FROM audit_entry WHERE kind = 'data_request' ORDER BY id")
    ).all()
    assert [row.verb for row in rows] == ["ask", "extend", "grant"]
    assert not any("林美" in row.whole or "mei@" in row.whole for row in rows)


def test_who_was_erased_cannot_sign_in_and_the_address_is_free_again(
    session: Session, secretary: Viewer, mei: int
) -> None:
    made = asked(session, Ask.ERASURE)
    service.grant(session, secretary, made.number, "", SITE, NOW)
    with pytest.raises(AssertionError):
        signed_in(session, "mei@example.org", NOW)
    assert person_with_password(session, "mei@example.org") != mei

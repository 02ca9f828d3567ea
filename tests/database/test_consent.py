"""What members answer to their notice: asked once for each version; consent can be withdrawn, an office cannot."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from tests.support.members import give, person_with_password, signed_in
from tests.support.requests import DAY, NOW, SITE, in_village, two_villages

from safemap.communities.tables import Village
from safemap.identity import service as people
from safemap.identity.rules import Role
from safemap.privacy import asking, consent, notices
from safemap.privacy.notices import Notice, current
from safemap.privacy.rules import Ask, Audience, Basis, ByDuty, NoticeChanged, State

VERSION = current(Audience.MEMBERS, NOW.date()).version


@pytest.fixture
def village(session: Session) -> Village:
    return two_villages(session)[0]


def newcomer(session: Session, village: Village, role: Role = Role.RESIDENT) -> int:
    person_id = person_with_password(session, "new@example.org", "新人", answered=False)
    give(session, person_id, role, in_village(village))
    return person_id


def test_a_version_is_put_to_a_member_until_they_answer_and_then_never_again(
    session: Session, village: Village
) -> None:
    person_id = newcomer(session, village)
    assert consent.is_due(session, person_id, NOW)
    assert consent.standing_of(session, person_id, NOW).answer is None
    consent.accept(session, person_id, VERSION, "里辦公處", "zh-Hant", NOW)
    assert not consent.is_due(session, person_id, NOW)
    standing = consent.standing_of(session, person_id, NOW)
    assert standing.is_accepted
    assert standing.answer is not None
    assert (standing.answer.version, standing.answer.basis, standing.answer.accepted_at) == (VERSION, "consent", NOW)


def test_who_puts_it_off_is_not_asked_again_and_has_not_agreed(session: Session, village: Village) -> None:
    person_id = newcomer(session, village)
    consent.put_off(session, person_id, VERSION, "", "en", NOW)
    assert not consent.is_due(session, person_id, NOW)
    assert not consent.standing_of(session, person_id, NOW).is_accepted
    consent.accept(session, person_id, VERSION, "", "en", NOW + DAY)
    assert consent.standing_of(session, person_id, NOW + DAY).is_accepted


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> Notice:
    """A version that is shown from tomorrow on."""
    today = current(Audience.MEMBERS, NOW.date())
    made = replace(today, version="members-2026-12-02", since=NOW.date() + timedelta(days=1))
    known = (made, *notices.notices())
    monkeypatch.setattr(notices, "notices", lambda: known)
    return made


def test_a_new_version_is_put_to_everybody_once_and_the_old_answer_stays(
    session: Session, village: Village, newer: Notice
) -> None:
    person_id = newcomer(session, village)
    consent.accept(session, person_id, VERSION, "", "en", NOW)
    assert not consent.is_due(session, person_id, NOW)
    assert consent.is_due(session, person_id, NOW + DAY)
    with pytest.raises(NoticeChanged):
        consent.accept(session, person_id, VERSION, "", "en", NOW + DAY)
    consent.accept(session, person_id, newer.version, "", "en", NOW + DAY)
    assert not consent.is_due(session, person_id, NOW + DAY)
    assert [answer.version for answer in consent.answers_of(session, person_id)] == [newer.version, VERSION]


def test_a_version_that_is_not_shown_yet_cannot_be_accepted(session: Session, village: Village, newer: Notice) -> None:
    with pytest.raises(NoticeChanged):
        consent.accept(session, newcomer(session, village), newer.version, "", "en", NOW)


def test_withdrawing_closes_the_account_at_once_and_asks_for_erasure(session: Session, village: Village) -> None:
    person_id = newcomer(session, village)
    consent.accept(session, person_id, VERSION, "", "en", NOW)
    held = signed_in(session, "new@example.org", NOW)
    made = consent.withdraw(session, held, SITE, NOW)
    assert made is not None
    request = asking.own_requests(session, person_id, NOW)[0]
    assert (request.number, request.ask, request.state) == (made.number, Ask.ERASURE, State.CONFIRMED)
    assert people.viewer_of(session, person_id, NOW.date(), passed_second_factor=True) is None
    assert consent.answers_of(session, person_id)[0].withdrawn_at == NOW
    session.commit()
    verbs = session.scalars(
        text("SELECT verb FROM audit_entry WHERE actor = :who ORDER BY id"), {"who": person_id}
    ).all()
    assert verbs[-3:] == ["withdraw_consent", "ask", "disable"]


def test_who_asked_for_erasure_already_can_still_withdraw(session: Session, village: Village) -> None:
    person_id = newcomer(session, village)
    held = signed_in(session, "new@example.org", NOW)
    asking.ask_as_member(session, held, asking.NewRequest(ask=Ask.ERASURE), SITE, NOW)
    assert consent.withdraw(session, held, SITE, NOW) is None
    assert len(asking.own_requests(session, person_id, NOW)) == 1


@pytest.mark.parametrize("role", [Role.STATION_OFFICER, Role.FIRE_OFFICER])
def test_an_office_is_no_consent_so_there_is_none_to_withdraw(session: Session, village: Village, role: Role) -> None:
    person_id = newcomer(session, village, role)
    consent.accept(session, person_id, VERSION, "", "en", NOW)
    assert consent.standing_of(session, person_id, NOW).basis is Basis.DUTY
    with pytest.raises(ByDuty):
        consent.withdraw(session, signed_in(session, "new@example.org", NOW), SITE, NOW)
    assert people.viewer_of(session, person_id, NOW.date(), passed_second_factor=True) is not None

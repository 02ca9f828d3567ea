"""Notices: the six points of the law in both languages, versions that stay readable, the version of a day."""

from datetime import date, timedelta

import pytest

from safemap.i18n import LANGUAGES, RESIDENT_LANGUAGES
from safemap.identity.rules import SCOPES_OF_ROLE, Role
from safemap.privacy.notices import POINTS, Notice, current, notices, shown_version, version_of, versions
from safemap.privacy.retention import HALF_A_YEAR, RULES, TWO_YEARS
from safemap.privacy.rules import ROLES_OF_DUTY, Audience, Basis, basis_of

FAR = date(2999, 1, 1)


@pytest.mark.parametrize("notice", notices(), ids=lambda notice: notice.version)
def test_a_notice_tells_all_that_the_law_wants_told_in_both_languages(notice: Notice) -> None:
    is_to_residents = notice.audience is Audience.REPORTERS
    assert set(notice.texts) == set(RESIDENT_LANGUAGES if is_to_residents else LANGUAGES)
    for text in notice.texts.values():
        assert text.title
        assert text.short
        assert list(text.points) == list(POINTS)
        assert all(paragraphs and all(paragraphs) for paragraphs in text.points.values())
        assert "{controller}" in text.points["who"][0]
        assert "{contact}" in text.points["who"][0]
        for paragraph in (part for paragraphs in text.points.values() for part in paragraphs):
            assert paragraph.format(controller="A", contact="B")  # no other places in it
    assert notice.version == f"{notice.audience.value}-{notice.since.isoformat()}"


@pytest.mark.parametrize("audience", Audience)
def test_a_version_is_shown_from_its_day_on(audience: Audience) -> None:
    newest = versions(audience, FAR)[0]
    assert current(audience, FAR) == current(audience, newest.since) == newest
    assert newest not in versions(audience, newest.since - timedelta(days=1))
    assert version_of(newest.version, newest.since) == newest
    assert version_of(newest.version, newest.since - timedelta(days=1)) is None


def test_a_form_cannot_claim_a_version_that_was_never_shown() -> None:
    reporters, members = (current(audience, FAR).version for audience in (Audience.REPORTERS, Audience.MEMBERS))
    assert shown_version(Audience.REPORTERS, reporters, FAR) == reporters
    for given in ("", "reporters-1999-01-01", members, reporters + " "):
        assert shown_version(Audience.REPORTERS, given, FAR) is None


def test_what_notices_promise_is_what_the_table_of_periods_says() -> None:
    periods = {rule.code: rule.period for rule in RULES}
    assert periods["report_words"] == periods["report_links"] == HALF_A_YEAR
    assert periods["report_places"] == periods["accounts"] == TWO_YEARS
    reporters, members = (current(audience, FAR).texts["zh-Hant"] for audience in Audience)
    assert "滿六個月" in reporters.points["use"][0]
    assert "滿兩年" in reporters.points["use"][0]
    assert "滿兩年" in members.points["use"][0]


def test_who_holds_an_office_is_not_asked_for_consent() -> None:
    for role in SCOPES_OF_ROLE:
        expected = Basis.DUTY if role in ROLES_OF_DUTY else Basis.CONSENT
        assert basis_of(frozenset({Role.VISITOR, role})) is expected
    assert basis_of(frozenset()) is Basis.CONSENT
    assert basis_of(frozenset({Role.RESIDENT, Role.STATION_OFFICER})) is Basis.DUTY


def test_each_kind_of_record_stands_once_in_the_table() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert [rule.period for rule in RULES if rule.period] == sorted(rule.period for rule in RULES if rule.period)

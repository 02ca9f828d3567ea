"""Who says so too: once each, noted with nobody's name, told wherever the report is, taken back by a link."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from tests.support.places import SOUTH, WEST, add_village
from tests.support.reports import shown_report

from safemap.communities.tables import Village
from safemap.hazards.merging import merge_reports, unmerge_report
from safemap.hazards.retention import forget_links, forget_words
from safemap.hazards.rules import (
    BelongsElsewhere,
    HazardNotFound,
    NothingToSupport,
    SupportUnknown,
    TextState,
    WrongSentKey,
)
from safemap.hazards.schemas import HazardReport
from safemap.hazards.service import counts_seen, report_seen, reports_by_street, reports_seen, take_report
from safemap.hazards.supporting import (
    Supported,
    moderate_note,
    notes_of,
    remove_note,
    support_of_link,
    support_report,
    take_back,
    waiting_notes,
)
from safemap.hazards.tables import HazardSupport
from safemap.identity.keys import Keys
from safemap.identity.rules import ANONYMOUS, Grant, MayNot, Role, Viewer

KEYS = Keys(b"a key for tests alone, 32 bytes!")
PHONE, OTHER_PHONE = "0b9f4a0e-7d3e-4b63-9f5a-000000000001", "0b9f4a0e-7d3e-4b63-9f5a-000000000002"


def with_role(role: Role, village: Village) -> Viewer:
    return Viewer(person_id=1, grants=(Grant(role, frozenset({village.id})),))


@pytest.fixture
def village(session: Session) -> Village:
    return add_village(session)


@pytest.fixture
def moderator(village: Village) -> Viewer:
    return with_role(Role.SECRETARY, village)


def a_report(**changes: object) -> HazardReport:
    values = {"lon": WEST + 0.003, "lat": SOUTH + 0.003, "category": "lamp_out", "is_public_place": True, **changes}
    return HazardReport.model_validate(values)


@pytest.fixture
def report(session: Session, village: Village) -> str:
    assert village.id
    return shown_report(session, a_report()).seen.public_id


def say_so(session: Session, report: str, key: str = PHONE, note: str = "", viewer: Viewer = ANONYMOUS) -> Supported:
    return support_report(session, viewer, KEYS, report, key, note, "reporters-2026-11-25")


def test_who_says_so_counts_once_and_is_told_the_same_again(session: Session, report: str) -> None:
    first = say_so(session, report)
    again = say_so(session, report)
    assert (first.is_first, again.is_first) == (True, False)
    assert first.link == again.link != ""
    assert report_seen(session, ANONYMOUS, report).supporters == 1
    assert say_so(session, report, OTHER_PHONE).seen.supporters == 2


def test_another_note_under_the_same_key_adds_nothing_and_tells_no_link(session: Session, report: str) -> None:
    first = say_so(session, report, note="每天晚上都這樣")
    other = say_so(session, report, note="別的話")
    assert (other.is_first, other.link) == (False, "")
    assert support_of_link(session, first.link).note == "每天晚上都這樣"


def test_nothing_that_is_kept_names_the_browser_or_opens_the_link(session: Session, report: str) -> None:
    link = say_so(session, report).link
    kept = session.execute(text("SELECT hazard_support::text FROM hazard_support")).scalar_one()
    assert PHONE not in kept
    assert link not in kept


def test_one_browser_is_not_known_again_at_another_report(session: Session, village: Village, report: str) -> None:
    assert village.id
    other = shown_report(session, a_report(lat=SOUTH + 0.004)).seen.public_id
    for one in (report, other):
        say_so(session, one)
    hashes = session.scalars(select(HazardSupport.key_hash)).all()
    assert len(set(hashes)) == 2


def test_it_raises_the_number_and_no_statistic(session: Session, village: Village, report: str) -> None:
    before = counts_seen(session, ANONYMOUS, [village.id]), len(reports_by_street(session, [village.id]))
    say_so(session, report)
    say_so(session, report, OTHER_PHONE)
    assert (counts_seen(session, ANONYMOUS, [village.id]), len(reports_by_street(session, [village.id]))) == before
    assert [seen.supporters for seen in reports_seen(session, ANONYMOUS, [village.id])] == [2]


def test_a_note_waits_until_a_moderator_has_read_it(session: Session, report: str, moderator: Viewer) -> None:
    link = say_so(session, report, note="我家門口也是").link
    assert support_of_link(session, link).note_state is TextState.HELD
    assert notes_of(session, ANONYMOUS, report) == []
    [waiting] = waiting_notes(session, moderator)
    assert waiting.words == "我家門口也是"
    moderate_note(session, moderator, waiting.public_id, TextState.SHOWN, "")
    assert [note.words for note in notes_of(session, ANONYMOUS, report)] == ["我家門口也是"]
    assert waiting_notes(session, moderator) == []
    moderate_note(session, moderator, waiting.public_id, TextState.HIDDEN, "insults")
    assert notes_of(session, ANONYMOUS, report) == []
    assert report_seen(session, ANONYMOUS, report).supporters == 0


def test_only_who_moderates_there_reads_and_decides(session: Session, village: Village, report: str) -> None:
    say_so(session, report, note="我家門口也是")
    said = session.scalars(select(HazardSupport.public_id)).one()
    for viewer in (ANONYMOUS, with_role(Role.RESIDENT, village)):
        assert waiting_notes(session, viewer) == []
        assert notes_of(session, viewer, report) == []
        with pytest.raises(MayNot):
            moderate_note(session, viewer, said, TextState.SHOWN, "")
    with pytest.raises(SupportUnknown):
        moderate_note(session, with_role(Role.SECRETARY, village), "nobody", TextState.SHOWN, "")


def test_a_note_that_belongs_to_who_helps_is_not_stored(session: Session, report: str) -> None:
    with pytest.raises(BelongsElsewhere):
        say_so(session, report, note="隔壁先生每天晚上打老婆")
    assert session.scalars(select(HazardSupport)).all() == []


@pytest.mark.parametrize("key", ["", "short", "with blanks in it", "x" * 65])
def test_a_key_that_is_none_is_refused(session: Session, report: str, key: str) -> None:
    with pytest.raises(WrongSentKey):
        say_so(session, report, key)


def test_what_is_not_seen_cannot_be_supported(session: Session, village: Village, moderator: Viewer) -> None:
    private = shown_report(session, a_report(is_public_place=False)).seen.public_id
    held = take_report(session, a_report()).seen.public_id
    for viewer, report in ((ANONYMOUS, private), (ANONYMOUS, held), (moderator, held)):
        with pytest.raises(HazardNotFound):
            say_so(session, report, viewer=viewer)
    assert say_so(session, private, viewer=with_role(Role.RESIDENT, village)).is_first


def test_what_is_fixed_needs_nobody_else(session: Session, report: str) -> None:
    session.execute(text("UPDATE hazard SET stage = 'verified_fixed'"))
    session.expire_all()
    with pytest.raises(NothingToSupport):
        say_so(session, report)


def test_the_link_takes_back_the_note_and_then_all(session: Session, report: str) -> None:
    link = say_so(session, report, note="我家門口也是").link
    remove_note(session, link)
    assert support_of_link(session, link).note == ""
    assert report_seen(session, ANONYMOUS, report).supporters == 1
    take_back(session, link)
    assert report_seen(session, ANONYMOUS, report).supporters == 0
    for gone in (support_of_link, take_back, remove_note):
        with pytest.raises(SupportUnknown):
            gone(session, link)


def test_weights_add_when_reports_are_told_together_and_part_with_them(
    session: Session, report: str, moderator: Viewer
) -> None:
    other = shown_report(session, a_report(lat=SOUTH + 0.0031)).seen.public_id
    say_so(session, report)
    say_so(session, other, OTHER_PHONE)
    merge_reports(session, moderator, report, other)
    assert report_seen(session, ANONYMOUS, other).supporters == 3  # the other's reporter, and who said so of either
    late = say_so(session, report, "another-phone-at-the-old-address", note="後來才看到")
    assert late.seen.public_id == other
    assert support_of_link(session, late.link).head_id == other
    assert [note.words for note in notes_of(session, moderator, other)] == ["後來才看到"]
    unmerge_report(session, moderator, report)
    assert report_seen(session, ANONYMOUS, other).supporters == 1
    assert report_seen(session, ANONYMOUS, report).supporters == 2


def test_notes_and_links_go_when_the_reports_do(session: Session, report: str) -> None:
    link = say_so(session, report, note="我家門口也是").link
    later = datetime.now(UTC) + timedelta(days=1)
    assert forget_words(session, later, is_dry=False) == 0
    session.execute(text("UPDATE hazard SET stage = 'verified_fixed'"))
    assert forget_words(session, later, is_dry=False) == 1
    assert forget_links(session, later, is_dry=False) == 2
    session.expire_all()
    with pytest.raises(SupportUnknown):
        support_of_link(session, link)
    assert report_seen(session, ANONYMOUS, report).supporters == 1
    session.execute(text("DELETE FROM hazard"))
    assert session.execute(text("SELECT count(*) FROM hazard_support")).scalar_one() == 0

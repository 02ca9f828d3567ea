"""The trails as people read them: their places, names where they see members, their own record's readers by role."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from tests.support.requests import COUNTRY, SITE, asked, everywhere, in_village, member, reviewer, two_villages

from safemap.audit import service as audit
from safemap.audit.rules import Access, Chain, Deed, Fault
from safemap.communities.tables import Village
from safemap.db.session import unit_of_work
from safemap.identity import service as people
from safemap.identity.looking import Look, accesses_seen, deeds_seen, who_saw
from safemap.identity.rules import Grant, MayNot, NobodyThere, Role, Viewer
from safemap.privacy.rounds import make_round
from safemap.privacy.rules import Ask


@pytest.fixture
def villages(session: Session) -> tuple[Village, Village]:
    return two_villages(session)


@pytest.fixture
def rows(session: Session, villages: tuple[Village, Village]) -> tuple[int, int]:
    """Somebody in each village, a deed by each, one about each, and a look at each."""
    here, there = villages
    mei = member(session, here)
    far = member(session, there, "far@example.org", "遠方人")
    session.commit()
    for person_id, village in ((mei, here), (far, there)):
        public_id = session.scalar(text("SELECT public_id FROM person WHERE id = :id"), {"id": person_id})
        audit.record(session, Deed("close", "dead_zone", f"by {person_id}", actor=person_id))
        audit.record(session, Deed("shown", "report_text", f"in {village.id}", village_id=village.id))
        audit.record(session, Deed("disable", "person", public_id, purpose="left"))
        audit.record_access(session, Access("person", (public_id,), f"look {person_id}", actor=None))
    session.commit()
    return mei, far


def county_of(village: Village) -> Viewer:
    return Viewer(person_id=None, grants=(Grant(Role.COUNTY_OFFICER, frozenset({village.id})),))


def told(session: Session, viewer: Viewer, look: Look | None = None) -> set[tuple[str, str]]:
    found = deeds_seen(session, viewer, look or Look(), before=None, limit=500)
    return {(one.verb, one.record) for one in found}


def test_a_county_reads_the_rows_of_its_villages_and_of_its_people(
    session: Session, villages: tuple[Village, Village], rows: tuple[int, int]
) -> None:
    here, there = villages
    mei, far = rows
    seen = told(session, county_of(here))
    assert {("close", f"by {mei}"), ("shown", f"in {here.id}"), ("disable", "林美")} <= seen
    assert not {("close", f"by {far}"), ("shown", f"in {there.id}")} & seen
    assert not any("遠方人" in record for _, record in seen)
    looks = {one.purpose for one in accesses_seen(session, county_of(here), Look(), before=None, limit=99)}
    assert f"look {mei}" in looks
    assert f"look {far}" not in looks
    whole = told(session, everywhere())
    assert {("close", f"by {mei}"), ("close", f"by {far}")} <= whole


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.COUNTY_OFFICER, Role.MINISTRY_OFFICER, Role.ADMINISTRATOR}))
def test_no_other_role_reads_the_trail(session: Session, role: Role) -> None:
    for read in (deeds_seen, accesses_seen):
        with pytest.raises(MayNot):
            read(session, everywhere(role), Look(), before=None, limit=5)


def test_who_sees_no_members_reads_numbers_and_no_names(session: Session, rows: tuple[int, int]) -> None:
    found = deeds_seen(session, everywhere(Role.MINISTRY_OFFICER), Look(), before=None, limit=500)
    assert {one.who.name for one in found} == {""}
    assert rows[0] in {one.who.number for one in found}
    assert not any(one.is_named for one in found)
    with pytest.raises(MayNot):  # nor learns whether an address has an account
        deeds_seen(session, everywhere(Role.MINISTRY_OFFICER), Look(person="mei@example.org"), before=None, limit=5)


def test_rows_are_found_by_kind_verb_person_and_day(session: Session, rows: tuple[int, int]) -> None:
    mei, _ = rows
    viewer = everywhere()
    assert {verb for verb, _ in told(session, viewer, Look(kind="report_text"))} == {"shown"}
    assert {verb for verb, _ in told(session, viewer, Look(kind="person", verb="disable"))} == {"disable"}
    by_or_about = told(session, viewer, Look(person="mei@example.org"))
    assert by_or_about == told(session, viewer, Look(person=f" {mei} "))
    assert {("close", f"by {mei}"), ("disable", "林美")} <= by_or_about
    assert not any("遠方人" in record or record == f"by {rows[1]}" for _, record in by_or_about)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert told(session, viewer, Look(since=tomorrow)) == set()
    assert told(session, viewer, Look(until=tomorrow)) == told(session, viewer)
    for nobody in ("nobody@example.org", "999999999", "no address"):
        with pytest.raises(NobodyThere):
            told(session, viewer, Look(person=nobody))


def test_a_county_learns_nothing_of_who_is_not_in_its_places(
    session: Session, villages: tuple[Village, Village], rows: tuple[int, int]
) -> None:
    for asked_for in ("far@example.org", str(rows[1]), "nobody@example.org"):
        with pytest.raises(NobodyThere):
            told(session, county_of(villages[0]), Look(person=asked_for))


def test_pages_follow_each_other_without_gap_or_repeat(session: Session, rows: tuple[int, int]) -> None:
    whole = [one.id for one in deeds_seen(session, everywhere(), Look(), before=None, limit=500)]
    paged: list[int] = []
    before: int | None = None
    while found := deeds_seen(session, everywhere(), Look(), before=before, limit=3):
        paged += [one.id for one in found]
        before = paged[-1]
    assert paged == whole == sorted(whole, reverse=True)


def test_names_that_were_shown_are_noted_once(
    session: Session, villages: tuple[Village, Village], rows: tuple[int, int]
) -> None:
    officer = reviewer(session, Role.ADMINISTRATOR, COUNTRY)
    deeds_seen(session, officer, Look(person="mei@example.org"), before=None, limit=50)
    session.commit()
    mei = people.person_by_email(session, "mei@example.org")
    assert mei is not None
    noted = session.execute(text("SELECT actor, records FROM access_entry WHERE purpose = 'audit trail'")).all()
    assert noted == [(officer.person_id, [mei.public_id])]


def test_a_person_sees_who_by_role_saw_their_record_and_not_their_own_looks(
    session: Session, villages: tuple[Village, Village]
) -> None:
    mei = member(session, villages[0])
    public_id = people.person_by_email(session, "mei@example.org").public_id
    for actor, roles, purpose in ((mei, ("resident",), "own"), (99, ("secretary",), "member list"), (None, (), "x")):
        audit.record_access(session, Access("person", (public_id, "other"), purpose, actor=actor, actor_roles=roles))
    session.commit()
    seen = who_saw(session, mei, before=None, limit=10)
    assert [(one.purpose, one.who.roles, one.who.number, one.who.name) for one in seen] == [
        ("x", (), None, ""),
        ("member list", (Role.SECRETARY,), None, ""),
    ]
    assert who_saw(session, mei, before=seen[0].id, limit=1)[0].purpose == "member list"


def test_own_looks_between_do_not_hide_earlier_ones(session: Session, villages: tuple[Village, Village]) -> None:
    mei = member(session, villages[0])
    public_id = people.person_by_email(session, "mei@example.org").public_id
    audit.record_access(session, Access("person", (public_id,), "first", actor=99))
    session.commit()
    for number in range(7):
        audit.record_access(session, Access("person", (public_id,), f"own {number}", actor=mei))
        session.commit()
    assert [one.purpose for one in who_saw(session, mei, before=None, limit=3)] == ["first"]


# --- Checks and rounds ------------------------------------------------------------------------------------------------


def test_the_last_check_says_whether_the_trail_held(fresh_engine: Engine) -> None:
    with unit_of_work(fresh_engine) as session:
        assert audit.last_check(session) is None
        audit.record(session, Deed("close", "dead_zone", "x"))
    with unit_of_work(fresh_engine) as session:
        audit.verify_and_note(session)
    with unit_of_work(fresh_engine) as session:
        held = audit.last_check(session)
        assert held is not None
        assert held.fault is None
        session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER ALL"))
        session.execute(text("UPDATE audit_entry SET record = 'y' WHERE id = 1"))
        session.execute(text("ALTER TABLE audit_entry ENABLE TRIGGER ALL"))
    with unit_of_work(fresh_engine) as session:
        audit.verify_and_note(session)
    with unit_of_work(fresh_engine) as session:
        broken = audit.last_check(session)
        assert broken is not None
        assert (broken.fault, broken.chain, broken.row) == (Fault.CHANGED, "audit_entry", 1)


def test_a_check_of_a_trail_without_a_head_fails_nothing(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_head WHERE chain = 'access_entry'"))
    with unit_of_work(fresh_engine) as session:
        found = audit.verify_and_note(session)
    assert [one.broken.fault if one.broken else None for one in found] == [None, Fault.HEAD_LOST]


def test_a_round_takes_reminds_checks_and_the_next_on_the_same_day_does_nothing(fresh_engine: Engine) -> None:
    now = datetime.now(UTC)
    with unit_of_work(fresh_engine) as session:
        here, _ = two_villages(session)
        member(session, here)
        reviewer(session, Role.SECRETARY, in_village(here))
        asked(session, Ask.ACCESS, now=now - timedelta(days=12))
        session.execute(
            text("INSERT INTO failed_attempt (account, network, at) VALUES ('a', 'n', :at)"),
            {"at": now - timedelta(days=2)},
        )
    first = make_round(fresh_engine, SITE, now)
    assert first.taken == {"attempts": 1}
    assert first.is_trail_whole
    assert first.letters == 1
    second = make_round(fresh_engine, SITE, now)
    assert (second.taken, second.letters, second.is_trail_whole) == ({}, 0, None)
    with unit_of_work(fresh_engine) as session:
        assert all(audit.verify(session, chain).broken is None for chain in Chain)

"""Reports told together and apart: there and back, never counted twice, never lost, and only by who moderates."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from tests.support.places import EAST, NORTH, SOUTH, WEST, add_village
from tests.support.reports import shown_report

from safemap.communities.service import study_area
from safemap.communities.tables import Village
from safemap.geo.crs import Lonlat
from safemap.hazards.life import Stage
from safemap.hazards.linked import linked_reports
from safemap.hazards.merging import (
    head_of,
    head_seen,
    merge_reports,
    merged_of_source,
    told_with,
    unmerge_report,
)
from safemap.hazards.publishing import FEW, public_reports
from safemap.hazards.retention import forget_links, forget_words
from safemap.hazards.rights import stop_report
from safemap.hazards.rules import (
    AlreadyTogether,
    CannotFollow,
    CannotLead,
    HazardNotFound,
    HazardState,
    InAnotherVillage,
    NotTogether,
    SameReport,
    Visibility,
)
from safemap.hazards.schemas import HazardReport
from safemap.hazards.service import (
    count_by_category,
    counts_seen,
    hazards_for_members,
    hazards_seen_in,
    report_by_follow_up,
    report_seen,
    reports_by_street,
    reports_seen,
    withdraw_report,
)
from safemap.hazards.tables import Hazard, HazardMerge, HazardSupport, HazardUpdate
from safemap.identity.rules import ANONYMOUS, Grant, MayNot, Role, Viewer

BESIDE = (EAST, SOUTH, EAST + 0.01, NORTH)
REPORTS = 6


def with_role(role: Role, *villages: Village) -> Viewer:
    return Viewer(person_id=1, grants=(Grant(role, frozenset(one.id for one in villages)),))


@pytest.fixture
def village(session: Session) -> Village:
    return add_village(session)


@pytest.fixture
def moderator(village: Village) -> Viewer:
    return with_role(Role.SECRETARY, village)


def send(session: Session, *, lon: float = WEST + 0.003, lat: float = SOUTH + 0.003, **changes: object) -> str:
    values = {"lon": lon, "lat": lat, "category": "lighting", "is_public_place": True, **changes}
    return shown_report(session, HazardReport.model_validate(values)).seen.public_id


def several(session: Session, number: int = 3) -> list[str]:
    return [send(session, lon=WEST + 0.003 + at * 1e-5, description=f"{at} 很暗") for at in range(number)]


def rows(session: Session) -> dict[str, dict[str, object]]:
    found = session.execute(select(Hazard.__table__)).mappings()
    return {str(row["public_id"]): {name: str(value) for name, value in row.items()} for row in found}


def say_so(session: Session, public_id: str, times: int = 1) -> None:
    own = session.scalars(select(Hazard.id).where(Hazard.public_id == public_id)).one()
    number = session.scalar(text("SELECT count(*) FROM hazard_support")) or 0
    for at in range(number, number + times):
        session.add(HazardSupport(public_id=f"s{at}", hazard_id=own, key_hash=str(at).encode()))
    session.flush()


def test_there_and_back_leaves_everything_as_it_was(session: Session, moderator: Viewer) -> None:
    one, other, _ = several(session)
    session.execute(text("UPDATE hazard SET state_since = now() - interval '40 days'"))
    session.expire_all()
    before = rows(session)
    assert merge_reports(session, moderator, one, other) == other
    merged = rows(session)[one]
    assert (merged["stage"], merged["state"]) == ("merged", "closed")
    unmerge_report(session, moderator, one)
    assert rows(session) == before
    assert session.scalars(select(HazardMerge)).all() == []


def test_every_reader_of_the_map_sees_one_report(session: Session, village: Village, moderator: Viewer) -> None:
    one, other, third = several(session)
    everywhere = Lonlat(shapely.box(WEST, SOUTH, EAST, NORTH))
    area = study_area(session, village.code)
    member = with_role(Role.RESIDENT, village)
    readers: dict[str, Callable[[], int]] = {
        "list": lambda: len(reports_seen(session, ANONYMOUS, [village.id])),
        "list of closed ones": lambda: len(reports_seen(session, moderator, [village.id], states=["closed"])) + 3,
        "map": lambda: len(hazards_seen_in(session, ANONYMOUS, everywhere)),
        "offline map": lambda: len(hazards_seen_in(session, member, everywhere, only_open=True)),
        "measuring": lambda: len(hazards_for_members(session, [village.id], everywhere, 0.0)),
        "hotspots": lambda: len(reports_by_street(session, [village.id])),
        "counts": lambda: sum(count_by_category(session, [village.id]).values()),
        "open counts": lambda: sum(count_by_category(session, [village.id], HazardState.OPEN).values()),
        "counts that are seen": lambda: sum(counts_seen(session, moderator, [village.id]).values()),
        "near ones": lambda: len(linked_reports(session, moderator, third)) + 1,
    }
    assert {name: read() for name, read in readers.items()} == dict.fromkeys(readers, 3)
    merge_reports(session, moderator, one, other)
    now = {name: read() for name, read in readers.items()}
    assert now == {**dict.fromkeys(readers, 2), "list of closed ones": 3}
    assert public_reports(session, area).total == 0  # all are at public places


def test_the_public_counts_of_private_places_count_it_once(
    session: Session, village: Village, moderator: Viewer
) -> None:
    ids = [send(session, is_public_place=False) for _ in range(3)]
    area = study_area(session, village.code)
    assert public_reports(session, area).total == 3
    merge_reports(session, moderator, ids[0], ids[1])
    assert public_reports(session, area).total == FEW


def test_who_opens_the_old_address_learns_where_it_went_and_both_say_so(session: Session, moderator: Viewer) -> None:
    one, other, _ = several(session)
    merge_reports(session, moderator, one, other)
    assert report_seen(session, ANONYMOUS, one).stage is Stage.MERGED
    assert head_of(session, one) == other
    assert head_of(session, other) is None
    head = head_seen(session, ANONYMOUS, one)
    assert head is not None
    assert (head.public_id, head.supporters) == (other, 1)
    assert [seen.public_id for seen in told_with(session, ANONYMOUS, other)] == [one]
    updates = session.execute(
        select(Hazard.public_id, HazardUpdate.to_stage, HazardUpdate.reason, HazardUpdate.actor, HazardUpdate.role)
        .join(HazardUpdate, HazardUpdate.hazard_id == Hazard.id)
        .where(HazardUpdate.reason != "")
        .order_by(HazardUpdate.id)
    ).all()
    assert [tuple(update) for update in updates] == [
        (one, "merged", "told_together", "moderator", "secretary"),
        (other, "open", "told_together", "moderator", "secretary"),
    ]
    session.commit()
    deeds = session.execute(
        text("SELECT verb, record, details FROM audit_entry WHERE kind = 'report' ORDER BY id DESC LIMIT 1")
    ).one()
    assert (deeds.verb, deeds.record, deeds.details) == ("merge", one, {"into": other})


def test_a_head_near_homes_is_not_told_to_a_visitor(session: Session, moderator: Viewer) -> None:
    public, private = send(session), send(session, is_public_place=False)
    merge_reports(session, moderator, public, private)
    assert head_seen(session, ANONYMOUS, public) is None
    assert head_seen(session, moderator, public) is not None
    assert told_with(session, moderator, private)[0].public_id == public


def test_what_is_told_with_a_third_goes_to_the_third_and_comes_back(session: Session, moderator: Viewer) -> None:
    one, other, third = several(session)
    before = rows(session)
    merge_reports(session, moderator, one, other)
    merge_reports(session, moderator, other, third)
    assert (head_of(session, one), head_of(session, other)) == (third, third)
    assert report_seen(session, moderator, third).supporters == 2
    unmerge_report(session, moderator, other)
    assert (head_of(session, one), head_of(session, other)) == (other, None)
    unmerge_report(session, moderator, one)
    assert rows(session) == before


def test_into_one_that_is_told_with_a_third_means_the_third(session: Session, moderator: Viewer) -> None:
    one, other, third = several(session)
    merge_reports(session, moderator, one, other)
    assert merge_reports(session, moderator, third, one) == other


def test_no_circle_and_nothing_twice(session: Session, moderator: Viewer) -> None:
    one, other, third = several(session)
    with pytest.raises(SameReport):
        merge_reports(session, moderator, one, one)
    merge_reports(session, moderator, one, other)
    with pytest.raises(SameReport):
        merge_reports(session, moderator, other, one)
    with pytest.raises(AlreadyTogether):
        merge_reports(session, moderator, one, third)
    with pytest.raises(NotTogether):
        unmerge_report(session, moderator, third)


def test_reports_of_two_villages_stay_two_and_the_village_is_named(session: Session, village: Village) -> None:
    beside = add_village(session, name="樟樹里", code="T002", box=BESIDE)
    one, other = send(session), send(session, lon=EAST + 0.005)
    with pytest.raises(InAnotherVillage) as refused:
        merge_reports(session, with_role(Role.SECRETARY, village, beside), one, other)
    assert "榕樹里" in str(refused.value)
    assert "樟樹里" in str(refused.value)
    assert refused.value.field == "into"


@pytest.mark.parametrize("role", [Role.RESIDENT, Role.VOLUNTEER])
def test_who_does_not_moderate_may_not(session: Session, village: Village, moderator: Viewer, role: Role) -> None:
    one, other, _ = several(session)
    for viewer in (with_role(role, village), ANONYMOUS):
        with pytest.raises(MayNot):
            merge_reports(session, viewer, one, other)
    merge_reports(session, moderator, one, other)
    with pytest.raises(MayNot):
        unmerge_report(session, with_role(role, village), one)


def test_who_may_not_see_a_report_does_not_learn_that_it_is_there(session: Session, village: Village) -> None:
    beside = add_village(session, name="樟樹里", code="T002", box=BESIDE)
    private = send(session, is_public_place=False)
    own = send(session, lon=EAST + 0.005)
    with pytest.raises(HazardNotFound):
        merge_reports(session, with_role(Role.SECRETARY, beside), own, private)
    assert village.id != beside.id


def test_a_closed_or_hidden_report_does_not_lead_and_a_settled_one_does_not_follow(
    session: Session, moderator: Viewer
) -> None:
    one, other, third = several(session)
    session.execute(text("UPDATE hazard SET stage = 'no_action' WHERE public_id = :other"), {"other": other})
    session.execute(text("UPDATE hazard SET visibility = 'held' WHERE public_id = :third"), {"third": third})
    session.expire_all()
    for head in (other, third):
        with pytest.raises(CannotLead):
            merge_reports(session, moderator, one, head)
    with pytest.raises(CannotFollow):
        merge_reports(session, moderator, other, one)
    assert merge_reports(session, moderator, third, one) == one  # a held one may follow one that is shown
    assert session.scalars(select(Hazard.visibility).where(Hazard.public_id == third)).one() == Visibility.HELD.value


def test_when_the_head_goes_the_oldest_leads_and_nothing_is_lost(session: Session, moderator: Viewer) -> None:
    taken = [
        shown_report(session, HazardReport(lon=WEST + 0.003, lat=SOUTH + 0.003, category="lighting")) for _ in range(4)
    ]
    ids = [one.seen.public_id for one in taken]
    for at, public_id in enumerate(ids):
        session.execute(
            text("UPDATE hazard SET reported_at = now() - make_interval(days => :days) WHERE public_id = :id"),
            {"days": 10 - at, "id": public_id},
        )
    session.expire_all()
    for follower in ids[1:]:
        merge_reports(session, moderator, follower, ids[0])
    withdraw_report(session, taken[0].follow_up)
    assert head_of(session, ids[1]) is None
    assert [head_of(session, one) for one in ids[2:]] == [ids[1], ids[1]]
    assert report_by_follow_up(session, taken[1].follow_up).supporters == 2
    unmerge_report(session, moderator, ids[2])
    assert report_seen(session, moderator, ids[2]).stage is Stage.OPEN


def test_when_one_in_between_goes_the_rest_stays_with_the_head(session: Session, moderator: Viewer) -> None:
    taken = [
        shown_report(session, HazardReport(lon=WEST + 0.003, lat=SOUTH + 0.003, category="lighting")) for _ in range(3)
    ]
    one, between, head = (made.seen.public_id for made in taken)
    merge_reports(session, moderator, one, between)
    merge_reports(session, moderator, between, head)
    withdraw_report(session, taken[1].follow_up)
    assert head_of(session, one) == head
    unmerge_report(session, moderator, one)
    assert report_seen(session, moderator, one).stage is Stage.OPEN


def test_a_head_that_rests_lets_its_followers_go(session: Session, moderator: Viewer) -> None:
    one, other, _ = several(session)
    merge_reports(session, moderator, one, other)
    stop_report(session, moderator, other)
    assert report_seen(session, ANONYMOUS, one).stage is Stage.OPEN


def test_words_and_links_are_kept_as_long_as_the_heads(session: Session, moderator: Viewer) -> None:
    one, other, _ = several(session)
    merge_reports(session, moderator, one, other)
    later = datetime.now(UTC) + timedelta(days=1)
    assert forget_words(session, later, is_dry=True) == 0
    session.execute(text("UPDATE hazard SET stage = 'verified_fixed' WHERE public_id = :id"), {"id": other})
    assert forget_words(session, later, is_dry=True) == 2
    assert forget_links(session, later, is_dry=True) == 2


def test_importing_again_leaves_what_was_told_together(session: Session, moderator: Viewer) -> None:
    one, other, _ = several(session)
    session.execute(text("UPDATE hazard SET source = 'list', source_id = 'a' WHERE public_id = :id"), {"id": one})
    assert merged_of_source(session, "list") == frozenset()
    merge_reports(session, moderator, one, other)
    assert merged_of_source(session, "list") == {"a"}


STEPS = st.lists(
    st.tuples(st.booleans(), st.integers(0, REPORTS - 1), st.integers(0, REPORTS - 1)), min_size=1, max_size=14
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, back=st.permutations(range(REPORTS)))
def test_whatever_is_put_together_and_apart_is_counted_once_and_comes_back(
    session: Session, village: Village, moderator: Viewer, steps: list[tuple[bool, int, int]], back: list[int]
) -> None:
    with session.begin_nested() as trial:
        ids = several(session, REPORTS)
        say_so(session, ids[0], 2)
        say_so(session, ids[3])
        session.expire_all()
        before, edges = rows(session), {}

        def head(one: str) -> str:
            return head(edges[one]) if one in edges else one

        for is_merge, at, to in steps:
            one, other = ids[at], ids[to]
            if is_merge and one not in edges and head(other) != one:
                assert merge_reports(session, moderator, one, other) == head(other)
                edges[one] = head(other)
            elif not is_merge and one in edges:
                unmerge_report(session, moderator, one)
                del edges[one]
            heads = {head(each) for each in ids}
            assert {each: head_of(session, each) or each for each in ids} == {each: head(each) for each in ids}
            listed = reports_seen(session, moderator, [village.id])
            assert {seen.public_id for seen in listed} == heads
            assert sum(1 + seen.supporters for seen in listed) == REPORTS + 3
            assert sum(count_by_category(session, [village.id]).values()) == len(heads)
        for at in back:
            if ids[at] in edges:
                unmerge_report(session, moderator, ids[at])
                del edges[ids[at]]
        assert rows(session) == before
        trial.rollback()
    session.expire_all()

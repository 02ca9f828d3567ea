"""A report's life in the database: who takes which step, what is seen of it, what is refused."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from tests.support.places import SOUTH, WEST, add_village
from tests.support.reports import shown_report

from safemap.communities.tables import Village
from safemap.hazards.feeds import told_to_all
from safemap.hazards.life import STATE_OF_STAGE, Actor, Need, Stage, Why
from safemap.hazards.living import (
    take_step,
    take_step_as_reporter,
    updates_by_follow_up,
    updates_seen,
    ways_of_reporter,
    ways_seen,
)
from safemap.hazards.moderating import moderate_text
from safemap.hazards.retention import forget_words
from safemap.hazards.rights import parts_of_report
from safemap.hazards.rules import (
    BelongsElsewhere,
    FollowUpUnknown,
    HazardNotFound,
    StepNeedsBody,
    StepNeedsReason,
    StepNeedsTarget,
    StepNotPossible,
    StepNotYours,
    StepOvertaken,
    TextState,
)
from safemap.hazards.schemas import HazardReport, NewStep
from safemap.hazards.service import Reported, remove_personal_details, take_report
from safemap.hazards.tables import Hazard
from safemap.identity.rules import ANONYMOUS, Grant, Role, Viewer

LON, LAT = WEST + 0.004, SOUTH + 0.004


@pytest.fixture
def village(session: Session) -> Village:
    return add_village(session)


@pytest.fixture
def taken(session: Session, village: Village) -> Reported:
    return shown_report(session, _report())


def _report(**changes: object) -> HazardReport:
    return HazardReport.model_validate({"lon": LON, "lat": LAT, "category": "lighting", **changes})


def somebody(village: Village, *roles: Role) -> Viewer:
    return Viewer(person_id=None, grants=tuple(Grant(role, frozenset({village.id})) for role in roles))


def step(of: Stage, to: Stage, **told: str) -> NewStep:
    return NewStep(from_stage=of, to_stage=to, **told)


def kept_of(session: Session, taken: Reported) -> Hazard:
    session.expire_all()
    return session.scalars(select(Hazard).where(Hazard.public_id == taken.seen.public_id)).one()


def test_states_of_stages_are_what_the_database_makes_of_them(session: Session) -> None:
    for stage, state in STATE_OF_STAGE.items():
        assert session.scalar(text("SELECT state_of_stage(:stage)"), {"stage": stage.value}) == state.value


def test_from_taken_on_to_checked_each_step_is_told_by_day_and_role(
    session: Session, village: Village, taken: Reported
) -> None:
    secretary, walker = somebody(village, Role.SECRETARY), somebody(village, Role.VOLUNTEER)
    public_id = taken.seen.public_id
    take_step(session, secretary, public_id, step(Stage.OPEN, Stage.ACKNOWLEDGED))
    take_step(session, secretary, public_id, step(Stage.ACKNOWLEDGED, Stage.REFERRED, body="lamps", words="已函請"))
    take_step(session, secretary, public_id, step(Stage.REFERRED, Stage.CLAIMED_FIXED))
    assert kept_of(session, taken).fixed_at is None
    take_step(session, walker, public_id, step(Stage.CLAIMED_FIXED, Stage.VERIFIED_FIXED))
    kept = kept_of(session, taken)
    assert (kept.stage, kept.state, kept.version) == ("verified_fixed", "fixed", 5)
    assert is_a_day(kept.fixed_at, kept.reported_at)  # the hour would tell when somebody walks
    seen = updates_seen(session, walker, public_id)
    told = [(one.to_stage, one.actor, one.role, one.body, one.words) for one in seen]
    assert told[1:] == [
        (Stage.ACKNOWLEDGED, Actor.STAFF, "secretary", "", ""),
        (Stage.REFERRED, Actor.STAFF, "secretary", "lamps", "已函請"),
        (Stage.CLAIMED_FIXED, Actor.STAFF, "secretary", "", ""),
        (Stage.VERIFIED_FIXED, Actor.PATROL, "volunteer", "", ""),
    ]
    assert abs((seen[-1].on - datetime.now(UTC).date()).days) <= 1


def is_a_day(moment: datetime | None, reported_at: datetime) -> bool:
    """Whether a moment tells no more than a day: that of the report, to its second, is known anyway."""
    assert moment is not None
    there = moment.astimezone(ZoneInfo("Asia/Taipei"))
    return moment == reported_at or there.time() == time(0)


def test_no_copy_and_no_feed_tells_the_hour_of_a_step(session: Session, village: Village, taken: Reported) -> None:
    old = datetime.now(UTC) - timedelta(days=40)
    session.execute(text("UPDATE hazard SET reported_at = :old, is_public_place = true"), {"old": old})
    session.expire_all()
    walker, public_id = somebody(village, Role.VOLUNTEER), taken.seen.public_id
    take_step(session, walker, public_id, step(Stage.OPEN, Stage.VERIFIED_FIXED))
    parts = parts_of_report(session, public_id)
    (told,) = told_to_all(session, [village.id])
    for moment in (
        told.changed_at,
        told.seen.fixed_at,
        parts["reports"][0]["state_since"],
        parts["reports"][0]["fixed_at"],
        parts["updates"][-1]["at"],
    ):
        assert isinstance(moment, datetime)
        assert moment > old
        assert moment.astimezone(ZoneInfo("Asia/Taipei")).time() == time(0)


def test_opening_again_forgets_when_it_was_fixed_and_tells_why(
    session: Session, village: Village, taken: Reported
) -> None:
    meeting = somebody(village, Role.SECRETARY)
    take_step(session, meeting, taken.seen.public_id, step(Stage.OPEN, Stage.VERIFIED_FIXED))
    assert updates_seen(session, meeting, taken.seen.public_id)[-1].actor is Actor.MEETING
    take_step_as_reporter(
        session, taken.follow_up, step(Stage.VERIFIED_FIXED, Stage.REOPENED, reason=Why.CAME_BACK, words="又暗了")
    )
    kept = kept_of(session, taken)
    assert (kept.state, kept.fixed_at) == ("open", None)
    own = updates_by_follow_up(session, taken.follow_up)[-1]
    assert (own.actor, own.role, own.reason, own.words) == (Actor.REPORTER, None, "came_back", "又暗了")


def test_what_a_reporter_writes_is_for_those_who_work_on_it(session: Session, village: Village) -> None:
    taken = shown_report(session, _report(is_public_place=True))
    secretary, public_id = somebody(village, Role.SECRETARY), taken.seen.public_id
    take_step(session, secretary, public_id, step(Stage.OPEN, Stage.CLAIMED_FIXED, words="已換燈泡"))
    again = step(Stage.CLAIMED_FIXED, Stage.REOPENED, reason=Why.STILL_THERE, words="住對面的還是看不到")
    take_step_as_reporter(session, taken.follow_up, again)
    assert updates_seen(session, secretary, public_id)[-1].words == again.words
    for viewer in (ANONYMOUS, somebody(village, Role.RESIDENT), somebody(village, Role.VOLUNTEER)):
        *_, claimed, opened = updates_seen(session, viewer, public_id)
        assert (claimed.words, opened.words, opened.reason) == ("已換燈泡", "", "still_there")


def test_who_may_not_see_a_report_learns_nothing_of_its_life(
    session: Session, village: Village, taken: Reported
) -> None:
    other = add_village(session, code="T002")
    outsider = somebody(other, Role.SECRETARY, Role.LEADER)
    for viewer in (ANONYMOUS, outsider):
        with pytest.raises(HazardNotFound):
            updates_seen(session, viewer, taken.seen.public_id)
        with pytest.raises(HazardNotFound):
            take_step(session, viewer, taken.seen.public_id, step(Stage.OPEN, Stage.ACKNOWLEDGED))
        assert ways_seen(session, viewer, taken.seen.public_id) == []
    held = take_report(session, _report(is_public_place=True))
    with pytest.raises(HazardNotFound):
        updates_seen(session, somebody(village, Role.VOLUNTEER), held.seen.public_id)


@pytest.mark.parametrize(
    ("role", "new", "refused"),
    [
        (Role.RESIDENT, step(Stage.OPEN, Stage.ACKNOWLEDGED), StepNotYours),
        (Role.VOLUNTEER, step(Stage.OPEN, Stage.ACKNOWLEDGED), StepNotYours),
        (Role.STATION_OFFICER, step(Stage.OPEN, Stage.VERIFIED_FIXED), StepNotYours),
        (Role.COUNTY_OFFICER, step(Stage.OPEN, Stage.NO_ACTION, reason=Why.NO_MEANS), StepNotYours),
        (Role.SECRETARY, step(Stage.OPEN, Stage.WITHDRAWN), StepNotYours),
        (Role.SECRETARY, step(Stage.OPEN, Stage.REOPENED, reason=Why.STILL_THERE), StepNotPossible),
        (Role.SECRETARY, step(Stage.OPEN, Stage.OPEN), StepNotPossible),
        (Role.SECRETARY, step(Stage.TRIAGED, Stage.OPEN), StepOvertaken),
        (Role.SECRETARY, step(Stage.OPEN, Stage.NO_ACTION), StepNeedsReason),
        (Role.SECRETARY, step(Stage.OPEN, Stage.NO_ACTION, reason=Why.STILL_THERE), StepNeedsReason),
        (Role.SECRETARY, step(Stage.OPEN, Stage.ACKNOWLEDGED, reason=Why.NO_MEANS), StepNeedsReason),
        (Role.SECRETARY, step(Stage.OPEN, Stage.REFERRED), StepNeedsBody),
        (Role.SECRETARY, step(Stage.OPEN, Stage.REFERRED, body="nobody"), StepNeedsBody),
        (Role.SECRETARY, step(Stage.OPEN, Stage.MERGED), StepNeedsTarget),
        (Role.SECRETARY, step(Stage.OPEN, Stage.ACKNOWLEDGED, words="他是通緝犯"), BelongsElsewhere),
    ],
)
def test_a_refused_step_changes_nothing(
    session: Session, village: Village, taken: Reported, role: Role, new: NewStep, refused: type[Exception]
) -> None:
    before = updates_by_follow_up(session, taken.follow_up)
    with pytest.raises(refused):
        take_step(session, somebody(village, role), taken.seen.public_id, new)
    kept = kept_of(session, taken)
    assert (kept.stage, kept.version) == ("open", 1)
    assert updates_by_follow_up(session, taken.follow_up) == before


def test_a_reporter_takes_back_or_checks_and_nothing_else(session: Session, taken: Reported) -> None:
    assert {way.to for way in ways_of_reporter(Stage.OPEN)} == {Stage.VERIFIED_FIXED, Stage.WITHDRAWN}
    with pytest.raises(StepNotYours):
        take_step_as_reporter(session, taken.follow_up, step(Stage.OPEN, Stage.CLAIMED_FIXED))
    with pytest.raises(FollowUpUnknown):
        take_step_as_reporter(session, "nobody's", step(Stage.OPEN, Stage.VERIFIED_FIXED))
    take_step_as_reporter(session, taken.follow_up, step(Stage.OPEN, Stage.WITHDRAWN))
    kept = kept_of(session, taken)
    assert (kept.state, kept.visibility) == ("closed", "hidden")


def test_every_way_that_is_offered_can_be_gone(session: Session, village: Village) -> None:
    told = {Need.REASON: {Stage.NO_ACTION: Why.NO_DANGER, Stage.REOPENED: Why.BY_MISTAKE}}
    gone = 0
    for role in (Role.SECRETARY, Role.LEADER, Role.VOLUNTEER, Role.STATION_OFFICER, Role.PRECINCT_REVIEWER):
        viewer = somebody(village, role)
        for stage in STATE_OF_STAGE:
            taken = shown_report(session, _report())
            kept = kept_of(session, taken)
            kept.stage = stage.value
            session.flush()
            for way in ways_seen(session, viewer, taken.seen.public_id):
                new = step(
                    stage,
                    way.to,
                    reason=told.get(way.need, {}).get(way.to, ""),
                    body="roads" if way.need is Need.BODY else "",
                )
                with session.begin_nested() as point:
                    take_step(session, viewer, taken.seen.public_id, new)
                    last = updates_by_follow_up(session, taken.follow_up)[-1]
                    assert (last.to_stage, last.actor, last.role) == (way.to, way.actor, role.value)
                    point.rollback()
                session.expire_all()
                gone += 1
    assert gone > 100


def test_showing_words_does_not_throw_back_who_works_on_it_already(session: Session, village: Village) -> None:
    taken = take_report(session, _report(description="路燈不亮"))
    secretary = somebody(village, Role.SECRETARY)
    take_step(session, secretary, taken.seen.public_id, step(Stage.SUBMITTED, Stage.SCHEDULED))
    moderate_text(session, secretary, taken.seen.public_id, TextState.SHOWN, "")
    kept = kept_of(session, taken)
    assert (kept.stage, kept.visibility) == ("scheduled", "shown")


def test_deleting_the_words_of_a_report_deletes_what_its_reporter_said_later_too(
    session: Session, village: Village, taken: Reported
) -> None:
    secretary = somebody(village, Role.SECRETARY)
    take_step(session, secretary, taken.seen.public_id, step(Stage.OPEN, Stage.CLAIMED_FIXED, words="已換燈泡"))
    again = step(Stage.CLAIMED_FIXED, Stage.REOPENED, reason=Why.STILL_THERE, words="還是暗的")
    take_step_as_reporter(session, taken.follow_up, again)
    said = [one["words"] for one in parts_of_report(session, taken.seen.public_id)["updates"]]
    assert said == ["", "已換燈泡", "還是暗的"]
    remove_personal_details(session, taken.follow_up)
    assert [one.words for one in updates_by_follow_up(session, taken.follow_up)] == ["", "已換燈泡", ""]


def test_words_of_steps_go_with_the_words_of_a_settled_report(
    session: Session, village: Village, taken: Reported
) -> None:
    secretary, public_id = somebody(village, Role.SECRETARY), taken.seen.public_id
    take_step(session, secretary, public_id, step(Stage.OPEN, Stage.VERIFIED_FIXED, words="會議確認"))
    for before, is_dry, left in ((1, False, "會議確認"), (-1, True, "會議確認"), (-1, False, "")):
        forget_words(session, datetime.now(UTC) - timedelta(days=before), is_dry=is_dry)
        session.expire_all()
        assert updates_seen(session, secretary, public_id)[-1].words == left

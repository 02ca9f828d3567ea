"""The table of a report's life: whole, and no way round what it forbids."""

from hypothesis import given
from hypothesis import strategies as st

from safemap.hazards.life import (
    ACTOR_NAMES,
    LIVE,
    REASONS_FOR,
    STAGE_NAMES,
    STATE_OF_STAGE,
    WHY_NAMES,
    Actor,
    Need,
    Stage,
    Why,
    steps,
    ways_from,
)
from safemap.hazards.rules import HazardState

STORED = st.sampled_from(sorted(STATE_OF_STAGE))
ACTORS = st.frozensets(st.sampled_from(sorted(Actor)))
EVERYBODY = frozenset(Actor)


def reached_from(stage: Stage, actors: frozenset[Actor] = EVERYBODY) -> set[Stage]:
    """Every stage that a report can come to from one by the hands of some."""
    found, waiting = {stage}, [stage]
    while waiting:
        further = set(ways_from(waiting.pop(), actors)) - found
        found |= further
        waiting += further
    return found


def test_every_stage_that_is_stored_can_be_reached_from_a_new_report() -> None:
    assert reached_from(Stage.SUBMITTED) == set(STATE_OF_STAGE)


def test_every_stage_actor_and_reason_has_a_name() -> None:
    assert set(STAGE_NAMES) == set(Stage)
    assert set(STATE_OF_STAGE) == set(Stage) - {Stage.DRAFT}
    assert set(ACTOR_NAMES) == set(Actor)
    assert set(WHY_NAMES) == set(Why) == {why for group in REASONS_FOR.values() for why in group}


def test_only_reporter_patrol_and_meeting_say_that_it_is_fixed_and_checked() -> None:
    into = {way: step for way, step in steps().items() if way[1] is Stage.VERIFIED_FIXED and way[0] is not Stage.MERGED}
    assert (Stage.CLAIMED_FIXED, Stage.VERIFIED_FIXED) in into
    assert all(step.actors == {Actor.REPORTER, Actor.PATROL, Actor.MEETING} for step in into.values())


def test_who_mends_and_who_moderates_cannot_get_there_by_any_detour_but_the_undoing_of_a_merge() -> None:
    assert Stage.VERIFIED_FIXED not in reached_from(Stage.SUBMITTED, frozenset({Actor.STAFF, Actor.SYSTEM}))
    detour = {
        stage
        for stage in STATE_OF_STAGE
        if Stage.VERIFIED_FIXED in ways_from(stage, frozenset({Actor.STAFF, Actor.MODERATOR, Actor.SYSTEM}))
    }
    assert detour == {Stage.MERGED}


def test_nothing_leads_out_of_withdrawn_and_only_its_reporter_leads_there() -> None:
    assert ways_from(Stage.WITHDRAWN, EVERYBODY) == {}
    into = [step.actors for (of, to), step in steps().items() if to is Stage.WITHDRAWN and of is not Stage.MERGED]
    assert set(into) == {frozenset({Actor.REPORTER})}


def test_a_reason_stands_where_one_is_asked_and_nowhere_else() -> None:
    asked = {to for (of, to), step in steps().items() if step.need is Need.REASON and of is not Stage.MERGED}
    assert asked == set(REASONS_FOR)
    told = {to for (of, to), step in steps().items() if step.need is not Need.REASON and of is not Stage.MERGED}
    assert not told & asked


def test_what_is_not_open_comes_back_only_by_being_opened_again() -> None:
    for (of, to), step in steps().items():
        if STATE_OF_STAGE[of] is not HazardState.OPEN and of is not Stage.MERGED and to in LIVE:
            assert (to, step.need) == (Stage.REOPENED, Need.REASON)


@given(STORED, ACTORS, st.data())
def test_a_walk_never_leaves_the_table_and_never_goes_by_a_hand_that_may_not(
    stage: Stage, actors: frozenset[Actor], data: st.DataObject
) -> None:
    for _ in range(12):
        ways = ways_from(stage, actors)
        for to, step in ways.items():
            assert to is not stage
            assert step is steps()[stage, to]
            assert step.actors & actors
        if not ways:
            break
        stage = data.draw(st.sampled_from(sorted(ways)))
        assert stage in STATE_OF_STAGE


@given(STORED, ACTORS, ACTORS)
def test_more_hands_never_have_fewer_ways(stage: Stage, some: frozenset[Actor], others: frozenset[Actor]) -> None:
    together = set(ways_from(stage, some | others))
    assert together == set(ways_from(stage, some)) | set(ways_from(stage, others))

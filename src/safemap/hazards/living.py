"""Use cases of a report's life: say how it stands, see what became of it, see what can come next."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from safemap.hazards import repository
from safemap.hazards.categories import Body
from safemap.hazards.life import REASONS_FOR, Actor, Need, Stage, Step, steps, ways_from
from safemap.hazards.routing_out import require_for_a_map
from safemap.hazards.rules import (
    TAIWAN,
    FollowUpUnknown,
    HazardNotFound,
    StepNeedsBody,
    StepNeedsReason,
    StepNeedsTarget,
    StepNotPossible,
    StepNotYours,
    StepOvertaken,
    TextState,
    Visibility,
    day_of,
)
from safemap.hazards.schemas import NewStep, UpdateSeen
from safemap.hazards.tables import Hazard, HazardUpdate
from safemap.hazards.together import let_go, stand_alone
from safemap.identity.permissions import may, permissions
from safemap.identity.rules import Kind, Role, Verb, Viewer
from safemap.identity.tokens import hash_of
from safemap.identity.trail import note

REPORTER = frozenset({Actor.REPORTER})

# Who somebody can be to a report, by all of these rights in its village; the first that a step is open to counts.
RIGHTS = {
    Actor.STAFF: ((Kind.REPORT, Verb.REVIEW), (Kind.REPORT, Verb.SEE_EXACT)),
    Actor.PATROL: ((Kind.REPORT, Verb.REVIEW), (Kind.PATROL_TIME, Verb.EDIT_OWN)),
    Actor.MEETING: ((Kind.REPORT, Verb.APPROVE),),
    Actor.MODERATOR: ((Kind.REPORT, Verb.MODERATE),),
}


@dataclass(frozen=True)
class Way:
    """Where a report can go next by somebody's hand, and as what they would say so."""

    to: Stage
    actor: Actor
    need: Need


def actors_of(viewer: Viewer, village_id: int) -> frozenset[Actor]:
    """As what a viewer can change a village's reports."""
    return frozenset(
        actor for actor, rights in RIGHTS.items() if all(may(viewer, verb, kind, [village_id]) for kind, verb in rights)
    )


def ways_seen(session: Session, viewer: Viewer, public_id: str) -> list[Way]:
    """Where a viewer can take a report next; nowhere, when they may not see it.

    Telling it together with another one, and taking that back, is done where both are seen.
    """
    kept = _seen_by(session, viewer, public_id)
    if kept is None or kept.stage == Stage.MERGED:
        return []
    actors = actors_of(viewer, kept.village_id)
    return [
        Way(to, _as_what(step, actors), step.need)
        for to, step in ways_from(Stage(kept.stage), actors).items()
        if step.need is not Need.TARGET
    ]


def ways_of_reporter(stage: Stage) -> list[Way]:
    """Where who holds a report's own link can take it next."""
    return [Way(to, Actor.REPORTER, step.need) for to, step in ways_from(stage, REPORTER).items()]


def take_step(session: Session, viewer: Viewer, public_id: str, new: NewStep) -> None:
    """Take a report to another stage; people see the step and the role, the audit trail knows who.

    Raises
    ------
    HazardNotFound
        No report has that id, or the viewer may not know of it.
    StepOvertaken
        It stands elsewhere than the viewer saw it stand.
    StepNotPossible, StepNotYours
        The table of steps does not allow it, at all or to this viewer.
    StepNeedsReason, StepNeedsBody, StepNeedsTarget
        What the step must be told with is missing.
    BelongsElsewhere
        The words speak of what no map may hold; nothing was kept.
    """
    kept = _seen_by(session, viewer, public_id)
    if kept is None:
        raise HazardNotFound(public_id)
    actor = _take(session, kept, actors_of(viewer, kept.village_id), new, lambda actor: _role_as(viewer, actor, kept))
    note(
        session,
        "take_step",
        "report",
        public_id,
        by=viewer,
        village_id=kept.village_id,
        purpose=new.reason,
        stage=new.to_stage.value,
        was=new.from_stage.value,
        actor=actor.value,
    )


def take_step_as_reporter(session: Session, follow_up: str, new: NewStep) -> None:
    """Take a report to another stage by its own link; what its reporter writes is for those who work on it.

    Raises
    ------
    FollowUpUnknown
        The link is not known any more.
    StepOvertaken, StepNotPossible, StepNotYours, StepNeedsReason, BelongsElsewhere
        As of `take_step`.
    """
    found = repository.by_follow_up(session, hash_of(follow_up))
    kept = repository.to_moderate(session, found.public_id) if found else None
    if kept is None:
        raise FollowUpUnknown
    session.refresh(kept)  # the lock may have waited for somebody else's step
    _take(session, kept, REPORTER, new, lambda _: None)


def updates_seen(session: Session, viewer: Viewer, public_id: str) -> list[UpdateSeen]:
    """What became of a report, first to last, as a viewer sees it.

    Raises
    ------
    HazardNotFound
        No report has that id, or the viewer may not know of it.
    """
    sight = repository.sight_of(viewer)
    if repository.by_public_id(session, sight, public_id) is None:
        raise HazardNotFound(public_id)
    return _updates(session, sight, public_id)


def updates_by_follow_up(session: Session, follow_up: str) -> list[UpdateSeen]:
    """What became of the report whose reporter holds a link.

    Raises
    ------
    FollowUpUnknown
        The link is not known any more.
    """
    kept = repository.by_follow_up(session, hash_of(follow_up))
    if kept is None:
        raise FollowUpUnknown
    return _updates(session, repository.ITS_REPORTERS, kept.public_id)


def _updates(session: Session, sight: repository.Sight, public_id: str) -> list[UpdateSeen]:
    names = list(UpdateSeen.model_fields)
    return [
        UpdateSeen(**dict(zip(names, (at.astimezone(TAIWAN).date(), *rest), strict=True)))
        for at, *rest in repository.updates_of(session, sight, public_id)
    ]


def _seen_by(session: Session, viewer: Viewer, public_id: str) -> Hazard | None:
    if repository.by_public_id(session, repository.sight_of(viewer), public_id) is None:
        return None
    return repository.to_moderate(session, public_id)


def _take(
    session: Session,
    kept: Hazard,
    actors: frozenset[Actor],
    new: NewStep,
    role_as: Callable[[Actor], Role | None],
) -> Actor:
    stage, to = Stage(kept.stage), new.to_stage
    step = _checked(stage, actors, new)
    actor = _as_what(step, actors)
    is_known = actor not in {Actor.REPORTER, Actor.PATROL}
    role = role_as(actor)
    if stage is Stage.MERGED:
        stand_alone(session, kept)
    if to is Stage.WITHDRAWN:
        let_go(session, kept)
    kept.stage = to.value
    kept.version += 1
    if to is Stage.VERIFIED_FIXED:
        kept.fixed_at = day_of(datetime.now(UTC), kept.reported_at)
    elif to is Stage.REOPENED:
        kept.fixed_at = None
    elif to is Stage.WITHDRAWN:
        kept.visibility = Visibility.HIDDEN.value
    update = HazardUpdate(
        hazard_id=kept.id,
        from_stage=stage.value,
        to_stage=to.value,
        actor=actor.value,
        role=role.value if role else None,
        reason=new.reason,
        body=new.body,
        words=new.words,
        words_state=(TextState.SHOWN if is_known or not new.words else TextState.HELD).value,
    )
    repository.add_update(session, update)
    return actor


def _checked(stage: Stage, actors: frozenset[Actor], new: NewStep) -> Step:
    """Return the step that is wanted, or refuse it."""
    to = new.to_stage
    if stage is not new.from_stage:
        raise StepOvertaken(stage)
    step = steps().get((stage, to))
    if step is None:
        raise StepNotPossible(stage, to, ways_from(stage, actors))
    if not step.actors & actors:
        raise StepNotYours(to, sorted(step.actors))
    if step.need is Need.TARGET:
        raise StepNeedsTarget
    reasons, bodies = REASONS_FOR[to] if step.need is Need.REASON else ("",), Body if step.need is Need.BODY else ("",)
    if new.reason not in reasons:
        raise StepNeedsReason(new.reason, filter(None, reasons))
    if new.body not in set(bodies):
        raise StepNeedsBody(new.body, filter(None, bodies))
    require_for_a_map(new.words)
    return step


def _as_what(step: Step, actors: frozenset[Actor]) -> Actor:
    return next(actor for actor in (Actor.REPORTER, *RIGHTS) if actor in step.actors & actors)


def _role_as(viewer: Viewer, actor: Actor, kept: Hazard) -> Role | None:
    """Return the role by which somebody is what they are to a report: the first of theirs that has all the rights."""
    able = frozenset(Role).intersection(*(permissions()[right] for right in RIGHTS[actor]))
    held = {
        grant.role
        for grant in viewer.grants
        if grant.role in able and (grant.village_ids is None or kept.village_id in grant.village_ids)
    }
    return next((role for role in Role if role in held), None)

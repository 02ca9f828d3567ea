"""The life of a report: its stages, and the one table of who may take it from which stage to which.

A *stage* is a fine step of a report's life; its *state* (open, fixed, closed) is what the public and every count go by,
and follows from the stage alone. Who sees a report is another matter (`rules.Visibility`).
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from safemap.hazards.rules import HazardState
from safemap.i18n import mark


class Stage(StrEnum):
    """Where a report stands."""

    DRAFT = "draft"  # on its reporter's phone: never in the database
    SUBMITTED = "submitted"
    TRIAGED = "triaged"
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    INVESTIGATING = "investigating"
    SCHEDULED = "scheduled"
    CLAIMED_FIXED = "claimed_fixed"
    VERIFIED_FIXED = "verified_fixed"
    MERGED = "merged"
    REFERRED = "referred"
    NO_ACTION = "no_action"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REOPENED = "reopened"


STATE_OF_STAGE = {
    Stage.SUBMITTED: HazardState.OPEN,
    Stage.TRIAGED: HazardState.OPEN,
    Stage.OPEN: HazardState.OPEN,
    Stage.ACKNOWLEDGED: HazardState.OPEN,
    Stage.INVESTIGATING: HazardState.OPEN,
    Stage.SCHEDULED: HazardState.OPEN,
    Stage.CLAIMED_FIXED: HazardState.OPEN,  # nobody has looked yet: the danger may be there
    Stage.REFERRED: HazardState.OPEN,  # somebody else's task, and still there
    Stage.REOPENED: HazardState.OPEN,
    Stage.VERIFIED_FIXED: HazardState.FIXED,
    Stage.MERGED: HazardState.CLOSED,
    Stage.NO_ACTION: HazardState.CLOSED,
    Stage.WITHDRAWN: HazardState.CLOSED,
    Stage.EXPIRED: HazardState.CLOSED,
}
STAGE_OF_STATE = {
    HazardState.OPEN: Stage.OPEN,
    HazardState.FIXED: Stage.VERIFIED_FIXED,
    HazardState.CLOSED: Stage.NO_ACTION,
}
"""What an imported report's state means: its source has looked."""

STAGE_NAMES = {
    Stage.DRAFT: mark("Not sent yet"),
    Stage.SUBMITTED: mark("Arrived"),
    Stage.TRIAGED: mark("Sorted"),
    Stage.OPEN: mark("Open"),
    Stage.ACKNOWLEDGED: mark("Taken on"),
    Stage.INVESTIGATING: mark("Being looked into"),
    Stage.SCHEDULED: mark("Work is planned"),
    Stage.CLAIMED_FIXED: mark("Said to be fixed, not checked yet"),
    Stage.VERIFIED_FIXED: mark("Fixed and checked"),
    Stage.MERGED: mark("Told together with another report"),
    Stage.REFERRED: mark("Handed to who is responsible"),
    Stage.NO_ACTION: mark("Closed without action"),
    Stage.WITHDRAWN: mark("Taken back by its reporter"),
    Stage.EXPIRED: mark("Rests: nobody heard of it for long"),
    Stage.REOPENED: mark("Open again"),
}


class Actor(StrEnum):
    """As what somebody changes a report's stage."""

    REPORTER = "reporter"  # who holds its own link
    MODERATOR = "moderator"
    STAFF = "staff"  # who works on reports
    PATROL = "patrol"  # who walked there
    MEETING = "meeting"  # the village's, written down by its secretary
    SYSTEM = "system"  # a date was reached


ACTOR_NAMES = {
    Actor.REPORTER: mark("Its reporter"),
    Actor.MODERATOR: mark("A moderator"),
    Actor.STAFF: mark("Who works on it"),
    Actor.PATROL: mark("A patrol"),
    Actor.MEETING: mark("The village's meeting"),
    Actor.SYSTEM: mark("safemap itself"),
}


class Why(StrEnum):
    """Why a report is closed or opened again: one of a few, so that it can be told to everybody."""

    NOTHING_THERE = "nothing_there"
    NO_DANGER = "no_danger"
    NO_MEANS = "no_means"
    NOT_OURS = "not_ours"
    STILL_THERE = "still_there"
    CAME_BACK = "came_back"
    HALF_DONE = "half_done"
    BY_MISTAKE = "by_mistake"


WHY_NAMES = {
    Why.NOTHING_THERE: mark("Nothing was found there"),
    Why.NO_DANGER: mark("Looked at, and found to be safe"),
    Why.NO_MEANS: mark("There are no means for it this year"),
    Why.NOT_OURS: mark("On private ground: its owner has to act"),
    Why.STILL_THERE: mark("It is still there"),
    Why.CAME_BACK: mark("It was mended and came back"),
    Why.HALF_DONE: mark("Only a part was mended"),
    Why.BY_MISTAKE: mark("That was said by mistake"),
}
REASONS_FOR = {
    Stage.NO_ACTION: (Why.NOTHING_THERE, Why.NO_DANGER, Why.NO_MEANS, Why.NOT_OURS),
    Stage.REOPENED: (Why.STILL_THERE, Why.CAME_BACK, Why.HALF_DONE, Why.BY_MISTAKE),
}


class Together(StrEnum):
    """Why an update stands at a report that is told together with another one, or was."""

    JOINED = "told_together"
    PARTED = "told_apart"
    NEW_HEAD = "new_head"


TOGETHER_NAMES = {
    Together.JOINED: mark("Two reports tell of one problem"),
    Together.PARTED: mark("Two reports that were told together stand by themselves again"),
    Together.NEW_HEAD: mark("The report that it was told with is gone"),
}


class Need(StrEnum):
    """What a step must be told with."""

    NOTHING = "-"
    REASON = "reason"
    BODY = "body"
    TARGET = "target"  # the report that it is told together with


# "live" stands for every stage in which a report is worked on; "*" for every stage.
TABLE = """
from            to              reporter moderator staff patrol meeting system  needs
submitted       triaged            .        x        .      .       .      .    -
submitted       open               .        x        .      .       .      x    -
triaged         open               .        x        x      .       .      .    -
live            acknowledged       .        .        x      .       .      .    -
live            investigating      .        .        x      .       .      .    -
live            scheduled          .        .        x      .       .      .    -
live            claimed_fixed      .        .        x      .       .      .    -
live            verified_fixed     x        .        .      x       x      .    -
live            referred           .        x        x      .       .      .    body
live            no_action          .        x        x      .       .      .    reason
live            merged             .        x        .      .       .      .    target
live            expired            .        .        .      .       .      x    -
claimed_fixed   reopened           x        .        x      x       x      .    reason
verified_fixed  reopened           x        .        x      x       x      .    reason
referred        reopened           .        .        x      .       x      .    reason
no_action       reopened           .        .        x      .       x      .    reason
expired         reopened           x        .        x      x       x      .    reason
merged          *                  .        x        .      .       .      .    -
*               withdrawn          x        .        .      .       .      .    -
"""
LIVE = frozenset(stage for stage, state in STATE_OF_STAGE.items() if state is HazardState.OPEN)


@dataclass(frozen=True)
class Step:
    """A way from one stage to another: who may go it, and what it needs."""

    actors: frozenset[Actor]
    need: Need


@cache
def steps() -> dict[tuple[Stage, Stage], Step]:
    """Return the table: each allowed step, by from and to."""
    head, *rows = TABLE.strip().splitlines()
    actors = [Actor(name) for name in head.split()[2:-1]]
    found: dict[tuple[Stage, Stage], Step] = {}
    for row in rows:
        of, to, *cells, need = row.split()
        step = Step(frozenset(actor for actor, cell in zip(actors, cells, strict=True) if cell == "x"), Need(need))
        for one in _named(of):
            found.update(((one, other), step) for other in _named(to) if other is not one)
    return found


def ways_from(stage: Stage, actors: frozenset[Actor]) -> dict[Stage, Step]:
    """Return where a report can go from a stage by the hand of some actors, in the order of a report's life."""
    return {to: step for to in Stage if (step := steps().get((stage, to))) is not None and step.actors & actors}


def _named(name: str) -> frozenset[Stage]:
    if name == "*":
        return frozenset(STATE_OF_STAGE) - {Stage.MERGED, Stage.WITHDRAWN}
    return LIVE if name == "live" else frozenset({Stage(name)})

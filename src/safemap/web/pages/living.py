"""How a report stands: who works on it says so on its page, its reporter on their own."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from safemap.hazards.categories import BODY_NAMES
from safemap.hazards.life import ACTOR_NAMES, REASONS_FOR, STAGE_NAMES, TOGETHER_NAMES, WHY_NAMES, Actor, Need, Stage
from safemap.hazards.living import Way, take_step, take_step_as_reporter
from safemap.hazards.rules import DESCRIPTION_LIMIT, FOLLOW_UP_PATH
from safemap.hazards.schemas import HazardSeen, NewStep, UpdateSeen
from safemap.i18n import mark
from safemap.identity.rules import ROLE_NAMES, Kind, Verb, Viewer
from safemap.web.deps import Db
from safemap.web.pages._common import TAIWAN
from safemap.web.permits import open_to_all, who_may_somewhere

router = APIRouter()

Sent = Annotated[NewStep, Form()]
WAY_NAMES = {
    Stage.ACKNOWLEDGED: mark("Take it on"),
    Stage.INVESTIGATING: mark("Look into it"),
    Stage.SCHEDULED: mark("Say that work is planned"),
    Stage.CLAIMED_FIXED: mark("Say that it is fixed"),
    Stage.VERIFIED_FIXED: mark("I was there: it is fixed"),
    Stage.REFERRED: mark("Hand it to who is responsible"),
    Stage.NO_ACTION: mark("Close it without action"),
    Stage.REOPENED: mark("Open the report again"),
}
BY_MEETING = {Stage.VERIFIED_FIXED: mark("The meeting found it fixed")}
DONE = {"step": mark("Written down. Whoever sees this report reads it below.")}


@router.post("/hazards/{public_id}/steps")
def step(
    session: Db, viewer: Annotated[Viewer, who_may_somewhere(Verb.REVIEW, Kind.REPORT)], public_id: str, new: Sent
) -> Response:
    """Say how a report stands."""
    take_step(session, viewer, public_id, new)
    return RedirectResponse(f"/hazards/{public_id}?done=step", status_code=303)


@router.post(FOLLOW_UP_PATH + "{follow_up}/steps", dependencies=[open_to_all(Verb.EDIT_OWN, Kind.REPORT)])
def reporters_step(session: Db, follow_up: str, new: Sent) -> Response:
    """Say as its reporter that it is fixed, or that it is not."""
    take_step_as_reporter(session, follow_up, new)
    return RedirectResponse(f"{FOLLOW_UP_PATH}{follow_up}?done=step", status_code=303)


def life_of(seen: HazardSeen, updates: Sequence[UpdateSeen], ways: Sequence[Way]) -> dict[str, Any]:
    """Return what a page needs to tell a report's life and to offer the next steps.

    Whether a new report comes onto the map is decided on the page of moderation, with its words before one's eyes.
    """
    return {
        "updates": updates or _as_it_stands(seen),
        "ways": [way for way in ways if way.to in WAY_NAMES],
        "name_of_way": lambda way: (BY_MEETING if way.actor is Actor.MEETING else {}).get(way.to, WAY_NAMES[way.to]),
        "is_own": any(way.actor is Actor.REPORTER for way in ways),
        "Need": Need,
        "stage_names": STAGE_NAMES,
        "actor_names": ACTOR_NAMES,
        "role_names": ROLE_NAMES,
        "body_names": BODY_NAMES,
        "why_names": {**WHY_NAMES, **TOGETHER_NAMES},
        "reasons_for": REASONS_FOR,
        "words_limit": DESCRIPTION_LIMIT,
    }


def _as_it_stands(seen: HazardSeen) -> list[UpdateSeen]:
    """Tell what is known of a report from another source, or older than steps: that it came, when it was fixed."""
    known = [(seen.reported_at, Stage.SUBMITTED)]
    if seen.fixed_at is not None:
        known.append((seen.fixed_at, Stage.VERIFIED_FIXED))
    return [
        UpdateSeen(on=at.astimezone(TAIWAN).date(), from_stage=None, to_stage=stage, actor=Actor.SYSTEM)
        for at, stage in known
    ]

"""Moderation: words that are shown or hidden once somebody has read them, places that are said to be public."""

from sqlalchemy.orm import Session

from safemap.hazards import repository
from safemap.hazards.life import Actor, Stage, steps
from safemap.hazards.rules import HazardNotFound, TextState, Visibility
from safemap.hazards.schemas import HazardSeen
from safemap.hazards.service import Looking, noted, seen_row
from safemap.hazards.tables import Hazard, HazardUpdate
from safemap.identity.permissions import require
from safemap.identity.rules import Kind, Verb, Viewer
from safemap.identity.trail import note


def moderate_text(session: Session, viewer: Viewer, public_id: str, decision: TextState, reason: str) -> None:
    """Show or hide a report's words, or hold them back again; who did it and why goes into the trail.

    A report that waited until somebody looked is on the map with the first decision about its words.

    Raises
    ------
    HazardNotFound
        No report has that id, or the viewer may not know of it.
    MayNot
        The viewer does not moderate there.
    """
    kept = _to_moderate(session, viewer, public_id)
    kept.text_state = decision.value
    if decision is not TextState.HELD and kept.visibility == Visibility.HELD.value:
        kept.visibility = Visibility.SHOWN.value
        if (Stage(kept.stage), Stage.OPEN) in steps():  # else somebody works on it already
            _step(session, kept, Stage.OPEN, Actor.MODERATOR)
    session.flush()
    note(session, decision.value, "report_text", public_id, by=viewer, village_id=kept.village_id, purpose=reason)


def moderate_place(session: Session, viewer: Viewer, public_id: str, *, is_public: bool, reason: str) -> None:
    """Say whether a report's place is a public one: its reporter may have been mistaken.

    Raises
    ------
    HazardNotFound
        No report has that id, or the viewer may not know of it.
    MayNot
        The viewer does not moderate there.
    """
    kept = _to_moderate(session, viewer, public_id)
    kept.is_public_place = is_public
    session.flush()
    verb = "call_public" if is_public else "call_private"
    note(session, verb, "report_place", public_id, by=viewer, village_id=kept.village_id, purpose=reason)


def held_words(session: Session, viewer: Viewer, limit: int = 100) -> list[HazardSeen]:
    """Reports whose words wait for the viewer to look, oldest first."""
    found = [seen_row(row) for row in repository.held_words(session, viewer, limit)]
    return noted(session, viewer, found, Looking.WORDS)


def _step(session: Session, kept: Hazard, to: Stage, actor: Actor) -> None:
    update = HazardUpdate(hazard_id=kept.id, from_stage=kept.stage, to_stage=to.value, actor=actor.value)
    kept.stage = to.value
    repository.add_update(session, update)


def _to_moderate(session: Session, viewer: Viewer, public_id: str) -> Hazard:
    # Who may not see it does not learn that it is there.
    is_seen = repository.by_public_id(session, repository.sight_of(viewer), public_id) is not None
    kept = repository.to_moderate(session, public_id) if is_seen else None
    if kept is None:
        raise HazardNotFound(public_id)
    require(viewer, Verb.MODERATE, Kind.REPORT, [kept.village_id])
    return kept

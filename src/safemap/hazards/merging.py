"""Reports that tell of one problem are told together: one is the head, the others lead to it, and may part again.

Each keeps its id, its words and its followers. A report that is told with another one has left the map and every
count; whoever opens it learns where it went. Both sides see it as an update; who did it stands in the audit trail.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from safemap.communities import service as communities
from safemap.hazards import repository
from safemap.hazards.life import LIVE, Stage, Together
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
from safemap.hazards.schemas import HazardSeen
from safemap.hazards.service import seen_of
from safemap.hazards.tables import Hazard, HazardMerge
from safemap.hazards.together import lead, part, tell, told_with_ids
from safemap.identity.permissions import require
from safemap.identity.rules import Kind, Verb, Viewer
from safemap.identity.trail import note

LOCK = 0x70_6E_E7
"""Of PostgreSQL's advisory locks, with a village's number: its reports are put together and apart one after another."""


def merge_reports(session: Session, viewer: Viewer, public_id: str, into_public_id: str) -> str:
    """Tell a report together with another one; returns the head's public id.

    Where the other one is told with a third, that one is the head; what was told with this one goes along.

    Raises
    ------
    HazardNotFound
        One of them does not exist, or the viewer may not know of it.
    MayNot
        The viewer does not moderate there.
    InAnotherVillage, SameReport, AlreadyTogether, CannotLead, CannotFollow
        The two cannot be told together.
    """
    kept, other = _to_moderate(session, viewer, public_id), _to_moderate(session, viewer, into_public_id)
    if kept.village_id != other.village_id:
        raise InAnotherVillage(*(communities.names_of(session, [one.village_id])[0] for one in (kept, other)))
    _take_turns(session, kept, other)
    head = _by_id(session, other.merged_into_id) if other.merged_into_id is not None else other
    _require_fit(kept, head)
    session.add(HazardMerge(hazard_id=kept.id, into_id=head.id, from_stage=kept.stage, state_since=kept.state_since))
    tell(session, kept, Stage.MERGED, viewer, Together.JOINED)
    tell(session, head, Stage(head.stage), viewer, Together.JOINED)
    lead(session, [kept.id, *told_with_ids(session, kept.id)], head.id)
    note(session, "merge", "report", kept.public_id, by=viewer, village_id=kept.village_id, into=head.public_id)
    return head.public_id


def unmerge_report(session: Session, viewer: Viewer, public_id: str) -> None:
    """Let a report stand by itself again, as it was; what was told with it before comes along.

    Raises
    ------
    HazardNotFound
        It does not exist, or the viewer may not know of it.
    MayNot
        The viewer does not moderate there.
    NotTogether
        It stands by itself.
    """
    kept = _to_moderate(session, viewer, public_id)
    _take_turns(session, kept)
    if kept.merged_into_id is None:
        raise NotTogether
    head = _by_id(session, kept.merged_into_id)
    part(session, kept, viewer, Together.PARTED)
    tell(session, head, Stage(head.stage), viewer, Together.PARTED)
    note(session, "unmerge", "report", kept.public_id, by=viewer, village_id=kept.village_id, out_of=head.public_id)


def head_of(session: Session, public_id: str) -> str | None:
    """Return the public id of the report that one is told together with; None: it stands by itself, or is gone."""
    head = aliased(Hazard)
    return session.scalar(
        select(head.public_id).join(Hazard, Hazard.merged_into_id == head.id).where(Hazard.public_id == public_id)
    )


def head_seen(session: Session, viewer: Viewer, public_id: str) -> HazardSeen | None:
    """Return the report that one is told together with, as a viewer sees it; None also when they may not."""
    head = head_of(session, public_id)
    if head is None:
        return None
    return next(iter(seen_of(session, viewer, [head])), None)


def told_with(session: Session, viewer: Viewer, public_id: str) -> list[HazardSeen]:
    """Return the reports that are told together with one, oldest first, as far as a viewer sees them."""
    head = aliased(Hazard)
    found = session.scalars(
        select(Hazard.public_id)
        .join(head, Hazard.merged_into_id == head.id)
        .where(head.public_id == public_id)
        .order_by(Hazard.reported_at, Hazard.id)
    ).all()
    return seen_of(session, viewer, found)


def merged_of_source(session: Session, source: str) -> frozenset[str]:
    """Return a source's own ids of its reports that are told together with others: importing them leaves that."""
    found = session.scalars(select(Hazard.source_id).where(Hazard.source == source, Hazard.merged_into_id.is_not(None)))
    return frozenset(source_id for source_id in found if source_id is not None)


def _require_fit(kept: Hazard, head: Hazard) -> None:
    if head.id == kept.id:
        raise SameReport
    if kept.merged_into_id is not None:
        raise AlreadyTogether
    if Stage(kept.stage) not in LIVE:
        raise CannotFollow
    is_as_visible = head.visibility in {Visibility.SHOWN.value, kept.visibility}
    if head.state == HazardState.CLOSED.value or not is_as_visible:
        raise CannotLead


def _take_turns(session: Session, *reports: Hazard) -> None:
    """Wait until nobody else puts this village's reports together, then read them as they are now."""
    session.execute(select(func.pg_advisory_xact_lock(LOCK, reports[0].village_id)))
    for one in reports:
        session.refresh(one)


def _by_id(session: Session, hazard_id: int) -> Hazard:
    return session.get_one(Hazard, hazard_id, populate_existing=True)


def _to_moderate(session: Session, viewer: Viewer, public_id: str) -> Hazard:
    if repository.by_public_id(session, repository.sight_of(viewer), public_id) is None:
        raise HazardNotFound(public_id)
    kept = session.scalars(select(Hazard).where(Hazard.public_id == public_id)).one()
    require(viewer, Verb.MODERATE, Kind.REPORT, [kept.village_id])
    return kept

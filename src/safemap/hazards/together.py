"""How reports hang together: what leads to which head, and how one parts from it. Rows alone, nobody's rights."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from safemap.hazards import repository
from safemap.hazards.life import Actor, Stage, Together
from safemap.hazards.tables import Hazard, HazardMerge, HazardUpdate
from safemap.identity.rules import Role, Viewer


def let_go(session: Session, leaving: Hazard) -> None:
    """Before a report goes or rests for good: what was told with it stays together.

    Under the head that it was told with itself; and without one, under the oldest of them.
    """
    followers = session.scalars(
        select(Hazard)
        .join(HazardMerge, HazardMerge.hazard_id == Hazard.id)
        .where(HazardMerge.into_id == leaving.id)
        .order_by(Hazard.reported_at, Hazard.id)
        .with_for_update(of=Hazard)
    ).all()
    own = session.get(HazardMerge, leaving.id)
    if followers and own is not None:
        _point(session, followers, own.into_id)
    elif followers:
        first, *others = followers
        part(session, first, None, Together.NEW_HEAD)
        _point(session, others, first.id)
        lead(session, _below(session, first.id), first.id)


def _point(session: Session, followers: Sequence[Hazard], into_id: int) -> None:
    ids = [one.id for one in followers]
    session.execute(update(HazardMerge).where(HazardMerge.hazard_id.in_(ids)).values(into_id=into_id))


def stand_alone(session: Session, kept: Hazard) -> None:
    """Before a report rests for good: it is told with no other one any more."""
    if kept.merged_into_id is not None:
        part(session, kept, None, Together.PARTED)


def part(session: Session, kept: Hazard, viewer: Viewer | None, reason: Together) -> None:
    """Put a report back as it was, with all that was told with it before it was told with another one."""
    edge = session.get_one(HazardMerge, kept.id)
    stage, since = Stage(edge.from_stage), edge.state_since
    session.delete(edge)
    kept.merged_into_id = None
    tell(session, kept, stage, viewer, reason)
    # Its stage set the moment to now, by a trigger; it was open all along.
    session.execute(update(Hazard).where(Hazard.id == kept.id).values(state_since=since))
    lead(session, _below(session, kept.id), kept.id)
    session.refresh(kept)


def tell(session: Session, kept: Hazard, to: Stage, viewer: Viewer | None, reason: Together) -> None:
    """Add an update, and go the step if it is one."""
    roles = sorted(viewer.roles - {Role.VISITOR}) if viewer else []
    repository.add_update(
        session,
        HazardUpdate(
            hazard_id=kept.id,
            from_stage=kept.stage,
            to_stage=to.value,
            actor=(Actor.MODERATOR if viewer else Actor.SYSTEM).value,
            role=roles[0] if roles else None,
            reason=reason.value,
        ),
    )
    kept.stage = to.value
    session.flush()


def lead(session: Session, ids: list[int], head_id: int) -> None:
    """Have reports lead to a head."""
    if ids:
        statement = update(Hazard).where(Hazard.id.in_(ids)).values(merged_into_id=head_id)
        session.execute(statement.execution_options(synchronize_session="fetch"))


def _below(session: Session, hazard_id: int) -> list[int]:
    """Return the ids of all that lead to a report, over however many steps."""
    below = select(HazardMerge.hazard_id).where(HazardMerge.into_id == hazard_id).cte("below", recursive=True)
    below = below.union(
        select(HazardMerge.hazard_id).join(below, HazardMerge.into_id == below.c.hazard_id)
    )  # union, not union all: it ends also where there were a circle
    return list(session.scalars(select(below.c.hazard_id)))


def told_with_ids(session: Session, head_id: int) -> list[int]:
    """Return the ids of all that are told together with a head."""
    return list(session.scalars(select(Hazard.id).where(Hazard.merged_into_id == head_id)))

"""People who say so too: each counts once for a report, may add a note, and can take both back by a link of their own.

They need no account: a browser sends a random key, of which a hash is kept, so that asking twice counts once. Their
number is told wherever the report is; it raises no statistic, for one danger stays one danger.
"""

import base64
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from safemap.hazards import repository
from safemap.hazards.life import Stage
from safemap.hazards.merging import head_of
from safemap.hazards.routing_out import require_for_a_map
from safemap.hazards.rules import (
    HazardNotFound,
    HazardState,
    NothingToSupport,
    SupportUnknown,
    TextState,
    Visibility,
    WrongSentKey,
)
from safemap.hazards.schemas import HazardSeen
from safemap.hazards.sent import KEY
from safemap.hazards.service import new_public_id, seen_by_its_reporter, seen_of
from safemap.hazards.tables import Hazard, HazardSupport
from safemap.identity.keys import Keys
from safemap.identity.permissions import require
from safemap.identity.rules import Kind, Verb, Viewer
from safemap.identity.tokens import hash_of
from safemap.identity.trail import note as note_deed

NOTES_AT_ONCE = 200


@dataclass(frozen=True)
class Supported:
    """What somebody who said so too is told.

    Parameters
    ----------
    seen
        The report, as they see it.
    link
        The token of their own link; only its hash is kept. Empty when this browser had said so with another note:
        then it was told the link before.
    is_first
        False: this browser had said so before, and nothing was added.
    """

    seen: HazardSeen
    link: str
    is_first: bool


@dataclass(frozen=True)
class Note:
    """What somebody who says so too added, of which report."""

    public_id: str
    report_id: str
    category: str
    at: datetime
    words: str
    state: TextState


@dataclass(frozen=True)
class Support:
    """What is kept of somebody who said so too.

    Parameters
    ----------
    report_id
        Of the report that they said it of; `head_id`: of the one that it is told with by now, whose stage it is.
    """

    report_id: str
    head_id: str
    category: str
    village_key: str
    village_name: str
    stage: Stage
    at: datetime
    note: str
    note_state: TextState


def support_report(
    session: Session,
    viewer: Viewer,
    keys: Keys,
    public_id: str,
    sent_key: str,
    note: str = "",
    notice_version: str | None = None,
) -> Supported:
    """Note that somebody says so too; the same key for the same report is answered as the first time.

    A note waits until a moderator has read it. Said of a report that is told together with another one, it counts for
    both, and stays with this one should they part.

    Raises
    ------
    HazardNotFound
        The viewer may not know of the report, or it is not on the map.
    NothingToSupport
        It is fixed or closed.
    BelongsElsewhere
        The note speaks of what no map may hold; nothing was stored.
    WrongSentKey
        The key is none.
    """
    kept = _on_the_map(session, viewer, public_id)
    if not KEY.fullmatch(sent_key):
        raise WrongSentKey
    require_for_a_map(note)
    made = keys.hashed("link of who says so too", f"{public_id} {sent_key} {note}")
    link = base64.urlsafe_b64encode(made).decode().rstrip("=")
    added = session.execute(
        insert(HazardSupport)
        .values(
            public_id=new_public_id(),
            hazard_id=kept.id,
            key_hash=keys.hashed("key of who says so too", f"{public_id} {sent_key}"),
            link_hash=hash_of(link),
            note=note,
            note_state=(TextState.HELD if note else TextState.SHOWN).value,
            notice_version=notice_version,
        )
        .on_conflict_do_nothing(index_elements=[HazardSupport.key_hash])
        .returning(HazardSupport.id)
    ).scalar()
    seen = seen_of(session, viewer, [_told_as(session, viewer, kept)])[0]
    is_known = session.scalar(select(HazardSupport.id).where(HazardSupport.link_hash == hash_of(link))) is not None
    return Supported(seen, link if is_known else "", added is not None)


def _told_as(session: Session, viewer: Viewer, kept: Hazard) -> str:
    """Return the id under which the report is told to the viewer: the head's, if they see that."""
    head = head_of(session, kept.public_id)
    return head if head is not None and seen_of(session, viewer, [head]) else kept.public_id


def support_of_link(session: Session, link: str) -> Support:
    """Return what is kept of who holds a link.

    Raises
    ------
    SupportUnknown
        The link is not known.
    """
    row = _by_link(session, link)
    report = session.get_one(Hazard, row.hazard_id)
    head_id = head_of(session, report.public_id) or report.public_id
    seen, head = (seen_by_its_reporter(session, one) for one in (report.public_id, head_id))
    return Support(
        report_id=report.public_id,
        head_id=head_id,
        category=seen.category,
        village_key=seen.village_key,
        village_name=seen.village_name,
        stage=head.stage,
        at=row.at,
        note=row.note,
        note_state=TextState(row.note_state),
    )


def take_back(session: Session, link: str) -> None:
    """Delete what somebody said, at their wish.

    Raises
    ------
    SupportUnknown
        The link is not known.
    """
    session.delete(_by_link(session, link))
    session.flush()


def remove_note(session: Session, link: str) -> None:
    """Delete somebody's note at their wish; that they say so too stays.

    Raises
    ------
    SupportUnknown
        The link is not known.
    """
    row = _by_link(session, link)
    row.note, row.note_state = "", TextState.SHOWN.value
    session.flush()


def notes_of(session: Session, viewer: Viewer, public_id: str) -> list[Note]:
    """Return the notes of those who say so too of a report, oldest first: the shown ones, and to moderators all.

    Notes of reports that are told together with it are among them.
    """
    sight = repository.sight_of(viewer)
    reads = or_(HazardSupport.note_state == TextState.SHOWN.value, sight.reads_all_words)
    root = select(Hazard.id).where(Hazard.public_id == public_id).scalar_subquery()
    is_of = or_(Hazard.id == root, Hazard.merged_into_id == root)
    return _notes(session, is_of, sight.is_seen, reads, HazardSupport.note != "")


def waiting_notes(session: Session, viewer: Viewer, limit: int = 100) -> list[Note]:
    """Notes that wait for the viewer to look, oldest first."""
    sight = repository.sight_of(viewer)
    is_held = HazardSupport.note_state == TextState.HELD.value
    return _notes(session, is_held, repository.moderates(viewer), sight.is_seen)[:limit]


def _notes(session: Session, *conditions: ColumnElement[bool]) -> list[Note]:
    rows = session.execute(
        select(HazardSupport, Hazard.public_id, Hazard.category)
        .join(Hazard, Hazard.id == HazardSupport.hazard_id)
        .where(*conditions)
        .order_by(HazardSupport.at, HazardSupport.id)
        .limit(NOTES_AT_ONCE)
    )
    return [
        Note(said.public_id, report_id, category, said.at, said.note, TextState(said.note_state))
        for said, report_id, category in rows
    ]


def moderate_note(session: Session, viewer: Viewer, public_id: str, decision: TextState, reason: str) -> None:
    """Show or hide a note, or hold it back again.

    Raises
    ------
    SupportUnknown
        There is no such note.
    MayNot
        The viewer does not moderate there.
    """
    row = session.scalars(
        select(HazardSupport).where(HazardSupport.public_id == public_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise SupportUnknown
    kept = session.get_one(Hazard, row.hazard_id)
    require(viewer, Verb.MODERATE, Kind.REPORT, [kept.village_id])
    row.note_state = decision.value
    session.flush()
    note_deed(
        session, decision.value, "report_note", kept.public_id, by=viewer, village_id=kept.village_id, purpose=reason
    )


def _on_the_map(session: Session, viewer: Viewer, public_id: str) -> Hazard:
    if repository.by_public_id(session, repository.sight_of(viewer), public_id) is None:
        raise HazardNotFound(public_id)
    kept = session.scalars(select(Hazard).where(Hazard.public_id == public_id)).one()
    if kept.visibility != Visibility.SHOWN.value:
        raise HazardNotFound(public_id)
    head = session.get_one(Hazard, kept.merged_into_id) if kept.merged_into_id is not None else kept
    if head.state != HazardState.OPEN.value:
        raise NothingToSupport
    return kept


def _by_link(session: Session, link: str) -> HazardSupport:
    row = session.scalars(select(HazardSupport).where(HazardSupport.link_hash == hash_of(link))).one_or_none()
    if row is None:
        raise SupportUnknown
    return row

"""What is forgotten of reports some time after they were fixed or closed; imported ones are their source's business."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from safemap.communities.tables import Village
from safemap.db.sweeping import sweep, wipe
from safemap.hazards.rules import STREET_ACCURACY_M, HazardState, TextState
from safemap.hazards.tables import Hazard, HazardPhoto, HazardSupport, HazardUpdate

SAME_PLACE_DEG = 1e-7
"""A centimetre."""


def _settled(before: datetime) -> tuple[ColumnElement[bool], ...]:
    """Settled before a moment; one that is told together with another is settled with that one."""
    head = aliased(Hazard)
    is_over = and_(Hazard.state != HazardState.OPEN.value, Hazard.state_since < before)
    is_heads = (
        select(head.id)
        .where(head.id == Hazard.merged_into_id, head.state != HazardState.OPEN.value, head.state_since < before)
        .correlate(Hazard)
        .exists()
    )
    return (Hazard.source.is_(None), is_over, or_(Hazard.merged_into_id.is_(None), is_heads))


def _is_said_of_settled(before: datetime) -> ColumnElement[bool]:
    return HazardSupport.hazard_id.in_(select(Hazard.id).where(*_settled(before)))


def forget_words(session: Session, before: datetime, *, is_dry: bool) -> int:
    """Take the words out of reports that were settled before a moment, and out of what was said of them later."""
    settled = select(Hazard.id).where(*_settled(before))
    said = (HazardUpdate.hazard_id.in_(settled), HazardUpdate.words != "")
    wipe(session, HazardUpdate, {"words": "", "words_state": TextState.SHOWN.value}, *said, is_dry=is_dry)
    values = {"description": "", "text_state": TextState.SHOWN.value}
    noted = {"note": "", "note_state": TextState.SHOWN.value}
    return wipe(session, Hazard, values, *_settled(before), Hazard.description != "", is_dry=is_dry) + wipe(
        session, HazardSupport, noted, _is_said_of_settled(before), HazardSupport.note != "", is_dry=is_dry
    )


def forget_links(session: Session, before: datetime, *, is_dry: bool) -> int:
    """Have reporters' own links open nothing any more, and those of who said so too, of reports settled before."""
    return wipe(
        session, Hazard, {"follow_up_hash": None}, *_settled(before), Hazard.follow_up_hash.is_not(None), is_dry=is_dry
    ) + wipe(
        session,
        HazardSupport,
        {"link_hash": None},
        _is_said_of_settled(before),
        HazardSupport.link_hash.is_not(None),
        is_dry=is_dry,
    )


def forget_places(session: Session, before: datetime, *, is_dry: bool) -> int:
    """Move reports near homes to their street for good, of those that were settled before a moment."""
    outline = select(Village.geom).where(Village.id == Hazard.village_id).scalar_subquery()
    # A street along the border may have its middle a hair outside, where the database lets no report be.
    values = {
        "geom": case(
            (func.ST_Intersects(outline, Hazard.street_geom), Hazard.street_geom),
            else_=func.ST_PointOnSurface(outline),
        ),
        "accuracy_m": STREET_ACCURACY_M,
    }
    is_exact = func.ST_Distance(Hazard.geom, Hazard.street_geom) > SAME_PLACE_DEG
    return wipe(session, Hazard, values, *_settled(before), Hazard.is_public_place.is_(False), is_exact, is_dry=is_dry)


def forget_photos(session: Session, before: datetime, *, is_dry: bool) -> int:
    """Delete the photos of reports that were settled before a moment; a trigger deletes the files with them."""
    settled = select(Hazard.id).where(*_settled(before))
    return sweep(session, HazardPhoto, HazardPhoto.hazard_id.in_(settled), is_dry=is_dry)

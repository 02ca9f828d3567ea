"""What is forgotten of reports some time after they were fixed or closed; imported ones are their source's business."""

from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from safemap.communities.tables import Village
from safemap.db.sweeping import sweep, wipe
from safemap.hazards.rules import STREET_ACCURACY_M, HazardState, TextState
from safemap.hazards.tables import Hazard, HazardPhoto, HazardUpdate

SAME_PLACE_DEG = 1e-7
"""A centimetre."""


def _settled(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Hazard.source.is_(None), Hazard.state != HazardState.OPEN.value, Hazard.state_since < before)


def forget_words(session: Session, before: datetime, *, is_dry: bool) -> int:
    """Take the words out of reports that were settled before a moment, and out of what was said of them later."""
    settled = select(Hazard.id).where(*_settled(before))
    said = (HazardUpdate.hazard_id.in_(settled), HazardUpdate.words != "")
    wipe(session, HazardUpdate, {"words": "", "words_state": TextState.SHOWN.value}, *said, is_dry=is_dry)
    values = {"description": "", "text_state": TextState.SHOWN.value}
    return wipe(session, Hazard, values, *_settled(before), Hazard.description != "", is_dry=is_dry)


def forget_links(session: Session, before: datetime, *, is_dry: bool) -> int:
    """Have reporters' own links open nothing any more, of reports that were settled before a moment."""
    return wipe(
        session, Hazard, {"follow_up_hash": None}, *_settled(before), Hazard.follow_up_hash.is_not(None), is_dry=is_dry
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

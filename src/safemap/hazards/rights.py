"""What a reporter has a right to over their own report: a copy, other words, that it rests, that it goes."""

from base64 import b64encode

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from safemap.hazards import repository
from safemap.hazards.life import Stage
from safemap.hazards.routing_out import require_for_a_map
from safemap.hazards.rules import FollowUpUnknown, HazardNotFound, TextState, Visibility, day_of
from safemap.hazards.tables import Hazard, HazardPhoto, HazardUpdate
from safemap.hazards.together import let_go, stand_alone
from safemap.identity.permissions import require
from safemap.identity.rules import Kind, Verb, Viewer
from safemap.identity.tokens import hash_of
from safemap.identity.trail import note
from safemap.media.rules import PhotoState
from safemap.media.tables import Photo, PhotoPicture


def report_of_link(session: Session, follow_up: str) -> tuple[str, int]:
    """Return the public id and the village of the report whose reporter holds a link.

    Raises
    ------
    FollowUpUnknown
        The link is not known any more.
    """
    kept = repository.by_follow_up(session, hash_of(follow_up))
    if kept is None:
        raise FollowUpUnknown
    return kept.public_id, kept.village_id


def parts_of_report(session: Session, public_id: str) -> dict[str, list[dict[str, object]]]:
    """Return all that is kept of a report, exactly; nothing when it is gone."""
    row = session.execute(
        select(Hazard, func.ST_X(Hazard.geom).label("lon"), func.ST_Y(Hazard.geom).label("lat")).where(
            Hazard.public_id == public_id
        )
    ).one_or_none()
    if row is None:
        return {}
    kept = row.Hazard
    supporters = session.scalar(select(repository.supporters()).where(Hazard.id == kept.id))
    report = {
        "report": kept.public_id,
        "category": kept.category,
        "severity": kept.severity,
        "noticed_at": kept.noticed_at,
        "state": kept.state,
        "stage": kept.stage,
        "visibility": kept.visibility,
        "happened_at": kept.happened_at,
        "weekdays": kept.weekdays,
        "from_hour": kept.from_hour,
        "until_hour": kept.until_hour,
        "asset_number": kept.asset_number,
        "words": kept.description,
        "words_state": kept.text_state,
        "is_public_place": kept.is_public_place,
        "accuracy_m": kept.accuracy_m,
        "lon": row.lon,
        "lat": row.lat,
        "reported_at": kept.reported_at,
        "state_since": day_of(kept.state_since, kept.reported_at),
        "fixed_at": kept.fixed_at,
        "supporters": supporters,
        "has_link": kept.follow_up_hash is not None,
        "notice_version": kept.notice_version,
    }
    photos = [
        {
            "report": kept.public_id,
            "photo": photo.public_id,
            "sent_at": photo.sent_at,
            "photo_state": photo.state,
            "width_px": photo.width_px,
            "height_px": photo.height_px,
            "times_covered": photo.times_covered,
            "picture": b64encode(picture.large).decode(),
        }
        for photo, picture in session.execute(
            select(Photo, PhotoPicture)
            .join(HazardPhoto, HazardPhoto.photo_id == Photo.id)
            .join(PhotoPicture, PhotoPicture.photo_id == Photo.id)
            .where(HazardPhoto.hazard_id == kept.id)
            .order_by(Photo.sent_at, Photo.id)
        )
    ]
    updates = session.scalars(
        select(HazardUpdate).where(HazardUpdate.hazard_id == kept.id).order_by(HazardUpdate.id)
    ).all()
    return {
        "reports": [report],
        "photos": photos,
        "updates": [
            {
                "at": day_of(one.at, kept.reported_at),
                "stage": one.to_stage,
                "by": one.actor,
                "reason": one.reason,
                "words": one.words,
            }
            for one in updates
        ],
    }


def correct_words(session: Session, viewer: Viewer, public_id: str, words: str) -> None:
    """Put the words that a reporter wants in place of a report's; they wait again until somebody looked.

    Raises
    ------
    HazardNotFound
        The report is gone.
    BelongsElsewhere
        The words speak of what no map may hold.
    """
    require_for_a_map(words)
    kept = _to_change(session, viewer, public_id)
    kept.description = words
    kept.text_state = (TextState.HELD if words else TextState.SHOWN).value
    _note(session, viewer, "correct", kept)


def stop_report(session: Session, viewer: Viewer, public_id: str) -> None:
    """Have a report rest: closed, its words hidden, its place nobody's but who works on it.

    Raises
    ------
    HazardNotFound
        The report is gone.
    """
    kept = _to_change(session, viewer, public_id)
    let_go(session, kept)
    stand_alone(session, kept)
    kept.stage = Stage.WITHDRAWN.value
    kept.visibility = Visibility.HIDDEN.value
    kept.text_state = TextState.HIDDEN.value
    repository.forget_reporters_words(session, kept.id)
    kept.is_public_place = False
    of_report = select(HazardPhoto.photo_id).where(HazardPhoto.hazard_id == kept.id)
    session.execute(update(Photo).where(Photo.id.in_(of_report)).values(state=PhotoState.HIDDEN.value))
    _note(session, viewer, "stop", kept)


def erase_report(session: Session, viewer: Viewer, public_id: str) -> None:
    """Delete a report.

    Raises
    ------
    HazardNotFound
        It is gone already.
    """
    kept = _to_change(session, viewer, public_id)
    let_go(session, kept)
    session.delete(kept)
    _note(session, viewer, "erase", kept)


def _to_change(session: Session, viewer: Viewer, public_id: str) -> Hazard:
    kept = repository.to_moderate(session, public_id)
    if kept is None:
        raise HazardNotFound(public_id)
    require(viewer, Verb.REVIEW, Kind.DATA_REQUEST, [kept.village_id])
    return kept


def _note(session: Session, viewer: Viewer, verb: str, kept: Hazard) -> None:
    session.flush()
    note(session, verb, "report", kept.public_id, by=viewer, village_id=kept.village_id, purpose="data_request")

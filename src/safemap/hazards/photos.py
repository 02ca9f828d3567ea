"""Photos of reports: who sees which, adding and deleting one's own, showing, hiding and covering.

Who may see a photo, and nobody else:

- its reporter, by their own link, whatever became of it;
- staff who see the report exactly, and who moderates there;
- who else sees the report, once the photo is *shown* and either the report is at a public place or a moderator said
  that nothing in the photo tells where it is: a house's front is an exact place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from safemap.hazards import repository
from safemap.hazards.categories import CATEGORY_BY_CODE
from safemap.hazards.rules import FollowUpUnknown, HazardNotFound
from safemap.hazards.tables import Hazard, HazardPhoto
from safemap.identity.permissions import may, require
from safemap.identity.rules import ANONYMOUS, Kind, Verb, Viewer
from safemap.identity.service import narrowed
from safemap.identity.tokens import hash_of
from safemap.identity.trail import note, note_seen
from safemap.media import service as media
from safemap.media.rules import PHOTOS_PER_REPORT, AnotherPhoto, Box, PhotoNotFound, PhotoState, Picture, TooManyPhotos
from safemap.media.tables import Photo

LISTED = 100


@dataclass(frozen=True)
class PhotoSeen:
    """A photo as it is told of, without its files.

    Parameters
    ----------
    tells_no_place
        A moderator said that nothing in it tells where it is.
    is_public_place
        Of its report.
    """

    public_id: str
    report_id: str
    state: PhotoState
    width_px: int
    height_px: int
    times_covered: int
    sent_at: datetime
    tells_no_place: bool
    is_public_place: bool

    @property
    def is_for_others(self) -> bool:
        """Whether all who see its report see it."""
        return self.state is PhotoState.SHOWN and (self.is_public_place or self.tells_no_place)


@dataclass(frozen=True)
class PhotoFile:
    """A photo's file, and whether whoever sees the report may see it."""

    content: bytes
    is_for_others: bool


def state_of_new(viewer: Viewer, category: str, village_id: int, *, asks_to_wait: bool) -> PhotoState:
    """Return whether a new photo waits: those of people without an account do, of sensitive matters, and by wish."""
    is_member = viewer.is_signed_in and may(viewer, Verb.SEE_APPROXIMATE, Kind.REPORT, [village_id])
    waits = asks_to_wait or not is_member or CATEGORY_BY_CODE[category].is_sensitive
    return PhotoState.HELD if waits else PhotoState.SHOWN


# --- The reporter's own -----------------------------------------------------------------------------------------------


def room_for_photo(session: Session, follow_up: str, key: str = "", content: bytes = b"") -> PhotoSeen | None:
    """Say whether a report takes another photo; returns the one that came with this key before, if one did.

    Asked before a photo is drawn anew, so that nobody without a link has that done.

    Raises
    ------
    FollowUpUnknown
        The link is not known any more.
    TooManyPhotos
        It has four.
    AnotherPhoto
        Another photo came with this key.
    """
    kept = _followed(session, follow_up)
    if key and (sent := media.photo_of_key(session, key, content)) is not None:
        return _told(session, Photo.id == sent.id, HazardPhoto.hazard_id == kept.id)
    _require_room(session, kept)
    return None


def add_photo(
    session: Session,
    follow_up: str,
    picture: Picture,
    *,
    viewer: Viewer = ANONYMOUS,
    asks_to_wait: bool = False,
    key: str = "",
    content: bytes = b"",
) -> PhotoSeen:
    """Add a picture to a report at its reporter's wish; the same key twice gives the same photo.

    Raises
    ------
    FollowUpUnknown, TooManyPhotos, AnotherPhoto
        As `room_for_photo` says; asked again, with the report locked.
    """
    kept = _followed(session, follow_up, lock=True)
    if (sent := room_for_photo(session, follow_up, key, content)) is not None:
        return sent
    state = state_of_new(viewer, kept.category, kept.village_id, asks_to_wait=asks_to_wait)
    photo = media.keep(session, picture, state, key, content)
    session.add(HazardPhoto(photo_id=photo.id, hazard_id=kept.id))
    session.flush()
    return _told(session, Photo.id == photo.id)


def photos_by_follow_up(session: Session, follow_up: str) -> list[PhotoSeen]:
    """Photos of a report for its reporter, oldest first.

    Raises
    ------
    FollowUpUnknown
        The link is not known any more.
    """
    return _listed(session, HazardPhoto.hazard_id == _followed(session, follow_up).id)


def file_by_follow_up(session: Session, follow_up: str, public_id: str, *, is_small: bool) -> bytes:
    """Return a photo's file for its reporter.

    Raises
    ------
    FollowUpUnknown, PhotoNotFound
        The link is not known any more, or the report has no such photo.
    """
    photo_id = _own(session, follow_up, public_id)
    return media.file_of(session, photo_id, is_small=is_small)


def delete_photo(session: Session, follow_up: str, public_id: str) -> None:
    """Delete a photo at its reporter's wish.

    Raises
    ------
    FollowUpUnknown, PhotoNotFound
        The link is not known any more, or the report has no such photo.
    """
    link = session.get(HazardPhoto, _own(session, follow_up, public_id))
    session.delete(link)  # a trigger deletes the rest
    session.flush()


# --- Imported ---------------------------------------------------------------------------------------------------------


def import_photo(session: Session, source: str, source_id: str, name: str, content: bytes) -> bool:
    """Add a file to an imported report, to wait until somebody looked; False: it was imported before.

    Another file of the same name takes the place of the one before.

    Raises
    ------
    HazardNotFound, TooManyPhotos
        The source has no such report, or it has four.
    InvalidInput
        The photo is refused, and nothing of it is kept.
    """
    kept = session.scalars(select(Hazard).where(Hazard.source == source, Hazard.source_id == source_id)).one_or_none()
    if kept is None:
        raise HazardNotFound(source_id)
    key = f"import\n{source}\n{source_id}\n{name}"
    picture = media.drawn_anew(content)
    try:
        if media.photo_of_key(session, key, content) is not None:
            return False
    except AnotherPhoto as before:
        session.delete(session.get_one(HazardPhoto, before.photo_id))
        session.flush()
    _require_room(session, kept)
    photo = media.keep(session, picture, PhotoState.HELD, key, content)
    session.add(HazardPhoto(photo_id=photo.id, hazard_id=kept.id))
    session.flush()
    return True


# --- Others -----------------------------------------------------------------------------------------------------------


def _is_for(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition under which a viewer sees a photo: the rule that stands above."""
    sight = repository.sight_of(viewer)
    is_for_others = and_(Photo.state == PhotoState.SHOWN.value, or_(Hazard.is_public_place, HazardPhoto.tells_no_place))
    return and_(sight.is_seen, or_(sight.reads_all_words, is_for_others))


def photos_seen(session: Session, viewer: Viewer, report_id: str) -> list[PhotoSeen]:
    """Photos of a report that a viewer may see, oldest first."""
    return _listed(session, _is_for(viewer), Hazard.public_id == report_id)


def file_seen(session: Session, viewer: Viewer, public_id: str, *, is_small: bool) -> PhotoFile:
    """Return a photo's file; that staff saw one which is not for others is noted.

    Raises
    ------
    PhotoNotFound
        No photo has that id, or the viewer may not know of it.
    """
    seen = _told(session, _is_for(viewer), Photo.public_id == public_id)
    if not (seen.is_for_others or is_small):
        note_seen(session, viewer, [seen.report_id], "photo", kind="report_photo")
    return PhotoFile(media.file_of(session, _id_of(session, public_id), is_small=is_small), seen.is_for_others)


def photo_to_moderate(session: Session, viewer: Viewer, public_id: str) -> PhotoSeen:
    """Return a photo for who moderates there.

    Raises
    ------
    PhotoNotFound
        No photo has that id, or the viewer may not know of it.
    MayNot
        The viewer does not moderate there.
    """
    seen = _told(session, _is_for(viewer), Photo.public_id == public_id)
    require(viewer, Verb.MODERATE, Kind.REPORT, [_village_of(session, seen)])
    return seen


def photos_to_moderate(session: Session, viewer: Viewer, limit: int = LISTED) -> list[PhotoSeen]:
    """Photos that wait for the viewer to look, oldest first."""
    moderates = narrowed(viewer, Verb.MODERATE, Kind.REPORT, Hazard.village_id)
    return _listed(session, moderates, Photo.state == PhotoState.HELD.value, limit=limit)


def moderate_photo(
    session: Session,
    viewer: Viewer,
    public_id: str,
    decision: PhotoState,
    *,
    tells_no_place: bool | None = None,
    reason: str = "",
) -> PhotoSeen:
    """Show or hide a photo, or have it wait again; and say whether nothing in it tells where it is (None: as before).

    Raises
    ------
    PhotoNotFound, MayNot
        As `photo_to_moderate` says.
    """
    seen = photo_to_moderate(session, viewer, public_id)
    photo_id = _id_of(session, public_id)
    photo, link = session.get_one(Photo, photo_id), session.get_one(HazardPhoto, photo_id)
    photo.state = decision.value
    if tells_no_place is not None:
        link.tells_no_place = tells_no_place
    session.flush()
    _note(session, viewer, decision.value, seen, reason, link.tells_no_place)
    return _told(session, Photo.id == photo_id)


def cover_photo(session: Session, viewer: Viewer, public_id: str, boxes: Sequence[Box]) -> PhotoSeen:
    """Cover parts of a photo for good; it has another id afterwards.

    Raises
    ------
    PhotoNotFound, MayNot
        As `photo_to_moderate` says.
    NoBox, BadBox, PhotosBusy
        The boxes cannot be used, or others are being read.
    """
    seen = photo_to_moderate(session, viewer, public_id)
    photo = media.cover(session, _id_of(session, public_id), boxes)
    village_id = _village_of(session, seen)
    note(session, "cover", "report_photo", seen.report_id, by=viewer, village_id=village_id, boxes=len(boxes))
    return _told(session, Photo.id == photo.id)


def _note(session: Session, viewer: Viewer, verb: str, seen: PhotoSeen, reason: str, tells_no_place: bool) -> None:
    note(
        session,
        verb,
        "report_photo",
        seen.report_id,
        by=viewer,
        village_id=_village_of(session, seen),
        purpose=reason,
        tells_no_place=tells_no_place,
    )


# --- Rows -------------------------------------------------------------------------------------------------------------


def _rows(session: Session, *conditions: ColumnElement[bool], limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
    return session.execute(
        select(Photo, Hazard.public_id, HazardPhoto.tells_no_place, Hazard.is_public_place)
        .join(HazardPhoto, HazardPhoto.photo_id == Photo.id)
        .join(Hazard, Hazard.id == HazardPhoto.hazard_id)
        .where(*conditions)
        .order_by(Photo.sent_at, Photo.id)
        .limit(limit)
    ).all()


def _listed(session: Session, *conditions: ColumnElement[bool], limit: int = LISTED) -> list[PhotoSeen]:
    return [
        PhotoSeen(
            public_id=photo.public_id,
            report_id=report_id,
            state=PhotoState(photo.state),
            width_px=photo.width_px,
            height_px=photo.height_px,
            times_covered=photo.times_covered,
            sent_at=photo.sent_at,
            tells_no_place=tells_no_place,
            is_public_place=is_public_place,
        )
        for photo, report_id, tells_no_place, is_public_place in _rows(session, *conditions, limit=limit)
    ]


def _told(session: Session, *conditions: ColumnElement[bool]) -> PhotoSeen:
    found = _listed(session, *conditions, limit=1)
    if not found:
        raise PhotoNotFound
    return found[0]


def _id_of(session: Session, public_id: str) -> int:
    found = session.scalar(select(Photo.id).where(Photo.public_id == public_id))
    if found is None:
        raise PhotoNotFound
    return found


def _own(session: Session, follow_up: str, public_id: str) -> int:
    kept = _followed(session, follow_up)
    found = session.scalar(
        select(Photo.id)
        .join(HazardPhoto, HazardPhoto.photo_id == Photo.id)
        .where(HazardPhoto.hazard_id == kept.id, Photo.public_id == public_id)
    )
    if found is None:
        raise PhotoNotFound
    return found


def _require_room(session: Session, kept: Hazard) -> None:
    number = session.scalar(select(func.count()).where(HazardPhoto.hazard_id == kept.id)) or 0
    if number >= PHOTOS_PER_REPORT:
        raise TooManyPhotos


def _village_of(session: Session, seen: PhotoSeen) -> int:
    return session.scalars(select(Hazard.village_id).where(Hazard.public_id == seen.report_id)).one()


def _followed(session: Session, follow_up: str, *, lock: bool = False) -> Hazard:
    found = select(Hazard).where(Hazard.follow_up_hash == hash_of(follow_up))
    kept = session.scalars(found.with_for_update() if lock else found).one_or_none()
    if kept is None:
        raise FollowUpUnknown
    return kept

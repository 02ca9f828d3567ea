"""Photos of reports: who sees which, once and not twice, gone with their report, covered for good."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from tests.support import pictures
from tests.support.places import SOUTH, WEST, add_village
from tests.support.reports import show

from safemap.communities.tables import Village
from safemap.hazards import moderating, photos, retention, rights
from safemap.hazards.photos import PhotoSeen
from safemap.hazards.rules import FollowUpUnknown, Visibility
from safemap.hazards.schemas import HazardReport
from safemap.hazards.service import Reported, take_report, withdraw_report
from safemap.identity.rules import ANONYMOUS, Grant, MayNot, Role, Viewer
from safemap.media import apart
from safemap.media import service as media
from safemap.media.rules import AnotherPhoto, Box, NoBox, PhotoNotFound, PhotoState, Picture, TooManyPhotos

EXACT = {Role.LEADER, Role.SECRETARY, Role.STATION_OFFICER, Role.PRECINCT_REVIEWER}
MODERATORS = {Role.SECRETARY, Role.STATION_OFFICER}


@pytest.fixture(scope="module")
def picture() -> Picture:
    return apart.drawn_anew(pictures.jpeg())


@pytest.fixture
def village(session: Session) -> Village:
    return add_village(session)


def sent(session: Session, *, is_public: bool = False, category: str = "lighting", shown: bool = True) -> Reported:
    report = HazardReport(lon=WEST + 0.004, lat=SOUTH + 0.004, category=category, is_public_place=is_public)
    made = take_report(session, report)
    if shown:
        show(session, made.seen)
    return made


def with_role(role: Role, village: Village) -> Viewer:
    return Viewer(person_id=1, grants=(Grant(role, frozenset({village.id})),))


def secretary(village: Village) -> Viewer:
    return with_role(Role.SECRETARY, village)


def may_see(session: Session, viewer: Viewer, photo: PhotoSeen) -> bool:
    """Whether a viewer sees a photo, by both doors, which must agree."""
    listed = photo.public_id in [one.public_id for one in photos.photos_seen(session, viewer, photo.report_id)]
    try:
        photos.file_seen(session, viewer, photo.public_id, is_small=True)
        is_served = True
    except PhotoNotFound:
        is_served = False
    assert listed == is_served
    return listed


def count(session: Session) -> tuple[int, int, int]:
    return tuple(
        session.scalar(text(f"SELECT count(*) FROM {table}")) for table in ("photo", "photo_picture", "hazard_photo")
    )  # type: ignore[return-value]


@pytest.mark.parametrize("is_public", [False, True])
@pytest.mark.parametrize("state", list(PhotoState))
@pytest.mark.parametrize("tells_no_place", [False, True])
@pytest.mark.parametrize("visibility", list(Visibility))
def test_who_sees_a_photo(
    session: Session,
    village: Village,
    picture: Picture,
    *,
    is_public: bool,
    state: PhotoState,
    tells_no_place: bool,
    visibility: Visibility,
) -> None:
    made = sent(session, is_public=is_public)
    photo = photos.add_photo(session, made.follow_up, picture)
    photos.moderate_photo(session, secretary(village), photo.public_id, state, tells_no_place=tells_no_place)
    session.execute(text("UPDATE hazard SET visibility = :to"), {"to": visibility.value})
    is_told = state is PhotoState.SHOWN and visibility is Visibility.SHOWN and (is_public or tells_no_place)
    for role in Role:
        viewer = ANONYMOUS if role is Role.VISITOR else with_role(role, village)
        sees_report = role is not Role.VISITOR or is_public
        assert may_see(session, viewer, photo) == (role in EXACT or (is_told and sees_report)), role
    elsewhere = add_village(session, code="T002", box=(120.36, 24.60, 120.37, 24.61))
    for role in EXACT:
        assert may_see(session, with_role(role, elsewhere), photo) == (is_told and is_public)
    assert photos.file_by_follow_up(session, made.follow_up, photo.public_id, is_small=False) == picture.large


def test_a_report_called_private_takes_its_photos_with_it(session: Session, village: Village, picture: Picture) -> None:
    made = sent(session, is_public=True)
    photo = photos.add_photo(session, made.follow_up, picture)
    photos.moderate_photo(session, secretary(village), photo.public_id, PhotoState.SHOWN)
    assert may_see(session, ANONYMOUS, photo)
    moderating.moderate_place(session, secretary(village), made.seen.public_id, is_public=False, reason="moderator")
    assert not may_see(session, ANONYMOUS, photo)
    assert not may_see(session, with_role(Role.RESIDENT, village), photo)


def test_photos_of_people_without_an_account_and_of_sensitive_matters_wait(session: Session, village: Village) -> None:
    resident = with_role(Role.RESIDENT, village)
    stranger = Viewer(person_id=2, grants=(Grant(Role.RESIDENT, frozenset({village.id + 1})),))

    def state(viewer: Viewer, category: str = "lighting", *, asks: bool = False) -> PhotoState:
        return photos.state_of_new(viewer, category, village.id, asks_to_wait=asks)

    assert state(ANONYMOUS) is PhotoState.HELD
    assert state(stranger) is PhotoState.HELD
    assert state(resident) is PhotoState.SHOWN
    assert state(resident, asks=True) is PhotoState.HELD
    assert state(resident, "gathering") is PhotoState.HELD


def test_the_same_key_twice_is_one_photo(session: Session, village: Village, picture: Picture) -> None:
    made, other = sent(session), sent(session)
    first = photos.add_photo(session, made.follow_up, picture, key="k" * 36, content=b"one")
    assert photos.add_photo(session, made.follow_up, picture, key="k" * 36, content=b"one") == first
    assert photos.room_for_photo(session, made.follow_up, "k" * 36, b"one") == first
    with pytest.raises(AnotherPhoto):
        photos.add_photo(session, made.follow_up, picture, key="k" * 36, content=b"another")
    with pytest.raises(PhotoNotFound):
        photos.add_photo(session, other.follow_up, picture, key="k" * 36, content=b"one")
    assert count(session) == (1, 1, 1)


def test_the_hash_of_a_file_tells_nobody_who_else_has_it(session: Session, village: Village, picture: Picture) -> None:
    one, other = (
        photos.add_photo(session, sent(session).follow_up, picture, key=key * 36, content=b"same") for key in "ab"
    )
    hashes = session.execute(text("SELECT sent_body_hash FROM photo")).scalars().all()
    assert len(set(hashes)) == 2
    assert one.public_id != other.public_id


def test_a_report_has_four_photos_at_most(session: Session, village: Village, picture: Picture) -> None:
    made = sent(session)
    added = [photos.add_photo(session, made.follow_up, picture) for _ in range(4)]
    with pytest.raises(TooManyPhotos):
        photos.add_photo(session, made.follow_up, picture)
    photos.delete_photo(session, made.follow_up, added[0].public_id)
    photos.add_photo(session, made.follow_up, picture)
    assert count(session) == (4, 4, 4)


def test_nobody_touches_anothers_photo(session: Session, village: Village, picture: Picture) -> None:
    mine, theirs = sent(session), sent(session)
    photo = photos.add_photo(session, theirs.follow_up, picture)
    for act in (photos.delete_photo, lambda *of: photos.file_by_follow_up(*of, is_small=True)):
        with pytest.raises(PhotoNotFound):
            act(session, mine.follow_up, photo.public_id)
        with pytest.raises(FollowUpUnknown):
            act(session, "x" * 43, photo.public_id)
    with pytest.raises(MayNot):
        photos.moderate_photo(session, with_role(Role.LEADER, village), photo.public_id, PhotoState.SHOWN)
    with pytest.raises(PhotoNotFound):
        photos.moderate_photo(session, with_role(Role.RESIDENT, village), photo.public_id, PhotoState.SHOWN)
    assert count(session) == (1, 1, 1)


def test_photos_that_wait_are_listed_for_who_moderates_there(
    session: Session, village: Village, picture: Picture
) -> None:
    elsewhere = add_village(session, code="T002", box=(120.36, 24.60, 120.37, 24.61))
    first, second = (photos.add_photo(session, sent(session).follow_up, picture) for _ in range(2))
    assert [one.public_id for one in photos.photos_to_moderate(session, secretary(village))] == [
        first.public_id,
        second.public_id,
    ]
    photos.moderate_photo(session, secretary(village), first.public_id, PhotoState.HIDDEN, reason="insults")
    assert [one.public_id for one in photos.photos_to_moderate(session, secretary(village))] == [second.public_id]
    assert photos.photos_to_moderate(session, secretary(elsewhere)) == []
    assert photos.photos_to_moderate(session, with_role(Role.LEADER, village)) == []


def test_covering_leaves_nothing_of_what_was_there(session: Session, village: Village, picture: Picture) -> None:
    made = sent(session, is_public=True)
    photo = photos.add_photo(session, made.follow_up, picture)
    photos.moderate_photo(session, secretary(village), photo.public_id, PhotoState.SHOWN)
    with pytest.raises(NoBox):
        photos.cover_photo(session, secretary(village), photo.public_id, [])
    done = photos.cover_photo(session, secretary(village), photo.public_id, [Box(0, 0, 60, 60)])
    assert done.public_id != photo.public_id
    assert (done.state, done.times_covered) == (PhotoState.SHOWN, 1)
    for viewer in (ANONYMOUS, secretary(village)):
        with pytest.raises(PhotoNotFound):
            photos.file_seen(session, viewer, photo.public_id, is_small=False)
    with pytest.raises(PhotoNotFound):
        photos.file_by_follow_up(session, made.follow_up, photo.public_id, is_small=False)
    files = session.execute(text("SELECT large, small FROM photo_picture")).one()
    assert picture.large not in files
    assert picture.small not in files
    assert pictures.is_near(pictures.corners_of(bytes(files[0]))[0], (0, 0, 0), 8)
    assert pictures.is_near(pictures.corners_of(bytes(files[1]))[0], (0, 0, 0), 8)
    assert count(session) == (1, 1, 1)


def test_only_drawn_files_are_stored(session: Session, village: Village, picture: Picture) -> None:
    media.keep(session, picture, PhotoState.HELD)
    with pytest.raises(IntegrityError):
        session.execute(text("UPDATE photo_picture SET small = 'anything else'::bytea"))


@pytest.mark.parametrize("way", ["withdraw", "erase", "delete"])
def test_photos_go_with_their_report(session: Session, village: Village, picture: Picture, way: str) -> None:
    made = sent(session)
    for _ in range(2):
        photos.add_photo(session, made.follow_up, picture)
    if way == "withdraw":
        withdraw_report(session, made.follow_up)
    elif way == "erase":
        rights.erase_report(session, secretary(village), made.seen.public_id)
    else:
        session.execute(text("DELETE FROM hazard"))
    assert count(session) == (0, 0, 0)


def test_a_copy_holds_the_photos(session: Session, village: Village, picture: Picture) -> None:
    made = sent(session)
    photo = photos.add_photo(session, made.follow_up, picture)
    told = rights.parts_of_report(session, made.seen.public_id)["photos"]
    assert [row["photo"] for row in told] == [photo.public_id]
    assert len(str(told[0]["picture"])) > len(picture.large)


def test_a_report_that_rests_hides_its_photos(session: Session, village: Village, picture: Picture) -> None:
    made = sent(session, is_public=True)
    photo = photos.add_photo(session, made.follow_up, picture)
    moderator = secretary(village)
    photos.moderate_photo(session, moderator, photo.public_id, PhotoState.SHOWN, tells_no_place=True)
    rights.stop_report(session, moderator, made.seen.public_id)
    assert not may_see(session, with_role(Role.RESIDENT, village), photo)
    assert photos.photos_by_follow_up(session, made.follow_up)[0].state is PhotoState.HIDDEN


def test_photos_are_kept_half_a_year_after_the_end(session: Session, village: Village, picture: Picture) -> None:
    ended, open_one = sent(session), sent(session)
    for one in (ended, open_one):
        photos.add_photo(session, one.follow_up, picture)
    then = datetime(2026, 1, 1, tzinfo=UTC)
    session.execute(text("UPDATE hazard SET stage = 'no_action' WHERE public_id = :of"), {"of": ended.seen.public_id})
    session.execute(text("UPDATE hazard SET state_since = :then"), {"then": then})
    assert retention.forget_photos(session, then, is_dry=False) == 0
    assert retention.forget_photos(session, then + timedelta(seconds=1), is_dry=True) == 1
    assert count(session) == (2, 2, 2)
    assert retention.forget_photos(session, then + timedelta(seconds=1), is_dry=False) == 1
    assert count(session) == (1, 1, 1)
    assert photos.photos_by_follow_up(session, open_one.follow_up)


def test_what_is_done_and_seen_is_noted(session: Session, village: Village, picture: Picture) -> None:
    made = sent(session)
    photo = photos.add_photo(session, made.follow_up, picture)
    moderator = secretary(village)
    photos.file_seen(session, moderator, photo.public_id, is_small=False)
    photos.moderate_photo(session, moderator, photo.public_id, PhotoState.SHOWN, tells_no_place=True)
    photos.cover_photo(session, moderator, photo.public_id, [Box(0, 0, 10, 10)])
    session.commit()
    rows = session.execute(text("SELECT verb, record FROM audit_entry WHERE kind = 'report_photo' ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [("shown", made.seen.public_id), ("cover", made.seen.public_id)]
    seen = session.execute(text("SELECT records FROM access_entry WHERE kind = 'report_photo'")).scalars().all()
    assert list(itertools.chain.from_iterable(seen)) == [made.seen.public_id]

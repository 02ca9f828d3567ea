"""Three views of one place: exact, on its street, and counts; and words that wait until somebody looked."""

import json
import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
import shapely
from geoalchemy2.shape import from_shape
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from tests.database.test_places_on_streets import add_street
from tests.support.places import EAST, NORTH, SOUTH, WEST, add_village
from tests.support.reports import shown_report

from safemap.basemap.tables import Building, StreetEdge
from safemap.communities.service import study_area
from safemap.communities.tables import Village
from safemap.demo.loading import load_demo
from safemap.geo.crs import WGS84
from safemap.hazards.life import Stage
from safemap.hazards.moderating import held_words, moderate_place, moderate_text
from safemap.hazards.publishing import FEW, public_reports
from safemap.hazards.rules import (
    STREET_ACCURACY_M,
    BelongsElsewhere,
    FollowUpUnknown,
    HazardNotFound,
    Position,
    TextState,
)
from safemap.hazards.schemas import HazardReport
from safemap.hazards.service import (
    counts_seen,
    forget_link,
    hazards_seen_in,
    remove_personal_details,
    report_by_follow_up,
    report_seen,
    reports_seen,
    withdraw_report,
)
from safemap.hazards.tables import Hazard
from safemap.identity.rules import ANONYMOUS, Grant, MayNot, Role, Verb, Viewer

BESIDE = (EAST, SOUTH, EAST + 0.01, NORTH)
EXACT = (Role.LEADER, Role.SECRETARY, Role.STATION_OFFICER, Role.PRECINCT_REVIEWER)
APPROXIMATE = sorted(set(Role) - {Role.VISITOR, *EXACT})


def with_role(role: Role, *village_ids: int, verbs: frozenset[Verb] | None = None) -> Viewer:
    return Viewer(person_id=1, grants=(Grant(role, frozenset(village_ids)),), verbs=verbs)


def send(session: Session, lon: float, lat: float, **changes: object) -> tuple[str, str]:
    taken = shown_report(
        session, HazardReport.model_validate({"lon": lon, "lat": lat, "category": "lighting", **changes})
    )
    return taken.seen.public_id, taken.follow_up


@pytest.fixture
def village(session: Session) -> Village:
    made = add_village(session)
    add_village(session, name="樟樹里", code="T002", box=BESIDE)
    return made


@pytest.fixture
def streets(session: Session, village: Village) -> list[StreetEdge]:
    random = np.random.default_rng(11)
    found = []
    for number in range(25):
        start = random.uniform((WEST, SOUTH), (EAST + 0.01, NORTH))
        line = shapely.LineString([start, start + random.normal(0, 0.002, 2), start + random.normal(0, 0.004, 2)])
        found.append(add_street(session, line, f"s{number}"))
    return found


def send_many(session: Session, count: int, seed: int) -> list[tuple[float, float]]:
    """Send reports all over both villages, every fifth at a public place; return the private spots."""
    random = np.random.default_rng(seed)
    private = []
    for number in range(count):
        lon, lat = (float(value) for value in random.uniform((WEST, SOUTH), (EAST + 0.01, NORTH)))
        is_public_place = number % 5 == 4
        send(session, lon, lat, is_public_place=is_public_place, accuracy_m=7.5, description=f"燈壞了{number}")
        if not is_public_place:
            private.append((lon, lat))
    return private


def numbers_in(value: object) -> Iterator[float]:
    if isinstance(value, float):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from numbers_in(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from numbers_in(one)


def everything_told(session: Session, viewer: Viewer) -> list[object]:
    """What every door tells a viewer of both villages and of the town, as plain values."""
    told: list[object] = []
    for named in ("榕樹里", "樟樹里", "示範區"):
        area = study_area(session, named)
        told += [seen.model_dump() for seen in reports_seen(session, viewer, area.village_ids, limit=1000)]
        box = area.geometry.bounds
        told += [seen.model_dump() for seen in reports_seen(session, viewer, area.village_ids, box=box, limit=1000)]
        arrays = hazards_seen_in(session, viewer, area.geometry)
        told += [shapely.get_coordinates(arrays.geometries).tolist(), arrays.accuracy_m.tolist()]
        told.append(counts_seen(session, viewer, area.village_ids))
        public = public_reports(session, area)
        told += [json.loads(shapely.to_geojson(shape)) for shape in public.geometries]
        told += [public.counts.tolist(), public.rest, public.total]
    for public_id in session.scalars(select(Hazard.public_id)):
        try:
            told.append(report_seen(session, viewer, public_id).model_dump())
        except HazardNotFound:
            continue
    return told


def assert_none_is_told(session: Session, viewer: Viewer, private: list[tuple[float, float]]) -> None:
    numbers = list(numbers_in(everything_told(session, viewer)))
    told = {round(number, 9) for number in numbers}
    assert not told & {round(value, 9) for spot in private for value in spot}
    told_pairs = {(round(a, 5), round(b, 5)) for a, b in pairwise(numbers)}
    assert not told_pairs & {(round(lon, 5), round(lat, 5)) for lon, lat in private}


@pytest.mark.parametrize("seed", range(3))
def test_nobody_but_staff_ever_receives_a_private_coordinate(
    session: Session, village: Village, streets: list[StreetEdge], seed: int
) -> None:
    private = send_many(session, 60, seed)
    viewers = [ANONYMOUS, *(with_role(role, village.id) for role in APPROXIMATE)]
    viewers += [with_role(Role.SECRETARY, -1), with_role(Role.LEADER, village.id, verbs=frozenset({Verb.ADD}))]
    for viewer in viewers:
        assert_none_is_told(session, viewer, private)
    with pytest.raises(AssertionError):  # the test itself would notice
        assert_none_is_told(session, with_role(Role.LEADER, village.id), private)
    few = [ANONYMOUS, with_role(Role.RESIDENT, village.id)]
    # A mistake about public places that is taken back leaves nothing behind.
    staff = with_role(Role.SECRETARY, village.id)
    for seen in reports_seen(session, staff, [village.id]):
        moderate_place(session, staff, seen.public_id, is_public=True, reason="test")
        moderate_place(session, staff, seen.public_id, is_public=seen.is_public_place, reason="test")
    for viewer in few:
        assert_none_is_told(session, viewer, private)
    for street in streets[::2]:
        street.geom = from_shape(
            shapely.LineString(np.random.default_rng(street.id).uniform((WEST, SOUTH), (EAST, NORTH), (2, 2))),
            srid=WGS84,
        )
    session.flush()
    session.execute(text("UPDATE hazard SET geom = geom, severity = 2"))
    for viewer in few:
        assert_none_is_told(session, viewer, private)
    session.execute(text("DELETE FROM street_edge"))
    for viewer in few:
        assert_none_is_told(session, viewer, private)


def test_what_a_member_sees_of_a_report_depends_on_no_other(
    session: Session, village: Village, streets: list[StreetEdge]
) -> None:
    member = with_role(Role.RESIDENT, village.id)
    public_id, _ = send(session, WEST + 0.003, SOUTH + 0.003)
    before = report_seen(session, member, public_id)
    send_many(session, 30, seed=5)
    assert report_seen(session, member, public_id) == before


def test_each_sees_it_as_their_role_says(session: Session, village: Village, streets: list[StreetEdge]) -> None:
    lon, lat = WEST + 0.003, SOUTH + 0.003
    public_id, _ = send(session, lon, lat, accuracy_m=7)
    on_street = set()
    for role in APPROXIMATE:
        seen = report_seen(session, with_role(role, village.id), public_id)
        assert (seen.position, seen.accuracy_m) == (Position.STREET, STREET_ACCURACY_M)
        on_street.add((seen.lon, seen.lat))
    assert len(on_street) == 1
    assert (lon, lat) not in on_street
    for role in EXACT:
        seen = report_seen(session, with_role(role, village.id), public_id)
        assert (seen.position, seen.accuracy_m, seen.lon, seen.lat) == (Position.EXACT, 7.0, lon, lat)
    for stranger in (ANONYMOUS, with_role(Role.SECRETARY, village.id + 1)):
        with pytest.raises(HazardNotFound):
            report_seen(session, stranger, public_id)
        assert reports_seen(session, stranger, [village.id]) == []
        assert counts_seen(session, stranger, [village.id]) == {}


def test_a_public_place_is_shown_as_it_is(session: Session, village: Village, streets: list[StreetEdge]) -> None:
    public_id, _ = send(session, WEST + 0.003, SOUTH + 0.003, is_public_place=True)
    seen = report_seen(session, ANONYMOUS, public_id)
    assert (seen.lon, seen.lat, seen.position) == (WEST + 0.003, SOUTH + 0.003, Position.EXACT)
    assert public_reports(session, study_area(session, "榕樹里")).total == 0


def test_a_box_asks_for_what_is_seen_and_not_for_what_is_there(session: Session, village: Village) -> None:
    add_street(session, shapely.LineString([(WEST + 0.006, SOUTH), (WEST + 0.006, NORTH)]), "far")
    public_id, _ = send(session, WEST + 0.001, SOUTH + 0.001)
    member = with_role(Role.RESIDENT, village.id)
    around_it = (WEST, SOUTH, WEST + 0.002, SOUTH + 0.002)
    around_street = (WEST + 0.005, SOUTH + 0.004, WEST + 0.007, SOUTH + 0.006)
    assert reports_seen(session, member, [village.id], box=around_it) == []
    assert [seen.public_id for seen in reports_seen(session, member, [village.id], box=around_street)] == [public_id]
    assert len(hazards_seen_in(session, member, shapely.box(*around_it))) == 0


def test_words_wait_until_somebody_looked(session: Session, village: Village) -> None:
    public_id, link = send(session, WEST + 0.003, SOUTH + 0.003, description="樹擋住路燈", is_public_place=True)
    member, secretary = with_role(Role.RESIDENT, village.id), with_role(Role.SECRETARY, village.id)
    assert report_seen(session, ANONYMOUS, public_id).description == ""
    assert report_seen(session, member, public_id).description == ""
    assert report_seen(session, secretary, public_id).description == "樹擋住路燈"
    assert report_by_follow_up(session, link).description == "樹擋住路燈"
    assert hazards_seen_in(session, member, study_area(session, "榕樹里").geometry).descriptions.tolist() == [""]
    assert [seen.public_id for seen in held_words(session, secretary)] == [public_id]
    assert held_words(session, member) == []
    with pytest.raises(MayNot):
        moderate_text(session, member, public_id, TextState.SHOWN, "")
    moderate_text(session, secretary, public_id, TextState.SHOWN, "無個資")
    assert report_seen(session, ANONYMOUS, public_id).description == "樹擋住路燈"
    assert held_words(session, secretary) == []
    moderate_text(session, secretary, public_id, TextState.HIDDEN, "提到住戶")
    assert report_seen(session, member, public_id).description == ""
    assert report_seen(session, secretary, public_id).text_state is TextState.HIDDEN


def test_who_may_not_see_a_report_does_not_learn_that_it_is_there(session: Session, village: Village) -> None:
    public_id, _ = send(session, WEST + 0.003, SOUTH + 0.003, description="樹擋住路燈")
    elsewhere = with_role(Role.SECRETARY, village.id + 1)
    for change in (
        lambda: moderate_text(session, elsewhere, public_id, TextState.SHOWN, ""),
        lambda: moderate_place(session, elsewhere, public_id, is_public=True, reason=""),
        lambda: moderate_text(session, elsewhere, "nothere", TextState.SHOWN, ""),
    ):
        with pytest.raises(HazardNotFound):
            change()


def test_what_is_imported_or_has_no_words_is_shown(session: Session, village: Village) -> None:
    public_id, _ = send(session, WEST + 0.003, SOUTH + 0.003)
    staff = with_role(Role.LEADER, village.id)
    assert report_seen(session, staff, public_id).text_state is TextState.SHOWN


def test_a_reporters_own_link(session: Session, village: Village) -> None:
    public_id, link = send(session, WEST + 0.003, SOUTH + 0.003, description="我家在三樓")
    kept = session.scalars(select(Hazard)).one()
    assert len(link) >= 22  # 128 random bits at the least
    assert link.encode() not in (kept.follow_up_hash or b"")
    assert report_by_follow_up(session, link).public_id == public_id
    remove_personal_details(session, link)
    assert report_by_follow_up(session, link).description == ""
    withdraw_report(session, link)
    with pytest.raises(FollowUpUnknown):
        report_by_follow_up(session, link)
    assert session.scalars(select(Hazard)).all() == []


def test_a_link_can_be_given_up(session: Session, village: Village) -> None:
    _, link = send(session, WEST + 0.003, SOUTH + 0.003)
    _, other = send(session, WEST + 0.003, SOUTH + 0.003)
    forget_link(session, link)
    for deed in (report_by_follow_up, withdraw_report, remove_personal_details, forget_link):
        with pytest.raises(FollowUpUnknown):
            deed(session, link)
    with pytest.raises(FollowUpUnknown):
        report_by_follow_up(session, "")
    assert report_by_follow_up(session, other)


def test_nothing_of_what_belongs_elsewhere_is_stored_or_logged(
    session: Session, village: Village, caplog: pytest.LogCaptureFixture
) -> None:
    words = "二樓的先生晚上打老婆"
    with pytest.raises(BelongsElsewhere) as caught:
        send(session, WEST + 0.003, SOUTH + 0.003, description=words)
    assert "113" in (caught.value.remedy or "")
    assert words not in f"{caught.value!r} {vars(caught.value)} {caplog.text}"
    assert session.scalars(select(Hazard)).all() == []


def add_houses(session: Session, count: int, lat: float) -> None:
    for number in range(count):
        west = WEST + 0.001 + number * 0.0002
        house = shapely.MultiPolygon([shapely.box(west, lat, west + 0.0001, lat + 0.0001)])
        session.add(Building(source="test", source_id=f"{lat}-{number}", geom=from_shape(house, srid=WGS84)))
    session.flush()


@pytest.mark.parametrize(("reports", "houses", "is_told"), [(3, 8, True), (2, 8, False), (3, 7, False)])
def test_the_public_is_told_of_streets_with_three_reports_and_eight_houses(
    session: Session, village: Village, reports: int, houses: int, is_told: bool
) -> None:
    street = shapely.LineString([(WEST + 0.001, SOUTH + 0.002), (WEST + 0.004, SOUTH + 0.002)])
    add_street(session, street, "one")
    add_houses(session, houses, SOUTH + 0.0021)
    for number in range(reports):
        send(session, WEST + 0.0015 + number * 0.0003, SOUTH + 0.0019)
    told = public_reports(session, study_area(session, "榕樹里"))
    assert told.counts.tolist() == ([3] if is_told else [])
    assert told.total == (3 if reports == 3 else FEW)
    assert told.rest == (0 if is_told else told.total)
    assert all(shape.hausdorff_distance(street) < 1e-8 for shape in told.geometries)


def test_a_town_tells_what_its_villages_tell(session: Session, village: Village, streets: list[StreetEdge]) -> None:
    for step in range(6):
        add_houses(session, 40, SOUTH + 0.0005 + step * 0.0015)
    send_many(session, 150, seed=9)
    villages = [public_reports(session, study_area(session, name)) for name in ("榕樹里", "樟樹里")]
    town = public_reports(session, study_area(session, "示範區"))
    assert sum(len(one.counts) for one in villages) == len(town.counts) > 0
    assert sorted(count for one in villages for count in one.counts) == sorted(town.counts)
    assert all(count % 3 == 0 for one in (*villages, town) for count in one.counts)
    open_private = session.scalar(text("SELECT count(*) FROM hazard WHERE state = 'open' AND NOT is_public_place"))
    assert town.total == math.floor(open_private / 3) * 3


def test_what_is_fixed_is_not_counted(session: Session, village: Village) -> None:
    for number in range(3):
        send(session, WEST + 0.0015 + number * 0.0003, SOUTH + 0.0019)
    session.execute(text("UPDATE hazard SET stage = :stage"), {"stage": Stage.VERIFIED_FIXED.value})
    assert public_reports(session, study_area(session, "榕樹里")).total == 0


def test_without_streets_cells_are_told(session: Session, village: Village) -> None:
    add_houses(session, 10, SOUTH + 0.0005)
    for number in range(3):
        send(session, WEST + 0.0001 + number * 0.0003, SOUTH + 0.001)
    told = public_reports(session, study_area(session, "榕樹里"))
    assert (told.counts.tolist(), told.names.tolist(), told.rest) == ([3], [""], 0)


def test_the_demo_village_shows_everybody_its_public_places_and_counts(session: Session) -> None:
    load_demo(session)
    area = study_area(session, "榕樹里")
    shown = reports_seen(session, ANONYMOUS, area.village_ids)
    assert len(shown) == 26
    assert all(seen.is_public_place and seen.description and seen.position is Position.EXACT for seen in shown)
    told = public_reports(session, area)
    assert (told.total, told.rest, told.counts.tolist()) == (36, FEW, [3, 6, 3, 3, 3, 3, 3, 3])
    assert "老廟巷" in told.names.tolist()

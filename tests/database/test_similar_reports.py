"""Suggestions while a report is written: from what the asker sees alone, by streets, of open and lately fixed ones."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session
from tests.support.neighbourhood import Neighbourhood
from tests.support.places import add_village
from tests.support.reports import shown_report

from safemap.analysis.similar import Reason
from safemap.communities.tables import Village
from safemap.hazards.merging import merge_reports
from safemap.hazards.rules import Position
from safemap.hazards.schemas import HazardReport
from safemap.hazards.service import take_report
from safemap.hazards.similar import OFFERED, SimilarReport, similar_reports, similar_to
from safemap.identity.rules import ANONYMOUS, Grant, Role, Viewer

NOW = datetime.now(UTC)


def with_role(role: Role, village: Village) -> Viewer:
    return Viewer(person_id=1, grants=(Grant(role, frozenset({village.id})),))


class Lanes:
    """A grid of lanes, 100 m apart, with reports by metres."""

    def __init__(self, session: Session) -> None:
        self.session, self.village = session, add_village(session)
        self.ground = Neighbourhood(session, self.village)
        self.ground.lanes()

    def draft(self, x_m: float, y_m: float, **changes: object) -> HazardReport:
        placed = self.ground.plane.to_lonlat(shapely.Point(self.ground.east + x_m, self.ground.north + y_m))
        values = {
            "category": "lamp_out",
            "description": "路燈不亮",
            "accuracy_m": 5.0,
            "noticed_at": "night",
            **changes,
        }
        return HazardReport.model_validate({"lon": placed.x, "lat": placed.y, **values})

    def put(self, x_m: float, y_m: float, **changes: object) -> str:
        made = shown_report(self.session, self.draft(x_m, y_m, **{"is_public_place": True, **changes})).seen.public_id
        self.session.execute(text("UPDATE hazard SET text_state = 'shown' WHERE public_id = :id"), {"id": made})
        self.session.expire_all()
        return made

    def like(self, viewer: Viewer, x_m: float, y_m: float, **changes: object) -> list[SimilarReport]:
        return similar_reports(self.session, viewer, self.draft(x_m, y_m, **changes), [self.village.id], NOW)


@pytest.fixture
def lanes(session: Session) -> Lanes:
    return Lanes(session)


def ids(found: list[SimilarReport]) -> list[str]:
    return [one.seen.public_id for one in found]


def test_the_same_lamp_is_offered_and_the_parallel_lane_is_not(lanes: Lanes) -> None:
    same, _parallel = lanes.put(250, 100), lanes.put(250, 200)
    [found] = lanes.like(ANONYMOUS, 262, 101)
    assert found.seen.public_id == same
    assert found.about_m == 10
    assert Reason.CATEGORY in found.reasons


def test_the_same_number_is_first_from_anywhere_in_the_village(lanes: Lanes) -> None:
    near = lanes.put(250, 100)
    same = lanes.put(550, 500, asset_kind="lamp", asset_number="示0412", description="")
    found = lanes.like(ANONYMOUS, 250, 100, asset_kind="lamp", asset_number="示 ０４１２")
    assert ids(found) == [same, near]
    assert found[0].reasons[0] is Reason.ASSET


def test_what_was_fixed_lately_is_offered_and_says_so(lanes: Lanes) -> None:
    lately, long_ago = lanes.put(250, 100), lanes.put(252, 100)
    for report, days in ((lately, 60), (long_ago, 91)):
        lanes.session.execute(
            text("UPDATE hazard SET stage = 'verified_fixed', fixed_at = :at WHERE public_id = :id"),
            {"at": NOW - timedelta(days=days), "id": report},
        )
    lanes.session.expire_all()
    found = lanes.like(ANONYMOUS, 250, 100)
    assert ids(found) == [lately]
    assert Reason.FIXED in found[0].reasons


def test_what_is_closed_or_told_with_another_is_not_offered(lanes: Lanes) -> None:
    moderator = with_role(Role.SECRETARY, lanes.village)
    head, follower, closed = lanes.put(250, 100), lanes.put(251, 100), lanes.put(252, 100)
    lanes.session.execute(text("UPDATE hazard SET stage = 'no_action' WHERE public_id = :id"), {"id": closed})
    lanes.session.expire_all()
    merge_reports(lanes.session, moderator, follower, head)
    found = lanes.like(ANONYMOUS, 250, 100)
    assert ids(found) == [head]
    assert found[0].seen.supporters == 1


def test_at_most_five(lanes: Lanes) -> None:
    for at in range(8):
        lanes.put(250 + at, 100)
    assert len(lanes.like(ANONYMOUS, 250, 100)) == OFFERED


def test_a_visitor_is_told_of_public_places_alone_and_nobody_of_what_waits(lanes: Lanes) -> None:
    lanes.put(250, 100, is_public_place=False)
    take_report(lanes.session, lanes.draft(250, 100, is_public_place=True))
    assert lanes.like(ANONYMOUS, 250, 100) == []
    member = lanes.like(with_role(Role.RESIDENT, lanes.village), 250, 100)
    assert [(one.seen.position, one.about_m) for one in member] == [(Position.STREET, None)]


def test_also_who_sees_exact_places_is_told_the_street(lanes: Lanes) -> None:
    lanes.put(210, 100, is_public_place=False)
    [found] = lanes.like(with_role(Role.SECRETARY, lanes.village), 210, 100)
    assert (found.seen.position, found.about_m) == (Position.STREET, None)


def spots() -> Iterator[tuple[int, int]]:
    return ((x_m, y_m) for x_m in range(180, 320, 20) for y_m in range(80, 220, 20))


def test_asking_from_everywhere_tells_a_member_nothing_of_a_private_place(lanes: Lanes) -> None:
    """Two villages that differ in what members may not see alone answer alike, from wherever one asks."""
    member = with_role(Role.RESIDENT, lanes.village)
    private = lanes.put(
        215, 103, is_public_place=False, category="lighting", accuracy_m=4.0, asset_kind="lamp", asset_number="示0412"
    )
    asked = {"category": "lighting", "asset_kind": "lamp", "asset_number": "示0412"}
    lanes.session.execute(
        text("UPDATE hazard SET text_state = 'held', description = '12號門口' WHERE public_id = :id"), {"id": private}
    )

    def answers() -> list[object]:
        lanes.session.expire_all()
        told = [lanes.like(member, x_m, y_m, **asked) for x_m, y_m in spots()]
        return [
            [(one.seen.model_dump(exclude={"reported_at"}), one.about_m, one.reasons) for one in each] for each in told
        ]

    before = answers()
    assert any(before)
    moved = lanes.draft(285, 97)
    line = shapely.LineString([(moved.lon, moved.lat), (moved.lon - 0.0001, moved.lat)])
    lanes.session.execute(
        text(
            "UPDATE hazard SET geom = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), accuracy_m = 90, "
            "asset_number = '示0999', description = '30號後面', extent = ST_GeomFromEWKT(:line) WHERE public_id = :id"
        ),
        {"lon": moved.lon, "lat": moved.lat, "id": private, "line": f"SRID=4326;{line.wkt}"},
    )
    assert answers() == before


def test_asking_from_everywhere_tells_a_visitor_nothing_of_what_they_may_not_see(lanes: Lanes) -> None:
    lanes.put(250, 140)

    def answers() -> list[list[str]]:
        return [ids(lanes.like(ANONYMOUS, x_m, y_m)) for x_m, y_m in spots()]

    before = answers()
    assert any(before)
    lanes.put(230, 100, is_public_place=False)
    take_report(lanes.session, lanes.draft(250, 100, is_public_place=True))
    assert answers() == before


def test_a_moderator_is_offered_what_is_like_a_report_that_is_here_with_what_waits(lanes: Lanes) -> None:
    moderator = with_role(Role.SECRETARY, lanes.village)
    one = lanes.put(250, 100, is_public_place=False)
    waiting = take_report(lanes.session, lanes.draft(255, 100)).seen.public_id
    lanes.put(500, 500)
    assert ids(similar_to(lanes.session, moderator, one)) == [waiting]
    assert ids(similar_to(lanes.session, moderator, waiting)) == [one]
    assert similar_to(lanes.session, ANONYMOUS, one) == []


def test_an_area_with_corners_in_a_wrong_order_is_compared_all_the_same(lanes: Lanes) -> None:
    lanes.put(250, 150, category="overgrown", description="草太長")
    corners = [lanes.draft(x_m, y_m) for x_m, y_m in ((220, 120), (280, 180), (280, 120), (220, 180))]
    area = [(one.lon, one.lat) for one in corners]
    assert lanes.like(ANONYMOUS, 250, 150, category="overgrown", description="雜草", area=area)

"""Where members see a report: in the middle of its street, inside its village, whatever else happens."""

import numpy as np
import pytest
import shapely
from geoalchemy2.shape import from_shape, to_shape
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from tests.support.places import EAST, NORTH, SOUTH, WEST, add_village

from safemap.basemap.tables import StreetEdge, StreetNode
from safemap.communities.tables import Village
from safemap.geo.crs import WGS84
from safemap.hazards.tables import Hazard

L_SHAPED = shapely.Polygon(
    [(WEST, SOUTH), (EAST, SOUTH), (EAST, 24.604), (120.354, 24.604), (120.354, NORTH), (WEST, NORTH)]
)
DUST_DEG = 1e-12  # less than a thousandth of a millimetre


def add_street(session: Session, line: shapely.LineString, name: str, street_class: str = "lane") -> StreetEdge:
    ends = []
    for number, at in enumerate((line.coords[0], line.coords[-1])):
        node = StreetNode(source="test", source_id=f"{name}/{number}", geom=from_shape(shapely.Point(at), srid=WGS84))
        session.add(node)
        ends.append(node)
    session.flush()
    edge = StreetEdge(
        source="test",
        source_id=name,
        from_node_id=ends[0].id,
        to_node_id=ends[1].id,
        street_class=street_class,
        length_m=100.0,
        geom=from_shape(line, srid=WGS84),
    )
    session.add(edge)
    session.flush()
    return edge


def add_report(session: Session, village: Village, lon: float, lat: float) -> Hazard:
    number = session.scalar(text("SELECT count(*) FROM hazard"))
    report = Hazard(
        public_id=f"r{number}",
        village_id=village.id,
        category="lighting",
        severity=1,
        geom=from_shape(shapely.Point(lon, lat), srid=WGS84),
    )
    session.add(report)
    session.flush()
    return report


def place_of(session: Session, report: Hazard) -> shapely.Point:
    session.expire(report)
    return to_shape(session.scalars(select(Hazard.street_geom).where(Hazard.id == report.id)).one())


def places(session: Session) -> list[str]:
    return list(session.scalars(text("SELECT ST_AsText(street_geom) FROM hazard ORDER BY id")))


@pytest.fixture
def village(session: Session) -> Village:
    made = add_village(session)
    made.geom = from_shape(shapely.MultiPolygon([L_SHAPED]), srid=WGS84)
    session.flush()
    return made


@pytest.fixture
def streets(session: Session, village: Village) -> list[shapely.LineString]:
    """Forty streets, some of which leave the village, some of which never enter it."""
    random = np.random.default_rng(7)
    made = []
    for number in range(40):
        start = random.uniform((WEST - 0.002, SOUTH - 0.002), (EAST + 0.002, NORTH + 0.002))
        line = shapely.LineString([start, start + random.normal(0, 0.0015, 2), start + random.normal(0, 0.003, 2)])
        add_street(session, line, f"s{number}")
        made.append(line)
    return made


def spots_inside(count: int, seed: int) -> list[tuple[float, float]]:
    random = np.random.default_rng(seed)
    found: list[tuple[float, float]] = []
    while len(found) < count:
        lon, lat = random.uniform((WEST, SOUTH), (EAST, NORTH))
        if L_SHAPED.contains(shapely.Point(lon, lat)):
            found.append((float(lon), float(lat)))
    return found


def test_it_is_the_middle_of_the_nearest_streets_part_inside(
    session: Session, village: Village, streets: list[shapely.LineString]
) -> None:
    for lon, lat in spots_inside(60, seed=1):
        add_report(session, village, lon, lat)
    nearest_of_all = text(
        "SELECT ST_Distance(h.street_geom, ST_LineInterpolatePoint(part.geom, 0.5)) FROM hazard h, LATERAL ("
        "  SELECT (ST_Dump(ST_CollectionExtract(ST_Intersection(e.geom, v.geom), 2))).geom"
        "  FROM street_edge e, village v WHERE v.id = h.village_id"
        "  ORDER BY ST_Distance((ST_Dump(ST_CollectionExtract(ST_Intersection(e.geom, v.geom), 2))).geom::geography,"
        "                       h.geom::geography) LIMIT 1) part"
    )
    away = list(session.scalars(nearest_of_all))
    assert len(away) == 60
    assert max(away) < DUST_DEG


def test_it_never_leaves_the_village(session: Session, village: Village, streets: list[shapely.LineString]) -> None:
    for lon, lat in spots_inside(60, seed=2):
        report = add_report(session, village, lon, lat)
        assert place_of(session, report).distance(L_SHAPED) < DUST_DEG


def test_other_reports_and_changes_of_anything_else_leave_it_where_it_is(
    session: Session, village: Village, streets: list[shapely.LineString]
) -> None:
    spots = spots_inside(12, seed=3)
    first = [place_of(session, add_report(session, village, *spot)) for spot in spots]
    again = [place_of(session, add_report(session, village, *spot)) for spot in reversed(spots)]
    assert again[::-1] == first
    before = places(session)
    session.execute(text("UPDATE hazard SET is_public_place = true, description = '改了', stage = 'verified_fixed'"))
    session.execute(text("UPDATE hazard SET is_public_place = false, accuracy_m = 30"))
    session.execute(text("UPDATE hazard SET street_geom = geom"))  # nobody can set it by hand
    session.execute(text("UPDATE hazard SET geom = geom, village_id = village_id"))
    assert places(session) == before


def test_many_places_are_told_as_few(session: Session, village: Village, streets: list[shapely.LineString]) -> None:
    for lon, lat in spots_inside(80, seed=4):
        add_report(session, village, lon, lat)
    assert len(set(places(session))) < 40


def test_reports_follow_streets_that_come_move_and_go(session: Session, village: Village) -> None:
    report = add_report(session, village, WEST + 0.001, SOUTH + 0.001)
    in_its_cell = place_of(session, report)
    near = shapely.LineString([(WEST + 0.001, SOUTH + 0.0012), (WEST + 0.003, SOUTH + 0.0012)])
    edge = add_street(session, near, "near")
    middle = place_of(session, report)
    assert middle.distance(shapely.Point(WEST + 0.002, SOUTH + 0.0012)) < DUST_DEG
    edge.geom = from_shape(shapely.transform(near, lambda xy: np.add(xy, (0, 0.0005))), srid=WGS84)
    session.flush()
    assert place_of(session, report).distance(shapely.Point(WEST + 0.002, SOUTH + 0.0017)) < DUST_DEG
    edge.geom = from_shape(shapely.transform(near, lambda xy: np.add(xy, (0, -0.5))), srid=WGS84)
    session.flush()
    assert place_of(session, report) == in_its_cell
    edge.geom = from_shape(near, srid=WGS84)
    session.flush()
    assert place_of(session, report) == middle
    session.delete(edge)
    session.flush()
    assert place_of(session, report) == in_its_cell


def test_a_nearer_street_across_the_border_is_not_taken(session: Session, village: Village) -> None:
    across = shapely.LineString([(WEST - 0.0001, SOUTH + 0.001), (WEST - 0.0001, SOUTH + 0.003)])
    inside = shapely.LineString([(WEST + 0.002, SOUTH + 0.001), (WEST + 0.002, SOUTH + 0.003)])
    add_street(session, across, "across")
    add_street(session, inside, "inside")
    report = add_report(session, village, WEST + 0.0001, SOUTH + 0.002)
    assert place_of(session, report).distance(shapely.Point(WEST + 0.002, SOUTH + 0.002)) < DUST_DEG


def test_near_is_in_metres_and_not_in_degrees(session: Session, village: Village) -> None:
    lon, lat = WEST + 0.002, SOUTH + 0.002  # a degree of longitude is a tenth shorter here
    north = shapely.LineString([(lon - 0.0005, lat + 0.00100), (lon + 0.0005, lat + 0.00100)])
    east = shapely.LineString([(lon + 0.00105, lat - 0.0004), (lon + 0.00105, lat + 0.0004)])
    add_street(session, north, "north")
    add_street(session, east, "east")
    report = add_report(session, village, lon, lat)
    assert place_of(session, report).distance(shapely.Point(lon + 0.00105, lat)) < DUST_DEG


def test_without_streets_it_is_a_point_of_a_fixed_cell(session: Session, village: Village) -> None:
    one, beside, elsewhere = (
        place_of(session, add_report(session, village, WEST + along, SOUTH + 0.0002))
        for along in (0.0001, 0.0004, 0.0095)
    )
    assert one == beside
    assert one != elsewhere
    assert one.within(L_SHAPED)
    assert elsewhere.within(L_SHAPED)


def test_reports_follow_a_changed_outline(session: Session, village: Village) -> None:
    street = shapely.LineString([(WEST + 0.001, SOUTH + 0.001), (EAST - 0.001, SOUTH + 0.001)])
    add_street(session, street, "long")
    report = add_report(session, village, WEST + 0.002, SOUTH + 0.002)
    whole = place_of(session, report)
    half = shapely.box(WEST, SOUTH, WEST + 0.005, NORTH)
    village.geom = from_shape(shapely.MultiPolygon([half]), srid=WGS84)
    session.flush()
    cut = place_of(session, report)
    assert whole.x == pytest.approx(WEST + 0.005)
    assert cut.x == pytest.approx(WEST + 0.003)


def test_a_railway_is_no_street(session: Session, village: Village) -> None:
    rail = shapely.LineString([(WEST + 0.001, SOUTH + 0.002), (WEST + 0.003, SOUTH + 0.002)])
    add_street(session, rail, "rail", "rail")
    lane = shapely.transform(rail, lambda xy: np.add(xy, (0, 0.001)))
    add_street(session, lane, "lane")
    report = add_report(session, village, WEST + 0.002, SOUTH + 0.0021)
    assert place_of(session, report).distance(lane.centroid) < DUST_DEG

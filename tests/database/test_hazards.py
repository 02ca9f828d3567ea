"""Reports of unsafe spots, from the form to the tables and back."""

import pytest
import shapely
from geoalchemy2.shape import from_shape
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from tests.support.members import OPERATOR
from tests.support.places import EAST, NORTH, SOUTH, WEST, add_village
from tests.support.reports import shown_report

from safemap.communities.rules import NowhereKnown
from safemap.communities.service import study_area
from safemap.geo.crs import WGS84
from safemap.hazards.life import Stage
from safemap.hazards.rules import HazardNotFound, HazardState
from safemap.hazards.schemas import HazardReport
from safemap.hazards.service import (
    count_by_category,
    hazards_for_members,
    report_seen,
    reports_by_street,
    reports_seen,
)
from safemap.hazards.tables import Hazard

LON, LAT = WEST + 0.004, SOUTH + 0.004


def report(**changes: object) -> HazardReport:
    return HazardReport.model_validate({"lon": LON, "lat": LAT, "category": "lighting", **changes})


def test_what_was_sent_is_what_is_seen(session: Session) -> None:
    add_village(session)
    sent = report(severity="3", noticed_at="night", description="  路燈壞了三天  ", accuracy_m=12)
    seen = shown_report(session, sent).seen
    assert report_seen(session, OPERATOR, seen.public_id) == seen
    assert (seen.village_key, seen.village_name, seen.category, seen.severity) == ("T001", "榕樹里", "lighting", 3)
    assert (seen.description, seen.noticed_at, seen.state, seen.accuracy_m) == ("路燈壞了三天", "night", "open", 12.0)
    assert (seen.lon, seen.lat) == (LON, LAT)
    assert seen.reported_at.tzinfo is not None


def test_ids_do_not_count(session: Session) -> None:
    add_village(session)
    ids = [shown_report(session, report()).seen.public_id for _ in range(20)]
    assert len(set(ids)) == 20
    assert all(len(public_id) == 12 and not public_id.isdigit() for public_id in ids)


def test_a_spot_in_no_village_is_refused(session: Session) -> None:
    add_village(session)
    with pytest.raises(NowhereKnown):
        shown_report(session, report(lon=WEST - 1))


def test_an_unknown_id_is_not_found(session: Session) -> None:
    with pytest.raises(HazardNotFound, match="nothere"):
        report_seen(session, OPERATOR, "nothere")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lon", 181),
        ("lat", -91),
        ("lon", float("nan")),
        ("lat", float("inf")),
        ("category", "ghosts"),
        ("severity", "4"),
        ("noticed_at", "dusk"),
        ("description", "長" * 501),
        ("description", "a\x00b"),
        ("accuracy_m", -1),
        ("reporter", "somebody"),
    ],
)
def test_wrong_input_names_the_field(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        report(**{field: value})
    assert [error["loc"][0] for error in caught.value.errors()] == [field]


def test_the_database_itself_refuses_a_spot_outside_its_village(session: Session) -> None:
    village = add_village(session)
    outside = from_shape(shapely.Point(EAST + 0.5, NORTH), srid=WGS84)
    session.add(Hazard(public_id="x", village_id=village.id, category="lighting", severity=1, geom=outside))
    with pytest.raises(IntegrityError, match="lies outside its village"):
        session.flush()


def test_pages_follow_each_other_without_gap_or_repeat(session: Session) -> None:
    village = add_village(session)
    everything = {shown_report(session, report()).seen.public_id for _ in range(7)}  # at one moment: ids break the tie
    seen: list[str] = []
    before = None
    while page := reports_seen(session, OPERATOR, [village.id], before=before, limit=3):
        seen += [one.public_id for one in page]
        before = (page[-1].reported_at, page[-1].public_id)
    assert len(seen) == 7
    assert set(seen) == everything


def test_lists_can_be_narrowed(session: Session) -> None:
    village = add_village(session)
    dark = shown_report(session, report()).seen
    stolen = shown_report(session, report(category="theft", lon=LON + 0.002)).seen

    def found(**narrowed: object) -> set[str]:
        return {one.public_id for one in reports_seen(session, OPERATOR, [village.id], **narrowed)}  # type: ignore[arg-type]

    assert found(categories=["theft"]) == {stolen.public_id}
    assert found(states=["fixed"]) == set()
    assert found(box=(LON - 0.0005, LAT - 0.0005, LON + 0.0005, LAT + 0.0005)) == {dark.public_id}
    assert reports_seen(session, OPERATOR, []) == []


def test_counts_and_frames_agree(session: Session) -> None:
    village = add_village(session)
    for category in ("lighting", "lighting", "theft"):
        shown_report(session, report(category=category))
    session.query(Hazard).filter_by(category="theft").update({"stage": Stage.VERIFIED_FIXED.value})
    assert count_by_category(session, [village.id]) == {"lighting": 2, "theft": 1}
    assert count_by_category(session, [village.id], HazardState.OPEN) == {"lighting": 2}
    by_street = reports_by_street(session, [village.id])
    assert by_street.categories.tolist() == ["lighting", "lighting", "theft"]
    assert by_street.is_open.tolist() == [True, True, False]
    area = study_area(session, "榕樹里")
    still_open = hazards_for_members(session, area.village_ids, area.geometry, 0.0)
    assert list(still_open.categories) == ["lighting", "lighting"]


def test_what_is_measured_is_what_members_see(session: Session) -> None:
    village = add_village(session)
    shown_report(session, report(accuracy_m=8.0))
    shown_report(session, report(accuracy_m=120.0))
    shown_report(session, report(is_public_place=True, accuracy_m=8.0, description="一句話"))
    area = study_area(session, village.code)
    found = hazards_for_members(session, [village.id], area.geometry, 0.0)
    exact = shapely.Point(LON, LAT)
    assert [shapely.equals_exact(one, exact, 1e-9) for one in found.geometries] == [False, False, True]
    assert found.accuracy_m.tolist() == [50.0, 120.0, 8.0]
    assert found.descriptions.tolist() == ["", "", ""]
    assert len(set(shapely.to_wkb(reports_by_street(session, [village.id]).places))) == 1


def test_an_empty_place_gives_empty_arrays(session: Session) -> None:
    village = add_village(session)
    found = hazards_for_members(session, [village.id], study_area(session, village.code).geometry, 10.0)
    assert len(found) == 0
    assert found.geometries.shape == found.accuracy_m.shape == (0,)
    assert len(reports_by_street(session, [village.id])) == 0


def test_of_the_village_beside_public_places_alone_are_measured(session: Session) -> None:
    add_village(session)
    add_village(session, name="老街里", code="T002", box=(EAST, SOUTH, EAST + 0.01, NORTH))
    shown_report(session, report(lon=EAST + 0.0005))  # some 50 m over the border
    area = study_area(session, "T001")

    def within(margin_m: float) -> int:
        return len(hazards_for_members(session, area.village_ids, area.geometry, margin_m))

    assert (within(0.0), within(400.0)) == (0, 0)
    shown_report(session, report(lon=EAST + 0.0005, is_public_place=True))
    assert (within(0.0), within(40.0), within(60.0)) == (0, 0, 1)

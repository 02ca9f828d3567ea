"""Diagnoses from the tables and back: what is counted, found, stored, said."""

import datetime as dt
import json

import pytest
import shapely
from geoalchemy2 import Geography
from sqlalchemy import cast, func, select
from sqlalchemy.orm import Session
from tests.support.neighbourhood import NOW, TAIPEI, Neighbourhood
from tests.support.places import add_village

from safemap.communities.rules import StudyArea
from safemap.communities.service import study_area
from safemap.diagnosis.rules import DiagnosisNotFound, Events, NoStreets, Parameters, Period, Source
from safemap.diagnosis.schemas import DiagnosisSeen, ZoneSeen
from safemap.diagnosis.service import diagnose, diagnosis_seen, latest_diagnosis, segments_geojson, zones
from safemap.diagnosis.tables import Diagnosis, DiagnosisSegment
from safemap.i18n import translations

CHINESE = translations("zh-Hant").gettext
ENGLISH = translations("en").gettext


@pytest.fixture
def here(session: Session) -> Neighbourhood:
    """Six by six junctions 100 m apart; what a test adds comes on top."""
    neighbourhood = Neighbourhood(session, add_village(session))
    neighbourhood.lanes()
    return neighbourhood


def area_of(here: Neighbourhood) -> StudyArea:
    return study_area(here.session, here.village.code)


def diagnosed(here: Neighbourhood, **parameters: object) -> DiagnosisSeen:
    return diagnose(here.session, area_of(here), Parameters(**parameters) if parameters else None, now=NOW)


def notes_of(seen: DiagnosisSeen) -> list[str]:
    return [note.said(ENGLISH) for note in seen.notes]


def reasons_of(zone: ZoneSeen) -> list[str]:
    return [reason.said(ENGLISH) for reason in zone.reasons]


def in_chinese(zone: ZoneSeen) -> str:
    return "、".join(reason.said(CHINESE) for reason in zone.reasons)


def test_a_dead_zone_is_found_named_and_explained(here: Neighbourhood) -> None:
    here.reports(330, 300, 9, category="lighting", noticed_at="night")
    here.reports(120, 500, 12, category="traffic", noticed_at="day")
    here.reports(520, 110, 4)
    here.route((100, 300), (600, 300), start="19:00", end="22:00")
    here.camera(120, 500)
    for east_m in range(100, 281, 20):
        here.lamp(east_m, 300)
    seen = diagnosed(here, reach_of_event_m=60.0, hazard_share=0.1)
    assert (seen.events, seen.event_count, seen.has_hotspots) == (Events.REPORTS, 25, True)
    night = seen.periods[Period.NIGHT]
    assert (night.event_count, night.has_hotspots, night.zones) == (13, False, ())
    assert night.title.said(CHINESE) == "深夜（22:00–06:00）只有 13 件，不足以判斷熱點"

    here.reports(330, 300, 9, category="lighting", noticed_at="night")
    seen = diagnosed(here, reach_of_event_m=60.0, hazard_share=0.1)
    zone = seen.periods[Period.NIGHT].zones[0]
    assert (zone.rank, zone.street, zone.event_count) == (1, "橫3巷", 18)
    assert in_chinese(zone) == (
        f"60 公尺內有 18 件通報、多為「{CHINESE('Too dark')}」、沒有監視器照到、22:00 以後沒有巡守、路燈間斷 150 公尺"
    )
    assert reasons_of(zone)[3] == "no patrol after 22:00"
    assert zone.parts[Source.BLOCK] is None
    assert zone.parts[Source.PATROL] == 0
    assert zone.geometry.geom_type == "MultiLineString"
    assert [zone.street for zone in seen.periods[Period.DAY].zones][:1] != ["橫3巷"]
    evening = [zone for zone in seen.periods[Period.EVENING].zones if zone.street == "橫3巷"]
    assert evening == []  # patrolled for three of four hours


def test_too_few_reports_are_counted_and_not_ranked(here: Neighbourhood) -> None:
    here.reports(330, 300, 15, category="lighting")
    here.reports(120, 500, 4, category="blocked")
    seen = diagnosed(here)
    assert not seen.has_hotspots
    assert seen.title.said(ENGLISH) == "Only 19 reports so far: too few to speak of hotspots"
    assert seen.title.said(CHINESE) == "目前只有 19 件通報，還不足以判斷熱點"
    assert [(line.name.message, line.count) for line in seen.by_category] == [("Too dark", 15), ("Blocked way", 4)]
    assert [(line.name.said(CHINESE), line.count) for line in seen.by_street] == [("橫3巷", 15), ("橫5巷", 4)]
    assert all(period.zones == () for period in seen.periods.values())
    classes = here.session.scalars(select(func.max(DiagnosisSegment.density_class))).one()
    assert classes == 0


def test_twenty_are_enough(here: Neighbourhood) -> None:
    here.reports(330, 300, 20)
    assert diagnosed(here).has_hotspots


def test_nothing_reported_is_said_so(here: Neighbourhood) -> None:
    seen = diagnosed(here)
    assert seen.title.said(CHINESE) == "還沒有通報"
    assert seen.periods[Period.NIGHT].title.said(CHINESE) == "深夜（22:00–06:00）沒有可計入的案件"
    assert seen.data_as_of == NOW
    assert seen.legend[0].to_per_km is None


class TestWhatIsCounted:
    def test_accidents_when_there_are_too_few_reports(self, here: Neighbourhood) -> None:
        here.reports(330, 300, 3)
        here.incidents(330, 300, 25)
        here.incidents(330, 300, 21, kind="theft_bicycle")
        seen = diagnosed(here)
        assert seen.events is Events.TRAFFIC
        assert notes_of(seen)[0] == "Counted are 25 traffic accidents, because there are only 3 open reports."

    def test_reports_when_incidents_are_few_as_well(self, here: Neighbourhood) -> None:
        here.incidents(330, 300, 19)
        assert diagnosed(here).events is Events.REPORTS

    def test_reports_when_there_are_enough(self, here: Neighbourhood) -> None:
        here.reports(330, 300, 20)
        here.incidents(330, 300, 99)
        assert diagnosed(here).events is Events.REPORTS

    def test_what_was_asked_for(self, here: Neighbourhood) -> None:
        here.reports(330, 300, 20)
        here.incidents(330, 300, 21, kind="robbery")
        seen = diagnosed(here, events=Events.CRIME)
        assert seen.event_count == 21
        assert notes_of(seen)[0] == "Counted are 21 crimes."

    def test_only_open_reports(self, here: Neighbourhood) -> None:
        here.reports(330, 300, 20)
        here.reports(330, 300, 5, stage="verified_fixed")
        assert diagnosed(here).event_count == 20

    def test_rough_positions_are_left_out_and_said_so(self, here: Neighbourhood) -> None:
        here.reports(330, 300, 20)
        here.reports(330, 300, 2, accuracy_m=100.0)
        here.reports(330, 300, 3, accuracy_m=100.5)
        seen = diagnosed(here)
        assert seen.event_count == 22
        assert "3 more are placed too roughly for this map (worse than 100 m)." in notes_of(seen)

    def test_unknown_hours_are_spread_over_the_day(self, here: Neighbourhood) -> None:
        here.incidents(330, 300, 24, precision="day", occurred_at=dt.datetime(2026, 5, 1, tzinfo=TAIPEI))
        here.incidents(330, 300, 6)
        seen = diagnosed(here, events=Events.TRAFFIC)
        counts = {period: found.event_count for period, found in seen.periods.items()}
        assert counts == {Period.DAY: 12, Period.EVENING: 4 + 6, Period.NIGHT: 8}
        assert "The hour of 24 of them is not known: they are spread over the whole day." in notes_of(seen)

    def test_events_just_outside_make_the_edge_honest_but_are_not_counted(self, session: Session) -> None:
        village = add_village(session, box=(120.35, 24.60, 120.3535, 24.61))  # its east border runs at 354 m
        neighbour = add_village(session, name="隔壁里", code="T002", box=(120.3535, 24.60, 120.36, 24.61))
        here = Neighbourhood(session, village)
        here.lanes()
        here.reports(300, 300, 20)
        alone = diagnosed(here)
        beside = Neighbourhood(session, neighbour)
        beside.reports(400, 300, 30)  # near homes: members of this village may not know of them
        private = diagnosed(here)
        beside.reports(400, 300, 30, is_public_place=True)
        both = diagnosed(here)
        assert alone.event_count == both.event_count == 20

        def whole(seen: DiagnosisSeen) -> float:
            densities = select(func.sum(DiagnosisSegment.density_per_km))
            return session.scalars(densities.where(DiagnosisSegment.diagnosis_id == seen.id)).one()

        assert whole(both) > whole(private) == whole(alone) > 0


class TestWhatIsNotKnown:
    def test_is_said_and_never_held_against_a_street(self, here: Neighbourhood) -> None:
        here.reports(330, 300, 20)
        seen = diagnosed(here)
        assert notes_of(seen)[2:] == [
            "No camera is known here.",
            "No patrol route is known here.",
            "No adopted block is known here.",
            "Street lamps are not known here.",
            "No building is known here, so none hides anything.",
        ]
        zone = seen.periods[Period.NIGHT].zones[0]
        assert reasons_of(zone) == ["20 reports within 100 m"]
        assert seen.periods[Period.NIGHT].title.said(ENGLISH).endswith("who watches there is not known")
        assert not seen.known.anything
        assert set(zone.parts.values()) == {None}

    def test_a_broken_camera_is_known_and_sees_nothing(self, here: Neighbourhood) -> None:
        here.reports(330, 300, 20)
        here.camera(330, 300, is_working=False)
        here.camera(330, 300, site="indoor")
        seen = diagnosed(here)
        assert seen.counts["cameras"] == 0
        assert seen.counts["cameras_indoor_or_out_of_order"] == 2
        assert "no camera sees it" in reasons_of(seen.periods[Period.NIGHT].zones[0])

    def test_a_camera_without_direction_is_a_chance(self, here: Neighbourhood) -> None:
        here.reports(330, 300, 20)
        here.camera(330, 300, kind="fixed", field_of_view_deg=90.0)
        seen = diagnosed(here)
        assert any(note.startswith("The direction of 1 of 1 cameras is not known") for note in notes_of(seen))
        share = next(zone for zone in seen.periods[Period.DAY].zones if zone.street == "橫3巷").parts[Source.CAMERA]
        assert share is not None
        assert 0 < share < 0.25

    def test_streets_that_are_said_to_be_lit_are_lit(self, session: Session) -> None:
        here = Neighbourhood(session, add_village(session))
        here.lanes(is_lit=True)
        here.reports(330, 300, 20)
        seen = diagnosed(here)
        assert "Street lamps are not known here." not in notes_of(seen)
        zone = seen.periods[Period.NIGHT].zones[0]
        assert zone.parts[Source.LAMP] == 1
        assert Source.LAMP not in seen.periods[Period.DAY].zones[0].parts

    def test_lamps_that_are_known_decide_over_what_is_said_of_their_street(self, session: Session) -> None:
        here = Neighbourhood(session, add_village(session))
        here.lanes(is_lit=True)
        here.reports(350, 300, 20)
        here.lamp(310, 300, is_working=False)
        seen = diagnosed(here, reach_of_event_m=30.0, hazard_share=0.01)
        zone = seen.periods[Period.NIGHT].zones[0]
        assert (zone.street, zone.parts[Source.LAMP]) == ("橫3巷", 0)
        assert "lamp gap of 100 m" in reasons_of(zone)
        assert seen.counts["lamps_out"] == 1


class TestGuardians:
    def test_a_camera_in_sight_guards_and_a_house_takes_it_away(self, here: Neighbourhood) -> None:
        def guarded(seen: DiagnosisSeen) -> float:
            here.session.flush()
            statement = select(func.max(DiagnosisSegment.guardianship["night"]["camera"].as_float()))
            return here.session.scalars(statement.where(DiagnosisSegment.diagnosis_id == seen.id)).one()

        here.reports(330, 300, 20)
        here.camera(350, 312, kind="fixed", azimuth_deg=180.0, field_of_view_deg=120.0, reach_m=40.0)
        assert guarded(diagnosed(here)) > 0.3
        here.building(300, 303, 400, 308)
        assert guarded(diagnosed(here)) == 0

    def test_blocks_count_while_in_force_and_in_their_hours(self, here: Neighbourhood) -> None:
        here.reports(330, 300, 20)
        here.block(250, 250, 450, 350)
        here.block(100, 100, 120, 120, in_force_until=dt.date(2026, 11, 23))
        seen = diagnosed(here)
        assert (seen.counts["blocks"], seen.counts["blocks_not_in_force"]) == (1, 1)
        day = [zone for zone in seen.periods[Period.DAY].zones if zone.street == "橫3巷"]
        assert all((zone.parts[Source.BLOCK] or 0) < 0.75 for zone in day)
        night = next(zone for zone in seen.periods[Period.NIGHT].zones if zone.street == "橫3巷")
        assert "adopted block not watched at this time" in reasons_of(night)

    def test_a_patrol_on_two_nights_is_said_so(self, here: Neighbourhood) -> None:
        here.reports(330, 300, 20)
        here.route((100, 300), (600, 300), weekdays=16 + 32, start="22:00", end="06:00")
        seen = diagnosed(here)
        zone = next(zone for zone in seen.periods[Period.NIGHT].zones if zone.street == "橫3巷")
        assert "patrol on Fri, Sat only" in reasons_of(zone)
        assert "只有週五、週六有巡守" in in_chinese(zone)
        assert zone.parts[Source.PATROL] == pytest.approx(2 / 7, abs=1e-3)
        day = next(zone for zone in seen.periods[Period.DAY].zones if zone.street == "橫3巷")
        assert "no patrol before 22:00" in reasons_of(day)


def test_what_was_stored_is_what_is_seen(here: Neighbourhood) -> None:
    here.reports(330, 300, 20)
    here.lamp(100, 300)
    made = diagnosed(here, reach_of_event_m=80.0)
    here.session.expire_all()
    seen = diagnosis_seen(here.session, made.id)
    assert seen == made
    assert seen.parameters == Parameters(events=Events.REPORTS, reach_of_event_m=80.0)
    assert latest_diagnosis(here.session, "T001") == made
    assert latest_diagnosis(here.session, "T001", Events.REPORTS) == made
    assert zones(here.session, made.id, Period.NIGHT) == made.periods[Period.NIGHT].zones
    with pytest.raises(DiagnosisNotFound):
        latest_diagnosis(here.session, "T001", Events.CRIME)
    with pytest.raises(DiagnosisNotFound, match="safemap diagnose"):
        diagnosis_seen(here.session, 0)


def test_the_latest_is_the_last_one_made(here: Neighbourhood) -> None:
    here.reports(330, 300, 20)
    first = diagnosed(here)
    second = diagnosed(here)
    assert latest_diagnosis(here.session, "T001").id == second.id > first.id
    assert first.periods[Period.NIGHT].title == second.periods[Period.NIGHT].title


def test_segments_are_equal_in_length_and_in_the_village(here: Neighbourhood) -> None:
    here.reports(330, 300, 20)
    seen = diagnosed(here)
    assert seen.counts["segments"] == 2 * 60
    assert seen.counts["street_km"] == pytest.approx(6.0, abs=0.01)
    geodesic = func.ST_Length(cast(DiagnosisSegment.geom, Geography))
    for length_m, on_the_ellipsoid_m in here.session.execute(select(DiagnosisSegment.length_m, geodesic)):
        assert length_m == pytest.approx(on_the_ellipsoid_m, rel=2e-4)


def test_segments_are_drawn_by_the_database(here: Neighbourhood) -> None:
    here.reports(330, 300, 20, noticed_at="night")
    here.lamp(330, 300)
    seen = diagnosed(here)
    night = json.loads(segments_geojson(here.session, seen.id, Period.NIGHT))
    assert len(night["features"]) == seen.counts["segments"]
    feature = next(f for f in night["features"] if f["properties"]["event_count"] == 20)
    assert set(feature["properties"]) == {
        "street", "length_m", "density_per_km", "density_class", "event_count", "camera", "patrol", "block", "lamp",
        "all",
    }  # fmt: skip
    assert feature["properties"]["camera"] is None
    assert shapely.geometry.shape(feature["geometry"]).length > 0
    day = json.loads(segments_geojson(here.session, seen.id, Period.DAY))
    assert max(f["properties"]["event_count"] for f in day["features"]) == 0
    every = json.loads(segments_geojson(here.session, seen.id))
    assert max(f["properties"]["event_count"] for f in every["features"]) == 20
    assert json.loads(segments_geojson(here.session, 0)) == {"type": "FeatureCollection", "features": []}


def test_no_streets_is_a_clear_error_and_nothing_is_stored(session: Session) -> None:
    here = Neighbourhood(session, add_village(session))
    with pytest.raises(NoStreets, match="safemap import"):
        diagnosed(here)
    here.lanes(side=2, is_walkable=False)
    with pytest.raises(NoStreets):
        diagnosed(here)
    assert session.scalars(select(func.count(Diagnosis.id))).one() == 0


def test_it_measures_the_same_in_kinmen(session: Session) -> None:
    """The same neighbourhood in the other TM2 zone gives the same lengths, densities and ranks."""
    found = []
    for code, corner in (("T001", (120.35, 24.60)), ("K001", (118.32, 24.43))):
        west, south = corner
        box = (west, south, west + 0.01, south + 0.01)
        here = Neighbourhood(session, add_village(session, name=code, code=code, box=box), corner)
        here.lanes()
        here.reports(330, 300, 20)
        here.camera(350, 312, kind="fixed", azimuth_deg=180.0, field_of_view_deg=120.0, reach_m=40.0)
        seen = diagnosed(here)
        night = seen.periods[Period.NIGHT]
        found.append((seen.legend, [(z.street, round(z.length_m), round(z.score)) for z in night.zones]))
    (legend, zones), (other_legend, other_zones) = found
    assert legend == other_legend
    assert sorted(zones) == sorted(other_zones)  # two lie alike, and no rank tells them apart


def test_it_can_be_written_as_json_in_both_languages(here: Neighbourhood) -> None:
    here.reports(330, 300, 20)
    here.lamp(100, 100)
    seen = diagnosed(here)
    chinese = json.loads(json.dumps(seen.as_record(CHINESE, "zh-Hant")))
    english = json.loads(json.dumps(seen.as_record(ENGLISH, "en")))
    assert "治安死角" in chinese["title"]
    assert "dead zone" in english["title"]
    assert chinese["periods"]["night"]["zones"][0]["geometry"] == english["periods"]["night"]["zones"][0]["geometry"]

"""Hotspots from the tables and back: what is found, named and not said, and that no private place is in it."""

import datetime as dt
import json

import numpy as np
import pytest
import shapely
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from tests.support.neighbourhood import NOW, TAIPEI, Neighbourhood
from tests.support.places import add_village

from safemap.analysis.hotspots.honesty import Step
from safemap.analysis.hotspots.trends import Course
from safemap.communities.rules import StudyArea
from safemap.communities.service import study_area
from safemap.diagnosis.hotspots.rules import HotspotParameters, HotspotsNotMeasured, StepUnit
from safemap.diagnosis.hotspots.schemas import Findings
from safemap.diagnosis.hotspots.sentences import Told, compared
from safemap.diagnosis.hotspots.service import (
    counted_places,
    latest_hotspots,
    measure_hotspots,
    places_geojson,
    scores_seen,
    streets_geojson,
)
from safemap.diagnosis.rules import Events, Period
from safemap.diagnosis.service import diagnose
from safemap.diagnosis.tables import DiagnosisSegment, HotspotAnalysis, HotspotPlace, HotspotStreet
from safemap.i18n import translations
from safemap.maps.service import offline_map

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


def scattered(here: Neighbourhood, number: int, seed: int, kind: str = "accident_a2", **changes: object) -> None:
    """Incidents thrown evenly along the lanes, in which the village ends with the last lane."""
    random = np.random.default_rng(seed)
    for _ in range(number):
        along, lane = 100 + 500 * random.random(), 100 + 100 * int(random.integers(6))
        east, north = (along, lane) if random.random() < 0.5 else (lane, along)
        here.incidents(east, north, kind=kind, **changes)


def measured(here: Neighbourhood, events: Events = Events.TRAFFIC) -> Findings:
    """Measure, and read back what was stored."""
    made = measure_hotspots(here.session, area_of(here), now=NOW)
    stored = latest_hotspots(here.session, area_of(here), events).findings
    assert stored == made[events].findings  # nothing is lost on the way
    return stored


def told(findings: Findings) -> Told:
    return Told(findings, HotspotParameters(), lambda name: name)


def title(findings: Findings, say: object = ENGLISH) -> str:
    return told(findings).title().said(say)


def days_ago(days: float) -> dt.datetime:
    return NOW - dt.timedelta(days=days)


class TestWhere:
    def test_a_planted_cluster_is_found_and_named_by_its_street(self, here: Neighbourhood) -> None:
        scattered(here, 80, seed=1)
        here.incidents(345, 300, 14)
        found = measured(here)
        assert (found.n, found.limits.step) == (94, Step.HOT_CELLS)
        assert title(found) == "1 hotspot of traffic accidents: 橫3巷"
        assert title(found, CHINESE) == "1 處交通事故熱點：橫3巷"
        (spot,) = found.hotspots
        assert spot.count >= 14
        assert spot.ratio_low > 1
        first, second, *_ = [reason.said(ENGLISH) for reason in told(found).reasons(spot)]
        side = round(found.limits.window_m)
        assert first.startswith(f"{spot.count} traffic accidents on {side} × {side} m, where ")
        assert "would be expected by chance: " in first
        assert second.startswith("by chance: 1 time in ")
        assert second.endswith(f"corrected for the {found.limits.cells} places looked at")

    def test_the_shape_on_the_map_holds_the_events_that_its_reason_counts(self, here: Neighbourhood) -> None:
        scattered(here, 80, seed=1)
        here.incidents(345, 300, 14)
        found = measured(here)
        seen = latest_hotspots(here.session, area_of(here), Events.TRAFFIC)
        shapes = json.loads(places_geojson(here.session, seen.id))["features"]
        drawn = {one["id"]: shapely.geometry.shape(one["geometry"]) for one in shapes}
        places, numbers = counted_places(here.session, area_of(here), Events.TRAFFIC, seen.parameters)
        inside = shapely.intersects(drawn["hotspot-1"].buffer(1e-7), places)
        assert np.array(numbers)[inside].sum() >= found.hotspots[0].count
        assert sum(numbers) == found.n

    @pytest.mark.parametrize(("number", "seed"), [(30, 1), (30, 2), (60, 3), (60, 4), (150, 5)])
    def test_where_chance_alone_draws_no_hotspot_is_claimed(self, here: Neighbourhood, number: int, seed: int) -> None:
        scattered(here, number, seed)
        found = measured(here)
        assert found.hotspots == ()
        assert found.answer is not None
        assert not found.answer.is_any
        assert title(found) == (
            f"{number} traffic accidents, and no place stands out: chance alone spreads them like this"
        )
        assert title(found, CHINESE) == f"{number} 件交通事故，沒有特別集中的地方：偶然就會這樣分布"

    def test_from_twenty_on_there_is_one_answer_and_nothing_else(self, here: Neighbourhood) -> None:
        scattered(here, 14, seed=1)
        here.incidents(345, 300, 12)
        found = measured(here)
        assert (found.n, found.limits.step, found.hotspots) == (26, Step.ONE_ANSWER, ())
        assert found.answer is not None
        assert found.answer.is_any
        assert title(found).startswith("26 traffic accidents gather around 橫3巷: chance alone does so 1 time in ")
        assert found.density is None
        assert "four times out of five" in told(found).could_be_found().said(ENGLISH)

    def test_fewer_than_twenty_are_counted_and_no_more(self, here: Neighbourhood) -> None:
        here.incidents(345, 300, 19)
        found = measured(here)
        assert (found.n, found.limits.step) == (19, Step.POINTS)
        assert (found.answer, found.hotspots, found.hours, found.prone) == (None, (), None, ())
        assert title(found) == "Only 19 traffic accidents: too few to speak of hotspots"
        assert here.session.scalar(select(func.count()).select_from(HotspotPlace)) == 0

    def test_nothing_at_all(self, here: Neighbourhood) -> None:
        found = measured(here, Events.CRIME)
        assert title(found, CHINESE) == "這裡沒有刑案資料"
        assert (found.since, found.trend) == (None, None)

    def test_families_are_not_mixed(self, here: Neighbourhood) -> None:
        scattered(here, 60, seed=1)
        here.incidents(345, 300, 30, kind="theft_bicycle")
        assert measured(here, Events.TRAFFIC).hotspots == ()
        crime = latest_hotspots(here.session, area_of(here), Events.CRIME).findings
        assert (crime.n, crime.kinds) == (30, (("Bicycle theft", 30),))

    def test_what_lies_on_no_known_street_takes_no_part_and_is_told(self, here: Neighbourhood) -> None:
        scattered(here, 60, seed=1)
        here.incidents(900, 900, 5)
        found = measured(here)
        assert (found.n, found.n_read, found.limits.outside) == (60, 65, 5)
        assert "5 more lie where no street is known here, and take no part." in [
            note.said(ENGLISH) for note in told(found).rests_on()
        ]

    def test_where_streets_are_missing_the_ground_is_the_measure(self, here: Neighbourhood) -> None:
        """A fifth on no known street, and streets are missing: the known ones would become hotspots for that alone."""
        scattered(here, 40, seed=1)
        here.incidents(900, 900, 10)
        found = measured(here)
        assert (found.n, found.limits.outside, found.limits.is_by_street) == (40, 10, True)
        assert told(found).warning() is None
        here.incidents(900, 900, 1)
        found = measured(here)
        assert (found.n, found.limits.outside, found.limits.off_streets) == (51, 0, 11)
        warning = told(found).warning()
        assert warning is not None
        assert warning.said(ENGLISH).startswith("11 of 51 traffic accidents lie where no street is known here. ")
        assert found.prone_n == (0, 0)
        assert found.hotspots[0].place.village == "榕樹里"
        assert title(found, CHINESE).endswith("榕樹里")
        _, numbers = counted_places(here.session, area_of(here), Events.TRAFFIC, HotspotParameters())
        assert sum(numbers) == 51  # all of them are on the map, too

    def test_without_all_streets_no_density_is_drawn_and_no_map_scored(self, here: Neighbourhood) -> None:
        scattered(here, 400, seed=1)
        for place in range(150):
            here.incidents(800 + place, 900 - place / 2)
        found = measured(here)
        assert found.limits.step is Step.SCORES
        assert found.density is None
        kept = here.session.scalars(select(HotspotAnalysis).where(HotspotAnalysis.events == "traffic")).one()
        assert kept.map_cells is None

    def test_positions_that_are_known_too_roughly_take_no_part(self, here: Neighbourhood) -> None:
        here.incidents(345, 300, 20, accuracy_m=200.0)
        here.incidents(345, 300, 3, accuracy_m=200.5)
        found = measured(here)
        assert (found.n, found.limits.rough) == (20, 3)
        assert "3 more are known worse than to 200 m, and take no part." in [
            note.said(ENGLISH) for note in told(found).rests_on()
        ]

    def test_where_most_are_known_too_roughly_that_is_the_title_and_their_hours_count(
        self, here: Neighbourhood
    ) -> None:
        here.incidents(345, 300, 5, occurred_at=dt.datetime(2026, 5, 1, 20, 30, tzinfo=TAIPEI))
        here.incidents(345, 300, 30, accuracy_m=900.0, occurred_at=dt.datetime(2026, 5, 8, 20, 30, tzinfo=TAIPEI))
        found = measured(here)
        assert title(found) == "5 of 35 traffic accidents can be placed: too few to speak of hotspots"
        assert found.hours is not None
        assert found.hours.table[4][20] == 35
        assert latest_hotspots(here.session, area_of(here)).families[Events.TRAFFIC] == 35
        here.incidents(345, 300, 2, accuracy_m=900.0, occurred_at=dt.datetime(2026, 5, 20, 20, 30, tzinfo=TAIPEI))
        trend = measured(here).trend
        assert trend is not None
        assert sum(trend.counts) == 32  # of two whole weeks

    def test_what_is_older_than_three_years_is_left_out(self, here: Neighbourhood) -> None:
        here.incidents(345, 300, 5, occurred_at=days_ago(10))
        here.incidents(345, 300, 5, occurred_at=days_ago(10 + 1095))
        here.incidents(345, 300, 5, occurred_at=days_ago(10 + 1097))
        assert measured(here).n == 10

    def test_many_at_one_address_prove_nothing(self, here: Neighbourhood) -> None:
        for place in range(12):
            for _ in range(5):
                here.incidents(120 + 40 * place, 300)
        found = measured(here)
        assert found.limits.null.value == "shuffle"
        assert any("Many lie at exactly the same place" in note.said(ENGLISH) for note in told(found).rests_on())

    def test_crash_prone_junctions_are_named_by_their_streets(self, here: Neighbourhood) -> None:
        scattered(here, 60, seed=1)
        here.incidents(300, 300, 12)
        found = measured(here)
        worst = found.prone[0]
        assert (worst.sort, worst.place.streets) == ("junction", ("橫3巷", "直3巷"))
        assert worst.count >= 12
        assert found.prone_n[1] == 32  # six by six without the four corners

    def test_a_street_without_a_name_is_named_by_the_one_beside_it(self, session: Session) -> None:
        here = Neighbourhood(session, add_village(session))
        here.lanes()
        session.execute(text("UPDATE street_edge SET name = '' WHERE name = '橫3巷'"))
        scattered(here, 60, seed=1)
        here.incidents(345, 300, 14)
        assert title(measured(here)).startswith("1 hotspot of traffic accidents: Unnamed way off ")


def spread(here: Neighbourhood) -> None:
    """36 reports, one on each of 36 pieces of street, none of them near a junction."""
    for lane in range(6):
        for block in range(5):
            here.reports(130 + 100 * block, 100 + 100 * lane)
        here.reports(100 + 100 * lane, 130 + 100 * (lane % 5))


class TestReports:
    def test_they_count_on_their_street_and_are_named_by_it(self, here: Neighbourhood) -> None:
        spread(here)
        here.reports(330, 300, 18, category="lighting")
        found = measured(here, Events.REPORTS)
        assert found.n == 54
        assert title(found, CHINESE) == "1 處通報熱點：橫3巷"
        assert "mostly: Too dark" in [reason.said(ENGLISH) for reason in told(found).reasons(found.hotspots[0])]

    def test_moving_one_along_its_street_changes_nothing_that_a_member_sees(self, here: Neighbourhood) -> None:
        """So nothing that is shown tells where on its street a private report is."""
        spread(here)
        here.reports(330, 300, 24)
        kept = everything_shown(here)
        here.session.execute(
            text("UPDATE hazard SET geom = ST_Translate(geom, 0.00015, 0.00004), accuracy_m = 12 WHERE true")
        )
        assert everything_shown(here) == kept
        here.session.execute(text("UPDATE hazard SET geom = ST_Translate(geom, 0.0012, 0) WHERE true"))
        assert everything_shown(here) != kept  # on the next street it would

    def test_those_of_the_village_beside_take_no_part(self, session: Session) -> None:
        village = add_village(session, box=(120.35, 24.60, 120.3535, 24.61))
        neighbour = add_village(session, name="隔壁里", code="T002", box=(120.3535, 24.60, 120.36, 24.61))
        here = Neighbourhood(session, village)
        here.lanes()
        here.reports(300, 300, 20)
        kept = everything_shown(here)
        Neighbourhood(session, neighbour).reports(360, 300, 30)
        assert everything_shown(here) == kept

    def test_only_open_ones_are_where_and_all_of_them_are_when(self, here: Neighbourhood) -> None:
        here.reports(330, 300, 20, reported_at=days_ago(20))
        here.reports(330, 300, 29, stage="verified_fixed", reported_at=days_ago(200))
        here.reports(
            330, 300, 1, stage="verified_fixed", reported_at=days_ago(206)
        )  # so that the others' week is whole
        found = measured(here, Events.REPORTS)
        assert found.n == 20
        assert found.trend is not None
        assert sum(found.trend.counts) == 49

    def test_several_of_one_kind_together_may_be_about_one_thing(self, here: Neighbourhood) -> None:
        here.reports(330, 300, 4, category="lighting")
        here.reports(330, 300, 2, category="blocked")
        here.reports(120, 500, 1, category="lighting")
        found = measured(here, Events.REPORTS)
        (problem,) = found.problems
        assert (problem.kind, problem.count, problem.place.streets) == ("Too dark", 4, ("橫3巷",))
        assert found.limits.step is Step.POINTS  # counted, whatever may be tested

    def test_when_their_danger_is_there_is_told_and_no_hour(self, here: Neighbourhood) -> None:
        here.reports(330, 300, 15, noticed_at="night")
        here.reports(330, 300, 6, noticed_at="day")
        found = measured(here, Events.REPORTS)
        assert found.hours is None
        assert told(found).times_title().said(ENGLISH) == "15 of 21 open reports are about the dark hours"

    def test_who_reported_is_not_kept_and_that_is_said(self, here: Neighbourhood) -> None:
        here.reports(330, 300, 20)
        notes = [note.said(ENGLISH) for note in told(measured(here, Events.REPORTS)).rests_on()]
        assert "Who reported is not kept, so several may come from one person." in notes


def everything_shown(here: Neighbourhood) -> list[object]:
    """All that pages, maps, prints and the API make of the reports."""
    area = area_of(here)
    seen = diagnose(here.session, area, now=NOW)
    hot = latest_hotspots(here.session, area, Events.REPORTS)
    densities = select(DiagnosisSegment.hazard, DiagnosisSegment.density_per_km, DiagnosisSegment.event_count)
    record = seen.as_record(ENGLISH, "en")
    record.pop("id")
    places, numbers = counted_places(here.session, area, Events.REPORTS, hot.parameters)
    return [
        record,
        hot.findings,
        places_geojson(here.session, hot.id),
        streets_geojson(here.session, hot.id),
        shapely.to_wkb(places).tolist(),
        numbers,
        here.session.execute(
            densities.where(DiagnosisSegment.diagnosis_id == seen.id).order_by(DiagnosisSegment.ordinal)
        ).all(),
    ]


class TestWhen:
    def test_the_busiest_hours_are_found(self, here: Neighbourhood) -> None:
        scattered(here, 40, seed=1, occurred_at=dt.datetime(2026, 5, 1, 20, 30, tzinfo=TAIPEI))
        for hour in range(20):
            here.incidents(345, 300, occurred_at=dt.datetime(2026, 5, 4 + hour % 7, hour, 15, tzinfo=TAIPEI))
        found = measured(here)
        assert found.hours is not None
        assert (found.hours.n, found.hours.table[4][20]) == (60, 40.0)  # a Friday
        assert told(found).times_title().said(ENGLISH) == ("72% of 60 traffic accidents fall between 17:00 and 21:00")
        assert [note.said(ENGLISH) for note in told(found).times_notes()] == [
            "Even hours would have a stretch of 4 hours as busy 1 time in 1,000."
        ]

    def test_slots_and_days_are_spread_over_their_hours(self, here: Neighbourhood) -> None:
        slot = {"precision": "hours", "occurred_until": dt.datetime(2026, 5, 2, 2, 0, tzinfo=TAIPEI)}
        here.incidents(345, 300, 12, occurred_at=dt.datetime(2026, 5, 1, 22, 0, tzinfo=TAIPEI), **slot)
        here.incidents(345, 300, 12, occurred_at=dt.datetime(2026, 5, 4, tzinfo=TAIPEI), precision="day")
        found = measured(here)
        assert found.hours is not None
        friday, saturday, monday = found.hours.table[4], found.hours.table[5], found.hours.table[0]
        assert (friday[22], friday[23], saturday[0], saturday[1]) == (3.0, 3.0, 3.0, 3.0)
        assert monday == tuple([0.5] * 24)
        assert "parts of events add up" in told(found).times_notes()[1].said(ENGLISH)


class TestWhatChanges:
    def test_more_lately_is_said_with_its_chance(self, here: Neighbourhood) -> None:
        for month in range(12):
            number = 4 if month < 9 else 14
            scattered(here, number, seed=month, occurred_at=days_ago(15 + 30.4 * (11 - month)))
        found = measured(here)
        trend = found.trend
        assert trend is not None
        assert (trend.unit, trend.recent, len(trend.counts)) == (StepUnit.MONTH, 2, 11)
        said = told(found).trend_title().said(ENGLISH)
        assert said.startswith("More lately: 14 a month, ")
        assert "times as many" in said
        assert told(found).trend_title().said(CHINESE).startswith("最近變多：每月 14 件，之前每月 ")
        assert any(note.said(ENGLISH).startswith("A steady rise") for note in told(found).trend_notes())

    def test_an_even_course_is_no_change(self, here: Neighbourhood) -> None:
        for month in range(12):
            scattered(here, 5, seed=month, occurred_at=days_ago(15 + 30.4 * (11 - month)))
        assert told(measured(here)).trend_title().said(ENGLISH) == (
            "No change can be shown: 5.0 a month lately, 5.0 before".replace("before", "a month before")
        )

    def test_too_few_are_not_compared(self, here: Neighbourhood) -> None:
        scattered(here, 8, seed=1, occurred_at=days_ago(3))
        scattered(here, 8, seed=2, occurred_at=days_ago(150))
        scattered(here, 1, seed=3, occurred_at=days_ago(160))  # so that the others' week is whole
        assert told(measured(here)).trend_title().said(ENGLISH) == "Only 16 in this time: too few to compare"

    def test_a_day_is_no_course(self, here: Neighbourhood) -> None:
        scattered(here, 30, seed=1)
        assert told(measured(here)).trend_title().said(ENGLISH) == "The time is too short to compare"

    def test_what_is_new_and_what_emerges_is_named(self, here: Neighbourhood) -> None:
        for month in range(12):
            scattered(here, 20, seed=month, occurred_at=days_ago(15 + 30.4 * (11 - month)))
        here.incidents(345, 300, 20, occurred_at=days_ago(16))
        found = measured(here)
        assert found.trend is not None
        assert found.limits.step is Step.EVERYTHING
        assert found.trend.is_fresh
        new = [note.said(ENGLISH) for note in told(found).trend_notes() if note.said(ENGLISH).startswith("New in")]
        assert new[0].startswith("New in the last month: 橫3巷")
        (course,) = found.trend.courses
        assert (course.course, course.place.streets[0]) == (Course.EMERGING, "橫3巷")
        assert course.change.after >= 20

    def test_what_follows_nearby_is_counted_in_bands(self, here: Neighbourhood) -> None:
        for place in range(110):
            east, north, day = 100 + 50 * (place % 10), 100 + 100 * (place // 10 % 6), 2.5 * place
            here.incidents(east, north, occurred_at=days_ago(day + 1), kind="burglary")
            here.incidents(east + 20, north, occurred_at=days_ago(day), kind="burglary")
        bands = measured(here, Events.CRIME).near_repeats
        assert bands is not None
        assert bands.distance_edges_m == (0.0, 0.5, 100.0, 200.0, 400.0)
        assert bands.pairs[1][0] > 2 * bands.expected[1][0]
        assert bands.p_value[1][0] <= 0.05


class TestDensity:
    def test_it_is_drawn_from_two_hundred_on_in_five_classes(self, here: Neighbourhood) -> None:
        scattered(here, 199, seed=1)
        assert measured(here).density is None
        seen = latest_hotspots(here.session, area_of(here), Events.TRAFFIC)
        assert json.loads(streets_geojson(here.session, seen.id))["features"] == []
        scattered(here, 1, seed=2)
        found = measured(here)
        assert found.density is not None
        assert len(found.density.breaks_per_km) == 4
        seen = latest_hotspots(here.session, area_of(here), Events.TRAFFIC)
        drawn = json.loads(streets_geojson(here.session, seen.id))["features"]
        assert {one["properties"]["density_class"] for one in drawn} == {1, 2, 3, 4, 5}
        events = sum(one["properties"]["density_per_km"] * one["properties"]["length_m"] / 1000 for one in drawn)
        assert events == pytest.approx(200, rel=0.01)  # each event counts one


class TestScores:
    @pytest.fixture
    def old(self, here: Neighbourhood) -> Neighbourhood:
        """A published map of 520 accidents, half of them on one lane."""
        scattered(here, 260, seed=1, occurred_at=days_ago(40))
        for place in range(260):
            here.incidents(100 + 1.9 * place, 300, occurred_at=days_ago(40))
        measure_hotspots(here.session, area_of(here), now=days_ago(30))
        return here

    def test_a_map_is_scored_on_what_came_after_it(self, old: Neighbourhood) -> None:
        area = area_of(old)
        waiting = told(latest_hotspots(old.session, area, Events.TRAFFIC).findings)
        assert waiting.scores_title(scores_seen(old.session, area.key, Events.TRAFFIC)).said(ENGLISH) == (
            "The map waits for what comes after it: 0 so far, 20 are needed"
        )
        for place in range(40):
            old.incidents(120 + 11 * place, 300, occurred_at=days_ago(5))
        found = measured(old)
        (score,) = scores_seen(old.session, area.key, Events.TRAFFIC)
        assert (score.map_n, score.later_n) == (520, 40)
        assert score.scored is not None
        assert set(score.scored.maps) == {"published", "counts", "plain_kde"}
        published = score.scored.maps["published"]
        assert published.pai.value > 5
        assert published.hit_rate.value == pytest.approx(published.pai.value * score.scored.area_share)
        assert 0 < published.pei.value <= 1
        assert published.log_score.value > 0
        said = told(found).scores_title((score,)).said(ENGLISH)
        assert (
            said
            == f"The worst twentieth of the streets held {round(100 * published.hit_rate.value)}% of what came after"
        )
        assert any("a plain heat map" in one.said(ENGLISH) for one in compared(score))

    def test_too_few_since_are_waited_for_and_the_score_is_made_anew(self, old: Neighbourhood) -> None:
        area = area_of(old)
        old.incidents(345, 300, 19, occurred_at=days_ago(5))
        measured(old)
        (score,) = scores_seen(old.session, area.key, Events.TRAFFIC)
        assert (score.later_n, score.scored) == (19, None)
        old.incidents(345, 300, 1, occurred_at=days_ago(4))
        measured(old)
        assert [one.later_n for one in scores_seen(old.session, area.key, Events.TRAFFIC)][-1] == 20

    def test_maps_too_small_to_be_scored_are_replaced(self, here: Neighbourhood) -> None:
        scattered(here, 210, seed=1)
        measured(here)
        measured(here)
        kept = select(func.count()).select_from(HotspotAnalysis)
        assert here.session.scalar(kept) == len(Events)

    def test_of_maps_that_are_scored_only_the_cells_are_kept(self, old: Neighbourhood) -> None:
        old.incidents(345, 300, 25, occurred_at=days_ago(5))
        measured(old)
        of_traffic = select(HotspotAnalysis.id).where(HotspotAnalysis.events == Events.TRAFFIC.value)
        ids = sorted(old.session.scalars(of_traffic))
        assert len(ids) == 2
        drawn = select(HotspotStreet.analysis_id).distinct()
        assert set(old.session.scalars(drawn)) & set(ids) == {ids[1]}


class TestDeadZones:
    def test_one_in_a_hotspot_says_so(self, here: Neighbourhood) -> None:
        spread(here)
        here.reports(330, 300, 24)
        seen = diagnose(here.session, area_of(here), now=NOW)
        zones = seen.periods[Period.NIGHT].zones
        assert (zones[0].street, zones[0].hotspot_rank) == ("橫3巷", 1)
        assert any(zone.hotspot_rank is None for zone in zones)
        assert "A dead zone in a hotspot is marked: more lies there than chance puts. The others may be chance." in [
            note.said(ENGLISH) for note in seen.notes
        ]
        page = offline_map(here.session, area_of(here), language="en", printed_by="示範幹事", now=NOW)
        assert page.count("in hotspot 1, ") >= 1  # what is taken along and printed marks it, too

    def test_below_fifty_the_list_proves_nothing_and_says_so(self, here: Neighbourhood) -> None:
        here.reports(330, 300, 30)
        seen = diagnose(here.session, area_of(here), now=NOW)
        assert seen.periods[Period.NIGHT].zones
        notes = [note.said(ENGLISH) for note in seen.notes]
        assert any(note.startswith("With 30 events nobody can tell by street") for note in notes)

    def test_where_nothing_stands_out_that_is_said(self, here: Neighbourhood) -> None:
        scattered(here, 60, seed=3)
        seen = diagnose(here.session, area_of(here), now=NOW)
        assert any("No street stands out beyond chance among 60 events" in one.said(ENGLISH) for one in seen.notes)


def test_an_area_that_nobody_measured_says_so(here: Neighbourhood) -> None:
    with pytest.raises(HotspotsNotMeasured, match="榕樹里"):
        latest_hotspots(here.session, area_of(here))


def test_the_family_of_which_most_can_be_said_comes_first(here: Neighbourhood) -> None:
    here.reports(330, 300, 5)
    scattered(here, 30, seed=1)
    measure_hotspots(here.session, area_of(here), now=NOW)
    assert latest_hotspots(here.session, area_of(here)).events is Events.TRAFFIC
    here.reports(330, 300, 20)
    measure_hotspots(here.session, area_of(here), now=NOW)
    seen = latest_hotspots(here.session, area_of(here))
    assert seen.events is Events.REPORTS
    assert seen.families == {Events.REPORTS: 25, Events.TRAFFIC: 30, Events.CRIME: 0}


def test_a_village_without_streets_in_it_still_answers(session: Session) -> None:
    """Its streets run along the border alone: nothing is known of the inside but its area."""
    village = add_village(session, box=(120.3501, 24.6001, 120.3549, 24.6049))
    here = Neighbourhood(session, village)
    here.incidents(200, 200, 25)
    found = measure_hotspots(session, study_area(session, village.code), now=NOW)[Events.TRAFFIC].findings
    assert not found.limits.is_by_street
    assert found.answer is not None
    assert found.answer.is_any
    warning = told(found).warning()
    assert warning is not None
    assert "spread evenly over the ground" in warning.said(ENGLISH)

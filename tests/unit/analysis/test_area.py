"""The whole measurement: laws, edges, small numbers; and the door for frames."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from safemap.analysis.area import Measured, measure_area, nearest_segment
from safemap.analysis.frames import measure_frames
from safemap.analysis.guardianship import Cameras
from safemap.analysis.planes import NotInMetres
from safemap.analysis.scene import Method, Scene
from safemap.bench.diagnosis import PERIODS, made_up_village
from safemap.geo.crs import TWD97_TM2_119, TWD97_TM2_121, WEB_MERCATOR, WGS84, Metric

DAY, EVENING, NIGHT = range(3)
CORNER = Metric(shapely.box(0, 0, 600, 600))


@pytest.fixture(scope="module")
def village() -> Scene:
    """A corner of the benchmark's village with all that reaches into it."""
    return replace(made_up_village(1), area=CORNER)


@pytest.fixture(scope="module")
def measured(village: Scene) -> Measured:
    return measure_area(village, PERIODS, Method())


def zone_list(found: Measured) -> list[tuple[str, float, float, int]]:
    return [
        (facts.zone.street, round(facts.zone.length_m, 3), round(facts.zone.score, 3), len(facts.events))
        for zones in found.zones
        for facts in zones
    ]


def first(events_of: Scene, number: int) -> Scene:
    events = events_of.events
    inside = np.flatnonzero(shapely.intersects(CORNER, shapely.points(events.xy)))[:number]
    return replace(
        events_of,
        events=replace(
            events,
            xy=events.xy[inside],
            accuracy_m=events.accuracy_m[inside],
            weight=events.weight[inside],
            period_share=np.ones((len(inside), 3)),
            is_inside=np.ones(len(inside), dtype=bool),
        ),
    )


def test_shares_are_shares_and_zones_are_dead(measured: Measured) -> None:
    for hazard, watch, zones in zip(measured.hazard, measured.guardianship, measured.zones, strict=True):
        for share in (watch.camera, watch.patrol, watch.block, watch.combined):
            assert ((share >= 0) & (share <= 1)).all()
        assert len(zones) > 0
        for facts in zones:
            places = facts.zone.segments
            assert (watch.combined[places] < Method().guardianship_limit).all()
            assert (hazard.event_count[places] >= 2).all()
            assert (hazard.density_per_km[places] > 0).all()
    assert np.isnan(measured.guardianship[DAY].lamp).all()
    assert not np.isnan(measured.guardianship[NIGHT].lamp).any()


def test_scores_fall_down_the_list(measured: Measured) -> None:
    for zones in measured.zones:
        scores = [facts.zone.score for facts in zones]
        assert scores == sorted(scores, reverse=True)


def test_no_period_has_more_than_all_hours(measured: Measured) -> None:
    for hazard in measured.hazard:
        assert (hazard.density_per_km <= measured.all_hours.density_per_km).all()
        assert (hazard.event_count <= measured.all_hours.event_count).all()


def test_the_order_of_everything_changes_nothing(village: Scene, measured: Measured) -> None:
    random = np.random.default_rng(3)

    def shuffled(number: int) -> np.ndarray:
        return random.permutation(number)

    streets, events, cameras = village.streets, village.events, village.cameras
    assert cameras is not None
    by_street, by_event, by_camera = shuffled(len(streets.lines)), shuffled(len(events)), shuffled(len(cameras))
    other = replace(
        village,
        streets=replace(streets, **{name: getattr(streets, name)[by_street] for name in vars(streets)}),
        events=replace(events, **{name: getattr(events, name)[by_event] for name in vars(events)}),
        cameras=Cameras(*(getattr(cameras, name)[by_camera] for name in vars(cameras))),
        buildings=village.buildings[shuffled(len(village.buildings))],
    )
    assert zone_list(measure_area(other, PERIODS, Method())) == zone_list(measured)


def test_a_camera_more_never_takes_away_and_a_building_more_never_gives(village: Scene, measured: Measured) -> None:
    cameras = village.cameras
    assert cameras is not None
    more = Cameras(
        np.r_[cameras.xy, [[300.0, 300.0]]],
        np.r_[cameras.azimuth_deg, np.nan],
        np.r_[cameras.field_of_view_deg, 360.0],
        np.r_[cameras.reach_m, 80.0],
    )
    watched = measure_area(replace(village, cameras=more), PERIODS, Method()).guardianship[NIGHT].combined
    assert (watched >= measured.guardianship[NIGHT].combined).all()
    assert (watched > measured.guardianship[NIGHT].combined).any()
    house = np.array([shapely.box(200, 200, 280, 280)], dtype=object)
    hidden = measure_area(replace(village, buildings=np.r_[village.buildings, house]), PERIODS, Method())
    assert (hidden.guardianship[NIGHT].combined <= measured.guardianship[NIGHT].combined).all()


def test_nineteen_events_are_no_hotspots_and_twenty_are(village: Scene) -> None:
    few, enough = (measure_area(first(village, number), PERIODS, Method()) for number in (19, 20))
    assert not few.all_hours.has_hotspots
    assert few.zones == ((), (), ())
    assert few.all_hours.density_class.max() == 0
    assert enough.all_hours.has_hotspots
    assert enough.all_hours.density_class.max() > 0


def test_one_report_alone_makes_no_dead_zone(village: Scene) -> None:
    scattered = first(village, 20)
    apart = np.stack(np.meshgrid(np.arange(5), np.arange(4)), axis=-1).reshape(-1, 2) * 250.0 - 200.0
    alone = measure_area(
        replace(scattered, area=None, events=replace(scattered.events, xy=apart)),
        PERIODS,
        Method(reach_of_event_m=50.0),
    )
    assert alone.all_hours.has_hotspots
    assert alone.zone_counts == (0, 0, 0)


def test_nothing_known_and_nothing_there(village: Scene) -> None:
    bare = replace(village, buildings=np.empty(0, dtype=object), cameras=None, routes=None, blocks=None, lamps=None)
    found = measure_area(bare, PERIODS, Method())
    assert np.isnan(found.guardianship[NIGHT].camera).all()
    assert (found.guardianship[NIGHT].combined == 0).all()
    empty = measure_area(replace(first(bare, 0), area=Metric(shapely.box(-9e6, 0, -8e6, 1))), PERIODS, Method())
    assert len(empty.segments) == 0
    assert empty.zones == ((), (), ())
    assert nearest_segment(empty.segments, np.zeros((2, 2))).tolist() == [-1, -1]


def frame(shapes: np.ndarray, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=TWD97_TM2_121)


class TestFrames:
    def frames(self, village: Scene) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
        streets = frame(village.streets.lines, name=list(village.streets.names))
        return streets, frame(shapely.points(village.events.xy), accuracy_m=village.events.accuracy_m)

    def test_they_give_what_arrays_give(self, village: Scene) -> None:
        streets, events = self.frames(village)
        cameras = village.cameras
        assert cameras is not None
        seen = frame(
            shapely.points(cameras.xy),
            azimuth_deg=cameras.azimuth_deg,
            field_of_view_deg=cameras.field_of_view_deg,
            reach_m=cameras.reach_m,
        )
        found = measure_frames(
            streets,
            events,
            PERIODS,
            area=CORNER,
            buildings=frame(village.buildings),
            cameras=seen,
            lamps=frame(shapely.points(village.lamps.xy)),
        )
        arrays = replace(
            village,
            events=replace(
                village.events,
                period_share=np.ones_like(village.events.period_share),
                is_inside=shapely.intersects(CORNER, shapely.points(village.events.xy)),
            ),
            routes=None,
            blocks=None,
        )
        expected = measure_area(arrays, PERIODS, Method())
        assert zone_list(found.measured) == zone_list(expected)
        assert len(found.segments) == len(expected.segments)
        assert found.segments.crs == streets.crs
        assert found.zones["rank"].tolist() == [n for z in expected.zones for n in range(1, len(z) + 1)]

    @pytest.mark.parametrize("epsg", [WGS84, None])
    def test_degrees_are_refused(self, village: Scene, epsg: int | None) -> None:
        streets, events = self.frames(village)
        wrong = gpd.GeoDataFrame(geometry=list(events.geometry), crs=epsg)
        with pytest.raises(NotInMetres, match="events") as caught:
            measure_frames(streets, wrong, PERIODS)
        assert caught.value.field == "events"

    def test_two_planes_are_refused(self, village: Scene) -> None:
        streets, events = self.frames(village)
        with pytest.raises(NotInMetres, match="that of the streets"):
            measure_frames(streets, events.set_crs(TWD97_TM2_119, allow_override=True), PERIODS)

    def test_web_mercator_is_no_plane_to_measure_in(self, village: Scene) -> None:
        streets, events = self.frames(village)
        with pytest.raises(NotInMetres):
            measure_frames(
                streets.set_crs(WEB_MERCATOR, allow_override=True),
                events.set_crs(WEB_MERCATOR, allow_override=True),
                PERIODS,
            )

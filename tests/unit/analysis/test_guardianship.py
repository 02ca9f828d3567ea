"""Who watches: cameras past walls, patrols and blocks by the hour, lamps; known answers and laws."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from safemap.analysis.guardianship import (
    Cameras,
    Guardians,
    block_presence,
    camera_chances,
    combined,
    lit_points,
    patrol_presence,
)
from safemap.analysis.presence import DayPeriod, WeeklyHours, presence_shares
from safemap.analysis.sight import Walls

OPEN_GROUND = Walls(np.empty(0, dtype=object))
DAY = DayPeriod(6 * 60, 18 * 60, is_dark=False)
EVENING = DayPeriod(18 * 60, 22 * 60, is_dark=True)
NIGHT = DayPeriod(22 * 60, 6 * 60, is_dark=True)
PERIODS = (DAY, EVENING, NIGHT)
EVERY_DAY = 127


def cameras(*rows: tuple[float, float, float, float, float]) -> Cameras:
    """Of x, y, azimuth, field of view, reach."""
    table = np.array(rows, dtype=float).reshape(-1, 5)
    return Cameras(table[:, :2], table[:, 2], table[:, 3], table[:, 4])


def walls(*buildings: shapely.Polygon) -> Walls:
    return Walls(np.array(buildings, dtype=object))


def seen(points: list[tuple[float, float]], watching: Cameras, past: Walls = OPEN_GROUND) -> list[float]:
    return camera_chances(np.array(points, dtype=float), watching, past).tolist()


def hours(weekdays: int, start: str, end: str) -> WeeklyHours:
    minutes = [int(text[:2]) * 60 + int(text[3:]) for text in (start, end)]
    return WeeklyHours(np.array([weekdays]), np.array(minutes[:1]), np.array(minutes[1:]))


def presence_of(*windows: tuple[int, str, str]) -> list[float]:
    """Shares of day, evening and night in which somebody with one of these windows is there."""
    each = [hours(*window) for window in windows]
    together = WeeklyHours(
        *(np.concatenate([getattr(one, name) for one in each]) for name in ("weekdays", "start_min", "end_min"))
    )
    guardians = np.arange(len(windows))
    return presence_shares(np.zeros_like(guardians), guardians, 1, together, PERIODS)[0].tolist()


class TestCameras:
    def test_it_sees_its_sector_from_north_clockwise(self) -> None:
        east = cameras((0, 0, 90, 60, 40))
        at = [(20 * math.sin(math.radians(a)), 20 * math.cos(math.radians(a))) for a in (0, 59, 60, 90, 120, 121, 270)]
        assert seen(at, east) == [0, 0, 1, 1, 1, 0, 0]

    def test_a_sector_may_lie_across_north(self) -> None:
        north = cameras((0, 0, 350, 40, 40))
        at = [(20 * math.sin(math.radians(a)), 20 * math.cos(math.radians(a))) for a in (329, 331, 0, 9, 11)]
        assert seen(at, north) == [0, 1, 1, 1, 0]

    def test_it_sees_as_far_as_its_reach_and_that_far(self) -> None:
        assert seen([(0, 40.0), (0, 40.01), (0, 0)], cameras((0, 0, 0, 60, 40))) == [1, 0, 1]

    def test_one_that_looks_around_needs_no_direction(self) -> None:
        assert seen([(10, 0), (-10, 0), (0, -10)], cameras((0, 0, math.nan, 360, 40))) == [1, 1, 1]

    def test_an_unknown_direction_is_a_chance(self) -> None:
        assert seen([(10, 0), (-10, 0)], cameras((0, 0, math.nan, 90, 40))) == [0.25, 0.25]
        two = cameras((0, 0, math.nan, 90, 40), (1, 0, math.nan, 90, 40))
        assert seen([(10, 0)], two) == [pytest.approx(1 - 0.75**2)]

    def test_a_building_hides_what_is_behind_it(self) -> None:
        house = shapely.box(-5, 10, 5, 20)
        assert seen([(0, 5), (0, 30), (20, 20)], cameras((0, 0, 0, 360, 60)), walls(house)) == [1, 0, 1]

    def test_even_to_touch_a_wall_hides(self) -> None:
        house = shapely.box(0, 10, 5, 20)
        assert seen([(0, 30), (-0.01, 30)], cameras((0, 0, 0, 360, 60)), walls(house)) == [0, 1]

    @pytest.mark.parametrize("depth_m", [-0.4, 0.0, 0.3, 1.0])
    def test_the_wall_it_hangs_on_hides_only_what_is_behind_it(self, depth_m: float) -> None:
        """Mounted on the south wall of a shophouse of 4.5 × 15 m; a negative depth is in front of the wall."""
        house = shapely.box(0, 0, 4.5, 15)
        mounted = cameras((2.25, depth_m, 0, 360, 60))
        assert seen([(2.25, -20), (20, -8), (-20, -8), (2.25, 30)], mounted, walls(house)) == [1, 1, 1, 0]

    def test_half_a_metre_is_where_hanging_on_a_wall_ends(self) -> None:
        sliver = shapely.box(-10, 0.5, 10, 1.0)
        assert seen([(0, 10)], cameras((0, 0, 0, 360, 60)), walls(sliver)) == [1]
        assert seen([(0, 10)], cameras((0, -0.01, 0, 360, 60)), walls(sliver)) == [0]

    def test_a_camera_drawn_in_the_middle_of_its_house_looks_out(self) -> None:
        house = shapely.box(-6, -6, 6, 6)
        assert seen([(0, 20), (20, 3)], cameras((0, 0, 0, 360, 60)), walls(house)) == [1, 1]

    def test_an_empty_building_or_none_hides_nothing(self) -> None:
        assert seen([(0, 30)], cameras((0, 0, 0, 360, 60)), walls(shapely.Polygon())) == [1]
        assert seen([], cameras((0, 0, 0, 360, 60))) == []
        assert seen([(0, 0)], cameras()) == [0]


coordinate = st.integers(-60, 60).map(float)
spots = st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=15)
azimuth = st.one_of(st.just(math.nan), st.floats(0, 359))
camera_row = st.tuples(coordinate, coordinate, azimuth, st.sampled_from([30.0, 60.0, 90.0, 360.0]), st.floats(5, 80))
box = st.builds(
    lambda x, y, w, h: shapely.box(x, y, x + w, y + h), coordinate, coordinate, st.integers(1, 40), st.integers(1, 40)
)


@settings(max_examples=60)
@given(spots, st.lists(camera_row, max_size=5), camera_row, st.lists(box, max_size=5), box)
def test_laws_of_cameras_and_buildings(
    points: list[tuple[float, float]],
    rows: list[tuple[float, float, float, float, float]],
    one_more: tuple[float, float, float, float, float],
    houses: list[shapely.Polygon],
    one_house: shapely.Polygon,
) -> None:
    before = np.array(seen(points, cameras(*rows), walls(*houses)))
    with_camera = np.array(seen(points, cameras(*rows, one_more), walls(*houses)))
    with_house = np.array(seen(points, cameras(*rows), walls(*houses, one_house)))
    twice = np.array(seen(points, cameras(*rows, *rows), walls(*houses)))
    assert ((before >= 0) & (before <= 1)).all()
    assert (with_camera >= before).all()
    assert (with_house <= before).all()
    assert (twice >= before).all()
    assert seen(points, cameras(*rows[::-1]), walls(*houses[::-1])) == before.tolist()


class TestPresence:
    @pytest.mark.parametrize(
        ("window", "shares"),
        [
            ((EVERY_DAY, "18:00", "22:00"), [0, 1, 0]),
            ((EVERY_DAY, "20:00", "23:00"), [0, 1 / 2, 1 / 8]),
            ((16 + 32, "20:00", "22:00"), [0, 1 / 2 * 2 / 7, 0]),
            ((EVERY_DAY, "22:00", "02:00"), [0, 0, 4 / 8]),
            ((64, "22:00", "02:00"), [0, 0, 4 / 8 / 7]),  # Sunday night ends on Monday
            ((EVERY_DAY, "06:00", "18:00"), [1, 0, 0]),
            ((EVERY_DAY, "00:00", "23:59"), [1, 1, 479 / 480]),
            ((EVERY_DAY, "06:00", "06:00"), [1, 1, 1]),  # round the clock
        ],
    )
    def test_shares_of_the_hours_of_each_period(self, window: tuple[int, str, str], shares: list[float]) -> None:
        assert presence_of(window) == pytest.approx(shares)

    def test_the_same_time_counts_once_and_another_adds(self) -> None:
        friday_night = (16, "20:00", "22:00")
        assert presence_of(friday_night, friday_night) == presence_of(friday_night)
        assert presence_of(friday_night, (32, "20:00", "22:00")) == pytest.approx([0, 1 / 2 * 2 / 7, 0])
        assert presence_of(friday_night, (16, "19:00", "21:00"))[1] == pytest.approx(3 / 4 / 7)

    def test_periods_make_a_whole_day(self) -> None:
        assert sum(period.length_min for period in PERIODS) == 24 * 60
        assert [period.length_min for period in PERIODS] == [720, 240, 480]


ROUTE = np.array([shapely.LineString([(0, 0), (100, 0)])], dtype=object)


def test_a_patrol_watches_20_m_on_both_sides_and_not_behind_houses() -> None:
    route = Guardians(ROUTE, hours(EVERY_DAY, "18:00", "22:00"))
    points = np.array([(50, 0), (50, 20.0), (50, 20.1), (50, -15), (80, 15)], dtype=float)
    houses = walls(shapely.box(70, 5, 90, 10))
    presence = patrol_presence(points, route, PERIODS, houses, reach_m=20.0)
    assert presence.share[:, 1].tolist() == [1, 1, 0, 1, 0]
    assert presence.point.tolist() == [0, 1, 3]
    assert presence.share[:, 0].tolist() == [0] * 5


def test_a_block_is_watched_to_its_edge_in_its_hours() -> None:
    block = Guardians(np.array([shapely.box(0, 0, 10, 10)], dtype=object), hours(31, "09:00", "21:00"))
    presence = block_presence(np.array([(5, 5), (10, 5), (10.1, 5)], dtype=float), block, PERIODS)
    assert presence.share[:, 0].tolist() == pytest.approx([9 / 12 * 5 / 7, 9 / 12 * 5 / 7, 0])
    assert presence.share[:, 1].tolist() == pytest.approx([3 / 4 * 5 / 7, 3 / 4 * 5 / 7, 0])


def test_nobody_anywhere_is_zero() -> None:
    none = WeeklyHours(*(np.zeros(0, dtype=np.int64) for _ in range(3)))
    empty = Guardians(np.empty(0, dtype=object), none)
    points = np.zeros((2, 2))
    assert patrol_presence(points, empty, PERIODS, OPEN_GROUND, reach_m=20.0).share.tolist() == [[0, 0, 0]] * 2
    assert block_presence(np.zeros((0, 2)), empty, PERIODS).share.shape == (0, 3)
    assert lit_points(points, np.zeros((0, 2)), OPEN_GROUND, reach_m=20.0).tolist() == [False, False]


def test_light_reaches_20_m_and_not_through_houses() -> None:
    points = np.array([(20.0, 0), (20.1, 0), (-15, 0)], dtype=float)
    lamps = np.array([(0.0, 0.0)])
    assert lit_points(points, lamps, walls(shapely.box(-10, -5, -5, 5)), reach_m=20.0).tolist() == [True, False, False]


class TestCombined:
    def test_sources_join_as_chances(self) -> None:
        shares = (np.array([0.5]), np.array([1.0]), np.array([0.0]), np.array([1.0]))
        joined = combined(shares, (0.5, 0.6, 0.6, 0.3), (1,))
        assert joined == pytest.approx([1 - 0.75 * 0.4 * 1 * 0.7])

    def test_what_is_not_known_adds_nothing(self) -> None:
        unknown = np.array([math.nan])
        assert combined((unknown, np.array([1.0])), (0.5, 0.6), (1,)) == pytest.approx([0.6])
        assert combined((unknown,), (0.5,), (1,)).tolist() == [0.0]

    @given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=4), st.floats(0, 1))
    def test_more_of_one_source_is_never_less_in_all(self, rows: list[tuple[float, float]], more: float) -> None:
        shares, weights = zip(*rows, strict=True)
        arrays = tuple(np.array([share]) for share in shares)
        joined = combined(arrays, weights, (1,))[0]
        raised = (np.maximum(arrays[0], more), *arrays[1:])
        assert 0 <= joined <= 1
        assert combined(raised, weights, (1,))[0] >= joined
        assert joined >= max(share * weight for share, weight in rows) - 1e-12

"""Diagnosis: CPU time of the whole measurement as villages grow."""

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from safemap.analysis.area import measure_area
from safemap.analysis.guardianship import Cameras, Guardians
from safemap.analysis.presence import DayPeriod, WeeklyHours
from safemap.analysis.scene import Events, Lamps, Method, Scene, StreetLines
from safemap.bench.measure import Measure
from safemap.settings import Settings

PERIODS = (
    DayPeriod(6 * 60, 18 * 60, is_dark=False),
    DayPeriod(18 * 60, 22 * 60, is_dark=True),
    DayPeriod(22 * 60, 6 * 60, is_dark=True),
)
# A village of the size that the limit names, and of town-like density: 4,000 segments of 45 m.
BLOCK_M = 45.0
SEGMENTS, EVENTS, CAMERAS, BUILDINGS, LAMPS, ROUTES = 4_000, 3_000, 200, 5_000, 2_000, 6
LIMIT_S = 1.0
GROWTH_LIMIT = 1.6  # CPU per segment at 16n beside n: n·log n alone gives 1.33, larger arrays leave the caches
SEED = 20261124
T = TypeVar("T")


def made_up_village(times: int, seed: int = SEED) -> Scene:
    """Make a grid of streets with everything on it, `times` as large, with the same density."""
    random = np.random.default_rng(seed)
    side = round(np.sqrt(SEGMENTS * times / 2))
    width_m = side * BLOCK_M
    streets = _grid(side, random)

    def where(number: int) -> NDArray[np.float64]:
        return random.uniform(0, width_m, (number * times, 2))

    events_xy = np.concatenate([where(EVENTS // 2), _clustered(EVENTS // 2 * times, width_m, random)])
    corner = where(BUILDINGS)
    size = random.uniform(5.0, 18.0, (len(corner), 2))
    buildings = _boxes(corner, corner + size)
    routes = np.array([_route(width_m, random) for _ in range(ROUTES * times)], dtype=object)
    return Scene(
        area=None,
        streets=streets,
        events=Events(
            xy=events_xy,
            accuracy_m=random.choice([0.0, 10.0, 30.0], len(events_xy)),
            weight=np.ones(len(events_xy)),
            period_share=np.array([[1, 1, 1], [0, 1, 1], [1, 0, 0.0]])[random.integers(0, 3, len(events_xy))],
            is_inside=np.ones(len(events_xy), dtype=np.bool_),
        ),
        buildings=buildings,
        cameras=Cameras(
            xy=where(CAMERAS),
            azimuth_deg=np.where(random.random(CAMERAS * times) < 0.2, np.nan, random.uniform(0, 360, CAMERAS * times)),
            field_of_view_deg=random.choice([60.0, 90.0, 360.0], CAMERAS * times),
            reach_m=random.uniform(25.0, 60.0, CAMERAS * times),
        ),
        routes=Guardians(routes, _hours(len(routes), random)),
        blocks=Guardians(
            np.asarray(shapely.buffer(shapely.points(where(4)), 80.0), dtype=object), _hours(4 * times, random)
        ),
        lamps=Lamps(where(LAMPS), np.ones(LAMPS * times, dtype=np.bool_)),
    )


def run(_settings: Settings) -> list[Measure]:
    """Measure a village of n, 4n and 16n."""
    seconds: dict[int, float] = {}
    segments: dict[int, int] = {}
    for times in (1, 4, 16):
        scene = made_up_village(times)
        spent = []
        for _ in range(3 if times < 16 else 2):
            used, measured = _cpu_s(partial(measure_area, scene, PERIODS, Method()))
            spent.append(used)
            segments[times] = len(measured.segments)
        seconds[times] = min(spent)
    measures = [
        Measure(
            f"diagnosis, {segments[1]:,} segments, {EVENTS:,} points, {CAMERAS} cameras, {BUILDINGS:,} buildings, CPU",
            seconds[1],
            "s",
            f"below {LIMIT_S:.0f} s",
            seconds[1] < LIMIT_S,
        )
    ]
    for times in (4, 16):
        growth = (seconds[times] / segments[times]) / (seconds[1] / segments[1])
        measures.append(
            Measure(
                f"the same, {times} n ({segments[times]:,} segments), CPU",
                seconds[times],
                "s",
                f"per segment at most {GROWTH_LIMIT} × of n's; is {growth:.2f} ×",
                growth <= GROWTH_LIMIT,
                seconds[1] * segments[times] / segments[1],
                f"{times} times n's",
            )
        )
    return measures


def _cpu_s(work: Callable[[], T]) -> tuple[float, T]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def _grid(side: int, random: np.random.Generator) -> StreetLines:
    east, north = np.meshgrid(np.arange(side), np.arange(side), indexing="ij")
    node = (east * side + north).ravel()
    xy = np.column_stack([east.ravel(), north.ravel()]) * BLOCK_M + random.uniform(-5, 5, (side * side, 2))
    to_east = np.flatnonzero((east < side - 1).ravel())
    to_north = np.flatnonzero((north < side - 1).ravel())
    start = np.concatenate([to_east, to_north])
    end = np.concatenate([to_east + side, to_north + 1])
    names = np.concatenate([north.ravel()[to_east] + side, east.ravel()[to_north]])
    return StreetLines(
        lines=np.asarray(shapely.linestrings(np.stack([xy[start], xy[end]], axis=1)), dtype=object),
        from_node=node[start],
        to_node=node[end],
        names=np.array([f"street {number}" for number in names], dtype=object),
        lit=np.full(len(start), np.nan),
    )


def _clustered(number: int, width_m: float, random: np.random.Generator) -> NDArray[np.float64]:
    centres = random.uniform(0, width_m, (max(1, number // 50), 2))
    return centres[random.integers(0, len(centres), number)] + random.normal(0, 60.0, (number, 2))


def _route(width_m: float, random: np.random.Generator) -> shapely.LineString:
    corner = np.round(random.uniform(0, width_m - 600, 2) / BLOCK_M) * BLOCK_M
    return shapely.LineString(corner + np.array([[0, 0], [585, 0], [585, 585], [0, 585], [0, 0]]))


def _boxes(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.object_]:
    west, south, east, north = *low.T, *high.T
    ring = np.stack([west, south, east, south, east, north, west, north], axis=1).reshape(-1, 4, 2)
    return np.asarray(shapely.polygons(ring), dtype=object)


def _hours(number: int, random: np.random.Generator) -> WeeklyHours:
    start = random.integers(17, 23, number) * 60
    return WeeklyHours(random.integers(1, 128, number), start, (start + 150) % (24 * 60))

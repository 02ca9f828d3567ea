"""Handouts: time and memory of one A3 sheet with 5,000 buildings, and how both grow."""

import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from multiprocessing.connection import Connection
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray

from safemap.bench.measure import Measure
from safemap.geo.crs import Lonlat, Metric, MetricPlane
from safemap.hazards.categories import CATEGORIES
from safemap.maps.handout import Facts, make_handout
from safemap.maps.rules import FORMATS, Paper
from safemap.maps.scale import frame_for
from safemap.maps.scene import Marks, Scene, Sites, Views, Watch, Ways, Zone, no_marks, no_shapes
from safemap.settings import Settings

BUILDINGS, REPORTS, CAMERAS, LAMPS, ZONES = 5_000, 300, 40, 600, 12
LIMIT_S, LIMIT_MB, LIMIT_KB = 3.0, 300.0, 3_000
GROWTH_LIMIT = 1.6  # CPU per building at 4n beside n, what every sheet costs set aside
ROUNDS = 3
CENTRE = (121.0, 24.2)
SEED = 20261124


def made_up_village(times: int, seed: int = SEED) -> tuple[Scene, MetricPlane]:
    """Make a village of `times` as many houses on named lanes, of the same density, with everything on it."""
    random = np.random.default_rng(seed)
    plane = MetricPlane.around(Lonlat(shapely.Point(CENTRE)))
    corner = shapely.get_coordinates(plane.to_metric(Lonlat(shapely.Point(CENTRE))))[0]
    side_m = 640.0 * times**0.5
    blocks = round(side_m / 40)
    step_m = side_m / blocks
    at = corner + np.arange(blocks + 1)[:, None] * step_m
    lanes = [shapely.LineString([(x, at[0, 1]), (x, at[-1, 1])]) for x in at[:, 0]]
    lanes += [shapely.LineString([(at[0, 0], y), (at[-1, 0], y)]) for y in at[:, 1]]
    lines = np.concatenate([_cut(lane, step_m) for lane in lanes])
    names = np.repeat(np.array([f"榕樹街{number}巷" for number in range(len(lanes))], dtype=object), blocks)
    number = BUILDINGS * times
    south_west = corner + random.uniform(6, side_m - 18, (number, 2))
    size = random.uniform(4, 9, (number, 2))
    houses = np.array([_house(*low, *extent) for low, extent in zip(south_west, size, strict=True)], dtype=object)

    def where(many: int) -> NDArray[np.float64]:
        xy: NDArray[np.float64] = corner + random.uniform(0, side_m, (many, 2))
        return xy

    kinds = np.array([category.code for category in CATEGORIES], dtype=object)[random.integers(0, 8, REPORTS)]
    zones = tuple(
        Zone(
            place + 1,
            Metric(lines[place * 37 % len(lines)]),
            f"榕樹街{place}巷",
            "100 公尺內有 9 件通報、沒有監視器照到、22:00 以後沒有巡守、沒有認養區塊。",
            80.0,
        )
        for place in range(ZONES)
    )
    scene = Scene(
        area=Metric(shapely.box(*corner, *(corner + side_m))),
        streets=Ways(lines, names, np.full(len(lines), "lane", dtype=object)),
        buildings=houses,
        places=Sites(no_shapes(), no_shapes(), no_shapes()),
        lamps_xy=where(LAMPS),
        lamps_working=np.ones(LAMPS, dtype=np.bool_),
        reports=Marks(
            where(REPORTS), kinds, random.random(REPORTS) < 0.1, np.full(REPORTS, ""), np.full(REPORTS, date.min)
        ),
        incidents=no_marks(),
        cameras=Views(
            where(CAMERAS),
            random.uniform(0, 360, CAMERAS),
            np.full(CAMERAS, 60.0),
            np.full(CAMERAS, 40.0),
            np.ones(CAMERAS, dtype=np.bool_),
        ),
        routes=(Watch(Metric(lanes[3]), "守望相助隊 每天 20:00–22:00"),),
        blocks=(Watch(Metric(shapely.box(*corner, *(corner + 90))), "榕樹國小"),),
        zones=zones,
    )
    return scene, plane


def made_up_facts() -> Facts:
    """Say what a sheet says besides its map."""
    return Facts(
        title=lambda listed: f"深夜有 {listed} 處治安死角",
        area_name="榕樹里",
        where="示範市示範區",
        period="深夜（22:00–06:00）",
        counted="計入 300 件未結案的通報。",
        data_as_of=date(2026, 11, 24),
        made_on=date(2026, 11, 24),
        notes=(),
        by_category=(),
        by_street=(),
        url="https://safemap.example/villages/demo",
        attribution="",
        is_fictional=True,
        is_in_taiwan=True,
        is_watch_known=True,
        zone_count=ZONES,
        printed="示範幹事列印，2026-11-24 20:00。",
    )


def run(_settings: Settings) -> list[Measure]:
    """Measure sheets of n and 4n buildings, each in a process of its own; what is warm in a server is warm here."""
    bare = _in_own_process(0)
    one = _in_own_process(1)
    four = _in_own_process(4)
    growth = (four.cpu_s - bare.cpu_s) / 4 / (one.cpu_s - bare.cpu_s)
    return [
        Measure(
            f"A3 handout, {BUILDINGS:,} buildings, {REPORTS} reports, wall",
            one.wall_s,
            "s",
            f"at most {LIMIT_S:.0f} s",
            one.wall_s <= LIMIT_S,
        ),
        Measure("the same, CPU", one.cpu_s, "s", "shown", None, bare.cpu_s, "without its buildings"),
        Measure("peak memory of the process", one.peak_mb, "MB", f"at most {LIMIT_MB:.0f} MB", one.peak_mb <= LIMIT_MB),
        Measure("size of the file", one.size_kb, "kB", f"at most {LIMIT_KB:,} kB", one.size_kb <= LIMIT_KB),
        Measure(
            f"the same, 4 n ({4 * BUILDINGS:,} buildings), CPU",
            four.cpu_s,
            "s",
            f"per building at most {GROWTH_LIMIT} × of n's; is {growth:.2f} ×",
            growth <= GROWTH_LIMIT,
            bare.cpu_s + 4 * (one.cpu_s - bare.cpu_s),
            "a bare sheet and 4 times n's buildings",
        ),
        Measure("peak memory at 4 n", four.peak_mb, "MB", "shown", None),
    ]


@dataclass(frozen=True)
class Spent:
    """What one sheet took, at its best of some rounds, and the process that made it."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    size_kb: float


def _in_own_process(times: int) -> Spent:
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_measured, args=(times, theirs))
    process.start()
    found = cast("Spent", ours.recv())
    process.join()
    return found


def _measured(times: int, answer: Connection) -> None:
    made = _village_or_bare(times)
    printed = made()
    walls, cpus = [], []
    for _ in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        made()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answer.send(Spent(min(walls), min(cpus), peak_mb, len(printed) / 1000))


def _village_or_bare(times: int) -> Callable[[], bytes]:
    """Return what prints a made-up village; 0: the smallest one without its houses, for what every sheet costs."""
    scene, plane = made_up_village(max(times, 1))
    if times == 0:
        scene = replace(scene, buildings=no_shapes())
    frame = frame_for(plane.to_lonlat(scene.area), "榕樹里", FORMATS[Paper.A3])
    return lambda: make_handout(scene, frame, made_up_facts(), Paper.A3, "zh-Hant")


def _cut(line: shapely.LineString, step_m: float) -> NDArray[np.object_]:
    points = shapely.line_interpolate_point(line, np.arange(0, line.length + 1e-6, step_m))
    xy = shapely.get_coordinates(points)
    return np.asarray(shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1)), dtype=object)


def _house(x: float, y: float, width: float, depth: float) -> shapely.MultiPolygon:
    """Make a house with a step in its back wall: eight corners, as surveyed ones have."""
    back = [(width, depth), (width * 0.6, depth), (width * 0.6, depth - 1.2), (width * 0.3, depth - 1.2)]
    ring = [(0, 0), (width, 0), *back, (width * 0.3, depth), (0, depth)]
    return shapely.MultiPolygon([shapely.Polygon([(x + dx, y + dy) for dx, dy in ring])])

"""A small made-up neighbourhood to print: streets, houses, watchers, reports, dead zones, in metres."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import shapely

from safemap.geo.crs import Lonlat, Metric, MetricPlane
from safemap.hazards.categories import CATEGORIES
from safemap.maps.handout import Facts
from safemap.maps.scene import Marks, Scene, Sites, Views, Watch, Ways, Zone, no_marks, no_shapes, no_views

CORNER = (121.53, 25.02)
SIDE_M = 400.0
REASONS = "100 公尺內有 9 件通報、沒有監視器照到、22:00 以後沒有巡守。"


def plane_and_corner(lon: float = CORNER[0], lat: float = CORNER[1]) -> tuple[MetricPlane, np.ndarray]:
    place = Lonlat(shapely.Point(lon, lat))
    plane = MetricPlane.around(place)
    return plane, shapely.get_coordinates(plane.to_metric(place))[0]


def empty_scene(lon: float = CORNER[0], lat: float = CORNER[1], side_m: float = SIDE_M) -> Scene:
    _, corner = plane_and_corner(lon, lat)
    return Scene(
        area=Metric(shapely.box(*corner, *(corner + side_m))),
        streets=Ways(no_shapes(), no_shapes(), no_shapes()),
        buildings=no_shapes(),
        places=Sites(no_shapes(), no_shapes(), no_shapes()),
        lamps_xy=np.empty((0, 2)),
        lamps_working=np.empty(0, dtype=np.bool_),
        reports=no_marks(),
        incidents=no_marks(),
        cameras=no_views(),
        routes=(),
        blocks=(),
        zones=(),
    )


def marks(xy: np.ndarray, seed: int = 1) -> Marks:
    random = np.random.default_rng(seed)
    codes = np.array([category.code for category in CATEGORIES if category.letter < "I"], dtype=object)
    return Marks(
        xy=xy,
        kinds=codes[random.integers(0, len(codes), len(xy))],
        is_grave=random.random(len(xy)) < 0.1,
        words=np.full(len(xy), "", dtype=object),
        days=np.full(len(xy), date(2026, 11, 1), dtype=object),
    )


def full_scene(reports: int = 30, zones: int = 3) -> Scene:
    _, corner = plane_and_corner()

    def at(east_m: float, north_m: float) -> np.ndarray:
        return corner + np.array([east_m, north_m])

    lanes = np.arange(0, SIDE_M + 1, 80)
    lines = [shapely.LineString([at(0, y), at(SIDE_M, y)]) for y in lanes]
    lines += [shapely.LineString([at(x, 0), at(x, SIDE_M)]) for x in lanes]
    names = [f"榕樹街{place}巷" for place in range(len(lines))]
    houses = [shapely.box(*at(x, y), *at(x + 12, y + 15)) for x in lanes[:-1] + 20 for y in lanes[:-1] + 20]
    random = np.random.default_rng(7)
    return replace(
        empty_scene(),
        streets=Ways(
            np.array(lines, dtype=object),
            np.array(names, dtype=object),
            np.full(len(lines), "lane", dtype=object),
        ),
        buildings=np.array(houses, dtype=object),
        places=Sites(
            np.array([shapely.box(*at(100, 100), *at(140, 140)), shapely.Point(at(300, 60))], dtype=object),
            np.array(["榕樹公園", "榕樹派出所"], dtype=object),
            np.array(["park", "police"], dtype=object),
        ),
        lamps_xy=corner + random.uniform(0, SIDE_M, (20, 2)),
        lamps_working=np.arange(20) > 1,
        reports=marks(corner + random.uniform(0, SIDE_M, (reports, 2))),
        cameras=Views(
            corner + np.array([[200.0, 200.0], [240.0, 80.0]]),
            np.array([45.0, np.nan]),
            np.array([60.0, 60.0]),
            np.array([40.0, 40.0]),
            np.array([True, True]),
        ),
        routes=(Watch(Metric(lines[2]), "榕樹里守望相助隊 每天 20:00–22:00"),),
        blocks=(Watch(Metric(houses[4].buffer(20)), "榕樹國小"),),
        zones=tuple(Zone(place + 1, Metric(lines[place]), f"榕樹街{place}巷", REASONS, 80.0) for place in range(zones)),
    )


def facts(**changes: Any) -> Facts:
    said = Facts(
        title=lambda listed: f"深夜有 {listed} 處治安死角",
        area_name="榕樹里",
        where="示範市示範區",
        period="深夜（22:00–06:00）",
        counted="計入 30 件未結案的通報。",
        data_as_of=date(2026, 10, 30),
        made_on=date(2026, 11, 24),
        notes=("這裡沒有路燈資料。",),
        by_category=(),
        by_street=(),
        url="https://safemap.example/villages/demo-banyan",
        attribution="",
        is_fictional=True,
        is_in_taiwan=True,
        is_watch_known=True,
        zone_count=3,
        printed="示範幹事列印，2026-11-24 20:00。",
    )
    return replace(said, **changes)

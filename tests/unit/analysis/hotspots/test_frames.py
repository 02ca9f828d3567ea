"""The doors for frames: only metres of one plane come in, and the answers are those for arrays."""

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from safemap.analysis.hotspots.checks import NotUsable
from safemap.analysis.hotspots.event_frames import link_frame, moran_frame, near_repeat_frame, problem_frame
from safemap.analysis.hotspots.frames import (
    course_frame,
    density_frame,
    hot_frame,
    place_frame,
    scan_frame,
    score_frame,
)
from safemap.analysis.hotspots.grid import Tiling, grid_over, place_events
from safemap.analysis.hotspots.hot_cells import Null, hot_cells, hotspots_of
from safemap.analysis.hotspots.kde import density_surface
from safemap.analysis.hotspots.near_repeat import near_repeats
from safemap.analysis.hotspots.prone import prone_streets, street_parts
from safemap.analysis.hotspots.street_frames import prone_frames, street_frame
from safemap.analysis.hotspots.streets import put_on_streets, street_density
from safemap.analysis.planes import NoPoint, NotInMetres
from safemap.analysis.segments import cut_streets
from safemap.geo.crs import TWD97_TM2_119, TWD97_TM2_121, WEB_MERCATOR, WGS84, Metric

CORNER = np.array([300_000.0, 2_700_000.0])
BOX = Metric(shapely.box(*CORNER, *(CORNER + 2000)))
MODES = {"degrees": WGS84, "Web Mercator": WEB_MERCATOR, "another zone": TWD97_TM2_119}


def events() -> gpd.GeoDataFrame:
    random = np.random.default_rng(1)
    xy = np.concatenate([random.uniform(0, 2000, (150, 2)), random.uniform(900, 1100, (30, 2))]) + CORNER
    columns = {
        "when": pd.date_range("2026-01-01 08:00", periods=180, freq="D"),
        "step": np.arange(180) // 30,
        "weight": random.uniform(1, 2, 180),
        "accuracy_m": random.choice([0.0, 40.0], 180),
        "reporter": np.arange(180) % 25,
    }
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(*xy.T), crs=TWD97_TM2_121)


def area() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[BOX], crs=TWD97_TM2_121)


def streets() -> gpd.GeoDataFrame:
    ways = [[(0, y), (2000, y)] for y in range(0, 2001, 250)] + [[(x, 0), (x, 2000)] for x in range(0, 2001, 250)]
    whole = shapely.MultiLineString([[tuple(np.array(end) + CORNER) for end in way] for way in ways])
    lines = list(shapely.node(whole).geoms)
    return gpd.GeoDataFrame(
        {"name": [f"street {place}" for place in range(len(lines))]}, geometry=lines, crs=TWD97_TM2_121
    )


DOORS: dict[str, Callable[[gpd.GeoDataFrame], object]] = {
    "place": lambda frame: place_frame(frame, area(), cell_m=100.0),
    "hot": lambda frame: hot_frame(frame, area(), cell_m=100.0, reach_m=150.0),
    "density": lambda frame: density_frame(frame, area(), cell_m=50.0, bandwidth_m=100.0),
    "scan": lambda frame: scan_frame(frame, area(), cell_m=100.0, seed=1, runs=19),
    "course": lambda frame: course_frame(frame, area(), cell_m=100.0, reach_m=150.0, steps=6, recent_steps=2),
    "street": lambda frame: street_frame(frame, streets(), bandwidth_m=100.0),
    "prone": lambda frame: prone_frames(frame, streets()),
    "near repeat": lambda frame: near_repeat_frame(frame, distance_edges_m=[100], time_edges_days=[7], seed=1),
    "link": link_frame,
    "problem": problem_frame,
    "score": lambda frame: score_frame(area().assign(map=1.0), ["map"], frame, seed=1),
}


@pytest.mark.parametrize("door", list(DOORS))
@pytest.mark.parametrize("plane", ["degrees", "Web Mercator"])
def test_every_door_refuses_what_is_no_metre(door: str, plane: str) -> None:
    with pytest.raises(NotInMetres, match="Reproject"):
        DOORS[door](events().to_crs(MODES[plane]))


@pytest.mark.parametrize("door", list(DOORS))
def test_every_door_refuses_a_frame_without_a_system(door: str) -> None:
    with pytest.raises(NotInMetres, match="no known reference system"):
        DOORS[door](events().set_crs(None, allow_override=True))


@pytest.mark.parametrize("door", ["place", "hot", "density", "scan", "course", "street", "prone", "score"])
def test_every_door_refuses_two_planes(door: str) -> None:
    with pytest.raises(NotInMetres, match="that of the"):
        DOORS[door](events().to_crs(TWD97_TM2_119))


@pytest.mark.parametrize("door", list(DOORS))
def test_every_door_takes_an_answerable_frame(door: str) -> None:
    DOORS[door](events())


@pytest.mark.parametrize(
    ("geometry", "says"), [(None, "nothing"), (shapely.Point(), "Point"), (shapely.box(0, 0, 1, 1), "Polygon")]
)
def test_a_row_without_a_point_is_named(geometry: shapely.Geometry | None, says: str) -> None:
    broken = events()
    broken.loc[7, "geometry"] = geometry
    with pytest.raises(NoPoint, match=f"Row 7 has no point: {says}"):
        hot_frame(broken, area(), cell_m=100.0, reach_m=150.0)


def test_hot_cells_are_those_for_arrays() -> None:
    frame = events()
    found = hot_frame(frame, area(), cell_m=100.0, reach_m=150.0)
    plain = hot_cells(place_events(grid_over(BOX, 100.0), frame.get_coordinates().to_numpy()), 150.0)
    assert found.cells["p_adjusted"].to_numpy() == pytest.approx(plain.p_adjusted)
    assert found.cells["is_hot"].sum() == plain.is_hot.sum() > 0
    assert found.cells["hotspot"].max() == len(hotspots_of(plain)) - 1
    assert found.cells.crs == frame.crs
    assert (found.cells.geometry.area == 1e4).all()
    assert (found.may_show.n, found.may_show.reporters, found.hot.null) == (180, 25, Null.EXPOSURE)


def test_repeated_places_are_shuffled_unless_asked() -> None:
    frame = events()
    twice = gpd.GeoDataFrame(pd.concat([frame, frame.head(60)], ignore_index=True), crs=frame.crs)
    assert hot_frame(twice, area(), cell_m=100.0, reach_m=150.0).hot.null is Null.SHUFFLE
    assert hot_frame(twice, area(), cell_m=100.0, reach_m=150.0, null=Null.EXPOSURE).hot.null is Null.EXPOSURE


def test_exposure_comes_from_streets_or_from_points() -> None:
    along = place_frame(events(), area(), cell_m=100.0, streets=streets())
    assert along.grid.exposure.sum() == pytest.approx(18 * 2000, rel=0.01)
    assert along.outside > 0
    houses = gpd.GeoDataFrame(
        {"weight": [2.0, 3.0]},
        geometry=gpd.points_from_xy(*(np.array([[50, 50], [950, 50]]) + CORNER).T),
        crs=TWD97_TM2_121,
    )
    by_house = place_frame(events(), area(), cell_m=100.0, exposure=houses, tiling=Tiling.HEXAGON)
    assert by_house.grid.exposure.sum() == 5.0
    with pytest.raises(NotUsable, match="one of the two"):
        place_frame(events(), area(), cell_m=100.0, streets=streets(), exposure=houses)


def test_density_uses_weights_and_accuracy_and_chooses_its_width() -> None:
    frame = events()
    cells, surface, chosen = density_frame(frame, area(), cell_m=25.0)
    assert chosen is not None
    assert surface.bandwidth_m == chosen.chosen_m
    plain = density_surface(
        surface.grid,
        frame.get_coordinates().to_numpy(),
        bandwidth_m=chosen.chosen_m,
        weights=frame["weight"],
        accuracy_m=frame["accuracy_m"],
    )
    assert cells["per_km2"].to_numpy() == pytest.approx(plain.grid.of_cells(plain.per_km2))


def test_streets_are_those_for_arrays() -> None:
    frame, ways = events(), streets()
    pieces_frame, found = street_frame(frame, ways, bandwidth_m=100.0)
    assert len(pieces_frame) > len(ways)
    assert pieces_frame["length_m"].max() <= 50.0
    assert found.events == pytest.approx(frame["weight"].sum() - frame["weight"][_off(frame, ways)].sum(), rel=1e-6)
    segments, junctions, prone = prone_frames(frame, ways)
    assert segments["count"].sum() + junctions["count"].sum() == prone.n
    assert set(junctions["legs"]) == {3, 4}
    lines = np.asarray(ways.geometry.array)
    ends = np.round(np.concatenate([shapely.get_coordinates(shapely.get_point(lines, at)) for at in (0, -1)]), 3)
    node = np.unique(ends, axis=0, return_inverse=True)[1].ravel()
    pieces = cut_streets(lines, node[: len(lines)], node[len(lines) :], longest_m=60.0)
    plain = prone_streets(street_parts(pieces), put_on_streets(pieces, frame.get_coordinates().to_numpy()))
    assert segments["p_adjusted"].to_numpy() == pytest.approx(plain.segments.p_adjusted)
    density = street_density(pieces, put_on_streets(pieces, frame.get_coordinates().to_numpy()), bandwidth_m=100.0)
    assert density.n == found.n


def _off(frame: gpd.GeoDataFrame, ways: gpd.GeoDataFrame) -> np.ndarray:
    return np.asarray(frame.geometry.distance(shapely.union_all(ways.geometry.to_numpy())) > 30.0)


def test_near_repeats_are_those_for_arrays_and_take_a_zone_off() -> None:
    frame = events()
    table, found = near_repeat_frame(frame, distance_edges_m=[100, 300], time_edges_days=[7, 14], seed=1)
    plain = near_repeats(
        frame.get_coordinates().to_numpy(),
        np.arange(180.0),
        distance_edges_m=[100, 300],
        time_edges_days=[7, 14],
        seed=1,
    )
    assert (found.pairs == plain.pairs).all()
    assert table["pairs"].tolist() == plain.pairs.ravel().tolist()
    assert table[["from_m", "from_days"]].iloc[-1].tolist() == [100.0, 7.0]
    zoned = frame.assign(when=frame["when"].dt.tz_localize("Asia/Taipei"))
    assert (
        near_repeat_frame(zoned, distance_edges_m=[100], time_edges_days=[7], seed=1)[1].pairs == found.pairs[:2, :1]
    ).all()
    with pytest.raises(NotUsable, match="1 events have no time"):
        link_frame(frame.assign(when=frame["when"].where(frame.index != 3)))


def test_links_name_rows_by_their_index() -> None:
    frame = events().set_index(pd.Index([f"r{place}" for place in range(180)]))
    links, found = link_frame(frame, within_m=300.0, within_days=7.0)
    assert len(links) == len(found.later) > 0
    first = links.iloc[0]
    apart = frame.geometry[first["earlier"]].distance(frame.geometry[first["later"]])
    assert first["distance_m"] == pytest.approx(apart) == pytest.approx(first.geometry.length)


def test_problems_use_kinds_and_streets_when_there() -> None:
    frame = events()
    groups, found = problem_frame(frame, within_m=80.0, fewest=5)
    assert groups["count"].iloc[0] == len(found.groups[0].members)
    named = frame.assign(street="Mill Lane", kind=np.where(frame.index % 2, "dark", "dog"))
    groups, _ = problem_frame(named, within_m=80.0, fewest=5)
    assert set(groups["street"]) == {"Mill Lane"}
    assert set(groups["kind"]) == {"dark", "dog"}


def test_moran_keeps_the_areas_columns() -> None:
    boxes = [shapely.box(x, y, x + 500, y + 500) for x in range(0, 2000, 500) for y in range(0, 2000, 500)]
    areas = gpd.GeoDataFrame({"rate": np.arange(16.0)}, geometry=boxes, crs=TWD97_TM2_121)
    found, whole = moran_frame(areas, "rate", seed=1)
    assert list(found["rate"]) == list(areas["rate"])
    assert whole.p_value < 0.05
    with pytest.raises(NotInMetres):
        moran_frame(areas.to_crs(WGS84), "rate", seed=1)


def test_scores_count_each_later_event_once() -> None:
    cells = place_frame(events(), area(), cell_m=500.0).grid
    frame = gpd.GeoDataFrame({"map": np.arange(16.0)}, geometry=cells.polygons(), crs=TWD97_TM2_121)
    corner = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy([300_500.0] * 4 + [0.0], [2_700_500.0] * 4 + [0.0]), crs=frame.crs
    )
    assert score_frame(frame, ["map"], corner, seed=1).n == 4


@pytest.mark.parametrize("door", [door for door in DOORS if door != "density"])
def test_every_door_takes_a_frame_without_a_row(door: str) -> None:
    DOORS[door](events().iloc[:0])


def test_density_of_nothing_is_nothing_and_has_no_width_to_choose() -> None:
    cells, surface, chosen = density_frame(events().iloc[:0], area(), cell_m=50.0, bandwidth_m=100.0)
    assert (cells["per_km2"].max(), surface.events, chosen) == (0.0, 0.0, None)
    with pytest.raises(NotUsable, match="0 different places"):
        density_frame(events().iloc[:0], area(), cell_m=50.0)


def test_a_scan_that_finds_nothing_is_an_empty_frame_in_the_plane() -> None:
    circles, found = scan_frame(events().iloc[:1], area(), cell_m=100.0, seed=1, runs=19)
    assert (len(circles), found.is_any, circles.crs) == (0, False, events().crs)

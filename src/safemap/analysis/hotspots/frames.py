"""The door for GeoDataFrames to what works on cells: checks that they are in metres of one plane."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from safemap.analysis.hotspots.bandwidth import Bandwidth, choose_bandwidth
from safemap.analysis.hotspots.checks import NotUsable
from safemap.analysis.hotspots.grid import Grid, Placed, Tiling, grid_over, place_events
from safemap.analysis.hotspots.honesty import MayShow, may_show, share_repeated, usual_accuracy_m
from safemap.analysis.hotspots.hot_cells import HotCells, Null, hot_cells, hotspots_of
from safemap.analysis.hotspots.kde import Edge, Surface, density_surface
from safemap.analysis.hotspots.scan import RUNS, Scanned, scan
from safemap.analysis.hotspots.scoring import AREA_SHARE, Scores, score_maps
from safemap.analysis.hotspots.trends import Courses, courses
from safemap.analysis.planes import column, geometries, points_xy, require_plane
from safemap.geo.crs import Metric


@dataclass(frozen=True, eq=False)
class HotFrame:
    """Hot cells as a frame: one row a cell of the study, and what may be shown of it.

    Attributes
    ----------
    cells
        ``count``, ``expected``, ``ratio``, ``gi_star_z``, ``p_value``, ``p_adjusted``, ``is_hot``, ``hotspot`` (its
        number from 0, the least likely first; -1 for none).
    """

    cells: gpd.GeoDataFrame
    hot: HotCells
    may_show: MayShow


def place_frame(
    events: gpd.GeoDataFrame,
    area: gpd.GeoDataFrame,
    *,
    cell_m: float,
    tiling: Tiling = Tiling.SQUARE,
    streets: gpd.GeoDataFrame | None = None,
    exposure: gpd.GeoDataFrame | None = None,
) -> Placed:
    """Lay cells over an area and count events in them.

    Parameters
    ----------
    events
        Points.
    area
        Polygons: where a report could exist.
    streets
        LineStrings: their length in each cell is its exposure.
    exposure
        Points whose ``weight`` (1 without) is the exposure instead: addresses, residents, lit hours.

    Raises
    ------
    NotInMetres
        A frame is in degrees, in no known system, or in another plane than the events.

    Examples
    --------
    >>> from safemap.geo.crs import TWD97_TM2_121
    >>> area = gpd.GeoDataFrame(geometry=[shapely.box(300000, 2700000, 301000, 2701000)], crs=TWD97_TM2_121)
    >>> at = [300550, 2700550]
    >>> events = gpd.GeoDataFrame(geometry=gpd.points_from_xy([at[0]] * 60, [at[1]] * 60), crs=area.crs)
    >>> place_frame(events, area, cell_m=100.0).counts[5, 5].item()
    60
    """
    for what, frame in {"events": events, "area": area, "streets": streets, "exposure": exposure}.items():
        if frame is not None:
            require_plane(what, frame, events, "events")
    if streets is not None and exposure is not None:
        raise NotUsable("exposure", "streets are given too", "one of the two")
    grid = grid_over(Metric(shapely.union_all(geometries(area))), cell_m, tiling)
    if streets is not None:
        grid = grid.by_street_length(geometries(streets))
    if exposure is not None:
        grid = grid.by_points(points_xy(exposure), column(exposure, "weight", 1.0))
    return place_events(grid, points_xy(events))


def hot_frame(
    events: gpd.GeoDataFrame,
    area: gpd.GeoDataFrame,
    *,
    cell_m: float,
    reach_m: float,
    tiling: Tiling = Tiling.SQUARE,
    streets: gpd.GeoDataFrame | None = None,
    exposure: gpd.GeoDataFrame | None = None,
    null: Null | None = None,
) -> HotFrame:
    """Test the window around every cell, as `safemap.analysis.hotspots.hot_cells.hot_cells` does.

    Parameters
    ----------
    events
        Points; ``accuracy_m`` and ``reporter`` are used when there.
    null
        Without, by exposure, or shuffled when a fifth of the events repeat a place.

    Raises
    ------
    NotInMetres
        As `place_frame`.

    Examples
    --------
    >>> from safemap.geo.crs import TWD97_TM2_121
    >>> area = gpd.GeoDataFrame(geometry=[shapely.box(300000, 2700000, 301000, 2701000)], crs=TWD97_TM2_121)
    >>> at = [300550, 2700550]
    >>> events = gpd.GeoDataFrame(geometry=gpd.points_from_xy([at[0]] * 60, [at[1]] * 60), crs=area.crs)
    >>> found = hot_frame(events, area, cell_m=100.0, reach_m=150.0)
    >>> found.hot.null.value, int(found.cells["is_hot"].sum()), found.may_show.step.value
    ('shuffle', 0, 'hot cells')
    """
    placed = place_frame(events, area, cell_m=cell_m, tiling=tiling, streets=streets, exposure=exposure)
    repeated = share_repeated(points_xy(events))
    grid = placed.grid
    rule = may_show(
        placed.total,
        cells=len(grid),
        window_share=min(grid.window(reach_m).size / len(grid), 1.0),
        cell_m=cell_m,
        outside=placed.outside,
        reporters=int(events["reporter"].nunique()) if "reporter" in events else None,
        accuracy_m=usual_accuracy_m(column(events, "accuracy_m", 0.0)),
        repeated_share=repeated,
    )
    hot = hot_cells(placed, reach_m, null=rule.null if null is None else null)
    spot = np.full(len(grid), -1)
    for number, found in enumerate(hotspots_of(hot)):
        spot[found.cells] = number
    ratio = np.divide(hot.count, hot.expected, out=np.full(len(grid), np.nan), where=hot.expected > 0)
    columns = {
        "count": hot.count,
        "expected": hot.expected,
        "ratio": ratio,
        "gi_star_z": hot.gi_star_z,
        "p_value": hot.p_value,
        "p_adjusted": hot.p_adjusted,
        "is_hot": hot.is_hot,
        "hotspot": spot,
    }
    return HotFrame(_cell_frame(grid, columns, events), hot, rule)


def density_frame(
    events: gpd.GeoDataFrame,
    area: gpd.GeoDataFrame,
    *,
    cell_m: float,
    bandwidth_m: float | None = None,
    edge: Edge = Edge.UNIFORM,
) -> tuple[gpd.GeoDataFrame, Surface, Bandwidth | None]:
    """Estimate density over cells, ``per_km2``, as `safemap.analysis.hotspots.kde.density_surface` does.

    Parameters
    ----------
    events
        Points; ``weight`` and ``accuracy_m`` are used when there.
    bandwidth_m
        Without, chosen by likelihood; how is returned too.

    Raises
    ------
    NotInMetres
        As `place_frame`.

    Examples
    --------
    >>> from safemap.geo.crs import TWD97_TM2_121
    >>> area = gpd.GeoDataFrame(geometry=[shapely.box(300000, 2700000, 301000, 2701000)], crs=TWD97_TM2_121)
    >>> at = [300550, 2700550]
    >>> events = gpd.GeoDataFrame(geometry=gpd.points_from_xy([at[0]] * 60, [at[1]] * 60), crs=area.crs)
    >>> cells, surface, _ = density_frame(events, area, cell_m=50.0, bandwidth_m=100.0)
    >>> round(surface.events), bool(cells["per_km2"].max() > 800)
    (60, True)
    """
    grid = place_frame(events, area, cell_m=cell_m).grid
    xy, weight, accuracy = points_xy(events), column(events, "weight", 1.0), column(events, "accuracy_m", 0.0)
    chosen = None
    if bandwidth_m is None:
        chosen = choose_bandwidth(grid, xy, weights=weight, accuracy_m=usual_accuracy_m(accuracy))
        bandwidth_m = chosen.chosen_m
    surface = density_surface(grid, xy, bandwidth_m=bandwidth_m, weights=weight, accuracy_m=accuracy, edge=edge)
    return _cell_frame(grid, {"per_km2": grid.of_cells(surface.per_km2)}, events), surface, chosen


def scan_frame(
    events: gpd.GeoDataFrame, area: gpd.GeoDataFrame, *, cell_m: float, seed: int, runs: int = RUNS
) -> tuple[gpd.GeoDataFrame, Scanned]:
    """Look for any hotspot at all, as `safemap.analysis.hotspots.scan.scan` does; one row a circle, the best first.

    Raises
    ------
    NotInMetres
        As `place_frame`.

    Examples
    --------
    >>> from safemap.geo.crs import TWD97_TM2_121
    >>> area = gpd.GeoDataFrame(geometry=[shapely.box(300000, 2700000, 301000, 2701000)], crs=TWD97_TM2_121)
    >>> at = [300550, 2700550]
    >>> events = gpd.GeoDataFrame(geometry=gpd.points_from_xy([at[0]] * 60, [at[1]] * 60), crs=area.crs)
    >>> circles, found = scan_frame(events, area, cell_m=100.0, seed=1, runs=99)
    >>> found.is_any, circles["count"].tolist()
    (True, [60])
    """
    found = scan(place_frame(events, area, cell_m=cell_m), seed=seed, runs=runs)
    names = ("radius_m", "count", "expected", "ratio", "p_value")
    rows = {name: [getattr(circle, name) for circle in found.clusters] for name in names}
    circles = [shapely.Point(circle.centre_xy).buffer(circle.radius_m + cell_m / 2) for circle in found.clusters]
    return gpd.GeoDataFrame(rows, geometry=circles, crs=events.crs), found


def course_frame(
    events: gpd.GeoDataFrame,
    area: gpd.GeoDataFrame,
    *,
    cell_m: float,
    reach_m: float,
    steps: int,
    recent_steps: int,
) -> tuple[gpd.GeoDataFrame, Courses]:
    """Tell what emerges, persists and fades, as `safemap.analysis.hotspots.trends.courses` does.

    Parameters
    ----------
    events
        Points with ``step``, whole numbers from 0.

    Raises
    ------
    NotInMetres
        As `place_frame`.

    Examples
    --------
    >>> from safemap.geo.crs import TWD97_TM2_121
    >>> area = gpd.GeoDataFrame(geometry=[shapely.box(300000, 2700000, 301000, 2701000)], crs=TWD97_TM2_121)
    >>> at = [300550, 2700550]
    >>> events = gpd.GeoDataFrame(geometry=gpd.points_from_xy([at[0]] * 60, [at[1]] * 60), crs=area.crs)
    >>> events["step"] = [0] * 10 + [3] * 50
    >>> cells, found = course_frame(events, area, cell_m=100.0, reach_m=150.0, steps=4, recent_steps=1)
    >>> (cells["course"] == "emerging").sum().item()
    9
    """
    placed = place_frame(events, area, cell_m=cell_m)
    step = np.asarray(events["step"], dtype=np.int64)
    found = courses(placed, step, steps=steps, recent_steps=recent_steps, reach_m=reach_m)
    columns = {"course": found.course, "ratio": found.change.ratio, "low": found.change.low, "high": found.change.high}
    return _cell_frame(placed.grid, columns, events), found


def score_frame(
    cells: gpd.GeoDataFrame,
    maps: list[str],
    later: gpd.GeoDataFrame,
    *,
    seed: int,
    area_share: float = AREA_SHARE,
) -> Scores:
    """Score columns of a frame of cells on later events; an event on a shared edge counts for the first cell.

    Raises
    ------
    NotInMetres
        The events are in degrees or in another plane than the cells.

    Examples
    --------
    >>> from safemap.geo.crs import TWD97_TM2_121
    >>> area = gpd.GeoDataFrame(geometry=[shapely.box(300000, 2700000, 301000, 2701000)], crs=TWD97_TM2_121)
    >>> at = [300550, 2700550]
    >>> events = gpd.GeoDataFrame(geometry=gpd.points_from_xy([at[0]] * 60, [at[1]] * 60), crs=area.crs)
    >>> cells, _, _ = density_frame(events, area, cell_m=100.0, bandwidth_m=150.0)
    >>> later = events.iloc[:10]
    >>> found = score_frame(cells, ["per_km2"], later, seed=1, area_share=0.01)
    >>> found.maps["per_km2"].hit_rate.value, round(found.maps["per_km2"].pai.value)
    (1.0, 100)
    """
    require_plane("cells", cells, cells, "cells")
    require_plane("later events", later, cells, "cells")
    shapes = geometries(cells)
    event, cell = shapely.STRtree(shapes).query(geometries(later), predicate="intersects")
    first = cell[np.unique(event, return_index=True)[1]]
    counts = np.bincount(first, minlength=len(cells))
    given = {name: np.nan_to_num(np.asarray(cells[name], dtype=np.float64)) for name in maps}
    return score_maps(given, counts, shapely.area(shapes), seed=seed, area_share=area_share)


def _cell_frame(grid: Grid, columns: dict[str, NDArray[np.generic]], like: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=grid.polygons(), crs=like.crs)

"""The door for GeoDataFrames: checks that they are in metres of one plane, then calls the same functions."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from safemap.analysis.area import Measured, measure_area
from safemap.analysis.disclosure import houses_by_segment, public_counts
from safemap.analysis.guardianship import Cameras, Guardians
from safemap.analysis.planes import column, geometries, points_xy, require_plane
from safemap.analysis.presence import DayPeriod, WeeklyHours
from safemap.analysis.scene import Events, Lamps, Method, Scene, StreetLines
from safemap.geo.crs import Metric

SAME_NODE_M = 0.001


@dataclass(frozen=True, eq=False)
class MeasuredFrame:
    """What `measure_frames` found: segments and dead zones as frames, and everything as arrays.

    Attributes
    ----------
    segments
        One row a segment: ``name``, ``length_m``, ``density_per_km``, ``density_class``, ``event_count`` of all
        hours; and per period, numbered from 0, ``density_per_km_0``, ``camera_0``, … ``guardianship_0``.
    zones
        One row a dead zone: ``period`` (its number), ``rank``, ``street``, ``beside``, ``length_m``, ``score``,
        ``event_count``, ``guardianship``, ``lamp_gap_m``.
    """

    segments: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    measured: Measured


def measure_frames(
    streets: gpd.GeoDataFrame,
    events: gpd.GeoDataFrame,
    periods: tuple[DayPeriod, ...],
    *,
    area: Metric | None = None,
    buildings: gpd.GeoDataFrame | None = None,
    cameras: gpd.GeoDataFrame | None = None,
    routes: gpd.GeoDataFrame | None = None,
    blocks: gpd.GeoDataFrame | None = None,
    lamps: gpd.GeoDataFrame | None = None,
    method: Method | None = None,
) -> MeasuredFrame:
    """Measure an area from frames, as `safemap.analysis.area.measure_area` does from arrays.

    Parameters
    ----------
    streets
        LineStrings; columns ``name``, ``lit`` (True, False, None), ``from_node`` and ``to_node`` are used when there.
        Without nodes, streets meet where their ends do, to the millimetre.
    events
        Points; ``accuracy_m`` and ``weight`` are used when there. All count in every period.
    cameras
        Points with ``azimuth_deg``, ``field_of_view_deg`` and ``reach_m``.
    lamps
        Points; ``is_working`` is used when there.
    routes, blocks
        Lines and areas with ``weekdays`` (bits, Monday 1), ``start_min`` and ``end_min`` (minutes after midnight).

    Raises
    ------
    NotInMetres
        A frame is in degrees or in another system than the streets.
    """
    given = {
        "streets": streets,
        "events": events,
        "buildings": buildings,
        "cameras": cameras,
        "routes": routes,
        "blocks": blocks,
        "lamps": lamps,
    }
    for what, frame in given.items():
        if frame is not None:
            require_plane(what, frame, streets, "streets")
    scene = Scene(
        area=area,
        streets=street_lines(streets),
        events=Events(
            xy=points_xy(events),
            accuracy_m=column(events, "accuracy_m", 0.0),
            weight=column(events, "weight", 1.0),
            period_share=np.ones((len(events), len(periods))),
            is_inside=np.ones(len(events), dtype=np.bool_)
            if area is None
            else shapely.intersects(area, geometries(events)),
        ),
        buildings=np.empty(0, dtype=object) if buildings is None else geometries(buildings),
        cameras=None
        if cameras is None
        else Cameras(
            points_xy(cameras),
            column(cameras, "azimuth_deg", np.nan),
            column(cameras, "field_of_view_deg", 360.0),
            column(cameras, "reach_m", np.nan),
        ),
        routes=None if routes is None else _guardians(routes),
        blocks=None if blocks is None else _guardians(blocks),
        lamps=None if lamps is None else Lamps(points_xy(lamps), column(lamps, "is_working", 1.0) == 1.0),
    )
    measured = measure_area(scene, periods, method or Method())
    return MeasuredFrame(_segment_frame(measured, streets), _zone_frame(measured, streets), measured)


def count_frames(
    streets: gpd.GeoDataFrame, reports: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, int]:
    """Count reports for the public, as `safemap.analysis.disclosure.public_counts` does from arrays.

    Parameters
    ----------
    streets
        LineStrings, one a segment.
    reports
        Points; each counts for the nearest street.
    buildings
        Outlines; their number stands in for addresses.

    Returns
    -------
    tuple
        One row a street or square with ``count`` and ``side_m`` (0 for a street); and the rest, which has no place.

    Raises
    ------
    NotInMetres
        A frame is in degrees or in another system than the streets.
    """
    for what, frame in {"streets": streets, "reports": reports, "buildings": buildings}.items():
        require_plane(what, frame, streets, "streets")
    lines = geometries(streets)
    told = public_counts(
        np.asarray(shapely.STRtree(lines).nearest(geometries(reports)), dtype=np.int64),
        shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True)),
        houses_by_segment(lines, geometries(buildings)),
    )
    squares = [shapely.box(cell.x_m, cell.y_m, cell.x_m + cell.side_m, cell.y_m + cell.side_m) for cell in told.cells]
    counts = [*told.counts.tolist(), *(cell.count for cell in told.cells)]
    sides_m = [*(0.0 for _ in told.segments), *(cell.side_m for cell in told.cells)]
    geometry = [*lines[told.segments], *squares]
    frame = gpd.GeoDataFrame({"count": counts, "side_m": sides_m}, geometry=geometry, crs=streets.crs)
    return frame, told.rest


def _guardians(frame: gpd.GeoDataFrame) -> Guardians:
    hours = WeeklyHours(*(np.asarray(frame[name], dtype=np.int64) for name in ("weekdays", "start_min", "end_min")))
    return Guardians(geometries(frame), hours)


def street_lines(frame: gpd.GeoDataFrame) -> StreetLines:
    """Return streets of a frame; without nodes, they meet where their ends do, to the millimetre."""
    lines = geometries(frame)
    if "from_node" in frame and "to_node" in frame:
        from_node, to_node = (np.asarray(frame[name], dtype=np.int64) for name in ("from_node", "to_node"))
    else:
        ends = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
        xy = np.round(np.column_stack([shapely.get_x(ends), shapely.get_y(ends)]) / SAME_NODE_M)
        from_node, to_node = np.unique(xy, axis=0, return_inverse=True)[1].reshape(2, -1)
    return StreetLines(
        lines=lines,
        from_node=from_node,
        to_node=to_node,
        names=np.array([name or "" for name in frame["name"]] if "name" in frame else [""] * len(frame), dtype=object),
        lit=column(frame, "lit", np.nan),
    )


def _segment_frame(measured: Measured, streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    every = measured.all_hours
    columns: dict[str, NDArray[np.generic]] = {
        "name": measured.names,
        "length_m": measured.segments.length_m,
        "density_per_km": every.density_per_km,
        "density_class": every.density_class,
        "event_count": every.event_count,
    }
    for place, (hazard, watch) in enumerate(zip(measured.hazard, measured.guardianship, strict=True)):
        columns |= {
            f"density_per_km_{place}": hazard.density_per_km,
            f"camera_{place}": watch.camera,
            f"patrol_{place}": watch.patrol,
            f"block_{place}": watch.block,
            f"lamp_{place}": watch.lamp,
            f"guardianship_{place}": watch.combined,
        }
    return gpd.GeoDataFrame(columns, geometry=measured.segments.lines, crs=streets.crs)


def _zone_frame(measured: Measured, streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    rows = [
        {
            "period": place,
            "rank": rank,
            "street": facts.zone.street,
            "beside": facts.beside,
            "length_m": facts.zone.length_m,
            "score": facts.zone.score,
            "event_count": len(facts.events),
            "guardianship": facts.zone.guardianship,
            "lamp_gap_m": facts.lamp_gap_m,
            "geometry": shapely.multilinestrings(measured.segments.lines[facts.zone.segments]),
        }
        for place, zones in enumerate(measured.zones)
        for rank, facts in enumerate(zones, 1)
    ]
    columns = ["period", "rank", "street", "beside", "length_m", "score", "event_count", "guardianship", "lamp_gap_m"]
    return gpd.GeoDataFrame(rows, columns=[*columns, "geometry"], geometry="geometry", crs=streets.crs)

"""The door for GeoDataFrames to what works on events and areas themselves: pairs, groups, neighbours."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from safemap.analysis.hotspots.checks import NotUsable
from safemap.analysis.hotspots.moran import Moran, moran, neighbours_of
from safemap.analysis.hotspots.near_repeat import Links, NearRepeats, linked_events, near_repeats
from safemap.analysis.hotspots.problems import FEWEST, WITHIN_M, Grouping, Problems, group_reports
from safemap.analysis.planes import geometries, points_xy, require_plane

DAY = np.timedelta64(1, "D")


def near_repeat_frame(
    events: gpd.GeoDataFrame, *, distance_edges_m: list[float], time_edges_days: list[float], seed: int
) -> tuple[pd.DataFrame, NearRepeats]:
    """Test near repeats of events with a column ``when``; one row a pair of bands.

    Raises
    ------
    NotInMetres
        The frame is in degrees or in no known system.

    Examples
    --------
    >>> from safemap.geo.crs import TWD97_TM2_121
    >>> places = gpd.points_from_xy([300000.0, 300050.0, 300080.0, 305000.0], [2700000.0] * 4)
    >>> when = ["2026-11-20", "2026-11-22", "2026-11-23", "2026-11-23"]
    >>> events = gpd.GeoDataFrame({"when": when}, geometry=places, crs=TWD97_TM2_121)
    >>> table, _ = near_repeat_frame(events, distance_edges_m=[100], time_edges_days=[7], seed=1)
    >>> table[["from_m", "to_m", "pairs"]].values.tolist()
    [[0.0, 0.5, 0.0], [0.5, 100.0, 3.0]]
    """
    require_plane("events", events, events, "events")
    found = near_repeats(
        points_xy(events),
        _days(events),
        distance_edges_m=distance_edges_m,
        time_edges_days=time_edges_days,
        seed=seed,
    )
    far, late = found.distance_edges_m, found.time_edges_days
    near, soon = (
        part.ravel() for part in np.meshgrid(np.arange(len(far) - 1), np.arange(len(late) - 1), indexing="ij")
    )
    columns = {
        "from_m": far[near],
        "to_m": far[near + 1],
        "from_days": late[soon],
        "to_days": late[soon + 1],
        "pairs": found.pairs.ravel(),
        "expected": found.expected.ravel(),
        "ratio": found.ratio.ravel(),
        "p_value": found.p_value.ravel(),
        "p_adjusted": found.p_adjusted.ravel(),
    }
    return pd.DataFrame(columns), found


def link_frame(
    events: gpd.GeoDataFrame, *, within_m: float = 200.0, within_days: float = 7.0
) -> tuple[gpd.GeoDataFrame, Links]:
    """List pairs of events with a column ``when`` that are near in place and time, as lines between them.

    Raises
    ------
    NotInMetres
        The frame is in degrees or in no known system.

    Examples
    --------
    >>> from safemap.geo.crs import TWD97_TM2_121
    >>> places = gpd.points_from_xy([300000.0, 300050.0, 300080.0, 305000.0], [2700000.0] * 4)
    >>> when = ["2026-11-20", "2026-11-22", "2026-11-23", "2026-11-23"]
    >>> events = gpd.GeoDataFrame({"when": when}, geometry=places, crs=TWD97_TM2_121)
    >>> links, _ = link_frame(events, within_m=60.0)
    >>> links[["earlier", "later", "distance_m", "days"]].values.tolist()
    [[0.0, 1.0, 50.0, 2.0], [1.0, 2.0, 30.0, 1.0]]
    """
    require_plane("events", events, events, "events")
    xy = points_xy(events)
    links = linked_events(xy, _days(events), within_m=within_m, within_days=within_days)
    rows = {
        "earlier": np.asarray(events.index)[links.earlier],
        "later": np.asarray(events.index)[links.later],
        "distance_m": links.distance_m,
        "days": links.days,
    }
    lines = shapely.linestrings(np.stack([xy[links.earlier], xy[links.later]], axis=1))
    return gpd.GeoDataFrame(rows, geometry=lines, crs=events.crs), links


def problem_frame(
    events: gpd.GeoDataFrame,
    *,
    within_m: float = WITHIN_M,
    fewest: int = FEWEST,
    grouping: Grouping = Grouping.DBSCAN,
) -> tuple[gpd.GeoDataFrame, Problems]:
    """Group reports that are one problem; ``kind`` and ``street`` are used when there.

    Raises
    ------
    NotInMetres
        The frame is in degrees or in no known system.

    Examples
    --------
    >>> from safemap.geo.crs import TWD97_TM2_121
    >>> places = gpd.points_from_xy([300000.0, 300050.0, 300080.0, 305000.0], [2700000.0] * 4)
    >>> when = ["2026-11-20", "2026-11-22", "2026-11-23", "2026-11-23"]
    >>> events = gpd.GeoDataFrame({"when": when}, geometry=places, crs=TWD97_TM2_121)
    >>> groups, found = problem_frame(events)
    >>> groups["count"].tolist(), found.alone
    ([3], 1)
    """
    require_plane("events", events, events, "events")
    found = group_reports(
        points_xy(events),
        within_m=within_m,
        fewest=fewest,
        grouping=grouping,
        kinds=events.get("kind"),
        streets=events.get("street"),
    )
    names = ("kind", "radius_m", "street", "street_share")
    rows: dict[str, list[object]] = {name: [getattr(group, name) for group in found.groups] for name in names}
    rows["count"] = [len(group.members) for group in found.groups]
    outlines = [group.outline for group in found.groups]
    return gpd.GeoDataFrame(rows, geometry=outlines, crs=events.crs), found


def moran_frame(areas: gpd.GeoDataFrame, values: str, *, seed: int) -> tuple[gpd.GeoDataFrame, Moran]:
    """Ask whether polygons are like their neighbours in one column.

    Raises
    ------
    NotInMetres
        The frame is in degrees or in no known system.

    Examples
    --------
    >>> from safemap.geo.crs import TWD97_TM2_121
    >>> squares = [shapely.box(x, y, x + 500, y + 500) for x in range(0, 2000, 500) for y in range(0, 2000, 500)]
    >>> areas = gpd.GeoDataFrame({"rate": [9, 8, 2, 1, 8, 9, 1, 2, 2, 1, 2, 1, 1, 2, 1, 2]}, geometry=squares)
    >>> areas, found = moran_frame(areas.set_crs(TWD97_TM2_121), "rate", seed=1)
    >>> round(found.i, 3), areas.loc[0, "quadrant"]
    (0.522, 'high-high')
    """
    require_plane("areas", areas, areas, "areas")
    found = moran(np.asarray(areas[values], dtype=np.float64), neighbours_of(geometries(areas)), seed=seed)
    added = {"local_i": found.local_i, "p_adjusted": found.local_p_adjusted, "quadrant": found.quadrant}
    return areas.assign(**added, is_hot=found.is_hot), found


def _days(events: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Days since an epoch, from local times without a zone."""
    when = pd.to_datetime(events["when"])
    if when.isna().any():
        raise NotUsable(
            "when", f"{int(when.isna().sum())} events have no time", "a time for each; leave the others out"
        )
    if when.dt.tz is not None:
        when = when.dt.tz_localize(None)
    return np.asarray((when.to_numpy().astype("datetime64[s]") - np.datetime64(0, "s")) / DAY, dtype=np.float64)

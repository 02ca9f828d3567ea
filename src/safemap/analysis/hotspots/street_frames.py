"""The door for GeoDataFrames to what works along streets."""

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from safemap.analysis.frames import street_lines
from safemap.analysis.hotspots.prone import ProneStreets, prone_streets, street_parts
from safemap.analysis.hotspots.streets import REACH_M, StreetDensity, put_on_streets, street_density
from safemap.analysis.planes import column, points_xy, require_plane
from safemap.analysis.segments import Segments, cut_streets


def street_frame(
    events: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, *, bandwidth_m: float, reach_m: float = REACH_M
) -> tuple[gpd.GeoDataFrame, StreetDensity]:
    """Estimate density along streets, ``per_km``, as `safemap.analysis.hotspots.streets.street_density` does.

    Pieces are half a bandwidth long at most; streets meet as in `safemap.analysis.frames.measure_frames`.

    Raises
    ------
    NotInMetres
        As `place_frame`.

    Examples
    --------
    >>> import shapely
    >>> from safemap.geo.crs import TWD97_TM2_121
    >>> lines = [shapely.LineString([(300000, 2700000), (300500, 2700000)])]
    >>> streets = gpd.GeoDataFrame({"name": ["Well Lane"]}, geometry=lines, crs=TWD97_TM2_121)
    >>> events = gpd.GeoDataFrame(geometry=gpd.points_from_xy([300250.0] * 9, [2700004.0] * 9), crs=TWD97_TM2_121)
    >>> pieces, found = street_frame(events, streets, bandwidth_m=50.0)
    >>> round(found.events, 6), pieces["name"].unique().tolist(), bool(pieces["per_km"].max() > 70)
    (9.0, ['Well Lane'], True)
    """
    pieces, names = _pieces(events, streets, bandwidth_m / 2)
    found = street_density(
        pieces,
        put_on_streets(pieces, points_xy(events), reach_m=reach_m),
        bandwidth_m=bandwidth_m,
        weights=column(events, "weight", 1.0),
        accuracy_m=column(events, "accuracy_m", 0.0),
    )
    rows = {"name": names[pieces.edge], "length_m": pieces.length_m, "per_km": found.per_km}
    return gpd.GeoDataFrame(rows, geometry=pieces.lines, crs=events.crs), found


def prone_frames(
    events: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, *, longest_m: float = 60.0, reach_m: float = REACH_M
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, ProneStreets]:
    """Find crash-prone segments (lines) and junctions (points), as `safemap.analysis.hotspots.prone` does.

    Raises
    ------
    NotInMetres
        As `place_frame`.

    Examples
    --------
    >>> import shapely
    >>> from safemap.geo.crs import TWD97_TM2_121
    >>> lines = [shapely.LineString([(300000, 2700000), (300500, 2700000)])]
    >>> streets = gpd.GeoDataFrame({"name": ["Well Lane"]}, geometry=lines, crs=TWD97_TM2_121)
    >>> events = gpd.GeoDataFrame(geometry=gpd.points_from_xy([300250.0] * 9, [2700004.0] * 9), crs=TWD97_TM2_121)
    >>> segments, junctions, _ = prone_frames(events, streets)
    >>> segments["is_prone"].sum().item(), len(junctions)
    (1, 0)
    """
    pieces, names = _pieces(events, streets, longest_m)
    found = prone_streets(street_parts(pieces), put_on_streets(pieces, points_xy(events), reach_m=reach_m))
    fields = ("count", "expected", "ratio", "shrunk_ratio", "p_value", "p_adjusted", "is_prone")
    of_segments = {name: getattr(found.segments, name) for name in fields} | {"per_km": found.per_km}
    of_junctions = {name: getattr(found.junctions, name) for name in fields} | {"legs": found.parts.legs}
    return (
        gpd.GeoDataFrame({"name": names[pieces.edge]} | of_segments, geometry=pieces.lines, crs=events.crs),
        gpd.GeoDataFrame(of_junctions, geometry=gpd.points_from_xy(*found.parts.junction_xy.T), crs=events.crs),
        found,
    )


def _pieces(
    events: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, longest_m: float
) -> tuple[Segments, NDArray[np.object_]]:
    require_plane("events", events, events, "events")
    require_plane("streets", streets, events, "events")
    lines = street_lines(streets)
    return cut_streets(lines.lines, lines.from_node, lines.to_node, longest_m=longest_m), lines.names

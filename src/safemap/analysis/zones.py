"""Dead zones: connected runs of street segments with much hazard and little guardianship."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, shortest_path

from safemap.analysis.segments import Samples, Segments

ALONGSIDE_M = 25.0  # a footway or service lane this near to a road is part of it to everybody but the mapper
SHORT_RUN_M = 60.0  # a passage, a crossing: nobody would give it a number of its own
SAME_ROAD_M = 30.0  # two carriageways of one name are one road
NEAREST_NAME_M = 300.0


@dataclass(frozen=True, eq=False)
class Zone:
    """One dead zone.

    Attributes
    ----------
    segments
        Places of its segments, rising.
    named
        Those of them that bear its name; all of a nameless zone.
    street
        Its name; empty when its streets have none.
    length_m
        Length of `named`: nameless ways alongside a street do not make it longer.
    density_per_km, guardianship
        Means over the length of all its segments.
    score
        Mean of density · (1 - guardianship) over the same: the events per km that nobody watches.
    """

    segments: NDArray[np.int64]
    named: NDArray[np.int64]
    street: str
    length_m: float
    density_per_km: float
    guardianship: float
    score: float


def dead_zones(
    segments: Segments,
    names: NDArray[np.object_],
    density_per_km: NDArray[np.float64],
    guardianship: NDArray[np.float64],
    is_dead: NDArray[np.bool_],
    *,
    shortest_m: float = 20.0,
) -> list[Zone]:
    """Group dead segments to zones that can be named, and rank them by score.

    Dead segments of one street name that share a node, or lie at most 30 m apart, are one zone. A nameless one whose
    middle lies at most 25 m from a named one belongs to the nearest; so do nameless runs of at most 60 m that come
    as near. The others are zones by the nodes that they share. Zones shorter than `shortest_m` are left out.

    Parameters
    ----------
    names
        ``(n,)`` street names; empty where there is none.
    is_dead
        ``(n,)`` which segments have high hazard and low guardianship.

    Returns
    -------
    list
        The highest score first; the same for the same segments in any order, but for the places it names them by.
    """
    dead = np.flatnonzero(is_dead)
    if len(dead) == 0:
        return []
    group = _groups(segments.taken(dead), names[dead])
    zones = [_zone(segments, names, density_per_km, guardianship, places) for places in _places_by_group(dead, group)]
    return sorted((zone for zone in zones if zone.length_m >= shortest_m), key=lambda zone: _rank_key(segments, zone))


def street_beside(segments: Segments, names: NDArray[np.object_], zone: Zone) -> str:
    """Name the street that a nameless zone leads off: the one of most length at it, else the nearest.

    Empty when the zone has a name itself, or when no street within 300 m has one.
    """
    named = np.flatnonzero(names != "")
    if zone.street or len(named) == 0:
        return ""
    tree = shapely.STRtree(segments.lines[named])
    ways = segments.lines[zone.segments]
    near = np.unique(tree.query(ways, predicate="dwithin", distance=ALONGSIDE_M)[1])
    if len(near) == 0:
        near = np.unique(tree.query_nearest(ways, max_distance=NEAREST_NAME_M, all_matches=False)[1])
    length_of: dict[str, float] = {}
    for place in named[near]:
        length_of[str(names[place])] = length_of.get(str(names[place]), 0.0) + float(segments.length_m[place])
    return min(length_of, key=lambda name: (-round(length_of[name], 3), name)) if length_of else ""


def longest_gap_m(
    segments: Segments, samples: Samples, places: NDArray[np.int64], is_covered: NDArray[np.bool_]
) -> float:
    """Return the length of the longest way through some segments on which no sample is covered.

    The way runs along the segments and through the nodes that they share, and does not double back: of a fork with
    three dark arms, the two longest count.

    Parameters
    ----------
    places
        The segments, by their places.
    is_covered
        ``(m,)`` of all samples.
    """
    in_places = np.zeros(len(segments), dtype=np.bool_)
    in_places[places] = True
    mine = np.flatnonzero(in_places[samples.segment])
    gaps = mine[~is_covered[mine]]
    if len(gaps) == 0:
        return 0.0
    # A graph of uncovered pieces: each sample is two half pieces; pieces that follow each other, or meet in a node,
    # are linked by the sum of their halves.
    half_m = samples.length_m / 2
    is_first = np.r_[True, samples.segment[1:] != samples.segment[:-1]]
    is_last = np.r_[samples.segment[1:] != samples.segment[:-1], True]
    number = np.full(len(samples), -1)
    number[gaps] = np.arange(len(gaps))
    follows = gaps[~is_last[gaps]]
    follows = follows[number[follows + 1] >= 0]
    nodes = np.concatenate(
        [
            segments.from_node[samples.segment[gaps[is_first[gaps]]]],
            segments.to_node[samples.segment[gaps[is_last[gaps]]]],
        ]
    )
    ends = np.concatenate([gaps[is_first[gaps]], gaps[is_last[gaps]]])
    node = np.unique(nodes, return_inverse=True)[1] + len(gaps)
    start = np.concatenate([number[follows], number[ends]])
    end = np.concatenate([number[follows + 1], node])
    length = np.concatenate([half_m[follows] + half_m[follows + 1], half_m[ends]])
    size = len(gaps) + (int(node.max()) + 1 - len(gaps) if len(node) else 0)
    # A ring of one piece would link a sample to a node twice, and sparse arrays add doubles up: keep one.
    _, once = np.unique(start * size + end, return_index=True)
    graph = coo_array((length[once], (start[once], end[once])), shape=(size, size)).tocsr()
    between = shortest_path(graph, directed=False)
    reached = between[: len(gaps), : len(gaps)]
    # From the far end of the one to the far end of the other.
    whole = reached + half_m[gaps][:, None] + half_m[gaps][None, :]
    return float(whole[np.isfinite(whole)].max())


def _groups(segments: Segments, names: NDArray[np.object_]) -> NDArray[np.int64]:
    """Number the runs of segments that make one zone."""
    codes = np.unique(names.astype(str), return_inverse=True)[1]
    named, nameless = np.flatnonzero(names != ""), np.flatnonzero(names == "")
    links = _sharing_a_node(segments, codes)
    if len(named) == 0:
        return _components(links, len(names))
    tree = shapely.STRtree(segments.lines[named])
    one, other = named[tree.query(segments.lines[named], predicate="dwithin", distance=SAME_ROAD_M)]
    is_same = (one < other) & (codes[one] == codes[other])
    links = np.concatenate([links, np.stack([one[is_same], other[is_same]])], axis=1)
    # What runs alongside a road belongs to it, and is no longer a link between nameless ways.
    middles = shapely.line_interpolate_point(segments.lines[nameless], 0.5, normalized=True)
    way, road = _nearest_roads(tree, middles, nameless, codes[named])
    links = links[:, ~np.isin(links, way).any(axis=0)]
    links = np.concatenate([links, np.stack([way, named[road]])], axis=1)
    # A short nameless run that leads off a road belongs to it as a whole.
    group = _components(links, len(names))
    length_m = np.bincount(group, weights=segments.length_m)
    is_nameless = ~np.isin(group, group[named])
    short = np.flatnonzero(is_nameless & (length_m[group] <= SHORT_RUN_M))
    run, road = _nearest_roads(tree, segments.lines[short], short, codes[named], group[short])
    return _components(np.concatenate([links, np.stack([run, named[road]])], axis=1), len(names))


def _nearest_roads(
    tree: shapely.STRtree,
    shapes: NDArray[np.object_],
    places: NDArray[np.int64],
    codes: NDArray[np.int64],
    runs: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair each place, or one of each run of places, with its nearest road within 25 m; of two, the first by name."""
    (shape, road), distance_m = tree.query_nearest(shapes, max_distance=ALONGSIDE_M, return_distance=True)
    run = shape if runs is None else runs[shape]
    order = np.lexsort((codes[road], np.round(distance_m, 3), run))
    first = order[np.unique(run[order], return_index=True)[1]]
    return places[shape[first]], road[first]


def _components(links: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    graph = coo_array((np.ones(links.shape[1]), (links[0], links[1])), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def _sharing_a_node(segments: Segments, codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pair segments of one name that share a node: each with the next one there, ``(2, k)``."""
    segment = np.tile(np.arange(len(segments)), 2)
    node = np.concatenate([segments.from_node, segments.to_node])
    order = np.lexsort((segment, codes[segment], node))
    segment, node = segment[order], node[order]
    is_next = (node[1:] == node[:-1]) & (codes[segment[1:]] == codes[segment[:-1]])
    return np.stack([segment[:-1][is_next], segment[1:][is_next]])


def _places_by_group(places: NDArray[np.int64], group: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    order = np.lexsort((places, group))
    return np.split(places[order], np.flatnonzero(np.diff(group[order])) + 1)


def _zone(
    segments: Segments,
    names: NDArray[np.object_],
    density_per_km: NDArray[np.float64],
    guardianship: NDArray[np.float64],
    places: NDArray[np.int64],
) -> Zone:
    length_m = segments.length_m[places]
    density, watched = density_per_km[places], guardianship[places]
    is_named = names[places] != ""
    named = places[is_named] if is_named.any() else places
    return Zone(
        segments=places,
        named=named,
        street=str(names[named[0]]),  # a group has one name
        length_m=float(segments.length_m[named].sum()),
        density_per_km=float(np.average(density, weights=length_m)),
        guardianship=float(np.average(watched, weights=length_m)),
        score=float(np.average(density * (1.0 - watched), weights=length_m)),
    )


def _rank_key(segments: Segments, zone: Zone) -> tuple[float, str, float, float]:
    # Equal scores are ordered by name and place, so that a list is the same however its streets were stored.
    west, south, _, _ = shapely.total_bounds(segments.lines[zone.segments])
    rounded = float(f"{zone.score:.6g}")
    return (-rounded, zone.street, float(west), float(south))

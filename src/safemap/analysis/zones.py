"""Dead zones: connected runs of street segments with much hazard and little guardianship."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, shortest_path

from safemap.analysis.segments import Samples, Segments


@dataclass(frozen=True, eq=False)
class Zone:
    """One dead zone.

    Attributes
    ----------
    segments
        Places of its segments, rising.
    street
        Its name; empty when its streets have none.
    length_m, density_per_km2, guardianship
        Total length; means over it.
    score
        Mean of density · (1 - guardianship) over its length: the events per km² that nobody watches.
    """

    segments: NDArray[np.int64]
    street: str
    length_m: float
    density_per_km2: float
    guardianship: float
    score: float


def dead_zones(
    segments: Segments,
    names: NDArray[np.object_],
    density_per_km2: NDArray[np.float64],
    guardianship: NDArray[np.float64],
    is_dead: NDArray[np.bool_],
    *,
    shortest_m: float = 20.0,
    joining_m: float = 60.0,
) -> list[Zone]:
    """Group dead segments to zones that can be named, and rank them by score.

    Dead segments of one street name that share a node are one zone. Nameless ones that hang together do so too;
    when such a run is at most `joining_m` long (a passage, a footway beside the road) and touches a named zone, it
    joins that zone. Zones shorter than `shortest_m` are left out.

    Parameters
    ----------
    names
        ``(n,)`` street names; empty where there is none.
    is_dead
        ``(n,)`` which segments have high hazard and low guardianship.

    Returns
    -------
    list
        Best reasons first; the same for the same segments in any order, but for the places it names them by.
    """
    dead = np.flatnonzero(is_dead)
    if len(dead) == 0:
        return []
    dead_segments = _part(segments, dead)
    name_codes = np.unique(names[dead].astype(str), return_inverse=True)[1]
    group = _components(dead_segments, name_codes)
    group = _joined(dead_segments, names[dead], group, joining_m)
    zones = [
        _zone(segments, names, density_per_km2, guardianship, places)
        for places in _places_by_group(dead, group)
        if segments.length_m[places].sum() >= shortest_m
    ]
    return sorted(zones, key=lambda zone: _rank_key(segments, zone))


def street_beside(segments: Segments, names: NDArray[np.object_], zone: Zone) -> str:
    """Name the street that a nameless zone leads off: of those it touches, the one of most length there.

    Empty when the zone has a name, or touches nothing that has one.
    """
    if zone.street:
        return ""
    places = zone.segments
    nodes = np.unique(np.concatenate([segments.from_node[places], segments.to_node[places]]))
    touches = (np.isin(segments.from_node, nodes) | np.isin(segments.to_node, nodes)) & (names != "")
    length_of: dict[str, float] = {}
    for name, length_m in zip(names[touches], segments.length_m[touches], strict=True):
        length_of[str(name)] = length_of.get(str(name), 0.0) + float(length_m)
    return min(length_of, key=lambda name: (-length_of[name], name)) if length_of else ""


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


def _part(segments: Segments, places: NDArray[np.int64]) -> Segments:
    return Segments(
        segments.lines[places],
        segments.length_m[places],
        segments.edge[places],
        segments.from_node[places],
        segments.to_node[places],
    )


def _components(segments: Segments, name_codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the runs of segments that share a node and a name."""
    count = len(segments)
    nodes = np.unique(np.concatenate([segments.from_node, segments.to_node]), return_inverse=True)[1]
    key = np.unique(nodes.reshape(2, count) * (int(name_codes.max()) + 1) + name_codes[None, :], return_inverse=True)[
        1
    ].ravel()
    segment = np.tile(np.arange(count), 2)
    size = count + int(key.max()) + 1
    graph = coo_array((np.ones(2 * count), (segment, key + count)), shape=(size, size))
    return connected_components(graph, directed=False)[1][:count].astype(np.int64)


def _joined(
    segments: Segments, names: NDArray[np.object_], group: NDArray[np.int64], joining_m: float
) -> NDArray[np.int64]:
    """Let short nameless runs join the longest named one that they touch."""
    group = np.unique(group, return_inverse=True)[1]
    length_m: NDArray[np.float64] = np.bincount(group, weights=segments.length_m).astype(np.float64)
    is_named = np.zeros(len(length_m), dtype=np.bool_)
    is_named[group[names != ""]] = True
    named_at: dict[int, int] = {}
    for place in np.flatnonzero(is_named[group]):
        for node in (segments.from_node[place], segments.to_node[place]):
            other = named_at.get(int(node))
            candidate = int(group[place])
            if other is None or _is_before(length_m, candidate, other):
                named_at[int(node)] = candidate
    joins: dict[int, int] = {}
    for place in np.flatnonzero(~is_named[group] & (length_m[group] <= joining_m)):
        for node in (segments.from_node[place], segments.to_node[place]):
            host, nameless = named_at.get(int(node)), int(group[place])
            if host is not None and (nameless not in joins or _is_before(length_m, host, joins[nameless])):
                joins[nameless] = host
    return np.array([joins.get(int(number), int(number)) for number in group])


def _is_before(length_m: NDArray[np.float64], one: int, other: int) -> bool:
    return (length_m[one], -one) > (length_m[other], -other)


def _places_by_group(places: NDArray[np.int64], group: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    order = np.lexsort((places, group))
    return np.split(places[order], np.flatnonzero(np.diff(group[order])) + 1)


def _zone(
    segments: Segments,
    names: NDArray[np.object_],
    density_per_km2: NDArray[np.float64],
    guardianship: NDArray[np.float64],
    places: NDArray[np.int64],
) -> Zone:
    length_m = segments.length_m[places]
    density, watched = density_per_km2[places], guardianship[places]
    named = [str(name) for name in names[places] if name != ""]
    return Zone(
        segments=places,
        street=named[0] if named else "",  # a group has one name
        length_m=float(length_m.sum()),
        density_per_km2=float(np.average(density, weights=length_m)),
        guardianship=float(np.average(watched, weights=length_m)),
        score=float(np.average(density * (1.0 - watched), weights=length_m)),
    )


def _rank_key(segments: Segments, zone: Zone) -> tuple[float, str, float, float]:
    # Equal scores are ordered by name and place, so that a list is the same however its streets were stored.
    west, south, _, _ = shapely.total_bounds(segments.lines[zone.segments])
    rounded = float(f"{zone.score:.6g}")
    return (-rounded, zone.street, float(west), float(south))

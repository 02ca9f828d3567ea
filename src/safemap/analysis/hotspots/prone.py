"""Crash-prone segments and junctions: which have more events than their share of street, and by how much."""

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from safemap.analysis.hotspots.checks import NotUsable, counts_checked, numbers_checked, positive
from safemap.analysis.hotspots.exact import LEVEL, adjusted, binomial_tail
from safemap.analysis.hotspots.streets import M_PER_KM, OnStreets
from safemap.analysis.segments import Segments, sample_segments

JUNCTION_REACH_M = 20.0  # a crossing with its crosswalks
SAME_JUNCTION_M = 15.0  # the ends of two carriageways that meet a street are one crossing to everybody
FEWEST_LEGS = 3
STEP_M = 2.0  # street is measured around junctions in steps of this


@dataclass(frozen=True, eq=False)
class Prone:
    """Places, and whether each has more events than by its exposure.

    Attributes
    ----------
    count, expected
        ``(m,)`` events, and how many would fall there by exposure alone.
    ratio
        One over the other; 0 where nothing is expected.
    shrunk_ratio
        The same, drawn towards 1 by how little is known of the place: what to rank by.
    p_value, p_adjusted
        Exact chance of as many or more; and corrected for many places.
    is_prone
        Whether the corrected chance is at most `level`.
    """

    count: NDArray[np.int64]
    expected: NDArray[np.float64]
    ratio: NDArray[np.float64]
    shrunk_ratio: NDArray[np.float64]
    p_value: NDArray[np.float64]
    p_adjusted: NDArray[np.float64]
    is_prone: NDArray[np.bool_]
    level: float


@dataclass(frozen=True, eq=False)
class StreetParts:
    """Streets taken apart into junctions and the segments between them.

    Attributes
    ----------
    junction_xy
        ``(j, 2)`` centres of junctions.
    legs
        ``(j,)`` how many street ends meet in each.
    junction_m, segment_m
        ``(j,)`` and ``(m,)`` metres of street that belong to each; a segment near junctions keeps what is left.
    """

    pieces: Segments
    node_xy: NDArray[np.float64]
    junction_of_node: NDArray[np.int64]
    reach_m: float
    junction_xy: NDArray[np.float64]
    legs: NDArray[np.int64]
    junction_m: NDArray[np.float64]
    segment_m: NDArray[np.float64]

    def junction_of(self, xy: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the junction that a point on a street belongs to (``<=`` its reach); -1 for none."""
        if len(self.node_xy) == 0 or len(xy) == 0:
            return np.full(len(xy), -1, dtype=np.int64)
        distance_m, node = cKDTree(self.node_xy).query(xy)
        return np.where(distance_m <= self.reach_m, self.junction_of_node[node], -1)


@dataclass(frozen=True, eq=False)
class ProneStreets:
    """Crash-prone segments among segments, and junctions among junctions.

    Attributes
    ----------
    segments, junctions
        Compared with their like: among segments by length, among junctions by the street around them.
    per_km
        ``(m,)`` events per km of each segment's part outside junctions; NaN where nothing is left of it.
    n, off
        Events on streets, and events too far from any.
    """

    parts: StreetParts
    segments: Prone
    junctions: Prone
    per_km: NDArray[np.float64]
    n: int
    off: int


def prone_places(count: ArrayLike, exposure: ArrayLike, *, level: float = LEVEL) -> Prone:
    """Tell which places have more events than by their exposure.

    Chances are binomial, ``P(X ≥ c)`` with ``X ~ Bin(n, e / Σe)``, exact, and corrected by Benjamini and Hochberg.
    The shrunk ratio is ``(c + a) / (E + a)``: the mean of a gamma posterior whose prior has mean 1 and the variance
    that the counts show beyond chance [1]_.

    Parameters
    ----------
    count
        ``(m,)`` whole numbers.
    exposure
        ``(m,)`` metres of street, vehicles, …; not negative. Where it is 0, a count is not judged: its chance is 1.

    Raises
    ------
    NotUsable
        The arrays differ in length, or hold negative or broken numbers.

    References
    ----------
    .. [1] Marshall (1991), Mapping disease and mortality rates using empirical Bayes estimators, Applied Statistics
       40; Hauer (1997), Observational Before-After Studies in Road Safety, ch. 11.

    Examples
    --------
    >>> found = prone_places([9, 1, 0, 2], [100.0, 100.0, 100.0, 100.0])
    >>> found.is_prone.tolist(), found.ratio.tolist(), found.p_adjusted.round(4).tolist()
    ([True, False, False, False], [3.0, 0.3333333333333333, 0.0, 0.6666666666666666], [0.0016, 1.0, 1.0, 1.0])
    """
    counts = counts_checked(count, "count")
    weight = numbers_checked(exposure, len(counts), "exposure")
    judged = weight > 0
    n = int(counts[judged].sum())
    if not judged.any():
        zeros, ones = np.zeros(len(counts)), np.ones(len(counts))
        return Prone(counts, zeros, zeros, ones, ones, ones, np.zeros(len(counts), dtype=np.bool_), level)
    chance = weight / weight.sum()
    expected = n * chance
    p_value = np.where(judged, binomial_tail(np.where(judged, counts, 0), n, chance), 1.0)
    p_adjusted = np.ones(len(counts))
    p_adjusted[judged] = adjusted(p_value[judged])
    ratio = np.divide(counts, expected, out=np.zeros(len(counts)), where=expected > 0)
    squared = float(np.square(expected[judged]).sum())
    beyond = float((np.square(counts - expected)[judged]).sum()) - n
    prior = squared / beyond if beyond > 0 else np.inf
    shrunk = (counts + prior) / (expected + prior) if np.isfinite(prior) else np.ones(len(counts))
    return Prone(
        counts, expected, ratio, np.where(judged, shrunk, 1.0), p_value, p_adjusted, p_adjusted <= level, level
    )


def street_parts(
    pieces: Segments, *, reach_m: float = JUNCTION_REACH_M, same_junction_m: float = SAME_JUNCTION_M
) -> StreetParts:
    """Take streets apart into junctions, where three ends or more meet, and what lies between.

    Parameters
    ----------
    pieces
        From `safemap.analysis.segments.cut_streets`; nodes at cuts are no junctions.
    reach_m
        Street at most that far (``<=``) from a junction's nodes belongs to it.
    same_junction_m
        Nodes at most that far apart (``<=``) are one junction.

    Examples
    --------
    >>> from safemap.analysis.segments import cut_streets
    >>> arms = np.array([shapely.LineString([(0, 0), end]) for end in [(100, 0), (-100, 0), (0, 100)]])
    >>> parts = street_parts(cut_streets(arms, np.zeros(3, dtype=int), np.array([1, 2, 3]), longest_m=200.0))
    >>> parts.legs.tolist(), parts.junction_m.round().tolist(), parts.segment_m.round().tolist()
    ([3], [60.0], [80.0, 80.0, 80.0])
    """
    positive(reach_m, "reach_m", "m")
    ends = np.concatenate([pieces.from_node, pieces.to_node])
    nodes, first, legs = np.unique(ends, return_index=True, return_counts=True)
    is_junction = (legs >= FEWEST_LEGS) & (nodes >= 0)
    places, side = first[is_junction] % max(len(pieces), 1), first[is_junction] >= len(pieces)
    points = shapely.get_point(pieces.lines[places], np.where(side, -1, 0))
    node_xy = np.column_stack([shapely.get_x(points), shapely.get_y(points)]).reshape(-1, 2)
    near = (
        cKDTree(node_xy).query_pairs(same_junction_m, output_type="ndarray")
        if len(node_xy)
        else np.zeros((0, 2), dtype=np.int64)
    )
    graph = coo_array((np.ones(len(near)), (near[:, 0], near[:, 1])), shape=(len(node_xy), len(node_xy)))
    number, junction_of_node = connected_components(graph, directed=False) if len(node_xy) else (0, np.zeros(0, int))
    members = np.bincount(junction_of_node, minlength=number)
    centre = np.column_stack(
        [np.bincount(junction_of_node, weights=axis, minlength=number) / members for axis in node_xy.T]
    ).reshape(-1, 2)
    bare = StreetParts(
        pieces=pieces,
        node_xy=node_xy,
        junction_of_node=junction_of_node.astype(np.int64),
        reach_m=reach_m,
        junction_xy=centre,
        legs=np.bincount(junction_of_node, weights=legs[is_junction], minlength=number).astype(np.int64),
        junction_m=np.zeros(number),
        segment_m=np.zeros(len(pieces)),
    )
    samples = sample_segments(pieces, STEP_M)
    junction = bare.junction_of(samples.xy)
    between = junction < 0
    junction_m = np.bincount(junction[~between], weights=samples.length_m[~between], minlength=number)
    segment_m = np.bincount(samples.segment[between], weights=samples.length_m[between], minlength=len(pieces))
    return replace(bare, junction_m=junction_m.astype(np.float64), segment_m=segment_m.astype(np.float64))


def prone_streets(parts: StreetParts, on: OnStreets, *, level: float = LEVEL) -> ProneStreets:
    """Find segments and junctions with more events than their like.

    Events belong to where they stand on their street: to a junction within its reach, else to the segment. Junctions
    are not compared with segments: that accidents happen at crossings is known.

    Parameters
    ----------
    on
        Events on the same pieces, from `safemap.analysis.hotspots.streets.put_on_streets`.

    Examples
    --------
    >>> from safemap.analysis.hotspots.streets import put_on_streets
    >>> from safemap.analysis.segments import cut_streets
    >>> street = np.array([shapely.LineString([(0, 0), (1000, 0)])])
    >>> pieces = cut_streets(street, np.array([0]), np.array([1]), longest_m=100.0)
    >>> events = put_on_streets(pieces, [[250, 0]] * 8 + [[x, 0] for x in range(50, 1000, 100)])
    >>> found = prone_streets(street_parts(pieces), events)
    >>> np.flatnonzero(found.segments.is_prone).tolist(), found.per_km[1:4].tolist(), found.n
    ([2], [10.0, 90.0, 10.0], 18)
    """
    if on.piece.max(initial=-1) >= len(parts.pieces):
        raise NotUsable("on", "its events stand on other pieces", "events on the pieces of these parts")
    events = np.flatnonzero(on.piece >= 0)
    piece = on.piece[events]
    points = shapely.line_interpolate_point(parts.pieces.lines[piece], on.along_m[events])
    xy = np.column_stack([shapely.get_x(points), shapely.get_y(points)]).reshape(-1, 2)
    junction = parts.junction_of(xy)
    at_junction = np.bincount(junction[junction >= 0], minlength=len(parts.junction_xy))
    on_segment = np.bincount(piece[junction < 0], minlength=len(parts.pieces))
    per_km = np.full(len(parts.pieces), np.nan)
    np.divide(on_segment * M_PER_KM, parts.segment_m, out=per_km, where=parts.segment_m > 0)
    return ProneStreets(
        parts=parts,
        segments=prone_places(on_segment, parts.segment_m, level=level),
        junctions=prone_places(at_junction, parts.junction_m, level=level),
        per_km=per_km,
        n=len(events),
        off=on.off,
    )

"""Street segments: streets cut into short pieces, and the points on them at which everything is measured."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from safemap.analysis.shapes import lines_through
from safemap.geo.crs import Metric

BORDER_REACH_M = 15.0  # borders of villages run along the middle of streets: half of a 30 m road belongs to both sides
SAMPLE_STEP_M = 10.0
SHORTEST_M = 0.001  # two ends of a street closer than this are one point
EXACT = 1e-9  # of a piece's length: below it two points of a cut are one


@dataclass(frozen=True, eq=False)
class Segments:
    """Pieces of streets as arrays of one length.

    Attributes
    ----------
    lines
        LineStrings in metres.
    length_m
        Their lengths, always above 0.
    edge
        Which of the given streets each is a piece of, by its place in the given array.
    from_node, to_node
        Nodes at the two ends: those of the given streets, and negative numbers where a street was cut. Two
        segments are neighbours when they share one.
    """

    lines: NDArray[np.object_]
    length_m: NDArray[np.float64]
    edge: NDArray[np.int64]
    from_node: NDArray[np.int64]
    to_node: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.lines)

    def taken(self, places: NDArray[np.int64]) -> "Segments":
        """Return some of them, by their places."""
        return Segments(
            self.lines[places],
            self.length_m[places],
            self.edge[places],
            self.from_node[places],
            self.to_node[places],
        )

    def belonging_to(self, area: Metric | None, border_reach_m: float = BORDER_REACH_M) -> NDArray[np.int64]:
        """Return the places of those whose middle lies in an area or at most so far (``<=``) outside; None has all."""
        if area is None or len(self) == 0:
            return np.arange(len(self))
        shapely.prepare(area)
        middles = shapely.line_interpolate_point(self.lines, 0.5, normalized=True)
        return np.flatnonzero(shapely.dwithin(area, middles, border_reach_m))


@dataclass(frozen=True, eq=False)
class Samples:
    """Points on segments, each in the middle of a piece of at most the step's length.

    Attributes
    ----------
    xy
        ``(m, 2)`` in metres, in the order of the segments and along each.
    segment
        ``(m,)`` the segment of each, by its place.
    length_m
        ``(m,)`` the length that each stands for; within a segment they are equal.
    """

    xy: NDArray[np.float64]
    segment: NDArray[np.int64]
    length_m: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.segment)

    def mean_of_segments(self, values: NDArray[np.float64], segment_count: int) -> NDArray[np.float64]:
        """Average a value at samples over each segment; ``(m,)`` or ``(m, k)`` becomes ``(n,)`` or ``(n, k)``."""
        number = np.bincount(self.segment, minlength=segment_count)
        if values.ndim == 1:
            return np.bincount(self.segment, weights=values, minlength=segment_count) / np.maximum(number, 1)
        columns = [self.mean_of_segments(column, segment_count) for column in values.T]
        return np.column_stack(columns) if columns else np.zeros((segment_count, 0))


def cut_streets(
    streets: NDArray[np.object_],
    from_nodes: NDArray[np.int64],
    to_nodes: NDArray[np.int64],
    *,
    longest_m: float = 60.0,
    area: Metric | None = None,
    border_reach_m: float = BORDER_REACH_M,
) -> Segments:
    """Cut streets into equal pieces and keep those that belong to an area.

    Parameters
    ----------
    streets
        ``(n,)`` LineStrings in metres. Empty ones and such without length give no segment.
    from_nodes, to_nodes
        ``(n,)`` node numbers of their ends, not negative.
    longest_m
        No piece is longer; a street of 130 m gives three pieces of 43.3 m.
    area
        Pieces whose middle lies in it, or at most `border_reach_m` (``<=``) outside, are kept; None keeps all.

    Examples
    --------
    >>> street = np.array([shapely.LineString([(0, 0), (130, 0)])])
    >>> cut_streets(street, np.array([1]), np.array([2])).length_m.round(1).tolist()
    [43.3, 43.3, 43.3]
    """
    usable = np.flatnonzero(shapely.length(streets) >= SHORTEST_M) if len(streets) else np.zeros(0, dtype=np.int64)
    if len(usable) == 0:
        nothing = np.zeros(0, dtype=np.int64)
        return Segments(np.empty(0, dtype=object), np.zeros(0), nothing, nothing, nothing)
    lines, pieces_of = _cut(streets[usable], longest_m)
    street = np.repeat(np.arange(len(usable)), pieces_of)
    first = np.cumsum(pieces_of) - pieces_of
    place = np.arange(len(lines)) - first[street]
    cut_number = -1 - np.arange(len(lines))  # the cut at the end of each piece
    is_first, is_last = place == 0, place == pieces_of[street] - 1
    from_node = np.where(is_first, from_nodes[usable][street], np.roll(cut_number, 1))
    to_node = np.where(is_last, to_nodes[usable][street], cut_number)
    whole = Segments(lines, shapely.length(lines), usable[street], from_node, to_node)
    return whole.taken(whole.belonging_to(area, border_reach_m))


def sample_segments(segments: Segments, step_m: float = SAMPLE_STEP_M) -> Samples:
    """Place points along segments, at the middles of equal pieces of at most `step_m`."""
    number = _pieces(segments.length_m, step_m)
    segment = np.repeat(np.arange(len(segments)), number)
    place = np.arange(len(segment)) - (np.cumsum(number) - number)[segment]
    points = shapely.line_interpolate_point(segments.lines[segment], (place + 0.5) / number[segment], normalized=True)
    return Samples(
        xy=shapely.get_coordinates(points).reshape(-1, 2),
        segment=segment,
        length_m=(segments.length_m / np.maximum(number, 1))[segment],
    )


def _pieces(length_m: NDArray[np.float64], longest_m: float) -> NDArray[np.int64]:
    # A street of exactly 60 m stays whole even when its length reads 60.00000000001.
    return np.maximum(1, np.ceil(length_m / longest_m - EXACT)).astype(np.int64)


def _cut(streets: NDArray[np.object_], longest_m: float) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Cut every street at equal distances; pieces in order, and how many each street gave."""
    xy, street = shapely.get_coordinates(streets, return_index=True)
    step_m = np.hypot(*np.diff(xy, axis=0).T)
    is_within = np.diff(street) == 0
    # One running distance over all streets, with a metre between two of them, so that one look-up serves all.
    along_m = np.concatenate([[0.0], np.cumsum(np.where(is_within, step_m, 1.0))])
    start = np.searchsorted(street, np.arange(len(streets)))
    end = np.append(start[1:], len(street)) - 1
    length_m = along_m[end] - along_m[start]
    pieces_of = _pieces(length_m, longest_m)
    first_piece = np.cumsum(pieces_of) - pieces_of

    cut_street = np.repeat(np.arange(len(streets)), pieces_of - 1)
    cut_place = np.arange(len(cut_street)) - (np.cumsum(pieces_of - 1) - (pieces_of - 1))[cut_street] + 1
    cut_m = along_m[start][cut_street] + cut_place * (length_m / pieces_of)[cut_street]
    cut_xy = np.column_stack([np.interp(cut_m, along_m, xy[:, 0]), np.interp(cut_m, along_m, xy[:, 1])])

    # A vertex belongs to the piece that it lies in; one that lies on a cut is that cut.
    position = (along_m - along_m[start][street]) * (pieces_of / length_m)[street]
    nearest_cut = np.rint(position)
    is_on_cut = (np.abs(position - nearest_cut) < EXACT) & (nearest_cut > 0) & (nearest_cut < pieces_of[street])
    piece = first_piece[street] + np.minimum(position.astype(np.int64), pieces_of[street] - 1)
    cut_piece = first_piece[cut_street] + cut_place
    all_xy = np.concatenate([xy[~is_on_cut], cut_xy, cut_xy])
    all_piece = np.concatenate([piece[~is_on_cut], cut_piece - 1, cut_piece])
    all_m = np.concatenate([along_m[~is_on_cut], cut_m, cut_m])
    order = np.lexsort((all_m, all_piece))
    return lines_through(all_xy[order], all_piece[order]), pieces_of

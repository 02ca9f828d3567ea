"""A noded street network out of lines: cut where lines share a vertex, never where they only cross on paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray

from safemap.geo.crs import GEOD

STEPS_PER_DEGREE = 10_000_000  # OSM's own grid, about 1 cm: vertices that agree on it are the same


@dataclass(frozen=True)
class NodedNetwork:
    """Nodes and edges of a street network.

    Attributes
    ----------
    node_ids, node_points
        ``(n,)`` ids made of the coordinates, and Points in degrees.
    way
        ``(m,)`` for each edge the position of the line it was cut from.
    piece
        ``(m,)`` the edge's number within its line, from 0.
    from_node, to_node
        ``(m,)`` positions in `node_ids`.
    lines
        ``(m,)`` LineStrings in degrees.
    length_m
        ``(m,)`` lengths on the ellipsoid.
    """

    node_ids: NDArray[np.object_]
    node_points: NDArray[np.object_]
    way: NDArray[np.int64]
    piece: NDArray[np.int64]
    from_node: NDArray[np.int64]
    to_node: NDArray[np.int64]
    lines: NDArray[np.object_]
    length_m: NDArray[np.float64]


def node_lines(lines: Sequence[NDArray[np.float64]]) -> NodedNetwork:
    """Cut lines at shared vertices.

    Parameters
    ----------
    lines
        Arrays of shape ``(k, 2)``, k ≥ 2, longitude and latitude in degrees, no vertex twice in a row.

    Returns
    -------
    NodedNetwork
        Lines that meet at a vertex, at an end or in the middle, share a node there. Lines that cross without a
        common vertex do not: a bridge is no junction.
    """
    if not lines:
        nothing = np.empty(0, dtype=np.int64)
        shapes = np.empty(0, dtype=object)
        return NodedNetwork(shapes, shapes, nothing, nothing, nothing, nothing, shapes, np.empty(0))
    sizes = np.array([len(line) for line in lines])
    coords = np.concatenate(lines)
    grid = np.rint(coords * STEPS_PER_DEGREE).astype(np.int64)
    _, vertex, uses = np.unique(grid, axis=0, return_inverse=True, return_counts=True)
    vertex = vertex.reshape(-1)
    ends = np.cumsum(sizes) - 1
    starts = ends - sizes + 1
    is_node = uses[vertex] > 1
    is_node[starts] = is_node[ends] = True
    # Every vertex that is a node and not its line's last one begins an edge that runs to the next node.
    at = np.flatnonzero(is_node)
    line_of = np.repeat(np.arange(len(lines)), sizes)
    begins = at[:-1][line_of[at[:-1]] == line_of[at[1:]]]
    finishes = at[1:][line_of[at[:-1]] == line_of[at[1:]]]
    way = line_of[begins]
    first_of_way = np.concatenate([[True], way[1:] != way[:-1]]) if len(way) else np.empty(0, dtype=np.bool_)
    first_at = np.flatnonzero(first_of_way)
    piece = np.arange(len(way)) - np.repeat(first_at, np.diff(np.append(first_at, len(way))))
    counts = finishes - begins + 1
    picked = np.repeat(begins, counts) + np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    edges = shapely.linestrings(coords[picked], indices=np.repeat(np.arange(len(counts)), counts))
    used, position = np.unique(vertex[at], return_inverse=True)
    sample = np.empty(vertex.max() + 1, dtype=np.int64)
    sample[vertex[at]] = at
    node_at = sample[used]
    place = np.full(vertex.max() + 1, -1, dtype=np.int64)
    place[vertex[at]] = position.reshape(-1)
    return NodedNetwork(
        node_ids=np.array([f"{lon}_{lat}" for lon, lat in grid[node_at].tolist()], dtype=object),
        node_points=cast("NDArray[np.object_]", shapely.points(coords[node_at])),
        way=way,
        piece=piece,
        from_node=place[vertex[begins]],
        to_node=place[vertex[finishes]],
        lines=cast("NDArray[np.object_]", np.asarray(edges)),
        length_m=_lengths_m(coords, begins, finishes),
    )


def _lengths_m(
    coords: NDArray[np.float64], begins: NDArray[np.int64], finishes: NDArray[np.int64]
) -> NDArray[np.float64]:
    _, _, step_m = GEOD.inv(coords[:-1, 0], coords[:-1, 1], coords[1:, 0], coords[1:, 1])
    travelled_m = np.concatenate([[0.0], np.cumsum(step_m)])
    return cast("NDArray[np.float64]", travelled_m[finishes] - travelled_m[begins])


def cleaned(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a line without vertices that repeat the one before on the grid of 1 cm."""
    if len(line) < 2:
        return line
    grid = np.rint(line * STEPS_PER_DEGREE)
    moves = np.concatenate([[True], (grid[1:] != grid[:-1]).any(axis=1)])
    return cast("NDArray[np.float64]", line[moves])

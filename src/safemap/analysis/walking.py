"""Distance on foot along streets, between spots that are only roughly known."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from safemap.analysis.segments import SHORTEST_M
from safemap.analysis.shapes import points_of

REACH_M = 60.0  # farther from every street, a spot is on no street
OPEN_GROUND_M = 25.0  # two spots farther than this from every street are in a park or a yard: one walks straight
LEAST_STEP_M = 1e-9  # a step of length 0 would be none to the search


@dataclass(frozen=True, eq=False)
class Feet:
    """Where spots may stand on streets: one row for each spot and street.

    Attributes
    ----------
    spot, street
        Their places in the given arrays.
    along_m
        From the street's first point.
    extra_m
        How much farther from the spot this street is than the nearest one: what choosing it costs.
    off_m
        ``(n,)`` for each spot: metres from the nearest street, infinite without one in reach.
    """

    spot: NDArray[np.int64]
    street: NDArray[np.int64]
    along_m: NDArray[np.float64]
    extra_m: NDArray[np.float64]
    off_m: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Walks:
    """Streets as a network to walk on.

    Attributes
    ----------
    lines
        ``(n,)`` LineStrings in metres, in both directions.
    length_m
        ``(n,)``.
    ends
        ``(n, 2)`` nodes at their two ends, counted from 0 without a gap.
    """

    lines: NDArray[np.object_]
    length_m: NDArray[np.float64]
    ends: NDArray[np.int64]

    @classmethod
    def over(cls, streets: NDArray[np.object_], from_nodes: NDArray[np.int64], to_nodes: NDArray[np.int64]) -> "Walks":
        """Take ``(n,)`` LineStrings in metres and the nodes at their ends; those without length take no part."""
        usable = np.flatnonzero(shapely.length(streets) >= SHORTEST_M) if len(streets) else np.zeros(0, dtype=np.int64)
        nodes = np.column_stack([from_nodes[usable], to_nodes[usable]])
        _, ends = np.unique(nodes, return_inverse=True)
        lines = streets[usable]
        return cls(lines, shapely.length(lines), np.asarray(ends, dtype=np.int64).reshape(-1, 2))

    def feet(self, xy: NDArray[np.float64], slack_m: NDArray[np.float64]) -> Feet:
        """Put ``(n, 2)`` spots on their nearest street, and on each that is at most ``slack_m`` (``<=``) farther."""
        points, off_m = points_of(xy), np.full(len(xy), np.inf)
        nothing = np.zeros(0, dtype=np.int64)
        if len(self.lines) == 0 or len(xy) == 0:
            return Feet(nothing, nothing, np.zeros(0), np.zeros(0), off_m)
        tree = shapely.STRtree(self.lines)
        (near, _), away_m = tree.query_nearest(points, max_distance=REACH_M, return_distance=True, all_matches=False)
        off_m[near] = away_m
        in_reach = np.flatnonzero(np.isfinite(off_m))
        if len(in_reach) == 0:
            return Feet(nothing, nothing, np.zeros(0), np.zeros(0), off_m)
        spot, street = tree.query(
            points[in_reach], predicate="dwithin", distance=(off_m + slack_m)[in_reach] + SHORTEST_M
        )
        spot = in_reach[spot]
        return Feet(
            spot=spot,
            street=street,
            along_m=shapely.line_locate_point(self.lines[street], points[spot]),
            extra_m=np.maximum(shapely.distance(self.lines[street], points[spot]) - off_m[spot], 0.0),
            off_m=off_m,
        )

    def metres(
        self,
        spot_xy: NDArray[np.float64],
        xy: NDArray[np.float64],
        *,
        spot_slack_m: float = 0.0,
        slack_m: NDArray[np.float64] | None = None,
        limit_m: float = 300.0,
    ) -> NDArray[np.float64]:
        """Return how far each of some spots is from one, on foot; infinite beyond the limit (``>``).

        A spot is put on its nearest street, and, where its position is not sure, on each street that is at most its
        slack farther away: the extra metres are added, so that a spot between two lanes is near to both. The distance
        is the shortest way along streets between any two of these places, but never shorter than the straight line;
        and it is the straight line where both spots are more than 25 m from every street.

        Parameters
        ----------
        spot_xy
            ``(k, 2)`` metres: one place, or several along a line, of which the nearest counts.
        xy
            ``(n, 2)`` metres.
        spot_slack_m, slack_m
            How unsure the positions are; 0 without.

        Examples
        --------
        >>> lanes = np.array([shapely.LineString(way) for way in ([(0, 0), (0, 50)], [(0, 50), (60, 50)])])
        >>> walks = Walks.over(lanes, np.array([1, 2]), np.array([2, 3]))
        >>> walks.metres(np.array([[0.0, 10.0]]), np.array([[30.0, 50.0], [0.0, 25.0]])).round(1).tolist()
        [70.0, 15.0]
        """
        slack_m = np.zeros(len(xy)) if slack_m is None else slack_m
        straight_m = np.min(np.hypot(*(xy[:, None, :] - spot_xy[None, :, :]).transpose(2, 0, 1)), axis=1)
        starts = self.feet(spot_xy, np.full(len(spot_xy), spot_slack_m))
        goals = self.feet(xy, slack_m)
        is_open = (starts.off_m.min() > OPEN_GROUND_M) & (goals.off_m > OPEN_GROUND_M)
        is_streetless = np.isinf(goals.off_m) | np.isinf(starts.off_m).all()
        walked_m = np.maximum(self._along(starts, goals, len(xy), limit_m), straight_m)
        metres = np.where(is_open | is_streetless, straight_m, walked_m)
        return np.where(metres <= limit_m, metres, np.inf)

    def _along(self, starts: Feet, goals: Feet, spots: int, limit_m: float) -> NDArray[np.float64]:
        found = np.full(spots, np.inf)
        if len(starts.spot) == 0 or len(goals.spot) == 0:
            return found
        node_m = self._to_nodes(starts, limit_m)
        rest_m = self.length_m[goals.street] - goals.along_m
        by_node_m = np.minimum(
            node_m[self.ends[goals.street, 0]] + goals.along_m, node_m[self.ends[goals.street, 1]] + rest_m
        )
        np.minimum.at(found, goals.spot, by_node_m + goals.extra_m)
        # Two places on one street: straight along it, past no end.
        start, goal = np.nonzero(starts.street[:, None] == goals.street[None, :])
        on_street_m = np.abs(starts.along_m[start] - goals.along_m[goal])
        np.minimum.at(found, goals.spot[goal], on_street_m + starts.extra_m[start] + goals.extra_m[goal])
        return found

    def _to_nodes(self, starts: Feet, limit_m: float) -> NDArray[np.float64]:
        """Return the metres from the nearest of some places to each node: one search from a node of their own."""
        own = int(self.ends.max()) + 1
        first, last = self.ends[starts.street].T
        to = np.concatenate([self.ends[:, 1], first, last])
        of = np.concatenate([self.ends[:, 0], np.full(2 * len(first), own)])
        step_m = np.concatenate(
            [
                self.length_m,
                starts.extra_m + starts.along_m,
                starts.extra_m + self.length_m[starts.street] - starts.along_m,
            ]
        )
        # Of several steps between two nodes the shortest counts; a matrix would add them up.
        low, high = np.minimum(of, to), np.maximum(of, to)
        order = np.lexsort((step_m, high, low))
        low, high, step_m = low[order], high[order], np.maximum(step_m[order], LEAST_STEP_M)
        is_first = np.append(True, (np.diff(low) != 0) | (np.diff(high) != 0))
        graph = csr_array((step_m[is_first], (low[is_first], high[is_first])), shape=(own + 1, own + 1))
        reached: NDArray[np.float64] = np.asarray(dijkstra(graph, directed=False, indices=[own], limit=limit_m))[0]
        return reached

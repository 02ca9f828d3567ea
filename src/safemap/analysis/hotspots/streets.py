"""Density along streets: events spread through the network as heat does, none lost at junctions, in events per km."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array, csr_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.special import ive

from safemap.analysis.hotspots.checks import (
    NotUsable,
    are_degrees,
    numbers_checked,
    points_checked,
    positive,
    refuse_degrees,
)
from safemap.analysis.hotspots.smoothing import accuracy_classes
from safemap.analysis.segments import Segments
from safemap.analysis.shapes import points_of

REACH_M = 30.0  # farther from every street, an event is not on the streets: half of a wide road, and a pavement
FEWEST_PIECES = 1.5  # of bandwidth
SHORT_SHARE = 0.1  # of the longest piece: shorter ones are parts of junctions
NEGLIGIBLE = 1e-10
M_PER_KM = 1000.0


@dataclass(frozen=True, eq=False)
class OnStreets:
    """Where events are on streets.

    Attributes
    ----------
    piece
        ``(n,)`` place of the nearest piece of street; -1 when none is near enough.
    along_m, distance_m
        ``(n,)`` metres from the piece's first point, and from the piece.
    off
        How many are too far from every street: they take no part, and that has to be said.
    """

    piece: NDArray[np.int64]
    along_m: NDArray[np.float64]
    distance_m: NDArray[np.float64]
    off: int


@dataclass(frozen=True, eq=False)
class StreetDensity:
    """Density on each piece of street.

    Attributes
    ----------
    per_km
        ``(m,)`` events per km of street, means over the pieces.
    events
        The density added up over all pieces: the weights of the events, to rounding.
    n, off
        Events on streets, and events too far from any.
    """

    per_km: NDArray[np.float64]
    bandwidth_m: float
    events: float
    n: int
    off: int


def put_on_streets(pieces: Segments, xy: ArrayLike, *, reach_m: float = REACH_M) -> OnStreets:
    """Move events to the nearest point of a street, at most `reach_m` (``<=``) away.

    Parameters
    ----------
    pieces
        From `safemap.analysis.segments.cut_streets`, in the metres of the events' plane.
    xy
        ``(n, 2)``; none gives empty arrays.

    Raises
    ------
    NotUsable
        A coordinate is no finite number.
    LooksLikeDegrees
        The events look like longitude and latitude, and none is on a street.

    Examples
    --------
    >>> from safemap.analysis.segments import cut_streets
    >>> street = np.array([shapely.LineString([(0, 0), (100, 0)])])
    >>> on = put_on_streets(cut_streets(street, np.array([0]), np.array([1])), [[30, 5], [30, 500]])
    >>> on.piece.tolist(), on.along_m.tolist(), on.off
    ([0, -1], [30.0, 0.0], 1)
    """
    points = points_checked(xy)
    positive(reach_m, "reach_m", "m")
    piece = np.full(len(points), -1, dtype=np.int64)
    along_m, distance_m = np.zeros(len(points)), np.full(len(points), np.inf)
    if len(points) and len(pieces):
        geometry = points_of(points)
        (event, nearest), away_m = shapely.STRtree(pieces.lines).query_nearest(
            geometry, max_distance=reach_m, return_distance=True, all_matches=False
        )
        piece[event], distance_m[event] = nearest, away_m
        along_m[event] = shapely.line_locate_point(pieces.lines[nearest], geometry[event])
    off = int((piece < 0).sum())
    if off == len(points) and len(pieces) and not are_degrees(shapely.get_coordinates(pieces.lines)):
        refuse_degrees(points)
    return OnStreets(piece, along_m, distance_m, off)


def street_density(
    pieces: Segments,
    on: OnStreets,
    *,
    bandwidth_m: float,
    weights: ArrayLike | None = None,
    accuracy_m: ArrayLike | None = None,
) -> StreetDensity:
    """Estimate the density of events along streets by the heat kernel of the network.

    Each event spreads as heat does along thin wires: on a straight street as a Gaussian of `bandwidth_m`; at a junction
    of d streets it goes into each of the others with 2/d and is turned back with 2/d − 1; at a dead end it is turned
    back. This is the equal-split continuous kernel of Okabe and Sugihara with a Gaussian profile and all paths added
    up, however they wind [1]_ [2]_: continuous at junctions, and every event counts exactly one.

    It is computed for all events together, as the solution of the heat equation on the pieces (finite volumes) at time
    ``T = h²/2``, by a Chebyshev expansion of ``exp(−T A)``: the cost grows with streets and bandwidth, not with events
    times streets in reach, and memory is linear in the pieces.

    Parameters
    ----------
    pieces
        Short pieces of all streets around, from `safemap.analysis.segments.cut_streets` with `longest_m` at most two
        thirds of the bandwidth. Where streets end at the border of what was imported, they end here too.
    weights
        ``(n,)``; 1 each without.
    accuracy_m
        ``(n,)`` radius within which each position is known: adds a²/4 to the squared bandwidth.

    Returns
    -------
    StreetDensity
        Zeros without events; empty without streets.

    Raises
    ------
    NotUsable
        The pieces are too long for the bandwidth; a number is negative or not finite.

    References
    ----------
    .. [1] McSwiggan, Baddeley and Nair (2017), Kernel density estimation on a linear network, Scandinavian J. of
       Statistics 44: the equal-split continuous rule with a Gaussian is the heat kernel.
    .. [2] Okabe and Sugihara (2012), Spatial Analysis along Networks, ch. 9.

    Examples
    --------
    >>> from safemap.analysis.segments import cut_streets
    >>> street = np.array([shapely.LineString([(-2000, 0), (2000, 0)])])
    >>> pieces = cut_streets(street, np.array([0]), np.array([1]), longest_m=10.0)
    >>> found = street_density(pieces, put_on_streets(pieces, [[0, 0]]), bandwidth_m=100.0)
    >>> float(found.per_km.max().round(2)), round(found.events, 6)  # the Gaussian's peak: 1000 / (100 √2π)
    (3.99, 1.0)
    """
    weight = numbers_checked(weights, len(on.piece), "weights")
    per_km = street_densities(pieces, on, weight[:, None], bandwidth_m=bandwidth_m, accuracy_m=accuracy_m)[:, 0]
    events = float((per_km * pieces.length_m).sum()) / M_PER_KM
    return StreetDensity(per_km, float(bandwidth_m), events, int((on.piece >= 0).sum()), on.off)


def street_densities(
    pieces: Segments,
    on: OnStreets,
    weights: NDArray[np.float64],
    *,
    bandwidth_m: float,
    accuracy_m: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Estimate several densities of the same events at once, as `street_density` does one: by day, at night, in all.

    Parameters
    ----------
    weights
        ``(n, k)``, a column for each density.

    Returns
    -------
    NDArray
        ``(m, k)`` events per km of street.

    Examples
    --------
    >>> from safemap.analysis.segments import cut_streets
    >>> street = np.array([shapely.LineString([(-2000, 0), (2000, 0)])])
    >>> pieces = cut_streets(street, np.array([0]), np.array([1]), longest_m=10.0)
    >>> on = put_on_streets(pieces, [[0, 0]])
    >>> street_densities(pieces, on, np.array([[1.0, 0.5]]), bandwidth_m=100.0).max(axis=0).round(2).tolist()
    [3.99, 1.99]
    """
    columns = [numbers_checked(column, len(on.piece), "weights") for column in np.atleast_2d(weights.T)]
    accuracy = numbers_checked(accuracy_m, len(on.piece), "accuracy_m", default=0.0)
    positive(bandwidth_m, "bandwidth_m", "m")
    is_on = on.piece >= 0
    if len(pieces) == 0 or not is_on.any():
        return np.zeros((len(pieces), len(columns)))
    longest_m = float(pieces.length_m.max())
    if bandwidth_m < FEWEST_PIECES * longest_m * (1 - 1e-9):
        raise NotUsable(
            "bandwidth_m",
            f"{bandwidth_m:g} m are less than {FEWEST_PIECES:g} pieces of {longest_m:.3g} m",
            "wider, or the streets cut shorter",
        )
    network = _Network.of(pieces)
    classes, class_of = accuracy_classes(accuracy[is_on], longest_m)
    mass = np.zeros((len(network.length_m), len(columns), len(classes)))
    for place in range(len(classes)):
        mine = np.flatnonzero(is_on)[class_of == place]
        for number, weight in enumerate(columns):
            mass[:, number, place] = network.shared_out(on.piece[mine], on.along_m[mine], weight[mine])
    # Sharing out to the middles of pieces widens by a sixth of a squared piece on the average.
    widened_m2 = float(np.average(pieces.length_m**2, weights=pieces.length_m)) / 6
    time_m2 = (bandwidth_m**2 + classes**2 / 4 - widened_m2) / 2
    return np.asarray(np.maximum(network.spread(mass, time_m2), 0.0)[network.volume] * M_PER_KM)


@dataclass(frozen=True, eq=False)
class _Network:
    """The pieces as volumes that heat flows between.

    A piece's end stands against its node with a conductance of 2 / length. At a node nothing is stored, so that its
    value is the mean of its ends' by conductance, and what flows out of one end flows into the others. A piece much
    shorter than the others is a part of the node: else a step of an inch would rule the cost of the whole sum.
    """

    pieces: Segments
    volume: NDArray[np.int64]  # of each piece
    length_m: NDArray[np.float64]  # of each volume
    from_node: NDArray[np.int64]
    to_node: NDArray[np.int64]
    is_node: NDArray[np.bool_]  # which pieces are parts of nodes
    to_volumes: csr_array  # (nodes, volumes): how what is at a node is shared out; rows add up to 1
    laplacian: csr_array

    @classmethod
    def of(cls, pieces: Segments) -> "_Network":
        number = len(pieces)
        named, node = np.unique(np.concatenate([pieces.from_node, pieces.to_node]), return_inverse=True)
        is_short = pieces.length_m < SHORT_SHARE * pieces.length_m.max()
        joined = (np.ones(int(is_short.sum())), (node[:number][is_short], node[number:][is_short]))
        nodes, merged = connected_components(coo_array(joined, shape=(len(named), len(named))), directed=False)
        from_node, to_node = (merged[part].astype(np.int64) for part in (node[:number], node[number:]))
        # A short piece is stored with the longest piece at its node; without one, by itself.
        longs = np.flatnonzero(~is_short)
        ends, of = np.concatenate([from_node[longs], to_node[longs]]), np.tile(longs, 2)
        order = np.lexsort((-of, pieces.length_m[of]))
        longest_at = np.full(nodes, -1)
        longest_at[ends[order]] = of[order]
        stored = np.where(is_short, longest_at[from_node], np.arange(number))
        volume = np.unique(np.where(stored >= 0, stored, number + from_node), return_inverse=True)[1]
        length_m = np.bincount(volume, weights=pieces.length_m).astype(np.float64)
        conductance = csr_array(
            coo_array((2.0 / pieces.length_m[of], (ends, volume[of])), shape=(nodes, len(length_m)))
        )
        at_node, flows = conductance.sum(axis=1), conductance.sum(axis=0)
        shares = np.divide(1.0, at_node, out=np.zeros(nodes), where=at_node > 0)
        to_volumes = csr_array(diags_array(shares) @ conductance)
        laplacian = csr_array(diags_array(flows) - conductance.T @ to_volumes)
        is_node = is_short & (stored >= 0)
        return cls(pieces, volume, length_m, from_node, to_node, is_node, to_volumes, laplacian)

    def shared_out(
        self, piece: NDArray[np.int64], along_m: NDArray[np.float64], weight: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Share events out between the middle of their piece and the node at the nearer end, linearly."""
        part = along_m / self.pieces.length_m[piece]
        to_end = np.where(self.is_node[piece], 1.0, np.minimum(np.abs(2.0 * part - 1.0), 1.0))
        node = np.where(part < 0.5, self.from_node[piece], self.to_node[piece])
        # A street by itself, of nothing but short pieces, has no node to share with.
        to_end[self.to_volumes.indptr[node] == self.to_volumes.indptr[node + 1]] = 0.0
        at_nodes = np.bincount(node, weights=weight * to_end, minlength=self.to_volumes.shape[0])
        own = np.bincount(self.volume[piece], weights=weight * (1.0 - to_end), minlength=len(self.length_m))
        return np.asarray(own + self.to_volumes.T @ at_nodes)

    def spread(self, mass: NDArray[np.float64], time_m2: NDArray[np.float64]) -> NDArray[np.float64]:
        """Let heat flow from ``(v, k, c)`` for a time each of c: densities in 1/m, ``(v, k)``, summed over the c.

        ``exp(−T A) = Σ_j c_j T_j(2A/λ − 1)`` with ``c_j = (2 − δ_j0) (−1)^j e^{−ρ} I_j(ρ)`` and ``ρ = Tλ/2``, for
        ``A = M^{−1/2} L M^{−1/2}`` whose eigenvalues lie between 0 and λ.
        """
        root = np.sqrt(self.length_m)
        highest = 2.0 * float((self.laplacian.diagonal() / self.length_m).max()) or 1.0
        scaled = csr_array(diags_array(1 / root) @ self.laplacian @ diags_array(1 / root)) * (4.0 / highest)
        half = time_m2 * highest / 2
        terms = int(np.ceil(np.sqrt(2 * half.max() * -np.log(NEGLIGIBLE)) - np.log(NEGLIGIBLE)))
        order = np.arange(terms + 1)
        factor = 2.0 * (-1.0) ** order[:, None] * ive(order[:, None], half[None, :])
        factor[0] /= 2.0
        shape = mass.shape
        before = mass.reshape(len(root), -1) / root[:, None]
        now = scaled @ before / 2 - before
        summed = before.reshape(shape) @ factor[0] + now.reshape(shape) @ factor[1]
        for place in range(2, terms + 1):
            before, now = now, scaled @ now - 2 * now - before
            summed += now.reshape(shape) @ factor[place]
        return np.asarray(summed / root[:, None])

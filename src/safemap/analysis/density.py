"""How dense events lie along streets, in events per km; the events near a street; classes that a legend can say."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from safemap.analysis.hotspots.streets import M_PER_KM, put_on_streets, street_densities
from safemap.analysis.segments import Segments, cut_streets
from safemap.analysis.shapes import points_of

M2_PER_KM2 = 1e6
PIECES_PER_BANDWIDTH = 4.0  # right to one and a half hundredths of the peak
DRAWN_TO = 2.0  # standard deviations from one event: beyond, a density is the far tail of a Gaussian and no finding


@dataclass(frozen=True, eq=False)
class Along:
    """Densities on segments.

    Attributes
    ----------
    per_km
        ``(m, k)`` events per km of street, means over each segment.
    is_off
        ``(n,)`` which events are too far from every street to be on one: they are in no street's density.
    """

    per_km: NDArray[np.float64]
    is_off: NDArray[np.bool_]


def density_along(
    segments: Segments,
    events_xy: NDArray[np.float64],
    weights: NDArray[np.float64],
    *,
    bandwidth_m: float,
    accuracy_m: NDArray[np.float64] | None = None,
) -> Along:
    """Estimate the density of events along street segments: heat that spreads through the network, none lost.

    See `safemap.analysis.hotspots.streets.street_density`; the segments are cut finer for it. An event belongs to the
    nearest street at most one bandwidth (``<=``) away.

    Parameters
    ----------
    segments
        Of all streets around: where the network ends, events are turned back.
    weights
        ``(n, k)`` for k densities at once. Twice the same event counts twice.
    accuracy_m
        ``(n,)`` radius within which each position is known: spreads it wider.

    Examples
    --------
    >>> street = np.array([shapely.LineString([(-2000, 0), (2000, 0)])])
    >>> segments = cut_streets(street, np.array([0]), np.array([1]), longest_m=20.0)
    >>> found = density_along(segments, np.array([[10.0, 5.0], [0.0, 900.0]]), np.ones((2, 1)), bandwidth_m=50.0)
    >>> found.per_km.max().round(1).item(), found.is_off.tolist()
    (8.0, [False, True])
    """
    # One order for the same events, however they were given, so that sums agree to the last digit.
    accuracy = np.zeros(len(events_xy)) if accuracy_m is None else accuracy_m
    order = np.lexsort((*weights.T, accuracy, events_xy[:, 1], events_xy[:, 0]))
    if len(segments) == 0:
        return Along(np.zeros((0, weights.shape[1])), np.ones(len(events_xy), dtype=np.bool_))
    ends = np.unique(np.concatenate([segments.from_node, segments.to_node]), return_inverse=True)[1]
    from_node, to_node = ends[: len(segments)], ends[len(segments) :]
    pieces = cut_streets(segments.lines, from_node, to_node, longest_m=bandwidth_m / PIECES_PER_BANDWIDTH)
    on = put_on_streets(pieces, events_xy[order], reach_m=bandwidth_m)
    found = street_densities(pieces, on, weights[order], bandwidth_m=bandwidth_m, accuracy_m=accuracy[order])
    per_km = np.column_stack(
        [
            np.bincount(pieces.edge, weights=column * pieces.length_m, minlength=len(segments)) / segments.length_m
            for column in found.T
        ]
    )
    is_off = np.empty(len(events_xy), dtype=np.bool_)
    is_off[order] = on.piece < 0
    return Along(per_km, is_off)


def drawn_from_per_km(bandwidth_m: float) -> float:
    """Return the density two bandwidths along a straight street from one event: less is not drawn.

    Examples
    --------
    >>> round(drawn_from_per_km(50.0), 2)
    1.08
    """
    return float(np.exp(-(DRAWN_TO**2) / 2) / (bandwidth_m * np.sqrt(2 * np.pi))) * M_PER_KM


def events_near(
    lines: NDArray[np.object_], events_xy: NDArray[np.float64], distance_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair lines with the events at most `distance_m` from them; an event exactly that far away counts.

    Returns
    -------
    tuple
        Places of lines and places of events, one entry a pair.
    """
    if len(lines) == 0 or len(events_xy) == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    event, line = shapely.STRtree(lines).query(points_of(events_xy), predicate="dwithin", distance=distance_m)
    return line, event


def quantiles_by_length(
    values: NDArray[np.float64], length_m: NDArray[np.float64], shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the values that shares of street length do not exceed: the smallest that reaches each share.

    Examples
    --------
    >>> quantiles_by_length(np.array([1.0, 2.0, 9.0]), np.array([80.0, 10.0, 10.0]), np.array([0.5, 0.9]))
    array([1., 2.])
    """
    if len(values) == 0:
        return np.zeros(0)
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(length_m[order]) / length_m.sum()
    place = np.searchsorted(reached, shares - 1e-12, side="left")
    return values[order][np.minimum(place, len(values) - 1)]


def density_breaks(
    density: NDArray[np.float64], length_m: NDArray[np.float64], classes: int = 5
) -> NDArray[np.float64]:
    """Choose the breaks between classes of density: each class holds the same street length, zeros apart.

    Breaks are rounded to two figures, so that a legend can say them; breaks that become equal are one.
    """
    positive = density > 0
    if not positive.any():
        return np.zeros(0)
    shares = np.arange(1, classes) / classes
    raw = quantiles_by_length(density[positive], length_m[positive], shares)
    exponent = np.floor(np.log10(raw)) - 1
    return np.unique(np.round(raw / 10.0**exponent) * 10.0**exponent)


def classes_of(density: NDArray[np.float64], breaks: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return 0 for no density, else 1 and up; a value that equals a break is in the class below it."""
    return np.where(density > 0, 1 + np.searchsorted(breaks, density, side="left"), 0)


def densest_share(density: NDArray[np.float64], length_m: NDArray[np.float64], share: float) -> NDArray[np.bool_]:
    """Tell which segments are the densest ones that make up a share of all street length.

    The segment at which the share is reached is in, and so are all of the same density: the answer depends on
    values only, never on their order. Segments without density are never in.
    """
    if len(density) == 0:
        return np.zeros(0, dtype=np.bool_)
    values, inverse = np.unique(-density, return_inverse=True)
    length_of_value = np.bincount(inverse, weights=length_m, minlength=len(values))
    denser_m = np.cumsum(length_of_value) - length_of_value
    is_densest: NDArray[np.bool_] = (denser_m[inverse] < share * length_m.sum()) & (density > 0)
    return is_densest

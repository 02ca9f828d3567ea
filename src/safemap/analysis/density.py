"""How dense events lie along streets: a kernel in metres with a stated bandwidth."""

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from safemap.analysis.shapes import points_of

M2_PER_KM2 = 1e6


def quartic_kernel(distance_m: NDArray[np.float64], bandwidth_m: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Return the quartic (biweight) kernel of two dimensions, in 1/m².

    ``3 / (π h²) · (1 − d²/h²)²`` for ``d < h``, else 0; its integral over the plane is 1 [1]_.

    References
    ----------
    .. [1] Silverman (1986), Density Estimation for Statistics and Data Analysis, eq. 4.5 (K₂).

    Examples
    --------
    >>> round(float(quartic_kernel(np.array([0.0]), 100.0)[0] * M2_PER_KM2), 1)
    95.5
    """
    inside = np.maximum(0.0, 1.0 - (distance_m / bandwidth_m) ** 2)
    kernel: NDArray[np.float64] = 3.0 / (np.pi * np.square(bandwidth_m)) * inside**2
    return kernel


def effective_bandwidth_m(bandwidth_m: float, accuracy_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Widen a bandwidth for events whose positions are known within a circle only.

    The spread of the kernel along one axis is ``h²/8``, that of a disc of radius ``a`` is ``a²/4``; spreads add, so
    ``h_i² = h² + 2a²``. With a bandwidth of 100 m, a position known within 50 m is spread over 122 m.
    """
    return np.sqrt(bandwidth_m**2 + 2.0 * accuracy_m**2)


def density_at(
    points_xy: NDArray[np.float64],
    events_xy: NDArray[np.float64],
    weights: NDArray[np.float64],
    *,
    bandwidth_m: float,
    accuracy_m: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Estimate the density of events at points, in events per km².

    Parameters
    ----------
    points_xy, events_xy
        ``(m, 2)`` and ``(n, 2)`` in metres of one plane. Events beyond the area's edge that lie within a bandwidth
        belong to them: an edge is no reason for less.
    weights
        ``(n,)``, or ``(n, k)`` for k densities at once. Twice the same event counts twice.
    accuracy_m
        ``(n,)`` radius within which each position is known; see `effective_bandwidth_m`.

    Returns
    -------
    NDArray
        ``(m,)`` or ``(m, k)``; zeros when there is no event.

    Examples
    --------
    >>> density_at(np.zeros((1, 2)), np.zeros((1, 2)), np.ones(1), bandwidth_m=100.0).round(1)
    array([95.5])
    """
    if len(points_xy) == 0 or len(events_xy) == 0:
        return np.zeros((len(points_xy), *weights.shape[1:]))
    # One order for the same events, however they were given, so that sums agree to the last digit.
    accuracy = np.zeros(len(events_xy)) if accuracy_m is None else accuracy_m
    order = np.lexsort((*weights.reshape(len(weights), -1).T, accuracy, events_xy[:, 1], events_xy[:, 0]))
    events_xy, weights = events_xy[order], weights[order]
    bandwidths_m = effective_bandwidth_m(bandwidth_m, accuracy[order])
    pairs = cKDTree(points_xy).sparse_distance_matrix(
        cKDTree(events_xy), float(bandwidths_m.max()), output_type="ndarray"
    )
    kernel = quartic_kernel(pairs["v"], bandwidths_m[pairs["j"]])
    matrix = csr_array((kernel, (pairs["i"], pairs["j"])), shape=(len(points_xy), len(events_xy)))
    matrix.sort_indices()
    return M2_PER_KM2 * np.asarray(matrix @ weights)


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

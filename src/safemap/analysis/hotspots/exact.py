"""Exact chances of counts: binomial by exposure, shuffled cells without shuffling; and what they could have found."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv, gammaln

from safemap.analysis.hotspots.checks import NotUsable, counts_checked, share

LEVEL = 0.05
POWER = 0.8  # "could have been found" means: in four maps of five
MOST_STEPS = 4e9  # of the dynamic program: about ten seconds


def binomial_tail(count: NDArray[np.int64], total: int, chance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the chance of at least `count` out of `total` events, each falling there with a chance of its own.

    ``P(X ≥ c) = I_q(c, n − c + 1)`` for ``X ~ Bin(n, q)`` [1]_; 1 for a count of 0.

    Parameters
    ----------
    count, chance
        Arrays of one shape; `count` from 0 to `total`, `chance` from 0 to 1.

    References
    ----------
    .. [1] DLMF 8.17.5, the regularised incomplete beta function.

    Examples
    --------
    >>> binomial_tail(np.array([0, 1, 2]), 2, np.full(3, 0.5)).tolist()
    [1.0, 0.75, 0.25]
    """
    at_least_one = np.maximum(count, 1)
    tail = betainc(at_least_one, np.maximum(total - at_least_one, 0) + 1.0, np.minimum(chance, 1.0))
    return np.where(count > 0, tail, 1.0)


def ratio_interval(
    count: NDArray[np.int64], total: int, chance: NDArray[np.float64], level: float = LEVEL
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the exact interval of observed over expected, two-sided: for a window named beforehand, not the best one.

    The bounds of Clopper and Pearson (1934) for the share of events, divided by the expected share.

    Examples
    --------
    >>> low, high = ratio_interval(np.array([9]), 60, np.array([0.05]))
    >>> round(float(low[0]), 2), round(float(high[0]), 2)
    (1.42, 5.31)
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(count > 0, betaincinv(np.maximum(count, 1), total - count + 1.0, level / 2), 0.0) / chance
        high = np.where(count < total, betaincinv(count + 1.0, np.maximum(total - count, 1), 1 - level / 2), 1.0)
        return low, high / chance


def adjusted(p_value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correct chances for many tests: at most a share of `level` of what is found at `level` is false.

    Benjamini and Hochberg (1995), in any shape; empty gives empty. Windows that overlap depend on each other
    positively, which the procedure allows (Benjamini and Yekutieli 2001).

    Examples
    --------
    >>> adjusted(np.array([0.01, 0.02, 0.9])).tolist()
    [0.03, 0.03, 0.9]
    """
    if p_value.size == 0:
        return p_value
    flat = np.minimum(p_value.ravel(), 1.0)
    order = np.argsort(flat)
    # p(i) · m / i, and none above a later one.
    raised = flat[order] * (flat.size / np.arange(1, flat.size + 1))
    corrected = np.empty(flat.size)
    corrected[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return corrected.reshape(p_value.shape)


def shuffled_tails(cells: NDArray[np.int64], largest: int, most: int) -> NDArray[np.float64]:
    """Tabulate the chance that k cells drawn without replacement hold at least t events, for all k and t at once.

    This is the permutation distribution of a window's sum when the values of all cells are shuffled, without
    shuffling: a dynamic program over the histogram of counts. With the groups of equal value taken one after the
    other, and ``M`` cells left of which ``m`` hold ``v`` each,

    ``f(k, s) = Σ_a C(m, a) C(M − m, k − a) / C(M, k) · f'(k − a, s − a·v)``

    where ``f'`` is the same without that group. All terms are positive, so that small chances keep their digits.

    Parameters
    ----------
    cells
        ``(m,)`` events in each cell.
    largest
        Largest number of cells in a window, at most m.
    most
        Largest sum that is asked for.

    Returns
    -------
    NDArray
        ``(largest + 1, most + 1)``: rows k, columns t.

    Raises
    ------
    NotUsable
        The table would take too long: many different counts, wide windows.

    Examples
    --------
    >>> shuffled_tails(np.array([0, 0, 1, 2]), 2, 3).round(4).tolist()
    [[1.0, 0.0, 0.0, 0.0], [1.0, 0.5, 0.25, 0.0], [1.0, 0.8333, 0.5, 0.1667]]
    """
    histogram = np.bincount(counts_checked(cells, "cells"))
    values = np.flatnonzero(histogram)
    steps = float(np.minimum(histogram[values], largest).sum()) * (largest + 1) * (most + 1)
    if steps > MOST_STEPS:
        raise NotUsable(
            "reach_m",
            f"windows of {largest} cells with up to {most} events would take {steps:.1g} steps",
            "smaller, or tested against exposure",
        )
    chance = np.zeros((largest + 1, most + 1))
    chance[0, 0] = 1.0
    others = 0
    for value in values.tolist():
        group = int(histogram[value])
        chance = _with_group(chance, value, group, others)
        others += group
    # From above, so that small tails are sums of small numbers. What is certain is 1, whatever the rounding.
    tails = np.minimum(np.cumsum(chance[:, ::-1], axis=1)[:, ::-1], 1.0)
    tails[: others + 1, 0] = 1.0
    return tails


def _with_group(chance: NDArray[np.float64], value: int, group: int, others: int) -> NDArray[np.float64]:
    """Add a group of cells of one value; the last column gathers everything from `most` on."""
    largest, most = chance.shape[0] - 1, chance.shape[1] - 1
    found = np.zeros_like(chance)
    for taken, share_of_draws in enumerate(_hypergeometric(min(group, largest), largest, group, others)):
        part = share_of_draws[: largest + 1 - taken, None] * chance[: largest + 1 - taken]
        shift = min(taken * value, most)
        found[taken:, shift:] += part[:, : most + 1 - shift]
        if shift:
            found[taken:, most] += part[:, most + 1 - shift :].sum(axis=1)
    return found


def _hypergeometric(taken: int, rest: int, group: int, others: int) -> NDArray[np.float64]:
    """Return the chance of each number from the group (rows) where so many from the others come with it (columns).

    ``C(group, i) C(others, j) / C(group + others, i + j)``, ``(taken + 1, rest + 1)``; 0 where it cannot be.
    """
    one, other = np.arange(taken + 1), np.arange(rest + 1)
    log_one, log_other = _log_choose(group, one), _log_choose(others, np.minimum(other, others))
    log_both = _log_choose(group + others, np.minimum(np.arange(taken + rest + 1), group + others))
    chance = np.exp(log_one[:, None] + log_other[None, :] - log_both[one[:, None] + other[None, :]])
    return np.where(other <= others, chance, 0.0)


def _log_choose(count: int, taken: NDArray[np.int64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = gammaln(count + 1.0) - gammaln(taken + 1.0) - gammaln(count - taken + 1.0)
    return found


def count_needed(total: int, chance: float, level: float) -> int:
    """Return the smallest count whose exact chance is at most `level`; ``total + 1`` when none is small enough.

    Found by halving: the chance falls with the count.

    Examples
    --------
    >>> count_needed(50, 9 / 400, 0.05 / 400)
    7
    """
    low, high = 1, total + 1
    while low < high:
        middle = (low + high) // 2
        if float(betainc(middle, total - middle + 1.0, chance)) <= level:
            high = middle
        else:
            low = middle + 1
    return low


def chance_of_finding(total: int, chance: float, ratio: float, tests: int, level: float = LEVEL) -> float:
    """Return the power: how often a window with `ratio` times the risk elsewhere is found among `tests` windows.

    The window's share rises from ``q`` to ``ρq / (1 + (ρ − 1) q)``. It is found when its exact chance is at most
    ``level / tests``, the strictest step of Benjamini and Hochberg: what is found there is found by them.

    Examples
    --------
    >>> round(chance_of_finding(50, 9 / 400, 10.0, tests=400), 2)
    0.85
    """
    needed = count_needed(total, chance, level / tests)
    raised = ratio * chance / (1.0 + (ratio - 1.0) * chance)
    return 0.0 if needed > total else float(binomial_tail(np.array([needed]), total, np.array([raised]))[0])


def smallest_ratio(total: int, chance: float, tests: int, *, level: float = LEVEL, power: float = POWER) -> float:
    """Return the smallest relative risk of one window that would have been found, four times of five as a rule.

    Parameters
    ----------
    total
        Events in the whole area.
    chance
        The window's share of exposure, above 0 and below 1.
    tests
        How many windows are tested.

    Returns
    -------
    float
        Times the risk elsewhere; infinite when not even all events in one window would be enough.

    Examples
    --------
    >>> [round(smallest_ratio(n, 9 / 400, tests=400), 1) for n in (20, 50, 200)]
    [19.8, 9.3, 4.3]
    """
    share(chance, "chance")
    needed = count_needed(total, chance, level / tests)
    if needed > total:
        return np.inf
    raised = float(betaincinv(needed, total - needed + 1.0, power))  # the share that brings that many that often
    return max(1.0, raised * (1.0 - chance) / (chance * (1.0 - raised)))

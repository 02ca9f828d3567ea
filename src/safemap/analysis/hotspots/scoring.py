"""What a published map was worth: scored on what came after, beside last period's counts and plain density."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from safemap.analysis.hotspots.checks import NotUsable, counts_checked, numbers_checked, share

AREA_SHARE = 0.05
EVEN_SHARE = 0.05  # of each map that is spread evenly before its log score: nothing is called impossible
RUNS = 999
LEVEL = 0.05
BATCH = 50  # resamplings at a time


@dataclass(frozen=True)
class Interval:
    """A figure and the bootstrap interval around it; NaN where there is nothing to resample."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class MapScore:
    """One map's scores.

    Attributes
    ----------
    hit_rate
        Share of the later events that fell into the flagged area.
    pai
        Prediction accuracy index: the hit rate by the share of area.
    pei
        Prediction efficiency index: the PAI by the best that any map of that area could have had; 1 at most.
    log_score
        Mean of the log of density over even density at the later events; 0 is what an even map scores.
    """

    hit_rate: Interval
    pai: Interval
    pei: Interval
    log_score: Interval


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of maps on the same later events.

    Attributes
    ----------
    maps
        By name, in the order given.
    better
        By the name of each other map: the first map's hit rate, and log score, less the other's, with intervals from
        the same resamplings. Where 0 lies inside, no difference has been shown.
    area_share
        Share of area, or of exposure, that was flagged.
    n
        Later events.
    """

    maps: Mapping[str, MapScore]
    better: Mapping[str, tuple[Interval, Interval]]
    area_share: float
    n: int


def score_maps(
    maps: Mapping[str, ArrayLike],
    later: ArrayLike,
    area: ArrayLike,
    *,
    seed: int,
    area_share: float = AREA_SHARE,
    runs: int = RUNS,
    level: float = LEVEL,
) -> Scores:
    """Score maps on what came after them.

    Each map flags the places it holds for worst until exactly `area_share` of the area is flagged: the last place in
    part, and places of equal value together, each in part. ``PAI = (hits / n) / (a / A)`` [1]_, ``PEI = PAI / best``
    [2]_. Intervals are percentile bootstraps over the later events.

    Parameters
    ----------
    maps
        ``(m,)`` values by name, higher is worse; the map to be judged first, then what it has to beat: last period's
        counts, plain density. Values must not be negative; of each, a twentieth is spread evenly for the log score.
        Places are flagged by their value; the log score takes values for shares of the events, so where places differ
        in area, rates are right for the first and expected numbers for the second: score both.
    later
        ``(m,)`` events in each place after the map was published.
    area
        ``(m,)`` m², or metres of street, of each place; above 0.
    area_share
        Above 0 and below 1. PAI rewards tiny areas: state one share, or several, not the best.

    Returns
    -------
    Scores
        NaN everywhere without later events.

    References
    ----------
    .. [1] Chainey, Tompson and Uhlig (2008), The utility of hotspot mapping for predicting spatial patterns of crime,
       Security Journal 21.
    .. [2] Hunt (2016), Do crime hot spots move?; NIJ Real-Time Crime Forecasting Challenge (2017).

    Examples
    --------
    >>> maps = {"map": [9, 3, 1, 0], "even": [1, 1, 1, 1]}
    >>> found = score_maps(maps, [6, 2, 2, 0], [1, 1, 1, 1], seed=1, area_share=0.25)
    >>> found.maps["map"].hit_rate.value, found.maps["map"].pai.value, found.maps["map"].pei.value
    (0.6, 2.4, 1.0)
    >>> found.maps["even"].hit_rate.value, found.maps["even"].log_score.value
    (0.25, 0.0)
    """
    counts = counts_checked(later, "later")
    areas = numbers_checked(area, len(counts), "area")
    share(area_share, "area_share")
    if len(counts) == 0 or not (areas > 0).all():
        raise NotUsable("area", "a place has none, or there is no place", "above 0 for each place")
    if not maps:
        raise NotUsable("maps", "there is none", "at least one map")
    values = {name: numbers_checked(np.asarray(map_), len(counts), name) for name, map_ in maps.items()}
    n = int(counts.sum())
    flagged = np.stack([flagged_share(value, areas, area_share) for value in values.values()])
    gain = np.stack([_log_gain(value, areas) for value in values.values()])
    # Places without later events score nothing, and no resampling puts one there.
    hit = np.flatnonzero(counts)
    samples = [counts[None, hit].astype(np.float64)]
    random = np.random.default_rng(seed)
    if n:
        samples += [
            random.multinomial(n, counts[hit] / n, size=min(BATCH, runs - start)).astype(np.float64)
            for start in range(0, runs, BATCH)
        ]
    wanted = area_share * float(areas.sum())
    hits = np.concatenate([sample @ flagged[:, hit].T for sample in samples])
    logs = np.concatenate([sample @ gain[:, hit].T for sample in samples])
    best = np.concatenate([_best_hits(sample, areas[hit], wanted) for sample in samples])
    with np.errstate(invalid="ignore", divide="ignore"):
        hit_rate, log_score, pei = hits / n, logs / n, hits / best[:, None]
    scored = {
        name: MapScore(
            hit_rate=_interval(hit_rate[:, place], level),
            pai=_interval(hit_rate[:, place] / area_share, level),
            pei=_interval(pei[:, place], level),
            log_score=_interval(log_score[:, place], level),
        )
        for place, name in enumerate(values)
    }
    better = {
        name: (
            _interval(hit_rate[:, 0] - hit_rate[:, place], level),
            _interval(log_score[:, 0] - log_score[:, place], level),
        )
        for place, name in enumerate(values)
        if place
    }
    return Scores(scored, better, area_share, n)


def flagged_share(value: NDArray[np.float64], area: NDArray[np.float64], area_share: float) -> NDArray[np.float64]:
    """Return the part of each place that is flagged, 0 to 1, so that exactly `area_share` of the area is.

    Places of equal value are flagged alike, whatever their order; an even map flags a bit of everything.

    Examples
    --------
    >>> flagged_share(np.array([5.0, 1.0, 1.0, 0.0]), np.full(4, 10.0), 0.5).tolist()
    [1.0, 0.5, 0.5, 0.0]
    """
    levels, which = np.unique(-value, return_inverse=True)
    area_of = np.bincount(which, weights=area, minlength=len(levels))
    before = np.cumsum(area_of) - area_of
    wanted = area_share * area.sum()
    return np.asarray(np.clip((wanted - before) / area_of, 0.0, 1.0)[which])


def _best_hits(counts: NDArray[np.float64], area: NDArray[np.float64], wanted: float) -> NDArray[np.float64]:
    """Most events that any map of so much area could have held, ``(b, m)`` to ``(b,)``: the densest places first."""
    order = np.argsort(-counts / area, axis=1, kind="stable")
    areas, held = area[order], np.take_along_axis(counts, order, axis=1)
    before = np.cumsum(areas, axis=1) - areas
    part = np.clip((wanted - before) / areas, 0.0, 1.0)
    return np.asarray((part * held).sum(axis=1))


def _log_gain(value: NDArray[np.float64], area: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log of a map's density over even density, for an event in each place."""
    even = area / area.sum()
    total = value.sum()
    chance = value / total if total > 0 else even
    mixed = (1 - EVEN_SHARE) * chance + EVEN_SHARE * even
    return np.asarray(np.log(mixed / even))


def _interval(values: NDArray[np.float64], level: float) -> Interval:
    """The first is the figure, the others are its resamplings."""
    if len(values) < 2 or not np.isfinite(values).all():
        return Interval(float(values[0]), np.nan, np.nan)
    low, high = np.quantile(values[1:], [level / 2, 1 - level / 2])
    return Interval(float(values[0]), float(low), float(high))

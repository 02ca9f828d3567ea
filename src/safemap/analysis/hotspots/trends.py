"""What changes: two windows of time compared exactly, steady trends, and whether a hotspot is emerging or fading."""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, betaincinv, ndtr

from safemap.analysis.hotspots.checks import NotUsable, counts_checked, numbers_checked, positive
from safemap.analysis.hotspots.exact import LEVEL, adjusted
from safemap.analysis.hotspots.grid import Grid, Placed
from safemap.analysis.hotspots.hot_cells import Null, hot_cells
from safemap.analysis.hotspots.windows import window_sums

FEWEST_STEPS = 8  # of time: below, a trend test cannot say anything at 5 %, or says it by accident


@dataclass(frozen=True, eq=False)
class RateRatios:
    """Two windows of time compared, in one or many places.

    Attributes
    ----------
    before, after
        ``(m,)`` events in each.
    ratio
        ``(m,)`` rate after over rate before; infinite when there was nothing before, NaN when there is nothing at all.
    low, high
        ``(m,)`` its exact two-sided interval.
    p_more, p_less
        ``(m,)`` exact chance, at equal rates, of as many or more after; of as few or fewer.
    """

    before: NDArray[np.int64]
    after: NDArray[np.int64]
    ratio: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    p_more: NDArray[np.float64]
    p_less: NDArray[np.float64]


def rate_ratio(
    before: ArrayLike, after: ArrayLike, *, before_days: float, after_days: float, level: float = LEVEL
) -> RateRatios:
    """Compare events in two windows of time, exactly.

    At equal rates, of ``a + b`` events those after are binomial with ``q = t_a / (t_a + t_b)``. The interval is that of
    Clopper and Pearson for q, turned into a ratio [1]_.

    Parameters
    ----------
    before, after
        ``(m,)`` or single counts.
    before_days, after_days
        Lengths of the windows.

    References
    ----------
    .. [1] Przyborowski and Wilenski (1940), Homogeneity of results in testing samples from Poisson series, Biometrika
       31; Lehmann and Romano (2005), Testing Statistical Hypotheses, 4.5.

    Examples
    --------
    >>> found = rate_ratio(4, 12, before_days=90, after_days=90)
    >>> found.ratio.tolist(), found.p_more.round(4).tolist(), found.low.round(2).tolist(), found.high.round(1).tolist()
    ([3.0], [0.0384], [0.91], [12.8])
    """
    earlier = np.atleast_1d(counts_checked(before, "before"))
    later = np.atleast_1d(counts_checked(after, "after"))
    if earlier.shape != later.shape:
        raise NotUsable("after", f"its shape is {later.shape}", f"{earlier.shape}, as before")
    days = positive(before_days, "before_days", "days") + positive(after_days, "after_days", "days")
    q = after_days / days
    p_more = np.where(later > 0, betainc(np.maximum(later, 1), earlier + 1.0, q), 1.0)
    p_less = np.where(earlier > 0, betainc(np.maximum(earlier, 1), later + 1.0, 1.0 - q), 1.0)
    low = np.where(later > 0, betaincinv(np.maximum(later, 1), earlier + 1.0, level / 2), 0.0)
    high = np.where(earlier > 0, betaincinv(later + 1.0, np.maximum(earlier, 1), 1.0 - level / 2), 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (later / after_days) / (earlier / before_days)
        odds = before_days / after_days
        return RateRatios(earlier, later, ratio, low / (1 - low) * odds, high / (1 - high) * odds, p_more, p_less)


@dataclass(frozen=True, eq=False)
class Trends:
    """Mann and Kendall's test for each of many series.

    Attributes
    ----------
    s
        ``(m,)`` pairs of steps that rise less pairs that fall.
    z
        ``(m,)`` s by its standard deviation with ties, drawn 1 towards 0; 0 for a series that never changes.
    p_rising, p_falling
        ``(m,)`` one-sided.
    """

    s: NDArray[np.int64]
    z: NDArray[np.float64]
    p_rising: NDArray[np.float64]
    p_falling: NDArray[np.float64]


def mann_kendall(series: ArrayLike) -> Trends:
    """Test series for a steady rise or fall, whatever its shape.

    ``S = Σ_{i<j} sign(x_j − x_i)``, ``Var S = (t(t−1)(2t+5) − Σ g(g−1)(2g+5)) / 18`` over groups of g equal values.

    Parameters
    ----------
    series
        ``(m, t)`` or ``(t,)``; at least 8 steps of equal length.

    Raises
    ------
    NotUsable
        Fewer than 8 steps, or a value that is not finite.

    References
    ----------
    Mann (1945), Nonparametric tests against trend, Econometrica 13; Kendall (1975), Rank Correlation Methods; Gilbert
    (1987), Statistical Methods for Environmental Pollution Monitoring, 16.4.

    Examples
    --------
    >>> found = mann_kendall([1, 2, 2, 4, 3, 5, 6, 7])
    >>> found.s.tolist(), found.z.round(3).tolist(), bool(found.p_rising[0] < 0.01)
    ([25], [2.992], True)
    """
    rows = np.atleast_2d(np.asarray(series, dtype=np.float64))
    numbers_checked(rows.ravel(), rows.size, "series", least=-np.inf)
    steps = rows.shape[1]
    if steps < FEWEST_STEPS:
        raise NotUsable("series", f"it has {steps} steps", f"at least {FEWEST_STEPS}: fewer cannot show a trend")
    s = np.zeros(len(rows), dtype=np.int64)
    ties = np.zeros(len(rows), dtype=np.int64)
    for lag in range(1, steps):
        change = np.sign(rows[:, lag:] - rows[:, :-lag])
        s += change.sum(axis=1).astype(np.int64)
    # Each value of a group of g adds (g − 1)(2g + 5), so that the group adds g(g − 1)(2g + 5).
    for place in range(steps):
        group = (rows == rows[:, [place]]).sum(axis=1)
        ties += (group - 1) * (2 * group + 5)
    variance = (steps * (steps - 1) * (2 * steps + 5) - ties) / 18.0
    z = np.zeros(len(rows))
    np.divide(s - np.sign(s), np.sqrt(variance), out=z, where=variance > 0)
    return Trends(s, z, np.asarray(ndtr(-z)), np.asarray(ndtr(z)))


class Course(StrEnum):
    """What becomes of a place."""

    EMERGING = "emerging"  # hot now, and more than before beyond chance
    PERSISTENT = "persistent"  # hot now and before, or over all the time, without a change that can be told
    FADING = "fading"  # hot before, and less now beyond chance
    NEVER = "never"  # not hot


@dataclass(frozen=True, eq=False)
class Courses:
    """The course of each cell of the study, ``(m,)`` in the order of the grid's cells.

    Attributes
    ----------
    course
        One of `Course`, as text.
    is_hot_before, is_hot_now, is_hot_ever
        Whether the window around it is hot in the earlier steps, in the recent ones, in all.
    change
        Rate of the recent steps over that of the earlier ones, and its exact chances.
    p_rising, p_falling
        ``(m,)`` of a steady trend over all steps; None with fewer than 8.
    n, steps, recent_steps
        Events inside, steps of time, and how many of them are recent.
    """

    grid: Grid
    course: NDArray[np.str_]
    is_hot_before: NDArray[np.bool_]
    is_hot_now: NDArray[np.bool_]
    is_hot_ever: NDArray[np.bool_]
    change: RateRatios
    p_rising: NDArray[np.float64] | None
    p_falling: NDArray[np.float64] | None
    level: float
    n: int
    steps: int
    recent_steps: int


def courses(
    placed: Placed,
    step: ArrayLike,
    *,
    steps: int,
    recent_steps: int,
    reach_m: float,
    null: Null = Null.EXPOSURE,
    level: float = LEVEL,
) -> Courses:
    """Tell which hotspots emerge, persist and fade.

    A window that is hot now and was not before has not therefore changed: the difference between significant and not
    significant is not itself significant [1]_. So a place emerges or fades only when its two windows of time differ by
    the exact test, or, with 8 steps and more, by a steady trend; chances are corrected over the cells that are ever
    hot. Everything that is hot without such a change persists. Hot is judged three times, before, now and over all the
    time, each at a third of the level.

    Parameters
    ----------
    step
        ``(n,)`` whole numbers from 0 to ``steps − 1``, one for each event given to `place_events`.
    recent_steps
        How many of the last steps are "now"; the others are "before".

    Raises
    ------
    NotUsable
        No step is left for before or now, or a step lies outside.

    References
    ----------
    .. [1] Gelman and Stern (2006), The American Statistician 60.

    Examples
    --------
    >>> import shapely
    >>> from safemap.analysis.hotspots.grid import grid_over, place_events
    >>> grid = grid_over(shapely.box(0, 0, 1000, 1000), 100.0)
    >>> spread = [[x, y] for x in range(50, 1000, 200) for y in range(50, 1000, 200)]
    >>> step = [place % 4 for place in range(25)] + [3] * 15
    >>> found = courses(
    ...     place_events(grid, spread + [[550, 550]] * 15), step, steps=4, recent_steps=1, reach_m=150.0
    ... )
    >>> int((found.course == Course.EMERGING).sum()), int((found.course == Course.PERSISTENT).sum())
    (9, 0)
    """
    grid = placed.grid
    when = np.asarray(step)
    if when.shape != placed.cell.shape or not np.issubdtype(when.dtype, np.integer):
        raise NotUsable("step", f"its shape is {when.shape}, of {when.dtype}", f"{len(placed.cell)} whole numbers")
    if len(when) and not (when.min() >= 0 and when.max() < steps):
        raise NotUsable("step", f"they run from {when.min()} to {when.max()}", f"from 0 to {steps - 1}")
    return courses_of(
        grid, counts_by_step(placed, when, steps), recent_steps=recent_steps, reach_m=reach_m, null=null, level=level
    )


def counts_by_step(placed: Placed, step: NDArray[np.int64], steps: int) -> NDArray[np.int64]:
    """Count the events inside by step and cell, ``(steps, rows, columns)``; parts of the events add up."""
    is_in = placed.cell >= 0
    flat = step[is_in] * placed.grid.exposure.size + placed.cell[is_in]
    counted = np.bincount(flat, minlength=steps * placed.grid.exposure.size)
    return counted.reshape(steps, *placed.grid.shape).astype(np.int64)


def courses_of(
    grid: Grid,
    counts: NDArray[np.int64],
    *,
    recent_steps: int,
    reach_m: float,
    null: Null = Null.EXPOSURE,
    level: float = LEVEL,
) -> Courses:
    """Tell the same from counts by step and cell: the second half of `courses`, for parts of many events.

    Parameters
    ----------
    counts
        ``(steps, rows, columns)`` of the grid, from `counts_by_step`.

    Raises
    ------
    NotUsable
        No step is left for before or now.
    """
    steps = len(counts)
    if not 1 <= recent_steps < steps:
        raise NotUsable("recent_steps", f"{recent_steps} of {steps} are recent", "at least one recent and one before")
    whole = Placed(grid, counts.sum(axis=0), np.zeros(0, dtype=np.int64), 0)
    window = grid.window(reach_m)
    series = window_sums(counts, window).reshape(steps, -1)[:, grid.cells]
    split = steps - recent_steps
    # Three looks share the level.
    hot = [
        hot_cells(replace(whole, counts=counts[part].sum(axis=0)), reach_m, null=null, level=level / 3).is_hot
        for part in (slice(split), slice(split, None), slice(None))
    ]
    before, now, ever = hot[0], hot[1], hot[0] | hot[1] | hot[2]
    change = rate_ratio(
        series[:split].sum(axis=0), series[split:].sum(axis=0), before_days=split, after_days=recent_steps
    )
    rises = [_corrected(change.p_more, ever)]
    falls = [_corrected(change.p_less, ever)]
    p_rising = p_falling = None
    if steps >= FEWEST_STEPS:
        trend = mann_kendall(series.T)
        p_rising, p_falling = trend.p_rising, trend.p_falling
        rises.append(_corrected(p_rising, ever))
        falls.append(_corrected(p_falling, ever))
    # Two ways to find a change: each is held to half of the level.
    limit = level / len(rises)
    is_rising, is_falling = np.min(rises, axis=0) <= limit, np.min(falls, axis=0) <= limit
    course = np.full(len(grid), Course.NEVER.value, dtype="<U10")
    course[ever] = Course.PERSISTENT.value
    course[now & is_rising] = Course.EMERGING.value
    course[(before | hot[2]) & is_falling & ~is_rising] = Course.FADING.value
    return Courses(
        grid=grid,
        course=course,
        is_hot_before=before,
        is_hot_now=now,
        is_hot_ever=ever,
        change=change,
        p_rising=p_rising,
        p_falling=p_falling,
        level=level,
        n=whole.total,
        steps=steps,
        recent_steps=recent_steps,
    )


def _corrected(p_value: NDArray[np.float64], among: NDArray[np.bool_]) -> NDArray[np.float64]:
    corrected = np.ones(len(p_value))
    corrected[among] = adjusted(p_value[among])
    return corrected

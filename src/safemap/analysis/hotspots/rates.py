"""What densities are made of, divided by and shown as: recency, hazards per exposure, classes of a legend."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from safemap.analysis.density import classes_of, density_breaks
from safemap.analysis.hotspots.checks import NotUsable, numbers_checked, positive
from safemap.analysis.hotspots.grid import Grid
from safemap.analysis.hotspots.kde import Surface


def recency_weights(age_days: ArrayLike, half_life_days: float) -> NDArray[np.float64]:
    """Return ``2^(−age / half-life)``: with a half-life of 90 days, today 1.0, 90 days ago 0.5, a year ago 0.06.

    Raises
    ------
    NotUsable
        An age is negative: it lies in the future.

    Examples
    --------
    >>> recency_weights([0, 90, 365], 90.0).round(2).tolist()
    [1.0, 0.5, 0.06]
    """
    ages = np.atleast_1d(np.asarray(age_days, dtype=np.float64))
    halves: NDArray[np.float64] = numbers_checked(ages, len(ages), "age_days") / positive(
        half_life_days, "half_life_days", "days"
    )
    return np.exp2(-halves)


@dataclass(frozen=True, eq=False)
class Rates:
    """Hazards per exposure.

    Attributes
    ----------
    rate
        ``(rows, columns)``; NaN where there is too little exposure to divide by.
    has_enough
        ``(rows, columns)`` whether exposure is at least the floor.
    floor
        Least exposure per km² that is divided by.
    """

    grid: Grid
    rate: NDArray[np.float64]
    has_enough: NDArray[np.bool_]
    floor: float


def rate_surface(hazards: Surface, exposure: Surface, *, floor_share: float = 0.1) -> Rates:
    """Divide one density by another of the same grid and bandwidth: hazards per resident, per lamp, per report made.

    Parameters
    ----------
    floor_share
        Where exposure is below this share of its mean over the study's cells, no rate is stated: a single report
        over next to nobody would be the highest rate of all.

    Raises
    ------
    NotUsable
        The two differ in grid or bandwidth, or there is no exposure.

    References
    ----------
    Kelsall and Diggle (1995), Non-parametric estimation of spatial variation in relative risk, Statistics in Medicine
    14: one bandwidth for both, so that their biases cancel.

    Examples
    --------
    >>> import shapely
    >>> from safemap.analysis.hotspots.grid import grid_over
    >>> from safemap.analysis.hotspots.kde import density_surface
    >>> grid = grid_over(shapely.box(0, 0, 1000, 1000), 50.0)
    >>> one, other = (density_surface(grid, [[500, 500]] * k, bandwidth_m=100.0) for k in (6, 3))
    >>> round(float(np.nanmedian(rate_surface(one, other).rate)), 6)
    2.0
    """
    if hazards.grid is not exposure.grid or hazards.bandwidth_m != exposure.bandwidth_m:
        raise NotUsable("exposure", "its grid or bandwidth is another one", "on the grid of the hazards, as wide")
    mean = float(np.nanmean(exposure.per_km2))
    if not mean > 0:
        raise NotUsable("exposure", "it is 0 everywhere", "above 0 somewhere")
    floor = mean * floor_share
    has_enough = np.nan_to_num(exposure.per_km2) >= floor
    rate = np.full(hazards.grid.shape, np.nan)
    np.divide(hazards.per_km2, exposure.per_km2, out=rate, where=has_enough)
    return Rates(hazards.grid, rate, has_enough, floor)


DAYS_PER_MONTH = 365.25 / 12
LEAST_SHARE = 0.01  # of the peak: the far tail of a Gaussian is no density that anybody should look at


@dataclass(frozen=True, eq=False)
class Legend:
    """A density in classes, in events per km² and month.

    Attributes
    ----------
    breaks
        ``(k,)`` upper bounds of all classes but the last, rounded to two figures; events per km² and month.
    class_of
        ``(rows, columns)`` 1 and up; 0 where there is next to nothing, and where no report could exist.
    peak
        The highest density.
    n, days, bandwidth_m
        Events, length of the period, and width of the kernel: to stand with the legend on every page and print.
    """

    breaks: NDArray[np.float64]
    class_of: NDArray[np.int64]
    peak: float
    n: int
    days: float
    bandwidth_m: float


def legend_of(surface: Surface, *, days: float, breaks: ArrayLike | None = None, classes: int = 5) -> Legend:
    """Put a density into classes of equal area, or into given ones: two maps are compared by one set of breaks.

    Parameters
    ----------
    days
        Length of the period that the events are from.
    breaks
        Rising, in events per km² and month: those of an earlier map. A map of its own breaks always has its darkest
        class, so a quiet month would look like a bad one.

    Raises
    ------
    NotUsable
        The period has no length; breaks do not rise.

    Examples
    --------
    >>> import shapely
    >>> from safemap.analysis.hotspots.grid import grid_over
    >>> from safemap.analysis.hotspots.kde import density_surface
    >>> grid = grid_over(shapely.box(0, 0, 1000, 1000), 50.0)
    >>> surface = density_surface(grid, [[500, 500]] * 30, bandwidth_m=100.0)
    >>> legend = legend_of(surface, days=365.25, breaks=[5.0, 20.0])
    >>> legend.class_of[10, 10].item(), legend.class_of[0, 0].item(), round(legend.peak)
    (3, 0, 37)
    """
    per_month = surface.per_km2 * (DAYS_PER_MONTH / positive(days, "days", "days"))
    density = np.nan_to_num(per_month)
    peak = float(density.max(initial=0.0))
    density[density < LEAST_SHARE * peak] = 0.0
    if breaks is None:
        area = np.where(surface.grid.exposure > 0, surface.grid.inside_share, 0.0) * surface.grid.cell_m2
        bounds = density_breaks(density.ravel(), area.ravel(), classes)
    else:
        bounds = numbers_checked(breaks, np.size(breaks), "breaks")
        if (np.diff(bounds) <= 0).any():
            raise NotUsable("breaks", f"they are {bounds.tolist()}", "numbers that rise")
    return Legend(bounds, classes_of(density, bounds), peak, surface.n, float(days), surface.bandwidth_m)

"""How wide to smooth: the bandwidth under which each place is best foretold by the others, and how sure that is."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from safemap.analysis.hotspots.checks import NotUsable, numbers_checked, points_checked
from safemap.analysis.hotspots.grid import Grid, Tiling
from safemap.analysis.hotspots.kde import FEWEST_CELLS
from safemap.analysis.hotspots.smoothing import Smoothing, gaussian_steps

CANDIDATES = 25
WIDEST_SHARE = 0.5  # of the side of a square as large as the area: beyond, nothing but the area's shape is drawn
AS_GOOD = 1.92  # of log-likelihood below the best: half of the 95 % point of chi-squared with one degree of freedom
FEWEST_EVENTS = 3


class Limit(StrEnum):
    """Which end of the candidates decides, if any."""

    NONE = "none"
    NARROWEST = "narrowest"  # positions repeat, or are finer than the cells: the floor decided, not the likelihood
    WIDEST = "widest"  # the widest is in the range: no clustering seen, and a smooth blob would be an invention


@dataclass(frozen=True, eq=False)
class Bandwidth:
    """The bandwidth of the highest cross-validated likelihood.

    Attributes
    ----------
    chosen_m
        Standard deviation along one axis.
    low_m, high_m
        Narrowest and widest candidate whose log-likelihood is within 1.92 of the best: the range to show.
    candidates_m, log_likelihood
        ``(k,)`` all that were tried.
    limit
        Whether the choice ran into the narrowest candidate, or the range reaches the widest.
    """

    chosen_m: float
    low_m: float
    high_m: float
    candidates_m: NDArray[np.float64]
    log_likelihood: NDArray[np.float64]
    limit: Limit


def choose_bandwidth(
    grid: Grid,
    xy: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    accuracy_m: float = 0.0,
    narrowest_m: float | None = None,
    widest_m: float | None = None,
    candidates: int = CANDIDATES,
) -> Bandwidth:
    """Choose the bandwidth of `safemap.analysis.hotspots.kde.density_surface` by likelihood cross-validation.

    ``LCV(h) = Σ_i w_i log λ₋ᵢ(x_i) − Σ_i w_i`` with Diggle's edge correction, where ``λ₋ᵢ`` leaves out all events at
    the place of the i-th and not it alone: reports that repeat an address would otherwise foretell each other and draw
    the bandwidth down to nothing [1]_ [2]_. All candidates use the same bins; what is left out is taken off exactly.

    Parameters
    ----------
    grid
        Squares. The narrowest candidate is 1.5 cells, so the cells should be fine.
    xy
        ``(n, 2)`` in metres; those outside the area take no part.
    accuracy_m
        Radius within which positions are known, as a whole: no candidate is narrower.
    narrowest_m, widest_m
        Ends of the candidates; without, 1.5 cells, and half the side of a square as large as the area.

    Raises
    ------
    NotUsable
        Fewer than three places inside: nothing to foretell from; or the widest is not above the narrowest.

    References
    ----------
    .. [1] Loader (1999), Local Regression and Likelihood, ch. 5: likelihood cross-validation of intensities.
    .. [2] Silverman (1986), Density Estimation, 3.4.4: rounded and repeated values break cross-validation.

    Examples
    --------
    >>> import shapely
    >>> from safemap.analysis.hotspots.grid import grid_over
    >>> grid = grid_over(shapely.box(0, 0, 2000, 2000), 20.0)
    >>> around = np.random.default_rng(1).normal(1000.0, 80.0, (200, 2))
    >>> width = choose_bandwidth(grid, around)
    >>> 30 <= width.low_m <= width.chosen_m <= width.high_m <= 80, width.limit.value
    (True, 'none')
    """
    if grid.tiling is not Tiling.SQUARE:
        raise NotUsable("grid", "its cells are hexagons", "of squares: densities are drawn on squares")
    points = points_checked(xy)
    weight = numbers_checked(weights, len(points), "weights")
    is_in = grid.is_inside(points, grid.flat_of(points))
    grid.refuse_degrees(points, int(is_in.sum()))
    is_in &= weight > 0
    places, place_of = np.unique(points[is_in], axis=0, return_inverse=True)
    summed = np.bincount(place_of.ravel(), weights=weight[is_in], minlength=len(places)).astype(np.float64)
    if len(places) < FEWEST_EVENTS:
        raise NotUsable("xy", f"{len(places)} different places lie in the area", f"at least {FEWEST_EVENTS}")
    low = max(FEWEST_CELLS * grid.cell_m, accuracy_m) if narrowest_m is None else narrowest_m
    high = (
        WIDEST_SHARE * float(np.sqrt(grid.exposure[grid.exposure > 0].size * grid.cell_m2))
        if widest_m is None
        else widest_m
    )
    if not FEWEST_CELLS * grid.cell_m <= low < high:
        raise NotUsable(
            "narrowest_m",
            f"{low:g} m to {high:g} m are no candidates",
            f"at least {FEWEST_CELLS:g} cells, and below the widest",
        )
    tried_m = np.geomspace(low, high, candidates)
    foretold = _Foretold.of(grid, places, summed)
    likelihood = np.array([foretold.log_likelihood(width / grid.cell_m) for width in tried_m])
    best = int(np.argmax(likelihood))
    near = tried_m[likelihood >= likelihood[best] - AS_GOOD]
    limit = Limit.WIDEST if near[-1] == tried_m[-1] else Limit.NARROWEST if best == 0 else Limit.NONE
    return Bandwidth(float(tried_m[best]), float(near[0]), float(near[-1]), tried_m, likelihood, limit)


@dataclass(frozen=True, eq=False)
class _Foretold:
    """Places shared out to their four centres each, for as many kernels as wanted."""

    inside: NDArray[np.float64]
    centre: NDArray[np.int64]
    part: NDArray[np.float64]
    weight: NDArray[np.float64]

    @classmethod
    def of(cls, grid: Grid, xy: NDArray[np.float64], weight: NDArray[np.float64]) -> "_Foretold":
        inside = np.pad(np.where(grid.exposure > 0, grid.inside_share, 0.0), 1)
        east, north = grid.in_cells(xy)
        column, row = np.floor(east).astype(np.int64), np.floor(north).astype(np.int64)
        right, up = east - column, north - row
        flat = (row + 1) * inside.shape[1] + column + 1
        centre = flat[:, None] + np.array([0, 1, inside.shape[1], inside.shape[1] + 1])
        part = np.column_stack([(1 - right) * (1 - up), right * (1 - up), (1 - right) * up, right * up])
        return cls(inside, centre, part, weight)

    def log_likelihood(self, width_cells: float) -> float:
        """Sum over places of the log of what the others foretell there; one way in, one way out of the bins."""
        kernel = Smoothing.of(self.inside.shape, width_cells, sharings=2)
        mass = np.maximum(kernel.apply(self.inside), 1e-12).ravel()[self.centre]
        shared = self.part * self.weight[:, None] / mass
        bins = np.bincount(self.centre.ravel(), weights=shared.ravel(), minlength=self.inside.size)
        density = kernel.apply(bins.astype(np.float64).reshape(self.inside.shape)).ravel()
        # What a place gives to itself: from each of its centres to each, by the kernel between them.
        spread = float(np.sqrt(width_cells**2 - 2 / 6))
        here, beside = gaussian_steps(spread, 1)
        along = np.array([[here, beside], [beside, here]])
        own = np.einsum("ni,ij,nj->n", shared, np.kron(along, along), self.part)
        others = (density[self.centre] * self.part).sum(axis=1) - own
        floor = np.finfo(np.float64).tiny
        return float((self.weight * np.log(np.maximum(others, floor))).sum() - self.weight.sum())

"""Areas that are like their neighbours: global and local Moran of polygons, through esda, with chances that hold."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from safemap.analysis.hotspots.checks import NotUsable, numbers_checked
from safemap.analysis.hotspots.exact import LEVEL, adjusted

RUNS = 999
FEWEST_AREAS = 8
SAME = 1e-9  # of a statistic's spread: equal permutations are ties, whatever the last digits


class Quadrant(StrEnum):
    """How an area and its neighbours stand to the mean."""

    HIGH_HIGH = "high-high"
    LOW_LOW = "low-low"
    HIGH_LOW = "high-low"
    LOW_HIGH = "low-high"


@dataclass(frozen=True, eq=False)
class Moran:
    """Global and local Moran's I.

    Attributes
    ----------
    i, expected
        Moran's I of all areas, and its mean when values are dealt out anew, −1 / (n − 1).
    p_value
        ``(1 + #{≥}) / (1 + runs)``: chance of neighbours being as alike.
    local_i
        ``(n,)`` each area's; NaN for an area without neighbours.
    local_p, local_p_adjusted
        ``(n,)`` one-sided, of an area and its neighbours being as alike on its side of the mean; corrected for many.
    quadrant
        ``(n,)`` one of `Quadrant`, as text; empty for an area without neighbours.
    is_hot
        ``(n,)`` high-high, with a corrected chance of at most `level`.
    islands
        How many areas have no neighbour: they take no part in the local test, and that has to be said.
    """

    i: float
    expected: float
    p_value: float
    local_i: NDArray[np.float64]
    local_p: NDArray[np.float64]
    local_p_adjusted: NDArray[np.float64]
    quadrant: NDArray[np.str_]
    is_hot: NDArray[np.bool_]
    level: float
    islands: int


def neighbours_of(areas: NDArray[np.object_]) -> NDArray[np.int64]:
    """Pair areas that touch, at a corner at least, ``(k, 2)``; each pair in both directions.

    Examples
    --------
    >>> neighbours_of(np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 1, 2, 2), shapely.box(5, 5, 6, 6)])).tolist()
    [[0, 1], [1, 0]]
    """
    if len(areas) == 0:
        return np.zeros((0, 2), dtype=np.int64)
    one, other = shapely.STRtree(areas).query(areas, predicate="intersects")
    one, other = one[one != other].astype(np.int64), other[one != other].astype(np.int64)
    order = np.lexsort((other, one))
    return np.column_stack([one[order], other[order]])


def moran(
    values: ArrayLike, neighbours: NDArray[np.int64], *, seed: int, runs: int = RUNS, level: float = LEVEL
) -> Moran:
    """Ask whether areas are like their neighbours, as a whole and one by one.

    The statistics are esda's, ``I = (n / S₀) Σ w_ij z_i z_j / Σ z_i²`` and ``I_i = (n − 1) z_i Σ_j w_ij z_j / Σ z_i²``
    with weights that add up to 1 for each area [1]_. The chances are not: they are counted here from esda's
    permutations, one-sided, with ties as ties, seeded, and corrected for many areas. (esda folds the smaller tail,
    which halves chances and calls empty neighbourhoods certain.)

    Parameters
    ----------
    values
        ``(n,)`` one for each area: a rate, rather than a count, where areas differ in size.
    neighbours
        ``(k, 2)`` pairs in both directions, as `neighbours_of` gives.

    Raises
    ------
    NotUsable
        Fewer than 8 areas, all values equal, no neighbours at all, or a value that is not finite.

    References
    ----------
    .. [1] Moran (1950), Biometrika 37; Anselin (1995), Local indicators of spatial association, Geographical Analysis
       27.

    Examples
    --------
    >>> areas = np.array([shapely.box(x, y, x + 1, y + 1) for x in range(4) for y in range(4)])
    >>> found = moran([9, 8, 2, 1, 8, 9, 1, 2, 2, 1, 2, 1, 1, 2, 1, 2], neighbours_of(areas), seed=1)
    >>> round(found.i, 3), found.p_value < 0.01, np.flatnonzero(found.quadrant == Quadrant.HIGH_HIGH).tolist()
    (0.522, True, [0, 1, 4, 5])
    """
    value = np.atleast_1d(np.asarray(values, dtype=np.float64))
    value = numbers_checked(value, len(value), "values", least=-np.inf)
    if len(value) < FEWEST_AREAS:
        raise NotUsable("values", f"there are {len(value)} areas", f"at least {FEWEST_AREAS}")
    if np.ptp(value) == 0:
        raise NotUsable("values", f"all of them are {value[0]:g}", "different: alike is what is asked")
    if len(neighbours) == 0:
        raise NotUsable("neighbours", "no area touches another", "pairs of neighbours")
    number_of = np.bincount(neighbours[:, 0], minlength=len(value))
    some = number_of > 0
    with _esda(seed):
        from esda import Moran as GlobalMoran  # noqa: PLC0415 - a second to load, and few pages need it
        from esda import Moran_Local as LocalMoran  # noqa: PLC0415
        from libpysal.weights import W  # noqa: PLC0415

        ordered = neighbours[:, 0].argsort(kind="stable")
        lists = np.split(neighbours[ordered, 1], np.cumsum(number_of)[:-1])
        weights = W({place: near.tolist() for place, near in enumerate(lists)}, silence_warnings=True)
        whole = GlobalMoran(value, weights, transformation="r", permutations=runs)
        local = LocalMoran(
            value, weights, transformation="r", permutations=runs, n_jobs=1, keep_simulations=True, seed=seed
        )
    local_i = np.where(some, np.asarray(local.Is, dtype=np.float64), np.nan)
    dealt = np.asarray(local.sim, dtype=np.float64)  # (runs, n)
    slack = SAME * max(1.0, float(np.nanstd(local_i)))
    # Alike on its side of the mean: the value stays, its neighbours are dealt out; a higher product is more alike.
    local_p = np.where(some, (1 + (dealt >= np.nan_to_num(local_i) - slack).sum(axis=0)) / (1 + runs), 1.0)
    corrected = np.ones(len(value))
    corrected[some] = adjusted(local_p[some])
    z = value - value.mean()
    around = np.bincount(neighbours[:, 0], weights=z[neighbours[:, 1]], minlength=len(value))
    names = np.array([[Quadrant.LOW_LOW, Quadrant.LOW_HIGH], [Quadrant.HIGH_LOW, Quadrant.HIGH_HIGH]])
    quadrant = np.where(some, names[(z > 0).astype(int), (around > 0).astype(int)], "")
    return Moran(
        i=float(whole.I),
        expected=float(whole.EI),
        p_value=float((1 + (np.asarray(whole.sim) >= whole.I - SAME).sum()) / (1 + runs)),
        local_i=local_i,
        local_p=local_p,
        local_p_adjusted=corrected,
        quadrant=quadrant,
        is_hot=(quadrant == Quadrant.HIGH_HIGH) & (corrected <= level),
        level=level,
        islands=int((~some).sum()),
    )


@contextmanager
def _esda(seed: int) -> Iterator[None]:
    """Keep esda to itself: it draws from NumPy's one generator, warns of its own plans, and divides by zero."""
    before = np.random.get_state()  # noqa: NPY002 - esda seeds and draws from it
    try:
        np.random.seed(seed)  # noqa: NPY002
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(before)  # noqa: NPY002

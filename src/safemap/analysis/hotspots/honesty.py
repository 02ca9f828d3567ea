"""What may be shown: one rule from the number of events to what a page may say; and a reason for each hotspot."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from safemap.analysis.hotspots.checks import points_checked
from safemap.analysis.hotspots.exact import LEVEL, POWER, smallest_ratio
from safemap.analysis.hotspots.hot_cells import HotCells, Hotspot, Null
from safemap.analysis.hotspots.hours import Busiest, WeekHours
from safemap.analysis.scene import FEWEST_EVENTS

# Events from which each thing may be said. On purely random maps of 400 cells a textbook Gi* shows a hotspot in every
# map, corrected in 75 of 100 at 20 points; exact counts stay below 5, but below 20 points find even a twentyfold risk
# in four maps of five at best. The steps follow from that power.
ONE_ANSWER_FROM = FEWEST_EVENTS
HOT_CELLS_FROM = 50
EVERYTHING_FROM = 200
SCORES_FROM = 500
REPEATED_SHARE = 0.2  # of events at a place that another one has too, from which counts are shuffled
FEWEST_REPORTERS = 3  # distinct people behind a hotspot on a public page


class Step(StrEnum):
    """How much may be said, each step including those before it."""

    POINTS = "points"  # pins and counts: too few to tell
    ONE_ANSWER = "one answer"  # and whether there is any hotspot in the whole area
    HOT_CELLS = "hot cells"  # and where, by exact chances
    EVERYTHING = "everything"  # and densities, trends, hours, courses
    SCORES = "scores"  # and how well the map foretold


STEPS = (
    (0, Step.POINTS),
    (ONE_ANSWER_FROM, Step.ONE_ANSWER),
    (HOT_CELLS_FROM, Step.HOT_CELLS),
    (EVERYTHING_FROM, Step.EVERYTHING),
    (SCORES_FROM, Step.SCORES),
)


class Doubt(StrEnum):
    """What limits a result, to be said beside it."""

    TOO_FEW = "too few events"
    MIXED = "events of different kinds are mixed"
    COARSE = "positions are known less well than the cells are wide"
    REPEATED = "many events repeat a place"
    FEW_REPORTERS = "few people reported most of it"
    SOME_OUTSIDE = "some events lie outside the area"
    NOTHING_FINDABLE = "no hotspot, however strong, could have been found"


@dataclass(frozen=True)
class MayShow:
    """What may be shown, and what has to stand beside it.

    Attributes
    ----------
    step
        How much may be said.
    points, one_answer, hot_cells, densities, courses, scores
        Each thing, whether it may be shown.
    null
        What "by chance" should mean for these events.
    n, outside, reporters
        To be printed; reporters is None where nobody knows.
    accuracy_m
        Radius within which nine of ten positions are known.
    least_cell_m
        No cell should be narrower: half of that radius.
    level, power
        Of the tests.
    smallest_ratio
        The smallest relative risk of one window that would have been found with that power.
    doubts
        What has to be said beside the result.
    """

    step: Step
    points: bool
    one_answer: bool
    hot_cells: bool
    densities: bool
    courses: bool
    scores: bool
    null: Null
    n: int
    outside: int
    reporters: int | None
    accuracy_m: float
    least_cell_m: float
    level: float
    power: float
    smallest_ratio: float
    doubts: tuple[Doubt, ...]


def may_show(
    n: int,
    *,
    cells: int,
    window_share: float,
    cell_m: float,
    outside: int = 0,
    reporters: int | None = None,
    accuracy_m: float = 0.0,
    repeated_share: float = 0.0,
    kinds: int = 1,
    may_mix: bool = False,
    level: float = LEVEL,
) -> MayShow:
    """Decide what may be shown of n events: the one rule for pages, prints, commands and notebooks.

    ===========  =====================================================================
    n            may be shown
    ===========  =====================================================================
    under 20     pins and counts
    20 – 49      and one answer: is there any hotspot in the area
    50 – 199     and hot cells, by exact chances
    200 – 499    and densities, hours, trends and courses
    from 500     and how well earlier maps foretold
    ===========  =====================================================================

    Parameters
    ----------
    n
        Events that take part, of one kind.
    cells, window_share
        How many windows are tested, and the share of exposure that one usually has.
    cell_m
        Width of a cell.
    outside
        Events that take no part.
    reporters
        How many different people reported them.
    accuracy_m
        Radius within which nine of ten positions are known.
    repeated_share
        From `share_repeated`.
    kinds, may_mix
        How many kinds of events there are (crime, traffic, disorder), and whether they were mixed on request. Unasked,
        mixed kinds are points and no more.

    Examples
    --------
    >>> few, some, many = (may_show(n, cells=400, window_share=9 / 400, cell_m=50.0) for n in (19, 60, 1000))
    >>> few.step.value, few.hot_cells, few.doubts[0].value
    ('points', False, 'too few events')
    >>> some.step.value, some.hot_cells, some.densities, round(some.smallest_ratio, 1)
    ('hot cells', True, False, 8.6)
    >>> many.step.value, round(many.smallest_ratio, 1)
    ('scores', 2.2)
    """
    step = next(step for least, step in reversed(STEPS) if n >= least)
    is_mixed = kinds > 1 and not may_mix
    if is_mixed:
        step = Step.POINTS
    reached = [step for _, step in STEPS].index(step)
    findable = smallest_ratio(n, window_share, cells, level=level) if 0.0 < window_share < 1.0 else np.inf
    doubts = {
        Doubt.TOO_FEW: n < ONE_ANSWER_FROM,
        Doubt.MIXED: kinds > 1,
        Doubt.COARSE: cell_m < accuracy_m / 2,
        Doubt.REPEATED: repeated_share >= REPEATED_SHARE,
        Doubt.FEW_REPORTERS: reporters is not None and reporters < min(FEWEST_REPORTERS, n),
        Doubt.SOME_OUTSIDE: outside > 0,
        Doubt.NOTHING_FINDABLE: not np.isfinite(findable),
    }
    return MayShow(
        step=step,
        points=True,
        one_answer=reached >= 1,
        hot_cells=reached >= 2,
        densities=reached >= 3,
        courses=reached >= 3,
        scores=reached >= 4,
        null=Null.SHUFFLE if repeated_share >= REPEATED_SHARE else Null.EXPOSURE,
        n=n,
        outside=outside,
        reporters=reporters,
        accuracy_m=accuracy_m,
        least_cell_m=accuracy_m / 2,
        level=level,
        power=POWER,
        smallest_ratio=findable,
        doubts=tuple(doubt for doubt, holds in doubts.items() if holds),
    )


def share_repeated(xy: ArrayLike) -> float:
    """Return the share of events at exactly the place of another one; 0 without events.

    Positions that were moved to the middles of streets or to addresses repeat: their counts say how many share a
    place, not that places near each other are alike.

    Examples
    --------
    >>> share_repeated([[1, 1], [1, 1], [2, 2], [3, 3]])
    0.5
    """
    points = points_checked(xy)
    if len(points) == 0:
        return 0.0
    count = np.unique(points, axis=0, return_counts=True)[1]
    return float(count[count > 1].sum() / len(points))


def usual_accuracy_m(accuracy_m: NDArray[np.float64]) -> float:
    """Return the radius within which nine of ten positions are known; 0 without events."""
    return float(np.quantile(accuracy_m, 0.9)) if len(accuracy_m) else 0.0


@dataclass(frozen=True, eq=False)
class Reason:
    """Why a place is called a hotspot: numbers for a sentence, in any language.

    Attributes
    ----------
    n
        Events in the strongest window.
    expected, ratio
        How many chance would put there; one over the other.
    ratio_low, ratio_high
        Exact interval of the ratio, for a window named beforehand.
    p_adjusted
        Its chance, corrected for all windows that were looked at.
    total, window_m
        Events in the whole area, and how far the window reaches from its middle.
    null, smallest_ratio
        What chance means, and the smallest ratio that would have been found.
    busiest, hours
        Its busiest hours and all hours of its week, when they are known.
    reporters
        Different people behind the events; None for what an authority published.
    may_be_public
        Whether enough people stand behind it to name the place in public: three, or an authority.
    """

    n: int
    expected: float
    ratio: float
    ratio_low: float
    ratio_high: float
    p_adjusted: float
    total: int
    window_m: float
    null: Null
    smallest_ratio: float
    busiest: Busiest | None
    hours: WeekHours | None
    reporters: int | None
    may_be_public: bool


def reason_for(
    hot: HotCells,
    spot: Hotspot,
    *,
    hours: WeekHours | None = None,
    busiest: Busiest | None = None,
    reporters: int | None = None,
) -> Reason:
    """Gather what is to be said of one hotspot.

    Examples
    --------
    >>> import shapely
    >>> from safemap.analysis.hotspots.grid import grid_over, place_events
    >>> from safemap.analysis.hotspots.hot_cells import hot_cells, hotspots_of
    >>> grid = grid_over(shapely.box(0, 0, 1000, 1000), 100.0)
    >>> hot = hot_cells(place_events(grid, [[550, 550]] * 15), 150.0)
    >>> reason = reason_for(hot, hotspots_of(hot)[0], reporters=2)
    >>> reason.n, round(reason.ratio, 1), reason.total, reason.may_be_public
    (15, 11.1, 15, False)
    """
    return Reason(
        n=spot.count,
        expected=spot.expected,
        ratio=spot.ratio,
        ratio_low=spot.ratio_low,
        ratio_high=spot.ratio_high,
        p_adjusted=spot.p_adjusted,
        total=hot.n,
        window_m=hot.reach_m,
        null=hot.null,
        smallest_ratio=hot.smallest_ratio,
        busiest=busiest,
        hours=hours,
        reporters=reporters,
        may_be_public=reporters is None or reporters >= FEWEST_REPORTERS,
    )

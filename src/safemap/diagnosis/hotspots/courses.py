"""What changes: events by week or month, two windows of time compared, what is new, which hotspots come and go."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from safemap.analysis.hotspots import scan as scanning
from safemap.analysis.hotspots.checks import NotUsable
from safemap.analysis.hotspots.honesty import EVERYTHING_FROM, HOT_CELLS_FROM, ONE_ANSWER_FROM
from safemap.analysis.hotspots.hot_cells import TOUCHING
from safemap.analysis.hotspots.trends import (
    FEWEST_STEPS,
    Course,
    Courses,
    RateRatios,
    courses,
    mann_kendall,
    rate_ratio,
)
from safemap.diagnosis.hotspots.placing import Drawn, best_circle, cells_on, drawn_circle, name_of_window
from safemap.diagnosis.hotspots.reading import Ground, OnGround, Read, lay_on, moment_after
from safemap.diagnosis.hotspots.rules import (
    DAYS_PER_MONTH,
    REACH_CELLS,
    SEED,
    WEEK_DAYS,
    HotspotParameters,
    PlaceKind,
    StepUnit,
)
from safemap.diagnosis.hotspots.schemas import Change, Circle, CourseOf, Trend

DAYS_OF = {StepUnit.WEEK: WEEK_DAYS, StepUnit.MONTH: DAYS_PER_MONTH}
MINUTES_PER_DAY = 24 * 60
RECENT_SHARE = 4  # a quarter of the steps is "now"
LONGEST_FRESH = 3  # the last one, two or three steps are looked at for what is new
FEWEST_TO_COMPARE = 4  # steps
LISTED = 12


@dataclass(frozen=True, eq=False)
class _Steps:
    """Equal steps of time, counted back from the end of the newest event's day."""

    unit: StepUnit
    number: int
    end: np.datetime64

    @classmethod
    def of(cls, start: NDArray[np.datetime64]) -> "_Steps":
        """Months when there are eight of them, else weeks; a first part that is no whole step is left out."""
        end = start.max().astype("datetime64[D]").astype("datetime64[m]") + np.timedelta64(MINUTES_PER_DAY, "m")
        days = float((end - start.min()) / np.timedelta64(MINUTES_PER_DAY, "m"))
        unit = StepUnit.MONTH if days >= FEWEST_STEPS * DAYS_PER_MONTH else StepUnit.WEEK
        return cls(unit, int(days / DAYS_OF[unit] + 1e-9), end)

    def number_of(self, start: NDArray[np.datetime64]) -> NDArray[np.int64]:
        """Return the step of each event, from 0; negative before the first."""
        days_before = (self.end - start) / np.timedelta64(MINUTES_PER_DAY, "m")
        return self.number - np.ceil(days_before / DAYS_OF[self.unit]).astype(np.int64)

    @property
    def recent(self) -> int:
        return max(1, self.number // RECENT_SHARE)


def trend_of(ground: Ground, read: Read, parameters: HotspotParameters, places: list[Drawn]) -> Trend | None:
    """Count all events step by step, and ask what changed; None without two steps.

    Reports that are fixed count too: who counts open ones alone sees old months empty and takes it for a rise. Those
    that are known too roughly to be placed count in the course of all, and nowhere on the map.
    """
    if len(read.when) == 0:
        return None
    steps = _Steps.of(read.when.start)
    if steps.number < 2:
        return None
    of_all, step = steps.number_of(read.when.start), steps.number_of(read.start)
    counts = np.bincount(of_all[of_all >= 0], minlength=steps.number)
    read, step = read.taken(step >= 0), step[step >= 0]
    n, recent = int(counts.sum()), steps.recent
    is_enough = n >= ONE_ANSWER_FROM and steps.number >= FEWEST_TO_COMPARE
    change = p_rising = p_falling = None
    if is_enough:
        change = _change(
            rate_ratio(
                counts[:-recent].sum(),
                counts[-recent:].sum(),
                before_days=steps.number - recent,
                after_days=recent,
                level=parameters.level,
            ),
            0,
        )
        if steps.number >= FEWEST_STEPS:
            course = mann_kendall(counts)
            p_rising, p_falling = float(course.p_rising[0]), float(course.p_falling[0])
    fresh, is_fresh = None, False
    listed: tuple[CourseOf, ...] = ()
    if is_enough and len(read) >= HOT_CELLS_FROM:
        on = lay_on(ground, read.all_counted())
        fresh, is_fresh = _fresh(ground, on, step, parameters, places)
        if on.placed.total >= EVERYTHING_FROM:
            listed = _courses(ground, on, step, steps, parameters, places)
    return Trend(
        unit=steps.unit,
        starts=tuple(moment_after(steps.end, -DAYS_OF[steps.unit] * back) for back in range(steps.number, 0, -1)),
        counts=tuple(counts.tolist()),
        recent=recent,
        change=change,
        p_rising=p_rising,
        p_falling=p_falling,
        fresh=fresh,
        is_fresh=is_fresh,
        courses=listed,
    )


def _fresh(
    ground: Ground, on: OnGround, step: NDArray[np.int64], parameters: HotspotParameters, places: list[Drawn]
) -> tuple[Circle | None, bool]:
    """Look for a place with more in the last steps than its own past and the area's lead to expect."""
    try:
        found = scanning.scan_recent(
            on.placed, step, seed=SEED, longest=LONGEST_FRESH, runs=parameters.runs, level=parameters.level
        )
    except NotUsable:  # all in one step, or two cells
        return None, False
    if not found.clusters:
        return None, False
    is_recent = step > step.max() - found.clusters[0].recent_steps
    if found.is_any:
        places.append(drawn_circle(ground, on, found, PlaceKind.FRESH))
    return best_circle(ground, on, found, is_recent), found.is_any


def _courses(
    ground: Ground,
    on: OnGround,
    step: NDArray[np.int64],
    steps: _Steps,
    parameters: HotspotParameters,
    places: list[Drawn],
) -> tuple[CourseOf, ...]:
    """Tell which hotspots emerge, persist and fade; the most events first within each."""
    found = courses(
        on.placed,
        step,
        steps=steps.number,
        recent_steps=steps.recent,
        reach_m=REACH_CELLS * on.grid.cell_m,
        null=on.null,
        level=parameters.level,
    )
    total = found.change.before + found.change.after
    groups = [
        (course, cells)
        for course in (Course.EMERGING, Course.PERSISTENT, Course.FADING)
        for cells in _touching(on, found, course)
    ]
    told = []
    for rank, (course, cells) in enumerate(groups[:LISTED], 1):
        strongest = int(cells[np.lexsort((cells, -total[cells]))[0]])
        told.append(
            CourseOf(
                rank=rank,
                course=course,
                place=name_of_window(ground, on, strongest),
                change=_change(found.change, strongest),
            )
        )
        places.append(Drawn(PlaceKind.COURSE, rank, cells_on(ground, on, cells, strongest)))
    return tuple(told)


def _touching(on: OnGround, found: Courses, course: Course) -> list[NDArray[np.int64]]:
    """Group cells of one course that touch, the one with most events first."""
    is_mine = (found.course == course.value).astype(np.float64)
    numbered, number = label(on.grid.over_all(is_mine) > 0, structure=TOUCHING[on.grid.tiling])
    group = on.grid.of_cells(np.asarray(numbered))
    total = found.change.before + found.change.after
    groups = [np.flatnonzero(group == which) for which in range(1, int(number) + 1)]
    return sorted(groups, key=lambda cells: (-int(total[cells].max()), int(cells[0])))


def _change(found: RateRatios, place: int) -> Change:
    ratio, high = float(found.ratio[place]), float(found.high[place])
    return Change(
        before=int(found.before[place]),
        after=int(found.after[place]),
        ratio=ratio if np.isfinite(ratio) else None,
        low=float(found.low[place]),
        high=high if np.isfinite(high) else None,
        p_more=float(found.p_more[place]),
        p_less=float(found.p_less[place]),
    )

"""What changes, and what a map foretold: events by steps of time in cells."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from safemap.analysis.hotspots.kde import Surface
from safemap.analysis.hotspots.scoring import Interval, Scores, score_maps
from safemap.analysis.hotspots.trends import Course, courses_of, rate_ratio
from safemap.diagnosis.rules import Sentence
from safemap.files.cells import findable, what_chance_means
from safemap.files.densities import surface_for, width_doubts
from safemap.files.findings import Found, Situation, cell_columns, cell_frame, chance
from safemap.i18n import mark

COURSE_NAMES = {
    Course.EMERGING: Sentence(mark("emerging")),
    Course.PERSISTENT: Sentence(mark("persistent")),
    Course.FADING: Sentence(mark("fading")),
}
COURSES = mark("{n:,} events: cells that are emerging: {emerging}, persistent: {persistent}, fading: {fading}.")
STEPS = mark(
    "The time from {first} on is cut into {steps} equal steps of {days:.1f} days; the last {recent} are “now”, the"
    " others “before”."
)
CHANGE = mark(
    "The whole area: {before} events before, {after} now; the rate is {ratio:.2f} times as high ({low:.2f}–{high:.2f}),"
    " p {p}."
)
WAYS = mark(
    "A cell emerges or fades only when its two windows of time differ by an exact test, or, from 8 steps on, by a"
    " steady trend; corrected for all cells that were ever hot."
)
FORETOLD = mark("{later} events from {split} on, foretold from {earlier} before: {verdict}")
BETTER = Sentence(mark("the density map held more of them than last period's counts."))
WORSE = Sentence(mark("the density map held fewer of them than last period's counts."))
SAME = Sentence(mark("no difference between the density map and last period's counts has been shown."))
SCORED = mark(
    "{map}: with {share:.0%} of the area flagged it held {hits:.0%} of them ({hits_low:.0%}–{hits_high:.0%}); PAI"
    " {pai:.2f} ({pai_low:.2f}–{pai_high:.2f}), PEI {pei:.2f}, log score {log:.2f} ({log_low:.2f}–{log_high:.2f})."
)
DIFFERENCE = mark(
    "The density map's hit rate less that of last period's counts: {hits:+.1%} ({hits_low:+.1%} to {hits_high:+.1%});"
    " its log score less theirs: {log:+.2f} ({log_low:+.2f} to {log_high:+.2f})."
)
MAP_NAMES = {"density": Sentence(mark("Density")), "counts": Sentence(mark("Last period's counts"))}
SCORED_HOW = mark(
    "Each map flags its worst places until exactly that share is flagged; 0 is the log score of an even map; intervals"
    " are 95 % bootstraps over the later events (seed {seed})."
)
DAY = np.timedelta64(1, "D")


def found_courses(situation: Situation) -> Found:
    """Tell which cells emerge, persist and fade."""
    ground, choices, tally = situation.ground, situation.choices, situation.tally
    grid, counts = ground.studies[0].grid, tally.counts[0]
    found = courses_of(grid, counts, recent_steps=choices.recent, reach_m=ground.reach_m, null=situation.rule.null)
    number = {course: int((found.course == course).sum()) for course in COURSE_NAMES}
    rows: dict[str, NDArray[Any]] = {
        "course": found.course,
        "before": found.change.before,
        "now": found.change.after,
        "ratio": found.change.ratio,
        "low": found.change.low,
        "high": found.change.high,
    }
    columns = {
        "course": Sentence(mark("emerging, persistent, fading or never")),
        "before": Sentence(mark("events in the window around the cell in the earlier steps")),
        "now": Sentence(mark("events in the window around the cell in the last steps")),
        "ratio": Sentence(mark("rate now over rate before; empty without events")),
        "low": Sentence(mark("lower end of its exact 95 % interval")),
        "high": Sentence(mark("upper end of its exact 95 % interval")),
    }
    if found.p_rising is not None and found.p_falling is not None:
        rows |= {"p_rising": found.p_rising, "p_falling": found.p_falling}
        columns |= {
            "p_rising": Sentence(mark("chance of as steady a rise (Mann and Kendall), not corrected")),
            "p_falling": Sentence(mark("chance of as steady a fall (Mann and Kendall), not corrected")),
        }
    values = {"n": tally.n, **{course.value: count for course, count in number.items()}}
    return Found(
        given="trends",
        title=Sentence(COURSES, values),
        items=(whole_change(situation),),
        how=(steps_words(situation), Sentence(WAYS), *what_chance_means(situation), *findable(situation)),
        doubts=(),
        frame=cell_frame(situation, rows),
        columns=cell_columns(situation, columns),
        figures={course.value: count for course, count in number.items()},
    )


def steps_words(situation: Situation) -> Sentence:
    """Say how time was cut."""
    edges = situation.wanted.edges
    assert edges is not None
    days = float((edges[1] - edges[0]) / DAY)
    values = {
        "first": str(edges[0])[:10],
        "steps": len(edges) - 1,
        "days": days,
        "recent": situation.choices.recent,
    }
    return Sentence(STEPS, values)


def whole_change(situation: Situation) -> Sentence:
    """Compare the whole area now with before, exactly."""
    by_step = sum(counts.sum(axis=(1, 2)) for counts in situation.tally.counts)
    recent, steps = situation.choices.recent, len(situation.tally.counts[0])
    before, after = int(np.sum(by_step[: steps - recent])), int(np.sum(by_step[steps - recent :]))
    found = rate_ratio(before, after, before_days=steps - recent, after_days=recent)
    p_value = min(1.0, 2 * min(float(found.p_more[0]), float(found.p_less[0])))
    values = {
        "before": before,
        "after": after,
        "ratio": float(found.ratio[0]),
        "low": float(found.low[0]),
        "high": float(found.high[0]),
        "p": chance(p_value),
    }
    return Sentence(CHANGE, values)


def found_scores(situation: Situation) -> Found:
    """Score a density map of the earlier events, beside their counts, on the later ones."""
    ground, choices, tally = situation.ground, situation.choices, situation.tally
    grid = ground.studies[0].grid
    surface, width = surface_for(situation)
    earlier, later = (grid.of_cells(counts) for counts in tally.counts[0])
    maps = {"density": grid.of_cells(surface.per_km2), "counts": earlier}
    area = grid.of_cells(np.where(grid.exposure > 0, grid.inside_share, 0.0)) * grid.cell_m2
    scores = score_maps(maps, later, area, seed=choices.seed, area_share=choices.area_share)
    hits, _ = scores.better["counts"]
    verdict = BETTER if hits.low > 0 else WORSE if hits.high < 0 else SAME
    edges = situation.wanted.edges
    assert edges is not None
    values = {
        "later": int(later.sum()),
        "earlier": int(earlier.sum()),
        "split": str(edges[1])[:10],
        "verdict": verdict,
    }
    return Found(
        given="score",
        title=Sentence(FORETOLD, values),
        items=(*(_map_words(name, scores) for name in maps), _difference(scores)),
        how=(Sentence(SCORED_HOW, {"seed": choices.seed}), _smoothed(surface)),
        doubts=width_doubts(width),
        frame=cell_frame(situation, {"earlier": earlier, "density": maps["density"], "later": later}),
        columns=cell_columns(
            situation,
            {
                "earlier": Sentence(mark("events before the split: last period's counts")),
                "density": Sentence(mark("density of the events before the split, per km²")),
                "later": Sentence(mark("events from the split on")),
            },
        ),
        figures={"bandwidth_m": surface.bandwidth_m, "scores": score_table(scores).to_dict("records")},
    )


def _smoothed(surface: Surface) -> Sentence:
    return Sentence(mark("The density map's kernel is {bandwidth_m:.0f} m wide."), {"bandwidth_m": surface.bandwidth_m})


def _map_words(name: str, scores: Scores) -> Sentence:
    score = scores.maps[name]
    values = {
        "map": MAP_NAMES[name],
        "share": scores.area_share,
        **_interval("hits", score.hit_rate),
        **_interval("pai", score.pai),
        "pei": score.pei.value,
        **_interval("log", score.log_score),
    }
    return Sentence(SCORED, values)


def _difference(scores: Scores) -> Sentence:
    hits, log = scores.better["counts"]
    return Sentence(DIFFERENCE, {**_interval("hits", hits), **_interval("log", log)})


def _interval(name: str, found: Interval) -> dict[str, float]:
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def score_table(scores: Scores) -> pd.DataFrame:
    """Return one row a map and score, with its interval."""
    rows = [
        {"map": name, "score": score, **_interval("value", getattr(found, score))}
        for name, found in scores.maps.items()
        for score in ("hit_rate", "pai", "pei", "log_score")
    ]
    return pd.DataFrame(rows)

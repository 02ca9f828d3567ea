"""Use cases: look at files of events by one method, say what may be said, write what was found."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import numpy as np
import shapely
from pyproj import CRS

from safemap.analysis.hotspots.honesty import HOT_CELLS_FROM, ONE_ANSWER_FROM, MayShow, may_show
from safemap.analysis.hotspots.parts import events_repeated
from safemap.diagnosis.rules import Sentence
from safemap.files.cells import found_by_scan, one_answer, only_counts
from safemap.files.courses import found_courses, found_scores
from safemap.files.densities import found_density
from safemap.files.events import Events, Facts
from safemap.files.findings import Found, Say, Situation
from safemap.files.ground import ACCURATE_SHARE, Ground, GroundFiles, lay_ground, read_ground
from safemap.files.hot import found_in_cells
from safemap.files.kinds import family_of
from safemap.files.others import found_hours, found_near_repeats, found_problems, found_streets, middle_share
from safemap.files.reading import names_of, parts_of, read_part, require_positions
from safemap.files.rules import (
    BY_TIME,
    IN_CELLS,
    NEEDS,
    AreaMissing,
    Choices,
    DoesNotGoTogether,
    Method,
    MixedKinds,
    NoEvents,
    NoneOfKind,
    NothingInside,
    TimesMissing,
)
from safemap.files.spread import Here, Spread
from safemap.files.tallies import Span, Tally, Wanted, locate, repeated_groups, tally
from safemap.files.words import what_is_given, what_is_in_doubt, what_took_part, what_was_read
from safemap.files.writing import require_target, write_results
from safemap.geo.crs import Lonlat
from safemap.imports.dates import any_time

FOUND: dict[Method, Callable[[Situation], Found]] = {
    Method.HOT_CELLS: found_in_cells,
    Method.DENSITY: found_density,
    Method.SCAN: found_by_scan,
    Method.STREETS: found_streets,
    Method.NEAR_REPEAT: found_near_repeats,
    Method.HOURS: found_hours,
    Method.TRENDS: found_courses,
    Method.PROBLEMS: found_problems,
    Method.SCORE: found_scores,
}
RUN_OF_HOURS_SHARE, RUNS_OF_HOURS = 4 / 24, 24
LATER_SHARE = 0.25
GROUPS_PER_PROCESS = 4
MINUTE = np.timedelta64(1, "m")


@dataclass(frozen=True, eq=False)
class Answer:
    """What was asked, found, and has to be said.

    Attributes
    ----------
    lead
        That less is given than was asked for; empty otherwise.
    took_part, doubts, read
        What stands beside every finding.
    """

    asked: Method
    found: Found
    situation: Situation
    lead: tuple[Sentence, ...]
    took_part: tuple[Sentence, ...]
    doubts: tuple[Sentence, ...]
    read: tuple[Sentence, ...]

    def as_record(self, say: Say) -> dict[str, Any]:
        """Return everything but the rows, in the language of a catalogue's ``gettext``, ready for JSON."""
        found, rule = self.found, self.situation.rule
        tally, ground, choices = self.situation.tally, self.situation.ground, self.situation.choices

        def said(sentences: tuple[Sentence, ...]) -> list[str]:
            return [sentence.said(say) for sentence in sentences]

        return {
            "asked": self.asked.value,
            "given": found.given,
            "title": found.title.said(say),
            "items": said(found.items),
            "lead": said(self.lead),
            "took_part": said(self.took_part),
            "how": said(found.how),
            "doubts": said((*found.doubts, *self.doubts)),
            "read": said(self.read),
            "remarks": [*self.situation.facts.remarks, *ground.remarks],
            "columns": {name: words.said(say) for name, words in found.columns.items()},
            "rows": len(found.frame),
            "n": tally.n,
            "outside": tally.outside,
            "first": None if np.isnat(tally.first) else str(tally.first),
            "last": None if np.isnat(tally.last) else str(tally.last),
            "step": rule.step.value,
            "null": rule.null.value,
            "level": rule.level,
            "smallest_ratio": _number(rule.smallest_ratio),
            "accuracy_m": rule.accuracy_m if tally.accuracy is not None else None,
            "reporters": rule.reporters,
            "measured_in": CRS.from_epsg(ground.plane.epsg).name,
            "cell_m": ground.cell_m or None,
            "reach_m": ground.reach_m or None,
            "seed": choices.seed,
            "figures": found.figures,
        }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def study_files(paths: list[Path], method: Method, choices: Choices, spread: Spread | None = None) -> Answer:
    """Look at events of files by one method.

    The rule of honesty decides what is given: with fewer events than a method needs, what may be said of so few is,
    and the answer says so.

    Parameters
    ----------
    paths
        Files, and folders of files: CSV, GeoJSON, GeoPackage, GeoParquet, shapefiles; they are looked at together.
    spread
        Where parts of them are worked on; in this process without. The answer is the same.

    Raises
    ------
    InvalidInput
        A file, column, value or choice cannot be used: says which, what it is, and what would be right.
    """
    where = spread or Here()
    if choices.each is not None and (method is not Method.HOT_CELLS or choices.mask is None):
        raise DoesNotGoTogether("each", "it is for hot cells of the areas of a mask", "Leave it out, or name the mask.")
    if choices.zone not in available_timezones():
        raise DoesNotGoTogether("zone", f"there is no time zone “{choices.zone}”", "Such as Asia/Taipei.")
    files = read_ground(choices, method)
    if method in IN_CELLS and not files.areas and files.lines is None:
        raise AreaMissing(method)
    parts = parts_of(paths)
    names = names_of(parts)
    events = where.map(read_part, parts, choices)
    facts: Facts = where.added(where.map(_facts, events))
    _require_events(facts, method, choices, names)
    situation, repeated = _look(events, facts, files, method, choices, where)
    if choices.each is not None and max(int(counts.sum()) for counts in situation.tally.counts) < HOT_CELLS_FROM:
        found = only_counts(situation)
    elif method in IN_CELLS and situation.tally.n < NEEDS[method] and method is not Method.SCAN:
        # What may be said of so few is said of cells as hot cells have them.
        if method is not Method.HOT_CELLS:
            situation, repeated = _look(events, facts, files, Method.HOT_CELLS, choices, where)
        found = _of_few(situation)
    elif method is Method.SCAN and not situation.rule.one_answer:
        found = only_counts(situation)
    else:
        found = FOUND[method](situation)
    return Answer(
        asked=method,
        found=found,
        situation=situation,
        lead=what_is_given(method, situation.tally.n, found.given),
        took_part=what_took_part(situation),
        doubts=what_is_in_doubt(situation, repeated),
        read=what_was_read(facts),
    )


def write_answer(answer: Answer, say: Say, *, out: Path | None = None, json_file: Path | None = None) -> None:
    """Write the rows and the summary, both or neither."""
    write_results(answer.found.frame, out, answer.as_record(say), json_file)


def require_targets(out: Path | None, json_file: Path | None, sources: list[Path]) -> None:
    """Raise a clear error before any work when a file cannot be written."""
    require_target(out, sources)
    require_target(json_file, [*sources, *([out] if out is not None else [])], "json")


def _facts(events: Events) -> Facts:
    return events.facts


def _of_few(situation: Situation) -> Found:
    n = situation.tally.n
    if n < ONE_ANSWER_FROM:
        return only_counts(situation)
    return one_answer(situation) if n < HOT_CELLS_FROM else found_in_cells(situation)


def _require_events(facts: Facts, method: Method, choices: Choices, names: str) -> None:
    if choices.only and facts.events == 0:
        raise NoneOfKind(choices.only, sorted(kind for kind in facts.kinds if kind))
    if facts.events == 0:
        raise NoEvents(names)
    kinds = facts.kinds if not choices.only else {kind: facts.kinds[kind] for kind in choices.only}
    families = {family_of(kind) for kind, count in kinds.items() if count}
    if len(families) > 1 and not choices.mix and method is not Method.PROBLEMS:
        raise MixedKinds(names, facts.kind_column, facts.kinds.most_common())
    if method is not Method.HOURS:
        require_positions(facts, names)
    if method in BY_TIME and facts.timed == 0:
        raise TimesMissing(method, names, list(facts.header))


def _look(
    events: list[Any], facts: Facts, files: GroundFiles, method: Method, choices: Choices, spread: Spread
) -> tuple[Situation, float]:
    """Lay the ground, locate and count events, and decide what may be shown."""
    centre = None if facts.box is None else Lonlat(shapely.box(*facts.box).centroid)
    ground = lay_ground(files, choices, method, facts, centre)
    located = spread.map(locate, events, ground, method)
    wanted = Wanted(method, *_edges(located, method, choices, spread))
    counted: Tally = spread.added(spread.map(tally, located, ground, wanted))
    if counted.n == 0 and counted.outside and facts.box is not None:
        raise NothingInside(counted.outside, _middle(Lonlat(shapely.box(*facts.box))), _middle(_ground_box(files)))
    if counted.n == 0 and counted.untimed:
        raise TimesMissing(method, ", ".join({file for file, _, _ in facts.read}) or "the files", list(facts.header))
    repeated = 0.0 if method is Method.HOURS else _repeated_share(located, counted.n, spread)
    rule = _rule(ground, counted, choices, repeated, method)
    return Situation(method, wanted, choices, ground, facts, counted, rule, spread, located), repeated


def _ground_box(files: GroundFiles) -> Lonlat:
    shapes = [area for _, area in files.areas] or list(files.lines if files.lines is not None else [])
    return Lonlat(shapely.box(*shapely.total_bounds(np.array(shapes, dtype=object))))


def _middle(place: Lonlat) -> str:
    return f"{place.centroid.x:.4f}, {place.centroid.y:.4f}"


def _edges(
    located: list[Any], method: Method, choices: Choices, spread: Spread
) -> tuple[tuple[np.datetime64, ...] | None, bool]:
    """Cut the time of the events inside into steps; and whether only the first of them makes the density."""
    if method not in {Method.TRENDS, Method.SCORE}:
        return None, False
    span: Span = spread.added(spread.map(Span.of, located))
    if np.isnat(span.first):
        return None, False
    first = span.first.astype("datetime64[D]").astype("datetime64[m]")
    last = (span.last.astype("datetime64[D]") + np.timedelta64(1, "D")).astype("datetime64[m]")
    if method is Method.TRENDS:
        if not 1 <= choices.recent < choices.steps:
            right = f"Choose from 1 to {choices.steps - 1}, of {choices.steps} steps."
            raise DoesNotGoTogether("recent", f"it is {choices.recent}", right)
        minutes = int((last - first) / MINUTE)
        return tuple(first + MINUTE * (minutes * step // choices.steps) for step in range(choices.steps + 1)), False
    split = first + MINUTE * round(int((last - first) / MINUTE) * (1 - LATER_SHARE))
    if choices.split is not None:
        try:
            split = np.datetime64(any_time(choices.split)[0].replace(tzinfo=None), "m")
        except ValueError as error:
            raise DoesNotGoTogether("split", str(error), "Name a day.") from error
    if not first < split < last:
        right = f"Choose a day after {str(first)[:10]} and not after {str(span.last)[:10]}."
        raise DoesNotGoTogether("split", f"{str(split)[:10]} leaves no events on one side", right)
    return (first, split, last), True


def _repeated_share(located: list[Any], n: int, spread: Spread) -> float:
    groups = 1 if spread.processes == 1 else GROUPS_PER_PROCESS * spread.processes
    repeated = spread.grouped(spread.map(repeated_groups, located, groups), events_repeated, groups)
    return sum(repeated) / n if n else 0.0


def _rule(ground: Ground, counted: Tally, choices: Choices, repeated: float, method: Method) -> MayShow:
    tests, usual = 1, 0.0
    cell_m = ground.cell_m or np.inf
    if ground.studies:
        window = ground.studies[0].grid.window(ground.reach_m).size
        tests = sum(len(study.grid) for study in ground.studies)
        usual = min(window / min(len(study.grid) for study in ground.studies), 1.0)
    elif method is Method.HOURS:
        tests, usual = RUNS_OF_HOURS, RUN_OF_HOURS_SHARE
    elif method is Method.STREETS and ground.streets is not None:
        tests, usual = max(1, len(ground.streets.pieces)), middle_share(ground.streets)
    families = {family_of(kind) for kind in counted.kinds}
    rule = may_show(
        counted.n,
        cells=tests,
        window_share=usual,
        cell_m=cell_m,
        outside=counted.outside,
        reporters=None if counted.reporters is None else len(counted.reporters),
        accuracy_m=counted.accuracy.quantile(ACCURATE_SHARE) if counted.accuracy is not None else 0.0,
        repeated_share=repeated,
        kinds=max(1, len(families)),
        may_mix=choices.mix or method is Method.PROBLEMS,
    )
    # Of several areas none has all the events: what could have been found there is not said.
    return replace(rule, smallest_ratio=np.inf) if choices.each is not None else rule

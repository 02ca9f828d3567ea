"""Where events gather: hot cells of one area, or of many that are corrected together, with a reason for each."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from safemap.analysis.hotspots.grid import Placed
from safemap.analysis.hotspots.honesty import HOT_CELLS_FROM
from safemap.analysis.hotspots.hot_cells import HotCells, Hotspot, Null, hot_cells, hotspots_of
from safemap.analysis.hotspots.hours import Busiest, WeekHours, busiest_hours, week_hours
from safemap.analysis.hotspots.parts import added_hours, corrected_together
from safemap.diagnosis.rules import Sentence
from safemap.files.cells import findable, what_chance_means
from safemap.files.findings import Found, Situation, cell_columns, cell_frame, chance, few, place_words, window_cells
from safemap.files.tallies import Located, placed_of
from safemap.i18n import mark

EVENTS_SAID = 5  # fewer are no hours of a day
MIDNIGHT_SHARE = 0.5  # of events at exactly 00:00, from which on times are taken to be days
SPOT_FIGURES = ("count", "expected", "ratio", "ratio_low", "ratio_high", "p_adjusted")
WINDOWS = mark(
    "{windows:,} windows, each reaching {reach_m:.0f} m around a cell of {cell_m:g} m, were tested by exact chances,"
    " one-sided, and corrected for all of them (Benjamini and Hochberg) at {level:.0%}."
)
SPOT = mark(
    "{number}. {where}: {n} events where {expected} are expected, {ratio:.1f} times as many"
    " ({low:.1f}–{high:.1f}); corrected p {p}"
)
HOT_COLUMNS = {
    "window_count": Sentence(mark("events in the window around the cell")),
    "expected": Sentence(mark("events that chance would put there")),
    "ratio": Sentence(mark("count over expected")),
    "gi_star_z": Sentence(mark("Getis and Ord's Gi*, for ranking only: no chance is read from it")),
    "p_value": Sentence(mark("exact chance of as many events or more")),
    "p_adjusted": Sentence(mark("the same, corrected for everything that was looked at")),
    "is_hot": Sentence(mark("whether the corrected chance is at most 5 %")),
    "hotspot": Sentence(mark("number of the hotspot that the cell belongs to; 0 for none")),
}
Spot = tuple[int, HotCells, Hotspot]  # with the place of its study


@dataclass(frozen=True, eq=False)
class SpotTally:
    """Hours and reporters of the events in each hotspot's strongest window; parts add up."""

    hours: tuple[WeekHours, ...]
    reporters: tuple[frozenset[str], ...]

    def __add__(self, other: "SpotTally") -> "SpotTally":
        return SpotTally(
            tuple(added_hours(one, two) for one, two in zip(self.hours, other.hours, strict=True)),
            tuple(one | two for one, two in zip(self.reporters, other.reporters, strict=True)),
        )


def spot_tally(located: Located, windows: list[tuple[int, NDArray[np.int64]]]) -> SpotTally:
    """Count hours and reporters in windows, each given by its study and its cells."""
    inside = np.zeros(len(located.cell), dtype=np.bool_)
    for study in {study for study, _ in windows}:
        cells = np.concatenate([cells for place, cells in windows if place == study])
        is_wanted = np.zeros(int(max(cells.max(), located.cell.max(initial=0))) + 1, dtype=np.bool_)
        is_wanted[cells] = True
        inside |= (located.area == study) & is_wanted[located.cell]
    some = np.flatnonzero(inside)  # most events are in no window: these are gone through once for each
    area, cell = located.area[some], located.cell[some]
    hours, reporters = [], []
    for study, cells in windows:
        events = located.events.taken(some[(area == study) & np.isin(cell, cells)])
        hours.append(week_hours(events.begin, events.until))
        reporters.append(frozenset() if events.reporters is None else events.reporters.different())
    return SpotTally(tuple(hours), tuple(reporters))


def found_in_cells(situation: Situation) -> Found:
    """Test the window around each cell, of all areas together."""
    ground, tally = situation.ground, situation.tally
    counts = [counted.sum(axis=0) for counted in tally.counts]
    # Of several areas, each is held to the rule by its own number.
    is_tested = [situation.choices.each is None or int(counted.sum()) >= HOT_CELLS_FROM for counted in counts]
    tasks = [
        (placed_of(ground, counted, 0, place), ground.reach_m, situation.rule.null)
        for place, counted in enumerate(counts)
        if is_tested[place]
    ]
    hot = corrected_together(situation.spread.gather(situation.spread.map(_tested, tasks)))
    tested = iter(hot)
    of_study = [next(tested) if is_one else None for is_one in is_tested]
    spots: list[Spot] = [
        (place, one, spot) for place, one in enumerate(of_study) if one is not None for spot in hotspots_of(one)
    ]
    spots.sort(key=lambda each: (each[1].p_value[each[2].strongest], -each[2].count, each[0], each[2].strongest))
    about = _about(situation, spots)
    items = [_spot_words(situation, number, each, about) for number, each in enumerate(spots, 1)]
    number = sum(len(one.p_value) for one in hot)
    values = {"windows": number, "reach_m": ground.reach_m, "cell_m": ground.cell_m, "level": situation.rule.level}
    return Found(
        given="hot-cells",
        title=_title(tally.n, len(spots)),
        items=tuple(sentence for sentence, _ in items),
        how=(Sentence(WINDOWS, values), *what_chance_means(situation), *findable(situation)),
        doubts=_left_out(is_tested),
        frame=cell_frame(situation, _rows(situation, of_study, spots)),
        columns=cell_columns(situation, HOT_COLUMNS),
        figures={"windows": number, "hotspots": [figures for _, figures in items]},
    )


def _tested(task: tuple[Placed, float, Null]) -> HotCells:
    placed, reach_m, null = task
    return hot_cells(placed, reach_m, null=null)


def _about(situation: Situation, spots: list[Spot]) -> SpotTally | None:
    if not spots:
        return None
    reach_m = situation.ground.reach_m
    windows = [(place, window_cells(one.grid, spot.strongest, reach_m)) for place, one, spot in spots]
    found: SpotTally = situation.spread.added(situation.spread.map(spot_tally, situation.located, windows))
    return found


def _title(n: int, spots: int) -> Sentence:
    if spots == 0:
        return Sentence(mark("{n:,} events: no hotspot beyond chance was found."), {"n": n})
    if spots == 1:
        return Sentence(mark("{n:,} events: 1 hotspot beyond chance."), {"n": n})
    return Sentence(mark("{n:,} events: {spots} hotspots beyond chance."), {"n": n, "spots": spots})


def _left_out(is_tested: list[bool]) -> tuple[Sentence, ...]:
    left_out = len(is_tested) - sum(is_tested)
    if not left_out:
        return ()
    text = mark("{left_out} of {areas} areas have fewer than {least} events and are not tested: counts are given.")
    return (Sentence(text, {"left_out": left_out, "areas": len(is_tested), "least": HOT_CELLS_FROM}),)


def _rows(situation: Situation, of_study: list[HotCells | None], spots: list[Spot]) -> dict[str, NDArray[Any]]:
    sizes = [len(study.grid) for study in situation.ground.studies]
    starts = np.cumsum([0, *sizes])
    numbers = np.zeros(int(starts[-1]), dtype=np.int64)
    for number, (place, _, spot) in enumerate(spots, 1):
        numbers[starts[place] + spot.cells] = number

    def every(name: str) -> NDArray[Any]:
        parts = [
            np.full(size, np.nan) if one is None else np.asarray(getattr(one, name))
            for one, size in zip(of_study, sizes, strict=True)
        ]
        return np.concatenate(parts)

    count, expected = every("count"), every("expected")
    rows = {
        "window_count": count,
        "expected": expected,
        "ratio": np.divide(count, expected, out=np.full(len(count), np.nan), where=expected > 0),
    }
    rows |= {name: every(name) for name in ("gi_star_z", "p_value", "p_adjusted")}
    return rows | {"is_hot": every("is_hot") == 1, "hotspot": numbers}


def _spot_words(
    situation: Situation, number: int, each: Spot, about: SpotTally | None
) -> tuple[Sentence, dict[str, Any]]:
    place, hot, spot = each
    area = situation.ground.studies[place].name
    east, north = hot.grid.centres_xy(hot.grid.cells[[spot.strongest]])[0].tolist()
    where = place_words(situation, (east, north))
    if situation.choices.each is not None:
        where = Sentence(mark("{area}, {where}"), {"area": area, "where": where})
    busiest, people = _busiest(situation, about, number - 1)
    extras: tuple[Sentence, ...] = ()
    if busiest is not None and busiest.p_value <= situation.rule.level:
        extras += (hours_words(busiest),)
    if people is not None:
        extras += (Sentence(mark("{people} different reporters"), {"people": people}),)
    values = {
        "number": number,
        "where": where,
        "n": spot.count,
        "expected": few(spot.expected),
        "ratio": spot.ratio,
        "low": spot.ratio_low,
        "high": spot.ratio_high,
        "p": chance(spot.p_adjusted),
    }
    what = Sentence(SPOT, values)
    sentence = Sentence(mark("{what}."), {"what": what})
    if extras:
        sentence = Sentence(mark("{what}; {more}."), {"what": what, "more": extras})
    figures: dict[str, Any] = {name: getattr(spot, name) for name in SPOT_FIGURES}
    figures |= {"hotspot": number, "area": area, "cells": len(spot.cells), "reporters": people}
    if busiest is not None:
        figures |= {"busiest_from_h": busiest.start_h, "busiest_share": busiest.share, "busiest_p": busiest.p_value}
    return sentence, figures


def _busiest(situation: Situation, about: SpotTally | None, place: int) -> tuple[Busiest | None, int | None]:
    """Find the busiest hours of one hotspot, where hours are known; and how many people reported it."""
    tally = situation.tally
    if about is None:
        return None, None
    people = len(about.reporters[place]) if tally.reporters is not None else None
    hours = about.hours[place]
    if hours.n < EVENTS_SAID or tally.at_midnight > MIDNIGHT_SHARE * tally.n:
        return None, people
    return busiest_hours(hours, seed=situation.choices.seed), people


def hours_words(busiest: Busiest) -> Sentence:
    """Say the busiest run of hours."""
    values = {
        "share": busiest.share,
        "start": f"{busiest.start_h:02d}:00",
        "end": f"{(busiest.start_h + busiest.length_h) % 24:02d}:00",
    }
    return Sentence(mark("{share:.0%} of them between {start} and {end}"), values)

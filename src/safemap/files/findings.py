"""What is found and said: numbers as rows of a frame, sentences in the reader's language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from safemap.analysis.hotspots.grid import Grid
from safemap.analysis.hotspots.honesty import MayShow
from safemap.diagnosis.rules import Sentence
from safemap.files.events import Events, Facts, joined
from safemap.files.ground import Ground
from safemap.files.rules import Choices, Method
from safemap.files.spread import Spread
from safemap.files.tallies import Tally, Wanted
from safemap.geo.crs import WGS84, reproject
from safemap.i18n import mark

Say = Callable[[str], str]


@dataclass(frozen=True, eq=False)
class Situation:
    """Everything a method may look at.

    Attributes
    ----------
    method, wanted
        What was asked for, and what was counted for it.
    rule
        What may be shown of the events that took part.
    located
        The located parts, wherever they are.
    """

    method: Method
    wanted: Wanted
    choices: Choices
    ground: Ground
    facts: Facts
    tally: Tally
    rule: MayShow
    spread: Spread
    located: list[Any]


@dataclass(frozen=True, eq=False)
class Found:
    """What one method found.

    Attributes
    ----------
    given
        What is given, when it is less than what was asked for: “counts”, “one answer” or a method.
    title
        The finding, in one sentence.
    items
        One sentence for each place or band that is worth one.
    how
        What was done: windows, corrections, what chance means, the smallest effect.
    doubts
        What limits it, beyond the rule's own doubts.
    frame
        Rows for the result file, in metres of the ground's plane where they have geometry.
    columns
        What each of its columns says.
    figures
        The numbers behind the sentences.
    """

    given: str
    title: Sentence
    items: tuple[Sentence, ...]
    how: tuple[Sentence, ...]
    doubts: tuple[Sentence, ...]
    frame: gpd.GeoDataFrame | pd.DataFrame
    columns: Mapping[str, Sentence]
    figures: Mapping[str, Any] = field(default_factory=dict)


COUNT = Sentence(mark("events in the cell"))
EXPOSURE = Sentence(mark("how much could be hit: m² of the area, metres of street, or the weight of points"))
AREA_NAME = Sentence(mark("name of the area in the mask"))


def cell_frame(situation: Situation, columns: Mapping[str, NDArray[Any]]) -> gpd.GeoDataFrame:
    """Return one row a cell of all studies, in their order, with ``count`` and ``exposure`` first."""
    ground = situation.ground
    own = [
        study.grid.of_cells(counts.sum(axis=0))
        for study, counts in zip(ground.studies, situation.tally.counts, strict=True)
    ]
    exposure = [study.grid.of_cells(study.grid.exposure) for study in ground.studies]
    rows: dict[str, Any] = {"count": np.concatenate(own), "exposure": np.concatenate(exposure), **columns}
    if situation.choices.each is not None:
        names = [np.full(len(study.grid), study.name, dtype=object) for study in ground.studies]
        rows = {"area": np.concatenate(names), **rows}
    shapes = np.concatenate([study.grid.polygons() for study in ground.studies])
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=ground.plane.crs)


def cell_columns(situation: Situation, more: Mapping[str, Sentence]) -> dict[str, Sentence]:
    """Say what the columns of `cell_frame` say."""
    first = {"area": AREA_NAME} if situation.choices.each is not None else {}
    return {**first, "count": COUNT, "exposure": EXPOSURE, **more}


def place_words(situation: Situation, xy: tuple[float, float]) -> str | Sentence:
    """Name a place in metres by its coordinates, and by its street where one is within 60 m."""
    ((lon, lat),) = reproject(np.array([xy]), situation.ground.plane.epsg, WGS84)
    where = f"{lat:.5f}, {lon:.5f}"
    streets = situation.ground.streets
    if streets is None or len(streets.pieces) == 0:
        return where
    nearest = shapely.STRtree(streets.pieces.lines).query_nearest(
        shapely.Point(xy), max_distance=60.0, all_matches=False
    )
    named = [str(streets.name_of[place]) for place in nearest if streets.name_of[place]]
    if not named:
        return where
    return Sentence(mark("{street} ({where})"), {"street": named[0], "where": where})


def window_cells(grid: Grid, place: int, reach_m: float) -> NDArray[np.int64]:
    """Return the flat positions of the cells in the window around a cell of the study."""
    window = grid.window(reach_m)
    row, column = divmod(int(grid.cells[place]), grid.shape[1])
    flat: list[NDArray[np.int64]] = []
    for down, first, last in zip(window.row.tolist(), window.first.tolist(), window.last.tolist(), strict=True):
        if 0 <= row + down < grid.shape[0]:
            columns = np.arange(max(0, column + first), min(grid.shape[1] - 1, column + last) + 1)
            flat.append((row + down) * grid.shape[1] + columns)
    return np.concatenate(flat).astype(np.int64)


def chance(p_value: float) -> str:
    """Write a chance with two figures; the smallest as a bound."""
    return "< 0.0001" if p_value < 0.0001 else f"{p_value:.2g}"


def few(number: float) -> str:
    """Write a number of expected events: with one decimal, or two figures where that would be 0.0.

    Examples
    --------
    >>> few(12.34), few(0.0368)
    ('12.3', '0.037')
    """
    return f"{number:.1f}" if number >= 0.1 or number == 0 else f"{number:.2g}"


def gathered(situation: Situation) -> tuple[Events, NDArray[np.float64]]:
    """Bring all events that take part here, with their metres, ordered by place and time: not by the files' rows."""
    parts = situation.spread.gather(situation.located)
    events, xy = joined([part.events for part in parts]), np.concatenate([part.xy for part in parts])
    order = np.lexsort((events.begin, xy[:, 1], xy[:, 0]))
    return events.taken(order), xy[order]

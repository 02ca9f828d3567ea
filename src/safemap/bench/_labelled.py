"""The labelled reports of `data/duplicates.csv`, and how often a rule offers those that are the same problem."""

import csv
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from safemap.analysis.similar import FIXED_WITHIN_DAYS, Reports, asset_key, likely_same
from safemap.analysis.walking import Walks
from safemap.demo.layout import PLANE, to_lonlat
from safemap.demo.network import noded_streets
from safemap.hazards.categories import CATEGORY_BY_CODE
from safemap.settings import PROJECT_ROOT

FILE = PROJECT_ROOT / "data" / "duplicates.csv"
AS_OF = date(2026, 11, 15)  # the day on which all are compared
OFFERED = 5  # at most, by every rule


class Part(StrEnum):
    """Weights and threshold were chosen on one half, and are told by the other."""

    CHOOSE = "choose"
    TEST = "test"


@dataclass(frozen=True, eq=False)
class Labelled:
    """Reports that may be offered on one day, and which problem each tells of."""

    reports: Reports
    problems: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.problems)


Rule = Callable[[Reports, Reports], Sequence[int]]
"""From a new report and the others to the places of those that are offered."""


@dataclass(frozen=True)
class Offered:
    """What a rule offered, over all reports, each once as the new one."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """Share of what was offered that is the same problem."""
        return self.right / max(self.right + self.wrong, 1)

    @property
    def recall(self) -> float:
        """Share of the same problem's reports that was offered."""
        return self.right / max(self.right + self.missed, 1)

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return 2 * self.right / max(2 * self.right + self.wrong + self.missed, 1)


def labelled(part: Part, path: Path = FILE) -> Labelled:
    """Read one half; reports fixed too long ago to be offered are left out, for every rule alike."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["part"] == part.value]
    ago = np.array([_days_since(row["fixed_on"]) for row in rows])
    rows = [row for row, days in zip(rows, ago, strict=True) if not days > FIXED_WITHIN_DAYS]
    kinds = [CATEGORY_BY_CODE[row["category"]] for row in rows]
    shapes = np.array([_shape(row) for row in rows], dtype=object)
    return Labelled(
        Reports(
            shapes=PLANE.to_metric_all(shapes),
            accuracy_m=np.array([float(row["accuracy_m"]) for row in rows]),
            categories=_texts([kind.code for kind in kinds]),
            families=_texts([kind.family.value for kind in kinds]),
            radius_m=np.array([kind.duplicate_radius_m for kind in kinds]),
            assets=_texts([asset_key(row["asset_kind"], row["asset_number"]) for row in rows]),
            words=_texts([row["words"] for row in rows]),
            hours=_texts([row["noticed_at"] for row in rows]),
            fixed_days_ago=np.array([_days_since(row["fixed_on"]) for row in rows]),
        ),
        _texts([row["problem"] for row in rows]),
    )


def demo_walks() -> Walks:
    """Return the demo village's streets, cut where they meet."""
    streets = [line for _, line in noded_streets()]
    passing = [vertex for line in streets for vertex in {*line.coords}]
    meetings = {vertex for vertex in passing if passing.count(vertex) > 1}
    pieces = []
    for line in streets:
        corners = list(line.coords)
        cuts = [0, *(at for at in range(1, len(corners) - 1) if corners[at] in meetings), len(corners) - 1]
        pieces += [corners[start : end + 1] for start, end in itertools.pairwise(cuts)]
    nodes = {vertex: number for number, vertex in enumerate({end for piece in pieces for end in (piece[0], piece[-1])})}
    lines = np.array([to_lonlat(shapely.LineString(piece)) for piece in pieces], dtype=object)
    return Walks.over(
        PLANE.to_metric_all(lines),
        np.array([nodes[piece[0]] for piece in pieces]),
        np.array([nodes[piece[-1]] for piece in pieces]),
    )


def ours(walks: Walks) -> Rule:
    """Return the rule of this house."""
    return lambda new, others: [one.place for one in likely_same(new, others, walks, most=OFFERED)]


def straight_line(limit_m: float) -> Rule:
    """Return the rule of a peer: the nearest of the same category, at most so far in a straight line (``<=``)."""

    def offered(new: Reports, others: Reports) -> list[int]:
        away_m = shapely.distance(shapely.centroid(new.shapes[0]), shapely.centroid(others.shapes))
        near = np.flatnonzero((away_m <= limit_m) & (others.categories == new.categories[0]))
        return [int(place) for place in near[np.argsort(away_m[near], kind="stable")][:OFFERED]]

    return offered


def offered_by(rule: Rule, of: Labelled, is_asked: NDArray[np.bool_] | None = None) -> Offered:
    """Let each report be the new one once, or those that are asked about, and count what is offered of the others."""
    right = wrong = missed = 0
    everyone = np.arange(len(of))
    for one in everyone if is_asked is None else np.flatnonzero(is_asked):
        others = np.delete(everyone, one)
        is_same = of.problems[others] == of.problems[one]
        places = list(rule(of.reports.taken([int(one)]), of.reports.taken(others)))
        hits = int(is_same[places].sum())
        right, wrong, missed = right + hits, wrong + len(places) - hits, missed + int(is_same.sum()) - hits
    return Offered(right, wrong, missed)


def _days_since(day: str) -> float:
    return float((AS_OF - date.fromisoformat(day)).days) if day else np.nan


def _shape(row: dict[str, str]) -> shapely.Geometry:
    if row["extent"]:
        return shapely.from_wkt(row["extent"])
    return shapely.Point(float(row["lon"]), float(row["lat"]))


def _texts(values: Sequence[str]) -> NDArray[np.object_]:
    return np.array(values, dtype=object)

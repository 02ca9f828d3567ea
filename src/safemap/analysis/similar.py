"""Which reports tell of the same problem as another: evidence from place, category, words, asset and hour, added up.

Each kind of evidence adds its weight to the log-odds that two reports are one problem, as in record linkage [1]_. The
weights were fitted to one half of the labelled reports in ``data/duplicates.csv`` and rounded; the other half tells how
good they are (``safemap bench duplicates``).

References
----------
.. [1] Fellegi, Sunter (1969), A theory for record linkage, JASA 64.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import NDArray

from safemap.analysis.walking import Walks
from safemap.analysis.wording import Likeness, Words, likeness

FIXED_WITHIN_DAYS = 90.0  # fixed longer ago, the same trouble is a new one
MOST_UNSURE_M = 50.0  # a worse position than this says no more than this one
LINE_STEP_M = 10.0
FARTHEST = 2.0  # radii: beyond, two reports are never one problem
LEAST_CHANCE = 0.5
SHORTEST_NUMBER = 4  # signs that an asset's number must share with a longer one to be the same
NOT_IN_A_NUMBER = re.compile(r"[^\w]|_")

# Log-odds, fitted to the choosing half.
BASE = -6.0
NEAR = 5.0  # at the same place; 0 at the radius, as much against it at twice the radius
SAME_CATEGORY = 1.5
OTHER_FAMILY = -3.0
LETTERS = 2.0  # the same words
SHARED_THING = 2.0  # each, at most two
APART = -0.5
SAME_NUMBER = 1.5
OTHER_NUMBER = -7.0  # each of 號, 巷, 弄, 第: who names another lane means it
OTHER_HOURS = -0.3
OVERLAP = 0.5  # all of the smaller extent lies in the larger
MOST_SHARED = 2
AREA = 2  # dimensions


class Reason(StrEnum):
    """Why a report is likely the same, as it can be told."""

    ASSET = "asset"  # the same number
    PLACE = "place"  # at most half a radius away
    OVERLAP = "overlap"
    CATEGORY = "category"
    FAMILY = "family"
    WORDS = "words"
    FIXED = "fixed"  # it was fixed lately: it may have come back


@dataclass(frozen=True, eq=False)
class Reports:
    """Reports as arrays of one length, as one viewer sees them.

    Attributes
    ----------
    shapes
        Points, LineStrings or Polygons in metres.
    accuracy_m
        How unsure each place is, not negative.
    categories, families
        Their codes.
    radius_m
        How far along streets another report of the same problem may lie, above 0.
    assets
        Kind and number of what they are about, such as ``lamp 示0412``; empty: not said, or not to be seen.
    words
        As the viewer reads them; empty: none.
    hours
        ``day``, ``night`` or ``any``.
    fixed_days_ago
        NaN for open ones.
    """

    shapes: NDArray[np.object_]
    accuracy_m: NDArray[np.float64]
    categories: NDArray[np.object_]
    families: NDArray[np.object_]
    radius_m: NDArray[np.float64]
    assets: NDArray[np.object_]
    words: NDArray[np.object_]
    hours: NDArray[np.object_]
    fixed_days_ago: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.shapes)

    def taken(self, places: NDArray[np.int64] | Sequence[int]) -> "Reports":
        """Return some of them, by their places."""
        return Reports(*(getattr(self, name)[np.asarray(places, dtype=np.int64)] for name in self.__annotations__))


@dataclass(frozen=True)
class Similar:
    """A report that is likely the same as another.

    Parameters
    ----------
    place
        Its place among those given.
    chance
        0 to 1: that the two are one problem, as the labelled reports have it; 1 for the same asset.
    distance_m
        On foot; 0 where their extents overlap.
    reasons
        The strongest first.
    """

    place: int
    chance: float
    distance_m: float
    reasons: tuple[Reason, ...]


def likely_same(
    new: Reports, others: Reports, walks: Walks, *, most: int = 5, least_chance: float = LEAST_CHANCE
) -> list[Similar]:
    """Return which of some reports are likely the same problem as a new one, the likeliest first.

    The same asset (kind and number, and one family) is the same problem, wherever people put it; another number of
    the same kind is another problem. Else, with ``d`` the metres on foot less what both positions are unsure by
    (``√(a² + b²)``, each at most 50 m) and ``r`` the larger radius of the two categories,

    ``log-odds = BASE + NEAR · max(−1, 1 − d/r) + category + words + hours + overlap``,

    and never when ``d > 2 r``. Reports fixed more than 90 days ago (``>``) are left out. The chance never rises with
    the distance, and is the same whichever of two reports is the new one.

    Parameters
    ----------
    new
        One report.
    least_chance
        Those below (``<``) are left out.

    Examples
    --------
    >>> def lamps(x_m, words):
    ...     n = len(x_m)
    ...     texts = [np.full(n, one, dtype=object) for one in ("lamp_out", "lighting", "", "night")]
    ...     spots, day = np.asarray(shapely.points(np.array(x_m), 0.0), dtype=object), np.full(n, np.nan)
    ...     said = np.array(words, dtype=object)
    ...     return Reports(spots, np.full(n, 5.0), texts[0], texts[1], np.full(n, 30.0), texts[2], said, texts[3], day)
    >>> nothing = np.zeros(0, dtype=np.int64)
    >>> no_streets = Walks.over(np.array([], dtype=object), nothing, nothing)
    >>> near = likely_same(lamps([0.0], ["路燈不亮"]), lamps([12.0, 300.0], ["燈壞了", "路燈不亮"]), no_streets)
    >>> [(one.place, one.distance_m) for one in near]
    [(0, 12.0)]
    """
    is_lately = ~(others.fixed_days_ago > FIXED_WITHIN_DAYS)
    is_asset, is_other_asset = _assets(new, others)
    usable = np.flatnonzero(is_lately & ~is_other_asset)
    if len(usable) == 0:
        return []
    evidence = evidence_of(new, others.taken(usable), walks)
    chance = np.where(is_asset[usable], 1.0, evidence.chances())
    order = np.lexsort((usable, evidence.distance_m, -chance, ~is_asset[usable]))
    return [
        Similar(
            int(usable[at]),
            float(chance[at]),
            float(evidence.distance_m[at]),
            _reasons(evidence, at, others, usable[at], is_asset=bool(is_asset[usable[at]])),
        )
        for at in order[:most]
        if chance[at] >= least_chance
    ]


@dataclass(frozen=True, eq=False)
class Evidence:
    """What speaks for two reports being one, for each of several others.

    Attributes
    ----------
    distance_m
        On foot; infinite beyond every radius.
    nearness
        1 at the same place, 0 at the radius, −1 from twice the radius on.
    is_in_reach
        Not beyond twice the radius.
    is_category, is_family
        The same.
    words
        One for each.
    other_hours
        One by day, the other at night.
    overlap
        0 to 1: share of the smaller extent that lies in the larger one.
    """

    distance_m: NDArray[np.float64]
    nearness: NDArray[np.float64]
    is_in_reach: NDArray[np.bool_]
    is_category: NDArray[np.bool_]
    is_family: NDArray[np.bool_]
    words: list[Likeness]
    other_hours: NDArray[np.bool_]
    overlap: NDArray[np.float64]

    def columns(self) -> NDArray[np.float64]:
        """Return ``(n, 9)``: what the weights are multiplied with, in their order."""
        words = np.array(
            [(one.letters, min(len(one.shared), MOST_SHARED), one.apart, one.agree, one.differ) for one in self.words]
        ).reshape(-1, 5)
        return np.column_stack(
            [self.nearness, self.is_category, ~self.is_family, words, self.other_hours, self.overlap]
        )

    def chances(self) -> NDArray[np.float64]:
        """Return the chance of each, 0 beyond twice the radius."""
        log_odds = BASE + self.columns() @ WEIGHTS
        return np.where(self.is_in_reach, 1 / (1 + np.exp(-log_odds)), 0.0)


WEIGHTS = np.array(
    [NEAR, SAME_CATEGORY, OTHER_FAMILY, LETTERS, SHARED_THING, APART, SAME_NUMBER, OTHER_NUMBER, OTHER_HOURS, OVERLAP]
)


def evidence_of(new: Reports, others: Reports, walks: Walks) -> Evidence:
    """Compare one report with others."""
    radius_m = np.maximum(new.radius_m[0], others.radius_m)
    unsure_m = np.hypot(min(new.accuracy_m[0], MOST_UNSURE_M), np.minimum(others.accuracy_m, MOST_UNSURE_M))
    limit_m = float((FARTHEST * radius_m + unsure_m).max())
    distance_m, overlap = _distances(new, others, walks, limit_m)
    beyond = np.maximum(distance_m - unsure_m, 0.0) / radius_m
    mine = Words(str(new.words[0]))
    day_and_night = {"day", "night"}
    return Evidence(
        distance_m=distance_m,
        nearness=np.maximum(1.0 - beyond, 1.0 - FARTHEST),
        is_in_reach=beyond <= FARTHEST,
        is_category=others.categories == new.categories[0],
        is_family=others.families == new.families[0],
        words=[likeness(mine, Words(str(words))) for words in others.words],
        other_hours=np.array([{hours, new.hours[0]} == day_and_night for hours in others.hours], dtype=np.bool_),
        overlap=overlap,
    )


def asset_key(kind: str, number: str) -> str:
    """Return kind and number as they are compared: narrow signs, capitals, nothing between the signs.

    Examples
    --------
    >>> asset_key("lamp", "示 ０４１２"), asset_key("lamp", "")
    ('lamp 示0412', '')
    """
    plain = NOT_IN_A_NUMBER.sub("", unicodedata.normalize("NFKC", number)).upper()
    return f"{kind} {plain}" if kind and plain else ""


def _assets(new: Reports, others: Reports) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which others are about the same asset, and which about another one of its kind."""
    is_same = np.array([_is_one(str(new.assets[0]), str(asset)) for asset in others.assets], dtype=np.bool_)
    kind = str(new.assets[0]).partition(" ")[0]
    is_kind = np.array([kind != "" and str(asset).partition(" ")[0] == kind for asset in others.assets], dtype=np.bool_)
    return is_same & (others.families == new.families[0]), is_kind & ~is_same


def _is_one(asset: str, other: str) -> bool:
    """Whether two assets are one: some leave out what stands before the number (0412 for 示0412)."""
    (kind, _, number), (its_kind, _, its_number) = asset.partition(" "), other.partition(" ")
    if not number or kind != its_kind:
        return False
    short, long = sorted((number, its_number), key=len)
    return short == long or (len(short) >= SHORTEST_NUMBER and long.endswith(short))


def _distances(
    new: Reports, others: Reports, walks: Walks, limit_m: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return metres on foot, and the share of the smaller extent in the larger; areas are walked straight."""
    mine = new.shapes[0]
    metres = shapely.distance(mine, others.shapes)
    overlap = np.array([_overlap(mine, shape) for shape in others.shapes])
    walked = np.flatnonzero((shapely.get_dimensions(others.shapes) < AREA) & (metres > 0) & (metres <= limit_m))
    if shapely.get_dimensions(mine) < AREA and len(walked):
        spots = [_spots(shape) for shape in others.shapes[walked]]
        of = np.repeat(np.arange(len(walked)), [len(one) for one in spots])
        xy = np.concatenate(spots)
        slack_m = np.minimum(others.accuracy_m[walked], MOST_UNSURE_M)[of]
        each_m = walks.metres(
            _spots(mine),
            xy,
            spot_slack_m=min(float(new.accuracy_m[0]), MOST_UNSURE_M),
            slack_m=slack_m,
            limit_m=limit_m,
        )
        on_foot_m = np.full(len(walked), np.inf)
        np.minimum.at(on_foot_m, of, each_m)
        metres[walked] = on_foot_m
    return np.where(metres <= limit_m, metres, np.inf), overlap


def _spots(shape: shapely.Geometry) -> NDArray[np.float64]:
    """Return a point, or points along a line at most 10 m apart."""
    points = shapely.segmentize(shape, LINE_STEP_M) if shapely.get_dimensions(shape) == 1 else shape
    return shapely.get_coordinates(points)


def _overlap(one: shapely.Geometry, other: shapely.Geometry) -> float:
    """Return the share of the smaller extent that lies in the larger; 0 when neither is a line or an area."""
    dimensions = sorted((shapely.get_dimensions(one), shapely.get_dimensions(other)))
    if dimensions[1] == 0:
        return 0.0
    if dimensions[0] == 0:
        return float(shapely.dwithin(one, other, LINE_STEP_M))
    wide, its_wide = (
        shape if shapely.get_dimensions(shape) == AREA else shapely.buffer(shape, LINE_STEP_M) for shape in (one, other)
    )
    smaller_m2 = min(shapely.area(wide), shapely.area(its_wide))
    return float(shapely.area(shapely.intersection(wide, its_wide)) / smaller_m2)


def _reasons(evidence: Evidence, at: int, others: Reports, place: int, *, is_asset: bool) -> tuple[Reason, ...]:
    words = evidence.words[at]
    told = {
        Reason.ASSET: is_asset,
        Reason.OVERLAP: evidence.overlap[at] > 0,
        Reason.PLACE: evidence.nearness[at] >= 0.5,
        Reason.CATEGORY: evidence.is_category[at],
        Reason.FAMILY: evidence.is_family[at] and not evidence.is_category[at],
        Reason.WORDS: words.letters * LETTERS + min(len(words.shared), MOST_SHARED) * SHARED_THING >= 1.0,
        Reason.FIXED: not np.isnan(others.fixed_days_ago[place]),
    }
    return tuple(reason for reason, holds in told.items() if holds)

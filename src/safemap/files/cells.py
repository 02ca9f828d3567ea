"""What is found in cells: how many, whether there is any hotspot, where, how dense."""

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from safemap.analysis.hotspots.honesty import HOT_CELLS_FROM, ONE_ANSWER_FROM
from safemap.analysis.hotspots.hot_cells import Null
from safemap.analysis.hotspots.scan import Scanned, scan
from safemap.diagnosis.rules import Sentence
from safemap.files.findings import Found, Situation, cell_columns, cell_frame, chance, few, place_words
from safemap.files.tallies import placed_of
from safemap.i18n import mark

CHANCE = {
    Null.EXPOSURE: mark("Chance means: each event falls anywhere, by {exposure}."),
    Null.SHUFFLE: mark(
        "Chance means: the cells keep their counts and change places, for many events repeat a place; exposure has no"
        " part in it."
    ),
}
EXPOSURES = {
    "area": Sentence(mark("area")),
    "streets": Sentence(mark("length of street")),
    "points": Sentence(mark("the weight of the points given")),
}
CIRCLE = mark("Within {radius_m:.0f} m of {where}: {n} events, {expected} expected, {ratio:.1f} times as many; p {p}.")
FINDABLE = mark("The smallest risk that would have been found, four times of five: {ratio:.1f} times that elsewhere.")


def only_counts(situation: Situation) -> Found:
    """Give events per cell and no more: too few to tell."""
    n = situation.tally.n
    title = Sentence(mark("{n} events: too few to tell a hotspot from chance."), {"n": n})
    how = Sentence(mark("From {least} events on the whole area is tested."), {"least": ONE_ANSWER_FROM})
    if situation.choices.each is not None:
        text = mark("{n:,} events: none of {areas} areas has the {least} events that a test of its cells needs.")
        title = Sentence(text, {"n": n, "areas": len(situation.ground.studies), "least": HOT_CELLS_FROM})
    return Found(
        given="counts",
        title=title,
        items=(),
        how=(how,) if situation.choices.each is None else (),
        doubts=(),
        frame=cell_frame(situation, {}),
        columns=cell_columns(situation, {}),
    )


def one_answer(situation: Situation) -> Found:
    """Say whether there is any hotspot at all, and give counts."""
    found = _scanned(situation)
    circles, answer = circle_answer(situation, found)
    return Found(
        given="one answer",
        title=answer,
        items=circles[:1] if found.is_any else (),
        how=_how_of_scan(situation, found),
        doubts=(),
        frame=cell_frame(situation, {}),
        columns=cell_columns(situation, {}),
        figures={"p_value": found.clusters[0].p_value if found.clusters else 1.0},
    )


def found_by_scan(situation: Situation) -> Found:
    """Give the circles with the most striking surplus; the first one's chance is the answer for the whole area."""
    found = _scanned(situation)
    grid = situation.ground.studies[0].grid
    items, answer = circle_answer(situation, found)
    names = ("radius_m", "count", "expected", "ratio", "log_likelihood_ratio", "p_value")
    rows: dict[str, Any] = {"rank": list(range(1, len(found.clusters) + 1))}
    rows |= {name: [getattr(circle, name) for circle in found.clusters] for name in names}
    circles = [shapely.Point(circle.centre_xy).buffer(circle.radius_m + grid.cell_m / 2) for circle in found.clusters]
    return Found(
        given="scan",
        title=answer,
        items=tuple(
            item for item, circle in zip(items, found.clusters, strict=True) if circle.p_value <= situation.rule.level
        ),
        how=_how_of_scan(situation, found),
        doubts=(),
        frame=gpd.GeoDataFrame(rows, geometry=circles, crs=situation.ground.plane.crs),
        columns={
            "rank": Sentence(mark("1 is the most striking")),
            "radius_m": Sentence(mark("how far the centres of its cells lie from its middle, in metres")),
            "count": Sentence(mark("events in the circle")),
            "expected": Sentence(mark("events that chance would put there")),
            "ratio": Sentence(mark("count over expected")),
            "log_likelihood_ratio": Sentence(mark("what circles are compared by")),
            "p_value": Sentence(mark("chance that the best circle anywhere on a random map is as striking")),
        },
        figures={"p_value": found.clusters[0].p_value if found.clusters else 1.0, "circles": found.circles},
    )


def _scanned(situation: Situation) -> Scanned:
    placed = placed_of(situation.ground, situation.tally.counts[0].sum(axis=0), situation.tally.outside)
    return scan(placed, seed=situation.choices.seed, null=situation.rule.null)


def circle_answer(situation: Situation, found: Scanned) -> tuple[tuple[Sentence, ...], Sentence]:
    """Say each circle, and the one answer."""
    items = tuple(
        Sentence(
            CIRCLE,
            {
                "radius_m": circle.radius_m,
                "where": place_words(situation, circle.centre_xy),
                "n": circle.count,
                "expected": few(circle.expected),
                "ratio": circle.ratio,
                "p": chance(circle.p_value),
            },
        )
        for circle in found.clusters
    )
    values = {"n": found.n, "p": chance(found.clusters[0].p_value if found.clusters else 1.0)}
    if found.is_any:
        return items, Sentence(mark("{n} events: somewhere there are more than chance puts there (p {p})."), values)
    return items, Sentence(mark("{n} events: nowhere are there more than chance puts there (p {p})."), values)


def _how_of_scan(situation: Situation, found: Scanned) -> tuple[Sentence, ...]:
    values = {"circles": found.circles, "runs": len(found.highest), "seed": situation.choices.seed}
    text = mark(
        "{circles:,} circles were looked at; the best one was compared with the best of each of {runs} random maps"
        " (seed {seed}), so its chance holds for all of them."
    )
    return (Sentence(text, values), *what_chance_means(situation))


def what_chance_means(situation: Situation) -> tuple[Sentence, ...]:
    """Say what "by chance" means for these events."""
    return (Sentence(CHANCE[situation.rule.null], {"exposure": EXPOSURES[situation.ground.exposure]}),)


def findable(situation: Situation) -> tuple[Sentence, ...]:
    """Say the smallest effect that could have been found, where there is one."""
    ratio = situation.rule.smallest_ratio
    return (Sentence(FINDABLE, {"ratio": ratio}),) if np.isfinite(ratio) else ()

"""What is found without cells: along streets, in pairs, by the hours of the week, in groups."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from safemap.analysis.hotspots.honesty import Step
from safemap.analysis.hotspots.hours import WeekHours, busiest_hours
from safemap.analysis.hotspots.near_repeat import NearRepeats, near_repeats
from safemap.analysis.hotspots.problems import group_reports
from safemap.analysis.hotspots.prone import prone_streets, street_parts
from safemap.analysis.hotspots.streets import street_density
from safemap.diagnosis.rules import Sentence
from safemap.files.cells import findable
from safemap.files.findings import Found, Situation, chance, few, gathered, place_words
from safemap.files.ground import STREET_BANDWIDTH_M, Streets
from safemap.files.hot import MIDNIGHT_SHARE, hours_words
from safemap.files.rules import NEEDS, Method
from safemap.i18n import mark

ITEMS_SAID = 10
HOUR_COLUMNS = {
    "weekday": Sentence(mark("1 is Monday, 7 is Sunday")),
    "from_h": Sentence(mark("first hour of the day")),
    "to_h": Sentence(mark("the hour in which it ends")),
    "events": Sentence(mark("events, each spread over the time in which it may have happened")),
}
STREET_COLUMNS = {
    "what": Sentence(mark("segment or junction")),
    "name": Sentence(mark("name of the street")),
    "length_m": Sentence(mark("metres of street; at a junction, of all its arms")),
    "count": Sentence(mark("events on it")),
    "expected": Sentence(mark("events that chance would put there, by length")),
    "ratio": Sentence(mark("count over expected")),
    "shrunk_ratio": Sentence(mark("the same, drawn towards 1 by how little is known of it: what to rank by")),
    "p_value": Sentence(mark("exact chance of as many events or more")),
    "p_adjusted": Sentence(mark("the same, corrected for everything that was looked at")),
    "is_prone": Sentence(mark("whether the corrected chance is at most 5 %")),
    "per_km": Sentence(mark("density along streets, events per km; empty with few events, and at junctions")),
}
BAND_COLUMNS = {
    "from_m": Sentence(mark("distance from, included")),
    "to_m": Sentence(mark("distance to, not included")),
    "from_days": Sentence(mark("days apart from, included")),
    "to_days": Sentence(mark("days apart to, not included")),
    "pairs": Sentence(mark("pairs of events")),
    "expected": Sentence(mark("their mean when times are dealt out anew")),
    "ratio": Sentence(mark("pairs over expected")),
    "p_value": Sentence(mark("chance of as many pairs or more")),
    "p_adjusted": Sentence(mark("the same, corrected for everything that was looked at")),
    "is_more": Sentence(mark("whether the corrected chance is at most 5 %")),
}
GROUP_COLUMNS = {
    "rank": Sentence(mark("1 is the largest")),
    "kind": Sentence(mark("what all of them are about")),
    "count": Sentence(mark("reports in the group")),
    "radius_m": Sentence(mark("distance of the farthest from the middle, in metres")),
    "lon": Sentence(mark("longitude of the middle")),
    "lat": Sentence(mark("latitude of the middle")),
}


def found_streets(situation: Situation) -> Found:
    """Tell which segments and junctions have more events than their like, and the density along streets."""
    streets, on = situation.ground.streets, situation.tally.on
    assert streets is not None
    assert on is not None
    pieces = streets.pieces
    parts = street_parts(pieces)
    found = prone_streets(parts, on)
    is_tested = situation.rule.hot_cells
    per_km = np.full(len(pieces), np.nan)
    if situation.rule.densities:
        per_km = street_density(
            pieces,
            on,
            bandwidth_m=situation.choices.bandwidth_m or STREET_BANDWIDTH_M,
            weights=situation.tally.weights,
            accuracy_m=situation.tally.accuracy_m,
        ).per_km
    fields = ("count", "expected", "ratio", "shrunk_ratio", "p_value", "p_adjusted", "is_prone")
    both = {name: np.concatenate([getattr(found.segments, name), getattr(found.junctions, name)]) for name in fields}
    junctions = len(parts.junction_xy)
    rows: dict[str, Any] = {
        "what": ["segment"] * len(pieces) + ["junction"] * junctions,
        "name": [*streets.name_of, *([""] * junctions)],
        "length_m": np.concatenate([parts.segment_m, parts.junction_m]),
        **both,
        "per_km": np.concatenate([per_km, np.full(junctions, np.nan)]),
    }
    columns = dict(STREET_COLUMNS)
    if not is_tested:
        for name in ("expected", "ratio", "shrunk_ratio", "p_value", "p_adjusted", "is_prone", "per_km"):
            del rows[name], columns[name]
    shapes = [*pieces.lines, *gpd.points_from_xy(*parts.junction_xy.reshape(-1, 2).T)]
    frame = gpd.GeoDataFrame(rows, geometry=shapes, crs=situation.ground.plane.crs)
    prone = np.flatnonzero(both["is_prone"]) if is_tested else np.zeros(0, dtype=np.int64)
    order = prone[np.argsort(-both["shrunk_ratio"][prone], kind="stable")]
    values = {
        "n": on.piece.size - on.off,
        "segments": int((order < len(pieces)).sum()),
        "junctions": int((order >= len(pieces)).sum()),
    }
    text = mark("{n:,} events on streets: prone beyond chance are {segments} segments and {junctions} junctions.")
    fewer = mark("{n:,} events on streets: too few to tell which are prone; they are counted.")
    text_how = mark(
        "{segments:,} segments were compared with each other by length, {junctions:,} junctions with each other by the"
        " street around them; exact chances, corrected (Benjamini and Hochberg) at 5 %."
    )
    how = Sentence(text_how, {"segments": len(pieces), "junctions": junctions})
    return Found(
        given="streets" if is_tested else "counts",
        title=Sentence(text if is_tested else fewer, values),
        items=tuple(_prone_words(situation, frame, int(place)) for place in order[:ITEMS_SAID]),
        how=(how, *findable(situation)) if is_tested else (),
        doubts=_off_streets(on.off),
        frame=frame,
        columns=columns,
        figures=values,
    )


def _off_streets(off: int) -> tuple[Sentence, ...]:
    text = mark("{off:,} events are farther than 30 m from every street and take no part.")
    return (Sentence(text, {"off": off}),) if off else ()


def _prone_words(situation: Situation, frame: gpd.GeoDataFrame, place: int) -> Sentence:
    row = frame.iloc[place]
    middle = row.geometry.interpolate(0.5, normalized=True) if row["what"] == "segment" else row.geometry
    text = mark("{where}: {n} events, {expected} expected, {ratio:.1f} times as many; corrected p {p}.")
    values = {
        "where": place_words(situation, (middle.x, middle.y)),
        "n": int(row["count"]),
        "expected": few(float(row["expected"])),
        "ratio": float(row["ratio"]),
        "p": chance(float(row["p_adjusted"])),
    }
    return Sentence(text, values)


def middle_share(streets: Streets) -> float:
    """Return the share of all street that a piece usually has; 1 without any."""
    length_m = streets.pieces.length_m
    return float(np.median(length_m) / length_m.sum()) if len(length_m) else 1.0


def found_near_repeats(situation: Situation) -> Found:
    """Ask whether events that are near in place are near in time too often."""
    events, xy = gathered(situation)
    is_timed = ~np.isnat(events.begin)
    days = events.begin[is_timed].astype("datetime64[m]").astype(np.int64) / 1440.0
    choices = situation.choices
    found = near_repeats(
        xy[is_timed],
        days,
        distance_edges_m=list(choices.distance_m),
        time_edges_days=list(choices.days),
        seed=choices.seed,
    )
    table = band_table(found)
    is_tested = situation.tally.n >= NEEDS[Method.NEAR_REPEAT]
    columns = dict(BAND_COLUMNS)
    if not is_tested:
        for name in ("expected", "ratio", "p_value", "p_adjusted", "is_more"):
            del table[name], columns[name]
    more = int(found.is_more.sum()) if is_tested else 0
    values = {"n": found.n, "bands": found.pairs.size, "more": more}
    title = mark("{n:,} events: in {more} of {bands} bands there are more near repeats than chance brings.")
    none = mark("{n:,} events: no band has more near repeats than chance brings.")
    fewer = mark("{n:,} events: too few to tell near repeats from chance; pairs are counted.")
    how = mark(
        "Pairs by bands of distance and days, each from its lower edge to below its upper one; compared with {runs}"
        " deals of the times (seed {seed}), corrected for all bands (Benjamini and Hochberg) at 5 %."
    )
    return Found(
        given="near-repeat" if is_tested else "counts",
        title=Sentence((title if more else none) if is_tested else fewer, values),
        items=tuple(_band_words(found, near, soon) for near, soon in np.argwhere(found.is_more)) if more else (),
        how=(Sentence(how, {"runs": found.runs, "seed": choices.seed}),) if is_tested else (),
        doubts=(),
        frame=table,
        columns=columns,
        figures={"bands": table.to_dict("records")},
    )


def band_table(found: NearRepeats) -> pd.DataFrame:
    """Return one row a pair of bands."""
    far, late = found.distance_edges_m, found.time_edges_days
    near, soon = (part.ravel() for part in np.indices(found.pairs.shape))
    rows = {"from_m": far[near], "to_m": far[near + 1], "from_days": late[soon], "to_days": late[soon + 1]}
    fields = ("pairs", "expected", "ratio", "p_value", "p_adjusted", "is_more")
    return pd.DataFrame(rows | {name: getattr(found, name).ravel() for name in fields})


def _band_words(found: NearRepeats, near: int, soon: int) -> Sentence:
    text = mark(
        "{from_m:g} to {to_m:g} m and {from_days:g} to {to_days:g} days apart: {pairs} pairs, {expected} expected,"
        " {ratio:.2f} times as many; corrected p {p}."
    )
    values = {
        "from_m": float(found.distance_edges_m[near]),
        "to_m": float(found.distance_edges_m[near + 1]),
        "from_days": float(found.time_edges_days[soon]),
        "to_days": float(found.time_edges_days[soon + 1]),
        "pairs": int(found.pairs[near, soon]),
        "expected": few(float(found.expected[near, soon])),
        "ratio": float(found.ratio[near, soon]),
        "p": chance(float(found.p_adjusted[near, soon])),
    }
    return Sentence(text, values)


def found_hours(situation: Situation) -> Found:
    """Give hours of the week, or blocks of four hours when events are few."""
    hours = situation.tally.hours
    assert hours is not None
    shows_hours = situation.rule.step in {Step.EVERYTHING, Step.SCORES} and hours.shows_hours
    busiest = busiest_hours(hours, seed=situation.choices.seed)
    is_tested = situation.rule.one_answer
    is_more = is_tested and busiest.p_value <= situation.rule.level
    values = {"n": hours.n, "busiest": hours_words(busiest), "p": chance(busiest.p_value)}
    if is_more:
        title = Sentence(mark("{n:,} events: {busiest}, more than even hours would bring (p {p})."), values)
    elif is_tested:
        title = Sentence(mark("{n:,} events: no hours of the day have more than chance brings (p {p})."), values)
    else:
        title = Sentence(mark("{n:,} events: too few to tell busy hours from chance; they are counted."), values)
    how = mark(
        "Each event is spread evenly over the time in which it may have happened; the busiest four hours were compared"
        " with the busiest of 999 even days (seed {seed}). Times are those of {zone}."
    )
    blocks = mark("With fewer than {least} events six blocks of four hours are all that can be shown.")
    return Found(
        given="hours" if shows_hours else "blocks of hours",
        title=title,
        items=(),
        how=(
            Sentence(how, {"seed": situation.choices.seed, "zone": situation.choices.zone}),
            *(() if shows_hours else (Sentence(blocks, {"least": NEEDS[Method.HOURS]}),)),
        ),
        doubts=_doubts_of_hours(situation, hours),
        frame=_hour_rows(hours) if shows_hours else _block_rows(hours),
        columns=HOUR_COLUMNS if shows_hours else {name: HOUR_COLUMNS[name] for name in ("from_h", "to_h", "events")},
        figures={
            "from_h": busiest.start_h,
            "length_h": busiest.length_h,
            "share": busiest.share,
            "p_value": busiest.p_value if is_tested else None,
        },
    )


def _hour_rows(hours: WeekHours) -> pd.DataFrame:
    day, hour = (part.ravel() for part in np.indices(hours.events.shape))
    return pd.DataFrame({"weekday": day + 1, "from_h": hour, "to_h": hour + 1, "events": hours.events.ravel()})


def _block_rows(hours: WeekHours) -> pd.DataFrame:
    first = np.arange(6) * 4
    return pd.DataFrame({"from_h": first, "to_h": first + 4, "events": hours.by_block})


def _doubts_of_hours(situation: Situation, hours: WeekHours) -> tuple[Sentence, ...]:
    said = {
        mark("{number:,} events end before they start; they count in the hour of their start."): hours.swapped,
        mark("{number:,} events may have happened at any hour of a week; they are spread evenly."): hours.at_any_time,
        mark("{number:,} times are exactly 00:00: perhaps only the day is known."): situation.tally.at_midnight
        if situation.tally.at_midnight > MIDNIGHT_SHARE * max(hours.n, 1)
        else 0,
    }
    return tuple(Sentence(text, {"number": number}) for text, number in said.items() if number)


def found_problems(situation: Situation) -> Found:
    """Group reports that are one problem."""
    events, xy = gathered(situation)
    choices = situation.choices
    kinds = None if events.kinds is None or choices.mix else events.kinds.words()
    found = group_reports(xy, within_m=choices.within_m, fewest=choices.fewest, kinds=kinds)
    centres = [place_words(situation, group.centre_xy) for group in found.groups]
    lonlat = situation.ground.plane.to_lonlat_all(
        np.array([gpd.points_from_xy([group.centre_xy[0]], [group.centre_xy[1]])[0] for group in found.groups], object)
    )
    rows = {
        "rank": list(range(1, len(found.groups) + 1)),
        "kind": [group.kind for group in found.groups],
        "count": [len(group.members) for group in found.groups],
        "radius_m": [group.radius_m for group in found.groups],
        "lon": [point.x for point in lonlat],
        "lat": [point.y for point in lonlat],
    }
    values = {"n": len(xy), "groups": len(found.groups), "alone": found.alone}
    one = mark("{where}: {n} reports within {radius_m:.0f} m of the middle.")
    how = mark(
        "Reports at most {within_m:g} m apart are neighbours, {fewest} neighbours make a group; kinds are not mixed."
        " A group is no proof of a hotspot: it says that these reports may be one problem."
    )
    return Found(
        given="problems",
        title=Sentence(mark("{n:,} reports: {groups} groups, and {alone} reports that stand alone."), values),
        items=tuple(
            Sentence(one, {"where": where, "n": len(group.members), "radius_m": group.radius_m})
            for where, group in list(zip(centres, found.groups, strict=True))[:ITEMS_SAID]
        ),
        how=(Sentence(how, {"within_m": choices.within_m, "fewest": choices.fewest}),),
        doubts=(),
        frame=gpd.GeoDataFrame(
            rows, geometry=[group.outline for group in found.groups], crs=situation.ground.plane.crs
        ),
        columns=GROUP_COLUMNS,
        figures=values,
    )

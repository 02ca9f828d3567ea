"""One family of events of one area: whether it gathers anywhere, where, and how much may be said of it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import shapely
from numpy.typing import NDArray

from safemap.analysis.density import classes_of, density_along, density_breaks, drawn_from_per_km
from safemap.analysis.hotspots.checks import NotUsable
from safemap.analysis.hotspots.honesty import ONE_ANSWER_FROM, Doubt, MayShow, may_show, reason_for
from safemap.analysis.hotspots.hot_cells import HotCells, hot_cells, hotspots_of
from safemap.analysis.hotspots.hours import busiest_hours, week_hours
from safemap.analysis.hotspots.kde import density_surface
from safemap.analysis.hotspots.problems import group_reports
from safemap.analysis.hotspots.prone import prone_streets, street_parts
from safemap.analysis.hotspots.scan import scan
from safemap.analysis.hotspots.streets import put_on_streets
from safemap.analysis.segments import sample_segments
from safemap.diagnosis.hotspots.courses import trend_of
from safemap.diagnosis.hotspots.naming import named_by
from safemap.diagnosis.hotspots.over_time import busy_hours, hours_of, near_repeats_of, noticed_of
from safemap.diagnosis.hotspots.placing import (
    Drawn,
    best_circle,
    cells_on,
    drawn_circle,
    events_in_window,
    name_of_window,
)
from safemap.diagnosis.hotspots.reading import Ground, OnGround, Read, lay_on
from safemap.diagnosis.hotspots.rules import REACH_CELLS, SEED, WINDOW_CELLS, HotspotParameters, PlaceKind
from safemap.diagnosis.hotspots.schemas import (
    Answer,
    Density,
    Findings,
    Hotspot,
    Limits,
    MapCells,
    Problem,
    ProneOf,
)
from safemap.diagnosis.rules import Events

LISTED = 12
DOMINANT_SHARE = 0.5
FEWEST_TO_DOMINATE = 3
FEWEST_FOR_HOURS = 10  # events of one hotspot whose hours are looked at
PLAIN_KDE_M = 200.0  # what anybody would draw: a Gaussian of the width that papers use for cities
FEWEST_CELLS = 1.5  # of bandwidth


@dataclass(frozen=True, eq=False)
class DrawnStreets:
    """Segments with density, as arrays of one length; lines in metres."""

    names: NDArray[np.object_]
    length_m: NDArray[np.float64]
    per_km: NDArray[np.float64]
    classes: NDArray[np.int64]
    lines: NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Found:
    """What was found of one family: numbers to be said, places to be drawn, and the map to be scored later."""

    findings: Findings
    places: tuple[Drawn, ...]
    streets: DrawnStreets | None
    map_cells: MapCells | None
    newest: datetime | None


def measure(ground: Ground, read: Read, parameters: HotspotParameters) -> Found:
    """Measure one family of events of an area; what its number does not allow to be said is left out."""
    on = lay_on(ground, read)
    n = on.placed.total
    window_m = WINDOW_CELLS * on.grid.cell_m
    hot, may = _hot_cells(on, parameters)
    places: list[Drawn] = []
    answer = _answer(ground, on, parameters, places) if may.one_answer else None
    hotspots = _hotspots(ground, on, hot, places) if may.hot_cells and hot is not None else ()
    is_reports, is_traffic = read.events is Events.REPORTS, read.events is Events.TRAFFIC
    is_along = on.by_street and len(ground.segments) > 0
    seeks_prone = may.hot_cells and is_traffic and is_along
    segments, junctions = _prone(ground, on, places) if seeks_prone else ((), ())
    draws_density = may.densities and is_along
    streets, density, per_km = _density(ground, on, parameters) if draws_density else (None, None, None)
    since, until = on.read.span
    findings = Findings(
        events=read.events,
        n=n,
        n_read=len(on.read),
        since=since,
        until=until,
        kinds=_by_number(on.read.kinds.tolist()),
        limits=Limits(
            step=may.step,
            null=may.null,
            level=may.level,
            smallest_ratio=may.smallest_ratio if np.isfinite(may.smallest_ratio) else None,
            doubts=tuple(doubt for doubt in may.doubts if doubt is not Doubt.FEW_REPORTERS),
            outside=on.placed.outside,
            rough=read.rough,
            accuracy_m=on.accuracy_m,
            cells=len(on.grid),
            cell_m=on.grid.cell_m,
            window_m=window_m,
            is_by_street=on.by_street,
            off_streets=on.off_streets,
        ),
        answer=answer,
        hotspots=hotspots,
        n_timed=0 if is_reports else len(read.when),
        hours=None if is_reports or len(read.when) < ONE_ANSWER_FROM else hours_of(read.when),
        noticed=noticed_of(on.read) if is_reports else None,
        trend=trend_of(ground, read, parameters, places),
        near_repeats=near_repeats_of(read, parameters) if may.courses else None,
        problems=_problems(ground, on, parameters, places) if is_reports else (),
        prone=(*segments, *junctions),
        prone_n=_compared(ground) if seeks_prone else (0, 0),
        density=density,
    )
    cells = _map_cells(ground, on, per_km) if may.scores and per_km is not None else None
    return Found(findings, tuple(places), streets, cells, read.newest)


def _hot_cells(on: OnGround, parameters: HotspotParameters) -> tuple[HotCells | None, MayShow]:
    """Test every window, and decide by the number of events what of it may be shown."""
    n, grid = on.placed.total, on.grid
    hot, share = None, 0.0
    if n:
        hot = hot_cells(on.placed, REACH_CELLS * grid.cell_m, null=on.null, level=parameters.level)
        share = float(np.median(hot.expected)) / n
    return hot, may_show(
        n,
        cells=len(grid),
        window_share=share,
        cell_m=grid.cell_m,
        outside=on.placed.outside,
        accuracy_m=on.accuracy_m,
        repeated_share=on.repeated_share,
        level=parameters.level,
    )


def _answer(ground: Ground, on: OnGround, parameters: HotspotParameters, places: list[Drawn]) -> Answer | None:
    """Ask whether there is any hotspot at all."""
    try:
        found = scan(on.placed, seed=SEED, null=on.null, runs=parameters.runs, level=parameters.level)
    except NotUsable:  # two cells: every circle is half of the area
        return None
    if found.is_any:
        places.append(drawn_circle(ground, on, found, PlaceKind.CIRCLE))
    best = best_circle(ground, on, found)
    return Answer(is_any=found.is_any, circles=found.circles, runs=len(found.highest), best=best)


def _hotspots(ground: Ground, on: OnGround, hot: HotCells, places: list[Drawn]) -> tuple[Hotspot, ...]:
    """Group hot cells, name each group, and gather what is to be said of it."""
    told = []
    everywhere = Counter(on.read.kinds.tolist())
    for rank, spot in enumerate(hotspots_of(hot)[:LISTED], 1):
        mine = on.read.taken(events_in_window(on, spot.strongest))
        busiest = None
        if mine.events is not Events.REPORTS and len(mine) >= FEWEST_FOR_HOURS:
            busiest = busiest_hours(week_hours(mine.start, mine.end), seed=SEED)
        reason = reason_for(hot, spot, busiest=busiest)
        told.append(
            Hotspot(
                rank=rank,
                place=name_of_window(ground, on, spot.strongest),
                cells=len(spot.cells),
                count=reason.n,
                expected=reason.expected,
                ratio=reason.ratio,
                ratio_low=reason.ratio_low,
                ratio_high=reason.ratio_high,
                p_value=reason.p_adjusted,
                mostly=_dominant(mine.kinds.tolist(), everywhere),
                busiest=busy_hours(busiest) if busiest else None,
            )
        )
        places.append(Drawn(PlaceKind.HOTSPOT, rank, cells_on(ground, on, spot.cells, spot.strongest)))
    return tuple(told)


def _problems(ground: Ground, on: OnGround, parameters: HotspotParameters, places: list[Drawn]) -> tuple[Problem, ...]:
    """Group open reports of one kind that lie together: perhaps they are about one thing."""
    known = on.read.taken(on.read.street >= 0)
    found = group_reports(known.xy, within_m=parameters.within_m, kinds=known.kinds)
    told = []
    for rank, group in enumerate(found.groups[:LISTED], 1):
        where = known.xy[group.members]
        told.append(
            Problem(
                rank=rank,
                kind=group.kind,
                count=len(group.members),
                place=named_by(ground, known.street[group.members], np.array(group.centre_xy)),
            )
        )
        # Drawn as the streets' middles that they are told by, not as a shape that seems to know more.
        places.append(Drawn(PlaceKind.PROBLEM, rank, shapely.MultiPoint(np.unique(where, axis=0))))
    return tuple(told)


def _in_area(ground: Ground) -> NDArray[np.int64]:
    return ground.segments.belonging_to(ground.outline)


def _compared(ground: Ground) -> tuple[int, int]:
    segments = ground.segments.taken(_in_area(ground))
    return len(segments), len(street_parts(segments).junction_xy)


def _prone(ground: Ground, on: OnGround, places: list[Drawn]) -> tuple[tuple[ProneOf, ...], tuple[ProneOf, ...]]:
    """Find segments and junctions with more accidents than their like."""
    segments = ground.segments.taken(_in_area(ground))
    parts = street_parts(segments)
    found = prone_streets(parts, put_on_streets(segments, on.read.xy[on.read.street >= 0]))
    tree = shapely.STRtree(segments.lines)

    def named_segment(place: int) -> NDArray[np.int64]:
        return segments.edge[[place]]

    def named_junction(place: int) -> NDArray[np.int64]:
        near = tree.query(shapely.Point(parts.junction_xy[place]), predicate="dwithin", distance=parts.reach_m)
        return segments.edge[near]

    told: dict[PlaceKind, tuple[ProneOf, ...]] = {}
    for kind, prone, length_m, streets_of in (
        (PlaceKind.SEGMENT, found.segments, parts.segment_m, named_segment),
        (PlaceKind.JUNCTION, found.junctions, parts.junction_m, named_junction),
    ):
        worst = np.flatnonzero(prone.is_prone)
        worst = worst[np.lexsort((worst, -prone.shrunk_ratio[worst]))][:LISTED]
        rows = []
        for rank, place in enumerate(worst.tolist(), 1):
            shape = segments.lines[place] if kind is PlaceKind.SEGMENT else shapely.Point(parts.junction_xy[place])
            near = shapely.get_coordinates(shapely.centroid(shape))[0]
            rows.append(
                ProneOf(
                    rank=rank,
                    sort="segment" if kind is PlaceKind.SEGMENT else "junction",
                    place=named_by(ground, streets_of(place), near),
                    count=int(prone.count[place]),
                    expected=float(prone.expected[place]),
                    ratio=float(prone.shrunk_ratio[place]),
                    p_value=float(prone.p_adjusted[place]),
                    length_m=float(length_m[place]),
                )
            )
            places.append(Drawn(kind, rank, shape))
        told[kind] = tuple(rows)
    return told[PlaceKind.SEGMENT], told[PlaceKind.JUNCTION]


def _density(
    ground: Ground, on: OnGround, parameters: HotspotParameters
) -> tuple[DrawnStreets, Density, NDArray[np.float64]]:
    """Draw the density along streets in five classes; also that of every segment."""
    known = on.read.taken(on.read.street >= 0)
    bandwidth_m = parameters.bandwidth_m
    per_km = density_along(
        ground.segments,
        known.xy,
        np.ones((len(known), 1)),
        bandwidth_m=bandwidth_m,
        accuracy_m=known.accuracy_m,
    ).per_km[:, 0]
    mine = _in_area(ground)
    mine = mine[per_km[mine] >= drawn_from_per_km(bandwidth_m)]
    breaks = density_breaks(per_km[mine], ground.segments.length_m[mine])
    streets = DrawnStreets(
        names=ground.names[ground.segments.edge[mine]],
        length_m=ground.segments.length_m[mine],
        per_km=per_km[mine],
        classes=classes_of(per_km[mine], breaks),
        lines=ground.segments.lines[mine],
    )
    return streets, Density(breaks_per_km=tuple(breaks.tolist()), bandwidth_m=bandwidth_m), per_km


def _map_cells(ground: Ground, on: OnGround, per_km: NDArray[np.float64]) -> MapCells:
    """Turn the published density into cells, as it will be scored; beside it what it has to beat."""
    grid = on.grid
    samples = sample_segments(ground.segments)
    at = samples.xy
    if on.read.events is Events.REPORTS:
        # Reports count in the middle of their street's part, and so does what is foretold of that part.
        part = np.asarray(shapely.STRtree(ground.part_lines).nearest(shapely.points(samples.xy)), dtype=np.int64)
        at = ground.part_middles[part]
    flat = grid.flat_of(at)
    events = per_km[samples.segment] * samples.length_m
    density = np.bincount(flat[flat >= 0], weights=events[flat >= 0], minlength=grid.exposure.size)
    plain = density_surface(grid, on.read.xy[on.is_in], bandwidth_m=max(PLAIN_KDE_M, FEWEST_CELLS * grid.cell_m))
    kde = np.nan_to_num(plain.per_km2) * grid.inside_share
    return MapCells(
        epsg=ground.area.plane.epsg,
        cell_m=grid.cell_m,
        first_xy=(float(grid.first_xy[0]), float(grid.first_xy[1])),
        rows=grid.shape[0],
        columns=grid.shape[1],
        cells=tuple(grid.cells.tolist()),
        street_m=tuple(np.round(grid.of_cells(grid.exposure), 1).tolist()),
        density=tuple(np.round(density[grid.cells], 4).tolist()),
        counts=tuple(grid.of_cells(on.placed.counts).tolist()),
        plain_kde=tuple(np.round(grid.of_cells(kde), 4).tolist()),
    )


def _by_number(words: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(words).items(), key=lambda item: (-item[1], item[0])))


def _dominant(kinds: list[str], everywhere: Counter[str]) -> str:
    """Name the kind that most events are of, unless nearly all events everywhere are."""
    kind, number = _by_number(kinds)[0]
    is_dominant = number >= FEWEST_TO_DOMINATE and number > DOMINANT_SHARE * len(kinds)
    return kind if is_dominant and everywhere[kind] < 0.9 * everywhere.total() else ""

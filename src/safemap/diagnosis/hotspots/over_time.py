"""How one family of events runs over the hours of the week, and whether events follow each other."""

import numpy as np

from safemap.analysis.hotspots.hours import Busiest, busiest_hours, week_hours
from safemap.analysis.hotspots.near_repeat import near_repeats
from safemap.diagnosis.hotspots.reading import Read, When
from safemap.diagnosis.hotspots.rules import SEED, HotspotParameters
from safemap.diagnosis.hotspots.schemas import Bands, BusyHours, Hours, Noticed
from safemap.hazards.rules import NoticedAt

DECIMALS = 3  # of parts of events


def hours_of(when: When) -> Hours:
    """Spread events over the hours of the week in which they may have happened."""
    found = week_hours(when.start, when.end)
    return Hours(
        table=tuple(tuple(row) for row in np.round(found.events, DECIMALS).tolist()),
        n=found.n,
        at_any_time=found.at_any_time,
        is_spread=bool((~np.isnat(when.end)).any()),
        busiest=busy_hours(busiest_hours(found, seed=SEED)),
    )


def busy_hours(found: Busiest) -> BusyHours:
    """Return the busiest hours as they are stored."""
    return BusyHours(start_h=found.start_h, length_h=found.length_h, share=found.share, p_value=found.p_value)


def noticed_of(read: Read) -> Noticed:
    """Count reports by when their danger is there."""
    return Noticed(
        at_any_time=int((read.noticed_at == NoticedAt.ANY_TIME).sum()),
        by_day=int((read.noticed_at == NoticedAt.DAY).sum()),
        at_night=int((read.noticed_at == NoticedAt.NIGHT).sum()),
    )


def near_repeats_of(read: Read, parameters: HotspotParameters) -> Bands:
    """Ask whether events that are near in place are near in time too often."""
    found = near_repeats(
        read.xy,
        read.days,
        distance_edges_m=parameters.near_m,
        time_edges_days=parameters.near_days,
        seed=SEED,
        runs=parameters.runs,
        level=parameters.level,
    )
    return Bands(
        distance_edges_m=tuple(found.distance_edges_m.tolist()),
        time_edges_days=tuple(found.time_edges_days.tolist()),
        pairs=tuple(tuple(row) for row in found.pairs.tolist()),
        expected=tuple(tuple(row) for row in np.round(found.expected, 2).tolist()),
        p_value=tuple(tuple(row) for row in found.p_adjusted.tolist()),
        runs=found.runs,
    )

"""What was measured, as rows to store."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, cast

import numpy as np
import orjson
import shapely
from geoalchemy2.shape import from_shape
from numpy.typing import NDArray

from safemap.analysis.area import Guardianship, Hazard, Measured, ZoneFacts, nearest_segment
from safemap.diagnosis.counted import Counted
from safemap.diagnosis.reasons import Known, zone_reasons
from safemap.diagnosis.repository import SegmentRows
from safemap.diagnosis.rules import Events, Parameters, Period, Source
from safemap.diagnosis.tables import DeadZone
from safemap.diagnosis.watchers import Watchers
from safemap.geo.crs import WGS84, Metric

STREETS_LISTED = 20  # of the counts by street: as many as a page shows without scrolling far
PERIODS = tuple(Period)


def segment_rows(measured: Measured, edge_ids: NDArray[np.int64], lines: NDArray[np.object_]) -> SegmentRows:
    """Return all segments as columns; `lines` are in degrees."""
    every = measured.all_hours
    return SegmentRows(
        edge_ids=edge_ids[measured.segments.edge].tolist(),
        streets=measured.names.tolist(),
        length_m=measured.segments.length_m.tolist(),
        density_per_km=every.density_per_km.tolist(),
        density_classes=every.density_class.tolist(),
        event_counts=every.event_count.tolist(),
        hazard=_by_period([_hazard_columns(hazard) for hazard in measured.hazard]),
        guardianship=_by_period([_guardianship_columns(watch) for watch in measured.guardianship]),
        lines=lines,
    )


def zone_rows(
    diagnosis_id: int,
    measured: Measured,
    counted: Counted,
    watchers: Watchers,
    *,
    known: Known,
    parameters: Parameters,
    lines: NDArray[np.object_],
    hotspots: Sequence[tuple[int, Metric]] = (),
) -> list[DeadZone]:
    """Return the dead zones of all periods with their reasons, and the hotspot that each lies in, if any."""

    def row(period: Period, rank: int, facts: ZoneFacts) -> DeadZone:
        reasons = zone_reasons(
            facts,
            period,
            parameters.events or Events.REPORTS,
            counted.names,
            reach_of_event_m=parameters.reach_of_event_m,
            known=known,
            route_hours=None if watchers.routes is None else watchers.routes.hours,
        )
        parts = dict(
            zip(Source, (facts.camera_share, facts.patrol_share, facts.block_share, facts.lamp_share), strict=True)
        )
        return DeadZone(
            diagnosis_id=diagnosis_id,
            period=period.value,
            rank=rank,
            street=facts.zone.street,
            beside=facts.beside,
            length_m=facts.zone.length_m,
            density_per_km=facts.zone.density_per_km,
            event_count=len(facts.events),
            score=facts.zone.score,
            guardianship_share=facts.zone.guardianship,
            guardianship={source.value: None if math.isnan(share) else share for source, share in parts.items()},
            reasons=[reason.as_record() for reason in reasons],
            hotspot_rank=_hotspot_of(measured.segments.lines[facts.zone.segments], hotspots),
            geom=from_shape(_as_multi(lines[facts.zone.segments]), srid=WGS84),
        )

    return [
        row(period, rank, facts)
        for period, zones in zip(PERIODS, measured.zones, strict=True)
        for rank, facts in enumerate(zones, 1)
    ]


def _hotspot_of(lines: NDArray[np.object_], hotspots: Sequence[tuple[int, Metric]]) -> int | None:
    """Return the rank of the hotspot in which at least half of a zone lies; the worst, when it lies in several."""
    length_m = float(shapely.length(lines).sum())
    for rank, shape in hotspots:
        if float(shapely.length(shapely.intersection(lines, shape)).sum()) >= length_m / 2:
            return rank
    return None


def counts_of(measured: Measured, counted: Counted, known: Known) -> dict[str, Any]:
    """Return what was counted: segments, events by kind and by street, and what each period holds."""
    return {
        "segments": len(measured.segments),
        "street_km": round(float(measured.segments.length_m.sum()) / 1000, 3),
        "known": asdict(known),
        "by_category": counted.by_category(),
        "by_street": _by_street(measured, counted),
        "by_period": {
            period.value: {
                "events": hazard.expected_count,
                "has_hotspots": hazard.has_hotspots,
                "zones": zone_count,
            }
            for period, hazard, zone_count in zip(PERIODS, measured.hazard, measured.zone_counts, strict=True)
        },
    }


def _by_street(measured: Measured, counted: Counted) -> list[tuple[str, int]]:
    """Numbers of events by the name of the nearest street, most first; the empty name is of nameless ones."""
    xy = counted.events.xy[counted.events.is_inside]
    names = measured.names[nearest_segment(measured.segments, xy)]
    return sorted(Counter(names.tolist()).items(), key=lambda item: (-item[1], item[0]))[:STREETS_LISTED]


def _hazard_columns(hazard: Hazard) -> dict[str, list[Any]]:
    return {
        "density_per_km": np.round(hazard.density_per_km, 1).tolist(),
        "density_class": hazard.density_class.tolist(),
        "event_count": hazard.event_count.tolist(),
    }


def _guardianship_columns(watch: Guardianship) -> dict[str, list[Any]]:
    shares = {**dict(zip(Source, (watch.camera, watch.patrol, watch.block, watch.lamp), strict=True))}
    columns = {source.value: _known_shares(share) for source, share in shares.items()}
    return columns | {"all": _known_shares(watch.combined)}


def _known_shares(share: NDArray[np.float64]) -> list[float | None]:
    return [None if math.isnan(value) else value for value in np.round(share, 4).tolist()]


def _by_period(columns_of_periods: list[dict[str, list[Any]]]) -> str:
    """Turn columns of each period into a JSON array with a dictionary a row: period -> name -> value."""
    keys = [period.value for period in PERIODS]
    rows_of_periods = [
        [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
        for columns in columns_of_periods
    ]
    return orjson.dumps([dict(zip(keys, row, strict=True)) for row in zip(*rows_of_periods, strict=True)]).decode()


def _as_multi(lines: NDArray[np.object_]) -> shapely.MultiLineString:
    return cast("shapely.MultiLineString", shapely.multilinestrings(lines))

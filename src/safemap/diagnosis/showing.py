"""Stored diagnoses, as pages and prints see them."""

from collections.abc import Sequence
from typing import Any

import shapely
from sqlalchemy.orm import Session

from safemap.diagnosis import repository
from safemap.diagnosis.reasons import Known, period_title, too_few_title, zone_name
from safemap.diagnosis.rules import DAY_PERIODS, EVENT_NAMES, PERIOD_NAMES, Events, Parameters, Period, Sentence, Source
from safemap.diagnosis.schemas import CountSeen, DiagnosisSeen, LegendClass, PeriodSeen, ZoneSeen
from safemap.diagnosis.tables import DeadZone, Diagnosis
from safemap.geo.crs import Lonlat

LISTS = frozenset({"by_category", "by_street", "by_period", "known"})  # of the counts; the others are single numbers


def shown(session: Session, diagnosis: Diagnosis) -> DiagnosisSeen:
    """Return a stored diagnosis with its zones, ready to be said in any language."""
    events = Events(diagnosis.events)
    # A diagnosis made by another safemap may hold a number less or more.
    used = {name: value for name, value in diagnosis.parameters.items() if name in Parameters.__dataclass_fields__}
    parameters = Parameters(**(used | {"events": events}))
    zones = _zones(session, diagnosis.id)
    known = Known(**diagnosis.counts["known"])
    periods = {period: _period(period, diagnosis.counts["by_period"][period.value], zones, known) for period in Period}
    worst = max(periods.values(), key=lambda seen: seen.zone_count)
    return DiagnosisSeen(
        id=diagnosis.id,
        area_key=diagnosis.area_key,
        area_name=diagnosis.area_name,
        made_at=diagnosis.made_at,
        data_as_of=diagnosis.data_as_of,
        events=events,
        events_name=Sentence(EVENT_NAMES[events]),
        event_count=diagnosis.event_count,
        has_hotspots=diagnosis.has_hotspots,
        title=worst.title if diagnosis.has_hotspots else too_few_title(events, diagnosis.event_count),
        parameters=parameters,
        known=known,
        counts={name: value for name, value in diagnosis.counts.items() if name not in LISTS},
        notes=tuple(Sentence.from_record(note) for note in diagnosis.notes),
        by_category=tuple(CountSeen(Sentence(name), number) for name, number in diagnosis.counts["by_category"]),
        by_street=tuple(CountSeen(zone_name(street, ""), number) for street, number in diagnosis.counts["by_street"]),
        legend=_legend(diagnosis.density_breaks),
        periods=periods,
    )


def _period(period: Period, counted: dict[str, Any], zones: Sequence[ZoneSeen], known: Known) -> PeriodSeen:
    mine = tuple(zone for zone in zones if zone.period is period)
    return PeriodSeen(
        period=period,
        name=Sentence(PERIOD_NAMES[period]),
        title=period_title(period, counted["events"], counted["zones"], len(mine), is_watch_known=known.anything),
        event_count=counted["events"],
        has_hotspots=counted["has_hotspots"],
        zone_count=counted["zones"],
        zones=mine,
    )


def _zones(session: Session, diagnosis_id: int) -> list[ZoneSeen]:
    rows = repository.zones_of(session, diagnosis_id)
    if not rows:
        return []
    outlines = shapely.from_wkb([bytes(wkb) for _, wkb in rows])
    names = {name for zone, _ in rows for name in (zone.street, zone.beside) if name}
    english = repository.english_names(session, sorted(names), Lonlat(shapely.box(*shapely.total_bounds(outlines))))
    return [_zone(zone, Lonlat(outline), english) for (zone, _), outline in zip(rows, outlines, strict=True)]


def _zone(zone: DeadZone, outline: Lonlat, english: dict[str, str]) -> ZoneSeen:
    is_dark = DAY_PERIODS[Period(zone.period)].is_dark
    sources = [source for source in Source if is_dark or source is not Source.LAMP]
    street_en, beside_en = english.get(zone.street, zone.street), english.get(zone.beside, zone.beside)
    return ZoneSeen(
        id=zone.id,
        period=Period(zone.period),
        rank=zone.rank,
        street=zone.street,
        street_en=street_en,
        beside=zone.beside,
        name=zone_name(zone.street, zone.beside),
        name_en=zone_name(street_en, beside_en),
        length_m=zone.length_m,
        density_per_km=zone.density_per_km,
        event_count=zone.event_count,
        score=zone.score,
        guardianship_share=zone.guardianship_share,
        parts={source: zone.guardianship[source.value] for source in sources},
        reasons=tuple(Sentence.from_record(reason) for reason in zone.reasons),
        hotspot_rank=zone.hotspot_rank,
        geometry=outline,
    )


def _legend(breaks: Sequence[float]) -> tuple[LegendClass, ...]:
    edges = [0.0, *breaks]
    ends = [*breaks, None]
    return tuple(LegendClass(number, low, high) for number, (low, high) in enumerate(zip(edges, ends, strict=True), 1))

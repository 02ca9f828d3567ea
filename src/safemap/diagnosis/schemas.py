"""What pages, prints and files see of a diagnosis."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import shapely

from safemap.diagnosis.reasons import IN_HOTSPOT, Known
from safemap.diagnosis.rules import Events, Parameters, Period, Sentence, Source
from safemap.geo.crs import Lonlat


@dataclass(frozen=True)
class ZoneSeen:
    """A dead zone as it is listed and drawn."""

    id: int
    period: Period
    rank: int
    street: str
    street_en: str  # as its source has it; empty when it has none
    beside: str
    name: Sentence  # "永和巷", or "Unnamed way off 永和巷"
    name_en: Sentence
    length_m: float
    density_per_km: float
    event_count: int
    score: float
    guardianship_share: float
    parts: dict[Source, float | None]  # None: not known here; lamps only after dark
    reasons: tuple[Sentence, ...]
    hotspot_rank: int | None  # of the hotspot it lies in: more events than chance puts there
    geometry: Lonlat  # MultiLineString

    def named(self, language: str, gettext: Callable[[str], str]) -> str:
        """Name it in a language."""
        return (self.name_en if language == "en" else self.name).said(gettext)

    @property
    def in_hotspot(self) -> Sentence | None:
        """Say which hotspot it lies in; None when it lies in none."""
        return Sentence(IN_HOTSPOT, {"rank": self.hotspot_rank}) if self.hotspot_rank else None


@dataclass(frozen=True)
class PeriodSeen:
    """What was found in one period of the day."""

    period: Period
    name: Sentence
    title: Sentence
    event_count: float  # parts of events whose hour is not known add up
    has_hotspots: bool
    zone_count: int  # of all dead zones; `zones` holds the worst
    zones: tuple[ZoneSeen, ...]


@dataclass(frozen=True)
class LegendClass:
    """One class of density: above `from_per_km`, up to and including `to_per_km` (None: no end)."""

    number: int
    from_per_km: float
    to_per_km: float | None


@dataclass(frozen=True)
class CountSeen:
    """A line of a table of counts: a kind of event or a street, and how many."""

    name: Sentence
    count: int


@dataclass(frozen=True)
class DiagnosisSeen:
    """A diagnosis with everything that a page or a print needs."""

    id: int
    area_key: str
    area_name: str
    made_at: datetime
    data_as_of: datetime
    events: Events
    events_name: Sentence
    event_count: int
    has_hotspots: bool
    title: Sentence  # when there are too few events: says so; else that of the period with most dead zones
    parameters: Parameters
    known: Known  # which guardians are known here at all
    counts: dict[str, Any]  # cameras, routes, lamps … as they were counted
    notes: tuple[Sentence, ...]  # what was counted, what is not known here
    by_category: tuple[CountSeen, ...]
    by_street: tuple[CountSeen, ...]
    legend: tuple[LegendClass, ...]
    periods: dict[Period, PeriodSeen]

    def as_record(self, gettext: Callable[[str], str], language: str) -> dict[str, Any]:
        """Return it ready for JSON, its sentences said in one language."""
        return {
            "id": self.id,
            "area": {"key": self.area_key, "name": self.area_name},
            "made_at": self.made_at.isoformat(),
            "data_as_of": self.data_as_of.isoformat(),
            "language": language,
            "title": self.title.said(gettext),
            "events": self.events.value,
            "event_count": self.event_count,
            "has_hotspots": self.has_hotspots,
            "notes": [note.said(gettext) for note in self.notes],
            "known": asdict(self.known),
            "counts": self.counts,
            "by_category": [{"name": line.name.said(gettext), "count": line.count} for line in self.by_category],
            "by_street": [{"name": line.name.said(gettext), "count": line.count} for line in self.by_street],
            "legend_per_km": [asdict(line) for line in self.legend],
            "parameters": asdict(self.parameters),
            "periods": {
                period.value: {
                    "name": seen.name.said(gettext),
                    "title": seen.title.said(gettext),
                    "event_count": round(seen.event_count, 1),
                    "has_hotspots": seen.has_hotspots,
                    "zone_count": seen.zone_count,
                    "zones": [_zone_record(zone, gettext, language) for zone in seen.zones],
                }
                for period, seen in self.periods.items()
            },
        }


def _zone_record(zone: ZoneSeen, gettext: Callable[[str], str], language: str) -> dict[str, Any]:
    return {
        "rank": zone.rank,
        "name": zone.named(language, gettext),
        "length_m": round(zone.length_m, 1),
        "events_per_km": round(zone.density_per_km, 1),
        "event_count": zone.event_count,
        "score": round(zone.score, 1),
        "guardianship_share": round(zone.guardianship_share, 3),
        "parts": {source.value: None if share is None else round(share, 3) for source, share in zone.parts.items()},
        "reasons": [reason.said(gettext) for reason in zone.reasons],
        "hotspot_rank": zone.hotspot_rank,
        "geometry": shapely.geometry.mapping(shapely.set_precision(zone.geometry, 1e-7, mode="pointwise")),
    }

"""The events of a diagnosis: which are counted, where and when they count, and what has to be said of them."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from safemap.analysis import scene
from safemap.analysis.area import BEYOND
from safemap.analysis.segments import BORDER_REACH_M
from safemap.communities.rules import StudyArea
from safemap.diagnosis.rules import MINIMUM_EVENTS, Events, Parameters, Sentence
from safemap.diagnosis.timing import hour_is_known, incident_shares, report_shares
from safemap.hazards import service as hazards
from safemap.hazards.categories import CATEGORY_BY_CODE
from safemap.hazards.rules import ON_BORDER_DEG, STREET_ACCURACY_M, HazardState
from safemap.i18n import mark
from safemap.incidents import service as incidents
from safemap.incidents.rules import FAMILY_OF, KIND_NAMES, IncidentFamily, IncidentKind

ROUGH = mark("{n} more are placed too roughly for this map (worse than {distance} m).")
NO_HOUR = mark("The hour of {n} of them is not known: they are spread over the whole day.")
FAMILIES = {Events.TRAFFIC: IncidentFamily.TRAFFIC, Events.CRIME: IncidentFamily.CRIME}


@dataclass(frozen=True, eq=False)
class Counted:
    """Events as the measurement takes them, with their words.

    Those placed worse than they reach are left out and said so: nobody could tell at which street they count.
    """

    events: scene.Events
    names: list[str]  # message ids of their kinds, by place
    newest: datetime | None
    notes: tuple[Sentence, ...]

    @property
    def count(self) -> int:
        """How many lie in the area itself."""
        return int(self.events.is_inside.sum())

    def by_category(self) -> list[tuple[str, int]]:
        """Kinds of the events in the area, as message ids, with their numbers; most first."""
        inside = (name for name, is_inside in zip(self.names, self.events.is_inside, strict=True) if is_inside)
        return sorted(Counter(inside).items(), key=lambda item: (-item[1], item[0]))


@dataclass(frozen=True, eq=False)
class _Read:
    geometries: NDArray[np.object_]
    accuracy_m: NDArray[np.float64]
    period_share: NDArray[np.float64]
    hour_is_known: NDArray[np.bool_]
    names: list[str]
    at: NDArray[np.object_]


def choose_events(session: Session, area: StudyArea) -> tuple[Events, int]:
    """Choose what to count: open reports when there are enough, else the larger family of incidents that has enough.

    Returns
    -------
    tuple
        The choice, and the number of open reports.
    """
    reports = sum(hazards.count_by_category(session, area.village_ids, HazardState.OPEN).values())
    number_of: Counter[IncidentFamily] = Counter()
    for kind, number in incidents.count_by_kind(session, area.geometry).items():
        number_of[FAMILY_OF[IncidentKind(kind)]] += number
    larger = max(FAMILIES, key=lambda events: number_of[FAMILIES[events]])
    if reports < MINIMUM_EVENTS <= number_of[FAMILIES[larger]]:
        return larger, reports
    return Events.REPORTS, reports


def read_counted(session: Session, area: StudyArea, events: Events, parameters: Parameters) -> Counted:
    """Read the events of an area and those just outside it that reach in."""
    margin_m = BORDER_REACH_M + BEYOND * parameters.bandwidth_m
    if events is Events.REPORTS:
        read = _read_reports(session, area, margin_m)
    else:
        read = _read_incidents(session, area, margin_m, FAMILIES[events])
    outline = area.geometry
    shapely.prepare(outline)
    is_inside = shapely.dwithin(outline, read.geometries, ON_BORDER_DEG)
    known_within_m = max(parameters.reach_of_event_m, STREET_ACCURACY_M)
    is_placed = read.accuracy_m <= known_within_m
    rough = int((is_inside & ~is_placed).sum())
    without_hour = int((is_inside & is_placed & ~read.hour_is_known).sum())
    notes = []
    if rough:
        notes.append(Sentence(ROUGH, {"n": rough, "distance": round(known_within_m)}))
    if without_hour:
        notes.append(Sentence(NO_HOUR, {"n": without_hour}))
    kept = np.flatnonzero(is_placed)
    used = read.at[is_placed & is_inside]
    return Counted(
        events=scene.Events(
            xy=shapely.get_coordinates(area.plane.to_metric_all(read.geometries[kept])).reshape(-1, 2),
            accuracy_m=read.accuracy_m[kept],
            weight=np.ones(len(kept)),
            period_share=read.period_share[kept],
            is_inside=is_inside[kept],
        ),
        names=[read.names[place] for place in kept],
        newest=max(used) if len(used) else None,
        notes=tuple(notes),
    )


def _read_reports(session: Session, area: StudyArea, margin_m: float) -> _Read:
    found = hazards.hazards_for_members(session, area.village_ids, area.geometry, margin_m)
    return _Read(
        geometries=found.geometries,
        accuracy_m=found.accuracy_m,
        period_share=report_shares(found.noticed_at, found.categories),
        hour_is_known=np.ones(len(found), dtype=np.bool_),
        names=[CATEGORY_BY_CODE[code].name for code in found.categories],
        at=found.reported_at,
    )


def _read_incidents(session: Session, area: StudyArea, margin_m: float, family: IncidentFamily) -> _Read:
    found = incidents.incidents_in(session, area.geometry, margin_m, family=family)
    return _Read(
        geometries=found.geometries,
        accuracy_m=found.accuracy_m,
        period_share=incident_shares(found.occurred_at, found.occurred_until, found.precisions),
        hour_is_known=hour_is_known(found.occurred_until, found.precisions),
        names=[KIND_NAMES[IncidentKind(kind)] for kind in found.kinds],
        at=found.occurred_at,
    )

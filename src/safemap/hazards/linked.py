"""Reports near each other in place and time: perhaps one cause, seen by several."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import shapely
from sqlalchemy.orm import Session

from safemap.analysis.hotspots.near_repeat import linked_events
from safemap.db.reading import geometries, widened
from safemap.geo.crs import Lonlat, MetricPlane
from safemap.hazards import repository
from safemap.identity.rules import Viewer

WITHIN_M = 200.0
WITHIN_DAYS = 7.0
LISTED = 10
DAY_S = 24 * 3600


@dataclass(frozen=True)
class LinkedReport:
    """A report near another one.

    Parameters
    ----------
    distance_m
        Between the places where members see the two, rounded to 10 m: of one street it is 0.
    days
        After the other one; negative: before it.
    """

    public_id: str
    category: str
    state: str
    reported_at: datetime
    distance_m: int
    days: int


def linked_reports(session: Session, viewer: Viewer, public_id: str) -> tuple[LinkedReport, ...]:
    """Return reports within 200 m and 7 days of one, both inclusive, nearest in time first.

    Only those that the viewer may know of; and between the places where members see them, for whoever asks: who may
    see exact places does not need them here, and who may not learns nothing.
    """
    sight = repository.by_street_alone(viewer)
    anchor = repository.place_and_time(session, sight, public_id)
    if anchor is None:
        return ()
    place, reported_at = Lonlat(shapely.from_wkb(bytes(anchor[0]))), anchor[1]
    span = timedelta(days=WITHIN_DAYS)
    ids, categories, states, times, wkb = repository.seen_about(
        session, sight, widened(place, WITHIN_M), reported_at - span, reported_at + span
    )
    mine = ids.index(public_id) if public_id in ids else -1
    if mine < 0 or len(ids) < 2:
        return ()
    xy = shapely.get_coordinates(MetricPlane.around(place).to_metric_all(geometries(wkb))).reshape(-1, 2)
    days = np.array([(moment - reported_at).total_seconds() / DAY_S for moment in times])
    pairs = linked_events(xy, days, within_m=WITHIN_M, within_days=WITHIN_DAYS)
    is_mine = (pairs.earlier == mine) | (pairs.later == mine)
    others = np.where(pairs.earlier == mine, pairs.later, pairs.earlier)[is_mine]
    found = [
        LinkedReport(
            public_id=ids[other],
            category=categories[other],
            state=states[other],
            reported_at=times[other],
            distance_m=10 * round(float(distance_m) / 10),
            days=round(float(days[other])),
        )
        for other, distance_m in zip(others.tolist(), pairs.distance_m[is_mine].tolist(), strict=True)
    ]
    return tuple(sorted(found, key=lambda one: (abs(one.days), one.distance_m, one.public_id))[:LISTED])

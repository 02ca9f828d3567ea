"""Reads one area's map through the services of the domains below, into metres of the sheet's plane.

A print goes from hand to hand, so it shows what any member may see, whoever prints it: reports on their street.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, time
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from safemap.basemap import service as basemap
from safemap.basemap.service import Places, Streets
from safemap.blocks import service as blocks
from safemap.cameras import service as cameras
from safemap.cameras.rules import DEFAULT_FIELD_OF_VIEW_DEG, DEFAULT_REACH_M, CameraKind, CameraSite
from safemap.communities.rules import StudyArea
from safemap.diagnosis.rules import LIST_SEPARATOR, Events, Period
from safemap.diagnosis.schemas import ZoneSeen
from safemap.diagnosis.timing import LOCAL_TIME, report_shares
from safemap.geo.bearings import plane_azimuths_deg
from safemap.geo.crs import Lonlat, Metric, MetricPlane
from safemap.hazards import service as hazards
from safemap.hazards.rules import Severity
from safemap.i18n import mark
from safemap.identity.rules import A_MEMBER
from safemap.incidents import service as incidents
from safemap.incidents.rules import IncidentFamily, IncidentKind
from safemap.maps.scale import MapFrame
from safemap.maps.scene import Marks, Scene, Sites, Views, Watch, Ways, Zone, no_marks
from safemap.patrols import service as patrols

Say = Callable[[str], str]
EVERY_DAY = 127
EVERY_DAY_WORDS = mark("every day")
ON_DAYS = mark("on {days}")
SHORT_DAYS = (mark("Mo"), mark("Tu"), mark("We"), mark("Th"), mark("Fr"), mark("Sa"), mark("Su"))
REASONS_END = mark(".")
FAMILY_OF_EVENTS = {Events.TRAFFIC: IncidentFamily.TRAFFIC, Events.CRIME: IncidentFamily.CRIME}
GRAVE_INCIDENTS = {IncidentKind.ACCIDENT_A1, IncidentKind.ROBBERY}
WATCH_MARGIN_M = 30.0  # a camera just outside still sees in


def read_scene(
    session: Session,
    area: StudyArea,
    frame: MapFrame,
    *,
    events: Events,
    period: Period | None,
    zones: Iterable[ZoneSeen],
    language: str,
    say: Say,
    now: datetime,
) -> Scene:
    """Read everything that a map of an area shows: the ground for the whole window, the rest for the area.

    Parameters
    ----------
    events
        What the diagnosis counted: incidents of its family are shown besides the reports.
    period
        Reports that matter at that time; None: all of them.
    """
    plane = frame.plane
    window = plane.to_lonlat(Metric(shapely.box(*frame.box)))
    lamps = basemap.lamps_in(session, area.geometry)
    return Scene(
        area=plane.to_metric(area.geometry),
        streets=_ways(basemap.streets_in(session, window), plane, language),
        buildings=plane.to_metric_all(basemap.buildings_in(session, window).geometries),
        places=_sites(basemap.places_in(session, window), plane, language),
        lamps_xy=_xy(plane, lamps.geometries),
        lamps_working=lamps.is_working,
        reports=_reports(session, area, plane, period),
        incidents=_incidents(session, area, plane, events),
        cameras=_views(session, area, plane),
        routes=_routes(session, area, plane, language, say),
        blocks=_blocks(session, area, plane, say, now),
        zones=tuple(_zone(zone, plane, language, say) for zone in zones),
    )


def _ways(streets: Streets, plane: MetricPlane, language: str) -> Ways:
    return Ways(
        plane.to_metric_all(streets.geometries), _named(streets.names, streets.names_en, language), streets.classes
    )


def _sites(places: Places, plane: MetricPlane, language: str) -> Sites:
    return Sites(plane.to_metric_all(places.geometries), _named(places.names, places.names_en, language), places.kinds)


def _named(names: NDArray[np.object_], names_en: NDArray[np.object_], language: str) -> NDArray[np.object_]:
    """Names in the reader's language where the source has them; a name is never translated."""
    return np.where(names_en != "", names_en, names) if language == "en" else names


def _xy(plane: MetricPlane, points: NDArray[np.object_]) -> NDArray[np.float64]:
    return shapely.get_coordinates(plane.to_metric_all(points)) if len(points) else np.empty((0, 2))


def _reports(session: Session, area: StudyArea, plane: MetricPlane, period: Period | None) -> Marks:
    reports = hazards.hazards_seen_in(session, A_MEMBER, area.geometry, only_open=True)
    if len(reports) == 0:
        return no_marks()
    matters = np.ones(len(reports), dtype=np.bool_)
    if period is not None:
        matters = report_shares(reports.noticed_at, reports.categories)[:, list(Period).index(period)] > 0
    return Marks(
        xy=_xy(plane, reports.geometries)[matters],
        kinds=reports.categories[matters],
        is_grave=(reports.severities >= int(Severity.DANGEROUS))[matters],
        words=reports.descriptions[matters],
        days=_days(reports.reported_at[matters]),
    )


def _incidents(session: Session, area: StudyArea, plane: MetricPlane, events: Events) -> Marks:
    if events not in FAMILY_OF_EVENTS:
        return no_marks()
    found = incidents.incidents_in(session, area.geometry, family=FAMILY_OF_EVENTS[events])
    grave = np.array([kind in GRAVE_INCIDENTS for kind in found.kinds], dtype=np.bool_)
    return Marks(_xy(plane, found.geometries), found.kinds, grave, found.places, _days(found.occurred_at))


def _days(moments: NDArray[np.object_]) -> NDArray[np.object_]:
    days = np.empty(len(moments), dtype=object)
    days[:] = [moment.astimezone(LOCAL_TIME).date() for moment in moments]
    return days


def _views(session: Session, area: StudyArea, plane: MetricPlane) -> Views:
    found = cameras.cameras_in(session, area.geometry, WATCH_MARGIN_M)
    outdoor = found.sites != CameraSite.INDOOR.value
    lonlat = shapely.get_coordinates(found.geometries)[outdoor]
    all_round = np.isin(found.kinds[outdoor].astype(str), [CameraKind.DOME.value, CameraKind.PANNING.value])
    view = found.field_of_view_deg[outdoor]
    assumed = np.where(all_round, 360.0, DEFAULT_FIELD_OF_VIEW_DEG)
    reach = found.reach_m[outdoor]
    return Views(
        xy=_xy(plane, found.geometries[outdoor]),
        bearing_deg=plane_azimuths_deg(plane, lonlat.reshape(-1, 2), found.azimuth_deg[outdoor]),
        field_of_view_deg=np.where(np.isnan(view), assumed, view),
        reach_m=np.where(np.isnan(reach), DEFAULT_REACH_M, reach),
        is_working=found.is_working[outdoor],
    )


def _routes(session: Session, area: StudyArea, plane: MetricPlane, language: str, say: Say) -> tuple[Watch, ...]:
    found = patrols.routes_in(session, area.geometry)
    teams = _named(found.teams, found.teams_en, language)
    return tuple(
        Watch(plane.to_metric(cast("Lonlat", shape)), f"{team} {_hours(start, end, int(weekdays), say)}".strip())
        for shape, team, start, end, weekdays in zip(
            found.geometries, teams, found.starts_at, found.ends_at, found.weekdays, strict=True
        )
    )


def _blocks(session: Session, area: StudyArea, plane: MetricPlane, say: Say, now: datetime) -> tuple[Watch, ...]:
    found = blocks.blocks_in(session, area.geometry)
    today = now.astimezone(LOCAL_TIME).date()
    return tuple(
        Watch(plane.to_metric(cast("Lonlat", shape)), f"{adopter} {_hours(start, end, int(weekdays), say)}")
        for shape, adopter, start, end, weekdays, since, until in zip(
            found.geometries,
            found.adopters,
            found.starts_at,
            found.ends_at,
            found.weekdays,
            found.in_force_from,
            found.in_force_until,
            strict=True,
        )
        if since <= today <= until
    )


def _hours(start: time, end: time, weekdays: int, say: Say) -> str:
    if weekdays == EVERY_DAY:
        days = say(EVERY_DAY_WORDS)
    else:
        named = say(LIST_SEPARATOR).join(say(name) for day, name in enumerate(SHORT_DAYS) if weekdays >> day & 1)
        days = say(ON_DAYS).format(days=named)
    return f"{days} {start:%H:%M}–{end:%H:%M}"


def _zone(zone: ZoneSeen, plane: MetricPlane, language: str, say: Say) -> Zone:
    told = (*((zone.in_hotspot,) if zone.in_hotspot else ()), *zone.reasons)
    words = say(LIST_SEPARATOR).join(reason.said(say) for reason in told) + say(REASONS_END)
    return Zone(
        number=zone.rank,
        line=plane.to_metric(zone.geometry),
        name=zone.named(language, say),
        reasons=words,
        length_m=zone.length_m,
    )

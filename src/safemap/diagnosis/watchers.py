"""Streets and who watches them, read through the domains' services and brought into metres."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from safemap.analysis.area import BEYOND
from safemap.analysis.guardianship import Cameras, Guardians
from safemap.analysis.presence import WeeklyHours
from safemap.analysis.scene import Lamps, StreetLines
from safemap.analysis.segments import BORDER_REACH_M
from safemap.basemap import service as basemap
from safemap.blocks import service as blocks
from safemap.cameras import service as cameras
from safemap.cameras.rules import DEFAULT_FIELD_OF_VIEW_DEG, DEFAULT_REACH_M, CameraKind, CameraSite
from safemap.communities.rules import StudyArea
from safemap.diagnosis.reasons import Known
from safemap.diagnosis.rules import Parameters, Sentence
from safemap.geo.bearings import plane_azimuths_deg
from safemap.i18n import mark
from safemap.patrols import service as patrols

LONGEST_REACH_M = 1000.0  # no camera's reach is longer, by a constraint of its table
NO_CAMERAS = mark("No camera is known here.")
NO_ROUTES = mark("No patrol route is known here.")
NO_BLOCKS = mark("No adopted block is known here.")
NO_LAMPS = mark("Street lamps are not known here.")
NO_BUILDINGS = mark("No building is known here, so none hides anything.")
NO_DIRECTION = mark(
    "The direction of {n} of {all} cameras is not known: each counts by the part of a circle it can see."
)
BY_NIGHT = mark("Cameras count by night as by day: how well they see in the dark is not known.")


@dataclass(frozen=True, eq=False)
class KnownStreets:
    """Streets that can be walked, with the ids of their edges."""

    lines: StreetLines
    edge_ids: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Watchers:
    """Who watches an area; None where a source is not known there at all."""

    cameras: Cameras | None
    routes: Guardians | None
    blocks: Guardians | None
    lamps: Lamps | None
    buildings: NDArray[np.object_]
    counts: dict[str, int]
    notes: tuple[Sentence, ...]

    def known(self, streets: KnownStreets) -> Known:
        """Tell which sources are known; light also when streets themselves are said to be lit or not."""
        return Known(
            cameras=self.cameras is not None,
            patrols=self.routes is not None,
            blocks=self.blocks is not None,
            lamps=self.lamps is not None or bool(np.isfinite(streets.lines.lit).any()),
        )


def unknown_notes(known: Known) -> tuple[Sentence, ...]:
    """Say which sources are not known here, so that nobody takes silence for absence."""
    told = (
        (known.cameras, NO_CAMERAS),
        (known.patrols, NO_ROUTES),
        (known.blocks, NO_BLOCKS),
        (known.lamps, NO_LAMPS),
    )
    return tuple(Sentence(message) for is_known, message in told if not is_known)


def read_streets(session: Session, area: StudyArea, parameters: Parameters) -> KnownStreets:
    """Read the streets that can be walked, in the area and as far around it as events reach in."""
    found = basemap.streets_in(session, area.geometry, BORDER_REACH_M + BEYOND * parameters.bandwidth_m)
    kept = np.flatnonzero(found.is_walkable)
    lit = np.array([np.nan if value is None else float(value) for value in found.is_lit[kept]], dtype=np.float64)
    lines = StreetLines(
        lines=area.plane.to_metric_all(found.geometries[kept]),
        from_node=found.from_node_ids[kept],
        to_node=found.to_node_ids[kept],
        names=found.names[kept],
        lit=lit,
    )
    return KnownStreets(lines, found.ids[kept])


def read_watchers(session: Session, area: StudyArea, parameters: Parameters, today: date) -> Watchers:
    """Read all guardians, each as far beyond the area's edge as it reaches into it."""
    seeing, counts, notes = _cameras(session, area)
    routes = patrols.routes_in(session, area.geometry, parameters.reach_of_patrol_m + BORDER_REACH_M)
    adopted = blocks.blocks_in(session, area.geometry, BORDER_REACH_M)
    in_force = np.flatnonzero((adopted.in_force_from <= today) & (adopted.in_force_until >= today))
    lamps = basemap.lamps_in(session, area.geometry, parameters.reach_of_lamp_m + BORDER_REACH_M)
    working = int(lamps.is_working.sum())
    reach_m = max(parameters.reach_of_patrol_m, parameters.reach_of_lamp_m)
    if seeing is not None and len(seeing):
        reach_m = max(reach_m, float(seeing.reach_m.max()))
    buildings = basemap.buildings_in(session, area.geometry, reach_m + BORDER_REACH_M).geometries
    if len(buildings) == 0:
        notes = (*notes, Sentence(NO_BUILDINGS))
    counts |= {
        "routes": len(routes),
        "blocks": len(in_force),
        "blocks_not_in_force": len(adopted) - len(in_force),
        "lamps": working,
        "lamps_out": len(lamps) - working,
        "buildings": len(buildings),
    }
    plane = area.plane
    return Watchers(
        cameras=seeing,
        routes=Guardians(
            plane.to_metric_all(routes.geometries), _hours(routes.weekdays, routes.starts_at, routes.ends_at)
        )
        if len(routes)
        else None,
        blocks=Guardians(
            plane.to_metric_all(adopted.geometries[in_force]),
            _hours(adopted.weekdays[in_force], adopted.starts_at[in_force], adopted.ends_at[in_force]),
        )
        if len(adopted)
        else None,
        lamps=Lamps(shapely.get_coordinates(plane.to_metric_all(lamps.geometries)).reshape(-1, 2), lamps.is_working)
        if len(lamps)
        else None,
        buildings=plane.to_metric_all(buildings),
        counts=counts,
        notes=notes,
    )


def _cameras(session: Session, area: StudyArea) -> tuple[Cameras | None, dict[str, int], tuple[Sentence, ...]]:
    """Cameras that can see into the area; None when not even an indoor or broken one is known."""
    found = cameras.cameras_in(session, area.geometry, LONGEST_REACH_M + BORDER_REACH_M)
    points = area.plane.to_metric_all(found.geometries)
    looks_around = np.isin(found.kinds.astype(str), [CameraKind.DOME.value, CameraKind.PANNING.value])
    reach_m = np.where(np.isnan(found.reach_m), DEFAULT_REACH_M, found.reach_m)
    view_deg = np.where(np.isnan(found.field_of_view_deg), DEFAULT_FIELD_OF_VIEW_DEG, found.field_of_view_deg)
    view_deg = np.where(looks_around, 360.0, view_deg)
    outline = area.plane.to_metric(area.geometry)
    shapely.prepare(outline)
    is_near = (
        shapely.distance(outline, points) <= reach_m + BORDER_REACH_M if len(found) else np.zeros(0, dtype=np.bool_)
    )
    watches = is_near & found.is_working & (found.sites.astype(str) != CameraSite.INDOOR.value)
    places = np.flatnonzero(watches)
    azimuth_deg = plane_azimuths_deg(
        area.plane, shapely.get_coordinates(found.geometries[places]).reshape(-1, 2), found.azimuth_deg[places]
    )
    undirected = int((np.isnan(azimuth_deg) & (view_deg[places] < 360.0)).sum())
    counts = {
        "cameras": len(places),
        "cameras_without_direction": undirected,
        "cameras_indoor_or_out_of_order": int(is_near.sum()) - len(places),
    }
    if not is_near.any():
        return None, counts, ()
    notes = [Sentence(BY_NIGHT)] if len(places) else []
    if undirected:
        notes.insert(0, Sentence(NO_DIRECTION, {"n": undirected, "all": len(places)}))
    seeing = Cameras(
        shapely.get_coordinates(points[places]).reshape(-1, 2), azimuth_deg, view_deg[places], reach_m[places]
    )
    return seeing, counts, tuple(notes)


def _hours(weekdays: NDArray[np.int64], starts_at: Iterable[time], ends_at: Iterable[time]) -> WeeklyHours:
    minutes = [
        np.array([moment.hour * 60 + moment.minute for moment in moments], dtype=np.int64)
        for moments in (starts_at, ends_at)
    ]
    return WeeklyHours(weekdays, minutes[0], minutes[1])

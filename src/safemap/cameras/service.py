"""Use cases of cameras: read them for measuring and drawing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from safemap.basemap.finding import Found, FoundKind, differ_by_one, plate_of
from safemap.cameras import repository
from safemap.cameras.rules import CameraSite
from safemap.db.copy import Column
from safemap.db.merging import MergeCounts, merge_rows
from safemap.db.reading import geometries, numbers, texts, widened
from safemap.geo.crs import Lonlat

CAMERA_ACCURACY_M = 10.0  # of a pole; what it watches is further


@dataclass(frozen=True)
class Cameras:
    """Cameras as arrays of one length; NaN where a number is not known; geometries are Points in degrees."""

    ids: NDArray[np.int64]
    labels: NDArray[np.object_]
    operators: NDArray[np.object_]
    kinds: NDArray[np.object_]
    sites: NDArray[np.object_]
    azimuth_deg: NDArray[np.float64]
    field_of_view_deg: NDArray[np.float64]
    reach_m: NDArray[np.float64]
    mount_height_m: NDArray[np.float64]
    is_working: NDArray[np.bool_]
    geometries: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.ids)


def cameras_in(session: Session, place: Lonlat, margin_m: float = 0.0) -> Cameras:
    """Cameras in a place widened by a margin, of every site and state."""
    ids, labels, operators, kinds, sites, azimuth, field_of_view, reach, height, working, wkb = repository.columns_in(
        session, widened(place, margin_m) if margin_m else place
    )
    return Cameras(
        ids=np.array(ids, dtype=np.int64),
        labels=texts(labels),
        operators=texts(operators),
        kinds=texts(kinds),
        sites=texts(sites),
        azimuth_deg=numbers(azimuth),
        field_of_view_deg=numbers(field_of_view),
        reach_m=numbers(reach),
        mount_height_m=numbers(height),
        is_working=np.array(working, dtype=np.bool_),
        geometries=geometries(wkb),
    )


def cameras_of_number(session: Session, place: Lonlat, said: str, *, may_be_near: bool) -> list[Found]:
    """Cameras that watch streets with what is painted on their pole; those that differ by one sign only when let."""
    asked = plate_of(said)
    if not asked:
        return []
    found = cameras_in(session, place)
    known: list[Found] = []
    for label, site, point in zip(found.labels, found.sites, found.geometries, strict=True):
        plate = plate_of(label)
        is_same = plate == asked
        if plate and site != CameraSite.INDOOR.value and (is_same or (may_be_near and differ_by_one(plate, asked))):
            lon, lat = round(point.x, 6), round(point.y, 6)
            known.append(Found(FoundKind.CAMERA, label, "", lon, lat, CAMERA_ACCURACY_M, is_sure=is_same))
    return sorted(known, key=lambda one: (not one.is_sure, one.name))


def sources_in(session: Session, place: Lonlat) -> list[str]:
    """Names of the sources of a place's cameras, for attribution."""
    return repository.sources_in(session, place)


def store_cameras(session: Session, columns: Sequence[Column]) -> MergeCounts:
    """Store cameras by their source's ids."""
    return merge_rows(session, "camera", columns)

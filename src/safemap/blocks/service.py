"""Use cases of adopted blocks: read them for measuring and drawing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from safemap.blocks import repository
from safemap.db.copy import Column
from safemap.db.merging import MergeCounts, merge_rows
from safemap.db.reading import geometries, texts, widened
from safemap.geo.crs import Lonlat


@dataclass(frozen=True)
class Blocks:
    """Adopted blocks as arrays of one length; geometries are Polygons in degrees."""

    ids: NDArray[np.int64]
    names: NDArray[np.object_]
    adopters: NDArray[np.object_]
    adopter_kinds: NDArray[np.object_]
    weekdays: NDArray[np.int64]  # bits: Monday 1, Tuesday 2, … Sunday 64
    starts_at: NDArray[np.object_]  # datetime.time, local
    ends_at: NDArray[np.object_]  # before its start: past midnight
    in_force_from: NDArray[np.object_]  # datetime.date
    in_force_until: NDArray[np.object_]  # datetime.date, the last day included
    geometries: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.ids)


def blocks_in(session: Session, place: Lonlat, margin_m: float = 0.0) -> Blocks:
    """Blocks that touch a place widened by a margin, in force or not."""
    ids, names, adopters, kinds, weekdays, starts_at, ends_at, valid_from, valid_until, wkb = repository.columns_in(
        session, widened(place, margin_m) if margin_m else place
    )
    return Blocks(
        ids=np.array(ids, dtype=np.int64),
        names=texts(names),
        adopters=texts(adopters),
        adopter_kinds=texts(kinds),
        weekdays=np.array(weekdays, dtype=np.int64),
        starts_at=texts(starts_at),
        ends_at=texts(ends_at),
        in_force_from=texts(valid_from),
        in_force_until=texts(valid_until),
        geometries=geometries(wkb),
    )


def sources_in(session: Session, place: Lonlat) -> list[str]:
    """Names of the sources of a place's blocks, for attribution."""
    return repository.sources_in(session, place)


def store_blocks(session: Session, columns: Sequence[Column]) -> MergeCounts:
    """Store blocks by their source's ids."""
    return merge_rows(session, "block", columns)

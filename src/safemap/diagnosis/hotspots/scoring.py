"""How published maps fared: each is scored on the events that came after it, beside what anybody could have drawn."""

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from safemap.analysis.hotspots.scoring import Interval, MapScore, score_maps
from safemap.diagnosis.hotspots.reading import Read
from safemap.diagnosis.hotspots.rules import FEWEST_LATER, SEED
from safemap.diagnosis.hotspots.schemas import MapCells, MapScored, Scored, Span
from safemap.diagnosis.timing import LOCAL_TIME

PUBLISHED, COUNTS, PLAIN_KDE = "published", "counts", "plain_kde"


def events_since(read: Read, data_as_of: datetime) -> Read:
    """Return what happened, or was reported, after the newest event that a map knew of."""
    known = np.datetime64(data_as_of.astimezone(LOCAL_TIME).replace(tzinfo=None), "m")
    return read.taken(read.start > known)


def score_map(cells: MapCells, later: Read) -> tuple[int, Scored | None]:
    """Score a map on later events; how many of them lie on its cells, and None when they are too few.

    Hits are counted in the worst twentieth of the street length: a patrol walks streets, not square metres.
    """
    counts = counted_in(cells, later.xy[later.street >= 0])
    n = int(counts.sum())
    if n < FEWEST_LATER:
        return n, None
    maps = {PUBLISHED: cells.density, COUNTS: cells.counts, PLAIN_KDE: cells.plain_kde}
    found = score_maps(maps, counts, cells.street_m, seed=SEED)
    return n, Scored(
        n=n,
        area_share=found.area_share,
        maps={name: _scored(score) for name, score in found.maps.items()},
        hits_more={name: _span(hits) for name, (hits, _) in found.better.items()},
        log_more={name: _span(log) for name, (_, log) in found.better.items()},
    )


def counted_in(cells: MapCells, xy: NDArray[np.float64]) -> NDArray[np.int64]:
    """Count points in a map's cells; those in none are left out."""
    across, up = (np.floor((xy - np.array(cells.first_xy)) / cells.cell_m + 0.5)).astype(np.int64).T
    is_in = (across >= 0) & (across < cells.columns) & (up >= 0) & (up < cells.rows)
    flat = up[is_in] * cells.columns + across[is_in]
    return np.bincount(flat, minlength=cells.rows * cells.columns)[np.array(cells.cells, dtype=np.int64)]


def _scored(score: MapScore) -> MapScored:
    return MapScored(
        hit_rate=_span(score.hit_rate), pai=_span(score.pai), pei=_span(score.pei), log_score=_span(score.log_score)
    )


def _span(found: Interval) -> Span:
    low, high = (value if np.isfinite(value) else None for value in (found.low, found.high))
    return Span(value=found.value, low=low, high=high)

"""What a place is called: by the streets on which its events are."""

from collections import Counter

import numpy as np
import shapely
from numpy.typing import NDArray

from safemap.analysis.zones import NEAREST_NAME_M
from safemap.diagnosis.hotspots.reading import Ground
from safemap.diagnosis.hotspots.schemas import Named

SECOND_SHARE = 0.4  # of the first street's events: a second one with fewer does not help to find the place
MOST_NAMES = 2


def named_by(ground: Ground, streets: NDArray[np.int64], near_xy: NDArray[np.float64]) -> Named:
    """Name a place by the streets of its events, at most two; one of nameless ways by a named street at it.

    Where most lie on no known street, and where no named one is near, by its village.

    Parameters
    ----------
    streets
        Places of the streets of its events, one for each event.
    near_xy
        ``(2,)`` its middle.
    """
    counted = Counter(str(ground.names[street]) for street in streets.tolist() if street >= 0)
    total, nameless = counted.total(), counted.pop("", 0)
    if 2 * total <= len(streets):
        return Named(village=_village(ground, near_xy))
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:MOST_NAMES]
    if ranked and nameless <= total / 2:
        return Named(streets=tuple(name for name, number in ranked if number >= SECOND_SHARE * ranked[0][1]))
    beside = ranked[0][0] if ranked else _nearest_name(ground, near_xy)
    return Named(beside=beside) if beside else Named(village=_village(ground, near_xy))


def _village(ground: Ground, near_xy: NDArray[np.float64]) -> str:
    """Name the village at a place, or nearest to it."""
    return ground.village_names[int(np.argmin(shapely.distance(ground.villages, shapely.Point(near_xy))))]


def _nearest_name(ground: Ground, near_xy: NDArray[np.float64]) -> str:
    """Name the nearest named street; empty when none is within 300 m."""
    is_named = np.flatnonzero(ground.names[ground.segments.edge] != "")
    if len(is_named) == 0:
        return ""
    nearest = shapely.STRtree(ground.segments.lines[is_named]).query_nearest(
        shapely.Point(near_xy), max_distance=NEAREST_NAME_M, all_matches=False
    )
    return "".join(str(ground.names[ground.segments.edge[is_named[place]]]) for place in nearest.tolist())

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
    """Name a place by the streets of its events, at most two; one of nameless ways by the named street nearest to it.

    Parameters
    ----------
    streets
        Places of the streets of its events, one for each event.
    near_xy
        ``(2,)`` its middle.
    """
    counted = Counter(str(ground.names[street]) for street in streets.tolist() if street >= 0)
    counted.pop("", None)
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:MOST_NAMES]
    if ranked:
        return Named(streets=tuple(name for name, number in ranked if number >= SECOND_SHARE * ranked[0][1]))
    is_named = np.flatnonzero(ground.names[ground.segments.edge] != "")
    if len(is_named) == 0:
        return Named()
    nearest = shapely.STRtree(ground.segments.lines[is_named]).query_nearest(
        shapely.Point(near_xy), max_distance=NEAREST_NAME_M, all_matches=False
    )
    beside = [str(ground.names[ground.segments.edge[is_named[place]]]) for place in nearest.tolist()]
    return Named(beside=beside[0] if beside else "")

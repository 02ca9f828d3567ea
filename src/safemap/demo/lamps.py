"""Street lamps of the plan: one every 33 m along lit streets, none in the dark stretches, a few out of order."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, Point

from safemap.demo.houses import House
from safemap.demo.layout import BOUNDARY, DARK, Street

SPACING_M = 33.0
BROKEN_SHARE = 0.04


@dataclass(frozen=True)
class Lamp:
    """A lamp with the number painted on its pole."""

    number: str
    place: Point
    is_working: bool


def lamps(streets: Sequence[tuple[Street, LineString]], built: Sequence[House], seed: int) -> list[Lamp]:
    """Set lamps at the roadside, on the left and the right in turn."""
    random = np.random.default_rng(seed)
    dark = shapely.union_all(list(DARK))
    walls = shapely.union_all([house.outline for house in built])
    carriageways = shapely.union_all([line.buffer(street.width_m / 2) for street, line in streets])
    found: list[Lamp] = []
    for street, line in streets:
        if not street.is_lit:
            continue
        for step, along in enumerate(np.arange(8.0, line.length - 2.0, SPACING_M)):
            kerb = line.offset_curve((1 if step % 2 else -1) * (street.width_m / 2 + 0.4))
            place = kerb.interpolate(along / line.length, normalized=True)
            if not BOUNDARY.contains(place) or dark.contains(place):
                continue
            if walls.contains(place) or carriageways.contains(place):
                continue
            found.append(Lamp(f"示{101 + len(found):04d}", place, bool(random.random() >= BROKEN_SHARE)))
    return found

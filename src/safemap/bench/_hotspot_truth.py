"""Made-up maps on which the truth is known: how often a hotspot is seen where none is, and where one is."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.special import bdtrc, betaincinv, ndtr

from safemap.analysis.hotspots.exact import adjusted
from safemap.analysis.hotspots.grid import Grid, Placed, grid_over
from safemap.analysis.hotspots.hot_cells import HotCells, Null, hot_cells
from safemap.geo.crs import Metric

SIDE = 20  # cells; 400 windows of 3 by 3, a village in squares of 100 m
CELL_M = 100.0
REACH_M = 150.0
PLANTED = slice(8, 11)  # rows and columns of the block with more risk
LEVEL = 0.05
EVENTS = (20, 50, 100, 200)
# What was found when the method was chosen, by events and relative risk, in 250 to 400 maps each.
KNOWN_POWER = {
    (20, 5): 0.06,
    (20, 10): 0.34,
    (20, 20): 0.80,
    (50, 5): 0.27,
    (50, 10): 0.87,
    (50, 20): 1.0,
    (100, 5): 0.63,
    (100, 10): 1.0,
    (100, 20): 1.0,
    (200, 3): 0.39,
    (200, 5): 0.93,
    (200, 10): 1.0,
}


@dataclass(frozen=True)
class Share:
    """How many of so many maps."""

    number: int
    maps: int

    @property
    def value(self) -> float:
        """The share."""
        return self.number / self.maps

    @property
    def highest(self) -> float:
        """Upper end of the exact one-sided 95 % interval of the share."""
        return 1.0 if self.number == self.maps else float(betaincinv(self.number + 1, self.maps - self.number, 0.95))

    def chance_above(self, share: float) -> float:
        """Chance of a number as high or higher when the true share is `share`."""
        return float(bdtrc(self.number - 1, self.maps, share)) if self.number else 1.0


def village() -> Grid:
    """Return 20 by 20 squares of 100 m."""
    return grid_over(Metric(shapely.box(0.0, 0.0, SIDE * CELL_M, SIDE * CELL_M)), CELL_M)


def made_up_counts(events: int, maps: int, seed: int, ratio: float = 1.0) -> NDArray[np.int64]:
    """Throw events on maps, ``(maps, 20, 20)``, with `ratio` times the risk in a block of 3 by 3 cells."""
    risk = np.ones((SIDE, SIDE))
    risk[PLANTED, PLANTED] = ratio
    thrown = np.random.default_rng(seed).multinomial(events, (risk / risk.sum()).ravel(), size=maps)
    return thrown.reshape(maps, SIDE, SIDE)


def judged(grid: Grid, counts: NDArray[np.int64], null: Null) -> HotCells:
    """Test one map."""
    return hot_cells(Placed(grid, counts, np.zeros(0, dtype=np.int64), 0), REACH_M, null=null, level=LEVEL)


@dataclass(frozen=True)
class Alarms:
    """How many random maps show a hotspot: by exact chances, and by the textbook."""

    exact: Share
    textbook: Share
    textbook_corrected: Share


def false_alarms(events: int, maps: int, seed: int, null: Null = Null.EXPOSURE) -> Alarms:
    """Count random maps with any hot cell; beside chances read from Gi*'s z, bare and corrected."""
    grid = village()
    exact = bare = corrected = 0
    for counts in made_up_counts(events, maps, seed):
        hot = judged(grid, counts, null)
        from_z = ndtr(-hot.gi_star_z)
        exact += bool(hot.is_hot.any())
        bare += bool((from_z <= LEVEL).any())
        corrected += bool((adjusted(from_z) <= LEVEL).any())
    return Alarms(Share(exact, maps), Share(bare, maps), Share(corrected, maps))


def found(events: int, ratio: float, maps: int, seed: int, null: Null = Null.EXPOSURE) -> Share:
    """Count maps with a planted hotspot of which a cell, or one beside it, is hot."""
    grid = village()
    around = slice(PLANTED.start - 1, PLANTED.stop + 1)
    number = 0
    for counts in made_up_counts(events, maps, seed, ratio):
        number += bool(judged(grid, counts, null).is_hot.reshape(grid.shape)[around, around].any())
    return Share(number, maps)

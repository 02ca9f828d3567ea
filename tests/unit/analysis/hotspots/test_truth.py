"""Maps on which the truth is known: hotspots are hardly ever seen where none is, and are found where one is."""

import numpy as np
import pytest
import shapely

from safemap.analysis.hotspots.exact import smallest_ratio
from safemap.analysis.hotspots.grid import Placed, Tiling, grid_over
from safemap.analysis.hotspots.hot_cells import Null, hot_cells
from safemap.analysis.hotspots.scan import scan
from safemap.bench._hotspot_truth import EVENTS, KNOWN_POWER, Share, false_alarms, found, made_up_counts, village
from safemap.geo.crs import Metric

MOST = 0.06


@pytest.mark.parametrize("null", [Null.EXPOSURE, Null.SHUFFLE])
@pytest.mark.parametrize("events", EVENTS)
def test_at_most_six_random_maps_of_a_hundred_show_a_hotspot(events: int, null: Null) -> None:
    alarms = false_alarms(events, maps=1000 if null is Null.EXPOSURE else 500, seed=20261125, null=null)
    assert alarms.exact.highest <= MOST  # the upper end of the 95 % interval, not the share itself
    assert alarms.textbook.value == 1.0  # what a z-score says of the same maps
    assert alarms.textbook_corrected.value > 0.2


@pytest.mark.parametrize(("events", "ratio"), list(KNOWN_POWER))
def test_planted_hotspots_are_found_with_the_power_that_is_known(events: int, ratio: float) -> None:
    share = found(events, ratio, maps=300, seed=20261125)
    known = KNOWN_POWER[events, ratio]
    # Both numbers come from some hundreds of maps: three standard errors of each together.
    assert share.value >= known - 3 * np.sqrt(2 * known * (1 - known) / 300) - 0.01


@pytest.mark.parametrize("events", EVENTS)
def test_what_is_said_to_be_found_in_four_maps_of_five_is(events: int) -> None:
    share = found(events, smallest_ratio(events, 9 / 400, 400), maps=300, seed=1)
    assert 0.73 <= share.value <= 0.9


def test_random_maps_of_hexagons_over_a_ragged_village_with_uneven_exposure() -> None:
    random = np.random.default_rng(7)
    shape = shapely.Polygon([(0, 0), (1900, 300), (2000, 2000), (900, 1300), (200, 1900)])
    grid = grid_over(Metric(shape), 100.0, Tiling.HEXAGON)
    grid = grid.with_exposure(np.where(grid.exposure > 0, random.gamma(1.0, 1.0, grid.shape), 0.0))
    chance = (grid.exposure / grid.exposure.sum()).ravel()
    number = 0
    for counts in random.multinomial(60, chance, size=600):
        placed = Placed(grid, counts.reshape(grid.shape), np.zeros(0, dtype=np.int64), 0)
        number += bool(hot_cells(placed, 100.0).is_hot.any())
    assert Share(number, 600).highest <= MOST


def test_the_scan_holds_its_level_and_finds_what_is_planted() -> None:
    """Its level is exact: 5 of 100 random maps, so the share is tested against 5, not against an upper bound."""
    grid = village()
    none, some = (
        sum(
            scan(Placed(grid, counts, np.zeros(0, dtype=np.int64), 0), seed=place, runs=99).is_any
            for place, counts in enumerate(made_up_counts(50, maps, seed=3, ratio=ratio))
        )
        for ratio, maps in ((1.0, 120), (10.0, 40))
    )
    assert Share(none, 120).chance_above(0.05) > 0.01
    assert some >= 32  # 0.87 is known of cells; circles find as many

"""The city that the tile benchmark draws: the same every time, stored near to near, asked for where points are."""

import numpy as np

from safemap.bench.tiles import CITY, SEED, points_of_a_city, tiles_at_points
from safemap.web.tiles import tile_bounds


def test_the_city_is_the_same_every_time_and_as_big_as_asked() -> None:
    lon, lat = points_of_a_city(np.random.default_rng(SEED), 5000)
    again, _ = points_of_a_city(np.random.default_rng(SEED), 5000)
    assert len(lon) == len(lat) == 5000
    assert (lon == again).all()
    west, south, east, north = CITY
    assert west - 0.1 < lon.min() < lon.max() < east + 0.1
    assert south - 0.1 < lat.min() < lat.max() < north + 0.1


def test_points_stored_side_by_side_lie_side_by_side() -> None:
    lon, lat = points_of_a_city(np.random.default_rng(SEED), 20_000)
    step = np.hypot(np.diff(lon), np.diff(lat))
    shuffled = np.random.default_rng(1).permutation(20_000)
    strides = np.hypot(np.diff(lon[shuffled]), np.diff(lat[shuffled]))
    assert np.median(step) < np.median(strides) / 20


def test_each_tile_holds_a_point() -> None:
    lon, lat = points_of_a_city(np.random.default_rng(SEED), 2000)
    for tile in tiles_at_points(np.random.default_rng(2), lon, lat, 50):
        west, south, east, north = tile_bounds(*tile)
        assert ((west <= lon) & (lon < east) & (south < lat) & (lat <= north)).any()

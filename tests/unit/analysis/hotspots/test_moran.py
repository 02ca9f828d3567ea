"""Moran's I of polygons: a published answer, chances that hold on random values, islands, order of no matter."""

import warnings

import geopandas as gpd
import numpy as np
import pytest
import shapely

from safemap.analysis.hotspots.checks import NotUsable
from safemap.analysis.hotspots.moran import Quadrant, moran, neighbours_of


@pytest.fixture(scope="module")
def columbus() -> gpd.GeoDataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import libpysal.examples  # noqa: PLC0415

        return gpd.read_file(libpysal.examples.get_path("columbus.shp"))


def board(side: int = 8) -> np.ndarray:
    return np.array([shapely.box(x, y, x + 1, y + 1) for x in range(side) for y in range(side)])


def test_crime_in_columbus(columbus: gpd.GeoDataFrame) -> None:
    """Anselin (1988); spdep and PySAL both give I = 0.500188557 for queen neighbours with rows that add up to 1."""
    pairs = neighbours_of(columbus.geometry.to_numpy())
    assert len(pairs) == 236
    found = moran(columbus["CRIME"], pairs, seed=1)
    assert found.i == pytest.approx(0.5001885571828611)
    assert found.expected == pytest.approx(-1 / 48)
    assert found.p_value == 0.001
    assert moran(columbus["HOVAL"], pairs, seed=1).i == pytest.approx(0.180093114317273)


def test_local_statistics_are_the_formula_and_average_to_the_whole(columbus: gpd.GeoDataFrame) -> None:
    pairs = neighbours_of(columbus.geometry.to_numpy())
    found = moran(columbus["CRIME"], pairs, seed=1)
    z = columbus["CRIME"].to_numpy() - columbus["CRIME"].mean()
    number = np.bincount(pairs[:, 0])
    lag = np.bincount(pairs[:, 0], weights=z[pairs[:, 1]]) / number
    assert found.local_i == pytest.approx(48 * z * lag / (z**2).sum())
    assert found.local_i.sum() / 48 == pytest.approx(found.i)
    assert (found.quadrant[found.is_hot] == Quadrant.HIGH_HIGH).all()
    assert (found.local_p_adjusted >= found.local_p).all()


def test_local_chances_are_those_of_dealing_the_others_out(columbus: gpd.GeoDataFrame) -> None:
    pairs = neighbours_of(columbus.geometry.to_numpy())
    value = columbus["CRIME"].to_numpy()
    found = moran(value, pairs, seed=1)
    z, random = value - value.mean(), np.random.default_rng(2)
    for place in (0, 10, 25, 40):
        others, near = np.delete(z, place), pairs[pairs[:, 0] == place, 1]
        lags = np.array([random.choice(others, len(near), replace=False).mean() for _ in range(4000)])
        share = (z[place] * lags >= z[place] * z[near].mean() - 1e-12).mean()
        assert found.local_p[place] == pytest.approx(share, abs=0.06)


def test_random_values_are_hardly_ever_hot() -> None:
    areas = board(6)
    pairs, random = neighbours_of(areas), np.random.default_rng(3)
    alarms = sum(moran(random.poisson(1.0, 36), pairs, seed=place, runs=199).is_hot.any() for place in range(60))
    assert alarms <= 6


def test_empty_areas_are_never_certain() -> None:
    """Nothing beside nothing: dealt out anew it is nothing beside nothing again, most of the time."""
    value = np.zeros(64)
    value[[9, 40, 55]] = 1
    found = moran(value, neighbours_of(board()), seed=1)
    assert found.local_p[(value == 0) & (found.quadrant == Quadrant.LOW_LOW)].min() > 0.3


def test_one_seed_one_answer_and_the_worlds_generator_is_left_alone() -> None:
    value, pairs = np.random.default_rng(4).normal(size=64), neighbours_of(board())
    np.random.seed(5)  # noqa: NPY002 - the generator that must not be disturbed
    expected = np.random.random(3)  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    first = moran(value, pairs, seed=1)
    assert (np.random.random(3) == expected).all()  # noqa: NPY002
    second = moran(value, pairs, seed=1)
    assert first.p_value == second.p_value
    assert (first.local_p == second.local_p).all()


def test_an_island_takes_no_part_and_is_told() -> None:
    areas = np.append(board(4), shapely.box(100, 100, 101, 101))
    found = moran(np.append(np.arange(16.0), 90.0), neighbours_of(areas), seed=1, runs=99)
    assert found.islands == 1
    assert np.isnan(found.local_i[16])
    assert found.local_p[16] == 1.0
    assert found.quadrant[16] == ""
    assert not found.is_hot[16]


def test_neighbours_touch_in_both_directions() -> None:
    pairs = neighbours_of(board(3))
    assert np.bincount(pairs[:, 0]).tolist() == [3, 5, 3, 5, 8, 5, 3, 5, 3]
    assert {tuple(pair) for pair in pairs} == {tuple(pair[::-1]) for pair in pairs}
    assert neighbours_of(np.empty(0, dtype=object)).shape == (0, 2)


def test_what_makes_no_sense_is_refused() -> None:
    pairs = neighbours_of(board(3))
    with pytest.raises(NotUsable, match="at least 8"):
        moran(np.arange(7.0), pairs[:3], seed=1)
    with pytest.raises(NotUsable, match="all of them are 2"):
        moran(np.full(9, 2.0), pairs, seed=1)
    with pytest.raises(NotUsable, match="no area touches"):
        moran(np.arange(9.0), np.zeros((0, 2), dtype=int), seed=1)
    with pytest.raises(NotUsable, match="nan"):
        moran([1, 2, 3, 4, 5, 6, 7, 8, np.nan], pairs, seed=1)

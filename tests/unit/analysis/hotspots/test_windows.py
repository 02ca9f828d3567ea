"""Windows of cells: which cells, and sums that are exact on every edge."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safemap.analysis.hotspots.windows import window_of, window_sums

SQUARE, HEXAGON = (0.0, 1.0), (0.5, 3**0.5 / 2)
sizes = st.integers(1, 7)


def naive(values: np.ndarray, step: tuple[float, float], reach: float) -> np.ndarray:
    """Sum by the distance between every two centres."""
    row, column = np.indices(values.shape).reshape(2, -1)
    east, north = column + row * step[0], row * step[1]
    apart = np.hypot(east[:, None] - east, north[:, None] - north)
    return ((apart <= reach + 1e-9) @ values.ravel()).reshape(values.shape)


@pytest.mark.parametrize(("reach", "cells"), [(0.0, 1), (1.0, 5), (1.42, 9), (2.0, 13), (2.3, 21), (3.0, 29)])
def test_squares_within_a_reach(reach: float, cells: int) -> None:
    """The number of lattice points in a circle: 1, 5, 9, 13, 21, 25, 29 … (Gauss's circle problem)."""
    assert window_of(SQUARE, reach).size == cells


@pytest.mark.parametrize(("reach", "cells"), [(0.5, 1), (1.0, 7), (1.74, 13), (2.0, 19), (2.65, 31), (3.0, 37)])
def test_hexagons_within_a_reach(reach: float, cells: int) -> None:
    """The hexagonal lattice: 1, 7, 13, 19, 31, 37 …"""
    assert window_of(HEXAGON, reach).size == cells


@given(sizes, sizes, st.sampled_from([SQUARE, HEXAGON]), st.floats(0, 9), st.integers(0, 2**32 - 1))
def test_sums_are_those_of_every_pair(
    rows: int, columns: int, step: tuple[float, float], reach: float, seed: int
) -> None:
    values = np.random.default_rng(seed).integers(0, 9, (rows, columns))
    window = window_of(step, reach)
    assert (window_sums(values, window) == naive(values, step, reach)).all()
    assert np.allclose(window_sums(values.astype(float), window), naive(values, step, reach))


def test_many_maps_at_once_are_the_maps_one_by_one() -> None:
    maps = np.random.default_rng(1).integers(0, 5, (4, 6, 7)).astype(np.int32)
    window = window_of(SQUARE, 2.3)
    together = window_sums(maps, window)
    assert together.dtype == np.int32
    assert all((together[place] == window_sums(one, window)).all() for place, one in enumerate(maps))


def test_equal_windows_of_fractions_have_equal_sums_to_the_last_digit() -> None:
    sums = window_sums(np.full((9, 9), 0.1), window_of(SQUARE, 1.5))
    assert len(np.unique(sums[1:-1, 1:-1])) == 1

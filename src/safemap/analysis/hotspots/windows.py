"""Sums over windows of cells, on squares and on hexagons alike, exact for whole numbers."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", np.int32, np.int64, np.float64)
JUST_REACHED = 1e-9  # of a cell: a centre exactly at the reach belongs


@dataclass(frozen=True, eq=False)
class Window:
    """A window of cells around a cell, as one run of columns for each row.

    Attributes
    ----------
    row
        ``(h,)`` offsets of rows, rising.
    first, last
        ``(h,)`` offsets of the first and the last column in that row, both inclusive.
    """

    row: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]

    @property
    def size(self) -> int:
        """How many cells it has, the middle one included."""
        return int((self.last - self.first + 1).sum())


def window_of(row_step: tuple[float, float], reach_cells: float) -> Window:
    """Gather the cells whose centre lies at most `reach_cells` (``<=``) from that of the middle cell.

    Parameters
    ----------
    row_step
        How far the next row's cells stand east and north of this row's, in cells: ``(0, 1)`` for squares,
        ``(1/2, √3/2)`` for hexagons.
    reach_cells
        In cells: on squares 1 gives 5 cells, 1.5 the 3 by 3 of a queen; on hexagons 1 gives 7.

    Examples
    --------
    >>> window_of((0.0, 1.0), 1.5).size, window_of((0.5, 3**0.5 / 2), 1.0).size
    (9, 7)
    """
    east, north = row_step
    rows = np.arange(-int(reach_cells / north + JUST_REACHED), int(reach_cells / north + JUST_REACHED) + 1)
    half = np.sqrt(np.maximum(0.0, reach_cells**2 - (rows * north) ** 2))
    first = np.ceil(-half - rows * east - JUST_REACHED).astype(np.int64)
    last = np.floor(half - rows * east + JUST_REACHED).astype(np.int64)
    some = first <= last
    return Window(rows[some], first[some], last[some])


def window_sums(values: NDArray[Number], window: Window) -> NDArray[Number]:
    """Sum values over the window around each cell; what lies beyond the array counts 0.

    Whole numbers are summed by running sums along rows, at a cost of one addition for each row of the window, and are
    exact. Floats are added one cell after the other in the same order everywhere, so that windows with the same
    values have exactly the same sum and ties stay ties.

    Parameters
    ----------
    values
        ``(…, rows, columns)``.

    Returns
    -------
    NDArray
        The same shape and kind.

    Examples
    --------
    >>> window_sums(np.eye(3, dtype=np.int64), window_of((0.0, 1.0), 1.5)).tolist()
    [[2, 2, 1], [2, 3, 2], [1, 2, 2]]
    """
    rows, columns = values.shape[-2:]
    pad = int(max(-window.first.min(), window.last.max(), 0))
    padded = np.zeros((*values.shape[:-1], columns + 2 * pad), dtype=values.dtype)
    padded[..., pad : pad + columns] = values
    if np.issubdtype(values.dtype, np.integer):
        return _sums_of_runs(padded, window, columns, pad)
    sums = np.zeros_like(values)
    for row, first, last in _runs(window):
        to, of = _rows_shifted(row, rows)
        for column in range(pad + first, pad + last + 1):
            sums[..., to, :] += padded[..., of, column : column + columns]
    return sums


def _sums_of_runs(padded: NDArray[Number], window: Window, columns: int, pad: int) -> NDArray[Number]:
    """Sum by the differences of running sums; a run of columns that two rows of the window share is taken once."""
    running = np.zeros((*padded.shape[:-1], padded.shape[-1] + 1), dtype=padded.dtype)
    np.cumsum(padded, axis=-1, out=running[..., 1:])
    sums = np.zeros((*padded.shape[:-1], columns), dtype=padded.dtype)
    runs = sorted(_runs(window), key=lambda run: run[1:])
    at, taken = (0, -1), sums
    for row, first, last in runs:
        if (first, last) != at:
            begin, end = pad + first, pad + last + 1
            at, taken = (first, last), running[..., end : end + columns] - running[..., begin : begin + columns]
        to, of = _rows_shifted(row, padded.shape[-2])
        sums[..., to, :] += taken[..., of, :]
    return sums


def _runs(window: Window) -> list[tuple[int, int, int]]:
    return list(zip(window.row.tolist(), window.first.tolist(), window.last.tolist(), strict=True))


def _rows_shifted(row: int, rows: int) -> tuple[slice, slice]:
    """Which rows of the sums take which rows of the values, for an offset; none where it leads out."""
    low, high = min(max(0, -row), rows), max(rows - max(0, row), 0)
    return slice(low, max(low, high)), slice(low + row, max(low, high) + row) if high > low else slice(0, 0)

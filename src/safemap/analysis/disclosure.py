"""What may be told in public of places: counts, only where enough reports and addresses stand behind them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST_REPORTS = 3  # below, who knows of one's own report learns of the other's
LEAST_ADDRESSES = 8  # police.uk: a map point has at least eight postal addresses in its catchment
SMALLEST_CELL_M = 125.0
LEVELS = 5  # 125 m, 250 m, … 2 km: beyond, a cell is the whole village


@dataclass(frozen=True)
class Cell:
    """A square of the fixed grid, in metres of the plane: its lower left corner and side."""

    x_m: float
    y_m: float
    side_m: float
    count: int


@dataclass(frozen=True)
class PublicCounts:
    """Counts that may be published; no report is counted in two of them.

    Parameters
    ----------
    segments
        ``(k,)`` positions of the segments that have a count of their own.
    counts
        ``(k,)`` their numbers of reports.
    cells
        Squares that count reports of all other segments in them.
    rest
        Reports in neither.
    """

    segments: NDArray[np.int64]
    counts: NDArray[np.int64]
    cells: tuple[Cell, ...]
    rest: int

    @property
    def total(self) -> int:
        """All reports."""
        return int(self.counts.sum()) + sum(cell.count for cell in self.cells) + self.rest


def public_counts(
    report_segment: NDArray[np.int64],
    segment_xy: NDArray[np.float64],
    segment_addresses: NDArray[np.int64],
    *,
    least_reports: int = LEAST_REPORTS,
    least_addresses: int = LEAST_ADDRESSES,
) -> PublicCounts:
    """Count reports by street segment where that names nobody, else by square, else not by place.

    A segment or square gets a count of its own from `least_reports` reports and `least_addresses` addresses on (both
    inclusive). Squares of a fixed grid double in side until enough lies within; they count what no segment and no
    smaller square counted, so that the parts add up to the total and no difference of published numbers leaves fewer
    than `least_reports` reports, save the rest of the whole village, which has no place.

    Parameters
    ----------
    report_segment
        ``(n,)`` the segment of each report.
    segment_xy
        ``(m, 2)`` middles of the segments in metres of a plane whose origin is fixed, so that the grid is.
    segment_addresses
        ``(m,)`` addresses on each segment.

    References
    ----------
    Home Office and ICO (2012), Crime mapping and geo-spatial crime data: privacy and data protection (police.uk's
    anonymisation: points with at least eight addresses or none); Hundepool et al. (2012), Statistical Disclosure
    Control, ch. 4 (minimum frequency rule).

    Examples
    --------
    >>> published = public_counts(np.array([0, 0, 0, 1]), np.array([[5.0, 5], [9, 9]]), np.array([20, 20]))
    >>> published.segments.tolist(), published.counts.tolist(), published.rest
    ([0], [3], 1)
    """
    reports = np.bincount(report_segment, minlength=len(segment_xy)).astype(np.int64)
    is_told = (reports >= least_reports) & (segment_addresses >= least_addresses)
    segments = np.flatnonzero(is_told).astype(np.int64)
    left = np.where(is_told, 0, reports)
    cells: list[Cell] = []
    side_m = SMALLEST_CELL_M
    for _ in range(LEVELS):
        waiting = np.flatnonzero(left)
        if len(waiting) == 0:
            break
        corners = np.floor(segment_xy[~is_told] / side_m).astype(np.int64)
        open_segments = np.flatnonzero(~is_told)
        squares, belongs = np.unique(corners, axis=0, return_inverse=True)
        belongs = belongs.ravel()
        count = np.bincount(belongs, weights=left[open_segments], minlength=len(squares)).astype(np.int64)
        addresses = np.bincount(belongs, weights=segment_addresses[open_segments], minlength=len(squares))
        enough = (count >= least_reports) & (addresses >= least_addresses)
        for square in np.flatnonzero(enough):
            x_m, y_m = (float(part) * side_m for part in squares[square])
            cells.append(Cell(x_m, y_m, side_m, int(count[square])))
        left[open_segments[enough[belongs]]] = 0
        side_m *= 2
    return PublicCounts(segments, reports[segments], tuple(cells), int(left.sum()))

"""What may be told in public of places: counts in threes, only where enough reports and addresses stand behind them."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

LEAST_REPORTS = 3  # below, who knows of one's own report learns of the other's
LEAST_ADDRESSES = 8  # police.uk: a map point has at least eight postal addresses in its catchment
SMALLEST_CELL_M = 125.0
SMALLEST_HOUSE_M2 = 20.0  # below it is a shed
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
    """Numbers that may be published, all of them multiples of the least number; no report is counted in two parts.

    Parameters
    ----------
    segments
        ``(k,)`` positions of the segments that have a number of their own.
    counts
        ``(k,)`` how many reports they have at least.
    cells
        Squares that count reports of all segments in them that no segment and no smaller square counts.
    rest
        How many reports are in neither, at least.
    is_rest_few
        Some are in neither, and fewer than the least number: `rest` is 0.
    total
        How many there are in all, at least.
    is_total_few
        There are some, and fewer than the least number: `total` is 0.
    """

    segments: NDArray[np.int64]
    counts: NDArray[np.int64]
    cells: tuple[Cell, ...]
    rest: int
    is_rest_few: bool
    total: int
    is_total_few: bool


def public_counts(
    report_segment: NDArray[np.int64],
    segment_xy: NDArray[np.float64],
    segment_addresses: NDArray[np.int64],
    *,
    least_reports: int = LEAST_REPORTS,
    least_addresses: int = LEAST_ADDRESSES,
) -> PublicCounts:
    """Count reports by street segment where that names nobody, else by square, else not by place.

    A segment or square gets a number of its own from `least_reports` reports and `least_addresses` addresses on (both
    inclusive). Squares of a fixed grid double in side until enough lies within; they count the reports, and the
    addresses, of those segments alone that no segment and no smaller square counts, so that the parts are disjoint.

    Every number is rounded down to a multiple of `least_reports`. Sums and differences of published numbers, of one
    day or of two, of a village or of its town, are then multiples of it too: none is 1 or 2, so none singles out one
    report or a pair. There are no filters by category or period, for the same reason: each would need a threshold of
    its own, and the public learns the kinds of trouble from public places, which are shown as they are.

    Parameters
    ----------
    report_segment
        ``(n,)`` the segment of each report; none gives no part at all.
    segment_xy
        ``(m, 2)`` middles of the segments in metres of a plane whose origin is fixed, so that the grid is.
    segment_addresses
        ``(m,)`` addresses on each segment, or what certainly is no more than those: see `houses_by_segment`.

    References
    ----------
    Home Office and ICO (2012), Crime mapping and geo-spatial crime data: privacy and data protection (police.uk's
    anonymisation: points with at least eight addresses or none); Hundepool et al. (2012), Statistical Disclosure
    Control, ch. 4 (minimum frequency rule) and 5.4 (rounding to a base, which protects from differencing).

    Examples
    --------
    >>> published = public_counts(np.array([0, 0, 0, 0, 1]), np.array([[5.0, 5], [9, 9]]), np.array([20, 20]))
    >>> published.segments.tolist(), published.counts.tolist(), published.rest, published.is_rest_few
    ([0], [3], 0, True)
    """
    reports = np.bincount(report_segment, minlength=len(segment_xy)).astype(np.int64)
    is_told = (reports >= least_reports) & (segment_addresses >= least_addresses)
    segments = np.flatnonzero(is_told).astype(np.int64)
    waiting = np.flatnonzero(~is_told)
    cells: list[Cell] = []
    for level in range(LEVELS):
        if not reports[waiting].any():
            break
        side_m = SMALLEST_CELL_M * 2**level
        corners = np.floor(segment_xy[waiting] / side_m).astype(np.int64)
        squares, belongs = np.unique(corners, axis=0, return_inverse=True)
        belongs = belongs.ravel()
        count = np.bincount(belongs, weights=reports[waiting], minlength=len(squares)).astype(np.int64)
        addresses = np.bincount(belongs, weights=segment_addresses[waiting], minlength=len(squares))
        enough = (count >= least_reports) & (addresses >= least_addresses)
        for square in np.flatnonzero(enough):
            x_m, y_m = (float(part) * side_m for part in squares[square])
            cells.append(Cell(x_m, y_m, side_m, _down(int(count[square]), least_reports)))
        waiting = waiting[~enough[belongs]]
    rest, total = int(reports[waiting].sum()), len(report_segment)
    return PublicCounts(
        segments=segments,
        counts=reports[segments] // least_reports * least_reports,
        cells=tuple(cells),
        rest=_down(rest, least_reports),
        is_rest_few=0 < rest < least_reports,
        total=_down(total, least_reports),
        is_total_few=0 < total < least_reports,
    )


def _down(count: int, base: int) -> int:
    return count // base * base


def houses_by_segment(segments: NDArray[np.object_], buildings: NDArray[np.object_]) -> NDArray[np.int64]:
    """Count the houses whose nearest segment each is: what stands in for postal addresses.

    No open source gives addresses by street in all of Taiwan. A house that is no shed has one address or more, so that
    eight houses are eight addresses at the least; storeys and flats are not multiplied in, which could only guess more.

    Parameters
    ----------
    segments
        ``(m,)`` LineStrings in metres.
    buildings
        Their outlines (Polygon or MultiPolygon) in metres; those below 20 m² are sheds.

    Returns
    -------
    NDArray
        ``(m,)``; a house as near to two counts for one of them.

    Examples
    --------
    >>> street = np.array([shapely.LineString([(0, 0), (100, 0)])])
    >>> houses_by_segment(street, np.array([shapely.box(5, 5, 15, 15), shapely.box(20, 5, 22, 7)])).tolist()
    [1]
    """
    houses = buildings[shapely.area(buildings) >= SMALLEST_HOUSE_M2] if len(buildings) else buildings
    if len(segments) == 0 or len(houses) == 0:
        return np.zeros(len(segments), dtype=np.int64)
    nearest = shapely.STRtree(segments).nearest(shapely.centroid(houses))
    return np.bincount(nearest, minlength=len(segments)).astype(np.int64)

"""Who watches a street: cameras, patrols, adopted blocks and lamps, each as a share from 0 to 1 and kept alone."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from safemap.analysis.presence import DayPeriod, WeeklyHours, presence_shares
from safemap.analysis.shapes import points_of
from safemap.analysis.sight import Walls

ANGLE_TOLERANCE_DEG = 1e-7  # a point exactly on the edge of a view is in it


@dataclass(frozen=True, eq=False)
class Cameras:
    """Cameras that work and look at streets, as arrays of one length.

    Attributes
    ----------
    xy
        ``(n, 2)`` in metres.
    azimuth_deg
        Middle of the view, clockwise from the plane's north; NaN: not known.
    field_of_view_deg
        Width of the view; 360 for one that looks all around.
    reach_m
        How far it sees.
    """

    xy: NDArray[np.float64]
    azimuth_deg: NDArray[np.float64]
    field_of_view_deg: NDArray[np.float64]
    reach_m: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.reach_m)


@dataclass(frozen=True, eq=False)
class Guardians:
    """Routes that teams walk (lines), or blocks that guards watch (areas), with their weekly hours."""

    shapes: NDArray[np.object_]
    hours: WeeklyHours

    def __len__(self) -> int:
        return len(self.shapes)


@dataclass(frozen=True, eq=False)
class Presence:
    """Where and when guardians of one kind are.

    Attributes
    ----------
    share
        ``(m, p)``: of each period's minutes in a week, those with at least one of them at each point.
    point, guardian
        Pairs of places: who comes by which point at all.
    """

    share: NDArray[np.float64]
    point: NDArray[np.int64]
    guardian: NDArray[np.int64]


def camera_chances(points_xy: NDArray[np.float64], cameras: Cameras, walls: Walls) -> NDArray[np.float64]:
    """Return the chance that a camera looks at each point.

    A point is seen when it lies at most `reach_m` away (``<=``), within half the field of view of the azimuth, and
    no building hides it: chance 1. A camera whose direction is not known may look anywhere: its chance is the share
    of the full circle that it can see at a time, ``field_of_view_deg / 360``. Chances of several cameras join as
    ``1 - ∏(1 - p)``.

    Parameters
    ----------
    points_xy
        ``(m, 2)`` in metres.

    Returns
    -------
    NDArray
        ``(m,)``, 0 to 1.
    """
    missed = np.ones(len(points_xy))
    if len(points_xy) == 0 or len(cameras) == 0:
        return 1.0 - missed
    camera, point = _within_reach(points_xy, cameras.xy, cameras.reach_m)
    offset = points_xy[point] - cameras.xy[camera]
    bearing_deg = np.degrees(np.arctan2(offset[:, 0], offset[:, 1]))
    azimuth_deg, view_deg = cameras.azimuth_deg[camera], cameras.field_of_view_deg[camera]
    away_deg = np.abs((bearing_deg - azimuth_deg + 180.0) % 360.0 - 180.0)
    looks_around = view_deg >= 360.0
    may_look = looks_around | np.isnan(azimuth_deg) | (away_deg <= view_deg / 2 + ANGLE_TOLERANCE_DEG)
    may_look |= (offset == 0.0).all(axis=1)  # straight below it
    camera, point = camera[may_look], point[may_look]
    sees = walls.let_see(cameras.xy[camera], points_xy[point])
    camera, point = camera[sees], point[sees]
    is_unknown = np.isnan(cameras.azimuth_deg[camera])
    chance = np.where(is_unknown, np.minimum(1.0, cameras.field_of_view_deg[camera] / 360.0), 1.0)
    # In one order, however the cameras were given, so that products agree to the last digit.
    order = np.lexsort((chance, point))
    np.multiply.at(missed, point[order], 1.0 - chance[order])
    return 1.0 - missed


def patrol_presence(
    points_xy: NDArray[np.float64], routes: Guardians, periods: tuple[DayPeriod, ...], walls: Walls, *, reach_m: float
) -> Presence:
    """Tell where patrols come by and for which share of each period's hours in a week.

    A point is passed when the route runs at most `reach_m` from it (``<=``) with no building between: a patrol in
    the next lane does not watch this one. A team counts as present on its whole route in all of its hours.
    """
    point, route = _near_shapes(points_xy, routes.shapes, reach_m)
    if len(point):
        nearest = shapely.shortest_line(routes.shapes[route], points_of(points_xy[point]))
        sees = walls.let_see(shapely.get_coordinates(nearest)[0::2], points_xy[point])
        point, route = point[sees], route[sees]
    return Presence(presence_shares(point, route, len(points_xy), routes.hours, periods), point, route)


def block_presence(points_xy: NDArray[np.float64], blocks: Guardians, periods: tuple[DayPeriod, ...]) -> Presence:
    """Tell which points lie in or on the edge of adopted blocks, and the share of each period that guards watch."""
    point, block = _near_shapes(points_xy, blocks.shapes, 0.0)
    return Presence(presence_shares(point, block, len(points_xy), blocks.hours, periods), point, block)


def lit_points(
    points_xy: NDArray[np.float64], lamps_xy: NDArray[np.float64], walls: Walls, *, reach_m: float
) -> NDArray[np.bool_]:
    """Tell which points a lamp lights: one at most `reach_m` away (``<=``) with no building between."""
    lit = np.zeros(len(points_xy), dtype=np.bool_)
    if len(points_xy) == 0 or len(lamps_xy) == 0:
        return lit
    lamp, point = _within_reach(points_xy, lamps_xy, np.full(len(lamps_xy), reach_m))
    lit[point[walls.let_see(lamps_xy[lamp], points_xy[point])]] = True
    return lit


def combined(
    shares: tuple[NDArray[np.float64], ...], weights: tuple[float, ...], shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """Join sources to one figure, ``1 - ∏(1 - weight · share)``; NaN means not known and adds nothing.

    Examples
    --------
    Half seen by cameras (weight 0.5) and fully patrolled (0.6): 1 - 0.75 · 0.4.

    >>> combined((np.array([0.5]), np.array([1.0])), (0.5, 0.6), (1,)).round(3)
    array([0.7])
    """
    unwatched = np.ones(shape)
    for share, weight in zip(shares, weights, strict=True):
        unwatched = unwatched * (1.0 - weight * np.nan_to_num(share, nan=0.0))
    return 1.0 - unwatched


def _within_reach(
    points_xy: NDArray[np.float64], centres_xy: NDArray[np.float64], reach_m: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair centres with the points within their reach, as places of both."""
    found = cKDTree(points_xy).query_ball_point(centres_xy, reach_m, return_sorted=False)
    number = np.fromiter((len(places) for places in found), dtype=np.int64, count=len(found))
    point = np.concatenate([np.asarray(places, dtype=np.int64) for places in found])
    return np.repeat(np.arange(len(centres_xy)), number), point


def _near_shapes(
    points_xy: NDArray[np.float64], shapes: NDArray[np.object_], reach_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair points with the shapes at most `reach_m` from them, as places of both, in order."""
    if len(points_xy) == 0 or len(shapes) == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    # Shapes are few and long, points are many: the points are indexed and each shape asks once.
    points = points_of(points_xy)
    shape, point = shapely.STRtree(points).query(shapes, predicate="dwithin", distance=reach_m)
    order = np.lexsort((shape, point))
    return point[order], shape[order]

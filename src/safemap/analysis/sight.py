"""Lines of sight between points, past buildings: neither a camera, nor light, nor a patrol goes through walls."""

import numpy as np
import shapely
from numpy.typing import NDArray

from safemap.analysis.shapes import lines_between, points_of

# A camera hangs on a wall, and a drawn wall is not where it stands to the centimetre.
NEAR_WALL_M = 0.5
WALL_TOLERANCE_M = 2.0
DEPTH_FACTOR = 4.0  # a point drawn 1 m inside its wall may look along it through 4 m more
DEEPEST_TARGET_M = 2.0  # a street point deeper inside a building is under a roof, not misdrawn


class Walls:
    """Buildings, indexed once for many questions.

    Parameters
    ----------
    buildings
        ``(n,)`` Polygons or MultiPolygons in metres; empty ones hide nothing.
    """

    def __init__(self, buildings: NDArray[np.object_]) -> None:
        self.buildings = buildings
        shapely.prepare(buildings)
        self._tree = shapely.STRtree(buildings)

    def let_see(self, eyes_xy: NDArray[np.float64], targets_xy: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell for pairs of points whether no building stands between them; touching one is enough to hide.

        A building that an eye stands in, or at most 0.5 m from, is the one it hangs on: it hides only what lies
        behind it, that is when the line runs through it for more than 2 m and 4 times the depth that the eye is
        drawn inside. The same holds for a target drawn up to 2 m inside a building.

        Parameters
        ----------
        eyes_xy, targets_xy
            ``(n, 2)`` in metres, one pair a row.

        Notes
        -----
        Two dimensions: every building is taken to be higher than eye and target.
        """
        sees = np.ones(len(eyes_xy), dtype=np.bool_)
        if len(self.buildings) == 0 or len(eyes_xy) == 0:
            return sees
        rays = lines_between(eyes_xy, targets_xy)
        ray, building = self._tree.query(rays, predicate="intersects")
        eye_depth_m = self._depth_m(eyes_xy, ray, building, np.inf)
        target_depth_m = self._depth_m(targets_xy, ray, building, DEEPEST_TARGET_M)
        depth_m = np.fmax(eye_depth_m, target_depth_m)
        is_own = ~np.isnan(depth_m)
        hides = ~is_own
        inside_m = shapely.length(shapely.intersection(rays[ray[is_own]], self.buildings[building[is_own]]))
        hides[is_own] = inside_m > WALL_TOLERANCE_M + DEPTH_FACTOR * depth_m[is_own]
        sees[ray[hides]] = False
        return sees

    def _depth_m(
        self, xy: NDArray[np.float64], ray: NDArray[np.int64], building: NDArray[np.int64], deepest_m: float
    ) -> NDArray[np.float64]:
        """How deep points stand in the buildings that they are paired with; NaN where it is not their own."""
        points = points_of(xy)
        depth_m = np.full(len(ray), np.nan)
        near = np.flatnonzero(shapely.dwithin(self.buildings[building], points[ray], NEAR_WALL_M))
        buildings, its_points = self.buildings[building[near]], points[ray[near]]
        is_inside = shapely.intersects(buildings, its_points)
        depth = np.where(is_inside, shapely.distance(shapely.boundary(buildings), its_points), 0.0)
        is_own = depth <= deepest_m
        depth_m[near[is_own]] = depth[is_own]
        return depth_m

"""Places on the ground: which events lie in a window, what shape hot cells have, what a circle is called."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from safemap.analysis.hotspots.scan import Scanned
from safemap.analysis.segments import BORDER_REACH_M
from safemap.diagnosis.hotspots.naming import named_by
from safemap.diagnosis.hotspots.reading import Ground, OnGround
from safemap.diagnosis.hotspots.rules import REACH_CELLS, WINDOW_CELLS, PlaceKind
from safemap.diagnosis.hotspots.schemas import Circle, Named


@dataclass(frozen=True, eq=False)
class Drawn:
    """A numbered place in metres."""

    kind: PlaceKind
    rank: int
    shape: BaseGeometry


def events_in_window(on: OnGround, cell: int) -> NDArray[np.bool_]:
    """Tell which events lie in the window around a cell, by its place among the grid's cells."""
    centres = on.grid.centres_xy()
    away_m = np.hypot(*(centres - centres[cell]).T)
    return np.isin(on.placed.cell, on.grid.cells[away_m <= REACH_CELLS * on.grid.cell_m * (1 + 1e-9)])


def name_of_window(ground: Ground, on: OnGround, cell: int) -> Named:
    """Name the window around a cell by the streets of its events."""
    inside = events_in_window(on, cell)
    return named_by(ground, on.read.street[inside], on.grid.centres_xy(on.grid.cells[[cell]])[0])


def cells_on(ground: Ground, on: OnGround, cells: NDArray[np.int64], strongest: int) -> BaseGeometry:
    """Return cells as one shape, with the whole window around the strongest, cut to the area and its border's streets.

    The window is what the numbers are of: who counts the dots in the shape finds them.
    """
    east, north = on.grid.centres_xy(on.grid.cells[[strongest]])[0]
    half_m = WINDOW_CELLS * on.grid.cell_m / 2
    window = shapely.box(east - half_m, north - half_m, east + half_m, north + half_m)
    return _within(ground, shapely.union_all([window, *on.grid.polygons(on.grid.cells[cells])]))


def best_circle(
    ground: Ground, on: OnGround, found: Scanned, is_mine: NDArray[np.bool_] | None = None
) -> Circle | None:
    """Return the best circle of a scan, named by the events in it; None when no circle has a surplus.

    Parameters
    ----------
    is_mine
        ``(n,)`` which events it is about; all without.
    """
    if not found.clusters:
        return None
    best = found.clusters[0]
    inside = np.isin(on.placed.cell, on.grid.cells[best.cells])
    if is_mine is not None:
        inside &= is_mine
    return Circle(
        place=named_by(ground, on.read.street[inside], np.array(best.centre_xy)),
        count=best.count,
        expected=best.expected,
        ratio=best.ratio,
        radius_m=best.radius_m,
        p_value=best.p_value,
        recent_steps=best.recent_steps,
    )


def drawn_circle(ground: Ground, on: OnGround, found: Scanned, kind: PlaceKind) -> Drawn:
    """Return the best circle's shape: as far as the edges of its outermost cells, and no farther than the area."""
    best = found.clusters[0]
    whole = shapely.Point(best.centre_xy).buffer(best.radius_m + on.grid.cell_m / 2)
    return Drawn(kind, 1, _within(ground, whole))


def _within(ground: Ground, shape: BaseGeometry) -> BaseGeometry:
    """Cut a shape to the area and the streets along its border."""
    cut = shapely.intersection(shape, shapely.buffer(ground.outline, BORDER_REACH_M))
    areas = [part for part in shapely.get_parts(cut).tolist() if part.area > 0]
    return shapely.MultiPolygon(areas or shapely.get_parts(shape).tolist())

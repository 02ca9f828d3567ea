"""Streets by name: where an address without coordinates may be, and how exactly that is known."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry.base import BaseGeometry

from safemap.geo.addresses import StreetName, TaiwanAddress, read_street
from safemap.geo.crs import Lonlat, Metric, MetricPlane

FRONTAGE_M = 20.0  # a door, a pavement, a corner: how far from a street's middle its addresses are
BORDER_M = 40.0  # a street that is the border of a village belongs to both; the widest are 80 m from wall to wall
APART_M = 200.0  # pieces of one name further apart than this are two places
CROSSING_M = 30.0  # two streets this near meet, though their lines share no point
AHEAD_M, AHEAD_DEG = 200.0, 30.0  # where a street would go on
STEP_M = 1.0  # points that are tried along a street
# How far lanes and alleys reach from the street that they leave: the furthest of 232 and 96 in Taipei's Da'an district.
LANE_DEPTH_M, ALLEY_DEPTH_M = 520.0, 240.0
# House numbers go up by 2 from door to door on each side; in Da'an a number takes 3 to 4 m.
LEAST_M_PER_NUMBER = 1.5


class Unplaced(StrEnum):
    """Why an address has no place."""

    NO_TOWN = "no_town"  # it names none, or one whose villages are not known
    SEVERAL_TOWNS = "several_towns"  # it names no county, and towns of several are called so
    NO_STREET = "no_street"
    UNCLEAR = "unclear"
    UNKNOWN_STREET = "unknown_street"
    NOT_IN_VILLAGE = "not_in_village"
    APART = "apart"
    OPEN_END = "open_end"
    TOO_SHORT = "too_short"
    NO_CROSSING = "no_crossing"


@dataclass(frozen=True, slots=True)
class Placed:
    """A point on a street.

    Parameters
    ----------
    lon, lat
        Degrees.
    accuracy_m
        The greatest distance from there to anything that the address may mean, in whole metres.
    street
        The street that it stands on, as tables spell it.
    """

    lon: float
    lat: float
    accuracy_m: float
    street: str


@dataclass(frozen=True)
class Town:
    """A town (鄉鎮市區) as its villages make it up, by their names."""

    county: str
    name: str
    villages: Mapping[str, Lonlat]


@dataclass(frozen=True, eq=False)
class _Piece:
    section: int | None
    edge: int


class Gazetteer:
    """The streets of some towns, by name; built once, asked many times.

    Parameters
    ----------
    towns
        The towns with their villages; at least one village.
    names, lines
        ``(n,)`` names and LineStrings in degrees of all street edges in and around them, the nameless ones too.
    from_nodes, to_nodes
        ``(n,)`` ids of the nodes at their ends.
    """

    def __init__(
        self,
        towns: list[Town],
        names: NDArray[np.object_],
        lines: NDArray[np.object_],
        from_nodes: NDArray[np.int64],
        to_nodes: NDArray[np.int64],
    ) -> None:
        outlines = [village for town in towns for village in town.villages.values()]
        self._plane = MetricPlane.around(cast("Lonlat", shapely.box(*shapely.total_bounds(outlines))))
        self._villages = {
            (town.county, town.name): {name: self._plane.to_metric(shape) for name, shape in town.villages.items()}
            for town in towns
        }
        self._outlines = {key: shapely.union_all(list(shapes.values())) for key, shapes in self._villages.items()}
        self._lines = self._plane.to_metric_all(lines)
        self._tree = shapely.STRtree(self._lines)
        self._ends = np.column_stack([from_nodes, to_nodes])
        nodes, counts = np.unique(self._ends, return_counts=True)
        self._dead_ends = set(nodes[counts == 1].tolist())
        self._by_name: dict[tuple[str, str, str], list[_Piece]] = defaultdict(list)
        read = {name: read_street(name) for name in set(names) if name}
        for edge, name in enumerate(names):
            if name:
                street = read[name]
                self._by_name[street.road, street.lane, street.alley].append(_Piece(street.section, edge))
        self._areas: dict[tuple[tuple[str, str], str], BaseGeometry] = {}
        self._found: dict[TaiwanAddress, Placed | Unplaced] = {}

    def place(self, address: TaiwanAddress) -> Placed | Unplaced:
        """Find the point on a street from which everything that an address may mean is nearest.

        It is on the most particular street that is known: the alley, else its lane, else the road; of that, on the
        part in the address's town, and in its village when the town has one of that name. The accuracy is the distance
        to the furthest point of that part, and `FRONTAGE_M` more. Where a lane is not known and stands for itself
        only by its road, it is the distance to the furthest corner of the village, or without a village the depth of
        the deepest known lane more. Where two streets meet, it is their crossing. House numbers make it no more
        exact; the same street in the same village always gives the same point.

        Nothing is given where the answer could be far off and not say so: where the name is known in places more than
        `APART_M` apart, where the street ends in the open or is too short for its house numbers (so that the rest of
        it is not known), unless the village bounds it.
        """
        key = replace(address, neighbourhood=None, last=None, rest=address.rest if address.is_unclear else "")
        if key not in self._found:
            self._found[key] = self._place(address)
        return self._found[key]

    def _place(self, address: TaiwanAddress) -> Placed | Unplaced:
        towns = [key for key in self._villages if key[1] == address.town and address.county in {"", key[0]}]
        if len(towns) != 1:
            return Unplaced.SEVERAL_TOWNS if towns else Unplaced.NO_TOWN
        town = towns[0]
        if address.street is None:
            return Unplaced.NO_STREET
        if address.is_unclear:
            return Unplaced.UNCLEAR
        if address.meeting is not None:
            met = self._crossing(address, address.street, address.meeting, town)
            if address.crossing is not None or isinstance(met, Placed):
                return met  # the mouth of a lane that is not known to meet its road is somewhere on the lane
        for street in address.street.and_broader():
            pieces = self._pieces(town, street)
            if pieces:
                return self._on_street(address, street, pieces, town)
        return Unplaced.UNKNOWN_STREET

    def _within(self, town: tuple[str, str], village: str) -> BaseGeometry:
        """Return where an address can be: in its village, if known, else in its town, the border included."""
        if (town, village) not in self._areas:
            shape = self._villages[town].get(village, self._outlines[town])
            self._areas[town, village] = shapely.buffer(shape, BORDER_M)
        return self._areas[town, village]

    def _pieces(self, town: tuple[str, str], street: StreetName) -> list[int]:
        """Edges of a street that touch the town; of all sections when it names none."""
        shape = self._outlines[town]
        return [
            piece.edge
            for piece in self._by_name.get((street.road, street.lane, street.alley), [])
            if street.section in {None, piece.section} and shapely.dwithin(self._lines[piece.edge], shape, BORDER_M)
        ]

    def _on_street(
        self,
        address: TaiwanAddress,
        street: StreetName,
        pieces: list[int],
        town: tuple[str, str],
    ) -> Placed | Unplaced:
        village, within = self._villages[town].get(address.village), self._within(town, address.village)
        whole = shapely.union_all(self._lines[pieces])
        here = shapely.intersection(whole, within)
        if here.length == 0:
            return Unplaced.NOT_IN_VILLAGE
        if _is_apart(whole, here):
            return Unplaced.APART
        trouble = self._trouble(address, street, pieces, within, self._outlines[town])
        is_itself = street == address.street
        if village is not None and (trouble is not None or not is_itself):
            return self._placed(here, village, str(street))
        if trouble is not None:
            return trouble
        depth_m = 0.0 if is_itself else LANE_DEPTH_M if not street.lane else ALLEY_DEPTH_M
        return self._placed(here, here, str(street), FRONTAGE_M + depth_m)

    def _trouble(
        self, address: TaiwanAddress, street: StreetName, pieces: list[int], within: BaseGeometry, town: BaseGeometry
    ) -> Unplaced | None:
        """Tell whether a part of the street that matters may be missing from the imported streets."""
        named = address.first or 0
        if address.street is not None and address.street != street:
            # A lane has the house number at which it leaves its road, and an alley that of its lane.
            side = address.street.alley if street.lane else address.street.lane or address.street.alley
            named = int(side.split("之")[0])
        west, south, east, north = shapely.total_bounds(self._lines[pieces])
        if math.hypot(east - west, north - south) < named * LEAST_M_PER_NUMBER:
            return Unplaced.TOO_SHORT
        return Unplaced.OPEN_END if any(self._is_open(edge, street, within, town) for edge in pieces) else None

    def _is_open(self, edge: int, street: StreetName, within: BaseGeometry, town: BaseGeometry) -> bool:
        """Whether an edge ends in the town without meeting anything: a road at all, a lane with no street ahead."""
        line = shapely.get_coordinates(self._lines[edge])
        for node, run in zip(self._ends[edge].tolist(), (line[::-1], line), strict=True):
            if node not in self._dead_ends:
                continue
            end, heading = run[-1], math.atan2(*(run[-1] - run[-2]))
            beyond = shapely.Point(end + BORDER_M * np.array([math.sin(heading), math.cos(heading)]))
            if not shapely.intersects(within, shapely.Point(end)) or not shapely.intersects(town, beyond):
                continue
            if not street.lane and not street.alley:
                return True
            if len(self._tree.query(_wedge(end, heading), predicate="intersects")) == 0:
                return True
        return False

    def _crossing(
        self, address: TaiwanAddress, first: StreetName, second: StreetName, town: tuple[str, str]
    ) -> Placed | Unplaced:
        edges = [self._pieces(town, street) for street in (first, second)]
        if not all(edges):
            return Unplaced.UNKNOWN_STREET
        within = self._within(town, address.village)
        one, other = (shapely.intersection(shapely.union_all(self._lines[pieces]), within) for pieces in edges)
        if one.is_empty or other.is_empty:
            return Unplaced.NOT_IN_VILLAGE
        if not shapely.dwithin(one, other, CROSSING_M):
            return Unplaced.NO_CROSSING
        met = shapely.intersection(one, other)
        if met.is_empty:
            met = shapely.shortest_line(one, other).boundary
        if _is_apart(met, met):
            return Unplaced.APART
        corners = shapely.MultiPoint(shapely.get_coordinates(met))
        return self._placed(corners, corners, f"{first} / {second}", FRONTAGE_M)

    def _placed(self, on: BaseGeometry, may_be: BaseGeometry, street: str, margin_m: float = 0.0) -> Placed:
        """Return the point of a street or of crossings from which the furthest of what may be meant is nearest."""
        tried = shapely.get_coordinates(shapely.segmentize(on, STEP_M) if on.length else on)
        corners = shapely.get_coordinates(shapely.convex_hull(may_be))  # the furthest of a shape is one of these
        furthest_m = np.hypot(*(tried[:, None, :] - corners[None, :, :]).transpose(2, 0, 1)).max(axis=1)
        best = int(furthest_m.argmin())
        lon, lat = shapely.get_coordinates(self._plane.to_lonlat(cast("Metric", shapely.Point(tried[best]))))[0]
        return Placed(
            round(float(lon), 7), round(float(lat), 7), float(math.ceil(round(furthest_m[best] + margin_m, 2))), street
        )


def _is_apart(whole: BaseGeometry, here: BaseGeometry) -> bool:
    """Whether the pieces of a street that are here belong to places with more than `APART_M` between them."""
    parts = shapely.get_parts(whole)
    first, second = shapely.STRtree(parts).query(parts, predicate="dwithin", distance=APART_M)
    near = coo_array((np.ones(len(first), dtype=np.bool_), (first, second)), shape=(len(parts), len(parts)))
    _, place = connected_components(near, directed=False)
    return len(np.unique(place[shapely.dwithin(parts, here, 0.0)])) > 1


def _wedge(end: NDArray[np.float64], heading: float) -> BaseGeometry:
    """Return where a street with this heading at its end would go on."""
    spread = math.radians(AHEAD_DEG)
    begin = end + FRONTAGE_M / 2 * np.array([math.sin(heading), math.cos(heading)])
    rim = [
        end + AHEAD_M * np.array([math.sin(heading + turn), math.cos(heading + turn)])
        for turn in (-spread, 0.0, spread)
    ]
    return shapely.Polygon([begin, *rim])

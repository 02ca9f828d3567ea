"""The plan's streets as a network: where they cross they share a vertex, and routes follow them."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from shapely import LineString, MultiLineString, Point

from safemap.demo.layout import Street
from safemap.demo.streets import STREETS

SAME_PLACE_M = 2.5  # an end that stops this near to another street was meant to meet it

Network = Sequence[tuple[Street, LineString]]


def noded_streets() -> list[tuple[Street, LineString]]:
    """Return each street with a vertex at every crossing and meeting with another one; vertices are shared exactly."""
    ends = [end for street in STREETS for end in (Point(street.line.coords[0]), Point(street.line.coords[-1]))]
    meetings: list[Point] = []
    for position, one in enumerate(STREETS):
        for other in STREETS[position + 1 :]:
            if other.id != one.passes_under and one.id != other.passes_under:
                crossing = one.line.intersection(other.line)
                meetings += [part for part in shapely.get_parts(crossing) if part.geom_type == "Point"]
        for end in ends:
            if 0 < one.line.distance(end) < SAME_PLACE_M:
                meetings.append(one.line.interpolate(one.line.project(end)))
    places = _merged(meetings)
    return [(street, _with_vertices(street, places)) for street in STREETS]


def _merged(points: Sequence[Point]) -> list[Point]:
    kept: list[Point] = []
    for point in points:
        if all(point.distance(other) > SAME_PLACE_M for other in kept):
            kept.append(Point(round(point.x, 3), round(point.y, 3)))
    return kept


def _with_vertices(street: Street, places: Sequence[Point]) -> LineString:
    """Put the places that lie on a street into its line, instead of vertices that are nearly there."""
    line = street.line
    own = [place for place in places if place.distance(line) < SAME_PLACE_M]
    vertices = [
        (line.project(Point(vertex)), vertex)
        for vertex in line.coords
        if all(Point(vertex).distance(place) >= SAME_PLACE_M for place in own)
    ]
    vertices += [(line.project(place), (place.x, place.y)) for place in own]
    return LineString([vertex for _, vertex in sorted(vertices)])


def route(streets: Network, stops: Sequence[tuple[float, float]]) -> MultiLineString:
    """Return the shortest walk along the streets that passes some stops in order, from vertex to vertex."""
    vertices = sorted({vertex for _, line in streets for vertex in line.coords})
    number = {vertex: position for position, vertex in enumerate(vertices)}
    pairs = [(number[a], number[b]) for _, line in streets for a, b in zip(line.coords, line.coords[1:], strict=False)]
    coords = np.array(vertices)
    ends = np.array(pairs)
    length_m = np.hypot(*(coords[ends[:, 0]] - coords[ends[:, 1]]).T)
    graph = csr_array((length_m, (ends[:, 0], ends[:, 1])), shape=(len(vertices), len(vertices)))
    at = [int(np.hypot(*(coords - stop).T).argmin()) for stop in stops]
    _, before = dijkstra(graph, directed=False, indices=at, return_predecessors=True)
    walk = [at[0]]
    for leg, goal in enumerate(at[1:]):
        walk += _leg(before[leg], at[leg], goal)
    return MultiLineString([LineString(coords[walk])])


def _leg(before: NDArray[np.int32], start: int, goal: int) -> list[int]:
    leg = []
    place = goal
    while place != start:
        leg.append(place)
        place = int(before[place])
    return leg[::-1]

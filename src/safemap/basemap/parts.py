"""Streets and what is beside them, as a list from which a spot is chosen without any map."""

from dataclasses import dataclass, replace

import numpy as np
import shapely

from safemap.basemap.finding import CROSSING_M, FRONTAGE_M, Finder, Found
from safemap.basemap.listing import PlaceList
from safemap.geo.crs import Metric, MetricPlane

BESIDE_M = 40.0  # a place this near a street is said to be on it
STREETS_AT_MOST = 300  # of a whole town the list would be longer than anybody reads: there, streets alone


@dataclass(frozen=True)
class StreetPart:
    """A spot on a street, said by the street or place that is beside it."""

    spot: Found
    near: str
    near_en: str


@dataclass(frozen=True)
class StreetChoice:
    """A street, and the spots on it that can be told apart, from one end to the other."""

    whole: Found
    parts: tuple[StreetPart, ...]


def street_choices(listed: PlaceList) -> list[StreetChoice]:
    """Return the named streets, each with its corners and the places beside it."""
    if not listed.streets:
        return []
    plane = MetricPlane.around(listed.area)
    lines = plane.to_metric_all(
        np.array([shapely.multilinestrings(list(street.lines)) for street in listed.streets], dtype=object)
    )
    places = plane.to_metric_all(np.array([place.outline or place.at for place in listed.places], dtype=object))
    reached = [
        *((street.name, street.name_en, line, CROSSING_M) for street, line in zip(listed.streets, lines, strict=True)),
        *((place.name, place.name_en, shape, BESIDE_M) for place, shape in zip(listed.places, places, strict=True)),
    ]
    choices = []
    for whole, line in zip(Finder(listed).every_street(), lines, strict=True):
        longest = max(shapely.get_parts(line), key=lambda part: part.length)
        parts: list[tuple[float, StreetPart]] = []
        for name, name_en, shape, reach_m in reached if len(lines) <= STREETS_AT_MOST else []:
            if name != whole.name and shapely.dwithin(longest, shape, reach_m):
                at = shapely.Point(shapely.shortest_line(longest, shape).coords[0])
                lon, lat = shapely.get_coordinates(plane.to_lonlat(Metric(at)))[0]
                spot = replace(whole, lon=round(float(lon), 6), lat=round(float(lat), 6), accuracy_m=FRONTAGE_M)
                parts.append((longest.project(at), StreetPart(spot, name, name_en)))
        inner = tuple(part for _, part in sorted(parts, key=lambda one: (one[0], one[1].near)))
        choices.append(StreetChoice(whole, inner))
    return choices

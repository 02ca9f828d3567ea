"""Streets, buildings, lamps and public places: the words."""

from enum import StrEnum


class StreetClass(StrEnum):
    """Classes of streets, coarse enough for every source; the order is from widest to narrowest."""

    MOTORWAY = "motorway"
    MAIN = "main"  # 路: trunk, primary, secondary
    COLLECTOR = "collector"  # 街: tertiary
    LANE = "lane"  # 巷: residential, unclassified, living street
    ALLEY = "alley"  # 弄: service, narrow ways
    FOOTWAY = "footway"  # pedestrian, footway, path, steps
    CYCLEWAY = "cycleway"
    RAIL = "rail"  # drawn only, never walked


class PlaceKind(StrEnum):
    """Kinds of public places that a map shows, that a reporter may name, or that people shelter in."""

    SCHOOL = "school"
    PARK = "park"
    TEMPLE = "temple"
    MARKET = "market"
    POLICE = "police"
    FIRE_STATION = "fire_station"
    HOSPITAL = "hospital"
    SHELTER = "shelter"
    AED = "aed"
    STATION = "station"
    LIBRARY = "library"
    COMMUNITY_CENTRE = "community_centre"
    PARKING = "parking"
    WATER = "water"  # area only, for drawing
    OTHER = "other"

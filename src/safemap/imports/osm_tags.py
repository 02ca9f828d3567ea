"""OpenStreetMap's tags in safemap's words."""

import re
from typing import Any

from safemap.basemap.rules import PlaceKind, StreetClass

STREET_CLASSES = {
    "motorway": StreetClass.MOTORWAY,
    "trunk": StreetClass.MAIN,
    "primary": StreetClass.MAIN,
    "secondary": StreetClass.MAIN,
    "tertiary": StreetClass.COLLECTOR,
    "residential": StreetClass.LANE,
    "unclassified": StreetClass.LANE,
    "living_street": StreetClass.LANE,
    "road": StreetClass.LANE,
    "service": StreetClass.ALLEY,
    "track": StreetClass.ALLEY,
    "pedestrian": StreetClass.FOOTWAY,
    "footway": StreetClass.FOOTWAY,
    "path": StreetClass.FOOTWAY,
    "steps": StreetClass.FOOTWAY,
    "bridleway": StreetClass.FOOTWAY,
    "cycleway": StreetClass.CYCLEWAY,
}
PLACES = {
    ("amenity", "school"): PlaceKind.SCHOOL,
    ("amenity", "kindergarten"): PlaceKind.SCHOOL,
    ("amenity", "university"): PlaceKind.SCHOOL,
    ("amenity", "place_of_worship"): PlaceKind.TEMPLE,
    ("amenity", "marketplace"): PlaceKind.MARKET,
    ("amenity", "police"): PlaceKind.POLICE,
    ("amenity", "fire_station"): PlaceKind.FIRE_STATION,
    ("amenity", "hospital"): PlaceKind.HOSPITAL,
    ("amenity", "library"): PlaceKind.LIBRARY,
    ("amenity", "community_centre"): PlaceKind.COMMUNITY_CENTRE,
    ("amenity", "parking"): PlaceKind.PARKING,
    ("emergency", "defibrillator"): PlaceKind.AED,
    ("emergency", "assembly_point"): PlaceKind.SHELTER,
    ("railway", "station"): PlaceKind.STATION,
    ("leisure", "park"): PlaceKind.PARK,
    ("leisure", "garden"): PlaceKind.PARK,
    ("leisure", "playground"): PlaceKind.PARK,
    ("landuse", "grass"): PlaceKind.PARK,
    ("natural", "water"): PlaceKind.WATER,
    ("natural", "bay"): PlaceKind.WATER,
    ("waterway", "riverbank"): PlaceKind.WATER,
}
NUMBER = re.compile(r"\d+(?:\.\d+)?")


def names_of(tags: Any) -> dict[str, str]:
    """Return the name as people there write it, else a Chinese one; and the English one."""
    name = tags.get("name") or tags.get("name:zh-Hant") or tags.get("name:zh") or ""
    return {"name": name, "name_en": tags.get("name:en") or ""}


def sane(value: float, limit: float) -> float | None:
    """Return a measure when it is above 0 and no more than a limit."""
    return value if 0 < value <= limit else None


def number_in(text: str | None, limit: float) -> float | None:
    """Read ``12``, ``12 m`` or ``3;4`` (the highest) as a number; None when it is none or not sane."""
    found = [float(word) for word in NUMBER.findall(text or "")]
    return sane(max(found), limit) if found else None


def place_kind(tags: Any) -> PlaceKind | None:
    """Return the kind of public place that a thing is, if any."""
    return next((kind for (key, value), kind in PLACES.items() if tags.get(key) == value), None)


def is_building(tags: Any) -> bool:
    """Whether a thing is a building."""
    return "building" in tags and tags.get("building") != "no"

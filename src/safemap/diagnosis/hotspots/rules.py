"""Hotspots of an area: what they are measured with, the kinds of places, the error where nothing is measured."""

from dataclasses import dataclass
from enum import StrEnum

from safemap.analysis.hotspots.exact import LEVEL
from safemap.analysis.hotspots.honesty import EVERYTHING_FROM
from safemap.analysis.hotspots.hours import FEWEST_FOR_HOURS
from safemap.errors import NotFound

DAYS_PER_MONTH = 365.25 / 12
WEEK_DAYS = 7.0
CELL_STEP_M = 5.0  # a window of 90 × 90 m can be said and paced out
WINDOW_CELLS = 3  # a side
REACH_CELLS = 1.5  # from the middle of a window to the middles of its corners
SEED = 20261125
HOURS_FROM = EVERYTHING_FROM  # events from which single hours of the week are shown
DAYS_FROM = FEWEST_FOR_HOURS  # below, six blocks of the day are all that can be told apart
MOST_OFF_STREETS = 0.2  # of events; more, and the streets that are known are not all where events can be
FEWEST_LATER = 20  # events that have to come after a map before it is scored: fewer, and luck decides


@dataclass(frozen=True, kw_only=True)
class HotspotParameters:
    """Every number that an area's hotspots are measured with; stored beside the result."""

    window_days: int = 1096  # three years back from the newest event, as road safety looks for black spots
    bandwidth_m: float = 50.0  # of densities along streets: as of dead zones
    reach_m: float = 50.0  # farther from every street, an event is on none and takes no part
    worst_accuracy_m: float = 200.0  # known worse, an event takes no part: the widest cell is 200 m
    level: float = LEVEL
    runs: int = 999  # random maps
    within_m: float = 60.0  # of reports about one problem
    near_m: tuple[float, ...] = (100.0, 200.0, 400.0)
    near_days: tuple[float, ...] = (7.0, 14.0, 28.0)


class PlaceKind(StrEnum):
    """What a place on the map of hotspots is."""

    HOTSPOT = "hotspot"  # hot cells that touch
    CIRCLE = "circle"  # where the one answer found most
    FRESH = "fresh"  # where most is new
    PROBLEM = "problem"  # reports that are probably one
    SEGMENT = "segment"  # a crash-prone piece of street
    JUNCTION = "junction"
    COURSE = "course"  # hot cells that touch and go one way


class StepUnit(StrEnum):
    """Steps in which time is counted."""

    WEEK = "week"
    MONTH = "month"


class HotspotsNotMeasured(NotFound):
    """An area's hotspots were not looked for yet."""

    def __init__(self, area: str) -> None:
        super().__init__(
            "Nobody has looked for hotspots in {area} yet.",
            remedy="Measure there: safemap diagnose VILLAGE.",
            area=area,
        )

"""Diagnoses: the words, the parameters with their reasons, the errors."""

from dataclasses import dataclass
from enum import StrEnum

from safemap.errors import NotFound, NotYetPossible
from safemap.i18n import mark


class Events(StrEnum):
    """Which points a diagnosis counts; families are not mixed."""

    REPORTS = "reports"  # what residents marked and is open
    TRAFFIC = "traffic"
    CRIME = "crime"


class Period(StrEnum):
    """Hours of the day for which guardianship is stated; never "ever covered"."""

    DAY = "day"  # 06:00-18:00
    EVENING = "evening"  # 18:00-22:00
    NIGHT = "night"  # 22:00-06:00


PERIOD_HOURS: dict[Period, tuple[int, int]] = {
    Period.DAY: (6, 18),
    Period.EVENING: (18, 22),
    Period.NIGHT: (22, 6),
}
PERIOD_NAMES = {
    Period.DAY: mark("by day (06:00–18:00)"),
    Period.EVENING: mark("in the evening (18:00–22:00)"),
    Period.NIGHT: mark("at night (22:00–06:00)"),
}

MINIMUM_EVENTS = 20  # below: too few to speak of hotspots; on random maps of 20 points density always "finds" one


@dataclass(frozen=True)
class Parameters:
    """Everything that a diagnosis can be made with; stored beside its result.

    The weights are this project's judgement, not a measurement: a passive camera deters less than people who
    are there. They can be changed, and every page that shows a combined figure shows the parts beside it.
    """

    events: Events
    bandwidth_m: float = 100.0  # about one block front: what a person on the spot can see and hear
    reach_of_patrol_m: float = 20.0  # both sides of the street that is walked
    reach_of_lamp_m: float = 20.0  # half of the 40 m between lamps that city streets are lit by
    longest_segment_m: float = 60.0
    weight_camera: float = 0.5
    weight_patrol: float = 0.6
    weight_block: float = 0.6
    weight_lamp: float = 0.3
    hazard_share: float = 0.25  # the quarter of street length with the highest density is "high hazard"
    guardianship_limit: float = 0.35  # at or above: somebody watches
    zone_limit: int = 12  # zones listed, as many as fit on a printed sheet with their reasons


class DiagnosisNotFound(NotFound):
    """No diagnosis has that number, or the area has none yet."""

    def __init__(self, named: str) -> None:
        super().__init__("There is no diagnosis “{named}”.", remedy="Make one with: safemap diagnose VILLAGE.", named=named)


class NoStreets(NotYetPossible):
    """The area has no streets to measure on."""

    def __init__(self, area: str) -> None:
        super().__init__(
            "No streets are known in {area}, so nothing can be measured there.",
            remedy="Import them first: safemap import osm FILE or safemap import streets FILE.",
            area=area,
        )

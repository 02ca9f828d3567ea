"""Diagnoses: the words, the parameters, the errors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from safemap.analysis.presence import DayPeriod
from safemap.analysis.scene import FEWEST_EVENTS, Method
from safemap.errors import InvalidInput, NotFound, NotYetPossible
from safemap.i18n import mark


class Events(StrEnum):
    """Which points a diagnosis counts; families are not mixed."""

    REPORTS = "reports"  # what residents marked and is open
    TRAFFIC = "traffic"
    CRIME = "crime"


class Period(StrEnum):
    """Hours of the day for which guardianship is stated; never "ever covered"."""

    DAY = "day"
    EVENING = "evening"
    NIGHT = "night"


DAY_PERIODS = {
    Period.DAY: DayPeriod(6 * 60, 18 * 60, is_dark=False),
    Period.EVENING: DayPeriod(18 * 60, 22 * 60, is_dark=True),
    Period.NIGHT: DayPeriod(22 * 60, 6 * 60, is_dark=True),
}
PERIOD_NAMES = {
    Period.DAY: mark("by day (06:00–18:00)"),
    Period.EVENING: mark("in the evening (18:00–22:00)"),
    Period.NIGHT: mark("at night (22:00–06:00)"),
}


class Source(StrEnum):
    """Who or what watches; kept apart, never one silent sum."""

    CAMERA = "camera"
    PATROL = "patrol"
    BLOCK = "block"
    LAMP = "lamp"


SOURCE_NAMES = {
    Source.CAMERA: mark("Cameras"),
    Source.PATROL: mark("Patrols"),
    Source.BLOCK: mark("Adopted blocks"),
    Source.LAMP: mark("Street lamps"),
}
EVENT_NAMES = {
    Events.REPORTS: mark("Open reports"),
    Events.TRAFFIC: mark("Traffic accidents"),
    Events.CRIME: mark("Crimes"),
}

MINIMUM_EVENTS = FEWEST_EVENTS  # below: too few to speak of hotspots
LIST_SEPARATOR = mark(", ")


@dataclass(frozen=True)
class Sentence:
    """A message id with its values, to be said in the reader's language when it is shown.

    A value may itself be a `Sentence`, or a tuple of them, which is said as a list.
    """

    message: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def said(self, gettext: Callable[[str], str]) -> str:
        """Say it in the language of a catalogue's ``gettext``."""

        def filled(value: object) -> object:
            if isinstance(value, Sentence):
                return value.said(gettext)
            if isinstance(value, tuple):
                return gettext(LIST_SEPARATOR).join(str(filled(part)) for part in value)
            return value

        return gettext(self.message).format(**{name: filled(value) for name, value in self.values.items()})

    def as_record(self) -> list[Any]:
        """Return ``[message, values]``, ready for JSON; a sentence within is again such a list."""

        def plain(value: object) -> object:
            if isinstance(value, Sentence):
                return value.as_record()
            return {"list": [plain(part) for part in value]} if isinstance(value, tuple) else value

        return [self.message, {name: plain(value) for name, value in self.values.items()}]

    @classmethod
    def from_record(cls, record: list[Any]) -> "Sentence":
        """Read back what `as_record` wrote."""

        def read(value: Any) -> object:
            if isinstance(value, list):
                return cls.from_record(value)
            return tuple(read(part) for part in value["list"]) if isinstance(value, dict) else value

        message, values = record
        return cls(message, {name: read(value) for name, value in values.items()})


@dataclass(frozen=True, kw_only=True)
class Parameters(Method):
    """Everything that a diagnosis can be made with; stored beside its result.

    Parameters
    ----------
    events
        What to count; None chooses by what there is enough of.
    """

    events: Events | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be measured with."""
        for name, (lowest, highest) in PARAMETER_LIMITS.items():
            if not lowest <= getattr(self, name) <= highest:
                raise ParameterOutOfRange(name, getattr(self, name), lowest, highest)


PARAMETER_LIMITS = {
    "reach_of_event_m": (10.0, 2000.0),
    "reach_of_patrol_m": (0.0, 200.0),
    "reach_of_lamp_m": (1.0, 200.0),
    "longest_segment_m": (10.0, 1000.0),
    "weight_camera": (0.0, 1.0),
    "weight_patrol": (0.0, 1.0),
    "weight_block": (0.0, 1.0),
    "weight_lamp": (0.0, 1.0),
    "hazard_share": (0.0, 1.0),
    "guardianship_limit": (0.0, 1.0),
    "shortest_zone_m": (0.0, 1000.0),
    "zone_limit": (1, 200),
}


class ParameterOutOfRange(InvalidInput):
    """A number of the method is not one that it can be used with."""

    def __init__(self, name: str, value: float, lowest: float, highest: float) -> None:
        super().__init__(
            "{name} cannot be {value}.",
            remedy="Choose from {lowest} to {highest}.",
            field=name,
            name=name,
            value=value,
            lowest=lowest,
            highest=highest,
        )


class DiagnosisNotFound(NotFound):
    """No diagnosis has that number, or the area has none yet."""

    def __init__(self, named: str) -> None:
        super().__init__(
            "There is no diagnosis “{named}”.", remedy="Make one with: safemap diagnose VILLAGE.", named=named
        )


class NoStreets(NotYetPossible):
    """The area has no streets to measure on."""

    def __init__(self, area: str) -> None:
        super().__init__(
            "No streets are known in {area}, so nothing can be measured there.",
            remedy="Import them first: safemap import osm FILE or safemap import streets FILE.",
            area=area,
        )

"""Published incidents: kinds, families, and how exact their times are."""

from enum import StrEnum

from safemap.i18n import mark


class IncidentKind(StrEnum):
    """What happened, in the authority's classes."""

    ACCIDENT_A1 = "accident_a1"  # death within 24 hours
    ACCIDENT_A2 = "accident_a2"  # injury, or death after 24 hours
    ACCIDENT = "accident"
    THEFT_BICYCLE = "theft_bicycle"
    THEFT_MOTORCYCLE = "theft_motorcycle"
    THEFT_CAR = "theft_car"
    BURGLARY = "burglary"
    ROBBERY = "robbery"
    OTHER = "other"


class IncidentFamily(StrEnum):
    """Families that are not mixed unless asked: traffic and crime have other causes and other remedies."""

    TRAFFIC = "traffic"
    CRIME = "crime"


FAMILY_OF = {
    IncidentKind.ACCIDENT_A1: IncidentFamily.TRAFFIC,
    IncidentKind.ACCIDENT_A2: IncidentFamily.TRAFFIC,
    IncidentKind.ACCIDENT: IncidentFamily.TRAFFIC,
    IncidentKind.THEFT_BICYCLE: IncidentFamily.CRIME,
    IncidentKind.THEFT_MOTORCYCLE: IncidentFamily.CRIME,
    IncidentKind.THEFT_CAR: IncidentFamily.CRIME,
    IncidentKind.BURGLARY: IncidentFamily.CRIME,
    IncidentKind.ROBBERY: IncidentFamily.CRIME,
    IncidentKind.OTHER: IncidentFamily.CRIME,
}
KIND_NAMES = {
    IncidentKind.ACCIDENT_A1: mark("Fatal accident (A1)"),
    IncidentKind.ACCIDENT_A2: mark("Injury accident (A2)"),
    IncidentKind.ACCIDENT: mark("Traffic accident"),
    IncidentKind.THEFT_BICYCLE: mark("Bicycle theft"),
    IncidentKind.THEFT_MOTORCYCLE: mark("Motorcycle theft"),
    IncidentKind.THEFT_CAR: mark("Car theft"),
    IncidentKind.BURGLARY: mark("Burglary"),
    IncidentKind.ROBBERY: mark("Robbery"),
    IncidentKind.OTHER: mark("Other incident"),
}


class TimePrecision(StrEnum):
    """How exactly `occurred_at` is known."""

    MINUTE = "minute"
    HOURS = "hours"  # a slot of some hours, given by its start and `occurred_until`
    DAY = "day"
    MONTH = "month"

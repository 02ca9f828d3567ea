"""Why a street is a dead zone, and what a diagnosis found, in sentences that a neighbour would say."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safemap.analysis.area import ZoneFacts
from safemap.analysis.hotspots.honesty import HOT_CELLS_FROM, Step
from safemap.analysis.presence import DAY_MIN, DayPeriod, WeeklyHours
from safemap.diagnosis.hotspots.schemas import Findings
from safemap.diagnosis.rules import DAY_PERIODS, MINIMUM_EVENTS, PERIOD_NAMES, Events, Period, Sentence
from safemap.i18n import mark

NEAR_WORDS = {
    Events.REPORTS: mark("{n} reports within {distance} m"),
    Events.TRAFFIC: mark("{n} traffic accidents within {distance} m"),
    Events.CRIME: mark("{n} crimes within {distance} m"),
}
COUNTED_WORDS = {
    Events.REPORTS: mark("Counted are {n} open reports."),
    Events.TRAFFIC: mark("Counted are {n} traffic accidents."),
    Events.CRIME: mark("Counted are {n} crimes."),
}
INSTEAD_WORDS = {
    Events.TRAFFIC: mark("Counted are {n} traffic accidents, because there are only {reports} open reports."),
    Events.CRIME: mark("Counted are {n} crimes, because there are only {reports} open reports."),
}
TOO_FEW_WORDS = {
    Events.REPORTS: mark("Only {n} reports so far: too few to speak of hotspots"),
    Events.TRAFFIC: mark("Only {n} traffic accidents: too few to speak of hotspots"),
    Events.CRIME: mark("Only {n} crimes: too few to speak of hotspots"),
}
NONE_WORDS = {
    Events.REPORTS: mark("No reports yet"),
    Events.TRAFFIC: mark("No traffic accidents are known here"),
    Events.CRIME: mark("No crimes are known here"),
}
MOSTLY = mark("mostly: {category}")
NO_CAMERA = mark("no camera sees it")
SOME_CAMERA = mark("cameras see {percent}% of it")
NO_PATROL = mark("no patrol passes")
NO_PATROL_AFTER = mark("no patrol after {time}")
NO_PATROL_BEFORE = mark("no patrol before {time}")
PATROL_ON = mark("patrol on {days} only")
PATROL_PART = mark("patrol passes {percent}% of it only")
NO_LAMP = mark("no street lamp lights it")
LAMP_GAP = mark("lamp gap of {metres} m")
NO_BLOCK = mark("no adopted block")
BLOCK_NOT_NOW = mark("adopted block not watched at this time")
DAY_RUN = mark("{first} to {last}")
DAY_NAMES = (mark("Mon"), mark("Tue"), mark("Wed"), mark("Thu"), mark("Fri"), mark("Sat"), mark("Sun"))

ZONES_FOUND = mark("{n} dead zones {period}")
ZONE_FOUND = mark("1 dead zone {period}")
ZONES_WORST = mark("{n} dead zones {period}; the {listed} worst are listed")
PLACES_FOUND = mark("{n} places to look at first {period}; who watches there is not known")
PLACE_FOUND = mark("1 place to look at first {period}; who watches there is not known")
PLACES_WORST = mark("{n} places to look at first {period}, {listed} of them listed; who watches there is not known")
OFF_STREETS = mark("{n} of them lie farther than {distance} m from every street: they are in no street's figures.")
CHANCE_NOT_TOLD = mark(
    "With {n} events nobody can tell by street whether they gather by more than chance: this list says where to look "
    "first, and proves nothing. From {least} on each street is tested."
)
IN_HOTSPOT = mark("in hotspot {rank}")
CHANCE_TOLD = mark("A dead zone in a hotspot is marked: more lies there than chance puts. The others may be chance.")
NO_HOTSPOT_FOUND = mark(
    "No street stands out beyond chance among {n} events: this list says where to look first, and proves nothing."
)
NO_ZONES = mark("No dead zone {period}")
TOO_FEW_THEN = mark("Only {n} {period}: too few to speak of hotspots")
NONE_THEN = mark("Nothing to count {period}")
NAMED = "{street}"  # a name is not translated
NAMELESS_BESIDE = mark("Unnamed way off {street}")
NAMELESS = mark("Unnamed way")

UNSEEN_SHARE = 0.05  # below: nobody would say that a camera sees the street, or a lamp lights it
SEEN_SHARE = 0.95
PASSES_SHARE = 0.25  # a route that only crosses a zone does not patrol it
WALKED_SHARE = 0.75  # from here on "patrolled" needs no percentage
DOMINANT_SHARE = 0.5
FEWEST_TO_DOMINATE = 3
COMMON_SHARE = 0.9
WORTH_SAYING_GAP_M = 40.0  # two lamps that each light 20 m to both sides
ROUND_GAP_M = 5
SAFETY_DAY_STARTS_MIN = 6 * 60  # so that the hours of a night stand in one piece
EVERY_DAY = 127


@dataclass(frozen=True)
class Known:
    """Which sources are known in an area at all: of the others nothing is said about single streets."""

    cameras: bool
    patrols: bool
    blocks: bool
    lamps: bool

    @property
    def anything(self) -> bool:
        """Whether one source at least is known."""
        return self.cameras or self.patrols or self.blocks or self.lamps


CHANCE = frozenset({CHANCE_NOT_TOLD, CHANCE_TOLD, NO_HOTSPOT_FOUND})  # notes that belong beside the list


def zone_reasons(
    facts: ZoneFacts,
    period: Period,
    events: Events,
    categories: Sequence[str],
    *,
    reach_of_event_m: float,
    known: Known,
    route_hours: WeeklyHours | None,
) -> tuple[Sentence, ...]:
    """Say why a street is a dead zone, hazard first.

    Parameters
    ----------
    categories
        Names (message ids) of the kinds of all events, by their places.
    route_hours
        Of all routes, by their places.
    """
    reasons = [Sentence(NEAR_WORDS[events], {"n": len(facts.events), "distance": round(reach_of_event_m)})]
    reasons += _mostly([categories[place] for place in facts.events], Counter(categories))
    if known.cameras:
        reasons += _camera(facts.camera_share)
    if known.patrols and route_hours is not None:
        reasons += _patrol(facts, DAY_PERIODS[period], route_hours)
    reasons += _lamps(facts)
    if known.blocks and facts.block_share == 0.0:
        reasons.append(Sentence(BLOCK_NOT_NOW if len(facts.blocks) else NO_BLOCK))
    return tuple(reasons)


def period_title(
    period: Period, event_count: float, zone_count: int, listed: int, *, is_watch_known: bool = True
) -> Sentence:
    """Say what was found in a period, as the title of its page.

    Where no guardian at all is known, nobody can tell that a place is unwatched, and it is not called a dead zone.
    """
    name = Sentence(PERIOD_NAMES[period])
    if round(event_count) == 0:
        return Sentence(NONE_THEN, {"period": name})
    if event_count < MINIMUM_EVENTS - 1e-9:
        return Sentence(TOO_FEW_THEN, {"n": round(event_count), "period": name})
    if zone_count == 0:
        return Sentence(NO_ZONES, {"period": name})
    if zone_count == 1:
        return Sentence(ZONE_FOUND if is_watch_known else PLACE_FOUND, {"period": name})
    if listed < zone_count:
        worst = ZONES_WORST if is_watch_known else PLACES_WORST
        return Sentence(worst, {"n": zone_count, "listed": listed, "period": name})
    return Sentence(ZONES_FOUND if is_watch_known else PLACES_FOUND, {"n": zone_count, "period": name})


def too_few_title(events: Events, event_count: int) -> Sentence:
    """Say that there are too few events of a family in the whole area."""
    return Sentence(TOO_FEW_WORDS[events], {"n": event_count}) if event_count else Sentence(NONE_WORDS[events])


def used_note(events: Events, event_count: int, *, instead_of_reports: int | None) -> Sentence:
    """Say what was counted, and why when it was not what comes first."""
    if instead_of_reports is not None and events in INSTEAD_WORDS:
        return Sentence(INSTEAD_WORDS[events], {"n": event_count, "reports": instead_of_reports})
    return Sentence(COUNTED_WORDS[events], {"n": event_count})


def off_streets_notes(number: int, distance_m: float) -> tuple[Sentence, ...]:
    """Say how many events belong to no street, if any."""
    return (Sentence(OFF_STREETS, {"n": number, "distance": round(distance_m)}),) if number else ()


def chance_notes(number: int, findings: Findings) -> tuple[Sentence, ...]:
    """Say what chance has to do with a list of dead zones; nothing where there is no list."""
    if number < MINIMUM_EVENTS:
        return ()
    if findings.limits.step in {Step.POINTS, Step.ONE_ANSWER}:
        return (Sentence(CHANCE_NOT_TOLD, {"n": number, "least": HOT_CELLS_FROM}),)
    return (Sentence(CHANCE_TOLD) if findings.hotspots else Sentence(NO_HOTSPOT_FOUND, {"n": number}),)


def zone_name(street: str, beside: str) -> Sentence:
    """Name a zone by its street, or by the one it leads off."""
    if street:
        return Sentence(NAMED, {"street": street})
    return Sentence(NAMELESS_BESIDE, {"street": beside}) if beside else Sentence(NAMELESS)


def _mostly(categories: Sequence[str], everywhere: Counter[str]) -> list[Sentence]:
    """Name the kind that most events here are of, unless nearly all events everywhere are of it."""
    if not categories:
        return []
    name, number = min(Counter(categories).items(), key=lambda item: (-item[1], item[0]))
    is_dominant = number >= FEWEST_TO_DOMINATE and number > DOMINANT_SHARE * len(categories)
    is_dominant &= everywhere[name] < COMMON_SHARE * everywhere.total()
    return [Sentence(MOSTLY, {"category": Sentence(name)})] if is_dominant else []


def _camera(share: float) -> list[Sentence]:
    if share < UNSEEN_SHARE:
        return [Sentence(NO_CAMERA)]
    return [Sentence(SOME_CAMERA, {"percent": round(100 * share)})] if share < SEEN_SHARE else []


def _lamps(facts: ZoneFacts) -> list[Sentence]:
    if facts.lamp_gap_m >= WORTH_SAYING_GAP_M:  # never of NaN, by day and where lamps are not known
        return [Sentence(LAMP_GAP, {"metres": ROUND_GAP_M * round(facts.lamp_gap_m / ROUND_GAP_M)})]
    return [Sentence(NO_LAMP)] if facts.lamp_share < UNSEEN_SHARE else []


def _patrol(facts: ZoneFacts, period: DayPeriod, hours: WeeklyHours) -> list[Sentence]:
    passing = facts.routes[facts.routes_share >= PASSES_SHARE]
    if len(passing) == 0:
        return [Sentence(NO_PATROL)]
    weekdays = int(np.bitwise_or.reduce(hours.weekdays[passing]))
    at_which_hours = _patrol_hours(_clock(hours, passing), period)
    reasons = list(at_which_hours.reasons)
    if at_which_hours.is_ever_there:
        if weekdays != EVERY_DAY:
            reasons.append(Sentence(PATROL_ON, {"days": days_of(weekdays)}))
        passed = float(facts.routes_share[facts.routes_share >= PASSES_SHARE].max())
        if passed < WALKED_SHARE:
            reasons.append(Sentence(PATROL_PART, {"percent": round(100 * passed)}))
    return reasons


def days_of(weekdays: int) -> tuple[Sentence, ...]:
    """Name days of the week by their bits; three or more in a row as "Mon to Fri"."""
    runs: list[list[int]] = []
    for day in range(len(DAY_NAMES)):
        if weekdays >> day & 1:
            if runs and runs[-1][-1] == day - 1:
                runs[-1].append(day)
            else:
                runs.append([day])
    named: list[Sentence] = []
    for run in runs:
        if len(run) >= 3:
            first, last = Sentence(DAY_NAMES[run[0]]), Sentence(DAY_NAMES[run[-1]])
            named.append(Sentence(DAY_RUN, {"first": first, "last": last}))
        else:
            named += [Sentence(DAY_NAMES[day]) for day in run]
    return tuple(named)


@dataclass(frozen=True)
class _Hours:
    is_ever_there: bool
    reasons: tuple[Sentence, ...]


def _clock(hours: WeeklyHours, places: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Minutes of a day, from 06:00 on, in which somebody of these is there on any weekday."""
    some = WeeklyHours(hours.weekdays[places], hours.start_min[places], hours.end_min[places])
    clock = some.by_minute().any(axis=0).reshape(7, DAY_MIN).any(axis=0)
    return np.roll(clock, -SAFETY_DAY_STARTS_MIN)


def _patrol_hours(clock: NDArray[np.bool_], period: DayPeriod) -> _Hours:
    """Say when in a period the patrol has left, or not yet come."""
    start = (period.start_min - SAFETY_DAY_STARTS_MIN) % DAY_MIN
    end = start + period.length_min
    inside = np.flatnonzero(clock[start:end]) + start
    if len(inside):
        if inside[-1] + 1 < end:
            return _Hours(True, (Sentence(NO_PATROL_AFTER, {"time": _time(int(inside[-1]) + 1)}),))
        if inside[0] > start:
            return _Hours(True, (Sentence(NO_PATROL_BEFORE, {"time": _time(int(inside[0]))}),))
        return _Hours(True, ())
    earlier = np.flatnonzero(clock[:start])
    if len(earlier):
        return _Hours(False, (Sentence(NO_PATROL_AFTER, {"time": _time(int(earlier[-1]) + 1)}),))
    later = np.flatnonzero(clock[end:]) + end
    return _Hours(False, (Sentence(NO_PATROL_BEFORE, {"time": _time(int(later[0]))}),))


def _time(minute_of_safety_day: int) -> str:
    minute = (minute_of_safety_day + SAFETY_DAY_STARTS_MIN) % DAY_MIN
    return f"{minute // 60:02d}:{minute % 60:02d}"

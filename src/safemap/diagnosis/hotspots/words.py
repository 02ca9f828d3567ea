"""Message ids of what is said of hotspots, and how numbers are written inside them."""

from safemap.analysis.hotspots.honesty import (
    EVERYTHING_FROM,
    HOT_CELLS_FROM,
    ONE_ANSWER_FROM,
    SCORES_FROM,
    Doubt,
    Step,
)
from safemap.analysis.hotspots.trends import Course
from safemap.diagnosis.hotspots.rules import StepUnit
from safemap.diagnosis.rules import Events, Sentence
from safemap.i18n import mark

LEAST_ODDS = 1_000_000

ONE = {
    Events.REPORTS: mark("1 open report"),
    Events.TRAFFIC: mark("1 traffic accident"),
    Events.CRIME: mark("1 crime"),
}
MANY = {
    Events.REPORTS: mark("{n} open reports"),
    Events.TRAFFIC: mark("{n} traffic accidents"),
    Events.CRIME: mark("{n} crimes"),
}
HOTSPOTS = {
    Events.REPORTS: mark("{n} hotspots of reports; the strongest is {place}"),
    Events.TRAFFIC: mark("{n} hotspots of traffic accidents; the strongest is {place}"),
    Events.CRIME: mark("{n} hotspots of crime; the strongest is {place}"),
}
HOTSPOT = {
    Events.REPORTS: mark("1 hotspot of reports: {place}"),
    Events.TRAFFIC: mark("1 hotspot of traffic accidents: {place}"),
    Events.CRIME: mark("1 hotspot of crime: {place}"),
}
TOO_FEW_PLACED = mark("{n} of {counted} can be placed: too few to speak of hotspots")
NO_HOTSPOT = mark("{counted}, and no place stands out: chance alone spreads them like this")
ONE_ANSWER = mark("{counted} gather around {place}: chance alone does so {odds}")
NO_SPOT = mark("{counted} gather around {place}, but no single spot stands out by itself")

GIVEN_ODDS = mark("1 time in {m}")
LEAST = mark("less than 1 time in {m}")
GATHERED = mark(
    "{counted} on {side} × {side} m, where {expected} would be expected by chance: {ratio} times "
    "(interval {low}–{high})"
)
CORRECTED = mark("by chance: {odds}, corrected for the {tests} places looked at")
IN_CIRCLE = mark("{counted} within {radius} m, where {expected} would be expected by chance: {ratio} times")
SHARE_OF_HOURS = mark("{percent}% between {first} and {last}")

COULD_BE_FOUND = mark(
    "What could have been found: a place of {side} × {side} m with {ratio} times its share, four times out of five. "
    "Weaker ones mostly go unseen."
)
NOTHING_FINDABLE = mark("With so few, no hotspot could have been found, however strong.")
MORE_OUTSIDE = mark("{n} more lie where no street is known here, and take no part.")
MORE_ROUGH = mark("{n} more are known worse than to {distance} m, and take no part.")
EVEN_ON_STREETS = mark("“By chance” means: spread evenly along the streets.")
SHUFFLED = mark(
    "Many lie at exactly the same place, so “by chance” means here that the cells of the map change places: a number "
    "at one address alone proves nothing."
)
TESTED = mark(
    "All {cells} windows of {side} × {side} m were tested, and their chances corrected for that "
    "(Benjamini and Hochberg, {percent}%)."
)
CIRCLES = mark("The one answer: {circles} circles, compared with {runs} maps on which chance alone drew.")
STREETS_MISSING = mark(
    "{off} of {counted} lie where no street is known here. So “by chance” means: spread evenly over the ground, and "
    "where more streets and people are, more gathers for that alone. With all streets imported, streets are compared "
    "with their like."
)
AS_PUBLISHED = mark("Positions are taken as published: how exact they are is not stated. A cell is {cell} m wide.")
POSITIONS = mark("Nine of ten positions are known to {accuracy} m; a cell is {cell} m wide.")
REPORTS_BY_STREET = mark(
    "Each report counts in the middle of its piece of street, where every member sees it: this page tells nobody more."
)
REPORTERS_UNKNOWN = mark("Who reported is not kept, so several may come from one person.")
FROM_AUTHORITY = mark("Published by an authority: how many people reported does not matter here.")
DOUBTS = {
    Doubt.COARSE: mark("Positions are known less well than the cells are wide: the edges of a hotspot are not sharp."),
}

STEPS = (
    (0, Step.POINTS, mark("where they are, and how many")),
    (ONE_ANSWER_FROM, Step.ONE_ANSWER, mark("whether they gather anywhere at all")),
    (HOT_CELLS_FROM, Step.HOT_CELLS, mark("where: each place with its chance")),
    (EVERYTHING_FROM, Step.EVERYTHING, mark("density by street, single hours, which places come and go")),
    (SCORES_FROM, Step.SCORES, mark("how well earlier maps foretold")),
)
WHY_STEPS = mark(
    "Where chance alone scatters 20 points, textbook methods still show a hotspot on four maps of five. So each step "
    "is taken from that number on at which its test finds what matters, and is silent about the rest."
)

COURSES = {
    Course.EMERGING: mark("Emerging"),
    Course.PERSISTENT: mark("Persistent"),
    Course.FADING: mark("Fading"),
}
A_STEP = {StepUnit.WEEK: mark("{n} a week"), StepUnit.MONTH: mark("{n} a month")}
LAST_STEPS = {StepUnit.WEEK: mark("the last {n} weeks"), StepUnit.MONTH: mark("the last {n} months")}
LAST_STEP = {StepUnit.WEEK: mark("the last week"), StepUnit.MONTH: mark("the last month")}
TOO_SHORT = mark("The time is too short to compare")
TOO_FEW_TO_COMPARE = mark("Only {n} in this time: too few to compare")
MORE_NOW = mark("More lately: {after}, {before} before – {ratio} times as many")
FEWER_NOW = mark("Fewer lately: {after}, {before} before – {ratio} times as many")
MORE_FROM_NONE = mark("New lately: {after}, none before")
NO_CHANGE = mark("No change can be shown: {after} lately, {before} before")
COMPARED = mark("Lately is {steps}. Interval of the ratio {low}–{high}; by chance {odds}.")
STEADY_RISE = mark("A steady rise over the whole time (by chance {odds}).")
STEADY_FALL = mark("A steady fall over the whole time (by chance {odds}).")
NO_STEADY = mark("No steady rise or fall over the whole time.")
FRESH = mark("New in {steps}: {place}, {count} where {expected} would be expected (by chance {odds}).")
NOTHING_FRESH = mark("No place has more lately than its own past and the village's lead to expect.")

HOURS_TOO_FEW = mark("Only {n} with a time: too few to speak of hours")
BUSY = mark("{percent}% of {counted} fall between {first} and {last}")
NOT_BUSY = mark("{counted} fall on all hours alike, as far as their number can tell")
BUSY_TEST = mark("Even hours would have a stretch of {hours} hours as busy {odds}.")
MOSTLY_NIGHT = mark("{n} of {all} open reports are about the dark hours")
MOSTLY_DAY = mark("{n} of {all} open reports are about the day")
MOSTLY_ANY = mark("{n} of {all} open reports are about any time of day")
SPREAD = mark("Where only a day or some hours are known, an event is spread over them: parts of events add up.")
ANY_TIME = mark("{n} may have happened at any time of a week or more: they are spread over all hours.")

SCORES_LATER = mark("Maps of 500 events and more are scored; here there are {n}")
SCORES_WAIT = mark("The map waits for what comes after it: {n} so far, {least} are needed")
SCORED = mark("The worst twentieth of the streets held {percent}% of what came after")
BETTER = mark("Better than {rival}: {points} percentage points more (interval {low} to {high})")
WORSE = mark("Worse than {rival}: {points} percentage points (interval {low} to {high})")
NOT_TOLD_APART = mark("No difference to {rival} can be shown: {points} percentage points (interval {low} to {high})")
RIVALS = {"counts": mark("last period's counts"), "plain_kde": mark("a plain heat map")}


def counted(events: Events, n: int) -> Sentence:
    """Say how many of a family."""
    return Sentence(ONE[events]) if n == 1 else Sentence(MANY[events], {"n": whole(n)})


def odds(p_value: float) -> Sentence:
    """Say a chance as one in so many, to two figures."""
    times = 1.0 / max(p_value, 1e-300)
    if times > LEAST_ODDS:
        return Sentence(LEAST, {"m": whole(LEAST_ODDS)})
    return Sentence(GIVEN_ODDS, {"m": whole(round(float(f"{times:.2g}"))) if times >= 10 else decimal(times)})


def whole(value: float) -> str:
    """Write a whole number with its thousands apart."""
    return f"{value:,.0f}"


def decimal(value: float) -> str:
    """Write a number to one decimal, from ten on without."""
    return (f"{value:.1f}" if abs(value) < 9.95 else whole(value)).replace("-", "−")


def clock(hour: int) -> str:
    """Write an hour of the day."""
    return f"{hour % 24:02d}:00"

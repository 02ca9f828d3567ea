"""What residents of the plan reported in a year, and what authorities published: clusters with a reason, and strays."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from shapely import Point

from safemap.demo.layout import BOUNDARY
from safemap.demo.network import Network
from safemap.demo.stories import STORIES, STRAYS
from safemap.hazards.rules import HazardState, NoticedAt
from safemap.incidents.rules import IncidentKind

TAIPEI = ZoneInfo("Asia/Taipei")
AS_OF = datetime(2026, 11, 15, 18, 0, tzinfo=TAIPEI)
YEAR_DAYS = 360


@dataclass(frozen=True)
class Report:
    """One report of a resident."""

    place: Point
    category: str
    severity: int
    noticed_at: NoticedAt
    state: HazardState
    words: str
    reported_at: datetime
    fixed_at: datetime | None
    accuracy_m: float
    is_public_place: bool


@dataclass(frozen=True)
class Happening:
    """One published incident."""

    kind: IncidentKind
    place: Point
    at: datetime
    where: str
    killed: int
    injured: int
    accuracy_m: float


def reports(streets: Network, seed: int) -> list[Report]:
    """Let residents report, oldest first."""
    random = np.random.default_rng(seed)
    found: list[Report] = []
    for story in STORIES:
        near = [pair for pair in streets if not story.street_ids or pair[0].id in story.street_ids]
        for position, words in enumerate(story.words):
            place = _near_a_street(near, story.place, story.spread_m, random)
            severity = int(np.clip(story.severity + random.integers(-1, 2), 1, 3))
            is_fixed = position < story.fixed
            report = _report(place, story.category, severity, story.noticed_at, words, is_fixed, random)
            found.append(replace(report, is_public_place=story.is_public_place))
    for category, noticed_at, severity, spot, words, is_fixed, is_public_place in STRAYS:
        place = _near_a_street(streets, spot, 4, random)
        report = _report(place, category, severity, noticed_at, words, is_fixed, random)
        found.append(replace(report, is_public_place=is_public_place))
    return sorted(found, key=lambda report: report.reported_at)


def _report(
    place: Point,
    category: str,
    severity: int,
    noticed_at: NoticedAt,
    words: str,
    is_fixed: bool,
    random: np.random.Generator,
) -> Report:
    """Date a report: dark places are marked on the way home, the others by day; what is fixed took weeks."""
    hours = (18, 19, 20, 21, 22) if noticed_at is NoticedAt.NIGHT else (7, 8, 10, 12, 15, 16, 17, 19)
    reported = _moment(int(random.choice(hours)), random, latest_days=75 if is_fixed else 2)
    fixed = reported.replace(hour=10, minute=0) + timedelta(days=int(random.integers(6, 70))) if is_fixed else None
    state = HazardState.FIXED if is_fixed else HazardState.OPEN
    accuracy_m = float(random.choice([5, 8, 10, 15]))
    return Report(place, category, severity, noticed_at, state, words, reported, fixed, accuracy_m, False)


ACCIDENT_SPOTS = (
    ((332, 24), 0.26, "示範路二段 / 榕樹街"),
    ((562, 38), 0.2, "示範路二段 / 學府街"),
    ((41, 15), 0.1, "示範路二段 / 永和街"),
    ((336, 300), 0.14, "榕樹街 / 安樂街"),
    ((561, 318), 0.1, "學府街 / 安樂街"),
    ((566, 178), 0.1, "學府街（榕樹國小前）"),
    ((41, 290), 0.1, "永和街 / 安樂街"),
)
THEFT_SPOTS = (
    ((184, 198), 0.4, IncidentKind.THEFT_BICYCLE, "榕樹公園旁"),
    ((300, 26), 0.2, IncidentKind.THEFT_BICYCLE, "榕樹站公車站"),
    ((402, 121), 0.2, IncidentKind.THEFT_MOTORCYCLE, "榕樹市場"),
    ((150, 151), 0.2, IncidentKind.BURGLARY, "榕樹街51巷"),
)


def happenings(streets: Network, seed: int) -> list[Happening]:
    """Let a year pass: about 75 accidents, most at junctions of wide streets, and about 45 thefts."""
    random = np.random.default_rng(seed)
    found: list[Happening] = []
    for _ in range(75):
        spot, _, where = ACCIDENT_SPOTS[
            int(random.choice(len(ACCIDENT_SPOTS), p=[share for _, share, _ in ACCIDENT_SPOTS]))
        ]
        hour = int(random.choice([7, 8, 9, 12, 15, 16, 17, 18, 19, 21, 23]))
        fatal = random.random() < 0.02
        kind = IncidentKind.ACCIDENT_A1 if fatal else IncidentKind.ACCIDENT_A2
        place = _near_a_street(streets, spot, 12, random)
        found.append(
            Happening(
                kind, place, _moment(hour, random), where, int(fatal), int(random.integers(0 if fatal else 1, 3)), 5
            )
        )
    for _ in range(45):
        spot, _, theft, where = THEFT_SPOTS[
            int(random.choice(len(THEFT_SPOTS), p=[share for _, share, _, _ in THEFT_SPOTS]))
        ]
        hour = int(random.choice([2, 3, 4, 13, 17, 20, 22, 23]))
        found.append(
            Happening(theft, _near_a_street(streets, spot, 25, random), _moment(hour, random), where, 0, 0, 30)
        )
    return sorted(found, key=lambda happening: happening.at)


def _moment(hour: int, random: np.random.Generator, latest_days: float = 1.0) -> datetime:
    # Word gets around: half of the reports are of the last 136 days, a quarter of the last 52.
    days_ago = latest_days + (YEAR_DAYS - latest_days) * float(random.random()) ** 1.4
    day = AS_OF - timedelta(days=days_ago)
    return day.replace(hour=hour, minute=int(random.integers(0, 60)), second=0, microsecond=0)


def _near_a_street(
    streets: Network,
    place: tuple[float, float],
    spread_m: float,
    random: np.random.Generator,
) -> Point:
    """Scatter around a place, then step to the nearest street's side, inside the village."""
    while True:
        around = Point(*random.normal(place, spread_m / 2))
        street, line = min(streets, key=lambda pair: pair[1].distance(around))
        width_m = street.width_m
        on_line = line.interpolate(line.project(around))
        aside = random.uniform(-width_m / 2, width_m / 2, size=2)
        spot = Point(on_line.x + float(aside[0]) / 2, on_line.y + float(aside[1]) / 2)
        if BOUNDARY.contains(spot) and spot.distance(BOUNDARY.exterior) > 1.0:
            return spot

"""Hotspots as pages say them: sentences in the reader's language, steps of what may be said, classes of a legend."""

from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy.orm import Session

from safemap.communities.rules import StudyArea
from safemap.diagnosis.hotspots import words
from safemap.diagnosis.hotspots.rules import HotspotsNotMeasured
from safemap.diagnosis.hotspots.schemas import Findings
from safemap.diagnosis.hotspots.sentences import Told
from safemap.diagnosis.hotspots.service import HotspotsSeen, latest_hotspots
from safemap.diagnosis.rules import Events
from safemap.web.deps import Language


@dataclass(frozen=True)
class Step:
    """A line of what may be said from how many events on."""

    least: int
    says: str
    is_reached: bool


@dataclass(frozen=True)
class LegendLine:
    """A class of density: above the one, up to and including the other (None: no end), events per km of street."""

    number: int
    low: float
    high: float | None


def told_in(seen: HotspotsSeen, language: Language) -> Told:
    """Return findings in words, streets named in the reader's language."""
    english = seen.names_en if language.code == "en" else {}
    return Told(seen.findings, seen.parameters, lambda name: english.get(name, name))


def hotspots_or_none(session: Session, area: StudyArea, events: Events | None) -> HotspotsSeen | None:
    """Return the newest analysis, or None where none was made yet."""
    try:
        return latest_hotspots(session, area, events)
    except HotspotsNotMeasured:
        return None


def steps_of(findings: Findings) -> list[Step]:
    """Return what may be said from how many on, and how far this family has come."""
    return [Step(least, says, findings.n >= least) for least, _, says in words.STEPS]


def legend_of(findings: Findings) -> list[LegendLine]:
    """Return the classes of density; none where it is not drawn."""
    if findings.density is None:
        return []
    edges = [0.0, *findings.density.breaks_per_km, None]
    return [LegendLine(number, low or 0.0, high) for number, (low, high) in enumerate(pairwise(edges), 1)]

"""Kinds of events, and which of them may be counted together: crime, traffic and residents' reports may not."""

from safemap.diagnosis.rules import Sentence
from safemap.hazards.categories import CATEGORY_BY_CODE
from safemap.incidents.rules import FAMILY_OF, KIND_NAMES, IncidentKind

REPORTS = "reports"
# As tables name them, beside safemap's own words.
PUBLISHED = {
    "A1": IncidentKind.ACCIDENT_A1,
    "A2": IncidentKind.ACCIDENT_A2,
    "A1類": IncidentKind.ACCIDENT_A1,
    "A2類": IncidentKind.ACCIDENT_A2,
    "自行車竊盜": IncidentKind.THEFT_BICYCLE,
    "機車竊盜": IncidentKind.THEFT_MOTORCYCLE,
    "汽車竊盜": IncidentKind.THEFT_CAR,
    "汽車失竊": IncidentKind.THEFT_CAR,
    "住宅竊盜": IncidentKind.BURGLARY,
    "街頭隨機搶奪": IncidentKind.ROBBERY,
    "街頭隨機強盜": IncidentKind.ROBBERY,
}


def family_of(kind: str) -> str:
    """Return the family of a kind: that of published incidents, residents' reports, or a kind that is nobody's own.

    Examples
    --------
    >>> family_of("accident_a1") == family_of("A2類"), family_of("lighting"), family_of("noise")
    (True, 'reports', 'noise')
    """
    known = PUBLISHED.get(kind, kind)
    if known in set(IncidentKind):
        return FAMILY_OF[IncidentKind(known)].value
    return REPORTS if kind in CATEGORY_BY_CODE else kind


def name_of(kind: str) -> str | Sentence:
    """Return the name of a kind as people say it, or the word of the file."""
    if kind in set(IncidentKind):
        return Sentence(KIND_NAMES[IncidentKind(kind)])
    return Sentence(CATEGORY_BY_CODE[kind].name) if kind in CATEGORY_BY_CODE else kind

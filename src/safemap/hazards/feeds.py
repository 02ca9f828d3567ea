"""What feeds tell of a village: the reports that everybody sees at their place, latest change first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from safemap.hazards import repository
from safemap.hazards.categories import CATEGORY_BY_CODE
from safemap.hazards.life import Stage
from safemap.hazards.rules import UnknownCategory
from safemap.hazards.schemas import HazardSeen

TOLD_AT_MOST = 100
UNTOLD = (Stage.MERGED, Stage.WITHDRAWN)
"""Told with another report, or no longer: nothing to follow."""


@dataclass(frozen=True)
class Told:
    """A report as everybody sees it, and when it last came to another stage."""

    seen: HazardSeen
    changed_at: datetime


def require_categories(codes: Sequence[str]) -> None:
    """Refuse what is asked of a category that is none of ours.

    Raises
    ------
    UnknownCategory
        It names the first one.
    """
    for code in codes:
        if code not in CATEGORY_BY_CODE:
            raise UnknownCategory(code)


def told_to_all(session: Session, village_ids: Sequence[int], categories: Sequence[str] = ()) -> list[Told]:
    """Return the reports at public places that were changed last, `TOLD_AT_MOST` of them, latest first."""
    rows = repository.lately_changed_for_all(session, village_ids, categories, UNTOLD, TOLD_AT_MOST)
    return [Told(HazardSeen(**dict(zip(HazardSeen.model_fields, row[:-1], strict=True))), row[-1]) for row in rows]

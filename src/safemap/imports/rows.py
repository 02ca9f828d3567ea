"""One incident as the readers of published files hand it on."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from safemap.incidents.rules import IncidentKind, TimePrecision

Lines = Iterator[tuple[int, list[str]]]  # the number of each line and its cells


@dataclass(frozen=True, slots=True)
class Row:
    """One incident as read."""

    source_id: str
    kind: IncidentKind
    occurred_at: datetime
    occurred_until: datetime | None
    precision: TimePrecision
    place: str
    killed: int
    injured: int
    x: float
    y: float
    details: dict[str, Any] | None
    line: int
    accuracy_m: float = 0.0


def hash_of(*parts: object) -> str:
    """Make an id of what tells an incident apart; the same in every file that has it."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:20]

"""What is done without anybody asking: once a day periods and the trail's check, and reminders as they fall due."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine

from safemap.audit.service import verify_and_note
from safemap.db.session import unit_of_work
from safemap.privacy.reminding import remind_all
from safemap.privacy.retention import run_once_a_day
from safemap.privacy.service import close_answered


@dataclass(frozen=True)
class Round:
    """What one round did.

    Parameters
    ----------
    taken
        Counts by kind of what was kept long enough; empty: it was not this worker's turn, or there was nothing.
    is_trail_whole
        None: it was not checked in this round.
    """

    taken: dict[str, int] = field(default_factory=dict)
    letters: int = 0
    closed: int = 0
    is_trail_whole: bool | None = None


def make_round(engine: Engine, site_url: str, now: datetime) -> Round:
    """Do what is due; several workers may, each thing is done by one.

    The trail is checked by whoever takes what was kept long enough, in a transaction of its own: it reads for long.
    """
    with unit_of_work(engine) as session:
        letters, closed = remind_all(session, site_url, now), close_answered(session, now)
    with unit_of_work(engine) as session:
        taken = run_once_a_day(session, now)
    if taken is None:
        return Round(letters=letters, closed=closed)
    with unit_of_work(engine) as session:
        is_whole = all(found.broken is None for found in verify_and_note(session))
    return Round({code: count for code, count in taken.items() if count}, letters, closed, is_whole)

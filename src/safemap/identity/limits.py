"""How often somebody may do what costs or annoys: so many at once, which come back evenly over a time.

One number for each limit and asker says until when what they did is used up (GCRA, a leaky bucket). What is rare and
does harm is counted in the database, exactly, for all workers together; the table is unlogged, for losing it in a crash
harms nobody. `after_one` serves also those who count in their own memory.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from safemap.identity.keys import Keys
from safemap.identity.rules import TooOften
from safemap.identity.tables import Allowance

FORGOTTEN_AT_ONCE = 100


@dataclass(frozen=True)
class Limit:
    """So many at once, and as many again in a time.

    Parameters
    ----------
    name
        What is counted.
    at_once
        How many may be done without a pause; the very last of them is allowed.
    within
        The time in which they come back, one by one.
    """

    name: str
    at_once: int
    within: timedelta

    def times(self, factor: float) -> "Limit":
        """Return a limit that allows a multiple at once."""
        return replace(self, at_once=max(1, round(self.at_once * factor)))

    @property
    def apart(self) -> timedelta:
        """How far apart they may be done for ever."""
        return self.within / self.at_once


# Forty phones of one village walk behind one address, each with a spot or two; then a day's worth.
REPORTS = (Limit("reports", 60, timedelta(minutes=10)), Limit("reports of a day", 300, timedelta(days=1)))
# A village walk behind one address: forty phones, some photos each. Each takes a processor for half a second.
PHOTOS = (Limit("photos", 120, timedelta(minutes=10)), Limit("photos of a day", 600, timedelta(days=1)))
SUGGESTIONS = (Limit("questions for similar reports", 240, timedelta(minutes=10)),)  # each report asks a few times
SUPPORTS = (
    Limit("people who say so too", 60, timedelta(minutes=10)),
    Limit("the same of a day", 300, timedelta(days=1)),
)
LETTERS = (Limit("letters", 20, timedelta(hours=1)),)
INVITATIONS = (Limit("invitations", 60, timedelta(hours=1)),)
AGENCY_SIGN_INS = (Limit("sign-ins through agencies", 100, timedelta(minutes=10)),)  # an office when it opens


def after_one(used_until_s: float, now_s: float, limit: Limit) -> tuple[float, float]:
    """Return until when the allowance is used up after one more, and how long to wait for that one; 0: not at all.

    With 3 in 60 s: after the first at 0 s it is used up until 20 s, after the third until 60 s; a fourth at 0 s would
    reach 80 s, so it waits for 20 s.
    """
    reached_s = max(used_until_s, now_s) + limit.apart.total_seconds()
    return reached_s, max(0.0, reached_s - now_s - limit.within.total_seconds())


def spend(session: Session, keys: Keys, limits: tuple[Limit, ...], who: str, now: datetime) -> None:
    """Count that somebody does something, in the transaction of what they do; what fails and is undone is not counted.

    Parameters
    ----------
    who
        A person or an address, kept as a keyed hash only and forgotten when nothing is used up any more.

    Raises
    ------
    TooOften
        A limit is reached; it says how long to wait.
    """
    for limit in limits:
        _spend(session, limit, keys.hashed("asker", who), now)


def _spend(session: Session, limit: Limit, asker: bytes, now: datetime) -> None:
    reached = func.greatest(Allowance.used_until, now) + limit.apart
    made = insert(Allowance).values(limit=limit.name, asker=asker, used_until=now + limit.apart)
    used_until = session.scalars(
        made.on_conflict_do_update(
            index_elements=["limit", "asker"], set_={"used_until": reached}, where=reached <= now + limit.within
        ).returning(Allowance.used_until)
    ).one_or_none()
    if used_until is None:
        kept = session.scalars(
            select(Allowance.used_until).where(Allowance.limit == limit.name, Allowance.asker == asker)
        ).one()
        _, wait_s = after_one(kept.timestamp(), now.timestamp(), limit)
        raise TooOften(max(1, -int(-wait_s // 1)))
    if used_until == now + limit.apart:  # a newcomer pays with some tidying
        _forget_unused(session, now)


def _forget_unused(session: Session, now: datetime) -> None:
    unused = (
        select(Allowance.limit, Allowance.asker)
        .where(Allowance.used_until < now)
        .limit(FORGOTTEN_AT_ONCE)
        .with_for_update(skip_locked=True)
        .cte("unused")
    )
    session.execute(
        delete(Allowance).where(Allowance.limit == unused.c.limit, Allowance.asker == unused.c.asker),
        execution_options={"synchronize_session": False},
    )

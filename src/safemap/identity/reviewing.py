"""The yearly review: which roles somebody should look at again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from safemap.identity.schemas import GrantSeen, PersonSeen

CONFIRMED_EVERY = timedelta(days=365)
UNUSED_AFTER = timedelta(days=365)


class Why(StrEnum):
    """What is the matter with a role."""

    OLD = "old"  # nobody has said for a year that it is still right
    UNUSED = "unused"  # its person has not signed in for a year
    ENDED = "ended"
    CLOSED = "closed"  # its person's account is


@dataclass(frozen=True)
class Due:
    """A role to be looked at."""

    person: PersonSeen
    grant: GrantSeen
    why: Why


def due_for_review(people: Iterable[PersonSeen], now: datetime, day: date) -> list[Due]:
    """Return the roles to be confirmed, to be ended, or to be known of; exactly a year is due."""
    return [
        Due(person, grant, why)
        for person in people
        for grant in person.grants
        if (why := _why(person, grant, now, day)) is not None
    ]


def _why(person: PersonSeen, grant: GrantSeen, now: datetime, day: date) -> Why | None:
    if grant.ended_at is not None or (grant.ends_on is not None and grant.ends_on < day):
        return Why.ENDED
    if person.disabled_at is not None:
        return Why.CLOSED
    if now - grant.reviewed_at >= CONFIRMED_EVERY:
        return Why.OLD
    if person.signed_in_at is not None and now - person.signed_in_at >= UNUSED_AFTER:
        return Why.UNUSED
    return None

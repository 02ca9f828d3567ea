"""A letter in the outbox as others see it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from safemap.notifications.rules import Channel


@dataclass(frozen=True)
class Waiting:
    """A letter that was taken out of the outbox to be handed over.

    Parameters
    ----------
    attempts
        Which attempt this is; a worker that holds another number holds the letter no longer.
    refusals
        How often it was refused before, by itself and not for the server's sake.
    attempt_id
        By which the other side knows that a repeated letter is the same one.
    is_repeatable
        Whether it is handed over again when nobody knows whether it arrived.
    has_stale_key
        It may have arrived, and the other side has forgotten its id by now.
    """

    id: int
    channel: Channel
    to_address: str
    language: str
    subject: str
    body: str
    created_at: datetime
    attempts: int
    refusals: int
    attempt_id: UUID
    is_repeatable: bool
    is_urgent: bool
    has_stale_key: bool = False


@dataclass(frozen=True)
class Delivered:
    """What one round of delivering did."""

    sent: int = 0
    failed: int = 0
    postponed: int = 0
    dropped: int = 0

    def __add__(self, other: "Delivered") -> "Delivered":
        return Delivered(
            self.sent + other.sent,
            self.failed + other.failed,
            self.postponed + other.postponed,
            self.dropped + other.dropped,
        )

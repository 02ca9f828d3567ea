"""A letter in the outbox as others see it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Waiting:
    """A letter that was taken out of the outbox to be handed over."""

    id: int
    to_address: str
    language: str
    subject: str
    body: str
    created_at: datetime
    attempts: int


@dataclass(frozen=True)
class Delivered:
    """What one round of delivering did."""

    sent: int = 0
    failed: int = 0
    postponed: int = 0
    dropped: int = 0

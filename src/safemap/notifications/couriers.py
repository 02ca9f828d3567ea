"""Who hands letters over, one for each channel that is configured, and who of them is at rest."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from safemap.notifications.rules import Channel
from safemap.notifications.schemas import Waiting


class Courier(Protocol):
    """Hands letters to one server."""

    def hand_over(self, letter: Waiting) -> None:
        """Give a letter to the server; raises NotSent."""


class Couriers:
    """A process's couriers; one whose server could not be used rests for a while, instead of trying each letter."""

    def __init__(self, by_channel: Mapping[Channel, Courier]) -> None:
        self._by_channel = dict(by_channel)
        self._rest_until: dict[Channel, datetime] = {}

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Channels that letters can go out by."""
        return tuple(self._by_channel)

    def of(self, channel: Channel) -> Courier:
        """Return a channel's courier."""
        return self._by_channel[channel]

    def rest(self, channel: Channel, until: datetime) -> None:
        """Let a channel rest."""
        self._rest_until[channel] = until

    def rests_until(self, channel: Channel, now: datetime) -> datetime | None:
        """Until when a channel rests; None: it does not."""
        until = self._rest_until.get(channel)
        return until if until is not None and until > now else None

    def awake(self, now: datetime) -> tuple[Channel, ...]:
        """Channels that do not rest."""
        return tuple(channel for channel in self._by_channel if self.rests_until(channel, now) is None)

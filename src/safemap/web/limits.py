"""What one address may ask of this process, and how much that is heavy it does at once.

Reads are counted in each worker's own memory, in a microsecond where the database takes half a millisecond: so
with several workers an address may read up to so many times as much. What is rare and does harm is counted in the
database (`identity.limits`).
"""

import ipaddress
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import BoundedSemaphore
from typing import cast

from fastapi import Request
from sqlalchemy.orm import Session

from safemap.identity.keys import Keys
from safemap.identity.limits import Limit, after_one, spend
from safemap.identity.rules import TooOften, Viewer
from safemap.web.deps import Db, settings_of
from safemap.web.rules import TooBusy
from safemap.web.viewing import InstallationKeys, Seen

# Forty phones on a meeting's Wi-Fi open the map at once, at eight requests each, and look around.
READS = Limit("reads", 1200, timedelta(minutes=1))
HEAVY = Limit("prints and measurements", 20, timedelta(minutes=10))  # of one person
HEAVY_AT_ONCE = 2  # each takes a processor for seconds
ASKERS_KEPT = 50_000


class Counter:
    """What askers have used up of a limit, in this process."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._used_until_s: dict[str, float] = {}

    def wait_s(self, asker: str, now_s: float | None = None) -> float:
        """Count one more of an asker; return how long they have to wait for that, 0 when they are let through."""
        now_s = time.monotonic() if now_s is None else now_s
        used_until_s, wait_s = after_one(self._used_until_s.get(asker, 0.0), now_s, self.limit)
        if wait_s > 0.0:
            return wait_s
        if len(self._used_until_s) >= ASKERS_KEPT and asker not in self._used_until_s:
            self._forget_unused(now_s)
        self._used_until_s[asker] = used_until_s
        return 0.0

    def count(self, asker: str) -> None:
        """Count one more of an asker.

        Raises
        ------
        TooOften
            The limit is reached.
        """
        wait_s = self.wait_s(asker)
        if wait_s > 0.0:
            raise TooOften(max(1, -int(-wait_s // 1)))

    def _forget_unused(self, now_s: float) -> None:
        self._used_until_s = {asker: until_s for asker, until_s in self._used_until_s.items() if until_s > now_s}
        if len(self._used_until_s) >= ASKERS_KEPT:  # so many within a minute: an attack; the calm ones go first
            calm_first = sorted(self._used_until_s.items(), key=lambda kept: kept[1])
            self._used_until_s = dict(calm_first[ASKERS_KEPT // 2 :])


def address_of(request: Request) -> str:
    """Return the address that counts as one asker: all of IPv4, of IPv6 the /64 that one line is given."""
    host = request.client.host if request.client else ""
    try:
        parsed = ipaddress.ip_address(host)
    except ValueError:
        return "local"
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def asker_of(request: Request, viewer: Viewer) -> str:
    """Return whose requests these are: a person's, or an address's where nobody is known."""
    return f"person {viewer.person_id}" if viewer.person_id is not None else f"address {address_of(request)}"


def spend_for(request: Request, session: Session, keys: Keys, viewer: Viewer, limits: tuple[Limit, ...]) -> None:
    """Count what somebody does: for a person where it is known who they are, else for their address.

    Raises
    ------
    TooOften
        A limit is reached.
    """
    factor = settings_of(request).rate_factor
    spend(session, keys, tuple(limit.times(factor) for limit in limits), asker_of(request, viewer), datetime.now(UTC))


class AtMost:
    """A dependency that counts a request; with the route's own transaction, so one that fails is not counted."""

    def __init__(self, *limits: Limit) -> None:
        self.limits = limits

    def __call__(self, request: Request, session: Db, keys: InstallationKeys, viewer: Seen) -> None:
        """Count it, or raise `TooOften`."""
        spend_for(request, session, keys, viewer, self.limits)


class Heavy:
    """A dependency of routes that take a processor for seconds: few run at once, and nobody has one run very often.

    Both are counted in this process, whose processor it is. In the database the count would be held by a transaction
    that lasts as long as the work.
    """

    def __init__(self, at_once: int) -> None:
        self._free = BoundedSemaphore(at_once)

    def __call__(self, request: Request, viewer: Seen) -> Iterator[None]:
        """Hold a place while the request runs.

        Raises
        ------
        TooBusy
            All places are taken.
        TooOften
            The person had their share.
        """
        if not self._free.acquire(blocking=False):
            raise TooBusy
        try:
            counter_of(request).count(asker_of(request, viewer))
            yield
        finally:
            self._free.release()


def counter_of(request: Request) -> Counter:
    """Return what people have used up of heavy work in this process."""
    state = request.app.state
    if not hasattr(state, "heavy"):
        state.heavy = Counter(HEAVY.times(settings_of(request).rate_factor))
    return cast("Counter", state.heavy)


heavy = Heavy(HEAVY_AT_ONCE)

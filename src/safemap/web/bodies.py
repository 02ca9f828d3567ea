"""How long a request's body may be and how long it may take to arrive: little, save where photos come in."""

import re
from dataclasses import dataclass

from starlette.formparsers import MultiPartParser

from safemap.media.rules import FILE_LIMIT_BYTES

KIB = 1024


@dataclass(frozen=True)
class Body:
    """What a route takes.

    Parameters
    ----------
    within_s
        The slowest phone line that is served sends 64 kB in 15 s.
    """

    limit_bytes: int
    within_s: float


USUAL = Body(64 * KIB, 30.0)  # a report is under 3 kB
ONE_PHOTO = Body(FILE_LIMIT_BYTES + 64 * KIB, 240.0)  # 12 MB at 0.4 Mbit/s; phones send 0.5 MB, made smaller there
# A form sends photos as they are: four of a usual phone. They stay in memory; none is written to a file of ours.
PHOTOS_IN_A_FORM = Body(24_000_000, 300.0)
LARGE_AT_ONCE = 12  # bodies on their way into one process, 24 MB each at most
LARGE_AT_ONCE_FROM_ONE_ADDRESS = 6  # an association's office behind one line

LARGER: tuple[tuple[re.Pattern[str], Body], ...] = (
    (re.compile(r"/api/v1/reports/[^/]+/photos|/api/v1/photos/position"), ONE_PHOTO),
    (re.compile(r"/villages/[^/]+/mark|/r/[^/]+/photos"), PHOTOS_IN_A_FORM),
)

# Starlette would write what is longer than 1 MB into a temporary file: a photo as it was sent, on our disk.
MultiPartParser.spool_max_size = PHOTOS_IN_A_FORM.limit_bytes + KIB


def body_of(method: str, path: str) -> Body:
    """Return what an address takes."""
    if method != "POST":
        return USUAL
    return next((body for pattern, body in LARGER if pattern.fullmatch(path)), USUAL)


class Arriving:
    """Large bodies that are on their way into this process, by who sends them."""

    def __init__(self) -> None:
        self._by_address: dict[str, int] = {}

    def begin(self, address: str) -> bool:
        """Count one more; False: there are as many as may be."""
        own = self._by_address.get(address, 0)
        if own >= LARGE_AT_ONCE_FROM_ONE_ADDRESS or sum(self._by_address.values()) >= LARGE_AT_ONCE:
            return False
        self._by_address[address] = own + 1
        return True

    def end(self, address: str) -> None:
        """Count one less."""
        left = self._by_address[address] - 1
        if left:
            self._by_address[address] = left
        else:
            del self._by_address[address]

"""What a benchmark says: one figure of ours beside a peer's or a limit, from the same run."""

import math
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Measure:
    """One line of a benchmark's table.

    Parameters
    ----------
    name
        What was measured.
    ours
        Our figure, in `unit`.
    unit
        ``s``, ``MB``, ``rows/s``, ``req/s`` …
    peer
        The peer's figure in the same unit and the same run, when there is one.
    peer_name
        Which peer, and how it was called.
    wanted
        The rule in words, e.g. ``"at least 0.8 of the peer"``.
    holds
        Whether the rule holds in this run; None when it could not be told (say, the peer is not installed).
    """

    name: str
    ours: float
    unit: str
    wanted: str
    holds: bool | None
    peer: float | None = None
    peer_name: str = ""

    @property
    def ratio(self) -> float:
        """Ours divided by the peer's; not a number without a peer."""
        return self.ours / self.peer if self.peer else math.nan

    def as_record(self) -> dict[str, object]:
        """Return the line as a JSON-ready record."""
        return asdict(self)

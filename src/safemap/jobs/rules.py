"""How a worker paces itself, and how the queue is doing."""

from dataclasses import dataclass
from datetime import timedelta

TAKEN_AT_MOST = 5  # a job over which so many workers died is what kills them
FAILED_KEPT_FOR = timedelta(days=30)
MOVES_WITHIN = timedelta(minutes=5)  # a job that is due for longer is waiting for a worker that is not there


@dataclass(frozen=True)
class Pace:
    """How a worker works.

    Parameters
    ----------
    at_once
        Jobs at a time, each in a thread of its own.
    looks_every_s
        How often it asks for jobs whose time has come; of new ones the database tells it at once.
    beats_every_s
        How often it says that it lives.
    stalled_after_s
        After such a silence its jobs are taken back by others.
    stops_within_s
        How long its jobs may go on when it is told to stop, before they are asked to end.
    """

    at_once: int = 4
    looks_every_s: float = 5.0
    beats_every_s: float = 10.0
    stalled_after_s: float = 30.0
    stops_within_s: float = 10.0


@dataclass(frozen=True)
class QueueState:
    """How the queue is doing at a moment.

    Parameters
    ----------
    due
        Jobs that could run now.
    oldest_due
        How long the oldest of them has been due.
    later
        Jobs for a later moment.
    running, failed
        Jobs that a worker is at; jobs that were given up within the last month.
    workers
        Workers that gave a sign of life within the last minute.
    """

    due: int
    oldest_due: timedelta
    later: int
    running: int
    failed: int
    workers: int

    @property
    def moves(self) -> bool:
        """Whether jobs are taken within minutes of being due."""
        return self.oldest_due <= MOVES_WITHIN

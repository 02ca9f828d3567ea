"""One function over many parts: here, or by several processes on Dask; what adds up is added in the same order."""

import importlib
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from importlib import metadata
from typing import Any, Protocol

from safemap.errors import OutsideFailure
from safemap.files.rules import DaskMissing, DoesNotGoTogether

MOST_WORKERS = 256
PATIENCE_S = 20


class Spread(Protocol):
    """Where parts are worked on. What `map` returns may lie elsewhere; `gather` brings it."""

    processes: int

    def map(self, work: Callable[..., Any], parts: Sequence[Any], *same: Any) -> list[Any]:
        """Do the same work on each part, with the same further arguments."""

    def gather(self, parts: list[Any]) -> list[Any]:
        """Bring all parts here."""

    def added(self, parts: list[Any]) -> Any:
        """Bring the sum of all parts here, neighbours added first."""

    def grouped(self, parts: list[Any], work: Callable[..., Any], groups: int) -> list[Any]:
        """Work on the first items of all parts' lists, on the second ones, and so on, and bring the answers here."""


class Here:
    """In this process, one part after the other."""

    processes = 1

    def map(self, work: Callable[..., Any], parts: Sequence[Any], *same: Any) -> list[Any]:
        """Do the same work on each part."""
        return [work(part, *same) for part in parts]

    def gather(self, parts: list[Any]) -> list[Any]:
        """Return the parts, which are here."""
        return parts

    def added(self, parts: list[Any]) -> Any:
        """Add neighbours until one is left."""
        return _tree(parts, _add)

    def grouped(self, parts: list[Any], work: Callable[..., Any], groups: int) -> list[Any]:
        """Work on one group after the other."""
        return [work([part[group] for part in parts]) for group in range(groups)]


class OnDask:
    """On the workers of a Dask scheduler, which see the same files."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.processes = len(client.scheduler_info(n_workers=-1)["workers"])

    def map(self, work: Callable[..., Any], parts: Sequence[Any], *same: Any) -> list[Any]:
        """Send the work to where the parts are; further arguments are sent to all workers once."""
        sent = [self.client.scatter(one, broadcast=True, hash=False) for one in same]
        return [self.client.submit(work, part, *sent, pure=False) for part in parts]

    def gather(self, parts: list[Any]) -> list[Any]:
        """Bring all parts here; the first failure is raised as it was."""
        return list(self.client.gather(parts))

    def added(self, parts: list[Any]) -> Any:
        """Add neighbours on the workers until one is left, and bring it."""
        return self.client.gather(_tree(parts, lambda one, other: self.client.submit(_add, one, other, pure=False)))

    def grouped(self, parts: list[Any], work: Callable[..., Any], groups: int) -> list[Any]:
        """Bring the same group of all parts to one worker, and work on it there."""
        answers = []
        for group in range(groups):
            mine = [self.client.submit(_item, part, group, pure=False) for part in parts]
            answers.append(self.client.submit(work, mine, pure=False))
        return self.gather(answers)


def _add(one: Any, other: Any) -> Any:
    return one + other


def _item(parts: Sequence[Any], place: int) -> Any:
    return parts[place]


def _tree(parts: list[Any], add: Callable[[Any, Any], Any]) -> Any:
    """Add neighbours, then neighbours of the sums: the same sums wherever the parts are."""
    while len(parts) > 1:
        parts = [reduce(add, parts[place : place + 2]) for place in range(0, len(parts), 2)]
    return parts[0]


@contextmanager
def spread_over(workers: int | None, scheduler: str | None) -> Iterator[Spread]:
    """Choose where parts are worked on, for as long as the block runs.

    Parameters
    ----------
    workers
        So many processes are started on this machine, reachable from it only, and stopped afterwards.
    scheduler
        Address of a Dask scheduler whose workers have safemap and see the files under the same paths.

    Raises
    ------
    DaskMissing
        Dask is asked for and not installed.
    OutsideFailure
        The scheduler does not answer, has no workers, or they have another safemap.
    """
    if workers is None and scheduler is None:
        yield Here()
        return
    if workers is not None and scheduler is not None:
        raise DoesNotGoTogether("workers", "there is a scheduler too, which has workers of its own", "Leave one out.")
    if workers is not None and not 1 <= workers <= MOST_WORKERS:
        raise DoesNotGoTogether("workers", f"it is {workers}", f"Choose from 1 to {MOST_WORKERS}.")
    try:
        dask: Any = importlib.import_module("distributed")  # an extra, and a second to load
    except ImportError as error:
        raise DaskMissing from error
    if workers is not None:
        with (
            dask.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
            ) as cluster,
            dask.Client(cluster) as client,
        ):
            yield OnDask(client)
        return
    try:
        client = dask.Client(scheduler, timeout=PATIENCE_S)
    except (OSError, ValueError, TimeoutError) as error:
        raise OutsideFailure(
            "The Dask scheduler at {address} does not answer ({why}).",
            remedy="Start one with “dask scheduler” and “dask worker”, and name it as tcp://host:8786.",
            address=scheduler,
            why=str(error).splitlines()[0][:120],
        ) from error
    with client:
        _require_same_safemap(client)
        yield OnDask(client)


def _require_same_safemap(client: Any) -> None:
    ours, theirs = _version(), set(client.run(_version).values())
    if theirs != {ours}:
        raise OutsideFailure(
            "The scheduler's workers have safemap {theirs}, here it is {ours}.",
            remedy="Start workers in an environment with this version.",
            theirs=", ".join(sorted(theirs)) or "nowhere: there is no worker",
            ours=ours,
        )


def _version() -> str:
    try:
        return metadata.version("safemap")
    except metadata.PackageNotFoundError:
        return "not at all"

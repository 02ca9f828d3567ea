"""Workers of the background queue: in a thread of the test, or as processes that can be killed."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from safemap.db.session import engine_for
from safemap.jobs.registry import TASKS, Task
from safemap.jobs.rules import Pace
from safemap.jobs.worker import work_until
from safemap.settings import Settings

ROOT = Path(__file__).parents[2]
QUICK = Pace(looks_every_s=0.1, beats_every_s=0.3, stalled_after_s=1.5, stops_within_s=5.0)


@contextmanager
def working(engine: Engine, settings: Settings, pace: Pace = QUICK) -> Iterator[None]:
    """A worker in a thread; it has stopped at the end."""
    loop, ended = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(work_until(ended, settings, engine, pace),))
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def work_off(engine: Engine, settings: Settings) -> None:
    """Do what is due, and end."""
    asyncio.run(work_until(asyncio.Event(), settings, engine, QUICK, until_empty=True))


@contextmanager
def tasks(*more: Task) -> Iterator[None]:
    """Tasks of a test beside safemap's own."""
    TASKS.update({task.name: task for task in more})
    try:
        yield
    finally:
        for task in more:
            del TASKS[task.name]


def started_worker(url: str, settings: Mapping[str, str], module: str = "") -> "subprocess.Popen[bytes]":
    """A worker in a process of its own, which a test may kill; with the tasks of a module if one is named."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.working", url, module],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}/src:{ROOT}", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **settings},
    )


def until(is_so: Callable[[], bool], within_s: float = 30.0) -> None:
    """Wait for something that workers do."""
    end = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


def main() -> None:
    url, module = sys.argv[1:]
    if module:
        __import__(module)
    asyncio.run(work_until(asyncio.Event(), Settings(database_url=url), engine_for(url), QUICK))


if __name__ == "__main__":
    main()

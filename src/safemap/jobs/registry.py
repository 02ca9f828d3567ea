"""What can be put into the queue: tasks by name, some of them at fixed times."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec

from sqlalchemy import Engine

import safemap
from safemap.settings import Settings

P = ParamSpec("P")


@dataclass(frozen=True)
class Work:
    """What a task is given besides its job's own values.

    Parameters
    ----------
    engine
        For transactions of its own, as many as it needs.
    is_stopping
        Whether the worker was told to stop: a long task ends at the next good place, and is run again later.
    """

    engine: Engine
    settings: Settings
    is_stopping: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Task:
    """A function that jobs run: ``run(work, **values)``.

    Parameters
    ----------
    cron
        When it runs by itself, as five fields of cron in UTC; empty: only when it is put in.
    attempts
        How often it is tried when it fails, waiting 6 s, 36 s, 4 min, 22 min … in between.
    """

    name: str
    run: Callable[..., None]
    cron: str = ""
    attempts: int = 1


TASKS: dict[str, Task] = {}


def task(name: str, *, attempts: int = 1) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Register a function as a task; its values are JSON, and no personal data: they stand in the queue's tables."""
    return _registered(name, "", attempts)


def periodic(name: str, cron: str) -> Callable[[Callable[[Work], None]], Callable[[Work], None]]:
    """Register a function that is run at fixed times, by one worker each time."""
    return _registered(name, cron, 1)


def _registered(name: str, cron: str, attempts: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def keep(function: Callable[..., Any]) -> Callable[..., Any]:
        if name in TASKS:
            message = f"two tasks are called {name}"
            raise ValueError(message)
        TASKS[name] = Task(name, function, cron, attempts)
        return function

    return keep


def load_tasks() -> dict[str, Task]:
    """Return all tasks: every room's, found by the file name, so that a new room cannot be forgotten."""
    for tasks in sorted(Path(safemap.__file__).parent.rglob("tasks.py")):
        parts = tasks.relative_to(Path(safemap.__file__).parent).with_suffix("").parts
        importlib.import_module(".".join((safemap.__name__, *parts)))
    return TASKS

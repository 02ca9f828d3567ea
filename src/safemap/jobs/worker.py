"""A worker: takes jobs and runs them in threads, until it is told to stop.

It listens to the database for new jobs (LISTEN/NOTIFY) and asks every few seconds for those whose time has come; it
says that it lives, and takes jobs of workers that no longer do. When the database is away it comes back by itself.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from time import monotonic

from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy
from sqlalchemy import Engine

from safemap.db.server import plain_url
from safemap.db.session import engine_for, unit_of_work
from safemap.jobs.registry import Task, Work, load_tasks
from safemap.jobs.rules import Pace
from safemap.jobs.service import take_back
from safemap.settings import Settings

log = logging.getLogger("safemap.jobs")

LONGEST_PAUSE_S = 30.0
QUEUE_CONNECTIONS = 2  # for taking and settling jobs; one more listens
CATCHES_UP_WITHIN_S = 600  # what should have run by itself while nobody worked is run if it is no later than this


async def work_until(
    ended: asyncio.Event, settings: Settings, engine: Engine, pace: Pace | None = None, *, until_empty: bool = False
) -> None:
    """Work until told to end: jobs that run then are finished first, or found by others if the process is killed.

    Parameters
    ----------
    engine
        Whose database and login are used, with a few connections of the worker's own.
    until_empty
        Ends when no job is due.
    """
    pace = pace or Pace()
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)  # it logs words of errors; ours are logged here
    url = engine.url.render_as_string(hide_password=False)
    own = engine_for(url, name="safemap jobs", connections=pace.at_once)
    pause_s = 1.0
    while not ended.is_set():
        began = monotonic()
        try:
            await _work(ended, Work(own, settings, ended.is_set), plain_url(url), pace, until_empty=until_empty)
            if until_empty:
                break
        except Exception as error:  # noqa: BLE001 - the database may be back in a moment
            log.warning("the worker stopped: %s", type(error).__name__)
        pause_s = 1.0 if monotonic() - began > LONGEST_PAUSE_S else min(2 * pause_s, LONGEST_PAUSE_S)
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), pause_s)
    own.dispose()


async def _work(ended: asyncio.Event, work: Work, url: str, pace: Pace, *, until_empty: bool) -> None:
    app = App(connector=_connector(url), periodic_defaults={"max_delay": CATCHES_UP_WITHIN_S})
    for task in load_tasks().values():
        _add(app, task, work)
    async with app.open_async():
        at_work = asyncio.create_task(
            app.run_worker_async(
                name="safemap",
                concurrency=pace.at_once,
                wait=not until_empty,
                fetch_job_polling_interval=pace.looks_every_s,
                abort_job_polling_interval=60.0,  # nobody asks for that; stopping goes another way
                update_heartbeat_interval=pace.beats_every_s,
                stalled_worker_timeout=pace.stalled_after_s,
                shutdown_graceful_timeout=pace.stops_within_s,
                delete_jobs="successful",
                install_signal_handlers=False,
            )
        )
        beside = [asyncio.create_task(ended.wait()), asyncio.create_task(_take_back_in_rounds(work.engine, pace))]
        try:
            await asyncio.wait([at_work, *beside], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in (at_work, *beside):
                each.cancel()
            done = await asyncio.gather(at_work, *beside, return_exceptions=True)
    for outcome in done:
        if isinstance(outcome, Exception):
            raise outcome


def _connector(url: str) -> PsycopgConnector:
    settings = {"application_name": "safemap queue", "options": "-c jit=off", "connect_timeout": 10}
    return PsycopgConnector(conninfo=url, kwargs=settings, min_size=1, max_size=QUEUE_CONNECTIONS)


def _add(app: App, task: Task, work: Work) -> None:
    """Make a task known to procrastinate: run in a thread, given the work, its failures logged by their kind alone."""
    retry = RetryStrategy(max_attempts=task.attempts - 1, exponential_wait=6) if task.attempts > 1 else False
    # A round that takes longer than its period is not run beside itself, and waits once at most.
    alone = task.name if task.cron else None
    added = app.task(name=task.name, pass_context=True, retry=retry, lock=alone, queueing_lock=alone)(
        _logged(task, work)
    )
    if task.cron:
        app.periodic(cron=task.cron)(added)


def _logged(task: Task, work: Work) -> Callable[..., None]:
    def run(context: JobContext, **values: int | str) -> None:
        if task.cron:
            values.pop("timestamp", None)
        try:
            task.run(work, **values)
        except Exception as error:
            log.warning(  # its words may hold an address or a name
                "job %s (%s) failed: %s", task.name, context.job.id, type(error).__name__
            )
            raise

    return run


async def _take_back_in_rounds(engine: Engine, pace: Pace) -> None:
    while True:
        await asyncio.sleep(pace.stalled_after_s)
        again, given_up = await asyncio.to_thread(_take_back, engine, pace)
        if again or given_up:
            log.warning("jobs of silent workers: %d taken back, %d given up", again, given_up)


def _take_back(engine: Engine, pace: Pace) -> tuple[int, int]:
    with unit_of_work(engine) as session:
        return take_back(session, timedelta(seconds=pace.stalled_after_s))

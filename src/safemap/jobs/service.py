"""Use cases of the queue: put a job in, take jobs of dead workers back, say how it is doing."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

from procrastinate import SyncPsycopgConnector
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from procrastinate.types import JSONDict
from psycopg import Connection
from sqlalchemy import text
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from safemap.jobs.rules import FAILED_KEPT_FOR, TAKEN_AT_MOST, QueueState

QUEUE = "default"
# Without a pool of its own: what is put in goes through the connection of the transaction that wants it.
JOBS = JobManager(SyncPsycopgConnector())


def defer(
    session: Session,
    task: str,
    values: Mapping[str, int | str],
    *,
    at: datetime | None = None,
    priority: int = 0,
    only_one: str | None = None,
) -> None:
    """Put a job in: it runs after the caller's transaction was committed, and only then.

    Parameters
    ----------
    task
        The name of a registered task.
    values
        What it is called with: ids, no personal data.
    at
        Not before this moment.
    priority
        Higher ones go first.
    only_one
        While a job with this key waits, no second one is put in.
    """
    defer_all(session, task, [(values, only_one)], at=at, priority=priority)


def defer_all(
    session: Session,
    task: str,
    jobs: Sequence[tuple[Mapping[str, int | str], str | None]],
    *,
    at: datetime | None = None,
    priority: int = 0,
) -> int:
    """Put many jobs of a task in, each as values and the key that it is the only one of; returns how many were put."""
    session.flush()
    waiting = _waiting(session, [key for _, key in jobs if key])
    wanted = [
        Job(
            id=None,
            queue=QUEUE,
            task_name=task,
            task_kwargs=cast("JSONDict", dict(values)),
            priority=priority,
            lock=None,
            queueing_lock=key,
            scheduled_at=at,
        )
        for values, key in jobs
        if key not in waiting
    ]
    if wanted:
        JOBS.batch_defer_jobs(wanted, connection=_connection(session))
    return len(wanted)


def _waiting(session: Session, keys: Sequence[str]) -> set[str]:
    if not keys:
        return set()
    found = session.scalars(
        text("SELECT queueing_lock FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = ANY(:keys)"),
        {"keys": list(keys)},
    )
    return set(found)


def _connection(session: Session) -> Connection[tuple[object, ...]]:
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, Connection)
    return connection


def take_back(session: Session, silence: timedelta) -> tuple[int, int]:
    """Put jobs of workers that have been silent back into the queue; returns how many, and how many were given up.

    Each is taken back by one transaction, and only while it is still the silent worker's. One over which several
    workers died is given up: it may be what kills them.
    """
    taken = session.execute(
        text(
            """
            WITH stalled AS (
                SELECT job.id FROM procrastinate_jobs job
                WHERE job.status = 'doing' AND NOT EXISTS (
                    SELECT FROM procrastinate_workers worker
                    WHERE worker.id = job.worker_id AND worker.last_heartbeat >= now() - :silence
                )
                FOR UPDATE SKIP LOCKED
            )
            UPDATE procrastinate_jobs job
            SET status = (CASE WHEN attempts + 1 < :most THEN 'todo' ELSE 'failed' END)::procrastinate_job_status,
                attempts = attempts + 1, abort_requested = false, worker_id = NULL, scheduled_at = NULL,
                -- another job of the same key may wait already
                queueing_lock = NULL
            FROM stalled WHERE job.id = stalled.id
            RETURNING job.status::text
            """
        ),
        {"silence": silence, "most": TAKEN_AT_MOST},
    ).scalars()
    states = list(taken)
    session.execute(
        text(
            "DELETE FROM procrastinate_workers WHERE id IN (SELECT id FROM procrastinate_workers "
            "WHERE last_heartbeat < now() - :silence FOR UPDATE SKIP LOCKED)"
        ),
        {"silence": silence},
    )
    return states.count("todo"), states.count("failed")


def drop_failed(session: Session) -> int:
    """Delete jobs that were given up a month ago; those that were done are gone at once."""
    gone = session.execute(
        text(
            """
            DELETE FROM procrastinate_jobs job
            WHERE status NOT IN ('todo', 'doing') AND NOT EXISTS (
                SELECT FROM procrastinate_events event WHERE event.job_id = job.id AND event.at >= now() - :kept_for
            )
            """
        ),
        {"kept_for": FAILED_KEPT_FOR},
    )
    assert isinstance(gone, CursorResult)
    return gone.rowcount


def queue_state(session: Session) -> QueueState:
    """Say how the queue is doing."""
    row = session.execute(
        text(
            """
            WITH job AS (
                SELECT status, scheduled_at > now() AS is_later, coalesce(scheduled_at, put_in.at) AS due_at
                FROM procrastinate_jobs, LATERAL (
                    SELECT max(at) FROM procrastinate_events
                    WHERE job_id = procrastinate_jobs.id AND type IN ('deferred', 'deferred_for_retry')
                ) AS put_in (at)
            )
            SELECT
                count(*) FILTER (WHERE status = 'todo' AND is_later IS NOT TRUE),
                coalesce(now() - min(due_at) FILTER (WHERE status = 'todo' AND is_later IS NOT TRUE), interval '0'),
                count(*) FILTER (WHERE status = 'todo' AND is_later),
                count(*) FILTER (WHERE status = 'doing'),
                count(*) FILTER (WHERE status = 'failed'),
                (SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat >= now() - interval '1 min')
            FROM job
            """
        )
    ).one()
    return QueueState(*row)

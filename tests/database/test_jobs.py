"""The background queue: a job exists if and only if its transaction was committed, and outlives the worker over it."""

import importlib.resources
import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from tests.support.database import new_database
from tests.support.working import QUICK, started_worker, tasks, until, work_off, working

from safemap.cli.doctor import Machine, State, examine
from safemap.db.backup import back_up, restore
from safemap.db.cluster import Cluster
from safemap.db.rights import let_the_app_in
from safemap.db.session import engine_for, unit_of_work
from safemap.jobs.registry import TASKS, Task, Work, load_tasks
from safemap.jobs.registry import task as registered
from safemap.jobs.rules import MOVES_WITHIN, TAKEN_AT_MOST
from safemap.jobs.service import defer, defer_all, drop_failed, queue_state, take_back
from safemap.settings import Settings

SCHEMA = Path(__file__).parents[2] / "migrations" / "procrastinate" / "3.10.0.sql"


@pytest.fixture
def app(fresh_url: str) -> Iterator[Engine]:
    engine = engine_for(let_the_app_in(fresh_url))
    yield engine
    engine.dispose()


@pytest.fixture
def seen() -> Iterator[list[int]]:
    """Numbers that jobs of the task ``test.see`` were run with."""
    numbers: list[int] = []

    def see(_: Work, number: int) -> None:
        numbers.append(number)

    with tasks(Task("test.see", see)):
        yield numbers


def put(engine: Engine, *numbers: int, task: str = "test.see", at: datetime | None = None) -> None:
    with unit_of_work(engine) as session:
        for number in numbers:
            defer(session, task, {"number": number}, at=at)


def count(engine: Engine, table: str = "") -> int:
    """Rows of a table; without one, jobs of the test's tasks: safemap's own may fall due at any moment."""
    source = table or "procrastinate_jobs WHERE task_name LIKE 'test.%'"
    with engine.connect() as connection:
        return connection.scalar(text(f"SELECT count(*) FROM {source}")) or 0


# --- In the transaction that wants it ---------------------------------------------------------------------------------


def test_a_job_of_a_committed_transaction_is_run_and_gone(
    app: Engine, fresh_settings: Settings, seen: list[int]
) -> None:
    put(app, 1, 2, 3)
    assert count(app) == 3
    work_off(app, fresh_settings)
    assert sorted(seen) == [1, 2, 3]
    assert count(app) == 0


def test_a_job_of_a_transaction_that_was_rolled_back_never_was(
    app: Engine, fresh_settings: Settings, seen: list[int]
) -> None:
    with Session(app) as session:
        defer(session, "test.see", {"number": 1})
        session.rollback()
    with suppress(ZeroDivisionError), unit_of_work(app) as session:
        defer(session, "test.see", {"number": 2})
        raise ZeroDivisionError
    assert count(app) == 0
    work_off(app, fresh_settings)
    assert seen == []


def test_a_worker_does_not_see_a_job_before_the_commit_and_hears_of_it_then(
    app: Engine, fresh_settings: Settings, seen: list[int]
) -> None:
    with working(app, fresh_settings):
        put(app, 1)
        until(lambda: seen == [1])
        with unit_of_work(app) as session:
            defer(session, "test.see", {"number": 2})
            session.flush()
            put(app, 3)
            until(lambda: seen == [1, 3])
        until(lambda: seen == [1, 3, 2])


def test_while_one_with_its_key_waits_a_second_one_is_not_put_in(
    app: Engine, fresh_settings: Settings, seen: list[int]
) -> None:
    with unit_of_work(app) as session:
        defer(session, "test.see", {"number": 1}, only_one="a")
        defer(session, "test.see", {"number": 2}, only_one="a")
        assert defer_all(session, "test.see", [({"number": 3}, "a"), ({"number": 4}, "b"), ({"number": 5}, None)]) == 2
    work_off(app, fresh_settings)
    assert sorted(seen) == [1, 4, 5]
    with unit_of_work(app) as session:
        defer(session, "test.see", {"number": 6}, only_one="a")
    work_off(app, fresh_settings)
    assert seen[-1] == 6


def test_urgent_ones_go_first_and_later_ones_wait(app: Engine, fresh_settings: Settings, seen: list[int]) -> None:
    with unit_of_work(app) as session:
        defer(session, "test.see", {"number": 1})
        defer(session, "test.see", {"number": 2}, priority=10)
        defer(session, "test.see", {"number": 3}, at=datetime.now(UTC) + timedelta(hours=1))
        state = queue_state(session)
    assert (state.due, state.later, state.running, state.failed, state.workers) == (2, 1, 0, 0, 0)
    work_off(app, fresh_settings)
    assert set(seen) == {1, 2}
    with app.begin() as connection:
        connection.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 s'"))
    with working(app, fresh_settings):
        until(lambda: 3 in seen)


# --- Failures ---------------------------------------------------------------------------------------------------------


def test_a_task_that_fails_is_tried_again_and_then_given_up_and_its_words_are_not_logged(
    app: Engine, fresh_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "safemap")
    caplog.set_level(logging.INFO, "procrastinate")

    def fail(_: Work, number: int) -> None:
        message = f"reader{number}@example.org"
        raise RuntimeError(message)

    with tasks(Task("test.fail", fail, attempts=2)):
        put(app, 1, task="test.fail")
        work_off(app, fresh_settings)
        with unit_of_work(app) as session:
            assert (queue_state(session).later, queue_state(session).failed) == (1, 0)
        with app.begin() as connection:
            connection.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now()"))
        work_off(app, fresh_settings)
    with unit_of_work(app) as session:
        assert (queue_state(session).later, queue_state(session).failed) == (0, 1)
        assert drop_failed(session) == 0
        session.execute(text("UPDATE procrastinate_events SET at = at - interval '31 days'"))
        assert drop_failed(session) == 1
    assert caplog.text.count("job test.fail") == 2
    assert "RuntimeError" in caplog.text
    assert "reader1" not in caplog.text


def test_a_job_without_a_task_is_given_up(app: Engine, fresh_settings: Settings) -> None:
    put(app, 1, task="test.of_a_newer_safemap")
    work_off(app, fresh_settings)
    with unit_of_work(app) as session:
        assert queue_state(session).failed == 1


def test_a_killed_workers_job_is_taken_by_another(app: Engine, fresh_url: str, fresh_engine: Engine) -> None:
    with fresh_engine.begin() as connection:
        connection.execute(text("CREATE TABLE began (number int); CREATE TABLE done (number int)"))
    put(app, 1, 2, 3, task="test.slow_at_first")
    first = started_worker(app.url.render_as_string(hide_password=False), {}, "tests.support.slow_tasks")
    try:
        until(lambda: count(app, "began") == 3)
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert count(app, "done") == 0
    second = started_worker(app.url.render_as_string(hide_password=False), {}, "tests.support.slow_tasks")
    try:
        until(lambda: count(app, "done") == 3)
        until(lambda: count(app) == 0)
    finally:
        second.terminate()
        second.wait()
    assert count(app, "began") == 6
    assert fresh_url


def test_jobs_are_taken_back_once_and_given_up_when_workers_die_over_them(app: Engine) -> None:
    put(app, 1)
    silence = timedelta(seconds=30)

    def take(beat: int) -> None:
        with app.begin() as connection:
            worker = connection.scalar(
                text("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - :beat) RETURNING id"),
                {"beat": timedelta(seconds=beat)},
            )
            connection.execute(
                text("UPDATE procrastinate_jobs SET status = 'doing', worker_id = :worker"), {"worker": worker}
            )

    take(29)
    with unit_of_work(app) as session:
        assert take_back(session, silence) == (0, 0)  # still alive
    for time in range(1, TAKEN_AT_MOST + 1):
        take(31)
        with unit_of_work(app) as first, Session(app) as second:
            expected = (1, 0) if time < TAKEN_AT_MOST else (0, 1)
            assert take_back(first, silence) == expected
            assert take_back(second, silence) == (0, 0)  # held by the first
            second.rollback()
    with unit_of_work(app) as session:
        assert queue_state(session).failed == 1


def test_a_worker_that_is_told_to_stop_finishes_what_it_is_at(app: Engine, fresh_settings: Settings) -> None:
    began, may_end, done = threading.Event(), threading.Event(), threading.Event()

    def long(work: Work, number: int) -> None:
        began.set()
        assert may_end.wait(10)
        if work.is_stopping():
            done.set()

    with tasks(Task("test.long", long)):
        put(app, 1, task="test.long")
        with working(app, fresh_settings):
            assert began.wait(10)
            threading.Timer(0.3, may_end.set).start()
    assert done.is_set()
    assert count(app) == count(app, "procrastinate_workers") == 0


def test_a_worker_comes_back_when_the_database_does(
    app: Engine, fresh_engine: Engine, fresh_settings: Settings, seen: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    with working(app, fresh_settings):
        put(app, 1)
        until(lambda: seen == [1])
        for number in (2, 3):
            with fresh_engine.begin() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND application_name LIKE 'safemap %'"
                    )
                )
            put(app, number)
            until(lambda: number in seen)  # noqa: B023
    assert "could not" not in caplog.text


# --- By itself --------------------------------------------------------------------------------------------------------


def test_what_runs_by_itself_is_run_by_one_of_several_workers(app: Engine, fresh_settings: Settings) -> None:
    runs: list[datetime] = []

    def note(_: Work) -> None:
        runs.append(datetime.now(UTC))

    with (
        tasks(Task("test.each_second", note, cron="* * * * * *")),
        working(app, fresh_settings),
        working(app, fresh_settings),
    ):
        until(lambda: len(runs) >= 4)
    seconds = [moment.replace(microsecond=0) for moment in runs]
    assert len(set(seconds)) >= len(seconds) - 1  # the run that was due before they began may be in the same second


def test_every_room_registers_its_tasks() -> None:
    assert {"jobs.drop_failed", "notifications.deliver", "notifications.round", "privacy.round"} <= set(load_tasks())
    with pytest.raises(ValueError, match="two tasks"):
        registered("privacy.round")(lambda: None)
    assert load_tasks() is TASKS


# --- In the house -----------------------------------------------------------------------------------------------------


def test_the_tables_are_the_librarys_own() -> None:
    schema = importlib.resources.files("procrastinate") / "sql" / "schema.sql"
    assert SCHEMA.read_text(encoding="utf-8") == schema.read_text(encoding="utf-8")  # a newer one: a new migration


def test_connections_are_few_and_named(app: Engine, fresh_engine: Engine, fresh_settings: Settings) -> None:
    def named() -> dict[str, int]:
        with fresh_engine.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT application_name, count(*) FROM pg_stat_activity "
                    "WHERE datname = current_database() GROUP BY 1"
                )
            )
            return {name: number for name, number in rows}  # noqa: C416

    def sleep(_: Work, number: int) -> None:
        threading.Event().wait(0.02)

    with tasks(Task("test.sleep", sleep)), working(app, fresh_settings):
        put(app, *range(40), task="test.sleep")
        most: dict[str, int] = {}
        while count(fresh_engine):
            for name, number in named().items():
                most[name] = max(number, most.get(name, 0))
    assert most["safemap queue"] <= 3
    assert most.get("safemap jobs", 0) <= QUICK.at_once
    assert set(most) <= {"safemap", "safemap queue", "safemap jobs"}


def test_a_backup_holds_what_waits_and_goes_into_a_database_where_only_a_worker_was(
    app: Engine, fresh_url: str, fresh_settings: Settings, cluster: Cluster, tmp_path: Path, seen: list[int]
) -> None:
    put(app, 7)
    file = tmp_path / "a.backup"
    back_up(fresh_url, file, cluster.programs())
    with new_database(cluster) as url:
        other = engine_for(let_the_app_in(url))
        with other.begin() as connection:  # a worker was killed there
            connection.execute(text("INSERT INTO procrastinate_workers DEFAULT VALUES"))
        other.dispose()
        restore(url, file, cluster.programs())
        work_off(other, fresh_settings)
        other.dispose()
        engine_for(other.url.render_as_string(), name="safemap jobs", connections=QUICK.at_once).dispose()
    assert seen == [7]


def test_it_says_whether_it_moves(app: Engine, fresh_settings: Settings) -> None:
    def found() -> tuple[State, str]:
        [queue] = [each for each in examine(fresh_settings, Machine(fresh_settings.home)) if "queue" in each.thing]
        return queue.state, queue.seen

    assert found() == (State.OK, "0 due, 0 for later, 0 running, 0 workers")
    put(app, 1)
    assert found() == (State.OK, "1 due, 0 for later, 0 running, 0 workers")
    with unit_of_work(app) as session:
        assert queue_state(session).moves
        session.execute(
            text("UPDATE procrastinate_events SET at = now() - :long"), {"long": MOVES_WITHIN + timedelta(seconds=1)}
        )
        state = queue_state(session)
        assert not state.moves
        assert state.oldest_due > MOVES_WITHIN
    assert found() == (State.NOTE, "1 due, 0 for later, 0 running, 0 workers; the oldest has waited 5 min")
    work_off(app, fresh_settings)  # a job without a task
    state, seen = found()
    assert state is State.NOTE
    assert seen.endswith(" 1 given up")

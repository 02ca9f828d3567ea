"""Limits that all workers share: counted in the database, exactly, whoever asks at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from tests.support.members import KEYS

from safemap.db.session import unit_of_work
from safemap.identity.limits import Limit, spend
from safemap.identity.rules import TooOften

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
THREE = (Limit("three", 3, timedelta(seconds=60)),)


def wait_s(session: Session, now: datetime, who: str = "address 203.0.113.7", limits: tuple[Limit, ...] = THREE) -> int:
    try:
        spend(session, KEYS, limits, who, now)
    except TooOften as error:
        return error.wait_s
    return 0


def test_three_at_once_and_then_one_every_twenty_seconds(session: Session) -> None:
    assert [wait_s(session, NOW) for _ in range(4)] == [0, 0, 0, 20]
    assert wait_s(session, NOW + timedelta(seconds=19)) == 1
    assert wait_s(session, NOW + timedelta(seconds=20)) == 0
    assert wait_s(session, NOW + timedelta(seconds=20)) == 20
    assert wait_s(session, NOW, "person 1") == 0


def test_the_longer_of_two_limits_holds_too(session: Session) -> None:
    both = (*THREE, Limit("four a day", 4, timedelta(days=1)))
    for minute in range(4):
        assert wait_s(session, NOW + timedelta(minutes=minute), limits=both) == 0
    assert wait_s(session, NOW + timedelta(minutes=4), limits=both) > 6 * 3600 - 300


def test_nobody_is_named_and_what_is_not_used_up_is_forgotten(session: Session) -> None:
    for number in range(5):
        wait_s(session, NOW, f"address 203.0.113.{number}")
    rows = session.execute(text("SELECT encode(asker, 'escape') FROM allowance")).scalars().all()
    assert len(rows) == 5
    assert not any("203.0.113" in row for row in rows)
    wait_s(session, NOW + timedelta(minutes=2), "somebody new")
    assert session.execute(text("SELECT count(*) FROM allowance")).scalar() == 1


def test_many_at_once_are_counted_exactly(fresh_engine: Engine) -> None:
    ten = (Limit("ten", 10, timedelta(minutes=10)),)

    def one(_number: int) -> int:
        with unit_of_work(fresh_engine) as session:
            return wait_s(session, NOW, limits=ten)

    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(one, range(40)))
    assert waits.count(0) == 10


def test_what_is_undone_is_not_counted(fresh_engine: Engine) -> None:
    for _ in range(5):
        with unit_of_work(fresh_engine) as session:
            assert wait_s(session, NOW) == 0
            session.rollback()


def test_the_table_is_unlogged_and_the_app_may_use_it(session: Session) -> None:
    kind = session.execute(text("SELECT relpersistence::text FROM pg_class WHERE relname = 'allowance'")).scalar()
    assert kind == "u"
    assert session.execute(text("SELECT has_table_privilege('safemap_app', 'allowance', 'INSERT, DELETE')")).scalar()

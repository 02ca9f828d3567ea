"""Where tiles come from: addresses of databases, and one reading for many askers."""

import asyncio

import pytest
from sqlalchemy import create_engine

from safemap.web.tile_store import SharedReading, address_of


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (
            "postgresql+psycopg://safemap@/safemap?host=%2Ftmp%2Fa%20home%2Frun&port=54329",
            {"host": "/tmp/a home/run", "port": 54329, "user": "safemap", "password": None, "database": "safemap"},
        ),
        (
            "postgresql+psycopg://u:p%40ss%2Fword@db.example:5433/maps",
            {"host": "db.example", "port": 5433, "user": "u", "password": "p@ss/word", "database": "maps"},
        ),
        (
            "postgresql+psycopg://u@[::1]/maps?connect_timeout=3",
            {"host": "::1", "port": None, "user": "u", "password": None, "database": "maps"},
        ),
    ],
)
def test_asyncpg_is_told_the_same_database(url: str, address: dict[str, object]) -> None:
    told = address_of(create_engine(url))
    assert told.pop("dsn") == "postgresql://?"
    assert told == address


def test_asyncpg_is_told_of_encryption_but_not_of_what_it_does_not_know() -> None:
    told = address_of(create_engine("postgresql+psycopg://u@db/maps?sslmode=require&connect_timeout=3"))
    assert told["dsn"] == "postgresql://?sslmode=require"


def test_nobody_gets_a_reading_that_began_before_the_question() -> None:
    async def story() -> None:
        truth, readings = 1, 0
        gate = asyncio.Event()

        async def read() -> int:
            nonlocal readings
            readings += 1
            seen = truth  # the database's answer is as of the moment the query begins
            await gate.wait()
            return seen

        shared = SharedReading(read)
        early = [asyncio.create_task(shared.result()) for _ in range(50)]
        await asyncio.sleep(0.01)
        truth = 2  # a write is committed while the first reading is under way
        late = [asyncio.create_task(shared.result()) for _ in range(50)]
        await asyncio.sleep(0.01)
        gate.set()
        assert set(await asyncio.gather(*early)) == {1}
        assert set(await asyncio.gather(*late)) == {2}
        assert readings == 2

    asyncio.run(story())


def test_who_leaves_takes_nothing_from_the_others_and_a_failure_is_not_kept() -> None:
    async def story() -> None:
        answers: list[int | Exception] = [ConnectionError("down"), 7]

        async def read() -> int:
            await asyncio.sleep(0.01)
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        shared = SharedReading(read)
        with pytest.raises(ConnectionError):
            await shared.result()
        leaver = asyncio.create_task(shared.result())
        stayer = asyncio.create_task(shared.result())
        await asyncio.sleep(0)
        leaver.cancel()
        assert await stayer == 7

    asyncio.run(story())

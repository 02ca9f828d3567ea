"""Engine and sessions; the only file that commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

HURRIED = "-c statement_timeout=15s -c lock_timeout=10s -c idle_in_transaction_session_timeout=120s"


@cache
def engine_for(url: str, *, is_hurried: bool = False, name: str = "safemap", connections: int = 16) -> Engine:
    """Return the process's engine for a database URL (``postgresql://…`` in any spelling; psycopg 3 is used).

    Parameters
    ----------
    is_hurried
        For web pages: PostgreSQL stops what takes longer than a reader waits.
    name
        What its connections are called in the server's lists.
    connections
        How many there are at most; half of them are kept open.
    """
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=connections // 2,
        max_overflow=connections - connections // 2,
        pool_pre_ping=True,
        hide_parameters=True,  # they are what people sent
        connect_args={
            "options": f"-c timezone=Asia/Taipei -c jit=off {HURRIED if is_hurried else ''}".rstrip(),
            "connect_timeout": 10,
            "application_name": name,
        },
    )


def open_session(engine: Engine) -> Session:
    """Open a session whose objects stay readable after the commit."""
    return Session(engine, expire_on_commit=False)


@contextmanager
def unit_of_work(engine: Engine) -> Iterator[Session]:
    """One request or one command: commits at the end, rolls everything back when anything fails."""
    with open_session(engine) as session, session.begin():
        yield session

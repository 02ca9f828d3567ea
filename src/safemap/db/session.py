"""Engine and sessions; the only file that commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session


@cache
def engine_for(url: str) -> Engine:
    """Return the process's engine for a database URL (``postgresql://…`` in any spelling; psycopg 3 is used)."""
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=8,
        max_overflow=8,
        pool_pre_ping=True,
        connect_args={"options": "-c timezone=Asia/Taipei -c jit=off", "connect_timeout": 10},
    )


def open_session(engine: Engine) -> Session:
    """Open a session whose objects stay readable after the commit."""
    return Session(engine, expire_on_commit=False)


@contextmanager
def unit_of_work(engine: Engine) -> Iterator[Session]:
    """One request or one command: commits at the end, rolls everything back when anything fails."""
    with open_session(engine) as session, session.begin():
        yield session

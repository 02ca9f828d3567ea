"""Tasks for workers that are killed: they say that they began, and take long the first time."""

import time

from sqlalchemy import text

from safemap.db.session import unit_of_work
from safemap.jobs.registry import Work, task


@task("test.slow_at_first")
def slow_at_first(work: Work, number: int) -> None:
    with unit_of_work(work.engine) as session:
        begun = session.execute(text("INSERT INTO began VALUES (:number)"), {"number": number})
        assert begun is not None
        times = session.scalar(text("SELECT count(*) FROM began WHERE number = :number"), {"number": number})
    if times == 1:
        time.sleep(600)
    with unit_of_work(work.engine) as session:
        session.execute(text("INSERT INTO done VALUES (:number)"), {"number": number})

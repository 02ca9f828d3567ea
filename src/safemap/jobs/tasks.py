"""What the queue does for itself."""

from safemap.db.session import unit_of_work
from safemap.jobs.registry import Work, periodic
from safemap.jobs.service import drop_failed


@periodic("jobs.drop_failed", "17 18 * * *")  # at night in Taiwan
def drop_failed_jobs(work: Work) -> None:
    """Forget jobs that were given up a month ago."""
    with unit_of_work(work.engine) as session:
        drop_failed(session)

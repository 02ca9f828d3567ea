"""What the background queue does about letters."""

from functools import cache

from safemap.jobs.registry import Work, periodic, task
from safemap.notifications import service
from safemap.notifications.rules import DELIVER

couriers_of = cache(service.couriers_of)  # they know when a server asked to be left alone


@task(DELIVER)
def deliver(work: Work, message_id: int) -> None:
    """Hand one letter over."""
    service.deliver(work.engine, couriers_of(work.settings), message_id)


@periodic("notifications.round", "* * * * *")
def look_after_the_outbox(work: Work) -> None:
    """Drop what has expired, free what dead workers held, put in jobs for letters that have none."""
    service.look_after_the_outbox(work.engine, couriers_of(work.settings))

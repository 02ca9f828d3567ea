"""What is done about personal data without anybody asking, every ten minutes by one worker."""

import logging
from datetime import UTC, datetime

from safemap.jobs.registry import Work, periodic
from safemap.privacy.rounds import make_round

log = logging.getLogger("safemap.rounds")


@periodic("privacy.round", "*/10 * * * *")
def take_care(work: Work) -> None:
    """Do what is due: reminders, closing of requests, periods, the trail's check."""
    done = make_round(work.engine, work.settings.site_url, datetime.now(UTC))
    if done.taken:
        log.info("kept long enough: %s", ", ".join(f"{code} {count}" for code, count in done.taken.items()))
    if done.letters or done.closed:
        log.info("requests about personal data: %d reminders, %d closed", done.letters, done.closed)
    if done.is_trail_whole is False:
        log.error("the audit trail is not what was written: safemap audit verify says where")

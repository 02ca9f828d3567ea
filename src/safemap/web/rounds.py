"""The round of the caretaker: every ten minutes each worker does what is due about personal data."""

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime

from sqlalchemy import Engine

from safemap.privacy.rounds import make_round

log = logging.getLogger("safemap.rounds")

FIRST_AFTER_S = 60
ROUND_S = 600


async def take_care_in_rounds(engine: Engine, site_url: str, ended: asyncio.Event) -> None:
    """Take care until told to end; a round that is on its way is finished first."""
    wait_s = FIRST_AFTER_S
    while not ended.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), wait_s)
            return
        wait_s = ROUND_S
        try:
            done = await asyncio.to_thread(make_round, engine, site_url, datetime.now(UTC))
        except Exception as error:  # noqa: BLE001 - the next round may do better
            log.warning("the round about personal data failed: %s", type(error).__name__)  # its words may hold a name
            continue
        if done.taken:
            log.info("kept long enough: %s", ", ".join(f"{code} {count}" for code, count in done.taken.items()))
        if done.letters or done.closed:
            log.info("requests about personal data: %d reminders, %d closed", done.letters, done.closed)
        if done.is_trail_whole is False:
            log.error("the audit trail is not what was written: safemap audit verify says where")

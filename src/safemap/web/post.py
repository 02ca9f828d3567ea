"""The round of the postman: every few seconds each worker delivers what waits; a letter is one worker's alone."""

import asyncio
import logging
from contextlib import suppress

from sqlalchemy import Engine

from safemap.notifications.mailer import Mailer
from safemap.notifications.service import deliver_waiting

log = logging.getLogger("safemap.post")

ROUND_S = 5


async def deliver_in_rounds(engine: Engine, mailer: Mailer | None, ended: asyncio.Event) -> None:
    """Deliver until told to end; a letter that is being handed over then is finished first."""
    while not ended.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), ROUND_S)
            return
        try:
            done = await asyncio.to_thread(deliver_waiting, engine, mailer)
        except Exception as error:  # noqa: BLE001 - the next round may do better
            log.warning("letters were not delivered: %s", type(error).__name__)  # its words may hold an address
        else:
            if done.sent or done.failed or done.postponed:
                log.info("letters: %d sent, %d postponed, %d given up", done.sent, done.postponed, done.failed)

"""`safemap work`: a worker alone."""

import asyncio
import logging
import signal
from typing import Annotated

import typer
from sqlalchemy import Engine

from safemap.db.opening import open_database
from safemap.jobs.rules import Pace
from safemap.jobs.worker import work_until
from safemap.settings import Settings


def register(app: typer.Typer) -> None:
    """Add `safemap work` to the commands."""
    app.command()(work)


def work(
    *,
    once: Annotated[bool, typer.Option("--once", help="End when nothing is due.")] = False,
    at_once: Annotated[int, typer.Option(min=1, max=32, help="Jobs at a time.")] = 4,
) -> None:
    """Do what waits in the background queue, until Ctrl+C; the web app's processes do the same beside their pages."""
    settings = Settings()
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("safemap").setLevel(settings.log_level.upper())
    engine = open_database(settings)
    typer.echo("safemap works (Ctrl+C stops it)." if not once else "safemap works until nothing is due.")
    asyncio.run(_until_stopped(settings, engine, Pace(at_once=at_once), once=once))
    typer.echo("safemap has stopped working.")


async def _until_stopped(settings: Settings, engine: Engine, pace: Pace, *, once: bool) -> None:
    ended = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    await work_until(ended, settings, engine, pace, until_empty=once)

"""The `safemap` command: every room registers its own commands here."""

import importlib
import os
import sys
from importlib import metadata
from typing import Annotated

import psycopg
import sqlalchemy.exc
import typer
from pydantic import ValidationError
from rich.console import Console

from safemap.cli.errors import exit_code
from safemap.errors import InvalidInput, OutsideFailure, SafemapError

# Which room registers which command. A room brings its libraries along (the map ones take a second to load), so a
# command that is named loads its own room only; help loads all.
ROOMS = {
    "up": "serving",
    "demo": "demo",
    "doctor": "doctor",
    "db": "database",
    "import": "importing",
    "diagnose": "diagnosing",
    "hotspots": "hotspots",
    "map": "mapping",
    "handout": "mapping",
    "user": "people",
    "audit": "auditing",
    "outbox": "outbox",
    "work": "working",
    "retention": "retaining",
    "bench": "benching",
}


def command_app(named: str | None = None) -> typer.Typer:
    """Make the command: with the room of one command, or with every room when it names none."""
    app = typer.Typer(
        name="safemap",
        help="Community safety maps: mark unsafe spots, find dead zones, print the map.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    rooms = [ROOMS[named]] if named in ROOMS else list(dict.fromkeys(ROOMS.values()))
    for room in rooms:
        importlib.import_module(f"safemap.cli.{room}").register(app)
    app.callback()(_options)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"safemap {metadata.version('safemap')}")
        raise typer.Exit


def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and leave."),
    ] = False,
) -> None:
    """Community safety maps: mark unsafe spots, find dead zones, print the map."""


def main() -> None:
    """Run the command; a failure that a person can mend is one sentence on stderr and an exit code."""
    try:
        command_app(next(iter(sys.argv[1:]), None))()
    except SafemapError as error:
        _fail(error)
    except ValidationError as error:
        first = error.errors()[0]
        field = "_".join(str(part) for part in first["loc"]).upper()
        _fail(InvalidInput("SAFEMAP_{field} is wrong: {why}.", field=field, why=first["msg"]))
    except (sqlalchemy.exc.OperationalError, psycopg.OperationalError) as error:
        cause = error.orig if isinstance(error, sqlalchemy.exc.OperationalError) else error
        _fail(
            OutsideFailure(
                "The database failed: {why}.",
                remedy="safemap db status says how it is; safemap db start starts the private one.",
                why=str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__,
            )
        )
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        _fail(OutsideFailure("{why}.", why=f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")))


def _fail(error: SafemapError) -> None:
    Console(stderr=True).print("safemap:", str(error), style="bold", markup=False, highlight=False, soft_wrap=True)
    sys.exit(exit_code(error))

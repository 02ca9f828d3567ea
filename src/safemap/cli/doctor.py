"""``safemap doctor``: what is there, what is missing, and how to get it."""

import ctypes
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from safemap.db.cluster import Cluster
from safemap.db.debian import can_unpack
from safemap.db.migration import newest_revision, revision_of
from safemap.db.programs import INSTALL_COMMAND, ServerPrograms, servers_in
from safemap.db.server import check_server, without_password
from safemap.db.session import engine_for, unit_of_work
from safemap.errors import SafemapError
from safemap.jobs.service import queue_state
from safemap.settings import Settings

TAIWAN_GLYPHS = "鄉巷弄臺"
"""Characters that fonts made for other places lack or draw differently."""

PDF_LIBRARIES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ROOM_WANTED_BYTES = 1024**3


class State(StrEnum):
    """How it stands with one thing that safemap uses."""

    OK = "ok"
    NOTE = "note"
    MISSING = "missing"


@dataclass(frozen=True)
class Finding:
    """One thing that safemap uses: how it stands with it, and the remedy when it is not there."""

    thing: str
    state: State
    seen: str
    remedy: str = ""


class Machine:
    """The machine that safemap runs on; tests put one that is ill in its place."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def python_version(self) -> tuple[int, int]:
        """Return the running Python's version."""
        return sys.version_info[:2]

    def servers(self) -> list[ServerPrograms]:
        """Return the installed and the unpacked servers with PostGIS."""
        return servers_in(Path("/")) + servers_in(self._home / "debian")

    def program(self, *names: str) -> str | None:
        """Return the path of the first of these programs that is installed."""
        return next(filter(None, map(shutil.which, names)), None)

    def has_library(self, name: str) -> bool:
        """Whether the linker finds a library."""
        try:
            ctypes.CDLL(name)
        except OSError:
            return False
        return True

    def fonts_with(self, characters: str) -> list[str]:
        """Return the families of the fonts that have all these characters."""
        if not shutil.which("fc-list"):
            return []
        wanted = " ".join(f"{ord(character):x}" for character in characters)
        said = subprocess.run(
            ["fc-list", f":charset={wanted}", "family"], check=False, capture_output=True, text=True
        ).stdout
        return sorted({line.split(",")[0].strip() for line in said.splitlines() if line.strip()})

    def free_bytes(self, folder: Path) -> int:
        """Return the room on the disk that holds a folder, or would."""
        return shutil.disk_usage(_nearest(folder)).free

    def may_write(self, folder: Path) -> bool:
        """Whether a folder can be made or written."""
        return os.access(_nearest(folder), os.W_OK | os.X_OK)

    def is_port_free(self, host: str, port: int) -> bool:
        """Whether the web app could listen there."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
        return True

    def can_unpack(self) -> bool:
        """Whether Debian's packages could be unpacked without root."""
        return can_unpack()


def _nearest(folder: Path) -> Path:
    """Return the folder, or its nearest parent that exists."""
    return next(parent for parent in [folder, *folder.parents] if parent.exists())


def examine(settings: Settings, machine: Machine) -> Iterator[Finding]:
    """Look at everything that safemap uses; nothing is started, made or changed."""
    yield _python(machine)
    if not settings.database_url:
        yield _server(machine)
    yield _room(settings, machine)
    yield from _database(settings)
    yield _fonts(machine)
    yield _pdf_libraries(machine)
    yield _port(settings, machine)
    yield _browser(machine)


def _python(machine: Machine) -> Finding:
    major, minor = machine.python_version()
    is_new_enough = (major, minor) >= (3, 11)
    return Finding(
        "Python",
        State.OK if is_new_enough else State.MISSING,
        f"{major}.{minor}",
        "" if is_new_enough else "safemap needs Python 3.11 or newer; install it and run scripts/setup.",
    )


def _server(machine: Machine) -> Finding:
    servers = machine.servers()
    if servers:
        seen = ", ".join(f"PostgreSQL {server.version()} in {server.folder}" for server in servers)
        return Finding("PostgreSQL + PostGIS", State.OK, seen)
    if machine.can_unpack():
        return Finding(
            "PostgreSQL + PostGIS",
            State.NOTE,
            "not installed",
            f"They are unpacked into the data folder at first use; or as root: {INSTALL_COMMAND}",
        )
    return Finding(
        "PostgreSQL + PostGIS",
        State.MISSING,
        "not installed",
        f"As root: {INSTALL_COMMAND}; or set SAFEMAP_DATABASE_URL.",
    )


def _room(settings: Settings, machine: Machine) -> Finding:
    if not machine.may_write(settings.home):
        return Finding(
            "Data folder",
            State.MISSING,
            f"{settings.home} is not writable",
            "Make it writable, or set SAFEMAP_HOME to a folder that is.",
        )
    free = machine.free_bytes(settings.home)
    seen = f"{settings.home}, {free / 1024**3:.1f} GB free"
    if free < ROOM_WANTED_BYTES:
        return Finding(
            "Data folder", State.MISSING, seen, "Free 1 GB, or set SAFEMAP_HOME to a folder on another disk."
        )
    return Finding("Data folder", State.OK, seen)


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        url = settings.database_url
        if url:
            check_server(url, may_change=False)
            yield Finding("Database", State.OK, f"{without_password(url)} answers")
        else:
            cluster = Cluster(settings.home)
            seen = cluster.status()
            if not seen.exists:
                yield Finding("Database", State.NOTE, "none yet", "safemap db start makes it.")
                return
            if seen.running_version is None:
                yield Finding("Database", State.NOTE, "stopped", "safemap db start starts it.")
                return
            url = cluster.url()
            yield Finding("Database", State.OK, f"PostgreSQL {seen.running_version} runs, {seen.data}")
        found, newest = revision_of(url), newest_revision()
        if found == newest:
            yield Finding("Tables", State.OK, f"up to date ({found})")
            yield _queue(url)
        else:
            yield Finding("Tables", State.NOTE, found or "none yet", "safemap db start brings them up to date.")
    except SafemapError as error:
        yield Finding(
            "Database",
            State.MISSING,
            error.message.format(**error.values),
            error.remedy.format(**error.values),
        )


def _queue(url: str) -> Finding:
    with unit_of_work(engine_for(url)) as session:
        state = queue_state(session)
    seen = f"{state.due} due, {state.later} for later, {state.running} running, {state.workers} workers"
    if not state.moves:
        minutes = int(state.oldest_due.total_seconds() // 60)
        remedy = "Nobody works it off: start the web app, or safemap work."
        return Finding("Background queue", State.NOTE, f"{seen}; the oldest has waited {minutes} min", remedy)
    if state.failed:
        remedy = "Jobs were given up within the last month; the log says which and why."
        return Finding("Background queue", State.NOTE, f"{seen}, {state.failed} given up", remedy)
    return Finding("Background queue", State.OK, seen)


def _fonts(machine: Machine) -> Finding:
    families = machine.fonts_with(TAIWAN_GLYPHS)
    if families:
        preferred = [family for family in families if family.endswith(("TC", "HK"))] or families
        return Finding("Font with Taiwan's characters", State.OK, preferred[0])
    return Finding(
        "Font with Taiwan's characters",
        State.MISSING,
        f"none has {' '.join(TAIWAN_GLYPHS)}",
        "As root: apt-get install fonts-noto-cjk fontconfig (for printed handouts).",
    )


def _pdf_libraries(machine: Machine) -> Finding:
    missing = [name for name in PDF_LIBRARIES if not machine.has_library(name)]
    if not missing:
        return Finding("PDF libraries (Pango)", State.OK, "there")
    return Finding(
        "PDF libraries (Pango)",
        State.MISSING,
        f"no {', '.join(missing)}",
        "As root: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 (for printed handouts).",
    )


def _port(settings: Settings, machine: Machine) -> Finding:
    if machine.is_port_free(settings.host, settings.port):
        return Finding("Web port", State.OK, f"{settings.host}:{settings.port} is free")
    return Finding(
        "Web port",
        State.NOTE,
        f"{settings.host}:{settings.port} is in use",
        "Fine if safemap runs already; else choose another with SAFEMAP_PORT.",
    )


def _browser(machine: Machine) -> Finding:
    found = machine.program(*BROWSERS)
    if found:
        return Finding("Chromium (tests only)", State.OK, found)
    return Finding("Chromium (tests only)", State.NOTE, "not installed", "scripts/setup --test brings it.")


def register(app: typer.Typer) -> None:
    """Add ``safemap doctor`` to the commands."""
    app.command()(doctor)


def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Say what is there, what is missing and how to get it; exit code 1 when something needed is missing."""
    settings = Settings()
    findings = list(examine(settings, Machine(settings.home)))
    report(findings, as_json=as_json)
    if any(finding.state is State.MISSING for finding in findings):
        raise typer.Exit(1)


MARKS = {State.OK: Text("✓", "green"), State.NOTE: Text("·", "yellow"), State.MISSING: Text("✗", "bold red")}


def report(findings: list[Finding], *, as_json: bool) -> None:
    """Print what was found."""
    is_ready = all(finding.state is not State.MISSING for finding in findings)
    if as_json:
        typer.echo(json.dumps({"ready": is_ready, "findings": [asdict(finding) for finding in findings]}, indent=2))
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for finding in findings:
        table.add_row(MARKS[finding.state], finding.thing, _seen_and_remedy(finding))
    Console(highlight=False).print(table)
    typer.echo("All that safemap needs is there." if is_ready else "Something that safemap needs is missing (✗).")


def _seen_and_remedy(finding: Finding) -> Text:
    text = Text(finding.seen)
    if finding.remedy:
        text.append(f"\n{finding.remedy}", "bold" if finding.state is State.MISSING else "dim")
    return text

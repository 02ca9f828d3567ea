"""PostgreSQL + PostGIS without root: Debian's own packages, fetched and verified by apt, unpacked into a folder.

The server finds its files relative to its own program, so it runs from anywhere once the linker is told where the
unpacked libraries are (:func:`safemap.db.programs.servers_in`).
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from safemap.db.programs import OLDEST_MAJOR, NoServerPrograms, servers_in
from safemap.errors import OutsideFailure

# What Debian's packages depend on to be installed as a service, and unpacked programs never call.
NOT_NEEDED = re.compile(
    r"^(postgresql-common.*|postgresql-client-common|ssl-cert|perl.*|libperl.*|debconf|ucf|adduser)$"
)


def can_unpack() -> bool:
    """Whether this system has apt and dpkg."""
    return all(shutil.which(program) for program in ("apt-get", "apt-cache", "dpkg"))


def unpack_server(folder: Path, say: Callable[[str], None] = lambda _: None) -> None:
    """Fetch and unpack the newest packaged server with PostGIS; the folder is whole afterwards, or not there."""
    if not can_unpack():
        raise NoServerPrograms
    unfinished = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    (unfinished / "packages").mkdir(parents=True)
    try:
        options = _with_a_fresh_list(unfinished) if not _newest_major(()) else ()
        major = _newest_major(options)
        if major is None:
            raise NoServerPrograms
        names = _packages(major, options)
        say(f"Fetching {len(names)} Debian packages of PostgreSQL {major} and PostGIS")
        try:
            _fetch(names, unfinished / "packages", options)
        except OutsideFailure:
            if options:
                raise
            # The system's list of packages is older than the mirror.
            options = _with_a_fresh_list(unfinished)
            names = _packages(major, options)
            _fetch(names, unfinished / "packages", options)
        say(f"Unpacking them into {folder}")
        for package in sorted((unfinished / "packages").glob("*.deb")):
            _run(["dpkg", "-x", str(package), str(unfinished)])
        _link_extensions(unfinished)
        for leftover in ("packages", "apt"):
            shutil.rmtree(unfinished / leftover, ignore_errors=True)
        if not servers_in(unfinished):
            raise NoServerPrograms
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _newest_major(options: tuple[str, ...]) -> int | None:
    found = _run(["apt-cache", *options, "pkgnames", "postgresql-"]).split()
    majors = [re.fullmatch(r"postgresql-(\d+)-postgis-3", name) for name in found]
    fitting = [int(major[1]) for major in majors if major and int(major[1]) >= OLDEST_MAJOR]
    return max(fitting, default=None)


def _packages(major: int, options: tuple[str, ...]) -> list[str]:
    """Return what apt would install for PostGIS, itself included when it is there already, less what only installs."""
    server = [
        f"postgresql-{major}",
        f"postgresql-client-{major}",
        f"postgresql-{major}-postgis-3",
        f"postgresql-{major}-postgis-3-scripts",
    ]
    plan = _run(["apt-get", *options, "install", "--simulate", "--no-install-recommends", *server])
    missing = re.findall(r"^Inst (\S+)", plan, re.MULTILINE)
    return sorted({*server, *(name for name in missing if not NOT_NEEDED.match(name))})


def _with_a_fresh_list(folder: Path) -> tuple[str, ...]:
    """Fetch the list of packages into a folder of our own, as root's may be empty or old; return apt's options."""
    state = folder / "apt"
    (state / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (state / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    options = (
        *("-o", f"Dir::State::lists={state / 'lists'}"),
        *("-o", f"Dir::Cache={state / 'cache'}"),
        *("-o", "Debug::NoLocking=1"),
    )
    _run(["apt-get", *options, "update"])
    return options


def _fetch(names: list[str], into: Path, options: tuple[str, ...]) -> None:
    _run(["apt-get", *options, "download", *names], folder=into)


def _link_extensions(root: Path) -> None:
    """Copy ``postgis-3.control`` to ``postgis.control`` and so on; Debian makes these links when it installs."""
    for control in root.glob("usr/share/postgresql/*/extension/*-3.control"):
        shutil.copyfile(control, control.with_name(control.name.replace("-3.control", ".control")))


def _run(command: list[str], folder: Path | None = None) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or done.stdout.strip().splitlines()
        telling = [line for line in lines if line.startswith(("E:", "dpkg"))] or lines
        raise OutsideFailure(
            "PostgreSQL's packages could not be fetched without root: {reason}",
            remedy="Check the network, or have the administrator install postgresql and postgresql-postgis.",
            reason=" / ".join(telling[:3]),
        )
    return done.stdout

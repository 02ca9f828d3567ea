"""Where PostgreSQL's programs are: the newest installed server that has PostGIS beside it."""

import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from safemap.errors import NotYetPossible, OutsideFailure

DEBIAN_SERVERS = Path("/usr/lib/postgresql")
"""Debian and Ubuntu keep each major version's server here, in ``MAJOR/bin``."""

OLDEST_MAJOR = 15
"""The oldest PostgreSQL that safemap is tested with (Debian 12)."""

OLDEST_POSTGIS = (3, 3)

INSTALL_COMMAND = "apt-get install postgresql postgresql-postgis"


class NoServerPrograms(NotYetPossible):
    """PostgreSQL with PostGIS is not installed."""

    def __init__(self, wanted: str = "PostgreSQL 15 or newer with PostGIS") -> None:
        super().__init__(
            "{wanted} is not installed.",
            remedy="Run scripts/setup, or as root: {install}; or set SAFEMAP_DATABASE_URL to a server that has it.",
            wanted=wanted,
            install=INSTALL_COMMAND,
        )


@dataclass(frozen=True)
class ServerPrograms:
    """One installed PostgreSQL server: its programs and what they need to run."""

    major: int
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def path(self, name: str) -> str:
        """Return the path of one of its programs, such as ``initdb``."""
        return str(self.folder / name)

    def version(self) -> str:
        """Return the version of the server program on disk, such as ``15.20``."""
        try:
            said = subprocess.run(
                [self.path("postgres"), "--version"],
                env={**os.environ, **self.environment},
                cwd="/",
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        except (OSError, subprocess.CalledProcessError) as error:
            raise OutsideFailure(
                "PostgreSQL's server program {path} does not run: {reason}.",
                remedy="Install PostgreSQL and PostGIS again ({install}).",
                path=self.path("postgres"),
                reason=error,
                install=INSTALL_COMMAND,
            ) from error
        return version_in(said)


def version_in(said: str) -> str:
    """Return the number in ``postgres --version`` or ``SHOW server_version``: ``15.20`` of ``15.20 (Debian …)``."""
    found = re.search(r"\d+(\.\d+)+|\d+", said)
    return found[0] if found else said.strip()


def servers_in(root: Path) -> list[ServerPrograms]:
    """Return the servers with PostGIS under a file system's root, newest first.

    ``root`` is ``/`` for installed packages, or the folder that packages were unpacked into.
    """
    libraries = unpacked_environment(root) if root != Path("/") else {}
    found = []
    for postgres in root.glob("usr/lib/postgresql/*/bin/postgres"):
        major = postgres.parent.parent.name
        has_postgis = (root / f"usr/share/postgresql/{major}/extension/postgis.control").exists()
        if major.isdigit() and int(major) >= OLDEST_MAJOR and has_postgis:
            found.append(ServerPrograms(int(major), postgres.parent, libraries))
    return sorted(found, key=lambda server: server.major, reverse=True)


def unpacked_environment(root: Path) -> dict[str, str]:
    """Return what unpacked programs need to find their own libraries and map projections."""
    folders = {library.parent for library in (root / "usr/lib").glob("*-linux-*/*.so*")}
    folders |= {library.parent for library in (root / "usr/lib").glob("*-linux-*/*/lib*.so*")}
    return {
        "LD_LIBRARY_PATH": ":".join(sorted(str(folder) for folder in folders)),
        "PROJ_DATA": str(root / "usr/share/proj"),
        "GDAL_DATA": str(root / "usr/share/gdal"),
    }


def choose_server(servers: Iterable[ServerPrograms], major: int | None = None) -> ServerPrograms:
    """Return the newest server, or the newest of the major version that existing data needs."""
    fitting = [server for server in servers if major is None or server.major == major]
    if not fitting:
        raise NoServerPrograms(f"PostgreSQL {major} with PostGIS" if major else "PostgreSQL 15 or newer with PostGIS")
    return max(fitting, key=lambda server: server.major)

"""What can go wrong with a private cluster, each as a sentence with its remedy."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safemap.errors import Conflict, OutsideFailure

DISK_IS_FULL_BYTES = 16 * 1024**2  # one segment of the journal
ROOM_NEEDED_BYTES = 200 * 1024**2  # an empty cluster takes about 60 MB, with its first journal 100 MB


class DataOfAnotherVersion(Conflict):
    """The data was written by a PostgreSQL whose programs are no longer installed."""

    def __init__(self, data_major: int, installed_major: int) -> None:
        super().__init__(
            "The database in the data folder is PostgreSQL {data_major}'s; installed is PostgreSQL {installed_major}.",
            remedy="Install postgresql-{data_major} and postgresql-{data_major}-postgis-3 once more, then run "
            "`safemap db upgrade`.",
            data_major=data_major,
            installed_major=installed_major,
        )


class DiskFull(OutsideFailure):
    """There is no room for the database."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            "The disk that holds {folder} is full; the database needs at least {needed} MB.",
            remedy="Free some room, or set SAFEMAP_HOME to a folder on another disk.",
            folder=folder,
            needed=ROOM_NEEDED_BYTES // 1024**2,
        )


def last_words(said: str) -> str:
    """Return the lines of a log that tell why it ended, on one line."""
    lines = [line for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if any(word in line for word in ("FATAL", "ERROR", "PANIC", "error:", "HINT"))]
    return " / ".join((telling or lines)[-3:])


@contextmanager
def data_folder_errors(home: Path) -> Iterator[None]:
    """Turn what the system says of the data folder into a sentence with its remedy."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull(home) from error
        raise OutsideFailure(
            "safemap cannot use its data folder {home}: {reason}.",
            remedy="Make it writable, or set SAFEMAP_HOME to a folder that is.",
            home=home,
            reason=error.strerror,
        ) from error

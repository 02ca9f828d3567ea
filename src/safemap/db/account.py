"""Who runs the private cluster, where its socket can stand, and which of its processes are alive."""

import grp
import hashlib
import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from safemap.errors import NotYetPossible, OutsideFailure

PORT = 54329
"""Names the socket's file; nothing listens on TCP. Never 5432: that is for the system's own server."""

LONGEST_SOCKET_PATH = 107
"""Bytes in ``sockaddr_un.sun_path`` on Linux, less the closing zero."""


@dataclass(frozen=True)
class Account:
    """The operating system's user that the server runs as."""

    uid: int
    gid: int
    name: str

    @property
    def is_other(self) -> bool:
        """Whether this process has to change its user to run as this account."""
        return self.uid != os.geteuid()

    def run(
        self, command: list[str], environment: dict[str, str], *, keep_open: tuple[int, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this account, in the root folder, and return what it said."""
        return subprocess.run(
            command,
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            pass_fds=keep_open,
            umask=0o077,
            user=self.uid if self.is_other else None,
            group=self.gid if self.is_other else None,
            extra_groups=[] if self.is_other else None,
        )


def account_for(data: Path) -> Account:
    """Return who must run the cluster: the owner of its data; else this user, or for root an unprivileged one."""
    if os.geteuid() != 0:
        return _account(os.geteuid(), os.getegid())
    owner = data.stat().st_uid if data.exists() else 0
    if owner:
        return _account(owner)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, name)
    raise NotYetPossible(
        "PostgreSQL refuses to run as root, and there is no user 'postgres' or 'nobody' to run it as.",
        remedy="Run safemap as an ordinary user, or set SAFEMAP_DATABASE_URL.",
    )


def _account(uid: int, gid: int | None = None) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise NotYetPossible(
            "The user with number {uid} has no name on this system, and PostgreSQL needs one.",
            remedy="Add it to /etc/passwd, or set SAFEMAP_DATABASE_URL.",
            uid=uid,
        ) from None
    return Account(uid, entry.pw_gid if gid is None else gid, entry.pw_name)


def closed_parent(folder: Path, account: Account) -> Path | None:
    """Return the outermost parent folder that this account may not walk through, going by its permission bits."""
    groups = {account.gid, *(group.gr_gid for group in grp.getgrall() if account.name in group.gr_mem)}
    for parent in reversed([folder, *folder.parents]):
        seen = parent.stat()
        if seen.st_uid == account.uid:
            may_pass = seen.st_mode & stat.S_IXUSR
        elif seen.st_gid in groups:
            may_pass = seen.st_mode & stat.S_IXGRP
        else:
            may_pass = seen.st_mode & stat.S_IXOTH
        if not may_pass:
            return parent
    return None


def private_folder(folder: Path, account: Account) -> Path:
    """Make a folder that only the account may enter, or check that an existing one is exactly that."""
    try:
        folder.mkdir(mode=0o700)
        if account.is_other:
            os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    except FileExistsError:
        pass
    seen = folder.lstat()
    is_ours = stat.S_ISDIR(seen.st_mode) and seen.st_uid == account.uid and not seen.st_mode & 0o077
    if not is_ours:
        raise OutsideFailure(
            "{folder} is not a folder that belongs to user '{name}' alone (mode 700).",
            remedy="Move it away, or choose another SAFEMAP_HOME.",
            folder=folder,
            name=account.name,
        )
    return folder


def socket_folder(within: Path, account: Account) -> Path:
    """Return where the socket stands: in the cluster's folder, or in a short private one when that path is too long."""
    longest_name = f"/.s.PGSQL.{PORT}.lock"
    if len(os.fsencode(str(within / "run") + longest_name)) <= LONGEST_SOCKET_PATH:
        return within / "run"
    name = f"safemap-{hashlib.sha256(os.fsencode(within)).hexdigest()[:16]}"
    own_runtime = Path(f"/run/user/{account.uid}")
    has_runtime = own_runtime.is_dir() and own_runtime.stat().st_uid == account.uid
    return (own_runtime if has_runtime else Path("/tmp")) / name  # noqa: S108 - private_folder checks its owner


def processes_in(data: Path) -> list[int]:
    """Return the processes that stand in a data folder: a PostgreSQL server changes into it and stays."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == data:
                found.append(int(process.name))
        except OSError:  # ended meanwhile, or another user's
            continue
    return found

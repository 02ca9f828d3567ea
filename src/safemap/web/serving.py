"""Running the app: taking the port, one process or several, an orderly end."""

import errno
import os
import socket
from contextlib import suppress
from pathlib import Path

import uvicorn
from uvicorn.supervisors import Multiprocess

from safemap.errors import Conflict, InvalidInput, OutsideFailure
from safemap.settings import Settings
from safemap.web.app import create_app
from safemap.web.connections import BoundedConnection
from safemap.web.logs import log_config

CONNECTIONS_AT_ONCE = 1000
GRACE_S = 10  # running requests are given this long to end
LISTENING = "0A"  # the state in /proc/net/tcp


class PortInUse(Conflict):
    """Another program listens on the port."""

    def __init__(self, port: int, holder: str, free_port: int) -> None:
        super().__init__(
            "Port {port} is already in use{holder}.",
            remedy="Stop that program, or choose another port: safemap up --port {free_port}.",
            port=port,
            holder=f" by {holder}" if holder else "",
            free_port=free_port,
        )


class PortNotAllowed(InvalidInput):
    """Ordinary users may not listen on low ports."""

    def __init__(self, port: int) -> None:
        super().__init__(
            "Only root may listen on port {port}.", remedy="Choose one from 1024 on: safemap up --port 8000.", port=port
        )


class UnknownHost(InvalidInput):
    """The address to listen on is none of this machine's."""

    def __init__(self, host: str, why: str) -> None:
        super().__init__(
            "Nothing can listen on “{host}”: {why}.",
            remedy="Use 127.0.0.1 for this machine alone, or 0.0.0.0 for the whole network.",
            host=host,
            why=why,
        )


def listen(host: str, port: int) -> socket.socket:
    """Take a port and hold it.

    Raises
    ------
    PortInUse
        Another program has it; the error names it as far as it may be known.
    PortNotAllowed, UnknownHost
        The port or the address cannot be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise UnknownHost(host, str(error.strerror)) from error
    taken = socket.socket(family, kind, protocol)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind(address)
        taken.listen(2048)
    except OSError as error:
        taken.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(port, holder_of(port), _free_port(host)) from error
        if error.errno in {errno.EACCES, errno.EPERM}:
            raise PortNotAllowed(port) from error
        raise UnknownHost(host, os.strerror(error.errno or 0)) from error
    taken.set_inheritable(True)
    return taken


def serve(settings: Settings, taken: socket.socket) -> None:
    """Serve on a port that was taken, until told to stop; running requests are finished first.

    Raises
    ------
    OutsideFailure
        The app could not start; what it said is in the log.
    """
    several = settings.workers > 1
    config = uvicorn.Config(
        "safemap.web.app:app_from_environment" if several else create_app(settings),
        factory=several,
        workers=settings.workers,
        log_config=log_config(settings.log_level),
        access_log=False,  # FrontDoor writes its own lines, with the request's number
        server_header=False,
        http=BoundedConnection,
        ws="none",
        proxy_headers=False,  # the app believes those that the settings name, and uvicorn would believe this machine
        limit_concurrency=CONNECTIONS_AT_ONCE,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):
        if several:
            for name in ("home", "database_url", "host", "port", "workers", "demo"):
                os.environ[f"SAFEMAP_{name.upper()}"] = str(getattr(settings, name))
            Multiprocess(config, sockets=[taken]).run()
            return
        server.run(sockets=[taken])
    if not server.started:
        raise OutsideFailure("The web app could not start.", remedy="The lines above say why.")


def holder_of(port: int) -> str:
    """Return which process listens on a port, as far as this user may see; empty when it may not."""
    inodes = {
        columns[9]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for columns in _rows(table)
        if columns[3] == LISTENING and int(columns[1].rsplit(":", 1)[1], 16) == port
    }
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            for descriptor in (process / "fd").iterdir():
                with suppress(OSError):
                    if str(descriptor.readlink()).removeprefix("socket:[").rstrip("]") in inodes:
                        return f"process {process.name} ({(process / 'comm').read_text().strip()})"
    return ""


def _rows(table: str) -> list[list[str]]:
    with suppress(OSError):
        return [line.split() for line in Path(table).read_text(encoding="ascii").splitlines()[1:]]
    return []


def _free_port(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        for port in range(8000, 8100):
            with suppress(OSError):
                probe.bind((host, port))
                return port
    return 8100

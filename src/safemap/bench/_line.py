"""A line between a browser and a site: counts what passes, and can be cut, left hanging and mended.

A browser's own switch for being offline, and its own counts, do not always reach its workers; this does.
"""

import select
import socket
from contextlib import suppress
from enum import Enum
from threading import Thread
from types import TracebackType
from typing import Self

CHUNK_BYTES = 65536
ROUND_S = 0.05


class How(Enum):
    """What the line does with what comes."""

    WORKS = "works"
    CUT = "cut"
    HANGS = "hangs"


class Line:
    """Passes bytes from a port of its own to a site on this machine, and back."""

    def __init__(self, site: str) -> None:
        self._to = int(site.rsplit(":", 1)[1])
        self._how = How.WORKS
        self._ended = False
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._from_site: set[socket.socket] = set()
        self.down_bytes = 0  # as they passed, heads of answers and all
        self.up_bytes = 0
        self._listening = self._listen(0)
        self.port: int = self._listening.getsockname()[1]
        self.site = f"http://127.0.0.1:{self.port}"
        self._running = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._running.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._ended = True
        self._running.join(5)
        self._drop_all()
        self._listening.close()

    def cut(self) -> None:
        """Have every connection end, and every new one be ended at once."""
        self._how = How.CUT

    def hang(self) -> None:
        """Take new connections and what they send, and answer nothing."""
        self._how = How.HANGS

    def mend(self) -> None:
        """Work again."""
        self._how = How.WORKS

    @staticmethod
    def _listen(port: int) -> socket.socket:
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", port))
        made.listen(64)
        return made

    def _run(self) -> None:
        while not self._ended:
            if self._how is How.CUT:
                self._drop_all()
            ready, _, _ = select.select([self._listening, *self._pairs], [], [], ROUND_S)
            for one in ready:
                if one is self._listening:
                    self._take()
                elif one in self._pairs and self._how is not How.HANGS:
                    self._pass_on(one)
            if self._how is How.HANGS:
                select.select([], [], [], ROUND_S)

    def _take(self) -> None:
        came, _ = self._listening.accept()
        if self._how is How.CUT:
            came.close()
            return
        there = socket.create_connection(("127.0.0.1", self._to))
        self._pairs[came], self._pairs[there] = there, came
        self._from_site.add(there)

    def _pass_on(self, one: socket.socket) -> None:
        other = self._pairs[one]
        try:
            passed = one.recv(CHUNK_BYTES)
            if passed:
                if one in self._from_site:
                    self.down_bytes += len(passed)
                else:
                    self.up_bytes += len(passed)
                other.sendall(passed)
                return
        except OSError:
            pass
        self._drop(one)

    def _drop(self, one: socket.socket) -> None:
        other = self._pairs.pop(one, None)
        if other is not None:
            self._pairs.pop(other, None)
        self._from_site -= {one, other}
        for end in filter(None, (one, other)):
            with suppress(OSError):
                end.close()

    def _drop_all(self) -> None:
        for one in list(self._pairs):
            self._drop(one)

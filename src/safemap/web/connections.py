"""Connections of the web server: a head that is too long, or never ends, closes its connection."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST_HEAD_BYTES = 64 * 1024  # of all that came before the head was complete; the app refuses far less, in words
HEAD_WITHIN_S = 15.0
TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class BoundedConnection(HttpToolsProtocol):
    """uvicorn's own, which would wait for a head for ever and hold all of it."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._came_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, unless too much of it is a head."""
        if self._head_timer is not None:
            self._came_bytes += len(data)
        super().data_received(data)
        if self._head_timer is not None and self._came_bytes > LONGEST_HEAD_BYTES:
            self.transport.write(TOO_LONG)
            self._close()

    def on_message_begin(self) -> None:
        """Wait for the head of a next request on the same connection."""
        if self._head_timer is None:
            self._wait_for_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Wait no longer: the rest of the request has limits of its own."""
        self._stop_waiting()
        super().on_headers_complete()

    def _wait_for_head(self) -> None:
        self._came_bytes = 0
        self._head_timer = self.loop.call_later(HEAD_WITHIN_S, self._close)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _close(self) -> None:
        self._stop_waiting()
        if not self.transport.is_closing():
            self.transport.close()

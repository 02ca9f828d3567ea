"""Connections end when a head never ends, is too long, or comes never; those that behave are not disturbed."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from safemap.web import connections
from safemap.web.connections import LONGEST_HEAD_BYTES, BoundedConnection

HELLO = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


async def hello(_scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@contextmanager
def serving() -> Iterator[int]:
    config = uvicorn.Config(hello, http=BoundedConnection, ws="none", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
        thread.start()
        try:
            yield int(taken.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with closing(socket.create_connection(("127.0.0.1", port), timeout=20)) as line:
        yield line


def all_of(line: socket.socket) -> bytes:
    """What comes until the other side closes."""
    came = b""
    try:
        while piece := line.recv(4096):
            came += piece
    except ConnectionResetError:
        pass
    return came


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHost: here\r\n"])
def test_a_head_that_does_not_come_is_waited_for_no_longer(monkeypatch: pytest.MonkeyPatch, begun: bytes) -> None:
    monkeypatch.setattr(connections, "HEAD_WITHIN_S", 0.1)
    with serving() as port, connected(port) as line:
        line.sendall(begun)
        assert all_of(line) == b""


def test_a_head_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_WITHIN_S", 0.3)
    with serving() as port, connected(port) as line:
        line.settimeout(0.05)
        line.sendall(b"GET / HTTP/1.1\r\n")
        for _ in range(400):
            try:
                line.sendall(b"X-A: b\r\n")
                if line.recv(10) == b"":
                    return
            except TimeoutError:
                continue
            except OSError:
                return
        pytest.fail("it was still taken")


@pytest.mark.parametrize("part", [b"X-Long: ", b""])
def test_a_head_that_is_too_long_is_not_held(part: bytes) -> None:
    with serving() as port, connected(port) as line:
        try:
            line.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n" + part)
            for _ in range(2 * LONGEST_HEAD_BYTES // 1000):
                line.sendall(b"y" * 1000 if part else b"X-A: " + b"b" * 993 + b"\r\n")
        except OSError:
            pass
        came = all_of(line)
    assert came == b"" or came.startswith(b"HTTP/1.1 431 ")
    assert b"ok" not in came


def test_ordinary_requests_follow_each_other_on_one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_WITHIN_S", 5.0)
    with serving() as port, connected(port) as line:
        for _ in range(3):
            line.sendall(HELLO)
            assert line.recv(4096).endswith(b"ok")
        line.sendall(HELLO + HELLO)  # both at once
        came = b""
        while came.count(b"200 OK") < 2:
            came += line.recv(4096)
        body = b"z" * (2 * LONGEST_HEAD_BYTES)  # a body is no head
        line.sendall(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        assert line.recv(4096).endswith(b"ok")


@pytest.mark.parametrize(
    "framed",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /inner HTTP/1.1\r\nHost: here\r\n\r\n",
        b"Content-Length: 4\r\nContent-Length: 40\r\n\r\nabcd",
        b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"Content-Length: +4\r\n\r\nabcd",
    ],
)
def test_a_body_whose_end_could_be_read_in_two_ways_is_refused(framed: bytes) -> None:
    with serving() as port, connected(port) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: here\r\n" + framed)
        line.shutdown(socket.SHUT_WR)
        came = all_of(line)
    assert came.startswith(b"HTTP/1.1 400 ")
    assert came.count(b"HTTP/1.1 ") == 1

"""A little LINE platform on this machine: takes push messages as the Messaging API does, and misbehaves when asked to.

It keeps retry keys: a message whose key it accepted is answered 409 and not delivered again.
"""

import base64
import hashlib
import hmac
import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pydantic import SecretStr

TOKEN, SECRET = "channel+token/of=tests", "channel-secret"


@dataclass
class Push:
    key: str
    to: str
    texts: list[str]


@dataclass
class Platform:
    """What it does, and what came in."""

    port: int = 0
    # Answers to give before it goes on as usual: a status with headers and a message, "hang up", or "take and hang up".
    next_answers: list[Any] = field(default_factory=list)
    accepted: list[Push] = field(default_factory=list)  # what readers see, once for each key
    keys: set[str] = field(default_factory=set)
    repeats: int = 0  # answered 409
    requests: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def settings(self) -> dict[str, Any]:
        return {"line_url": f"http://127.0.0.1:{self.port}", "line_channel_token": SecretStr(TOKEN)}


def user(number: int) -> str:
    return f"U{number:032x}"


def signature(body: bytes, secret: str = SECRET) -> str:
    """The x-line-signature of a webhook call."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


class _Api(BaseHTTPRequestHandler):
    server: "_Server"

    def log_message(self, *words: object) -> None:
        pass

    def answer(self, status: int, said: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        content = json.dumps(said).encode()
        self.send_response(status)
        for name, value in {"x-line-request-id": str(uuid.uuid4()), **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self) -> None:
        platform = self.server.platform
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with platform.lock:
            platform.requests += 1
            planned = platform.next_answers.pop(0) if platform.next_answers else None
        if planned == "hang up":
            return
        if isinstance(planned, tuple):
            self.answer(planned[0], {"message": planned[2]}, planned[1])
            return
        if self.path != "/v2/bot/message/push":
            self.answer(404, {"message": "Not found"})
            return
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            self.answer(401, {"message": "Authentication failed."})
            return
        key = str(uuid.UUID(self.headers["X-Line-Retry-Key"]))
        asked = json.loads(body)
        texts = [message["text"] for message in asked["messages"]]
        is_whole = all(0 < len(text.encode("utf-16-le")) // 2 <= 5000 for text in texts)
        if not 1 <= len(texts) <= 5 or not is_whole or {message["type"] for message in asked["messages"]} != {"text"}:
            self.answer(400, {"message": "The request body has 1 error(s)"})
            return
        with platform.lock:
            is_repeat = key in platform.keys
            if is_repeat:
                platform.repeats += 1
            else:
                platform.keys.add(key)
                platform.accepted.append(Push(key, asked["to"], texts))
        if planned == "take and hang up":
            return
        if is_repeat:
            self.answer(409, {"message": "The retry key is already accepted"}, {"x-line-accepted-request-id": "1"})
        else:
            self.answer(200, {"sentMessages": [{"id": "1"}]})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        super().__init__(("127.0.0.1", 0), _Api)

    def handle_error(self, request: Any, address: Any) -> None:
        """Workers are killed in the middle of requests; that is what is tried."""


@contextmanager
def line_platform() -> Iterator[Platform]:
    """A running platform."""
    platform = Platform()
    with _Server(platform) as server:
        platform.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield platform
        finally:
            server.shutdown()
            thread.join()

"""LINE's Messaging API: handing one letter over as a push message, and whether a webhook call is LINE's.

A client of our own on Python's HTTP, like that of mail: LINE's SDK brings two HTTP libraries and five more packages,
repeats requests by itself and knows no time limit unless told; what is needed of it is one request.
https://developers.line.biz/en/reference/messaging-api/
"""

import base64
import hashlib
import hmac
import ssl
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection

import orjson

from safemap.notifications.rules import LineAccount, NotSent, line_texts
from safemap.notifications.schemas import Waiting

TIMEOUT_S = 20.0  # for connecting, and for each answer
PUSH = "/v2/bot/message/push"
LONGEST_ANSWER_BYTES = 64 * 1024
QUOTA_REST = timedelta(hours=6)  # it is anew each month, or when the operator buys more
RATE_REST = timedelta(minutes=1)
LONGEST_RETRY_AFTER_S = 24 * 3600


@dataclass(frozen=True)
class Line:
    """Pushes letters through one channel."""

    account: LineAccount

    def hand_over(self, letter: Waiting) -> None:
        """Push a letter, with a key by which LINE takes it once however often it is pushed.

        Raises
        ------
        NotSent
            LINE did not take it; says whether to try again.
        """
        content = orjson.dumps(
            {
                "to": letter.to_address,
                "messages": [{"type": "text", "text": text} for text in line_texts(letter.subject, letter.body)],
            }
        )
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {self.account.token}",
            "X-Line-Retry-Key": str(letter.attempt_id),
        }
        connection = self._connected()
        try:
            connection.request("POST", PUSH, content, headers)
            answer = connection.getresponse()
            said = answer.read(LONGEST_ANSWER_BYTES)
        except (OSError, HTTPException) as error:
            raise NotSent(f"no answer: {type(error).__name__}", is_unsure=True) from None
        finally:
            connection.close()
        _judge(answer, said)

    def _connected(self) -> HTTPConnection:
        host, port = self.account.host, self.account.port
        connection = (
            HTTPSConnection(host, port, timeout=TIMEOUT_S, context=ssl.create_default_context())
            if self.account.is_secure
            else HTTPConnection(host, port, timeout=TIMEOUT_S)
        )
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            raise NotSent(f"server: {type(error).__name__}", is_server=True) from None
        return connection


def _judge(answer: HTTPResponse, said: bytes) -> None:
    status = answer.status
    if 200 <= status < 300 or status == 409:  # 409: this key was accepted before
        return
    asked = _retry_after(answer)
    if status == 429 and b"monthly limit" in said:
        raise NotSent("429: the month's quota is used up", is_server=True, retry_after=QUOTA_REST)
    if status == 429:
        raise NotSent("429: too many at once", is_server=True, retry_after=asked or RATE_REST)
    if status in {401, 403}:  # the channel's token is wrong or was withdrawn: no fault of this letter
        raise NotSent(f"{status}: the channel access token is refused", is_server=True, retry_after=asked)
    if status >= 500:
        raise NotSent(str(status), is_unsure=True, retry_after=asked)
    raise NotSent(str(status), is_final=True)


def _retry_after(answer: HTTPResponse) -> timedelta | None:
    """Return what ``Retry-After`` says in seconds; LINE sends no dates there."""
    told = (answer.getheader("Retry-After") or "").strip()
    return timedelta(seconds=min(int(told), LONGEST_RETRY_AFTER_S)) if told.isascii() and told.isdigit() else None


def is_from_line(body: bytes, signature: str, channel_secret: str) -> bool:
    """Whether a webhook call's ``x-line-signature`` is that of its very bytes: HMAC-SHA256 by the channel secret."""
    if not channel_secret:
        return False
    expected = base64.b64encode(hmac.new(channel_secret.encode(), body, hashlib.sha256).digest())
    return hmac.compare_digest(expected, signature.encode())

"""The one way out: a question to another server that cannot be led where it should not go.

Only named hosts are asked, over HTTPS with a verified certificate; the address is looked up once, must be a public one
and is the one that is connected to; redirects are not followed; answers are bounded in size and time.
"""

import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from threading import Timer
from urllib.parse import SplitResult, urlsplit

LONGEST_ANSWER_BYTES = 256 * 1024
CONNECT_WITHIN_S = 5.0
ANSWER_WITHIN_S = 10.0  # from the first byte sent to the last one read, however slowly they drip
OK = 200
NAT64 = IPv6Network("64:ff9b::/96")

Address = IPv4Address | IPv6Address


class OutOfReach(Exception):  # noqa: N818 - what is the case; callers say it in their own words
    """The server was not asked, or did not answer as it should; the text names no more than the reason."""


@dataclass(frozen=True)
class Reach:
    """Which servers may be asked.

    Parameters
    ----------
    hosts
        ``host`` for the scheme's own port, else ``host:port``.
    networks
        Networks that are no public ones and may be connected to.
    plain_http_on_loopback
        HTTP is spoken with this machine itself.
    """

    hosts: frozenset[str]
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    plain_http_on_loopback: bool = False


def ask(url: str, reach: Reach, *, form: bytes | None = None, headers: Mapping[str, str] | None = None) -> bytes:
    """Return the body of an answer 200; with a form it is posted.

    Raises
    ------
    OutOfReach
        The address may not be asked, or the answer was none, late, too long or of another status.
    """
    parts = urlsplit(url)
    address = require_reachable(parts, reach)
    connection = _Pinned(parts, str(address))
    stop = Timer(ANSWER_WITHIN_S, connection.cut)
    stop.daemon = True
    stop.start()
    try:
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
        sent = {"Accept": "application/json", "Connection": "close", **kind, **(headers or {})}
        connection.request("GET" if form is None else "POST", target, body=form, headers=sent)
        with connection.getresponse() as answer:
            body = _body_of(answer)
    except (OSError, HTTPException, ValueError) as error:
        raise OutOfReach(type(error).__name__) from error
    finally:
        stop.cancel()
        connection.close()
    if connection.was_cut:  # what was read by then looks like an answer that ends there
        raise OutOfReach("late")
    return body


def netloc_of(url: str) -> str:
    """Return an address's host as `Reach` names it: with its port when that is not the scheme's own."""
    parts = urlsplit(url)
    own = {"https": 443, "http": 80}.get(parts.scheme)
    host = parts.hostname or ""
    return host if parts.port in {None, own} else f"{host}:{parts.port}"


def require_reachable(parts: SplitResult, reach: Reach) -> Address:
    """Return the address to connect to.

    Raises
    ------
    OutOfReach
        Scheme, host or network are not allowed, or the host is unknown.
    """
    try:
        netloc, port = netloc_of(parts.geturl()), parts.port
    except ValueError:
        raise OutOfReach("no address") from None
    is_plain = parts.scheme == "http" and reach.plain_http_on_loopback
    if parts.scheme != "https" and not is_plain:
        raise OutOfReach("not https")
    if parts.username is not None or netloc not in reach.hosts:
        raise OutOfReach("another host")
    assert parts.hostname is not None
    try:
        rows = socket.getaddrinfo(parts.hostname, port or (80 if is_plain else 443), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise OutOfReach("unknown host") from None
    found = [ip_address(str(row[4][0]).partition("%")[0]) for row in rows]
    # Every one of them: a name that has a public address beside a private one is up to something.
    if is_plain and not all(address.is_loopback for address in found):
        raise OutOfReach("not https")
    if not is_plain and not all(_is_allowed(address, reach) for address in found):
        raise OutOfReach("a private network")
    return found[0]


def _is_allowed(address: Address, reach: Reach) -> bool:
    inner = _inner(address)
    if any(inner in network for network in reach.networks if network.version == inner.version):
        return True
    return inner.is_global and not inner.is_multicast


def _inner(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)


def _body_of(answer: HTTPResponse) -> bytes:
    if answer.status != OK:  # a redirect too
        raise OutOfReach(f"status {answer.status}")
    body = answer.read(LONGEST_ANSWER_BYTES + 1)
    if len(body) > LONGEST_ANSWER_BYTES:
        raise OutOfReach("too long")
    return body


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


class _Pinned(HTTPConnection):
    """A connection to an address that was looked at, whatever the name means by now."""

    def __init__(self, parts: SplitResult, address: str) -> None:
        assert parts.hostname is not None
        self.is_plain = parts.scheme == "http"
        self.default_port = 80 if self.is_plain else 443
        super().__init__(parts.hostname, parts.port or self.default_port, timeout=CONNECT_WITHIN_S)
        self.address = address
        self.line: socket.socket | None = None
        self.was_cut = False

    def connect(self) -> None:
        """Connect to the address; the certificate has to be the host's."""
        self.sock = socket.create_connection((self.address, self.port), self.timeout)
        if not self.is_plain:
            self.sock = _tls().wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
        self.line = self.sock  # the connection forgets its socket before the answer's body was read
        if isinstance(self.sock, ssl.SSLSocket):
            self.sock.do_handshake()

    def cut(self) -> None:
        """Break off, from another thread: whoever reads or writes comes to an end."""
        self.was_cut = True
        if self.line is not None:
            with suppress(OSError):
                socket.socket.shutdown(self.line, socket.SHUT_RDWR)

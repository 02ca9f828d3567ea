"""Questions to other servers cannot be led astray: each way that is known, and the ways that are allowed."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit

import pytest
from tests.support.mail import certificate

from safemap.identity.agencies import outgoing
from safemap.identity.agencies.outgoing import (
    LONGEST_ANSWER_BYTES,
    OutOfReach,
    Reach,
    ask,
    netloc_of,
    require_reachable,
)

AGENCY = Reach(frozenset({"sso.agency.example"}))
PUBLIC = "203.0.114.7"


def resolving(*addresses: str) -> Callable[..., list[tuple[object, ...]]]:
    return lambda *args, **_named: [
        (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, args[1]))
        for address in addresses
    ]


def refused(url: str, reach: Reach = AGENCY) -> str:
    with pytest.raises(OutOfReach) as caught:
        ask(url, reach)
    return str(caught.value)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://sso.agency.example/keys", "not https"),
        ("ftp://sso.agency.example/keys", "not https"),
        ("file:///etc/passwd", "not https"),
        ("gopher://sso.agency.example:70/_x", "not https"),
        ("//sso.agency.example/keys", "not https"),
        ("https://elsewhere.example/keys", "another host"),
        ("https://sso.agency.example.elsewhere.example/keys", "another host"),
        ("https://sso.agency.example:8443/keys", "another host"),
        ("https://sso.agency.example@elsewhere.example/keys", "another host"),
        ("https://user@sso.agency.example/keys", "another host"),
        ("https://elsewhere.example#@sso.agency.example/", "another host"),
        ("https://elsewhere.example\\@sso.agency.example/", "another host"),
        ("https://127.0.0.1/keys", "another host"),
        ("https://2130706433/keys", "another host"),
        ("https://sso.agency.example:no/keys", "no address"),
    ],
)
def test_other_schemes_and_hosts_are_not_asked(monkeypatch: pytest.MonkeyPatch, url: str, why: str) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving(PUBLIC))
    monkeypatch.setattr(socket, "create_connection", pytest.fail)
    assert refused(url) == why


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["127.1.2.3"],
        ["0.0.0.0"],
        ["10.0.0.8"],
        ["172.16.0.1"],
        ["192.168.1.1"],
        ["100.64.0.1"],
        ["169.254.169.254"],  # where clouds keep credentials
        ["224.0.0.1"],
        ["255.255.255.255"],
        ["::"],
        ["::1"],
        ["fe80::1%eth0"],
        ["fd00::1"],
        ["fd00:ec2::254"],
        ["ff02::1"],
        ["::ffff:127.0.0.1"],
        ["::ffff:169.254.169.254"],
        ["64:ff9b::7f00:1"],
        ["64:ff9b::a9fe:a9fe"],
        ["2002:7f00:1::1"],
        [PUBLIC, "10.0.0.8"],
        ["10.0.0.8", PUBLIC],
    ],
)
def test_names_that_lead_into_a_private_network_are_not_asked(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving(*addresses))
    monkeypatch.setattr(socket, "create_connection", pytest.fail)
    assert refused("https://sso.agency.example/keys") == "a private network"


def test_a_private_network_is_asked_where_the_settings_name_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving("10.20.0.8"))
    parts = urlsplit("https://sso.agency.example/keys")
    inside = Reach(AGENCY.hosts, (ip_network("10.20.0.0/16"),))
    assert str(require_reachable(parts, inside)) == "10.20.0.8"
    with pytest.raises(OutOfReach):
        require_reachable(parts, Reach(AGENCY.hosts, (ip_network("10.21.0.0/16"),)))


def test_the_address_that_was_looked_at_is_the_one_that_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up, connected = [], []

    def first_public_then_private(*args: object, **_named: object) -> list[tuple[object, ...]]:
        looked_up.append(args[0])
        return [(0, 0, 0, "", (PUBLIC if len(looked_up) == 1 else "127.0.0.1", 443))]

    def connect(address: tuple[str, int], _timeout: float) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", first_public_then_private)
    monkeypatch.setattr(socket, "create_connection", connect)
    assert refused("https://sso.agency.example/keys") == "ConnectionRefusedError"
    assert looked_up == ["sso.agency.example"]
    assert connected == [(PUBLIC, 443)]


def test_an_unknown_host_is_no_surprise(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_args: object, **_named: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    assert refused("https://sso.agency.example/keys") == "unknown host"


def test_http_is_spoken_with_this_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    local = Reach(frozenset({"sso.agency.example"}), plain_http_on_loopback=True)
    monkeypatch.setattr(socket, "getaddrinfo", resolving(PUBLIC))
    assert refused("http://sso.agency.example/keys", local) == "not https"


def test_a_host_is_named_with_its_port_when_that_is_not_the_scheme_s_own() -> None:
    assert netloc_of("https://SSO.agency.example/keys") == "sso.agency.example"
    assert netloc_of("https://sso.agency.example:443/keys") == "sso.agency.example"
    assert netloc_of("https://sso.agency.example:8443/keys") == "sso.agency.example:8443"


@contextmanager
def server(answer: Callable[[BaseHTTPRequestHandler], None], certified_by: Path | None = None) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                answer(self)
            except (BrokenPipeError, ConnectionResetError):
                return

        def log_message(self, *_args: object) -> None:
            return None

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_args: object) -> None:
            return None

    running = Quiet(("127.0.0.1", 0), Handler)
    if certified_by:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certified_by)
        running.socket = context.wrap_socket(running.socket, server_side=True)
    thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield running.server_port
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


def here(port: int) -> Reach:
    return Reach(frozenset({f"127.0.0.1:{port}"}), plain_http_on_loopback=True)


def test_a_redirect_is_not_followed() -> None:
    asked: list[str] = []

    def elsewhere(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        handler.send_response(302)
        handler.send_header("Location", "/inside")
        handler.end_headers()

    with server(elsewhere) as port:
        assert refused(f"http://127.0.0.1:{port}/keys?a=1", here(port)) == "status 302"
    assert asked == ["/keys?a=1"]


def test_an_answer_that_is_too_long_is_not_read_to_its_end() -> None:
    def flood(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(2 * LONGEST_ANSWER_BYTES // 1024 + 1):
            handler.wfile.write(b"x" * 1024)

    with server(flood) as port:
        assert refused(f"http://127.0.0.1:{port}/", here(port)) == "too long"


@pytest.mark.parametrize("part", ["head", "body"])
def test_an_answer_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    monkeypatch.setattr(outgoing, "ANSWER_WITHIN_S", 0.2)
    left = Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"\r\n" if part == "body" else b"X-Long: "))
        while not left.wait(0.02):
            handler.wfile.write(b"x")

    with server(drip) as port:
        try:
            refused(f"http://127.0.0.1:{port}/", here(port))
        finally:
            left.set()


def test_a_certificate_that_nobody_vouches_for_is_not_taken(tmp_path: Path) -> None:
    def secret(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"{}")

    with server(secret, certificate(tmp_path)) as port:
        reach = Reach(frozenset({f"localhost:{port}"}), (ip_network("127.0.0.0/8"), ip_network("::1/128")))
        assert "SSL" in refused(f"https://localhost:{port}/", reach)


def test_a_certificate_of_another_host_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def secret(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"{}")

    trusting = ssl.create_default_context(cafile=str(certificate(tmp_path, "sso.agency.example")))
    monkeypatch.setattr(outgoing, "_tls", lambda: trusting)
    with server(secret, tmp_path / "sso.agency.example.pem") as port:
        loopback = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
        assert "SSL" in refused(f"https://localhost:{port}/", Reach(frozenset({f"localhost:{port}"}), loopback))
        monkeypatch.setattr(socket, "getaddrinfo", resolving("127.0.0.1"))
        named = f"sso.agency.example:{port}"
        assert ask(f"https://{named}/", Reach(frozenset({named}), loopback)) == b"{}"

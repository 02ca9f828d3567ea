"""An agency's sign-in service on loopback that speaks the real protocol, and lies when a test wants it to."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT_ID, CLIENT_SECRET = "safemap", "a secret: with % and +"
ALL_ALGORITHMS = ["RS256", "ES256", "HS256", "none"]


def base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


@dataclass
class FakeAgency:
    """What the service holds; tests change it."""

    issuer: str
    key: RSAKey | ECKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first"}))
    claims: dict[str, Any] = field(default_factory=dict)  # of who is signed in there
    told: dict[str, Any] = field(default_factory=dict)  # by the userinfo endpoint
    lies: dict[str, Any] = field(default_factory=dict)  # claims of the next tokens, whatever is true; None: left out
    description: dict[str, Any] = field(default_factory=dict)  # what the description says otherwise
    algorithm: str = "RS256"
    header: dict[str, Any] = field(default_factory=dict)
    signing_key: RSAKey | ECKey | None = None  # another than the one it publishes
    shared_secret: bytes = b""  # signs with HS256
    declines: bool = False
    issuer_in_answer: str | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  # paths, in order
    sent: list[dict[str, str]] = field(default_factory=list)  # with how clients named themselves to the token endpoint

    def as_setting(self, name: str = "police", **more: Any) -> dict[str, Any]:
        return {
            "name": name,
            "title": "示範警察局",
            "title_en": "Demo Police",
            "issuer": self.issuer,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "domains": ["police.example"],
            "plain_http_on_loopback": True,
            **more,
        }

    def described(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ALL_ALGORITHMS,
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "authorization_response_iss_parameter_supported": True,
            **self.description,
        }

    def visit(self, address: str) -> str:
        """Go where safemap sends a browser; return where the service sends it back to."""
        try:
            build_opener(_StayHere).open(address, timeout=5)
        except HTTPError as answer:
            with answer:
                return answer.headers["Location"]
        raise AssertionError(address)

    def authorize(self, asked: dict[str, str]) -> str:
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        said = {"error": "access_denied"} if self.declines else {"code": code}
        issuer = self.issuer_in_answer if self.issuer_in_answer is not None else self.issuer
        return f"{asked['redirect_uri']}?{urlencode({**said, 'state': asked['state'], 'iss': issuer})}"

    def exchange(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """Take a code once, with its verifier, from the client that it was made for."""
        self.sent.append({**form, "authorization": authorization})
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = base64url(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if asked is None or challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return None
        access = secrets.token_urlsafe(16)
        now = int(time.time())
        true = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "at_hash": base64url(hashlib.sha256(access.encode()).digest()[:16]),
            **self.claims,
        }
        claims = {name: value for name, value in {**true, **self.lies}.items() if value is not None}
        return {"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": self.signed(claims)}

    def signed(self, claims: dict[str, Any]) -> str:
        if self.algorithm in {"none", "HS256"}:  # by hand: libraries refuse to
            parts = ({"alg": self.algorithm, "kid": self.key.kid}, claims)
            signed = ".".join(base64url(json.dumps(part).encode()) for part in parts)
            mac = hmac.digest(self.shared_secret, signed.encode(), "sha256") if self.shared_secret else b""
            return f"{signed}.{base64url(mac)}"
        key = self.signing_key or self.key
        header = {"alg": self.algorithm, "kid": self.key.kid, **self.header}
        return jwt.encode(header, claims, key, algorithms=[self.algorithm])


class _StayHere(HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        return None


class _Handler(BaseHTTPRequestHandler):
    agency: FakeAgency

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.agency.asked.append(parts.path)
        if parts.path == "/.well-known/openid-configuration":
            self._say(self.agency.described())
        elif parts.path == "/keys":
            self._say({"keys": [self.agency.key.as_dict(private=False, use="sig")]})
        elif parts.path == "/authorize":
            self._answer(302, b"", {"Location": self.agency.authorize(_single(parts.query))})
        elif parts.path == "/userinfo":
            self._say({"sub": self.agency.claims["sub"], **self.agency.told})
        else:
            self._answer(404, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        made = self.agency.exchange(_single(body), self.headers.get("Authorization", ""))
        self.agency.asked.append(self.path)
        if made is None:
            self._answer(400, b'{"error":"invalid_grant"}', {"Content-Type": "application/json"})
        else:
            self._say(made)

    def _say(self, value: dict[str, Any]) -> None:
        self._answer(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        return None


def _single(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}


@contextmanager
def fake_agency(**claims: Any) -> Iterator[FakeAgency]:
    """Run the service on a free port of loopback."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    handler.agency = FakeAgency(f"http://127.0.0.1:{server.server_port}", claims=claims)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield handler.agency
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

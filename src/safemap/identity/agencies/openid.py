"""OpenID Connect with an agency: its description, where to send people, and whether what comes back is to be believed.

Authorization code with PKCE, state and nonce; the ID token's signature, issuer, audience, times and nonce are checked
by Authlib and joserfc. Nothing here knows the database.
"""

import base64
import logging
import re
import time
from threading import BoundedSemaphore, Lock
from typing import Any
from urllib.parse import quote

import orjson
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from pydantic import BaseModel, ConfigDict, ValidationError

from safemap.identity.agencies.listed import Agency, agencies_of
from safemap.identity.agencies.outgoing import OutOfReach, Reach, ask, netloc_of
from safemap.identity.agencies.rules import (
    Ask,
    Declined,
    NoSuchAgency,
    NotBelieved,
    NotVouchedFor,
    Proof,
    Unreachable,
)
from safemap.identity.schemas import plain_email
from safemap.settings import Settings

log = logging.getLogger("safemap.agencies")

# Signatures with a key of two halves only: with a shared secret, or none, anybody could sign.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
SCOPES = "openid email profile"
LEEWAY_S = 60  # clocks differ
KNOWN_FOR_S = 3600
KEYS_ASKED_AGAIN_AFTER_S = 60  # however many tokens name keys that are not known
SUBJECT = re.compile(r"[ -~]{1,255}")  # OpenID Connect Core, 2: at most 255 ASCII characters
AT_ONCE = BoundedSemaphore(8)  # a service that hangs holds up no more threads than these


class Description(BaseModel):
    """What a service says of itself, as far as it matters here."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class Provider:
    """An agency's service, with what it said of itself within the hour."""

    def __init__(self, agency: Agency) -> None:
        self.agency = agency
        self.reach = Reach(
            hosts=agency.hosts | {netloc_of(agency.issuer)},
            networks=agency.networks,
            plain_http_on_loopback=agency.plain_http_on_loopback,
        )
        self._lock = Lock()
        self._described: tuple[float, Description] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def address_to_ask(self, asked: Ask, back: str) -> str:
        """Return the address at the agency to send a browser to.

        Raises
        ------
        Unreachable
            Its description cannot be had, or leads elsewhere.
        """
        wanted = {"acr_values": " ".join(sorted(self.agency.second_factor_acr)) or None}
        address: str = prepare_grant_uri(
            self.described().authorization_endpoint,
            self.agency.client_id,
            "code",
            redirect_uri=back,
            scope=SCOPES,
            state=asked.state,
            nonce=asked.nonce,
            code_challenge=create_s256_code_challenge(asked.verifier),
            code_challenge_method="S256",
            **wanted,
        )
        return address

    def proof(self, asked: Ask, back: str, code: str, issuer: str | None) -> Proof:
        """Exchange the code that a browser brought back for what the agency vouches for.

        Parameters
        ----------
        issuer
            Who the answer says it is from (RFC 9207); it has to, when the service's description says it does.

        Raises
        ------
        Unreachable
            It does not answer.
        Declined
            It does not take the code.
        NotBelieved
            Its answer is not for this sign-in, or not from this agency.
        NotVouchedFor
            It names no verified address in its own domains.
        """
        described = self.described()
        if issuer != described.issuer and (
            issuer is not None or described.authorization_response_iss_parameter_supported
        ):
            raise self._disbelieved("another issuer answered")
        given = self._exchange(described, asked, back, code)
        claims = self._claims(given, asked.nonce)
        subject = claims["sub"]
        if not isinstance(subject, str) or not SUBJECT.fullmatch(subject):
            raise self._disbelieved("no subject")
        told = claims if "email" in claims else {**claims, **self._told_of(described, given, subject)}
        name = told.get("name")
        return Proof(
            agency=self.agency.name,
            issuer=described.issuer,
            subject=subject,
            email=self._address_in(told),
            name=name.strip() if isinstance(name, str) else "",
            passed_second_factor=self._passed_second_factor(claims),
        )

    def described(self) -> Description:
        """Return the service's description, asked for when it is older than an hour.

        Raises
        ------
        Unreachable
            It cannot be had, is another issuer's, or names servers that may not be asked.
        """
        with self._lock:
            if self._described and time.monotonic() - self._described[0] < KNOWN_FOR_S:
                return self._described[1]
        try:
            found = Description.model_validate_json(self._ask(get_well_known_url(self.agency.issuer, external=True)))
        except ValidationError:
            raise self._unreachable("its description is not complete") from None
        if found.issuer != self.agency.issuer:
            raise self._unreachable("its description is another issuer's")
        scheme = "http" if self.agency.plain_http_on_loopback else "https"
        for endpoint in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri, found.userinfo_endpoint):
            is_ours = endpoint is None or _is_at(endpoint, self.reach.hosts, {"https", scheme})
            if not is_ours:
                raise self._unreachable("its description names another host")
        with self._lock:
            self._described = (time.monotonic(), found)
        return found

    def _exchange(self, described: Description, asked: Ask, back: str, code: str) -> dict[str, Any]:
        body = prepare_token_request("authorization_code", redirect_uri=back, code=code, code_verifier=asked.verifier)
        secret = self.agency.client_secret.get_secret_value()
        headers: dict[str, str] = {}
        if secret and "client_secret_basic" in described.token_endpoint_auth_methods_supported:
            pair = f"{quote(self.agency.client_id, safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            own = {"client_id": self.agency.client_id, **({"client_secret": secret} if secret else {})}
            body += "".join(f"&{name}={quote(value, safe='')}" for name, value in own.items())
        try:
            return _object(self._ask(described.token_endpoint, form=body.encode(), headers=headers, is_exchange=True))
        except ValueError:
            raise self._disbelieved("the token's answer is no object") from None

    def _claims(self, given: dict[str, Any], nonce: str) -> dict[str, Any]:
        token = given.get("id_token")
        if not isinstance(token, str):
            raise self._disbelieved("no ID token")
        registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        for is_last in (False, True):
            try:
                signed = jwt.decode(token, self._known_keys(anew=is_last), registry=registry)
                break
            except (JoseError, ValueError) as error:
                if is_last:  # with the newest keys too
                    raise self._disbelieved(type(error).__name__) from None
        options = {
            "iss": {"essential": True, "value": self.agency.issuer},
            "aud": {"essential": True, "value": self.agency.client_id},
        }
        params = {"nonce": nonce, "client_id": self.agency.client_id, "access_token": given.get("access_token")}
        claims = CodeIDToken(signed.claims, signed.header, options, params)
        try:
            claims.validate(leeway=LEEWAY_S)
        except (JoseError, ValueError, TypeError) as error:
            raise self._disbelieved(f"{type(error).__name__} {getattr(error, 'claim', '')}".strip()) from None
        return dict(claims)

    def _known_keys(self, *, anew: bool) -> KeySet:
        """Return the service's keys; anew: when a token did not fit those that are known, at most once a minute."""
        with self._lock:
            kept = self._keys
        lasts_s = KEYS_ASKED_AGAIN_AFTER_S if anew else KNOWN_FOR_S
        if kept and time.monotonic() - kept[0] < lasts_s:
            return kept[1]
        try:
            found = KeySet.import_key_set(_object(self._ask(self.described().jwks_uri)))  # type: ignore[arg-type]
        except (JoseError, ValueError, TypeError, KeyError):
            raise self._unreachable("its keys cannot be read") from None
        with self._lock:
            self._keys = (time.monotonic(), found)
        return found

    def _told_of(self, described: Description, given: dict[str, Any], subject: str) -> dict[str, Any]:
        """Ask the service about the person, where the token names no address."""
        token = given.get("access_token")
        if described.userinfo_endpoint is None or not isinstance(token, str):
            return {}
        try:
            told = _object(self._ask(described.userinfo_endpoint, headers={"Authorization": f"Bearer {token}"}))
        except ValueError:
            return {}
        if told.get("sub") != subject:
            raise self._disbelieved("it told of somebody else")
        return {name: told[name] for name in ("email", "email_verified", "name") if name in told}

    def _address_in(self, told: dict[str, Any]) -> str:
        given = told.get("email")
        if not isinstance(given, str) or told.get("email_verified") not in {True, "true"}:
            raise NotVouchedFor
        try:
            email = plain_email(given)
        except ValueError:
            raise NotVouchedFor from None
        if email.rpartition("@")[2] not in self.agency.domains:
            raise NotVouchedFor
        return email

    def _passed_second_factor(self, claims: dict[str, Any]) -> bool:
        methods = claims.get("amr") or ()
        return claims.get("acr") in self.agency.second_factor_acr or any(
            method in self.agency.second_factor_amr for method in methods if isinstance(method, str)
        )

    def _ask(
        self, url: str, *, form: bytes | None = None, headers: dict[str, str] | None = None, is_exchange: bool = False
    ) -> bytes:
        if not AT_ONCE.acquire(blocking=False):
            raise self._unreachable("too many wait for it")
        try:
            return ask(url, self.reach, form=form, headers=headers)
        except OutOfReach as error:
            if is_exchange and str(error) in {"status 400", "status 401"}:
                log.warning("agency %s does not take the code: %s", self.agency.name, error)
                raise Declined from None
            raise self._unreachable(str(error)) from None
        finally:
            AT_ONCE.release()

    def _unreachable(self, why: str) -> Unreachable:
        log.warning("agency %s: %s", self.agency.name, why)
        return Unreachable()

    def _disbelieved(self, why: str) -> NotBelieved:
        log.warning("agency %s is not believed: %s", self.agency.name, why)
        return NotBelieved()


def providers_of(settings: Settings) -> dict[str, Provider]:
    """Return the services of all agencies that the settings name, by their names in addresses."""
    return {agency.name: Provider(agency) for agency in agencies_of(settings)}


def provider_named(providers: dict[str, Provider], name: str) -> Provider:
    """Return an agency's service.

    Raises
    ------
    NoSuchAgency
        The settings name no such agency.
    """
    if name not in providers:
        raise NoSuchAgency
    return providers[name]


def _is_at(url: str, hosts: frozenset[str], schemes: set[str]) -> bool:
    try:
        return url.partition("://")[0] in schemes and netloc_of(url) in hosts and "@" not in url and "\\" not in url
    except ValueError:
        return False


def _object(body: bytes) -> dict[str, Any]:
    found = orjson.loads(body)
    if not isinstance(found, dict):
        raise ValueError  # noqa: TRY004 - as of what is no JSON
    return found

"""Agencies whose staff may sign in with the account that they have there, as the operator names them."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import orjson
from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError, model_validator
from pydantic.types import StringConstraints

from safemap.errors import InvalidInput
from safemap.settings import Settings

Host = Annotated[str, StringConstraints(pattern=r"^[a-z0-9.\-]+(:[0-9]{1,5})?$", max_length=260)]
Domain = Annotated[
    str, StringConstraints(to_lower=True, pattern=r"^[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)+$", max_length=253)
]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class Agency(BaseModel):
    """An agency's sign-in service.

    Parameters
    ----------
    name
        Its name in addresses; the address to register with the service is ``…/sign-in/agency/NAME/back``.
    title, title_en
        Its name on the button.
    domains
        E-mail domains that it answers for; an address in any other is not believed.
    hosts
        Further hosts of its service (``host`` or ``host:port``); its issuer's own needs no mention.
    networks
        Private networks that its hosts may stand in; without, only public addresses are asked.
    second_factor_acr, second_factor_amr
        What it says (``acr``, or one of ``amr``) when it asked for a second factor; without, it is asked for here.
    plain_http_on_loopback
        For tests alone: a service on this machine may speak HTTP.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9\-]{0,29}$")]
    title: Words
    title_en: Words
    issuer: Annotated[str, StringConstraints(max_length=500)]
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    client_secret: SecretStr = SecretStr("")
    domains: frozenset[Domain] = Field(min_length=1)
    hosts: frozenset[Host] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    second_factor_acr: frozenset[str] = frozenset()
    second_factor_amr: frozenset[str] = frozenset()
    plain_http_on_loopback: bool = False

    @model_validator(mode="after")
    def _has_plain_issuer(self) -> "Agency":
        parts = urlsplit(self.issuer)
        schemes = {"https", "http"} if self.plain_http_on_loopback else {"https"}
        is_plain = not (parts.query or parts.fragment or parts.username or parts.password)
        if parts.scheme not in schemes or not parts.hostname or not is_plain:
            message = "issuer must be an https:// address without user, query and fragment"
            raise ValueError(message)
        return self

    def titled(self, language: str) -> str:
        """Return its name in a language."""
        return self.title_en if language == "en" else self.title


def agencies_of(settings: Settings) -> tuple[Agency, ...]:
    """Read the agencies from the setting: a JSON list, or the path of a file that holds one.

    Raises
    ------
    InvalidInput
        It cannot be read; the error says what is wrong, and repeats nothing that stands in it.
    """
    given = settings.agencies.get_secret_value().strip()
    if not given:
        return ()
    try:
        written = given.encode() if given.startswith("[") else Path(given).read_bytes()
        found = TypeAdapter(tuple[Agency, ...]).validate_python(orjson.loads(written))
    except OSError as error:
        raise _unreadable(f"the file cannot be read ({error.strerror})") from None
    except orjson.JSONDecodeError:
        raise _unreadable("it is no JSON") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "list"
        raise _unreadable(f"{place}: {first['msg']}") from None
    if len({agency.name for agency in found}) < len(found):
        raise _unreadable("two have the same name")
    return found


def _unreadable(why: str) -> InvalidInput:
    return InvalidInput(
        "SAFEMAP_AGENCIES is not what it should be: {why}.",
        remedy="The README shows how an agency is written down.",
        field="agencies",
        why=why,
    )

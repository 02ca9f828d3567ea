"""Who stands between a browser and us: the proxies whose word on the browser's address is believed."""

import ipaddress

from safemap.errors import InvalidInput
from safemap.settings import Settings


def proxies_of(settings: Settings) -> list[str]:
    """Return the addresses and networks of the proxies that the settings name.

    Raises
    ------
    InvalidInput
        One of them is neither.
    """
    named = [part.strip() for part in settings.trusted_proxies.split(",") if part.strip()]
    for one in named:
        try:
            ipaddress.ip_network(one)
        except ValueError:
            raise InvalidInput(
                "“{one}” in SAFEMAP_TRUSTED_PROXIES is neither an address nor a network.",
                remedy="Give such as 127.0.0.1 or 10.0.0.0/24, separated by commas.",
                field="trusted_proxies",
                one=one,
            ) from None
    return named

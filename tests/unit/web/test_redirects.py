"""Nobody is led to another site: every way that browsers read an address as one is refused."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from safemap.web.redirects import own_path

SITE = "https://map.example/sign-in"
TAKEN_OUT_BY_BROWSERS = "\t\n\r"


@pytest.mark.parametrize(
    "own", ["/", "/me", "/villages/永和里?period=night#top", "/invitation/abc-_", "/a//b", "/a:b@c"]
)
def test_own_paths_are_kept(own: str) -> None:
    assert own_path(own) == own


@pytest.mark.parametrize(
    "foreign",
    [
        "",
        "me",
        "https://evil.example",
        "HTTPS://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\r\n//evil.example",
        " //evil.example",
        "/me\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "data:text/html,x",
        "/" + "a" * 500,
        "/\x00",
    ],
)
def test_everything_else_leads_home(foreign: str) -> None:
    assert own_path(foreign) == "/"
    assert own_path(foreign, "/me") == "/me"


@given(st.text(alphabet="/\\.:@?#%ab\t\n 　", max_size=12))
@example("/.//evil.example")
@example("/%2f/evil.example")
def test_no_text_leads_away(wanted: str) -> None:
    led = own_path(wanted)
    for read in (led, led.translate({ord(one): None for one in TAKEN_OUT_BY_BROWSERS}).replace("\\", "/")):
        parts = urlsplit(urljoin(SITE, read))
        assert (parts.scheme, parts.netloc) == ("https", "map.example")

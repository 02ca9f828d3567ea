"""After signing in nobody is led to another site."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from safemap.web.onward import here, path_here

SITE = "https://map.example"


@pytest.mark.parametrize(
    "wanted",
    [
        "/",
        "/members",
        "/villages/demo-banyan?layer=zones&period=night",
        "/villages/%E6%A6%95%E6%A8%B9%E9%87%8C",
        "/me#x",
    ],
)
def test_a_path_of_this_site_is_taken(wanted: str) -> None:
    assert path_here(wanted, "/otherwise") == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "members",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "/path\r\nSet-Cookie: a=b",
        "//[evil",
        "/" + "x" * 500,
        "/sign-in",
        "/sign-in/code?next=/",
        "/sign-out",
        "/password/a-token-that-opens-something",
        "/r/a-token-that-opens-something",
    ],
)
def test_whatever_leads_elsewhere_or_back_is_not(wanted: str) -> None:
    assert path_here(wanted, "/otherwise") == "/otherwise"


@given(st.text(alphabet="/\\:@?#.%\t\n\r evilhtps09", max_size=30))
def test_no_text_leads_to_another_site(wanted: str) -> None:
    # As browsers read addresses (WHATWG): tabs and line ends are dropped, a backslash is a slash.
    taken = path_here(wanted)
    as_read = "".join(character for character in taken if character not in "\t\n\r").replace("\\", "/")
    assert urlsplit(urljoin(SITE, as_read))[:2] == ("https", "map.example")


def asked(method: str, path: str, query: str = "", referer: str = "") -> Request:
    headers = [(b"host", b"map.example"), *([(b"referer", referer.encode())] if referer else [])]
    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": headers}
    return Request(scope)


def test_here_is_the_page_that_was_asked_for() -> None:
    assert here(asked("GET", "/villages/榕樹里/dead-zones", "period=night")) == (
        "/villages/%E6%A6%95%E6%A8%B9%E9%87%8C/dead-zones?period=night"
    )
    assert here(asked("GET", "//evil.example")) == "/"
    assert here(asked("GET", "/password/token")) == "/"


def test_of_a_form_it_is_the_page_of_this_site_that_the_form_stood_on() -> None:
    assert here(asked("POST", "/me/roles/1/end", referer=f"{SITE}/me?done=role")) == "/me?done=role"
    assert here(asked("POST", "/me/roles/1/end", referer="https://evil.example/me")) == "/"
    assert here(asked("POST", "/me/roles/1/end", referer="https://[evil")) == "/"
    assert here(asked("POST", "/me/roles/1/end")) == "/"

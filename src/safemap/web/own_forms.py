"""Against cross-site request forgery: only our own pages write, and programs, which have no cookies.

After OWASP's cheat sheet: what the browser itself says of a request's origin, which no page can forge; tokens in forms
would prove no more. Signing in is a write too, so nobody can be signed in as somebody else from another site.
"""

from urllib.parse import urlsplit

from fastapi import Request

from safemap.web.deps import settings_of
from safemap.web.rules import ForeignForm

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
KINDS_OF_FORMS = {"", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain"}


async def refuse_foreign_writes(request: Request) -> None:
    """Let only our own pages, and programs that are no browsers, write.

    Sec-Fetch-Site is believed first (a sibling host is foreign too), then Origin (``null`` is foreign), then Referer.
    Browsers from before 2020, and any over plain HTTP, send no Sec-Fetch-Site; very old ones may send none of them.

    Raises
    ------
    ForeignForm
        The browser says that another origin made the request; or it says nothing, and could be a browser.
    """
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        is_ours = site in {"same-origin", "none"}
    else:
        said = request.headers.get("origin") or request.headers.get("referer")
        is_ours = _is_own(request, said) if said else _is_program(request)
    if not is_ours:
        raise ForeignForm


def _is_own(request: Request, said: str) -> bool:
    """Whether an origin, or an address, is this site's: as configured, or as the browser calls it."""
    try:
        parts, site = urlsplit(said), urlsplit(settings_of(request).public_url)
    except ValueError:
        return False
    if site.netloc and parts.netloc == site.netloc:
        return parts.scheme == site.scheme  # whoever could write into our plain HTTP is not us
    return bool(parts.netloc) and parts.netloc == request.headers.get("host")


def _is_program(request: Request) -> bool:
    """Whether no browser would send this for another site's page unasked: its own header, or a kind no form has."""
    if "cookie" in request.headers:
        return False
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return "authorization" in request.headers or kind not in KINDS_OF_FORMS

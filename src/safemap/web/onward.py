"""Where somebody is led after signing in: back to where they were, and to paths of this site alone."""

from urllib.parse import quote, urlsplit

from fastapi import Request

from safemap.hazards.rules import FOLLOW_UP_PATH, SUPPORT_PATH
from safemap.identity.letters import PASSWORD_PATH
from safemap.web.redirects import own_path

SIGN_IN_PATH, CODE_PATH, SIGN_OUT_PATH = "/sign-in", "/sign-in/code", "/sign-out"
NOT_BACK_TO = (SIGN_IN_PATH, SIGN_OUT_PATH, PASSWORD_PATH, FOLLOW_UP_PATH, SUPPORT_PATH)  # the last three hold tokens


def path_here(wanted: str, otherwise: str = "/") -> str:
    """Return a wanted path of this site; whatever could lead elsewhere, or back to signing in, is not taken."""
    path = own_path(wanted, "")
    return path if path and not path.startswith(NOT_BACK_TO) else otherwise


def here(request: Request) -> str:
    """Return the path that a request asked for; of a form that was sent, the page that it stood on."""
    if request.method in {"GET", "HEAD"}:
        return path_here(quote(request.scope["path"]) + (f"?{request.url.query}" if request.url.query else ""))
    try:
        parts = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return "/"
    is_ours = parts.netloc == request.headers.get("host")
    return path_here(parts.path + (f"?{parts.query}" if parts.query else "")) if is_ours else "/"

"""Headers of every answer: what its page may load and run, who may frame it, what may be kept of it."""

import re
from urllib.parse import urlsplit

from safemap.settings import Settings

# Places in a route's address that hold a secret: whoever has the address has what it opens.
WITH_SECRET = re.compile(r"\{(token|follow_up)[:}]")
STRICT_TRANSPORT_S = 2 * 365 * 24 * 3600


def security_headers(settings: Settings) -> dict[str, str]:
    """Return the headers of every answer: nothing runs or loads that is not ours, save a configured raster map."""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": " ".join(["'self'", "data:", *_raster_origin(settings.raster_url)]),
        "font-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "worker-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    is_https = settings.site_url.startswith("https:")
    transport = {"Strict-Transport-Security": f"max-age={STRICT_TRANSPORT_S}; includeSubDomains"} if is_https else {}
    return {
        "Content-Security-Policy": "; ".join(f"{directive} {sources}" for directive, sources in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        **transport,
    }


def referrer_policy(template: str) -> str:
    """Return what other addresses learn of a route's own: its site at most, and nothing where it holds a secret."""
    return "same-origin" if WITH_SECRET.search(template) else "strict-origin-when-cross-origin"


def may_be_kept(template: str, *, is_personal: bool) -> bool:
    """Whether a browser may keep an answer: not what somebody sees by their roles, nor behind a secret address."""
    return not (is_personal or WITH_SECRET.search(template))


def _raster_origin(raster_url: str) -> list[str]:
    parts = urlsplit(re.sub(r"\{[sS]\}", "*", raster_url))
    return [f"{parts.scheme}://{parts.netloc}"] if parts.scheme and parts.netloc else []

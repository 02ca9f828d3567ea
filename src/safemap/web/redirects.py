"""The one place where somebody is led on to an address that came with the request: on this site or nowhere."""

from urllib.parse import urlsplit

LONGEST = 500


def own_path(wanted: str, default: str = "/") -> str:
    r"""Return a path on this site, with its query; the default for whatever a browser could take for another site.

    ``//elsewhere``, ``/\elsewhere`` and paths with line breaks or tabs, which browsers take out, are none of ours.
    """
    is_path = wanted.startswith("/") and not wanted.startswith("//") and len(wanted) <= LONGEST
    if not is_path or "\\" in wanted or not wanted.isprintable():
        return default
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return default
    return wanted if not (parts.scheme or parts.netloc) else default

"""Pages made from templates, in the reader's language and colours, under a head that knows who is signed in."""

import re
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse

from safemap.i18n import mark
from safemap.web.assets import imports_of, static_url
from safemap.web.deps import LANGUAGE_COOKIE, Language, cookie_name, language_of, settings_of
from safemap.web.heading import heading_of
from safemap.web.templating import environment

APPEARANCE_COOKIE = "safemap_appearance"
A_YEAR_S = 365 * 24 * 3600
MODULE = re.compile(r'<script type="module" src="/static/(js/[^"?]+)')


@dataclass(frozen=True)
class Appearance:
    """How a page looks: what the reader calls it, and the media for which the dark colours hold."""

    name: str
    media: str


APPEARANCES = {
    "system": Appearance(mark("As the device"), "screen and (prefers-color-scheme: dark)"),
    "light": Appearance(mark("Light"), "not all"),
    "dark": Appearance(mark("Dark"), "screen"),
}


def appearance_of(request: Request) -> str:
    """Choose light, dark or as the device: asked for in the address, or chosen before."""
    kept = request.cookies.get(cookie_name(settings_of(request), APPEARANCE_COOKIE))
    for wanted in (request.query_params.get("appearance"), kept):
        if wanted in APPEARANCES:
            return wanted
    return "system"


def render(
    request: Request, template: str, *, status: int = 200, speaks: Language | None = None, **context: Any
) -> HTMLResponse:
    """Make a page in the reader's language and colours; what the address chose is remembered in cookies.

    `speaks` is the language of a page that speaks more of them than whole pages do.
    """
    language = speaks or language_of(request)
    appearance = appearance_of(request)
    made = environment(language.code, settings_of(request)).get_template(template)
    heading = heading_of(request)
    body = made.render(
        request=request,
        heading=heading,
        appearance=appearance,
        appearances=APPEARANCES,
        appearance_cookie=cookie_name(settings_of(request), APPEARANCE_COOKIE),
        **context,
    )
    page = HTMLResponse(_with_imports_named(body), status_code=status)
    page.headers["Content-Language"] = language.code
    page.headers["Vary"] = "Accept-Language, Cookie"
    page.headers["Cache-Control"] = "private, no-cache" if heading.has_session else "no-cache"
    chosen = {
        LANGUAGE_COOKIE: ("lang", language.code),
        APPEARANCE_COOKIE: ("appearance", appearance),
    }
    for cookie, (parameter, value) in chosen.items():
        if request.query_params.get(parameter) == value:
            page.set_cookie(
                cookie_name(settings_of(request), cookie),
                value,
                max_age=A_YEAR_S,
                httponly=cookie == LANGUAGE_COOKIE,  # the switch for colours works in the page
                samesite="lax",
                secure=settings_of(request).site_url.startswith("https:"),
            )
    return page


def _with_imports_named(body: str) -> str:
    """Name in a page's head what its scripts import, so that a slow line is waited for once and not once per script."""
    scripts = MODULE.findall(body)
    imported = dict.fromkeys(part for script in scripts for part in imports_of(script) if part not in scripts)
    links = "".join(f'<link rel="modulepreload" href="{static_url(part)}">\n' for part in imported)
    return body.replace("</head>", f"{links}</head>", 1)

"""What everybody may read about personal data: the notices in all versions, and how long records are kept."""

from datetime import UTC, date, datetime
from typing import Any

from babel.dates import format_date
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from safemap.identity.rules import Kind, Verb
from safemap.identity.signing_in import today
from safemap.privacy.notices import NO_CONTACT, NO_CONTROLLER, POINTS, Notice, NoticeText, current, version_of, versions
from safemap.privacy.retention import FATE_NAMES, RULES
from safemap.privacy.rules import Audience, NoticeUnknown
from safemap.settings import Settings
from safemap.web.deps import Configured, Db, Language, Speaks
from safemap.web.pages._common import LOCALES, page
from safemap.web.permits import open_to_all

router = APIRouter(dependencies=[open_to_all(Verb.ADD, Kind.DATA_REQUEST)])


@router.get("/privacy")
def privacy(request: Request, _session: Db, settings: Configured, speaks: Speaks) -> HTMLResponse:
    """Show both notices as they are now, the rights, and the table of periods."""
    day = today(datetime.now(UTC))
    return page(
        request,
        "privacy/privacy.html",
        shown={audience: current(audience, day) for audience in Audience},
        older={audience: versions(audience, day)[1:] for audience in Audience},
        rules=RULES,
        fates=FATE_NAMES,
        **notice_words(settings, speaks),
    )


@router.get("/privacy/notices/{version}")
def notice(request: Request, settings: Configured, speaks: Speaks, version: str) -> HTMLResponse:
    """Show one version of a notice."""
    day = today(datetime.now(UTC))
    found = version_of(version, day)
    if found is None:
        raise NoticeUnknown
    return page(
        request,
        "privacy/notice.html",
        notice=found,
        is_current=found == current(found.audience, day),
        **notice_words(settings, speaks),
    )


def notice_words(settings: Settings, speaks: Language) -> dict[str, Any]:
    """Return what a template needs to show notices: texts with who runs the site filled in, and days in words."""
    names = {
        "controller": settings.controller or speaks.say(NO_CONTROLLER),
        "contact": settings.contact or speaks.say(NO_CONTACT),
    }

    def date_words(day: date) -> str:
        return format_date(day, "long", locale=LOCALES[speaks.code])

    def text_of(notice: Notice) -> NoticeText:
        return notice.texts[speaks.code]

    return {
        "point_names": POINTS,
        "text_of": text_of,
        "filled": lambda paragraph: paragraph.format(**names),
        "date_words": date_words,
    }

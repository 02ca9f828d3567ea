"""What all pages share: the words for places, dates and numbers, and the shell around a page."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import numpy as np
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from fastapi import Request
from starlette.responses import HTMLResponse

from safemap.hazards.categories import CATEGORIES, CATEGORY_BY_CODE
from safemap.hazards.rules import NOTICED_NAMES, SEVERITY_NAMES, STATE_NAMES
from safemap.web.deps import Language, language_of
from safemap.web.rendering import render

TAIWAN = ZoneInfo("Asia/Taipei")
LOCALES = {"zh-Hant": "zh_Hant_TW", "en": "en_GB", "vi": "vi_VN", "id": "id_ID", "th": "th_TH"}


class Named(Protocol):
    """A village or town with its names."""

    @property
    def name(self) -> str:
        """Its name as people there say it."""

    @property
    def name_en(self) -> str:
        """Its English name; empty when no source has one."""

    @property
    def town(self) -> str:
        """The town that it lies in, or that it is."""


def page(
    request: Request, template: str, *, status: int = 200, speaks: Language | None = None, **context: Any
) -> HTMLResponse:
    """Make a page with the words that every template may use; in the reader's language of whole pages, or another."""
    code = (speaks or language_of(request)).code
    locale = LOCALES[code]

    def day(moment: datetime | date) -> str:
        there = moment.astimezone(TAIWAN) if isinstance(moment, datetime) else moment
        return format_date(there, "long" if code == "zh-Hant" else "d MMM y", locale=locale)

    def place_name(area: Named) -> str:
        return place_name_in(area, code)

    return render(
        request,
        template,
        status=status,
        speaks=speaks,
        day=day,
        hour=lambda moment: hour_words(moment, code),
        clock=lambda moment: f"{moment.astimezone(TAIWAN):%H:%M}",
        number=lambda value, digits=0: format_decimal(round(float(value), digits), locale=locale),
        place_name=place_name,
        unbroken=lambda words: words.replace("–", "\u2060–\u2060"),
        address_with=lambda **asked: "?" + request.url.include_query_params(**asked).query,
        categories=CATEGORIES,
        category_by_code=CATEGORY_BY_CODE,
        severity_names={int(severity): name for severity, name in SEVERITY_NAMES.items()},
        noticed_names={noticed.value: name for noticed, name in NOTICED_NAMES.items()},
        state_names={state.value: name for state, name in STATE_NAMES.items()},
        letter_of=SIGNS.__getitem__,
        **context,
    )


def hour_words(moment: datetime, code: str) -> str:
    """Write a moment in a language, by the clock in Taiwan."""
    return format_datetime(moment.astimezone(TAIWAN), "y/MM/dd HH:mm" if code == "zh-Hant" else "d MMM y, HH:mm")


def place_name_in(area: Named, code: str) -> str:
    """Name a village in a language; the Chinese name stands in where there is no other."""
    return area.name_en if code != "zh-Hant" and area.name_en else area.name


# What stands in a category's symbol on the screen: it remains when a copier takes the colours.
SIGNS: Mapping[str, str] = {category.code: category.sign for category in CATEGORIES}


def newest(moments: "np.ndarray[Any, Any]") -> datetime | None:
    """Return the newest of some moments, None of none."""
    return max(moments) if len(moments) else None

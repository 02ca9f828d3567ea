"""The words people see: gettext catalogues, Traditional Chinese (Taiwan) first, English complete beside it.

Message ids are the English sentences. Each language is a folder of ``.po`` files under ``locales/``, one per room of
the house (``web.po``, ``diagnosis.po``, …); they are read as text at the first use, so no compiled file can be stale.
"""

import io
from collections.abc import Mapping
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = Path(__file__).parent / "locales"
LANGUAGES = {"zh-Hant": "繁體中文", "en": "English"}
# What residents are spoken to when they mark a spot; in these alone, each by the name that its speakers give it.
RESIDENT_LANGUAGES = {
    "zh-Hant": "中文",
    "en": "English",
    "vi": "Tiếng Việt",
    "id": "Indonesia",
    "th": "ไทย",
}
DEFAULT_LANGUAGE = "zh-Hant"


@cache
def translations(language: str) -> NullTranslations:
    """Return the catalogue of one language; English, the language of the ids, needs none, and stands in elsewhere."""
    if language == "en":
        return NullTranslations()
    whole = Catalog(locale=language.replace("-", "_"))
    for path in sorted((LOCALES / language.replace("-", "_")).glob("*.po")):
        with path.open(encoding="utf-8") as lines:
            for message in read_po(lines):
                if message.id and message.string and not message.fuzzy:
                    whole.add(message.id, message.string, context=message.context)
    compiled = io.BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return GNUTranslations(compiled)


def mark(message: str) -> str:
    """Mark a message id for the catalogues where it is defined; it is translated where it is shown."""
    return message


def best_language(accept_language: str | None) -> str:
    """Choose a language of whole pages from an ``Accept-Language`` header: the first that we speak, else Chinese."""
    return _first_of(LANGUAGES, accept_language)


def best_resident_language(accept_language: str | None) -> str:
    """Choose from an ``Accept-Language`` header in which of `RESIDENT_LANGUAGES` to speak to a resident."""
    return _first_of(RESIDENT_LANGUAGES, accept_language)


def whole_pages_in(language: str) -> str:
    """Return the language of whole pages for who reads a resident language: itself, or English."""
    return language if language in LANGUAGES else "en"


def _first_of(spoken: Mapping[str, str], accept_language: str | None) -> str:
    by_prefix = {code.split("-", maxsplit=1)[0]: code for code in spoken}
    for part in (accept_language or "").split(","):
        tag = part.split(";")[0].strip().lower().split("-", maxsplit=1)[0]
        if tag in by_prefix:
            return by_prefix[tag]
    return DEFAULT_LANGUAGE

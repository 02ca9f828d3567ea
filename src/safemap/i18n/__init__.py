"""The words people see: gettext catalogues, Traditional Chinese (Taiwan) first, English complete beside it.

Message ids are the English sentences. Each language is a folder of ``.po`` files under ``locales/``, one per room of
the house (``web.po``, ``diagnosis.po``, …); they are read as text at the first use, so no compiled file can be stale.
"""

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = Path(__file__).parent / "locales"
LANGUAGES = {"zh-Hant": "繁體中文", "en": "English"}
DEFAULT_LANGUAGE = "zh-Hant"


@cache
def translations(language: str) -> NullTranslations:
    """Return the catalogue of one language of `LANGUAGES`; English, the language of the ids, needs none."""
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
    """Choose a language from an ``Accept-Language`` header: the first that we speak, else Traditional Chinese."""
    for part in (accept_language or "").split(","):
        tag = part.split(";")[0].strip().lower()
        if tag.startswith("zh"):
            return "zh-Hant"
        if tag.startswith("en"):
            return "en"
    return DEFAULT_LANGUAGE

"""The language that a command speaks."""

from safemap.errors import InvalidInput
from safemap.i18n import LANGUAGES


def known_language(named: str) -> str:
    """Return the language, or raise a clear error when there is none of that name."""
    if named not in LANGUAGES:
        raise InvalidInput(
            "There is no language “{named}”.",
            remedy="Choose one of: {known}.",
            field="language",
            named=named,
            known=", ".join(LANGUAGES),
        )
    return named

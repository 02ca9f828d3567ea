"""The notices of 個資法 §8: what is collected and why, in versions that stay readable; texts in ``texts/``."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from safemap.i18n import LANGUAGES, RESIDENT_LANGUAGES, mark
from safemap.privacy.rules import Audience

TEXTS = Path(__file__).with_name("texts")

# The six points of §8, in the law's order.
POINTS = {
    "who": mark("Who collects it"),
    "purpose": mark("What for"),
    "categories": mark("Which data"),
    "use": mark("For how long, where, for whom and how"),
    "rights": mark("Your rights, and how to use them"),
    "refusing": mark("What if you would rather not"),
}
NO_CONTROLLER = mark("whoever runs this site (they have not entered their name yet)")
NO_CONTACT = mark("ask your community's secretary")


@dataclass(frozen=True)
class NoticeText:
    """A notice in one language; ``{controller}`` and ``{contact}`` are places for who runs the site."""

    title: str
    short: str
    points: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Notice:
    """One version of a notice.

    Parameters
    ----------
    since
        The first day on which it is shown.
    """

    version: str
    audience: Audience
    since: date
    texts: Mapping[str, NoticeText]


@cache
def notices() -> tuple[Notice, ...]:
    """Return all versions, the newest first."""
    found = [_read(path) for path in TEXTS.glob("*.toml")]
    return tuple(sorted(found, key=lambda notice: (notice.since, notice.version), reverse=True))


def _read(path: Path) -> Notice:
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    texts = {
        language: NoticeText(
            title=content[language]["title"],
            short=content[language]["short"],
            points={point: tuple(content[language][point]) for point in POINTS},
        )
        for language in RESIDENT_LANGUAGES  # those to members are for who reads whole pages
        if language in LANGUAGES or language in content
    }
    return Notice(content["version"], Audience(path.name.split("-", 1)[0]), content["since"], texts)


def current(audience: Audience, day: date) -> Notice:
    """Return the version that is shown on a day; before the first, the first."""
    return (versions(audience, day) or [notice for notice in notices() if notice.audience is audience][-1:])[0]


def versions(audience: Audience, day: date) -> list[Notice]:
    """Return the versions that have been shown by a day, the newest first."""
    return [notice for notice in notices() if notice.audience is audience and notice.since <= day]


def version_of(version: str, day: date) -> Notice | None:
    """Return a version that has been shown by a day; None when there is no such."""
    return next((notice for notice in notices() if notice.version == version and notice.since <= day), None)


def shown_version(audience: Audience, given: str, day: date) -> str | None:
    """Return the version that a form says it showed, if such a one was ever shown; None else."""
    found = version_of(given, day)
    return found.version if found is not None and found.audience is audience else None

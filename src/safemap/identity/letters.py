"""Letters about accounts: what they say, in the language of whoever gets them."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from safemap.i18n import mark, translations

PASSWORD_PATH = "/password/"  # noqa: S105 - where a mailed link leads; its token follows
INVITATION_PATH = "/invitation/"


class Occasion(StrEnum):
    """Why somebody gets a letter."""

    NEW_PASSWORD = "new_password"  # noqa: S105
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    SECOND_FACTOR_CHANGED = "second_factor_changed"
    INVITATION = "invitation"


SUBJECTS = {
    Occasion.NEW_PASSWORD: mark("Set a new password"),
    Occasion.PASSWORD_CHANGED: mark("Your password was changed"),
    Occasion.SECOND_FACTOR_CHANGED: mark("Your second factor was changed"),
    Occasion.INVITATION: mark("You are invited: {role}, {place}"),
}
TEXTS = {
    Occasion.NEW_PASSWORD: mark(
        "Somebody, probably you, asked for a new password for {email} at {site}.\n\n"
        "To set one, open this link within {minutes} minutes; it works once:\n{link}\n\n"
        "If it was not you, do nothing: your password stays as it is."
    ),
    Occasion.PASSWORD_CHANGED: mark(
        "The password for {email} at {site} was changed just now, and other browsers were signed out.\n\n"
        "If it was not you, ask for a new password on the sign-in page at once and tell your community's secretary."
    ),
    Occasion.SECOND_FACTOR_CHANGED: mark(
        "The second factor for {email} at {site} was set up or taken away just now.\n\n"
        "If it was not you, change your password at once and tell your community's secretary."
    ),
    Occasion.INVITATION: mark(
        "{inviter} invites you to be {role} for {place} at {site}.\n\n"
        "To accept, open this link until {until}; it works once, and whoever holds it can accept:\n{link}\n\n"
        "If you do not want to, do nothing."
    ),
}


@dataclass(frozen=True)
class Letter:
    """A letter about an account, ready to be sent."""

    to: str
    language: str
    occasion: Occasion
    subject: str
    text: str


Post = Callable[[Session, Letter], None]
"""What takes letters: it queues them, so that they go out with the commit."""


def written(occasion: Occasion, to: str, language: str, **values: object) -> Letter:
    """Write a letter."""
    say = translations(language).gettext
    return Letter(
        to=to,
        language=language,
        occasion=occasion,
        subject=say(SUBJECTS[occasion]).format(**values),
        text=say(TEXTS[occasion]).format(**values),
    )

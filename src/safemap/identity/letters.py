"""Letters about accounts: what they say, in the language of whoever gets them."""

from datetime import timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from safemap.i18n import mark
from safemap.identity.tables import Person
from safemap.notifications.rules import KEPT_FOR, Letter
from safemap.notifications.service import send

PASSWORD_PATH = "/password/"  # noqa: S105 - where a mailed link leads; its token follows
INVITATION_PATH = "/invitation/"


class Occasion(StrEnum):
    """Why somebody gets a letter."""

    NEW_PASSWORD = "new_password"  # noqa: S105
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    SECOND_FACTOR_CHANGED = "second_factor_changed"
    INVITATION = "invitation"
    FIRST_THROUGH_AGENCY = "first_through_agency"


SUBJECTS = {
    Occasion.NEW_PASSWORD: mark("Set a new password"),
    Occasion.PASSWORD_CHANGED: mark("Your password was changed"),
    Occasion.SECOND_FACTOR_CHANGED: mark("Your second factor was changed"),
    Occasion.INVITATION: mark("You are invited: {role}, {place}"),
    Occasion.FIRST_THROUGH_AGENCY: mark("You signed in through {agency}"),
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
    Occasion.FIRST_THROUGH_AGENCY: mark(
        "Somebody, probably you, signed in as {email} at {site} through {agency} for the first time.\n\n"
        "If it was not you, tell {agency} and your community's secretary at once."
    ),
}


def write_to(
    session: Session,
    address: str,
    language: str,
    occasion: Occasion,
    *,
    kept_for: timedelta = KEPT_FOR,
    **values: object,
) -> None:
    """Put a letter into the outbox; a letter with a link is dropped with the link's end."""
    subject, body = SUBJECTS[occasion], TEXTS[occasion]
    send(session, Letter(address, occasion.value, language, subject, body, values=values, kept_for=kept_for))


def tell(session: Session, person: Person, occasion: Occasion, site_url: str, agency: str = "") -> None:
    """Tell a person of a change to their account, or of an agency that they signed in through."""
    write_to(session, person.email, person.language, occasion, email=person.email, site=site_url, agency=agency)

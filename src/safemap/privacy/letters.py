"""Letters about requests: to who asks, in their language, and to who decides, without a word of whom it is about."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

from babel.dates import format_date
from sqlalchemy.orm import Session

from safemap.i18n import mark, translations
from safemap.notifications.rules import KEPT_FOR, Letter
from safemap.notifications.service import send
from safemap.privacy.rules import ASK_NAMES, Ask

REQUEST_PATH = "/privacy/request/"  # its asker's token follows
ADDRESS_PATH = "/privacy/address/"  # the token mailed to a new address follows
QUEUE_PATH = "/privacy/requests/"  # a request's number follows
OWN_DATA_PATH = "/me/data"


class Occasion(StrEnum):
    """Why somebody gets a letter."""

    CONFIRM = "data_request_confirm"
    RECEIVED = "data_request_received"
    EXTENDED = "data_request_extended"
    GRANTED = "data_request_granted"
    REFUSED = "data_request_refused"
    PROVE = "data_request_prove"
    NEW = "data_request_new"
    SOON = "data_request_soon"
    LATE = "data_request_late"


SUBJECTS = {
    Occasion.CONFIRM: mark("Confirm your request about your data"),
    Occasion.RECEIVED: mark("Your request {number} was received"),
    Occasion.EXTENDED: mark("Your request {number} takes longer"),
    Occasion.GRANTED: mark("Your request {number} was granted"),
    Occasion.REFUSED: mark("Your request {number} was refused"),
    Occasion.PROVE: mark("Confirm your new address"),
    Occasion.NEW: mark("A request about personal data is to be decided by {due}"),
    Occasion.SOON: mark("Request {number} has to be decided by {due}"),
    Occasion.LATE: mark("Request {number} is overdue since {due}"),
}
TEXTS = {
    Occasion.CONFIRM: mark(
        "Somebody, probably you, asked at {site} about the data kept of this address: {ask}.\n\n"
        "To have it dealt with, open this link within {days} days and confirm:\n{link}\n\n"
        "With the same link you can see later how it stands. If it was not you, do nothing: nothing happens, and the "
        "address is forgotten."
    ),
    Occasion.RECEIVED: mark(
        "Your request at {site} was received: {ask}.\nNumber: {number}\nIt will be decided by {due}.\n\n"
        "How it stands:\n{link}"
    ),
    Occasion.EXTENDED: mark(
        "Your request {number} ({ask}) needs more time. It will be decided by {due}.\n\nReason:\n{words}\n\n"
        "How it stands:\n{link}"
    ),
    Occasion.GRANTED: mark("Your request {number} ({ask}) was granted.\n\n{words}\n\nHow it stands:\n{link}"),
    Occasion.REFUSED: mark(
        "Your request {number} ({ask}) was refused.\n\nReason: {why}\n{words}\n\n"
        "If you do not agree, write to whoever runs this site, or complain to the authority for personal data "
        "protection.\n\nHow it stands:\n{link}"
    ),
    Occasion.PROVE: mark(
        "The account at {site} shall have this address from now on.\n\n"
        "If that is right, open this link within {days} days:\n{link}\n\n"
        "If you know nothing of it, do nothing: the account keeps its old address."
    ),
    Occasion.NEW: mark(
        "Somebody asks about their own data: {ask}.\nNumber: {number}\nThe law wants it decided by {due}.\n\n{link}"
    ),
    Occasion.SOON: mark("Request {number} ({ask}) has not been decided. The law wants it by {due}.\n\n{link}"),
    Occasion.LATE: mark(
        "Request {number} ({ask}) should have been decided by {due}. Please decide it today.\n\n{link}"
    ),
}

GRANTED_WORDS = {
    Ask.ACCESS: mark("You can see and download everything that is kept about you."),
    Ask.CORRECTION: mark("It was corrected as you asked."),
    Ask.STOP: mark("Your data is used no longer. It is kept only as long as the law and our table of periods say."),
    Ask.ERASURE: mark(
        "Your data was erased. What is left are numbers without a name, as proof of what was done; this letter leaves "
        "our outbox within 30 days."
    ),
}
FIRST_LETTER = mark("follow the link in our first letter about it")
PROVE_WORDS = mark("One step is left: open the link in the letter that went to your new address.")


def day_in(language: str, day: date) -> str:
    """Write a day as letters do."""
    locale = "en_GB" if language == "en" else "zh_Hant_TW"
    return format_date(day, "d MMMM y" if language == "en" else "long", locale=locale)


def write(
    session: Session,
    address: str,
    language: str,
    occasion: Occasion,
    ask: Ask,
    values: Mapping[str, object],
    *,
    kept_for: timedelta = KEPT_FOR,
    due: date | None = None,
) -> None:
    """Put a letter into the outbox."""
    filled = {"ask": translations(language).gettext(ASK_NAMES[ask]), **values}
    if due is not None:
        filled["due"] = day_in(language, due)
    subject, body = SUBJECTS[occasion], TEXTS[occasion]
    send(session, Letter(address, occasion.value, language, subject, body, values=filled, kept_for=kept_for))

"""Requests and their clocks, answers to notices, breaches: the words, the decisions, the errors."""

import secrets
from datetime import date, timedelta
from enum import StrEnum

from safemap.errors import Conflict, InvalidInput, NotAllowed, NotFound
from safemap.i18n import mark
from safemap.identity.rules import Role

# --- Notices and the answers to them ----------------------------------------------------------------------------------


class Audience(StrEnum):
    """Whom a notice is for."""

    REPORTERS = "reporters"  # who marks a spot, without an account
    MEMBERS = "members"  # who has an account


class Basis(StrEnum):
    """Why a member's data may be processed at all (個資法 §15, §19)."""

    CONSENT = "consent"  # a resident takes part because they want to: they may withdraw
    DUTY = "duty"  # an official in office: within a statutory duty, for as long as they hold the post


ROLES_OF_DUTY = frozenset(
    {
        Role.STATION_OFFICER,
        Role.PRECINCT_REVIEWER,
        Role.COUNTY_OFFICER,
        Role.EVALUATOR,
        Role.FIRE_OFFICER,
        Role.MINISTRY_OFFICER,
        Role.ADMINISTRATOR,
    }
)


def basis_of(roles: frozenset[Role]) -> Basis:
    """Return on what a member's data stands: who has any role of an authority is there by duty."""
    return Basis.DUTY if roles & ROLES_OF_DUTY else Basis.CONSENT


class NoticeUnknown(NotFound):
    """No such version was ever shown."""

    def __init__(self) -> None:
        super().__init__("There is no such version of a notice.", remedy="The present ones stand under “Privacy”.")


class NoticeChanged(Conflict):
    """Somebody answers to a version that is no longer the present one."""

    def __init__(self) -> None:
        super().__init__("The notice has changed meanwhile.", remedy="Please read the new one and answer again.")


# --- Requests ---------------------------------------------------------------------------------------------------------


class Ask(StrEnum):
    """What somebody asks of their own data (個資法 §3)."""

    ACCESS = "access"
    CORRECTION = "correction"
    STOP = "stop"
    ERASURE = "erasure"


class About(StrEnum):
    """Whose data a request is about, and what proves that it is theirs."""

    MEMBER = "member"  # an account; its session
    REPORT = "report"  # a report without an account; its own link
    ADDRESS = "address"  # an e-mail address; a link mailed there


class State(StrEnum):
    """Where a request stands; a later word is a later step."""

    RECEIVED = "received"  # waits until its sender follows the mailed link; unseen by reviewers
    CONFIRMED = "confirmed"
    EXTENDED = "extended"
    ANSWERED = "answered"  # granted, and carried out
    REFUSED = "refused"
    CLOSED = "closed"


WAITING = frozenset({State.CONFIRMED, State.EXTENDED})
"""States in which the clock runs and somebody has to decide."""


class Field(StrEnum):
    """What a correction is about. The asker writes the new value; a reviewer only says yes or no to it."""

    NAME = "name"
    EMAIL = "email"
    WORDS = "words"  # a report's
    OTHER = "other"  # mended by hand


class Refusal(StrEnum):
    """Why a request may be refused (個資法 §10, §11; 細則 §21); a reason of one's own is none."""

    NOT_THEIRS = "not_theirs"
    THIRD_PARTY = "third_party"
    DUTY = "duty"
    STILL_NEEDED = "still_needed"
    NOTHING_KEPT = "nothing_kept"
    NOT_WRONG = "not_wrong"


ASK_NAMES = {
    Ask.ACCESS: mark("See it, and get a copy"),
    Ask.CORRECTION: mark("Have it corrected"),
    Ask.STOP: mark("Have it used no longer"),
    Ask.ERASURE: mark("Have it erased"),
}
STATE_NAMES = {
    State.RECEIVED: mark("Waits for its sender's confirmation"),
    State.CONFIRMED: mark("To be decided"),
    State.EXTENDED: mark("To be decided, extended"),
    State.ANSWERED: mark("Granted"),
    State.REFUSED: mark("Refused"),
    State.CLOSED: mark("Closed"),
}
STEP_NAMES = {
    State.RECEIVED: mark("The request came in"),
    State.CONFIRMED: mark("Shown to be the asker's own"),
    State.EXTENDED: mark("Extended, with a reason"),
    State.ANSWERED: mark("Granted"),
    State.REFUSED: mark("Refused"),
    State.CLOSED: mark("Closed"),
}
ABOUT_NAMES = {
    About.MEMBER: mark("An account"),
    About.REPORT: mark("A report"),
    About.ADDRESS: mark("An e-mail address"),
}
FIELD_NAMES = {
    Field.NAME: mark("Name"),
    Field.EMAIL: mark("E-mail address"),
    Field.WORDS: mark("The report's words"),
    Field.OTHER: mark("Something else"),
}
REFUSALS = {
    Refusal.NOT_THEIRS: mark("It could not be shown that the data is the asker's."),
    Refusal.THIRD_PARTY: mark("It would do serious harm to somebody else (Personal Data Protection Act, article 10)."),
    Refusal.DUTY: mark("An authority needs it for its statutory duty (articles 10 and 11)."),
    Refusal.STILL_NEEDED: mark("It is still needed for what it was collected for (article 11)."),
    Refusal.NOTHING_KEPT: mark("Nothing about the asker is kept."),
    Refusal.NOT_WRONG: mark("What is kept was checked and is right."),
}
FITTING_REFUSALS = {
    Ask.ACCESS: (Refusal.NOT_THEIRS, Refusal.NOTHING_KEPT, Refusal.THIRD_PARTY, Refusal.DUTY),
    Ask.CORRECTION: (Refusal.NOT_THEIRS, Refusal.NOTHING_KEPT, Refusal.NOT_WRONG),
    Ask.STOP: (Refusal.NOT_THEIRS, Refusal.NOTHING_KEPT, Refusal.STILL_NEEDED, Refusal.DUTY),
    Ask.ERASURE: (Refusal.NOT_THEIRS, Refusal.NOTHING_KEPT, Refusal.STILL_NEEDED, Refusal.DUTY),
}

# 個資法 §13: fifteen days for access (§10), thirty for the rest (§11), each extended once by at most as many.
DAYS_TO_DECIDE = {Ask.ACCESS: 15, Ask.CORRECTION: 30, Ask.STOP: 30, Ask.ERASURE: 30}
SOON_DAYS = 5  # when the reviewers are reminded
CONFIRM_WITHIN = timedelta(days=3)
OPEN_AFTER_ANSWER = timedelta(days=30)  # then the request closes by itself
WISH_LIMIT = 1000  # characters
VALUE_LIMIT = 500  # characters: a report's words
REASON_LIMIT = 500  # characters


def due_on(ask: Ask, received_on: date) -> date:
    """Return the last day on which a request can be decided in time.

    The day of receipt does not count (民法 §120): one received on the 1st is due on the 16th, that day included. A due
    day that is no working day would move to the next one (民法 §122); here it does not, since who decides earlier is
    always right.
    """
    return received_on + timedelta(days=DAYS_TO_DECIDE[ask])


def extended_due_on(ask: Ask, due: date) -> date:
    """Return the last day after the one extension that the law allows."""
    return due + timedelta(days=DAYS_TO_DECIDE[ask])


def is_overdue(state: State, due: date, day: date) -> bool:
    """Whether a request should have been decided; on its due day it is still in time."""
    return state in WAITING and day > due


NUMBER_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is mistaken for another on the phone
NUMBER_LENGTH = 8


def new_number() -> str:
    """Return a request's number: 39 random bits that can be read out, such as ``K7QF-29TM``."""
    letters = "".join(secrets.choice(NUMBER_LETTERS) for _ in range(NUMBER_LENGTH))
    return f"{letters[:4]}-{letters[4:]}"


class RequestUnknown(NotFound):
    """No such request, or not for this viewer."""

    def __init__(self) -> None:
        super().__init__(
            "There is no such request.", remedy="The link may be cut short, or the request was closed long ago."
        )


class AskedAlready(Conflict):
    """The same is being asked for already."""

    def __init__(self, number: str) -> None:
        super().__init__(
            "You have asked for this already: request {number} is not decided yet.",
            remedy="Its answer comes by its due day.",
            number=number,
        )


class NotOpen(Conflict):
    """A request that was decided, or was not confirmed yet, cannot be decided."""

    def __init__(self) -> None:
        super().__init__("This request is not open.", remedy="Look at its history: somebody else may have decided it.")


class CannotExtend(Conflict):
    """A request is extended once, before its due day has passed."""

    def __init__(self) -> None:
        super().__init__(
            "A request can be extended once, and only until its due day.",
            remedy="Decide it now; the law leaves no choice.",
        )


class OwnRequest(NotAllowed):
    """Nobody decides on a request of their own."""

    def __init__(self) -> None:
        super().__init__("This request is your own.", remedy="Somebody else who reviews requests decides it.")


class ReasonMissing(InvalidInput):
    """An extension is told to its asker with a reason (個資法 §13)."""

    def __init__(self) -> None:
        super().__init__(
            "Give a reason: the asker gets it in writing.",
            remedy="Between 1 and {limit} characters.",
            field="reason",
            limit=REASON_LIMIT,
        )


class WrongRefusal(InvalidInput):
    """The law knows no such reason for refusing what is asked."""

    def __init__(self) -> None:
        super().__init__("Choose one of the reasons that the law knows.", field="why")


class NothingToCorrect(InvalidInput):
    """A correction without what would be right."""

    def __init__(self) -> None:
        super().__init__(
            "Write what would be right.", remedy="At most {limit} characters.", field="value", limit=VALUE_LIMIT
        )


class WishTooLong(InvalidInput):
    """More words than a request takes."""

    def __init__(self) -> None:
        super().__init__("The words are too long. {limit} characters fit.", field="wish", limit=WISH_LIMIT)


class ByDuty(NotAllowed):
    """An official's data stands on duty and not on consent, so there is none to withdraw."""

    def __init__(self) -> None:
        super().__init__(
            "Your data is processed for an office that you hold, not by consent.",
            remedy="When you leave the post, your account is closed by who gave you the role.",
        )


# --- Breaches ---------------------------------------------------------------------------------------------------------


class DataKind(StrEnum):
    """Kinds of personal data that can come to harm here."""

    NAME = "name"
    EMAIL = "email"
    PASSWORD = "password"  # noqa: S105 - the kind, hashed as they are
    ROLE = "role"
    REPORT_PLACE = "report_place"
    REPORT_WORDS = "report_words"
    PATROL_TIME = "patrol_time"
    REQUEST = "request"
    OTHER = "other"


DATA_KIND_NAMES = {
    DataKind.NAME: mark("Names"),
    DataKind.EMAIL: mark("E-mail addresses"),
    DataKind.PASSWORD: mark("Passwords (kept as hashes)"),
    DataKind.ROLE: mark("Roles and places of members"),
    DataKind.REPORT_PLACE: mark("Exact places of reports"),
    DataKind.REPORT_WORDS: mark("Words of reports"),
    DataKind.PATROL_TIME: mark("Patrol times and check-ins"),
    DataKind.REQUEST: mark("Requests about personal data"),
    DataKind.OTHER: mark("Something else"),
}


class BreachState(StrEnum):
    """Where a breach stands."""

    OPEN = "open"  # being looked into
    STOPPED = "stopped"  # it no longer goes on
    CLOSED = "closed"  # whoever had to be told was told


BREACH_STATE_NAMES = {
    BreachState.OPEN: mark("Being looked into"),
    BreachState.STOPPED: mark("Stopped"),
    BreachState.CLOSED: mark("Closed"),
}


class Told(StrEnum):
    """Who was told of a breach."""

    AFFECTED = "affected"
    AUTHORITY = "authority"
    POLICE = "police"
    PUBLIC = "public"  # where telling each would cost too much (細則 §22)


TOLD_NAMES = {
    Told.AFFECTED: mark("The people affected"),
    Told.AUTHORITY: mark("The competent authority"),
    Told.POLICE: mark("The police"),
    Told.PUBLIC: mark("Everybody, by public notice"),
}


class Way(StrEnum):
    """How somebody was told (細則 §22)."""

    LETTER = "letter"
    PHONE = "phone"
    IN_PERSON = "in_person"
    OFFICIAL = "official"
    WEBSITE = "website"


WAY_NAMES = {
    Way.LETTER: mark("E-mail"),
    Way.PHONE: mark("By phone"),
    Way.IN_PERSON: mark("In person"),
    Way.OFFICIAL: mark("Official letter"),
    Way.WEBSITE: mark("On this website or in the news"),
}
TEXT_LIMIT = 4000  # characters
LETTERS_LIMIT = 2000  # at once: a request's time, and a village's people


class BreachUnknown(NotFound):
    """No such entry, or not for this viewer."""

    def __init__(self) -> None:
        super().__init__("There is no such entry.", remedy="It may have been entered for another county.")


class NotTheirCounty(NotAllowed):
    """Who enters a breach enters it for where they have the right."""

    def __init__(self) -> None:
        super().__init__("You may enter this for your own county only.", remedy="An administrator enters it for all.")


class NobodyTold(Conflict):
    """A breach is closed once the people affected, or the public, were told (個資法 §12)."""

    def __init__(self) -> None:
        super().__init__(
            "Nobody affected has been told yet.",
            remedy="Write to them, or note how they were told; then close the entry.",
        )


class NoAddresses(InvalidInput):
    """A letter to nobody, or to more people than one sending takes."""

    def __init__(self) -> None:
        super().__init__("Give 1 to {limit} addresses, one a line.", field="addresses", limit=LETTERS_LIMIT)

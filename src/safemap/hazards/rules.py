"""Reports of unsafe spots: severities, states, who sees them, and what is refused."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from safemap.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotYetPossible
from safemap.hazards.categories import CATEGORY_BY_CODE
from safemap.i18n import mark


class HazardState(StrEnum):
    """What the public and every count go by: it follows from the stage of a report's life (`life.Stage`)."""

    OPEN = "open"
    FIXED = "fixed"
    CLOSED = "closed"  # no action; the reason is in its updates


class Visibility(StrEnum):
    """Whether a report is seen by others than its reporter and those who work on it."""

    HELD = "held"  # until somebody has looked
    SHOWN = "shown"
    HIDDEN = "hidden"


class TextState(StrEnum):
    """Whether somebody looked at a report's words: until then only its reporter and moderators read them."""

    HELD = "held"
    SHOWN = "shown"
    HIDDEN = "hidden"


class Position(StrEnum):
    """How exactly a viewer is told where a report is."""

    EXACT = "exact"
    STREET = "street"  # moved to the middle of its street


class NoticedAt(StrEnum):
    """When the danger is there."""

    ANY_TIME = "any"
    DAY = "day"
    NIGHT = "night"


class Severity(StrEnum):
    """How bad it is, in plain words."""

    UNEASY = "1"
    RISKY = "2"
    DANGEROUS = "3"


SEVERITY_NAMES = {
    Severity.UNEASY: mark("I feel uneasy here"),
    Severity.RISKY: mark("Somebody could be hurt"),
    Severity.DANGEROUS: mark("Somebody was hurt, or nearly"),
}
STATE_NAMES = {
    HazardState.OPEN: mark("Open"),
    HazardState.FIXED: mark("Fixed"),
    HazardState.CLOSED: mark("Closed without action"),
}
TEXT_STATE_NAMES = {
    TextState.HELD: mark("Waits until somebody has read it"),
    TextState.SHOWN: mark("Shown"),
    TextState.HIDDEN: mark("Hidden by a moderator"),
}
VISIBILITY_NAMES = {
    Visibility.HELD: mark("Waits until somebody has looked at it"),
    Visibility.SHOWN: mark("On the map"),
    Visibility.HIDDEN: mark("Hidden from the map"),
}
NOTICED_NAMES = {
    NoticedAt.ANY_TIME: mark("At any time"),
    NoticedAt.DAY: mark("By day"),
    NoticedAt.NIGHT: mark("At night"),
}

STREET_ACCURACY_M = 50.0
"""The radius told for a report that was moved to its street: always the same, or it would tell how far it was moved."""

ON_BORDER_DEG = 1e-9
"""A tenth of a millimetre: the middle of a street along a village's border may be computed that far outside."""

TAIWAN = ZoneInfo("Asia/Taipei")


def day_of(moment: datetime, reported_at: datetime) -> datetime:
    """Return the beginning of the day of what became of a report, not before it was made.

    The hour of a step would tell when somebody walks there.
    """
    return max(reported_at, moment.astimezone(TAIWAN).replace(hour=0, minute=0, second=0, microsecond=0))


FOLLOW_UP_PATH = "/r/"
"""What a reporter's own link begins with, on this site; its token follows."""

SUPPORT_PATH = "/m/"
"""What the link of somebody who says so too begins with, on this site; its token follows."""

DESCRIPTION_LIMIT = 500  # characters: what fits on a phone screen and in a printed row


class HazardNotFound(NotFound):
    """No report has that number."""

    def __init__(self, public_id: str) -> None:
        super().__init__("There is no report “{public_id}”.", remedy="The link may be cut short.", public_id=public_id)


@dataclass(frozen=True)
class Sent:
    """A report under the key that its sender gave it.

    Parameters
    ----------
    key_hash, body_hash
        By which the same report is known when it is sent once more.
    follow_up
        The token of the reporter's own link: for one key and one content always the same.
    """

    key_hash: bytes
    body_hash: bytes
    follow_up: str


class WrongSentKey(InvalidInput):
    """A key by which a report is to be known, and that is none."""

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key cannot be taken.",
            remedy="Give 8 to 64 letters, digits, hyphens or underlines: a random UUID for each report.",
            field="Idempotency-Key",
        )


class SentWithOtherContent(Conflict):
    """Another report was sent with the same key."""

    def __init__(self) -> None:
        super().__init__(
            "Another report was sent with this Idempotency-Key.",
            remedy="Send this one with a new key. If it is the same report, send it unchanged.",
        )


class FollowUpUnknown(NotFound):
    """A reporter's own link is not known (any more)."""

    def __init__(self) -> None:
        super().__init__(
            "This link belongs to no report.", remedy="The report may have been withdrawn, or the link is cut short."
        )


class BelongsElsewhere(InvalidInput):
    """A report speaks of what no map may hold; it says who helps. Nothing of it is stored or logged."""

    def __init__(self, help_line: str) -> None:
        super().__init__(
            "Please tell this to those who can help at once, and not to a map.", remedy=help_line, field="description"
        )


class InAnotherVillage(InvalidInput):
    """Reports of two villages are two reports: each village answers for its own."""

    def __init__(self, village: str, other: str) -> None:
        super().__init__(
            "One report is of {village}, the other of {other}.",
            remedy="Only reports of one village can be told together. Choose a report of {village}.",
            field="into",
            village=village,
            other=other,
        )


class AlreadyTogether(Conflict):
    """The two are told together already, or one of them is with another one."""

    def __init__(self) -> None:
        super().__init__(
            "This report is already told together with another one.",
            remedy="Take the two apart first, if that was a mistake.",
        )


class SameReport(InvalidInput):
    """A report cannot be told together with itself."""

    def __init__(self) -> None:
        super().__init__(
            "This is the report itself, or one that is told together with it.",
            remedy="Choose another report.",
            field="into",
        )


class NotTogether(Conflict):
    """The report stands by itself."""

    def __init__(self) -> None:
        super().__init__("This report stands by itself.", remedy="Somebody may have taken the two apart meanwhile.")


class CannotLead(Conflict):
    """The other report is closed, or is seen by fewer people."""

    def __init__(self) -> None:
        super().__init__(
            "The other report is closed or not on the map, and this one would leave the map with it.",
            remedy="Put the other one on the map first, or choose the other way round.",
        )


class CannotFollow(Conflict):
    """The report is settled: it is not told together with another one any more."""

    def __init__(self) -> None:
        super().__init__("This report is fixed or closed.", remedy="Open it again first.")


class NothingToSupport(Conflict):
    """A report that nobody works on any more needs nobody else."""

    def __init__(self) -> None:
        super().__init__(
            "This report is fixed or closed by now.",
            remedy="If it is there again, mark it as a new spot: it takes a minute.",
        )


class SupportUnknown(NotFound):
    """The link of somebody who said so too is not known (any more)."""

    def __init__(self) -> None:
        super().__init__(
            "Nothing is kept under this link.", remedy="It may have been taken back, or the link is cut short."
        )


class UnknownCategory(InvalidInput):
    """No category has that code."""

    def __init__(self, code: str) -> None:
        super().__init__(
            "There is no category “{code}”.",
            remedy="Choose one of: {known}.",
            field="category",
            code=code,
            known=", ".join(CATEGORY_BY_CODE),
        )


class StepNotPossible(Conflict):
    """A report does not go from where it stands to there."""

    def __init__(self, stage: str, to: str, possible: Iterable[str]) -> None:
        super().__init__(
            "A report that stands at “{stage}” cannot go to “{to}”.",
            remedy="From there it can go to: {possible}.",
            stage=stage,
            to=to,
            possible=", ".join(possible) or "—",
        )


class StepNotYours(NotAllowed):
    """Somebody else has to say so of a report."""

    def __init__(self, to: str, actors: Iterable[str]) -> None:
        super().__init__(
            "It is not for you to say “{to}” of this report.",
            remedy="This can be said by: {actors}.",
            to=to,
            actors=", ".join(actors),
        )


class StepOvertaken(Conflict):
    """A report stands elsewhere than its changer saw it stand."""

    def __init__(self, stage: str) -> None:
        super().__init__(
            "Somebody changed this report while you were looking at it.",
            remedy="Open the report again to see how it stands, then decide.",
            stage=stage,
        )


class StepNeedsReason(InvalidInput):
    """Closing a report without action, and opening it again, is told with why."""

    def __init__(self, reason: str, known: Iterable[str]) -> None:
        super().__init__(
            "Please say why; “{reason}” is none of the reasons.",
            remedy="Choose one of: {known}.",
            field="reason",
            reason=reason,
            known=", ".join(known),
        )


class StepNeedsBody(InvalidInput):
    """Handing a report on is told with to whom."""

    def __init__(self, body: str, known: Iterable[str]) -> None:
        super().__init__(
            "Please say to whom; “{body}” is none of the offices.",
            remedy="Choose one of: {known}.",
            field="body",
            body=body,
            known=", ".join(known),
        )


class StepNeedsTarget(NotYetPossible):
    """Two reports are told together where both are seen."""

    def __init__(self) -> None:
        super().__init__(
            "To tell a report together with another one, the other one has to be named.",
            remedy="Look for reports of the same thing nearby first.",
        )

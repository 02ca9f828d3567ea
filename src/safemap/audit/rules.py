"""What a trail's rows say, the canonical form that is hashed, and what can be wrong with a trail."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from safemap.errors import Conflict, InvalidInput
from safemap.i18n import mark

NOTHING_BEFORE = "0" * 64
"""What stands for the hash before the first row."""

Detail = str | int | bool | None


class Chain(StrEnum):
    """The two trails, by their tables' names."""

    DEEDS = "audit_entry"
    ACCESSES = "access_entry"


class DetailRefusedError(TypeError):
    """A mistake in safemap: a trail's details are words, whole numbers and truths; coordinates never are."""


@dataclass(frozen=True)
class Deed:
    """What was done, for the trail.

    Parameters
    ----------
    verb, kind, record
        ``"close"``, ``"hazard"``, the record's public id.
    actor
        The person's number; None: nobody who signed in, or safemap itself. Never a name.
    actor_roles
        The roles in which it was done.
    details
        Few and short: a state before and after, a count. Never personal data, never a coordinate: the row stays for
        ever, and whoever checks the trail reads it.
    """

    verb: str
    kind: str
    record: str = ""
    actor: int | None = None
    actor_roles: tuple[str, ...] = ()
    village_id: int | None = None
    purpose: str = ""
    details: Mapping[str, Detail] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, value in self.details.items():
            if not isinstance(value, str | int | None):
                raise DetailRefusedError(f"{name}: {type(value).__name__}")


@dataclass(frozen=True)
class Access:
    """Which personal records of one kind somebody saw at once, and what for."""

    kind: str
    records: tuple[str, ...]
    purpose: str
    actor: int | None = None
    actor_roles: tuple[str, ...] = ()
    village_id: int | None = None


@dataclass(frozen=True)
class Within:
    """What a reader may see of a trail: rows of some villages, and rows that some people did or that are about them."""

    village_ids: tuple[int, ...]
    actors: tuple[int, ...]
    records: tuple[str, ...]


@dataclass(frozen=True)
class Wanted:
    """Which rows of a trail somebody looks for; what is left out does not narrow.

    Parameters
    ----------
    actor, record
        A person's number and public id: rows by them or about them.
    since, until
        From a moment on, and before another.
    within
        None: all rows.
    """

    kind: str = ""
    verb: str = ""
    actor: int | None = None
    record: str = ""
    since: datetime | None = None
    until: datetime | None = None
    within: Within | None = None


@dataclass(frozen=True)
class Head:
    """The number and hash of a trail's last row: what to write down elsewhere."""

    entries: int
    hash: str

    def __str__(self) -> str:
        return f"{self.entries}:{self.hash}"


class NotAHead(InvalidInput):
    """A text is no head of a trail."""

    def __init__(self, text: str) -> None:
        super().__init__(
            "“{text}” is no head of a trail.",
            remedy="`safemap audit head` prints it: a number, a colon, 64 digits and letters.",
            field="against",
            text=text,
        )


def parse_head(text: str) -> Head:
    """Read a head as `Head` prints it."""
    entries, _, digest = text.strip().partition(":")
    if not (entries.isascii() and entries.isdigit() and len(digest) == 64 and set(digest) <= set("0123456789abcdef")):
        raise NotAHead(text)
    return Head(int(entries), digest)


# --- The canonical form -----------------------------------------------------------------------------------------------
# The row's fields in a fixed order, each as a netstring: its length in bytes of UTF-8, a colon, the bytes, a comma;
# NULL is "~,". The first field names the trail and the form's version, so a deed never reads as an access. Moments are
# UTC with six digits; details are PostgreSQL's text of the jsonb; records are netstrings inside a netstring.
# The database's triggers build the same bytes; this second telling lets a trail be checked without trusting them.


def netstring(value: str | None) -> bytes:
    """Return a field so that no two lists of fields read the same."""
    if value is None:
        return b"~,"
    content = value.encode()
    return b"%d:%b," % (len(content), content)


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)


@dataclass(frozen=True)
class DeedRow:
    """A row of the trail of deeds, as it is stored."""

    id: int
    at: str  # 2026-11-24T06:23:36.120000Z
    actor: int | None
    actor_roles: str
    verb: str
    kind: str
    record: str
    village_id: int | None
    purpose: str
    details: str  # PostgreSQL's text of the jsonb
    previous_hash: str
    hash: str

    def form(self) -> bytes:
        """Return the bytes that are hashed."""
        return b"".join(
            netstring(value)
            for value in (
                *("safemap-audit-1", str(self.id), self.at, _number(self.actor), self.actor_roles, self.verb),
                *(self.kind, self.record, _number(self.village_id), self.purpose, self.details, self.previous_hash),
            )
        )


@dataclass(frozen=True)
class AccessRow:
    """A row of the trail of accesses, as it is stored."""

    id: int
    at: str  # 2026-11-24T06:23:36.120000Z
    actor: int | None
    actor_roles: str
    kind: str
    records: tuple[str, ...]
    village_id: int | None
    purpose: str
    previous_hash: str
    hash: str

    def form(self) -> bytes:
        """Return the bytes that are hashed."""
        records = b"".join(netstring(record) for record in self.records).decode()
        return b"".join(
            netstring(value)
            for value in (
                *("safemap-access-1", str(self.id), self.at, _number(self.actor), self.actor_roles, self.kind),
                *(records, _number(self.village_id), self.purpose, self.previous_hash),
            )
        )


TrailRow = DeedRow | AccessRow


def hash_of(row: TrailRow) -> str:
    """Return the hash that a row must bear."""
    return hashlib.sha256(row.form()).hexdigest()


# --- What can be wrong ------------------------------------------------------------------------------------------------


class Fault(StrEnum):
    """What is wrong with a trail at its first broken row."""

    CHANGED = "changed"
    MISSING = "missing"
    UNLINKED = "unlinked"
    CUT_OFF = "cut off"
    NOT_COUNTED = "not counted"
    HEAD_LOST = "head lost"
    REWRITTEN = "rewritten"


FAULT_SENTENCES = {
    Fault.CHANGED: mark("Row {row} of {chain} is not what was written: its hash does not agree."),
    Fault.MISSING: mark("Row {row} of {chain} is missing; later rows are there."),
    Fault.UNLINKED: mark("Row {row} of {chain} does not follow the row before it: one of the two was replaced."),
    Fault.CUT_OFF: mark("Row {row} of {chain} and all after it were cut off."),
    Fault.NOT_COUNTED: mark("Row {row} of {chain} is the trail's last, but the trail's head names another."),
    Fault.HEAD_LOST: mark("The head of {chain} is gone."),
    Fault.REWRITTEN: mark("Row {row} of {chain} has another hash than was written down: the trail was made anew."),
}


@dataclass(frozen=True)
class Broken:
    """The first row at which a trail is broken."""

    row: int
    fault: Fault


@dataclass(frozen=True)
class Verified:
    """What checking a trail found: how many rows follow each other from the first on, and the head they lead to."""

    chain: Chain
    head: Head
    broken: Broken | None


@dataclass(frozen=True)
class Checked:
    """When both trails were checked last, and what was wrong with which of them; no fault: they were whole."""

    at: datetime
    fault: Fault | None
    chain: str
    row: int


class TrailBroken(Conflict):
    """A trail is not what was written."""

    def __init__(self, found: Verified) -> None:
        assert found.broken is not None
        super().__init__(
            FAULT_SENTENCES[found.broken.fault],
            remedy="Keep this database as it is, and compare it with a backup.",
            chain=found.chain.value,
            row=found.broken.row,
        )

"""The breach register: data that came to harm, what was done, who was told (個資法 §12, 細則 §22)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from safemap.i18n import mark, translations
from safemap.identity.finding import addresses_in
from safemap.identity.permissions import require, villages_seen
from safemap.identity.rules import Kind, Verb, Viewer
from safemap.identity.schemas import plain_email
from safemap.identity.trail import note
from safemap.notifications.rules import Letter
from safemap.notifications.service import send
from safemap.privacy import repository
from safemap.privacy.rules import (
    DATA_KIND_NAMES,
    LETTERS_LIMIT,
    TEXT_LIMIT,
    BreachState,
    BreachUnknown,
    DataKind,
    NoAddresses,
    NobodyTold,
    NotTheirCounty,
    Told,
    Way,
    new_number,
)
from safemap.privacy.schemas import BreachSeen, NewBreach, NewTelling, TellingSeen
from safemap.privacy.tables import Breach, BreachTelling

PURPOSE = "breach"  # of letters, for the outbox

# What a letter to people affected has to say by 細則 §22: what happened, and what was done about it.
LETTER_SUBJECT = mark("Your data may have come to harm")
LETTER_TEXT = mark(
    "We have to tell you that personal data of yours may have come to harm.\n\n"
    "What happened:\n{what}\n\nWhich data:\n{kinds}\n\nWhat we have done:\n{measures}\n\n"
    "What you can do: change your password if you use the same one elsewhere, and be wary of letters and calls that "
    "ask for money or passwords. You can ask what is kept about you at {site}/privacy/request.\n\n"
    "Questions: {contact}"
)


def breaches(session: Session, viewer: Viewer) -> list[BreachSeen]:
    """Return the entries that a viewer may see, the newest first.

    Raises
    ------
    MayNot
        The viewer sees the register nowhere.
    """
    require(viewer, Verb.SEE_EXACT, Kind.BREACH)
    rows = repository.breaches(session, viewer)
    tellings = _tellings(session, [row.id for row in rows])
    return [_seen(row, tellings.get(row.id, [])) for row in rows]


def breach(session: Session, viewer: Viewer, number: str) -> BreachSeen:
    """Return one entry.

    Raises
    ------
    BreachUnknown
        There is none, or not for this viewer.
    """
    row = _found(session, viewer, Verb.SEE_EXACT, number)
    return _seen(row, _tellings(session, [row.id]).get(row.id, []))


def counties(session: Session, viewer: Viewer) -> tuple[list[str], bool]:
    """Return the counties for which a viewer may enter breaches, and whether for the whole system as well."""
    everywhere = villages_seen(viewer, Verb.ADMINISTER, Kind.BREACH) is None
    return repository.counties_for(session, viewer, Verb.ADMINISTER), everywhere


def enter(session: Session, viewer: Viewer, new: NewBreach) -> str:
    """Put an entry into the register; returns its number.

    Raises
    ------
    MayNot
        The viewer keeps no register anywhere.
    NotTheirCounty
        Not for that county.
    """
    _require_county(session, viewer, new.county)
    row = Breach(number=new_number(), entered_by=viewer.person_id, **_values(new))
    session.add(row)
    session.flush()
    _note(session, viewer, "enter", row)
    return row.number


def change(session: Session, viewer: Viewer, number: str, new: NewBreach) -> None:
    """Put what is known by now in the place of what was entered.

    Raises
    ------
    BreachUnknown, MayNot
        There is no such entry for this viewer.
    NotTheirCounty
        Not for that county.
    """
    row = _found(session, viewer, Verb.ADMINISTER, number)
    _require_county(session, viewer, new.county)
    for name, value in _values(new).items():
        setattr(row, name, value)
    session.flush()
    _note(session, viewer, "change", row)


def stop(session: Session, viewer: Viewer, number: str, now: datetime) -> None:
    """Note that a breach no longer goes on.

    Raises
    ------
    BreachUnknown, MayNot
        There is no such entry for this viewer.
    """
    row = _found(session, viewer, Verb.ADMINISTER, number)
    row.state, row.stopped_at, row.closed_at = BreachState.STOPPED.value, row.stopped_at or now, None
    session.flush()
    _note(session, viewer, "stop", row)


def close(session: Session, viewer: Viewer, number: str, now: datetime) -> None:
    """Close an entry.

    Raises
    ------
    BreachUnknown, MayNot
        There is no such entry for this viewer.
    NobodyTold
        The people affected have not been told.
    """
    row = _found(session, viewer, Verb.ADMINISTER, number)
    if not _seen(row, _tellings(session, [row.id]).get(row.id, [])).is_told:
        raise NobodyTold
    row.state, row.stopped_at, row.closed_at = BreachState.CLOSED.value, row.stopped_at or now, now
    session.flush()
    _note(session, viewer, "close", row)


def note_telling(session: Session, viewer: Viewer, number: str, new: NewTelling) -> None:
    """Note that somebody was told, in whatever way.

    Raises
    ------
    BreachUnknown, MayNot
        There is no such entry for this viewer.
    """
    row = _found(session, viewer, Verb.ADMINISTER, number)
    session.add(
        BreachTelling(
            breach_id=row.id,
            told=new.told.value,
            way=new.way.value,
            at=new.at,
            people_count=new.people_count,
            words=new.words,
        )
    )
    session.flush()
    _note(session, viewer, "tell", row, told=new.told.value, way=new.way.value, people=new.people_count)


# --- Letters to the people affected -----------------------------------------------------------------------------------


def proposed_letter(seen: BreachSeen, language: str, site_url: str, contact: str) -> tuple[str, str]:
    """Return subject and text that say what the law wants said, to be changed by who sends it."""
    say = translations(language).gettext
    comma = "、" if language != "en" else ", "
    kinds = comma.join(say(DATA_KIND_NAMES[kind]) for kind in seen.data_kinds)
    text = say(LETTER_TEXT).format(
        what=seen.what, kinds=kinds, measures=seen.measures or "—", site=site_url, contact=contact or "—"
    )
    return say(LETTER_SUBJECT), text


def members_of(session: Session, viewer: Viewer, number: str) -> dict[str, str]:
    """Return addresses and languages of the members of a breach's county, or of all.

    Raises
    ------
    BreachUnknown, MayNot
        There is no such entry for this viewer.
    """
    row = _found(session, viewer, Verb.SEE_EXACT, number)
    return addresses_in(session, viewer, Verb.ADMINISTER, Kind.BREACH, row.county)


def addresses_from(text: str) -> tuple[list[str], list[str]]:
    """Read addresses, one a line or with commas; returns them without repeats, and what is none."""
    found: dict[str, None] = {}
    wrong: list[str] = []
    for piece in text.replace(",", "\n").replace(";", "\n").replace("，", "\n").splitlines():
        if piece.strip():
            try:
                found[plain_email(piece)] = None
            except ValueError:
                wrong.append(piece.strip())
    return list(found), wrong


def write_to_affected(
    session: Session,
    viewer: Viewer,
    number: str,
    addresses: Mapping[str, str] | Sequence[str],
    subject: str,
    text: str,
    now: datetime,
) -> int:
    """Put a letter to each address into the outbox, and note in the register how many and in which words.

    The register and the trail keep the number of letters and no address.

    Raises
    ------
    BreachUnknown, MayNot
        There is no such entry for this viewer.
    NoAddresses
        None, or too many at once.
    """
    row = _found(session, viewer, Verb.ADMINISTER, number)
    if not 1 <= len(addresses) <= LETTERS_LIMIT:
        raise NoAddresses
    for address in addresses:
        language = addresses[address] if isinstance(addresses, Mapping) else "zh-Hant"
        send(session, Letter(address, PURPOSE, language, subject, text, is_repeatable=True))  # the law wants it told
    telling = NewTelling(
        told=Told.AFFECTED,
        way=Way.LETTER,
        at=now,
        people_count=len(addresses),
        words=f"{subject}\n\n{text}"[:TEXT_LIMIT],
    )
    note_telling(session, viewer, row.number, telling)
    return len(addresses)


# --- Parts of the above -----------------------------------------------------------------------------------------------


def _found(session: Session, viewer: Viewer, verb: Verb, number: str) -> Breach:
    require(viewer, verb, Kind.BREACH)
    row = repository.breach(session, viewer, verb, number)
    if row is None:
        raise BreachUnknown
    return row


def _require_county(session: Session, viewer: Viewer, county: str | None) -> None:
    require(viewer, Verb.ADMINISTER, Kind.BREACH)
    known, everywhere = counties(session, viewer)
    if county not in known and not (county is None and everywhere):
        raise NotTheirCounty


def _values(new: NewBreach) -> dict[str, object]:
    return {
        **new.model_dump(exclude={"data_kinds"}),
        "data_kinds": [kind.value for kind in DataKind if kind in new.data_kinds],
    }


def _note(session: Session, viewer: Viewer, verb: str, row: Breach, **details: Any) -> None:
    note(session, verb, "breach", row.number, by=viewer, **details)


def _tellings(session: Session, breach_ids: Sequence[int]) -> dict[int, list[TellingSeen]]:
    found: dict[int, list[TellingSeen]] = {}
    for row in repository.tellings_of(session, breach_ids):
        seen = TellingSeen(Told(row.told), Way(row.way), row.at, row.people_count, row.words)
        found.setdefault(row.breach_id, []).append(seen)
    return found


def _seen(row: Breach, tellings: Sequence[TellingSeen]) -> BreachSeen:
    return BreachSeen(
        number=row.number,
        county=row.county,
        state=BreachState(row.state),
        found_at=row.found_at,
        what=row.what,
        data_kinds=tuple(DataKind(kind) for kind in row.data_kinds),
        people_count=row.people_count,
        is_estimate=row.is_estimate,
        measures=row.measures,
        entered_at=row.entered_at,
        stopped_at=row.stopped_at,
        closed_at=row.closed_at,
        tellings=tuple(tellings),
    )

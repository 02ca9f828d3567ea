"""Finding people for other domains: who may decide something, whose number stands in a trail, who lives in a scope."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from safemap.identity import repository
from safemap.identity.permissions import permissions, require, villages_seen
from safemap.identity.rules import Kind, Role, ScopeKind, Verb, Viewer


@dataclass(frozen=True)
class Officer:
    """Somebody who may do something, and the role by which they may."""

    person_id: int
    email: str
    language: str
    role: Role


@dataclass(frozen=True)
class Known:
    """A person whose number or public id stood somewhere.

    Parameters
    ----------
    name
        Empty: erased, or not for this viewer.
    """

    person_id: int
    public_id: str
    name: str
    is_erased: bool


def who_may(
    session: Session, verb: Verb, kind: Kind, village_ids: Iterable[int], day: date, *, everywhere: bool = False
) -> list[Officer]:
    """Return the people whose one role lets them do something in all of some villages on a day.

    Parameters
    ----------
    everywhere
        Only who reaches everywhere; so it is without villages too.
    """
    wanted = frozenset(village_ids)
    roles = sorted(role.value for role in permissions().get((kind, verb), frozenset()))
    found: dict[int, Officer] = {}
    for person, role, scope, reached in repository.holders_in_force(session, roles, day):
        is_everywhere = scope == ScopeKind.COUNTRY.value
        if is_everywhere or (wanted and not everywhere and wanted <= {id_ for id_ in reached if id_ is not None}):
            found.setdefault(person.id, Officer(person.id, person.email, person.language, Role(role)))
    return list(found.values())


def known_people(
    session: Session, viewer: Viewer, person_ids: Sequence[int] = (), public_ids: Sequence[str] = ()
) -> list[Known]:
    """Return people by their numbers or public ids, named as far as the viewer may see members."""
    if not (person_ids or public_ids):
        return []
    rows = repository.people_of_ids(session, person_ids, public_ids, None)
    named = {
        row.id
        for row in repository.people_of_ids(
            session, person_ids, public_ids, villages_seen(viewer, Verb.SEE_EXACT, Kind.PERSON)
        )
    }
    return [
        Known(row.id, row.public_id, row.name if row.id in named and not row.erased_at else "", bool(row.erased_at))
        for row in rows
    ]


def addresses_in(session: Session, viewer: Viewer, verb: Verb, kind: Kind, county: str | None) -> dict[str, str]:
    """Return addresses and languages of the open accounts with a role in a county (None: everywhere).

    Raises
    ------
    MayNot
        The viewer may do no such thing anywhere.
    """
    require(viewer, verb, kind)
    villages = villages_seen(viewer, verb, kind)
    if county is not None:
        own = repository.villages_of_scope(session, village_id=None, community_id=None, precinct_id=None, county=county)
        villages = own if villages is None else own & villages
    people = repository.people(session, villages)
    return {person.email: person.language for person in people if person.disabled_at is None}


def numbers_in(session: Session, villages: frozenset[int]) -> tuple[list[int], list[str]]:
    """Return numbers and public ids of the people who have or had a role in some villages."""
    people = repository.people(session, villages)
    return [person.id for person in people], [person.public_id for person in people]

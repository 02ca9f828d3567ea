"""What a list of members lets its viewer do: give roles where they may, end them, and take an end back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from safemap.identity import places, repository
from safemap.identity.permissions import may, villages_seen
from safemap.identity.rules import (
    MAY_GRANT,
    SCOPES_OF_ROLE,
    Grant,
    Kind,
    MayNotGrant,
    NobodyThere,
    Role,
    ScopeDoesNotFit,
    ScopeKind,
    Verb,
    Viewer,
)
from safemap.identity.schemas import PersonSeen, PlaceSeen
from safemap.identity.service import require_may_grant, scope_of
from safemap.identity.tables import Person, RoleGrant
from safemap.identity.trail import note, note_seen

UNDO_WITHIN = timedelta(hours=1)


@dataclass(frozen=True)
class Hold:
    """What a viewer may do with some people.

    Parameters
    ----------
    grant_ids
        Roles that they could have given, so may end and confirm; never their own.
    person_ids
        People whose accounts they may close and open.
    """

    grant_ids: frozenset[int]
    person_ids: frozenset[int]


def hold_of(session: Session, viewer: Viewer, people: Sequence[PersonSeen]) -> Hold:
    """Return what a viewer may do with some people and their roles."""
    others = [person.id for person in people if person.id != viewer.person_id]
    grants = repository.open_grants_of(session, others)
    given = frozenset(grant.id for grant in grants if _could_give(session, viewer, grant))
    closable: frozenset[int] = frozenset()
    if may(viewer, Verb.ADMINISTER, Kind.PERSON):
        is_everywhere = villages_seen(viewer, Verb.ADMINISTER, Kind.PERSON) is None
        holders = {grant.person_id for grant in grants}
        out_of_hand = {grant.person_id for grant in grants if grant.id not in given}
        closable = frozenset(id_ for id_ in others if id_ not in out_of_hand and (is_everywhere or id_ in holders))
    return Hold(given, closable)


def roles_to_give(viewer: Viewer) -> list[Role]:
    """Return the roles that a viewer may give somewhere, in the order of the programme."""
    if not viewer.is_let(Verb.ADD):
        return []
    granting = [MAY_GRANT.get(grant.role, frozenset()) for grant in viewer.grants if _reaches(grant)]
    given = frozenset[Role]().union(*granting)
    return [role for role in Role if role in given]


def places_to_give(
    session: Session, viewer: Viewer, role: Role, *, named: str = "", limit: int = 200
) -> tuple[list[PlaceSeen], bool]:
    """Return for where a viewer may give a role, wider scopes first, and whether there are more than the limit.

    Parameters
    ----------
    named
        Only places with this in their name; 台 and 臺 are the same.
    """
    if role not in roles_to_give(viewer):
        return [], False
    kinds = SCOPES_OF_ROLE[role]
    found: dict[PlaceSeen, None] = {}
    for grant in viewer.grants:
        if role in MAY_GRANT.get(grant.role, frozenset()):
            rows = places.within(session, grant.village_ids, kinds, named.strip().replace("台", "臺"), limit + 1)
            found.update(dict.fromkeys(rows))
    ordered = sorted(found, key=lambda place: -list(ScopeKind).index(place.scope.kind))
    return ordered[:limit], len(ordered) > limit


def resume_role(session: Session, viewer: Viewer, grant_id: int, now: datetime) -> None:
    """Take back that a role was ended; it is as if it had not been. Later than an hour it has to be given anew.

    Raises
    ------
    NobodyThere
        There is no such grant, or it was not ended within the hour.
    MayNotGrant
        The viewer could not have given it, or it is their own.
    """
    grant = session.get(RoleGrant, grant_id)
    if grant is None or grant.ended_at is None or now - grant.ended_at >= UNDO_WITHIN:
        raise NobodyThere
    if grant.person_id == viewer.person_id:
        raise MayNotGrant(Role(grant.role))
    require_may_grant(session, viewer, Role(grant.role), scope_of(grant))
    grant.ended_at = None
    person = session.get_one(Person, grant.person_id)
    details = {"role": grant.role, "scope": grant.scope}
    note(session, "resume", "role", person.public_id, by=viewer, village_id=grant.village_id, **details)


def saw_people(session: Session, viewer: Viewer, people: Iterable[PersonSeen], purpose: str) -> None:
    """Note that a viewer saw names and addresses of others."""
    note_seen(session, viewer, [person.public_id for person in people if person.id != viewer.person_id], purpose)


def _could_give(session: Session, viewer: Viewer, grant: RoleGrant) -> bool:
    try:
        require_may_grant(session, viewer, Role(grant.role), scope_of(grant))
    except (MayNotGrant, ScopeDoesNotFit):
        return False
    return True


def _reaches(grant: Grant) -> bool:
    return grant.village_ids is None or bool(grant.village_ids)

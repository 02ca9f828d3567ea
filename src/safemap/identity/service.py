"""Use cases of people and their roles: who a person is now, giving and ending roles, narrowing queries."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from safemap.identity import repository
from safemap.identity.permissions import require, villages_seen
from safemap.identity.rules import (
    MAY_GRANT,
    NEEDS_SECOND_FACTOR,
    SCOPES_OF_ROLE,
    AlreadyKnown,
    Grant,
    Kind,
    MayNot,
    MayNotGrant,
    NobodyThere,
    Role,
    ScopeDoesNotFit,
    ScopeKind,
    Verb,
    Viewer,
)
from safemap.identity.schemas import GrantSeen, NewPerson, PersonSeen, Scope, plain_email
from safemap.identity.tables import Invitation, Person, RoleGrant
from safemap.identity.trail import note

PUBLIC_ID_BYTES = 9  # 72 random bits


def viewer_of(session: Session, person_id: int, day: date, *, passed_second_factor: bool) -> Viewer | None:
    """Return a person with the roles in force on a day; None when there is no such person, or they are disabled.

    Roles that need a second factor are left out until it was passed.
    """
    person = session.get(Person, person_id)
    if person is None or person.disabled_at is not None:
        return None
    grants = grants_on(session, person_id, day)
    if not passed_second_factor:
        grants = tuple(grant for grant in grants if grant.role not in NEEDS_SECOND_FACTOR)
    return Viewer(person_id=person.id, name=person.name, grants=grants)


def grants_on(session: Session, person_id: int, day: date) -> tuple[Grant, ...]:
    """Return all roles of a person in force on a day, those too that need a second factor."""
    return tuple(
        Grant(
            Role(role),
            None if scope == ScopeKind.COUNTRY.value else frozenset(id_ for id_ in village_ids if id_ is not None),
        )
        for role, scope, village_ids in repository.grants_in_force(session, person_id, day)
    )


def narrowed(
    viewer: Viewer, verb: Verb, kind: Kind, village_id: InstrumentedAttribute[int] | ColumnElement[int]
) -> ColumnElement[bool]:
    """Return the condition that narrows a query to the records that a viewer may do something with.

    Every query for records of people or places starts from this one function.
    """
    seen = villages_seen(viewer, verb, kind)
    return true() if seen is None else village_id.in_(sorted(seen))


def add_person(session: Session, new: NewPerson, viewer: Viewer | None = None) -> PersonSeen:
    """Make an account without a password; its owner sets one by a link.

    Raises
    ------
    AlreadyKnown
        The address has an account.
    """
    if repository.person_by_email(session, new.email):
        raise AlreadyKnown
    person = Person(
        public_id=secrets.token_urlsafe(PUBLIC_ID_BYTES), email=new.email, name=new.name, language=new.language
    )
    session.add(person)
    session.flush()
    note(session, "add", "person", person.public_id, by=viewer)
    return person_seen(session, person.public_id)


def person_seen(session: Session, public_id: str) -> PersonSeen:
    """Return one person with all their roles, past ones too.

    Raises
    ------
    NobodyThere
        Nobody has that id.
    """
    person = repository.person_by_public_id(session, public_id)
    if person is None:
        raise NobodyThere
    return _seen(session, [person])[0]


def person_id_by_email(session: Session, email: str) -> int | None:
    """Return the id of the person with an address; None when nobody has it."""
    try:
        person = repository.person_by_email(session, plain_email(email))
    except ValueError:
        return None
    return person.id if person else None


def person_by_email(session: Session, email: str) -> PersonSeen | None:
    """Return the person with an address, with all their roles; None when nobody has it."""
    try:
        person = repository.person_by_email(session, plain_email(email))
    except ValueError:
        return None
    return _seen(session, [person])[0] if person else None


def reach_of(session: Session, person_id: int) -> frozenset[int] | None:
    """Return the villages that a person's roles reach, those too that begin later; None: everywhere."""
    reached: set[int] = set()
    for grant in repository.open_grants(session, person_id):
        if grant.scope == ScopeKind.COUNTRY.value:
            return None
        reached |= repository.villages_of_scope(session, **scope_of(grant).model_dump(exclude={"kind"}))
    return frozenset(reached)


def members(session: Session, viewer: Viewer) -> list[PersonSeen]:
    """People whom a viewer may see, by name: those with a role in the villages that the viewer's roles reach."""
    require(viewer, Verb.SEE_EXACT, Kind.PERSON)
    return _seen(session, repository.people(session, villages_seen(viewer, Verb.SEE_EXACT, Kind.PERSON)))


def grant_role(
    session: Session,
    viewer: Viewer,
    person_id: int,
    role: Role,
    scope: Scope,
    *,
    starts_on: date,
    ends_on: date | None = None,
) -> int:
    """Give a person a role; return the grant's id.

    Raises
    ------
    ScopeDoesNotFit
        Such a role is not given for such a scope.
    MayNotGrant
        None of the viewer's roles may give it there.
    """
    require_may_grant(session, viewer, role, scope)
    grant = RoleGrant(
        person_id=person_id,
        role=role.value,
        scope=scope.kind.value,
        village_id=scope.village_id,
        community_id=scope.community_id,
        precinct_id=scope.precinct_id,
        county=scope.county,
        starts_on=starts_on,
        ends_on=ends_on,
        granted_by=viewer.person_id,
    )
    session.add(grant)
    session.flush()
    _note_role(session, "grant", grant, viewer)
    return grant.id


def require_may_grant(session: Session, viewer: Viewer, role: Role, scope: Scope) -> None:
    """Refuse when a viewer may not give such a role in such a scope.

    Raises
    ------
    ScopeDoesNotFit
        Such a role is not given for such a scope.
    MayNotGrant
        None of the viewer's roles may give it there.
    """
    if scope.kind not in SCOPES_OF_ROLE.get(role, frozenset()):
        raise ScopeDoesNotFit(role, scope.kind)
    if not viewer.is_let(Verb.ADD):
        raise MayNotGrant(role)
    granting = [grant for grant in viewer.grants if role in MAY_GRANT.get(grant.role, frozenset())]
    if any(grant.village_ids is None for grant in granting):
        return
    wanted = (
        frozenset[int]()
        if scope.kind is ScopeKind.COUNTRY
        else repository.villages_of_scope(session, **scope.model_dump(exclude={"kind"}))
    )
    # A scope without villages, such as a precinct not yet drawn, is given by who reaches everywhere.
    if not wanted or not any(grant.reaches(wanted) for grant in granting):
        raise MayNotGrant(role)


def end_role(session: Session, viewer: Viewer, grant_id: int, at: datetime) -> None:
    """End a role at once.

    Raises
    ------
    NobodyThere
        There is no such grant, or it was ended.
    MayNotGrant
        The viewer could not have given it.
    """
    grant = _open_grant(session, grant_id)
    if grant.person_id != viewer.person_id:  # anybody may give up a role of their own
        require_may_grant(session, viewer, Role(grant.role), scope_of(grant))
    grant.ended_at = at
    _note_role(session, "end", grant, viewer)


def confirm_role(session: Session, viewer: Viewer, grant_id: int, at: datetime) -> None:
    """Say in the yearly review that a role is still right.

    Raises
    ------
    NobodyThere
        There is no such grant, or it was ended.
    MayNotGrant
        The viewer could not have given it, or it is their own.
    """
    grant = _open_grant(session, grant_id)
    if grant.person_id == viewer.person_id:
        raise MayNotGrant(Role(grant.role))
    require_may_grant(session, viewer, Role(grant.role), scope_of(grant))
    grant.reviewed_at = at
    _note_role(session, "confirm", grant, viewer)


def disable_person(session: Session, viewer: Viewer, public_id: str, reason: str, at: datetime) -> None:
    """Close an account on transfer or leave: its sessions end at once, its records stay.

    Raises
    ------
    NobodyThere
        Nobody has that id.
    MayNot, MayNotGrant
        The viewer may not administer that person.
    """
    person = person_to_administer(session, viewer, public_id)
    person.disabled_at = at
    person.disabled_reason = reason
    repository.end_sign_ins(session, person.id, at)
    note(session, "disable", "person", person.public_id, by=viewer, purpose=reason)


def enable_person(session: Session, viewer: Viewer, public_id: str) -> None:
    """Open a closed account again; its roles that were not ended are in force again.

    Raises
    ------
    NobodyThere
        Nobody has that id.
    MayNot, MayNotGrant
        The viewer may not administer that person.
    """
    person = person_to_administer(session, viewer, public_id)
    person.disabled_at = None
    person.disabled_reason = ""
    note(session, "enable", "person", person.public_id, by=viewer)


def person_to_administer(session: Session, viewer: Viewer, public_id: str) -> Person:
    """Return somebody whose account a viewer may close or reset: who could have given all of their roles.

    Raises
    ------
    NobodyThere
        Nobody has that id.
    MayNot
        The viewer administers nobody, or the person has no role and the viewer does not reach everywhere.
    MayNotGrant
        The person holds a role that the viewer could not have given.
    """
    require(viewer, Verb.ADMINISTER, Kind.PERSON)
    person = repository.person_by_public_id(session, public_id)
    if person is None or person.erased_at is not None:
        raise NobodyThere
    grants = repository.open_grants(session, person.id)
    for grant in grants:
        require_may_grant(session, viewer, Role(grant.role), scope_of(grant))
    if not grants and villages_seen(viewer, Verb.ADMINISTER, Kind.PERSON) is not None:
        raise MayNot(Verb.ADMINISTER, Kind.PERSON, is_signed_in=viewer.is_signed_in)
    return person


def _open_grant(session: Session, grant_id: int) -> RoleGrant:
    grant = session.get(RoleGrant, grant_id)
    if grant is None or grant.ended_at is not None:
        raise NobodyThere
    return grant


def _note_role(session: Session, verb: str, grant: RoleGrant, viewer: Viewer) -> None:
    person = session.get_one(Person, grant.person_id)
    details = {"role": grant.role, "scope": grant.scope}
    note(session, verb, "role", person.public_id, by=viewer, village_id=grant.village_id, **details)


def scope_of(grant: RoleGrant | Invitation) -> Scope:
    """Return how far a stored role reaches."""
    return Scope(
        kind=ScopeKind(grant.scope),
        village_id=grant.village_id,
        community_id=grant.community_id,
        precinct_id=grant.precinct_id,
        county=grant.county,
    )


def _seen(session: Session, people: Sequence[Person]) -> list[PersonSeen]:
    by_person: dict[int, list[GrantSeen]] = {person.id: [] for person in people}
    for person_id, *fields in repository.grants_of(session, list(by_person)):
        by_person[person_id].append(GrantSeen(**dict(zip(GrantSeen.model_fields, fields, strict=True))))
    return [
        PersonSeen(
            id=person.id,
            public_id=person.public_id,
            name=person.name,
            email=person.email,
            language=person.language,
            has_second_factor=person.totp_secret is not None,
            signed_in_at=person.signed_in_at,
            disabled_at=person.disabled_at,
            grants=tuple(by_person[person.id]),
        )
        for person in people
    ]

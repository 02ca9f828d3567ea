"""Queries for people and their roles."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Row,
    and_,
    bindparam,
    case,
    cast,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from safemap.communities.tables import Community, Precinct, Village, community_village, precinct_village
from safemap.identity.rules import ScopeKind
from safemap.identity.tables import Invitation, KnownDevice, Person, RoleGrant, SignIn

IN_SCOPE = or_(
    RoleGrant.village_id == Village.id,
    RoleGrant.county == Village.county,
    Village.id.in_(
        select(community_village.c.village_id).where(community_village.c.community_id == RoleGrant.community_id)
    ),
    Village.id.in_(
        select(precinct_village.c.village_id).where(precinct_village.c.precinct_id == RoleGrant.precinct_id)
    ),
)


def scope_name(table: type[RoleGrant | Invitation]) -> ColumnElement[str]:
    """The name of a scope, in a query that joins villages, communities and precincts; empty for the whole country."""
    return case(
        (table.village_id.is_not(None), Village.county + Village.town + Village.name),
        (table.community_id.is_not(None), Community.name),
        (table.precinct_id.is_not(None), Precinct.county + Precinct.name),
        else_=func.coalesce(table.county, ""),
    )


# Asked with every request of somebody signed in, so the statement is made once.
GRANTS_IN_FORCE = (
    select(RoleGrant.role, RoleGrant.scope, cast(func.array_agg(Village.id), ARRAY(Integer)))
    .outerjoin(Village, and_(IN_SCOPE, RoleGrant.scope != ScopeKind.COUNTRY.value))
    .where(
        RoleGrant.person_id == bindparam("person_id"),
        RoleGrant.starts_on <= bindparam("day"),
        or_(RoleGrant.ends_on.is_(None), RoleGrant.ends_on >= bindparam("day")),
        RoleGrant.ended_at.is_(None),
    )
    .group_by(RoleGrant.id)
    .order_by(RoleGrant.id)
)


def grants_in_force(session: Session, person_id: int, day: date) -> Sequence[Row[str, str, Sequence[int | None]]]:
    """Roles of a person on a day, first and last day included, each with the ids of its villages (or one NULL)."""
    return session.execute(GRANTS_IN_FORCE, {"person_id": person_id, "day": day}).all()


def reach_of_open_grants(session: Session, person_id: int) -> Sequence[Row[str, Sequence[int | None]]]:
    """Scopes of a person's roles that nobody ended, past and future ones too, with the ids of their villages."""
    return session.execute(
        select(RoleGrant.scope, cast(func.array_agg(Village.id), ARRAY(Integer)))
        .outerjoin(Village, and_(IN_SCOPE, RoleGrant.scope != ScopeKind.COUNTRY.value))
        .where(RoleGrant.person_id == person_id, RoleGrant.ended_at.is_(None))
        .group_by(RoleGrant.id)
    ).all()


def holders_in_force(
    session: Session, roles: Sequence[str], day: date
) -> Sequence[Row[Person, str, str, Sequence[int | None]]]:
    """People whose accounts are open and who hold one of some roles on a day: person, role, scope, its villages."""
    return session.execute(
        select(Person, RoleGrant.role, RoleGrant.scope, cast(func.array_agg(Village.id), ARRAY(Integer)))
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .outerjoin(Village, and_(IN_SCOPE, RoleGrant.scope != ScopeKind.COUNTRY.value))
        .where(
            RoleGrant.role.in_(roles),
            RoleGrant.starts_on <= day,
            or_(RoleGrant.ends_on.is_(None), RoleGrant.ends_on >= day),
            RoleGrant.ended_at.is_(None),
            Person.disabled_at.is_(None),
        )
        .group_by(Person.id, RoleGrant.id)
        .order_by(RoleGrant.id)
    ).all()


def people_of_ids(
    session: Session, person_ids: Sequence[int], public_ids: Sequence[str], village_ids: frozenset[int] | None
) -> Sequence[Person]:
    """People by their numbers or public ids, who have or had a role in one of some villages (None: anywhere)."""
    statement = select(Person).where(or_(Person.id.in_(person_ids), Person.public_id.in_(public_ids)))
    if village_ids is not None:
        holders = select(RoleGrant.person_id).join(Village, IN_SCOPE).where(Village.id.in_(village_ids))
        statement = statement.where(Person.id.in_(holders))
    return session.scalars(statement).all()


def person_by_email(session: Session, email: str) -> Person | None:
    """The person with an address in its plain spelling."""
    return session.scalars(select(Person).where(Person.email == email)).one_or_none()


def person_by_public_id(session: Session, public_id: str) -> Person | None:
    """The person with a public id."""
    return session.scalars(select(Person).where(Person.public_id == public_id)).one_or_none()


def people(session: Session, village_ids: frozenset[int] | None) -> Sequence[Person]:
    """People with a role in one of some villages (None: everybody), ended ones too, by name; no erased accounts."""
    statement = select(Person).where(Person.erased_at.is_(None)).order_by(Person.name, Person.id)
    if village_ids is not None:
        holders = select(RoleGrant.person_id).join(Village, IN_SCOPE).where(Village.id.in_(village_ids))
        statement = statement.where(Person.id.in_(holders))
    return session.scalars(statement).all()


def grants_of(session: Session, person_ids: Sequence[int]) -> Sequence[Row[*tuple[Any, ...]]]:
    """All grants of some people, also ended ones: person, then the fields of `GrantSeen`."""
    return session.execute(
        select(
            RoleGrant.person_id,
            RoleGrant.id,
            RoleGrant.role,
            RoleGrant.scope,
            scope_name(RoleGrant),
            RoleGrant.starts_on,
            RoleGrant.ends_on,
            RoleGrant.ended_at,
            RoleGrant.reviewed_at,
        )
        .outerjoin(Village, Village.id == RoleGrant.village_id)
        .outerjoin(Community, Community.id == RoleGrant.community_id)
        .outerjoin(Precinct, Precinct.id == RoleGrant.precinct_id)
        .where(RoleGrant.person_id.in_(person_ids))
        .order_by(RoleGrant.person_id, RoleGrant.id)
    ).all()


def invitations(session: Session, *conditions: ColumnElement[bool]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Invitations, the newest first: with scope's and inviter's names and whether the address is known."""
    inviter, invitee = aliased(Person), aliased(Person)
    return session.execute(
        select(
            Invitation,
            scope_name(Invitation).label("scope_name"),
            func.coalesce(inviter.name, "").label("inviter"),
            invitee.id.is_not(None).label("has_account"),
        )
        .outerjoin(Village, Village.id == Invitation.village_id)
        .outerjoin(Community, Community.id == Invitation.community_id)
        .outerjoin(Precinct, Precinct.id == Invitation.precinct_id)
        .outerjoin(inviter, inviter.id == Invitation.invited_by)
        .outerjoin(invitee, invitee.email == Invitation.email)
        .where(Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None), *conditions)
        .order_by(Invitation.id.desc())
    ).all()


def withdraw_invitations(session: Session, at: datetime, *conditions: ColumnElement[bool]) -> None:
    """Withdraw open invitations."""
    session.execute(
        update(Invitation)
        .where(Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None), *conditions)
        .values(revoked_at=at)
    )


def open_grants(session: Session, person_id: int) -> Sequence[RoleGrant]:
    """Grants of a person that nobody ended, past and future ones too."""
    return session.scalars(
        select(RoleGrant).where(RoleGrant.person_id == person_id, RoleGrant.ended_at.is_(None)).order_by(RoleGrant.id)
    ).all()


def open_grants_of(session: Session, person_ids: Sequence[int]) -> Sequence[RoleGrant]:
    """Grants of some people that nobody ended, past and future ones too."""
    return session.scalars(
        select(RoleGrant)
        .where(RoleGrant.person_id.in_(person_ids), RoleGrant.ended_at.is_(None))
        .order_by(RoleGrant.id)
    ).all()


def villages_of_scope(
    session: Session, *, village_id: int | None, community_id: int | None, precinct_id: int | None, county: str | None
) -> frozenset[int]:
    """Ids of the villages that a scope holds now."""
    conditions: list[ColumnElement[bool]] = [Village.id == village_id, Village.county == county]
    if community_id is not None:
        members = select(community_village.c.village_id).where(community_village.c.community_id == community_id)
        conditions.append(Village.id.in_(members))
    if precinct_id is not None:
        members = select(precinct_village.c.village_id).where(precinct_village.c.precinct_id == precinct_id)
        conditions.append(Village.id.in_(members))
    return frozenset(session.scalars(select(Village.id).where(or_(*conditions))))


def end_sign_ins(session: Session, person_id: int, at: datetime, *, but: int | None = None) -> None:
    """End a person's sessions, save one."""
    statement = update(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None)).values(ended_at=at)
    session.execute(statement if but is None else statement.where(SignIn.id != but))


def device_of(session: Session, person_id: int, token_hash: bytes) -> int | None:
    """The id of the known browser of a person that holds a token."""
    return session.scalars(
        select(KnownDevice.id).where(KnownDevice.person_id == person_id, KnownDevice.token_hash == token_hash)
    ).one_or_none()


def forget_devices(session: Session, person_id: int, *, not_seen_since: datetime | None = None) -> None:
    """Make the browsers of a person strangers again: all of them, or those that stayed away."""
    statement = delete(KnownDevice).where(KnownDevice.person_id == person_id)
    session.execute(statement if not_seen_since is None else statement.where(KnownDevice.seen_at < not_seen_since))

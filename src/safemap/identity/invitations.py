"""Invitations: a role offered to an address, taken up through a mailed link by whoever owns it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from safemap.i18n import mark, translations
from safemap.identity import repository
from safemap.identity.agencies.rules import Proof
from safemap.identity.agencies.service import bind
from safemap.identity.letters import INVITATION_PATH, Occasion, write_to
from safemap.identity.passwords import hashed_password
from safemap.identity.rules import (
    ROLE_NAMES,
    AlreadyKnown,
    AnothersInvitation,
    CodeFirst,
    LinkUsedUp,
    MayNotGrant,
    NobodyThere,
    Role,
    Viewer,
    operator,
)
from safemap.identity.schemas import InvitationSeen, NewInvitation, NewPerson
from safemap.identity.service import add_person, grant_role, require_may_grant, scope_of, viewer_of
from safemap.identity.signing_in import OpenSession, SignedIn, Who, begin, today
from safemap.identity.tables import Invitation, Person
from safemap.identity.tokens import hash_of, new_token
from safemap.identity.trail import note

LASTS = timedelta(days=7)
WHOLE_COUNTRY = mark("the whole country")


def invite(session: Session, viewer: Viewer, new: NewInvitation, site_url: str, now: datetime) -> str:
    """Offer a role by letter; an earlier open offer of the same is withdrawn. Return the token of the link.

    Show the link to nobody but who cannot get mail: it stands for owning the address.

    Raises
    ------
    ScopeDoesNotFit
        Such a role is not given for such a scope.
    MayNotGrant
        None of the viewer's roles may give it there.
    """
    require_may_grant(session, viewer, new.role, new.scope)
    scope = new.scope.model_dump(exclude={"kind"})
    same = [getattr(Invitation, name).is_not_distinct_from(value) for name, value in scope.items()]
    repository.withdraw_invitations(
        session, now, Invitation.email == new.email, Invitation.role == new.role.value, *same
    )
    token = new_token()
    invitation = Invitation(
        token_hash=hash_of(token),
        email=new.email,
        role=new.role.value,
        scope=new.scope.kind.value,
        **scope,
        role_ends_on=new.role_ends_on,
        invited_by=viewer.person_id,
        invited_at=now,
        expires_at=now + LASTS,
    )
    session.add(invitation)
    session.flush()
    say = translations(new.language).gettext
    write_to(
        session,
        new.email,
        new.language,
        Occasion.INVITATION,
        kept_for=LASTS,
        role=say(ROLE_NAMES[new.role]),
        place=_open_one(session, token, now).scope_name or say(WHOLE_COUNTRY),
        inviter=viewer.name or "safemap",
        site=site_url,
        until=f"{today(now + LASTS):%Y-%m-%d}",
        link=site_url + INVITATION_PATH + token,
    )
    note(session, "invite", "role", by=viewer, village_id=new.scope.village_id, role=new.role, scope=new.scope.kind)
    return token


def open_invitations(session: Session, viewer: Viewer, now: datetime) -> list[InvitationSeen]:
    """Invitations that are open and that the viewer could have sent, the newest first."""
    rows = repository.invitations(session, Invitation.expires_at > now)
    return [_seen(row) for row in rows if _may_send(session, viewer, row.Invitation)]


def revoke(session: Session, viewer: Viewer, invitation_id: int, now: datetime) -> None:
    """Withdraw an invitation.

    Raises
    ------
    NobodyThere
        There is no such invitation, or it was taken up or withdrawn.
    MayNotGrant
        The viewer could not have sent it.
    """
    rows = repository.invitations(session, Invitation.id == invitation_id)
    if not rows:
        raise NobodyThere
    invitation: Invitation = rows[0].Invitation
    require_may_grant(session, viewer, Role(invitation.role), scope_of(invitation))
    invitation.revoked_at = now
    note(session, "withdraw_invitation", "role", by=viewer, village_id=invitation.village_id, role=invitation.role)


def invitation_of(session: Session, token: str, now: datetime) -> InvitationSeen:
    """Return what a link offers.

    Raises
    ------
    LinkUsedUp
        It was used, withdrawn or is too old, or its sender may no longer give the role.
    """
    return _seen(_open_one(session, token, now))


def accept_as_new(session: Session, token: str, new: NewPerson, password: str, who: Who, now: datetime) -> SignedIn:
    """Make an account with a password and the offered role, and begin a session.

    Parameters
    ----------
    new
        Its address counts for nothing: the account is for the address that the invitation was sent to.

    Raises
    ------
    LinkUsedUp
        It was used, withdrawn or is too old, or its sender may no longer give the role.
    AlreadyKnown
        The address has an account: its owner has to sign in first.
    WeakPassword
        It is too short, too long or would soon be guessed; the link still works.
    """
    invitation: Invitation = _open_one(session, token, now, lock=True).Invitation
    if repository.person_by_email(session, invitation.email):
        raise AlreadyKnown
    hashed = hashed_password(password, (new.name, invitation.email))
    added = add_person(session, new.model_copy(update={"email": invitation.email}))
    session.get_one(Person, added.id).password_hash = hashed
    _take_up(session, invitation, added.id, now)
    return begin(session, added.id, who, now)


def accept_as_vouched(session: Session, token: str, new: NewPerson, proof: Proof, who: Who, now: datetime) -> SignedIn:
    """Make the account that an invitation offers for somebody whose address an agency vouches for, and sign in.

    The account has no password; its owner may set one by a mailed link.

    Raises
    ------
    LinkUsedUp
        It was used, withdrawn or is too old, or its sender may no longer give the role.
    AnothersInvitation
        It was sent to another address than the agency vouches for.
    AlreadyKnown
        The address has an account: its owner has to sign in first.
    """
    invitation: Invitation = _open_one(session, token, now, lock=True).Invitation
    if proof.email != invitation.email:
        raise AnothersInvitation
    if repository.person_by_email(session, invitation.email):
        raise AlreadyKnown
    added = add_person(session, new.model_copy(update={"email": invitation.email}))
    bind(session, session.get_one(Person, added.id), proof, now)
    _take_up(session, invitation, added.id, now)
    return begin(session, added.id, who, now, passed_second_factor=proof.passed_second_factor, through=proof.agency)


def accept_as_owner(session: Session, open_session: OpenSession, token: str, now: datetime) -> None:
    """Add the offered role to the account of the address.

    Raises
    ------
    LinkUsedUp
        It was used, withdrawn or is too old, or its sender may no longer give the role.
    AnothersInvitation
        It was sent to another address than that of who is signed in.
    CodeFirst
        The session has not passed the second factor.
    """
    invitation: Invitation = _open_one(session, token, now, lock=True).Invitation
    person = session.get_one(Person, open_session.person_id)
    if person.email != invitation.email:
        raise AnothersInvitation
    if open_session.needs_code:
        raise CodeFirst
    _take_up(session, invitation, person.id, now)


def _open_one(session: Session, token: str, now: datetime, *, lock: bool = False) -> Row[*tuple[Any, ...]]:
    rows = repository.invitations(session, Invitation.token_hash == hash_of(token), Invitation.expires_at > now)
    if not rows:
        raise LinkUsedUp
    invitation: Invitation = rows[0].Invitation
    if lock:
        session.refresh(invitation, with_for_update=True)
        if invitation.accepted_at or invitation.revoked_at:
            raise LinkUsedUp
    sender = _sender(session, invitation, now)
    if sender is not None and not _may_send(session, sender, invitation):
        raise LinkUsedUp
    return rows[0]


def _sender(session: Session, invitation: Invitation, now: datetime) -> Viewer | None:
    """Return who sent an invitation with the roles that they have now; None: the operator of the machine."""
    if invitation.invited_by is None:
        return None
    return viewer_of(session, invitation.invited_by, today(now), passed_second_factor=True) or Viewer()


def _may_send(session: Session, viewer: Viewer, invitation: Invitation) -> bool:
    try:
        require_may_grant(session, viewer, Role(invitation.role), scope_of(invitation))
    except MayNotGrant:
        return False
    return True


def _take_up(session: Session, invitation: Invitation, person_id: int, now: datetime) -> None:
    """Give the role in the name of the sender."""
    invitation.accepted_at = now
    sender = _sender(session, invitation, now)
    grant_role(
        session,
        sender or operator("safemap"),
        person_id,
        Role(invitation.role),
        scope_of(invitation),
        starts_on=today(now),
        ends_on=invitation.role_ends_on,
    )


def _seen(row: Row[*tuple[Any, ...]]) -> InvitationSeen:
    return InvitationSeen(
        id=row.Invitation.id,
        email=row.Invitation.email,
        role=Role(row.Invitation.role),
        scope_name=row.scope_name,
        inviter=row.inviter,
        expires_at=row.Invitation.expires_at,
        has_account=row.has_account,
    )

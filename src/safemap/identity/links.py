"""Links by which a person sets a password: mailed to who forgot theirs, or handed to who is new."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from safemap.identity import attempts, credentials, repository, second_factor
from safemap.identity.agencies import repository as agencies
from safemap.identity.attempts import PER_LETTER, Attempt
from safemap.identity.keys import Keys
from safemap.identity.letters import PASSWORD_PATH, Occasion, tell, write_to
from safemap.identity.rules import LinkUsedUp, Viewer
from safemap.identity.schemas import plain_email
from safemap.identity.service import person_to_administer
from safemap.identity.signing_in import Who, known_device, set_password
from safemap.identity.tables import OneTimeLink, Person
from safemap.identity.tokens import hash_of, new_token
from safemap.identity.trail import note

MAILED_LASTS = timedelta(minutes=30)
HANDED_LASTS = timedelta(days=2)  # from the operator's hand to a new colleague's


def ask_for_link(session: Session, keys: Keys, email: str, who: Who, site_url: str, now: datetime) -> None:
    """Mail a link for a new password, if the address has an account; whoever asked is told the same either way.

    Raises
    ------
    TooManyAttempts
        Such letters were asked for too often of late; said to everybody, whether or not the address has an account.
    """
    try:
        address = plain_email(email)
        person = repository.person_by_email(session, address)
    except ValueError:
        address, person = email.strip().lower(), None
    place = attempts.network_of(who.address)
    attempt = Attempt(keys.hashed("account", f"{address} letter"), place, None, PER_LETTER)
    attempts.let_through(session, attempt, now)
    attempts.count_wrong(session, attempt, now)
    if person is None or person.disabled_at is not None:
        return
    write_to(
        session,
        address,
        person.language,
        Occasion.NEW_PASSWORD,
        kept_for=MAILED_LASTS,
        email=address,
        site=site_url,
        link=site_url + PASSWORD_PATH + new_link(session, person.id, now, MAILED_LASTS),
        minutes=MAILED_LASTS // timedelta(minutes=1),
    )
    note(session, "ask_for_password", "person", person.public_id)


def new_link(session: Session, person_id: int, now: datetime, lasts: timedelta = HANDED_LASTS) -> str:
    """Return the token of a new link; earlier ones no longer work."""
    credentials.use_up_links(session, person_id, now)
    token = new_token()
    session.add(OneTimeLink(token_hash=hash_of(token), person_id=person_id, made_at=now, expires_at=now + lasts))
    session.flush()
    return token


def first_link(session: Session, person_id: int, now: datetime) -> str | None:
    """Return the token of a link for somebody who has no password yet; None when they have one."""
    has_password = session.get_one(Person, person_id).password_hash is not None
    return None if has_password else new_link(session, person_id, now)


def owner_of_link(session: Session, token: str, now: datetime) -> Person:
    """Return whose password a link sets.

    Raises
    ------
    LinkUsedUp
        It was used, replaced or is too old, or the account is closed.
    """
    person = credentials.owner_of_link(session, hash_of(token), now)
    if person is None:
        raise LinkUsedUp
    return person


def set_password_by_link(session: Session, token: str, password: str, who: Who, site_url: str, now: datetime) -> str:
    """Set a password; the link is used up and all sessions end. Return the token by which this browser is known now.

    The person signs in with it next, second factor and all: a link proves the address alone.

    Raises
    ------
    LinkUsedUp
        It was used, replaced or is too old, or the account is closed.
    WeakPassword
        It is too short, too long or would soon be guessed; the link still works.
    """
    person = owner_of_link(session, token, now)
    set_password(session, person, password)
    credentials.use_up_links(session, person.id, now)
    repository.end_sign_ins(session, person.id, now)
    repository.forget_devices(session, person.id)
    tell(session, person, Occasion.PASSWORD_CHANGED, site_url)
    note(session, "set_password", "person", person.public_id, by=person.id)
    return known_device(session, person.id, who, now)


def reset_person(session: Session, viewer: Viewer, public_id: str, now: datetime) -> str:
    """Take away password, second factor, agency, sessions and tokens of who lost them; return the token of a link.

    Raises
    ------
    NobodyThere
        Nobody has that id.
    MayNot, MayNotGrant
        The viewer may not administer that person.
    """
    person = person_to_administer(session, viewer, public_id)
    person.password_hash = None
    second_factor.drop(session, person.id)
    agencies.forget_accounts(session, person.id)
    repository.end_sign_ins(session, person.id, now)
    repository.forget_devices(session, person.id)
    credentials.revoke_api_tokens(session, person.id, now)
    note(session, "reset", "person", person.public_id, by=viewer)
    return new_link(session, person.id, now)

"""Setting up a second factor, taking it away, and new codes for the drawer."""

import io
from dataclasses import dataclass, field
from datetime import datetime

import segno
from sqlalchemy.orm import Session

from safemap.identity import second_factor
from safemap.identity.keys import Keys
from safemap.identity.letters import Occasion, tell
from safemap.identity.rules import CodeFirst, WrongCode
from safemap.identity.signing_in import OpenSession, lift
from safemap.identity.tables import Person
from safemap.identity.trail import note


@dataclass(frozen=True)
class Offer:
    """A seed to be read into an app.

    Parameters
    ----------
    sealed
        The seed, locked for this person: the form sends it back with the first code.
    seed
        For typing, where no camera is at hand.
    address
        What opens the app on the device itself.
    qr_svg
        The picture that the app reads.
    """

    sealed: str = field(repr=False)
    seed: str = field(repr=False)
    address: str = field(repr=False)
    qr_svg: str = field(repr=False)


@dataclass(frozen=True)
class Enrolled:
    """A second factor just set up: the session's new token, and the codes that are shown this once."""

    token: str = field(repr=False)
    recovery_codes: list[str] = field(repr=False)


def offer(session: Session, keys: Keys, open_session: OpenSession, sealed: str = "") -> Offer:
    """Return a seed that nobody had before; nothing is stored until its app has shown a right code.

    Parameters
    ----------
    sealed
        Of an offer made within the hour: the same seed is offered again, for an app that has it already.

    Raises
    ------
    CodeFirst
        The person has a second factor that the session has not passed.
    """
    person = _person(session, open_session)
    owner, _, offered = keys.unlocked_if_ours(sealed.encode()).partition(" ")
    seed = offered if offered and owner == str(person.id) else second_factor.new_seed()
    picture = io.BytesIO()
    address = second_factor.address_for_app(seed, person.email)
    segno.make(address, error="m").save(picture, kind="svg", xmldecl=False, svgclass=None, lineclass=None, scale=4)
    return Offer(keys.locked(f"{person.id} {seed}").decode(), seed, address, picture.getvalue().decode())


def set_up(
    session: Session, keys: Keys, open_session: OpenSession, sealed: str, code: str, site_url: str, now: datetime
) -> Enrolled:
    """Take an offered seed into use in place of an older one; the session has then passed it.

    Raises
    ------
    WrongCode
        The code is not that of the seed, or the seed was not offered to this person.
    CodeFirst
        The person has a second factor that the session has not passed.
    """
    person = _person(session, open_session)
    owner, _, seed = keys.unlocked_if_ours(sealed.encode()).partition(" ")
    if owner != str(person.id):
        raise WrongCode
    codes = second_factor.enrol(session, keys, person.id, seed, code, now)
    _note_and_tell(session, person, open_session, "set_second_factor", site_url)
    return Enrolled(lift(session, open_session.id, now), codes)


def new_recovery_codes(session: Session, open_session: OpenSession) -> list[str]:
    """Return ten new codes, shown this once; older ones no longer work.

    Raises
    ------
    CodeFirst
        The session has not passed a second factor.
    """
    person = _person(session, open_session)
    if person.totp_secret is None:
        raise CodeFirst
    note(session, "new_recovery_codes", "person", person.public_id, by=open_session.viewer)
    return second_factor.new_recovery_codes(session, person.id)


def take_away(session: Session, open_session: OpenSession, site_url: str) -> None:
    """Forget one's own second factor; roles that need one rest from the next sign-in on.

    Raises
    ------
    CodeFirst
        The session has not passed it.
    """
    person = _person(session, open_session)
    second_factor.drop(session, person.id)
    _note_and_tell(session, person, open_session, "drop_second_factor", site_url)


def _person(session: Session, open_session: OpenSession) -> Person:
    person = session.get_one(Person, open_session.person_id)
    if person.totp_secret is not None and not open_session.passed_code:
        raise CodeFirst
    return person


def _note_and_tell(session: Session, person: Person, open_session: OpenSession, verb: str, site_url: str) -> None:
    note(session, verb, "person", person.public_id, by=open_session.viewer)
    tell(session, person, Occasion.SECOND_FACTOR_CHANGED, site_url)

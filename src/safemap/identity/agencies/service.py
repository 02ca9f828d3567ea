"""Signing in through an agency: setting out, coming back once, and whose account it is."""

import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

import orjson
from sqlalchemy.orm import Session

from safemap.identity import repository as people
from safemap.identity.agencies import repository
from safemap.identity.agencies.listed import Agency
from safemap.identity.agencies.rules import AnothersAddress, Ask, NobodyInvited, Proof, SignInLost
from safemap.identity.keys import Keys
from safemap.identity.letters import Occasion, tell
from safemap.identity.signing_in import SignedIn, Who, begin
from safemap.identity.tables import AgencyAccount, AgencyTrip, Person
from safemap.identity.tokens import hash_of, new_token
from safemap.identity.trail import note

AWAY_AT_MOST = timedelta(minutes=15)
PARKED_AT_MOST = timedelta(minutes=30)  # while somebody reads an invitation


@dataclass(frozen=True)
class Trip:
    """A browser's way to an agency and back.

    Parameters
    ----------
    next_path
        Where it wants to be after; may hold the token of an invitation.
    """

    asked: Ask
    next_path: str = field(repr=False)


def new_ask() -> Ask:
    """Return fresh secrets for one sign-in."""
    return Ask(state=new_token(), nonce=new_token(), verifier=secrets.token_urlsafe(48))


def set_out(session: Session, keys: Keys, agency: str, trip: Trip, now: datetime) -> str:
    """Keep what the answer has to fit; return the token that the browser keeps, and nobody else."""
    repository.forget_old_trips(session, now)
    browser = new_token()
    session.add(
        AgencyTrip(
            agency=agency,
            browser_hash=hash_of(browser),
            state_hash=hash_of(trip.asked.state),
            sealed=keys.locked(orjson.dumps({**asdict(trip.asked), "next_path": trip.next_path}).decode()),
            expires_at=now + AWAY_AT_MOST,
        )
    )
    session.flush()
    return browser


def come_back(session: Session, keys: Keys, agency: str, browser: str, state: str, now: datetime) -> Trip:
    """Return what was kept for a browser; it is gone with that, so commit whatever follows.

    Raises
    ------
    SignInLost
        This browser did not set out to this agency with this state, or is back already, or too late.
    """
    sealed = repository.taken_trip(session, agency, hash_of(browser), hash_of(state), now)
    opened = keys.unlocked_if_ours(sealed) if sealed else ""
    if not opened:
        raise SignInLost
    kept = orjson.loads(opened)
    return Trip(Ask(kept["state"], kept["nonce"], kept["verifier"]), kept["next_path"])


def arrive(session: Session, agency: Agency, proof: Proof, who: Who, site_url: str, now: datetime) -> SignedIn | None:
    """Sign in whose account it is: who came from there before, else who has the address; None when nobody has it.

    A first time is told by letter.

    Raises
    ------
    AnothersAddress
        The address is of an account that another at the agency signed in to: it was given to a new person there.
    NobodyInvited
        The account is closed.
    """
    person = repository.owner(session, proof.issuer, proof.subject) or people.person_by_email(session, proof.email)
    if person is None:
        return None
    if person.disabled_at is not None:
        raise NobodyInvited
    if bind(session, person, proof, now):
        tell(session, person, Occasion.FIRST_THROUGH_AGENCY, site_url, agency=agency.titled(person.language))
    return begin(session, person.id, who, now, passed_second_factor=proof.passed_second_factor, through=proof.agency)


def bind(session: Session, person: Person, proof: Proof, now: datetime) -> bool:
    """Remember who a person is at an agency; return whether it is new.

    Raises
    ------
    AnothersAddress
        Another at the agency signed in to the account before.
    """
    known = repository.subject_at(session, person.id, proof.issuer)
    if known is not None:
        if known != proof.subject:
            raise AnothersAddress
        repository.note_use(session, proof.issuer, proof.subject, now)
        return False
    session.add(AgencyAccount(person_id=person.id, issuer=proof.issuer, subject=proof.subject, used_at=now))
    session.flush()
    note(session, "bind_agency", "person", person.public_id, by=person.id, agency=proof.agency)
    return True


def park(session: Session, keys: Keys, proof: Proof, now: datetime) -> str:
    """Keep a proof while its person reads the invitation to its address; return the token that the browser keeps."""
    browser = new_token()
    session.add(
        AgencyTrip(
            agency=proof.agency,
            browser_hash=hash_of(browser),
            sealed=keys.locked(orjson.dumps(asdict(proof)).decode()),
            expires_at=now + PARKED_AT_MOST,
        )
    )
    session.flush()
    return browser


def parked(session: Session, keys: Keys, browser: str, now: datetime) -> Proof | None:
    """Return the proof that waits for a browser, if one does."""
    sealed = repository.parked_proof(session, hash_of(browser), now) if browser else None
    opened = keys.unlocked_if_ours(sealed) if sealed else ""
    return Proof(**orjson.loads(opened)) if opened else None


def forget(session: Session, browser: str) -> None:
    """Forget what is kept for a browser."""
    repository.forget_trip(session, hash_of(browser))

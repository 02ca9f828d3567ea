"""Signing in and out: the server's half of a session, which every browser of a person has its own of."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from safemap.identity import attempts, repository, second_factor
from safemap.identity.attempts import Attempt
from safemap.identity.keys import Keys
from safemap.identity.passwords import hashed_password, is_right, renewed_hash
from safemap.identity.rules import Viewer, WrongPassword
from safemap.identity.schemas import plain_email
from safemap.identity.service import viewer_of
from safemap.identity.tables import KnownDevice, Person, SignIn
from safemap.identity.tokens import hash_of, new_token

LONGEST = timedelta(days=14)  # then a password is asked for again
LONGEST_WITH_SECOND_FACTOR = timedelta(hours=12)  # NIST SP 800-63B, assurance level 2
IDLE = timedelta(hours=12)
ROTATED_AFTER = timedelta(minutes=15)
GRACE = timedelta(seconds=60)  # requests that were on their way when the token changed
SEEN_EVERY = timedelta(minutes=1)
TAIWAN = ZoneInfo("Asia/Taipei")


@dataclass(frozen=True)
class Who:
    """From where somebody signs in.

    Parameters
    ----------
    address
        Of the asker; only its network is kept, and for a day.
    device_token
        What a browser that signed in before holds; empty: it holds none.
    browser
        In words for the person's own list of sessions: “Firefox, Android”.
    """

    address: str
    device_token: str = ""
    browser: str = ""


@dataclass(frozen=True)
class SignedIn:
    """A session just begun, or begun anew: what its browser has to keep."""

    person_id: int
    token: str
    device_token: str
    needs_code: bool


@dataclass(frozen=True)
class OpenSession:
    """The session of a request.

    Parameters
    ----------
    new_token
        What the browser has to keep from now on; empty: what it has.
    needs_code
        The person has a second factor that this session has not passed.
    """

    id: int
    viewer: Viewer
    new_token: str
    needs_code: bool


@dataclass(frozen=True)
class SessionSeen:
    """A session in its person's own list."""

    id: int
    browser: str
    created_at: datetime
    seen_at: datetime


def today(now: datetime) -> date:
    """Return the day in Taiwan: roles begin and end with it."""
    return now.astimezone(TAIWAN).date()


def sign_in(session: Session, keys: Keys, email: str, password: str, who: Who, now: datetime) -> SignedIn | None:
    """Begin a session; None when address or password is wrong, and the caller says no more than that.

    The same work is done whether or not the address has an account.

    Raises
    ------
    TooManyAttempts
        Too many were wrong of late.
    """
    try:
        address = plain_email(email)
    except ValueError:
        address = email.strip().lower()[:254]
    person = repository.person_by_email(session, address)
    attempt = _attempt(session, keys, person, address, who)
    attempts.let_through(session, attempt, now)
    right = is_right(password, person.password_hash if person else None)
    if person is None or not right or person.disabled_at is not None:
        attempts.count_wrong(session, attempt, now)
        return None
    assert person.password_hash is not None
    attempts.forget_wrong(session, attempt)
    person.password_hash = renewed_hash(password, person.password_hash) or person.password_hash
    return begin(session, person.id, who, now)


def begin(session: Session, person_id: int, who: Who, now: datetime, *, passed_code: bool = False) -> SignedIn:
    """Begin a session for somebody who has proved who they are; always with a token that nobody knew before."""
    person = session.get_one(Person, person_id)
    person.signed_in_at = now
    token = new_token()
    session.add(
        SignIn(
            token_hash=hash_of(token),
            person_id=person_id,
            created_at=now,
            seen_at=now,
            rotated_at=now,
            expires_at=now + LONGEST,
            second_factor_at=now if passed_code else None,
            browser=who.browser[:80],
        )
    )
    session.flush()
    needs_code = person.totp_secret is not None and not passed_code
    return SignedIn(person_id, token, _device_token(session, person_id, who, now), needs_code)


def pass_code(
    session: Session, keys: Keys, open_session: OpenSession, code: str, who: Who, now: datetime
) -> str | None:
    """Lift a session to one that passed the second factor; return its new token, None when the code is wrong.

    Raises
    ------
    TooManyAttempts
        Too many were wrong of late.
    """
    kept = session.get_one(SignIn, open_session.id)
    person = session.get_one(Person, kept.person_id)
    attempt = _attempt(session, keys, person, f"{person.email} code", who)
    attempts.let_through(session, attempt, now)
    if not second_factor.is_right_code(session, keys, person.id, code, now):
        attempts.count_wrong(session, attempt, now)
        return None
    attempts.forget_wrong(session, attempt)
    return lift(session, open_session.id, now)


def lift(session: Session, session_id: int, now: datetime) -> str:
    """Note that a session has passed the second factor; return its new token."""
    kept = session.get_one(SignIn, session_id)
    kept.second_factor_at = now
    kept.expires_at = min(kept.expires_at, now + LONGEST_WITH_SECOND_FACTOR)
    return _rotate(kept, now, has_grace=False)


def session_of(session: Session, token: str, now: datetime) -> OpenSession | None:
    """Return the session that a browser's token opens; None when there is none any more.

    The token is changed every quarter of an hour; requests already on their way may use the old one for a minute.
    """
    hashed = hash_of(token)
    kept = session.scalars(
        select(SignIn).where(
            or_(SignIn.token_hash == hashed, SignIn.last_token_hash == hashed), SignIn.ended_at.is_(None)
        )
    ).one_or_none()
    if kept is None or now >= kept.expires_at or now - kept.seen_at >= IDLE:
        return None
    is_late = kept.token_hash != hashed
    if is_late and now - kept.rotated_at > GRACE:
        return None
    viewer = viewer_of(session, kept.person_id, today(now), passed_second_factor=kept.second_factor_at is not None)
    if viewer is None:
        return None
    if now - kept.seen_at >= SEEN_EVERY:
        kept.seen_at = now
    new = "" if is_late or now - kept.rotated_at < ROTATED_AFTER else _rotate(kept, now, has_grace=True)
    has_factor = session.get_one(Person, kept.person_id).totp_secret is not None
    return OpenSession(kept.id, viewer, new, needs_code=has_factor and kept.second_factor_at is None)


def sign_out(session: Session, session_id: int, now: datetime) -> None:
    """End one session."""
    session.get_one(SignIn, session_id).ended_at = now


def sign_out_everywhere(session: Session, person_id: int, now: datetime, *, but: int | None = None) -> None:
    """End all sessions of a person, save one; browsers that were known are strangers again."""
    repository.end_sign_ins(session, person_id, now, but=but)
    repository.forget_devices(session, person_id)


def end_own_session(session: Session, viewer: Viewer, session_id: int, now: datetime) -> None:
    """End one of the viewer's own sessions; another's is not touched."""
    kept = session.get(SignIn, session_id)
    if kept is not None and kept.person_id == viewer.person_id:
        kept.ended_at = now


def sessions_of(session: Session, person_id: int, now: datetime) -> list[SessionSeen]:
    """Sessions of a person that are open, the last used first."""
    rows = session.scalars(
        select(SignIn)
        .where(SignIn.person_id == person_id, SignIn.ended_at.is_(None), SignIn.expires_at > now)
        .order_by(SignIn.seen_at.desc())
    )
    return [SessionSeen(row.id, row.browser, row.created_at, row.seen_at) for row in rows if now - row.seen_at < IDLE]


def set_password(session: Session, person_id: int, password: str) -> None:
    """Give a person a new password.

    Raises
    ------
    WeakPassword
        It is too short, too long or would soon be guessed.
    """
    person = session.get_one(Person, person_id)
    person.password_hash = hashed_password(password, (person.name, person.email))


def change_password(session: Session, open_session: OpenSession, present: str, password: str, now: datetime) -> str:
    """Change one's own password: all other sessions end, this one gets a new token, which is returned.

    Raises
    ------
    WrongPassword
        The present one is not right.
    WeakPassword
        The new one is too short, too long or would soon be guessed.
    """
    kept = session.get_one(SignIn, open_session.id)
    person = session.get_one(Person, kept.person_id)
    if not is_right(present, person.password_hash):
        raise WrongPassword
    set_password(session, person.id, password)
    repository.end_sign_ins(session, person.id, now, but=kept.id)
    return _rotate(kept, now, has_grace=False)


def _rotate(kept: SignIn, now: datetime, *, has_grace: bool) -> str:
    token = new_token()
    kept.last_token_hash = kept.token_hash if has_grace else None
    kept.token_hash = hash_of(token)
    kept.rotated_at = now
    return token


def _attempt(session: Session, keys: Keys, person: Person | None, account: str, who: Who) -> Attempt:
    device_id = repository.device_of(session, person.id, hash_of(who.device_token)) if person else None
    return Attempt(keys.hashed("account", account), attempts.network_of(who.address), device_id)


def _device_token(session: Session, person_id: int, who: Who, now: datetime) -> str:
    """Return the token by which a browser is known from now on: the one that it has, or a new one."""
    device_id = repository.device_of(session, person_id, hash_of(who.device_token)) if who.device_token else None
    if device_id is not None:
        session.get_one(KnownDevice, device_id).seen_at = now
        return who.device_token
    token = new_token()
    session.add(KnownDevice(token_hash=hash_of(token), person_id=person_id, seen_at=now))
    return token

"""Signing in and out: the server's half of a session, which every browser of a person has its own of."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.orm import Session

from safemap.identity import attempts, repository, second_factor, sign_ins
from safemap.identity.attempts import EVERYWHERE, PER_ACCOUNT, PER_CODE, Attempt
from safemap.identity.keys import Keys
from safemap.identity.letters import Occasion, tell
from safemap.identity.passwords import hashed_password, is_right, renewed_hash
from safemap.identity.rules import NEEDS_SECOND_FACTOR, Grant, Role, Viewer
from safemap.identity.schemas import plain_email
from safemap.identity.service import grants_on
from safemap.identity.tables import KnownDevice, Person, SignIn
from safemap.identity.tokens import hash_of, new_token
from safemap.identity.trail import note

LONGEST = timedelta(days=14)  # then a password is asked for again
IDLE = timedelta(hours=12)
IDLE_OF_REVIEWERS = timedelta(hours=2)  # roles that need a second factor
ROTATED_AFTER = timedelta(minutes=15)
FRESH = timedelta(minutes=30)
GRACE = timedelta(seconds=60)  # requests that were on their way when the token changed
SEEN_EVERY = timedelta(minutes=1)
DEVICE_KEPT = timedelta(days=400)
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
    session_token
        Of the session that the browser has now; it ends when a new one begins.
    """

    address: str
    device_token: str = field(default="", repr=False)
    browser: str = ""
    session_token: str = field(default="", repr=False)


@dataclass(frozen=True)
class SignedIn:
    """A session just begun, or one whose rights just changed: what its browser has to keep.

    Parameters
    ----------
    token
        For the session's cookie; nobody knew it before.
    device_token
        For the cookie by which this browser is known from now on; empty until the second factor is passed.
    needs_code
        The person has a second factor that this session has not passed.
    """

    person_id: int
    token: str = field(repr=False)
    device_token: str = field(repr=False)
    needs_code: bool


@dataclass(frozen=True)
class OpenSession:
    """The session of a request.

    Parameters
    ----------
    needs_code
        The person has a second factor that this session has not passed.
    resting
        Roles that are not in force because the second factor was not passed, or has not been set up. Whoever set one up
        has asked to be asked for it, so then all their roles rest until it is passed.
    is_due
        `keep_up` wants to be called, in a transaction of its own.
    used_hash
        Of the token that opened it.
    proved_at
        When its person last proved who they are, by password, agency or code.
    """

    id: int
    viewer: Viewer
    email: str = field(repr=False)
    needs_code: bool
    passed_code: bool
    resting: frozenset[Role]
    is_due: bool
    used_hash: bytes = field(repr=False)
    proved_at: datetime

    def is_fresh(self, now: datetime) -> bool:
        """Whether the proof is young enough for changes to what proves it; the very half hour counts as old."""
        return now - self.proved_at < FRESH

    @property
    def person_id(self) -> int:
        """Whose session it is."""
        assert self.viewer.person_id is not None
        return self.viewer.person_id


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

    The same work is done whether or not the address has an account. A wrong one is counted, so commit also after None.

    Raises
    ------
    TooManyAttempts
        Too many were wrong of late; it says how long to wait.
    """
    try:
        address = plain_email(email)
        person = repository.person_by_email(session, address)
    except ValueError:
        address, person = email.strip().lower(), None
    attempt = password_attempt(session, keys, person, address, who)
    attempts.let_through(session, attempt, now)
    right = is_right(password, person.password_hash if person else None)
    if person is None or person.password_hash is None or not right or person.disabled_at is not None:
        count_wrong(session, attempt, person, now)
        return None
    attempts.forget_wrong(session, attempt)
    person.password_hash = renewed_hash(password, person.password_hash) or person.password_hash
    return begin(session, person.id, who, now)


def begin(
    session: Session,
    person_id: int,
    who: Who,
    now: datetime,
    *,
    passed_second_factor: bool = False,
    through: str = "",
) -> SignedIn:
    """Begin a session for somebody who has proved who they are; the browser's old session ends.

    Parameters
    ----------
    passed_second_factor
        Whoever they proved it to asked for a second factor as well.
    through
        Name of the agency that they proved it to; empty: they have proved a password.
    """
    person = session.get_one(Person, person_id)
    if who.session_token:
        sign_ins.end_by_token(session, hash_of(who.session_token), now)
    sign_ins.forget_old(session, person_id, now)
    token = new_token()
    session.add(
        SignIn(
            token_hash=hash_of(token),
            person_id=person_id,
            created_at=now,
            seen_at=now,
            rotated_at=now,
            expires_at=now + LONGEST,
            second_factor_at=now if passed_second_factor else None,
            browser=who.browser[:80],
        )
    )
    needs_code = person.totp_secret is not None and not passed_second_factor
    device_token = "" if needs_code else _arrived(session, person, who, now, through)
    session.flush()
    return SignedIn(person_id, token, device_token, needs_code)


def pass_code(
    session: Session, keys: Keys, open_session: OpenSession, code: str, who: Who, now: datetime
) -> SignedIn | None:
    """Lift a session to one that passed the second factor; None when the code is wrong. Commit also after None.

    Raises
    ------
    TooManyAttempts
        Too many were wrong of late; it says how long to wait.
    """
    person = session.get_one(Person, open_session.person_id)
    device_id = repository.device_of(session, person.id, hash_of(who.device_token))
    attempt = Attempt(keys.hashed("account", f"{person.email} code"), EVERYWHERE, device_id, PER_CODE)
    attempts.let_through(session, attempt, now)
    if not second_factor.is_right_code(session, keys, person.id, code, now):
        count_wrong(session, attempt, person, now)
        return None
    attempts.forget_wrong(session, attempt)
    token = lift(session, open_session.id, now)
    return SignedIn(person.id, token, _arrived(session, person, who, now), needs_code=False)


def lift(session: Session, session_id: int, now: datetime) -> str:
    """Note that a session has passed the second factor; return its new token."""
    kept = sign_ins.locked(session, session_id)
    kept.second_factor_at = now
    return renew(kept, now)


def session_of(session: Session, token: str, now: datetime) -> OpenSession | None:
    """Return the session that a browser's token opens; None when there is none any more. Writes nothing.

    It ends 14 days after the password, or when it rests for 12 hours (2 hours with a role that needs a second factor);
    the very moment counts as ended.
    """
    hashed = hash_of(token)
    kept = sign_ins.by_token(session, hashed)
    if kept is None or now >= kept.expires_at:
        return None
    is_late = kept.token_hash != hashed
    if is_late and kept.confirmed_at is not None and now - kept.confirmed_at >= GRACE:
        return None
    grants = grants_on(session, kept.person_id, today(now))
    strict = _strict(grants)
    if now - kept.seen_at >= _idle(strict):
        return None
    passed = kept.second_factor_at is not None
    needs_code = kept.has_second_factor and not passed
    all_roles = frozenset(grant.role for grant in grants)
    resting = frozenset() if passed else all_roles if needs_code else strict
    viewer = Viewer(kept.person_id, kept.name, tuple(grant for grant in grants if grant.role not in resting))
    return OpenSession(
        id=kept.id,
        viewer=viewer,
        email=kept.email,
        needs_code=needs_code,
        passed_code=passed,
        resting=resting,
        is_due=_is_lost(kept, now) if is_late else _is_due(kept, now),
        used_hash=hashed,
        proved_at=max(kept.created_at, kept.second_factor_at or kept.created_at),
    )


def keep_up(session: Session, open_session: OpenSession, now: datetime) -> str:
    """Note that a session is used, and change its token every quarter of an hour; return the new one, or nothing.

    Requests that are on their way may use the old token until the new one has been used for a minute. A new token that
    never arrived is replaced. Of several requests at once one gets the new token; none waits. Commit before the answer:
    a token that was sent out but rolled back would sign its person out.
    """
    kept = sign_ins.taken(session, open_session.id)
    if kept is None:  # another request is at it
        return ""
    if kept.token_hash == open_session.used_hash:
        kept.seen_at = max(kept.seen_at, now)
        kept.confirmed_at = kept.confirmed_at or now
        return renew(kept, now, has_grace=True) if now - kept.rotated_at >= ROTATED_AFTER else ""
    if kept.last_token_hash == open_session.used_hash and _is_lost(kept, now):
        token = new_token()
        kept.token_hash, kept.rotated_at = hash_of(token), now
        return token
    return ""


def sign_out(session: Session, open_session: OpenSession, now: datetime) -> None:
    """End one's session."""
    session.get_one(SignIn, open_session.id).ended_at = now


def sign_out_everywhere(session: Session, open_session: OpenSession, now: datetime, *, stay: bool = False) -> None:
    """End all sessions of a person, save this one if they stay; browsers that were known are strangers again."""
    person = session.get_one(Person, open_session.person_id)
    repository.end_sign_ins(session, person.id, now, but=open_session.id if stay else None)
    repository.forget_devices(session, person.id)
    note(session, "sign_out_everywhere", "person", person.public_id, by=open_session.viewer)


def end_own_session(session: Session, open_session: OpenSession, session_id: int, now: datetime) -> None:
    """End one of one's own sessions; another's is not touched."""
    kept = session.get(SignIn, session_id)
    if kept is not None and kept.person_id == open_session.person_id:
        kept.ended_at = now


def sessions_of(session: Session, person_id: int, now: datetime) -> list[SessionSeen]:
    """Sessions of a person that are open, the last used first."""
    idle = _idle(_strict(grants_on(session, person_id, today(now))))
    rows = sign_ins.open_ones(session, person_id, now)
    return [SessionSeen(row.id, row.browser, row.created_at, row.seen_at) for row in rows if now - row.seen_at < idle]


def change_password(
    session: Session,
    keys: Keys,
    open_session: OpenSession,
    present: str,
    password: str,
    who: Who,
    site_url: str,
    now: datetime,
) -> str | None:
    """Change one's own password: other sessions end, this one's new token is returned; None when the present is wrong.

    Commit also after None: wrong ones are counted like those of signing in.

    Raises
    ------
    TooManyAttempts
        Too many were wrong of late; it says how long to wait.
    WeakPassword
        The new one is too short, too long or would soon be guessed.
    """
    person = session.get_one(Person, open_session.person_id)
    attempt = password_attempt(session, keys, person, person.email, who)
    attempts.let_through(session, attempt, now)
    if not is_right(present, person.password_hash):
        count_wrong(session, attempt, person, now)
        return None
    set_password(session, person, password)
    repository.end_sign_ins(session, person.id, now, but=open_session.id)
    note(session, "change_password", "person", person.public_id, by=open_session.viewer)
    tell(session, person, Occasion.PASSWORD_CHANGED, site_url)
    return renew(sign_ins.locked(session, open_session.id), now)


def set_password(session: Session, person: Person, password: str) -> None:
    """Give a person a new password.

    Raises
    ------
    WeakPassword
        It is too short, too long or would soon be guessed.
    """
    person.password_hash = hashed_password(password, (person.name, person.email))
    session.flush()


def renew(kept: SignIn, now: datetime, *, has_grace: bool = False) -> str:
    """Give a session a new token and return it; with grace the old one works for requests on their way."""
    token = new_token()
    kept.last_token_hash = kept.token_hash if has_grace else None
    kept.token_hash = hash_of(token)
    kept.rotated_at = now
    kept.confirmed_at = None
    return token


def known_device(session: Session, person_id: int, who: Who, now: datetime) -> str:
    """Return the token by which a browser is known from now on: the one that it has, or a new one."""
    device_id = repository.device_of(session, person_id, hash_of(who.device_token)) if who.device_token else None
    if device_id is not None:
        session.get_one(KnownDevice, device_id).seen_at = now
        return who.device_token
    repository.forget_devices(session, person_id, not_seen_since=now - DEVICE_KEPT)
    token = new_token()
    session.add(KnownDevice(token_hash=hash_of(token), person_id=person_id, seen_at=now))
    session.flush()
    return token


def password_attempt(session: Session, keys: Keys, person: Person | None, account: str, who: Who) -> Attempt:
    """Return what an attempt at somebody's password is counted as."""
    device_id = repository.device_of(session, person.id, hash_of(who.device_token)) if person else None
    return Attempt(keys.hashed("account", account), attempts.network_of(who.address), device_id, PER_ACCOUNT)


def count_wrong(session: Session, attempt: Attempt, person: Person | None, now: datetime) -> None:
    """Count a wrong attempt, and note it when it was one too many."""
    if attempts.count_wrong(session, attempt, now):
        note(session, "refuse_attempts", "person", person.public_id if person else "", wrong=attempt.limit)


def _strict(grants: tuple[Grant, ...]) -> frozenset[Role]:
    return frozenset(grant.role for grant in grants) & NEEDS_SECOND_FACTOR


def _idle(strict: frozenset[Role]) -> timedelta:
    return IDLE_OF_REVIEWERS if strict else IDLE


def _arrived(session: Session, person: Person, who: Who, now: datetime, through: str = "") -> str:
    person.signed_in_at = now
    details: dict[str, Any] = {"agency": through} if through else {}
    note(session, "sign_in", "person", person.public_id, by=person.id, **details)
    return known_device(session, person.id, who, now)


def _is_lost(kept: SignIn | Row[*tuple[Any, ...]], now: datetime) -> bool:
    """Whether the newest token seems never to have reached the browser."""
    return kept.confirmed_at is None and now - kept.rotated_at >= GRACE


def _is_due(kept: Row[*tuple[Any, ...]], now: datetime) -> bool:
    is_unconfirmed = kept.confirmed_at is None and kept.last_token_hash is not None
    return is_unconfirmed or now - kept.seen_at >= SEEN_EVERY or now - kept.rotated_at >= ROTATED_AFTER

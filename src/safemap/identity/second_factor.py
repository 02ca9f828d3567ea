"""The second factor: six digits from an app (TOTP, RFC 6238), or a code from paper."""

import base64
import hmac
import secrets
import unicodedata
from datetime import datetime, timedelta

import pyotp
from sqlalchemy.orm import Session

from safemap.identity import credentials
from safemap.identity.keys import Keys
from safemap.identity.rules import WrongCode
from safemap.identity.tables import Person, RecoveryCode
from safemap.identity.tokens import hash_of

STEP_S = 30
STEPS_OFF = 1  # a phone's clock may be half a minute wrong
RECOVERY_CODES = 10
RECOVERY_BYTES = 10  # 80 random bits: a plain hash will do
ISSUER = "safemap"


def new_seed() -> str:
    """Return a seed for an app, in base32."""
    return pyotp.random_base32()


def address_for_app(seed: str, email: str) -> str:
    """Return the address that an app reads from a QR code."""
    return pyotp.TOTP(seed).provisioning_uri(name=email, issuer_name=ISSUER)


def enrol(session: Session, keys: Keys, person_id: int, seed: str, code: str, now: datetime) -> list[str]:
    """Take a seed into use after its app has shown a right code; return recovery codes, shown this once.

    Raises
    ------
    WrongCode
        The code is not that of the seed.
    """
    step = _step_of(seed, code, now, after=None)
    if step is None:
        raise WrongCode
    person = session.get_one(Person, person_id)
    person.totp_secret = keys.locked(seed)
    person.totp_step = step
    return new_recovery_codes(session, person_id)


def new_recovery_codes(session: Session, person_id: int) -> list[str]:
    """Return ten new codes for paper; older ones no longer work."""
    credentials.forget_paper_codes(session, person_id)
    codes = [_paper_code() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(person_id=person_id, code_hash=hash_of(_plain(code))) for code in codes)
    session.flush()
    return codes


def is_right_code(session: Session, keys: Keys, person_id: int, code: str, now: datetime) -> bool:
    """Whether a code is right; each works once, an app's as well as one from paper."""
    person = credentials.person_locked(session, person_id)
    if person.totp_secret is None:
        return False
    step = _step_of(keys.unlocked(person.totp_secret), code, now, after=person.totp_step)
    if step is not None:
        person.totp_step = step
        return True
    kept = credentials.unused_paper_code(session, person_id, hash_of(_plain(code)))
    if kept is not None:
        kept.used_at = now
    return kept is not None


def recovery_codes_left(session: Session, person_id: int) -> int:
    """Return how many codes on paper still work."""
    return credentials.paper_codes_left(session, person_id)


def drop(session: Session, person_id: int) -> None:
    """Forget a person's second factor; roles that need one rest until a new one is set up."""
    person = session.get_one(Person, person_id)
    person.totp_secret = None
    person.totp_step = None
    credentials.forget_paper_codes(session, person_id)


def _step_of(seed: str, code: str, now: datetime, after: int | None) -> int | None:
    """Return the time step that a code belongs to; None when it is wrong or not newer than the last used."""
    digits = _plain(code)
    app = pyotp.TOTP(seed)
    for off in range(-STEPS_OFF, STEPS_OFF + 1):
        moment = now + timedelta(seconds=off * STEP_S)
        step = int(moment.timestamp()) // STEP_S
        if hmac.compare_digest(app.at(moment).encode(), digits.encode()) and (after is None or step > after):
            return step
    return None


def _paper_code() -> str:
    letters = base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def _plain(code: str) -> str:
    """Return a code as it was meant: keyboards for Chinese write full-width digits, people write spaces."""
    return "".join(unicodedata.normalize("NFKC", code[:64]).replace("-", "").split()).lower()

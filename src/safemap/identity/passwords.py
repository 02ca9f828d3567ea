"""Passwords: argon2id, long enough, and not among those that are guessed first."""

import re
import threading
import unicodedata
from collections.abc import Sequence

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from safemap.errors import InvalidInput
from safemap.i18n import mark

SHORTEST, LONGEST = 12, 128  # characters; NIST SP 800-63B-4 asks for 15 where a password is the only factor, or 8
LEAST_SCORE = 3  # of zxcvbn's 0–4: more than 10^8 guesses, so that breached and weak ones are out
CHECKED = 72  # characters that are judged: zxcvbn takes long over more, and no longer one is weak
OUR_WORDS = ("safemap", "治安", "社區", "巡守", "shouwang", "taiwan")

# OWASP's recommendation of 2023: 19 MiB, two passes, one lane (about 25 ms on one core).
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
AT_ONCE = threading.BoundedSemaphore(4)  # a flood of sign-ins takes 76 MiB and four threads at most
NOBODYS_HASH = HASHER.hash("nobody has this password")
TOO_SHORT = mark("The password is too short. Give at least 12 characters: four words that do not belong together.")
TOO_LONG = mark("The password is too long. 128 characters fit.")
TOO_EASY = mark("This password would be guessed soon. Take four words that do not belong together.")


class WeakPassword(InvalidInput):
    """The password is too short, too long or too easy to guess."""

    def __init__(self, why: str) -> None:
        super().__init__(why, field="password")


def plain_password(password: str) -> str:
    """Return a password in one Unicode form, so that every keyboard types the same (NIST SP 800-63B, NFKC)."""
    return unicodedata.normalize("NFKC", password)


def hashed_password(password: str, about: Sequence[str] = ()) -> str:
    """Return the hash of a new password.

    Parameters
    ----------
    about
        The person's name and address, which must not be what makes the password.

    Raises
    ------
    WeakPassword
        It is too short, too long or would soon be guessed.
    """
    plain = plain_password(password[: 4 * LONGEST])  # nothing that long fits, so nothing is lost
    if len(plain) < SHORTEST:
        raise WeakPassword(TOO_SHORT)
    if len(plain) > LONGEST:
        raise WeakPassword(TOO_LONG)
    words = [word for text in about for word in (text, *text.replace("@", ".").split("."))]
    # Written together as well: what stands between words makes guessing no harder, but the estimate higher.
    for way in (plain, re.sub(r"[\s\W_]+", "", plain)):
        if zxcvbn(way[:CHECKED], user_inputs=[*OUR_WORDS, *words])["score"] < LEAST_SCORE:
            raise WeakPassword(TOO_EASY)
    with AT_ONCE:
        return HASHER.hash(plain)


def is_right(password: str, kept: str | None) -> bool:
    """Whether a password is the one that a hash was made of; without a hash the same work is done in vain."""
    try:
        with AT_ONCE:
            HASHER.verify(kept or NOBODYS_HASH, plain_password(password[: 4 * LONGEST]))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def renewed_hash(password: str, kept: str) -> str | None:
    """Return a new hash of a right password when the parameters have risen since; else None."""
    return HASHER.hash(plain_password(password)) if HASHER.check_needs_rehash(kept) else None

"""Wrong passwords and codes are counted, so that guessing gets nowhere and nobody can be locked out by it.

Counted apart (after OWASP's device cookies): a browser that signed in before as this person has its own count; all
other browsers share one count per account and network. So who guesses from one network stops neither the person at
home, nor the person's own browser in the same network. Codes are asked for after the password only, so their count is
one for all networks: nobody but who has the password can fill it.
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select, true
from sqlalchemy.orm import Session

from safemap.identity.rules import TooManyAttempts
from safemap.identity.tables import FailedAttempt

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 10  # wrong ones per account and network, or per known browser
PER_NETWORK = 100  # wrong ones per network over all accounts: a school shares one address
PER_CODE = 5  # wrong codes of a second factor: 480 a day, each right by chance 3 times in a million
PER_LETTER = 3  # letters asked for an address
EVERYWHERE = "everywhere"  # the network of what is counted over all networks
KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Attempt:
    """Somebody tries to be somebody.

    Parameters
    ----------
    account
        Keyed hash of the address, whether or not it has an account.
    network
        Of the asker, as `network_of` names it.
    device_id
        The known browser of this account that it comes from; None: a stranger's.
    limit
        How many may be wrong within the window.
    """

    account: bytes
    network: str
    device_id: int | None
    limit: int = PER_ACCOUNT


def network_of(address: str) -> str:
    """Return the network of an address: /24 of IPv4, /48 of IPv6; what is no address is a network of its own."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "local"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    length = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network((parsed, length), strict=False))


def let_through(session: Session, attempt: Attempt, now: datetime) -> None:
    """Refuse when too many were wrong of late, or when another attempt of the same kind is being judged.

    Raises
    ------
    TooManyAttempts
        The limit was reached; it says how long to wait.
    """
    # One at a time, or a hundred sent at once would all be judged before the first is counted.
    place = f"{attempt.network} {attempt.device_id}".encode()
    turn = int.from_bytes(hashlib.sha256(attempt.account + place).digest()[:7])
    if not session.scalar(select(func.pg_try_advisory_xact_lock(turn))):
        raise TooManyAttempts(1)
    since = now - WINDOW
    own = (FailedAttempt.account == attempt.account, FailedAttempt.at > since)
    if attempt.device_id is not None:
        _require_few(session, attempt.limit, now, *own, FailedAttempt.device_id == attempt.device_id)
        return
    strangers = (FailedAttempt.network == attempt.network, FailedAttempt.device_id.is_(None))
    _require_few(session, attempt.limit, now, *own, *strangers)
    if attempt.network != EVERYWHERE:
        _require_few(session, PER_NETWORK, now, *strangers, FailedAttempt.at > since)


def count_wrong(session: Session, attempt: Attempt, now: datetime) -> bool:
    """Remember a wrong attempt for a day; return whether it was the last one before the door closes."""
    session.execute(delete(FailedAttempt).where(FailedAttempt.at < now - KEPT))
    session.add(FailedAttempt(account=attempt.account, network=attempt.network, device_id=attempt.device_id, at=now))
    session.flush()
    wrong = session.scalar(
        select(func.count()).where(*_same(attempt), FailedAttempt.at > now - WINDOW),
    )
    return wrong == attempt.limit


def forget_wrong(session: Session, attempt: Attempt) -> None:
    """After a right one this account's count in this place begins anew."""
    session.execute(delete(FailedAttempt).where(*_same(attempt)))


def _same(attempt: Attempt) -> tuple[ColumnElement[bool], ...]:
    return (
        FailedAttempt.account == attempt.account,
        FailedAttempt.device_id.is_not_distinct_from(attempt.device_id),
        FailedAttempt.network == attempt.network if attempt.device_id is None else true(),
    )


def _require_few(session: Session, limit: int, now: datetime, *conditions: ColumnElement[bool]) -> None:
    """Refuse when the newest `limit` wrong ones all lie within the window; say when the oldest of them leaves it."""
    newest = session.scalars(
        select(FailedAttempt.at).where(*conditions).order_by(FailedAttempt.at.desc()).limit(limit)
    ).all()
    if len(newest) == limit:
        raise TooManyAttempts(max(1, int((newest[-1] + WINDOW - now).total_seconds())))

"""A report that is sent once more, because its answer was lost, is the same report: known by its sender's key.

The key is a secret of whoever sends: only keyed hashes of it are kept. The reporter's own link is made from key and
content, so that it is told again though it is stored nowhere.
"""

import base64
import re

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from safemap.hazards.rules import Sent, SentWithOtherContent, WrongSentKey
from safemap.hazards.schemas import HazardReport
from safemap.hazards.service import Reported, seen_by_its_reporter
from safemap.hazards.tables import Hazard
from safemap.identity.keys import Keys

KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


def content_of(report: HazardReport) -> str:
    """Return what a report says; what is left out and what is said as it is by default are the same."""
    return report.model_dump_json(include=set(HazardReport.model_fields), exclude_defaults=True)


def sent_with(keys: Keys, key: str, content: str) -> Sent:
    """Return what is known of a report by the key that it is sent with, and by what it says.

    Raises
    ------
    WrongSentKey
        It is no key: 8 to 64 letters, digits, hyphens and underlines.
    """
    if not KEY.fullmatch(key):
        raise WrongSentKey
    link = keys.hashed("link of a sent report", f"{key} {content}")
    return Sent(
        key_hash=keys.hashed("key of a sent report", key),
        body_hash=keys.hashed("content of a sent report", f"{key} {content}"),
        follow_up=base64.urlsafe_b64encode(link).decode().rstrip("="),
    )


def sent_before(session: Session, sent: Sent) -> Reported | None:
    """Return the report that came with this key before, as its reporter sees it now; None: this is the first.

    Whoever sends with the same key at the same time waits until the first one's transaction has ended.

    Raises
    ------
    SentWithOtherContent
        Under this key another report was sent.
    """
    turn = int.from_bytes(sent.key_hash[:8], "big", signed=True)
    session.execute(select(func.pg_advisory_xact_lock(turn)))
    found = session.execute(
        select(Hazard.public_id, Hazard.sent_body_hash).where(Hazard.sent_key_hash == sent.key_hash)
    ).one_or_none()
    if found is None:
        return None
    if found.sent_body_hash != sent.body_hash:
        raise SentWithOtherContent
    return Reported(seen_by_its_reporter(session, found.public_id), sent.follow_up)

"""Where somebody who has just signed in is led first: to a notice that has not been put to them yet, once."""

from datetime import datetime
from urllib.parse import quote

from sqlalchemy.orm import Session

from safemap.identity.signing_in import OpenSession
from safemap.privacy.consent import is_due

NOTICE_PATH = "/me/notice"


def notice_first(session: Session, found: OpenSession | None, onward: str, now: datetime) -> str:
    """Return the path to the notice, which leads on to where they wanted to go; empty: they have been asked."""
    if found is None or found.needs_code or not is_due(session, found.person_id, now):
        return ""
    return f"{NOTICE_PATH}?next={quote(onward, safe='/')}" if onward else NOTICE_PATH

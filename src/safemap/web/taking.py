"""A resident's report on its way in, by form or by API: taken once and counted once, however often it is sent."""

from datetime import UTC, datetime

from fastapi import Request
from sqlalchemy.orm import Session

from safemap.hazards.schemas import HazardReport
from safemap.hazards.sent import content_of, sent_before, sent_with
from safemap.hazards.service import Reported, take_report
from safemap.identity.keys import Keys
from safemap.identity.limits import REPORTS
from safemap.identity.rules import Viewer
from safemap.identity.signing_in import today
from safemap.privacy.notices import shown_version
from safemap.privacy.rules import Audience
from safemap.web.limits import spend_for


def take_once(
    request: Request,
    session: Session,
    keys: Keys,
    viewer: Viewer,
    report: HazardReport,
    *,
    sent_key: str,
    notice: str,
    content: str = "",
) -> Reported:
    """Take a report, or find the one that was sent with the same key before.

    Parameters
    ----------
    sent_key
        The sender's key; empty: it came with none, and each time it comes it is another report.
    notice
        Version of the notice about personal data that was shown, as the sender says.
    content
        By what it is known to be the same when it comes again; empty: by all that it says. A form that says "now" makes
        another report of it each second.

    Raises
    ------
    WrongSentKey
        The key is none.
    SentWithOtherContent
        Under this key another report was sent.
    TooOften
        Too many came from there; those sent once more do not count.
    NowhereKnown
        The spot lies in no imported village.
    BelongsElsewhere
        The words speak of what no map may hold.
    """
    sent = sent_with(keys, sent_key, content or content_of(report)) if sent_key else None
    before = sent_before(session, sent) if sent else None
    if before:
        return before
    spend_for(request, session, keys, viewer, REPORTS)
    shown = shown_version(Audience.REPORTERS, notice, today(datetime.now(UTC)))
    return take_report(session, report, shown, viewer=viewer, sent=sent)

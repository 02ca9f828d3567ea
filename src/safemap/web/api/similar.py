"""What is like a report that somebody is about to send, and that somebody says so too."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response
from starlette import status

from safemap.hazards import supporting
from safemap.hazards.rules import SUPPORT_PATH
from safemap.hazards.schemas import HazardReport
from safemap.hazards.similar import REASON_NAMES, similar_reports
from safemap.identity.limits import SUGGESTIONS, SUPPORTS
from safemap.identity.rules import Kind, Verb
from safemap.identity.signing_in import today
from safemap.privacy.notices import shown_version
from safemap.privacy.rules import Audience
from safemap.web.api.schemas import SaidSo, Similar, SimilarReports, Support
from safemap.web.deps import Configured, Db, InVillage, SpeaksInApi
from safemap.web.limits import AtMost
from safemap.web.permits import open_to_all
from safemap.web.viewing import InstallationKeys, Seen

router = APIRouter(tags=["hazards"])


@router.post(
    "/villages/{key}/hazards/similar",
    summary="Reports like one that is about to be sent",
    dependencies=[open_to_all(Verb.ADD, Kind.REPORT), Depends(AtMost(*SUGGESTIONS))],
)
def similar(
    session: Db, area: InVillage, viewer: Seen, language: SpeaksInApi, draft: HazardReport, response: Response
) -> SimilarReports:
    """At most five, the likeliest first: open ones, and those fixed in the last 90 days; nothing is stored.

    They are made from what the asker sees alone, and measured between places where they see them. `about_m` is on
    foot, to ten metres; null for a report that is told by its street.
    """
    response.headers["Cache-Control"] = "no-store"
    return SimilarReports(
        similar=[
            Similar(
                report=one.seen,
                about_m=one.about_m,
                reasons=[reason.value for reason in one.reasons],
                reasons_in_words=[language.say(REASON_NAMES[reason]) for reason in one.reasons],
            )
            for one in similar_reports(session, viewer, draft, area.village_ids)
        ]
    )


@router.post(
    "/hazards/{public_id}/supports",
    summary="Say so too",
    status_code=status.HTTP_201_CREATED,
    dependencies=[open_to_all(Verb.ADD, Kind.REPORT), Depends(AtMost(*SUPPORTS))],
)
def support(
    session: Db,
    settings: Configured,
    viewer: Seen,
    keys: InstallationKeys,
    public_id: str,
    response: Response,
    said: Support | None = None,
    *,
    idempotency_key: Annotated[
        str,
        Header(
            description="A random key of 8 to 64 letters, digits, hyphens or underlines that a browser keeps: under "
            "the same key the same report is supported once, and cannot be told from others at another report."
        ),
    ] = "",
) -> SaidSo:
    """Count somebody for an open report, once, with a note if they like: it waits until a moderator has read it.

    Their own link is told here alone: by it they take back the note, or all. It is null when the same key had said so
    before with another note.
    """
    said = said or Support()
    shown = shown_version(Audience.REPORTERS, said.notice, today(datetime.now(UTC)))
    done = supporting.support_report(session, viewer, keys, public_id, idempotency_key, said.note, shown)
    response.headers["Cache-Control"] = "no-store"
    link = f"{settings.site_url}{SUPPORT_PATH}{done.link}" if done.link else None
    return SaidSo(report=done.seen, link=link, is_first=done.is_first)

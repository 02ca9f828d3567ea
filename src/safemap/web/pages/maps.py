"""Prints to take to a meeting."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from safemap.diagnosis.rules import Period
from safemap.identity.rules import Kind, Verb, Viewer
from safemap.maps.rules import Paper
from safemap.maps.service import handout_pdf
from safemap.web.deps import Configured, Db, InVillage, Speaks
from safemap.web.limits import heavy
from safemap.web.permits import who_may

router = APIRouter()


@router.get("/villages/{key}/handout.pdf")
def handout(
    session: Db,
    area: InVillage,
    viewer: Annotated[Viewer, who_may(Verb.EXPORT, Kind.DEAD_ZONE)],
    speaks: Speaks,
    settings: Configured,
    _placed: Annotated[None, Depends(heavy, scope="function")],
    *,
    paper: Annotated[Paper, Query()] = Paper.A3,
    period: Annotated[Period, Query()] = Period.NIGHT,
) -> Response:
    """Print the village for a meeting."""
    made = handout_pdf(
        session,
        area,
        paper=paper,
        language=speaks.code,
        period=period,
        site_url=settings.site_url,
        printed_by=viewer.name,
        now=datetime.now(UTC),
    )
    name = f"safemap-{period.value}-{paper.value}.pdf"
    return Response(
        made, media_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )

"""``safemap map`` and ``safemap handout``: take the map away, as a page that opens offline or as a print."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from sqlalchemy.orm import Session

from safemap.cli.acting import acting
from safemap.cli.languages import known_language
from safemap.communities import service as communities
from safemap.communities.rules import StudyArea
from safemap.db.opening import open_database
from safemap.db.session import unit_of_work
from safemap.diagnosis.rules import Period
from safemap.i18n import DEFAULT_LANGUAGE, LANGUAGES
from safemap.maps import service as maps
from safemap.maps.rules import Paper
from safemap.settings import Settings

Village = Annotated[str, typer.Argument(help="A village or a town, by name or code: 榕樹里, 大安區.")]
Language = Annotated[str, typer.Option(help=f"One of: {', '.join(LANGUAGES)}.")]
PeriodOption = Annotated[
    Period | None, typer.Option(help="Time of day; if left out: the one with most dead zones.", show_default=False)
]
Made = TypeVar("Made")


def register(app: typer.Typer) -> None:
    """Add `safemap map` and `safemap handout`."""

    @app.command("map")
    def offline_map(
        village: Village,
        out: Annotated[Path, typer.Option(help="File to write, .html.", dir_okay=False)] = Path("map.html"),
        language: Language = DEFAULT_LANGUAGE,
        period: PeriodOption = None,
    ) -> None:
        """Write one page with map, layers and dead zones that opens from a file, with no network."""
        page = _made(
            village,
            language,
            lambda session, area: maps.offline_map(
                session, area, language=language, period=period, printed_by=acting().name, now=datetime.now(UTC)
            ),
        )
        _write(out, page.encode())

    @app.command("handout")
    def handout(
        village: Village,
        out: Annotated[Path, typer.Option(help="File to write, .pdf.", dir_okay=False)] = Path("handout.pdf"),
        paper: Annotated[Paper, typer.Option(help="Sheet to print on.")] = Paper.A3,
        language: Language = DEFAULT_LANGUAGE,
        period: PeriodOption = None,
        scale: Annotated[
            int | None,
            typer.Option(help="2500 for 1:2,500; if left out: the largest round one that fits.", show_default=False),
        ] = None,
    ) -> None:
        """Print the map with its numbered dead zones, their reasons and room to write, as PDF."""
        settings = Settings()
        printed = _made(
            village,
            language,
            lambda session, area: maps.handout_pdf(
                session,
                area,
                paper=paper,
                language=language,
                period=period,
                scale=scale,
                site_url=settings.site_url,
                printed_by=acting().name,
                now=datetime.now(UTC),
            ),
        )
        _write(out, printed)


def _made(village: str, language: str, make: Callable[[Session, StudyArea], Made]) -> Made:
    known_language(language)
    with unit_of_work(open_database(Settings())) as session:
        return make(session, communities.study_area(session, village))


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    typer.echo(f"Written: {path} ({len(content) / 1000:,.0f} kB)")

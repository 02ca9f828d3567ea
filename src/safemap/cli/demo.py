"""`safemap demo`: the whole walk at once, with the fictional village."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from safemap.cli import serving
from safemap.communities.service import study_area
from safemap.db.opening import open_database
from safemap.db.session import unit_of_work
from safemap.demo.generate import write_demo_files
from safemap.demo.layout import CODE
from safemap.demo.loading import FOLDER, load_demo
from safemap.demo.people import load_people
from safemap.diagnosis.rules import DiagnosisNotFound
from safemap.diagnosis.service import diagnose, latest_diagnosis
from safemap.settings import Settings


def register(app: typer.Typer) -> None:
    """Add `safemap demo`."""

    @app.command("demo")
    def demo(
        serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Start the web app afterwards.")] = True,
        regenerate: Annotated[
            bool, typer.Option("--regenerate", help="Write the village's files anew from its plan, and stop.")
        ] = False,
        host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default=False)] = None,
        port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port.", show_default=False)] = None,
    ) -> None:
        """Load the fictional demo village, find its dead zones, open the web app."""
        if regenerate:
            for path in write_demo_files(FOLDER):
                typer.echo(f"written: {path}")
            return
        typer.echo("Opening the database …")
        engine = open_database(Settings(), as_owner=True)
        with unit_of_work(engine) as session:
            reports = load_demo(session, on_file=lambda path: typer.echo(f"Loading {path.name} …"))
            load_people(session)
            changed = any(counts.added or counts.changed for report in reports for counts in report.tables.values())
            area = study_area(session, CODE)
            if changed or not _is_diagnosed(session, area.key):
                typer.echo("Looking for dead zones …")
                diagnose(session, area, now=datetime.now(UTC))
        engine.dispose()
        typer.echo(f"The demo village {area.county}{area.town}{area.name} is ready. It is fictional.")
        if serve:
            serving.run(host=host, port=port, demo=True)


def _is_diagnosed(session: Session, key: str) -> bool:
    try:
        latest_diagnosis(session, key)
    except DiagnosisNotFound:
        return False
    return True

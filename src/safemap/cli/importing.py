"""`safemap import`: files from outside become rows, and a report says what became of each."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from safemap.db.opening import open_database
from safemap.db.session import open_session
from safemap.errors import InvalidInput
from safemap.imports.reading import files_of
from safemap.imports.report import ImportReport
from safemap.imports.service import KINDS, Choices, import_files
from safemap.settings import Settings

REASONS_SHOWN = 12
REMARKS_SHOWN = 24
WIDTH_OF_A_FILE = 160  # columns when the summary goes to a file or a pipe


def register(app: typer.Typer) -> None:
    """Add `safemap import`."""

    @app.command("import")
    def import_command(
        kind: Annotated[str, typer.Argument(help=f"One of: {', '.join(KINDS)}.", metavar="KIND")],
        files: Annotated[list[Path], typer.Argument(help="Files, or folders of files.", metavar="FILE…")],
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check, store nothing.")] = False,
        report_file: Annotated[
            Path | None, typer.Option("--report", help="Write every note to this JSON file.")
        ] = None,
        source: Annotated[str | None, typer.Option(help="Name of the source, if not the file's.")] = None,
        village: Annotated[str | None, typer.Option(help="osm: make the file's box a study area of this name.")] = None,
        place_kind: Annotated[
            str | None, typer.Option("--as", help="places: what they are, e.g. aed, if the file does not say it.")
        ] = None,
        crs: Annotated[
            int | None, typer.Option(help="EPSG number of a map file's coordinates, if it is silent.")
        ] = None,
    ) -> None:
        """Bring streets, boundaries, incidents, lamps, cameras and more into the database."""
        choices = Choices(source, village, place_kind, crs)
        engine = open_database(Settings(), as_owner=True)
        with _progress(kind, files) as show, open_session(engine) as session, session.begin() as transaction:
            report = import_files(session, kind, files, choices=choices, on_file=show)
            if report_file is not None:  # before the commit: without the report nothing is stored either
                report_file.write_text(report.as_json(), encoding="utf-8")
            if dry_run:
                transaction.rollback()
        _print(report, dry_run=dry_run, report_file=report_file)
        if report.rows_read == report.refused:
            raise InvalidInput("Nothing in it could be taken.", remedy="The reasons stand above.")


@contextmanager
def _progress(kind: str, files: list[Path]) -> Iterator[Callable[[Path], None]]:
    """Show a bar of files on stderr while a person looks; yields what says that the next file begins."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"importing {kind}", total=len(files_of(files)), completed=-1)

        def show(path: Path) -> None:
            progress.update(task, description=f"importing {kind}: {path.name}", advance=1)

        yield show


def _print(report: ImportReport, *, dry_run: bool, report_file: Path | None) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDTH_OF_A_FILE

    def say(sentence: str) -> None:
        console.print(sentence, markup=False, soft_wrap=True)

    names = report.files[0] if len(report.files) == 1 else f"{len(report.files)} files"
    fates = f"{report.kept:,} kept, {report.mended:,} mended, {report.refused:,} refused"
    say(f"{names}: {report.rows_read:,} rows read: {fates}.")
    for remark in report.remarks[:REMARKS_SHOWN]:
        say(f"  {remark}")
    if len(report.remarks) > REMARKS_SHOWN:
        say(f"  … and {len(report.remarks) - REMARKS_SHOWN:,} more of these.")
    if report.notes:
        console.print(_reasons(report))
    if report_file is None and (report.notes or len(report.remarks) > REMARKS_SHOWN):
        say("  All of it, row by row: add --report FILE.json")
    changed = False
    for name, counts in report.tables.items():
        words = f"{counts.added:,} added, {counts.changed:,} changed, {counts.unchanged:,} unchanged"
        say(f"  {name}: {words}" + (f", {counts.removed:,} removed" if counts.removed else ""))
        changed = changed or bool(counts.added or counts.changed or counts.removed)
    if dry_run:
        say("Nothing was stored (--dry-run).")
    elif not changed and report.refused < report.rows_read:
        say("Nothing changed: all of it was here before.")


def _reasons(report: ImportReport) -> Table:
    table = Table("", "times", "reason", "for example", "what is right, or was done", box=None, pad_edge=False)
    for outcome, reason, count, note in report.reasons()[:REASONS_SHOWN]:
        example = f"{note.file} {note.row}: {note.field} “{note.value}”"
        table.add_row(*map(Text, (outcome.value, f"{count:,}", reason, example, note.right)))
    return table

"""`safemap import`: files from outside become rows, and a report says what became of each."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from safemap.db.opening import open_database
from safemap.db.session import open_session
from safemap.imports.report import ImportReport, Outcome
from safemap.imports.service import KINDS, import_files
from safemap.settings import Settings

REASONS_SHOWN = 12


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
    ) -> None:
        """Bring streets, boundaries, incidents, lamps, cameras and more into the database."""
        engine = open_database(Settings())
        console = Console(stderr=True)
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            count = sum(len(list(path.iterdir())) if path.is_dir() else 1 for path in files)
            task = progress.add_task(f"importing {kind}", total=count)

            def show(path: Path) -> None:
                progress.update(task, description=f"importing {kind}: {path.name}", advance=1)

            with open_session(engine) as session, session.begin() as transaction:
                report = import_files(session, kind, files, source=source, village=village, on_file=show)
                if dry_run:
                    transaction.rollback()
        if report_file is not None:
            report_file.write_text(report.as_json(), encoding="utf-8")
        _print(report, dry_run=dry_run, report_file=report_file)


def _print(report: ImportReport, *, dry_run: bool, report_file: Path | None) -> None:
    console = Console(highlight=False)
    names = report.files[0] if len(report.files) == 1 else f"{len(report.files)} files"
    fates = f"{report.kept:,} kept, {report.mended:,} mended, {report.refused:,} refused"
    console.print(f"{names}: {report.rows_read:,} rows read: {fates}.", markup=False)
    for remark in report.remarks:
        console.print(f"  {remark}", markup=False)
    if report.notes:
        table = Table("", "times", "reason", "for example", "what is right, or was done", box=None, pad_edge=False)
        for outcome, reason, count, note in report.reasons()[:REASONS_SHOWN]:
            mark = {Outcome.KEPT: "kept", Outcome.MENDED: "mended", Outcome.REFUSED: "refused"}[outcome]
            table.add_row(
                mark, f"{count:,}", reason, f"{note.file} {note.row}: {note.field} “{note.value}”", note.right
            )
        console.print(table)
        if report_file is None:
            console.print("  Every note: add --report FILE.json", markup=False)
    changed = False
    for name, counts in report.tables.items():
        words = f"{counts.added:,} added, {counts.changed:,} changed, {counts.unchanged:,} unchanged"
        console.print(f"  {name}: {words}" + (f", {counts.removed:,} removed" if counts.removed else ""), markup=False)
        changed = changed or bool(counts.added or counts.changed or counts.removed)
    if dry_run:
        console.print("Nothing was stored (--dry-run).")
    elif not changed:
        console.print("Nothing changed: all of it was here before.")

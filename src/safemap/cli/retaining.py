"""`safemap retention`: how long each kind of record is kept, and taking what has been kept long enough."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from safemap.cli.acting import acting
from safemap.db.opening import open_database
from safemap.db.session import unit_of_work
from safemap.privacy import retention
from safemap.settings import Settings

commands = typer.Typer(no_args_is_help=True, help="How long records are kept; taking those that were kept long enough.")


def register(app: typer.Typer) -> None:
    """Add `safemap retention` to the commands."""
    app.add_typer(commands, name="retention")


@commands.command()
def show() -> None:
    """Print the table: kind, period, from when on, what becomes of it."""
    table = Table("kind", "kept for", "after", "then", "what", box=None)
    for rule in retention.RULES:
        table.add_row(rule.code, rule.words, rule.counted_from, rule.fate.value, rule.kind)
    screen = Console(highlight=False)
    (screen if screen.is_terminal else Console(highlight=False, width=200)).print(table)


@commands.command()
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count; change nothing.")] = False,
) -> None:
    """Take what has been kept long enough, now; the web app does so once a day by itself."""
    with unit_of_work(open_database(Settings())) as session:
        counts = retention.run(session, acting(), datetime.now(UTC), is_dry=dry_run)
    found = {code: count for code, count in counts.items() if count}
    for rule in retention.RULES:
        if rule.code in found:
            verb = "would be" if dry_run else "were"
            typer.echo(f"{rule.code}: {found[rule.code]:,} {verb} {rule.fate.value}")
    if not found:
        typer.echo("Nothing has been kept long enough.")

"""`safemap outbox`: letters that wait or were sent; without a mail server an operator reads them out."""

from typing import Annotated

import typer

from safemap.db.opening import open_database
from safemap.db.session import unit_of_work
from safemap.notifications import service
from safemap.notifications.rules import MailNotConfigured
from safemap.settings import Settings

commands = typer.Typer(help="Letters that wait or were sent.")


def register(app: typer.Typer) -> None:
    """Add `safemap outbox` to the commands."""
    app.add_typer(commands, name="outbox")


@commands.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    purge: Annotated[bool, typer.Option("--purge", help="Delete all letters, those that wait included.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many of the newest letters.")] = 100,
) -> None:
    """Show the newest letters, newest last, with the texts of those that were not sent."""
    if context.invoked_subcommand:
        return
    settings = Settings()
    with unit_of_work(open_database(settings)) as session:
        if purge:
            gone, unsent = service.purge(session)
            typer.echo(f"{gone} letters deleted, {unsent} of them never sent.")
            return
        letters = [
            "\n".join(
                (
                    f"--- {letter.id}  {letter.created_at.astimezone():%Y-%m-%d %H:%M}  {letter.purpose}",
                    f"To: {letter.to_address}" + (" (by LINE)" if letter.channel == "line" else ""),
                    f"Subject: {letter.subject}",
                    f"State: {_state(letter.sent_at, letter.failed_at, letter.attempts, letter.last_error)}",
                    *(("", letter.body.rstrip("\n")) if letter.body else ()),
                )
            )
            for letter in service.outbox(session, limit=limit)
        ]
    typer.echo("\n\n".join(letters) or "The outbox is empty.")
    if not service.is_mail_configured(settings):
        typer.echo("\nNo mail server is configured (SAFEMAP_SMTP_URL, SAFEMAP_MAIL_FROM): hand these over by yourself.")


def _state(sent: object, failed: object, attempts: int, why: str) -> str:
    if sent:
        return "sent; its text was wiped"
    if failed:
        return f"given up; its text was wiped ({why})"
    return f"waits, {attempts} attempts ({why})" if attempts else "waits"


@commands.command()
def send() -> None:
    """Hand over all letters that wait, now."""
    settings = Settings()
    couriers = service.couriers_of(settings)
    if not couriers.channels:
        raise MailNotConfigured
    done = service.deliver_waiting(open_database(settings), couriers, at_once=True)
    typer.echo(f"{done.sent} sent, {done.postponed} will be tried again, {done.failed} given up.")

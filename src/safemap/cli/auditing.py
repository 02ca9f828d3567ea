"""`safemap audit`: what was done and who saw what, and whether the trail is what was written."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from safemap.audit import service
from safemap.audit.rules import Chain, TrailBroken, parse_head
from safemap.db.opening import open_database
from safemap.db.session import unit_of_work
from safemap.settings import Settings

commands = typer.Typer(no_args_is_help=True, help="Look at the audit trail and check that nothing in it was changed.")


class Trail(StrEnum):
    """The two trails, as a person names them."""

    DEEDS = "deeds"
    ACCESSES = "accesses"


CHAINS = {Trail.DEEDS: Chain.DEEDS, Trail.ACCESSES: Chain.ACCESSES}


def register(app: typer.Typer) -> None:
    """Add `safemap audit` to the commands."""
    app.add_typer(commands, name="audit")


@commands.command()
def verify(
    against: Annotated[
        str, typer.Option(help="A head of the deeds that was written down before.", metavar="N:HASH")
    ] = "",
    against_accesses: Annotated[
        str, typer.Option(help="A head of the accesses that was written down before.", metavar="N:HASH")
    ] = "",
) -> None:
    """Follow both trails from their first rows to their heads; fails at the first row that is not what was written."""
    written = {Trail.DEEDS: against, Trail.ACCESSES: against_accesses}
    kept = {trail: parse_head(text) for trail, text in written.items() if text}
    engine = open_database(Settings())
    with unit_of_work(engine) as session:
        checked = {
            trail: service.verify(session, chain, written_down=kept.get(trail)) for trail, chain in CHAINS.items()
        }
        service.note_check(session, list(checked.values()))
    for trail, found in checked.items():
        if found.broken is not None:
            raise TrailBroken(found)
        typer.echo(f"{trail.value}: {found.head.entries:,} rows, whole. Head: {found.head}")
    if not kept:
        typer.echo(
            "Somebody with the database owner's rights could have made a trail anew as a whole. To rule that out, "
            "write the heads down elsewhere and give them next time: --against, --against-accesses."
        )


@commands.command()
def head() -> None:
    """Print where the trails end, to be written down or mailed: later they prove that nothing before was changed."""
    with unit_of_work(open_database(Settings())) as session:
        for trail, chain in CHAINS.items():
            typer.echo(f"{trail.value} {service.head(session, chain)}")


@commands.command()
def show(
    trail: Annotated[Trail, typer.Argument(help="What was done, or who saw personal data.")] = Trail.DEEDS,
    since: Annotated[datetime | None, typer.Option(help="From this moment on (this machine's time zone).")] = None,
    kind: Annotated[str, typer.Option(help="Only records of this kind, such as hazard.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many of the newest rows.")] = 100,
) -> None:
    """Print the newest rows, oldest first: number, moment, who (number and roles), what, what for."""
    begin = since.astimezone(UTC) if since else None
    with unit_of_work(open_database(Settings())) as session:
        lines = (
            [
                f"{deed.id}  {_when(deed.at)}  {_who(deed.actor, deed.actor_roles)}  {deed.verb} {deed.kind} "
                f"{deed.record}{_ending(deed.village_id, deed.purpose)}"
                + "".join(f"  {name}={value}" for name, value in deed.details.items())
                for deed in service.deeds(session, since=begin, kind=kind, limit=limit)
            ]
            if trail is Trail.DEEDS
            else [
                f"{seen.id}  {_when(seen.at)}  {_who(seen.actor, seen.actor_roles)}  saw {seen.kind} "
                f"{', '.join(seen.records)}{_ending(seen.village_id, seen.purpose)}"
                for seen in service.accesses(session, since=begin, kind=kind, limit=limit)
            ]
        )
    typer.echo("\n".join(lines) or "Nothing yet.")


def _when(at: datetime) -> str:
    return at.astimezone().isoformat(sep=" ", timespec="seconds")


def _who(actor: int | None, roles: str) -> str:
    who = "nobody signed in" if actor is None else f"person {actor}"
    return f"{who} ({roles})" if roles else who


def _ending(village_id: int | None, purpose: str) -> str:
    place = f"  village {village_id}" if village_id is not None else ""
    return place + (f"  for: {purpose}" if purpose else "")

"""`safemap user`: the first administrator, and what an operator does when nobody can sign in."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy.orm import Session

from safemap.cli.acting import acting
from safemap.communities import service as communities
from safemap.db.opening import open_database
from safemap.db.session import unit_of_work
from safemap.errors import InvalidInput, NotFound
from safemap.identity import links, service
from safemap.identity.letters import PASSWORD_PATH
from safemap.identity.reviewing import due_for_review
from safemap.identity.rules import Role, ScopeKind
from safemap.identity.schemas import GrantSeen, NewPerson, PersonSeen, Scope
from safemap.identity.signing_in import today
from safemap.settings import Settings

commands = typer.Typer(no_args_is_help=True, help="People and their roles.")
Email = Annotated[str, typer.Argument(help="The person's e-mail address.")]
RoleId = Annotated[int, typer.Argument(help="The role's number, as `safemap user list` shows it.")]


def register(app: typer.Typer) -> None:
    """Add `safemap user` to the commands."""
    app.add_typer(commands, name="user")


@commands.command()
def add(
    email: Annotated[str, typer.Option(help="E-mail address; an account that has it gets the role.")],
    role: Annotated[Role, typer.Option(help="What they are in the programme.")],
    name: Annotated[str, typer.Option(help="How lists and prints name them.")] = "",
    village: Annotated[str, typer.Option(help="The role is for this village: name or code.")] = "",
    community: Annotated[str, typer.Option(help="… for all villages of this community.")] = "",
    precinct: Annotated[str, typer.Option(help="… for all villages of this police precinct; needs --county.")] = "",
    county: Annotated[str, typer.Option(help="… for this county.")] = "",
    country: Annotated[bool, typer.Option("--country", help="… for the whole country.")] = False,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Its last day.")] = None,
    language: Annotated[str, typer.Option(help="In which letters to them are written.")] = "zh-Hant",
) -> None:
    """Make an account, or give one another role; prints a link by which its owner sets a password."""
    settings, now = Settings(), datetime.now(UTC)
    with unit_of_work(open_database(settings)) as session:
        scope = _scope(session, village, community, precinct, county, everywhere=country)
        person_id = service.person_id_by_email(session, email)
        if person_id is None:
            person_id = service.add_person(session, _new_person(email, name, language), acting()).id
        last_day = until.date() if until else None
        service.grant_role(session, acting(), person_id, role, scope, starts_on=today(now), ends_on=last_day)
        token = links.first_link(session, person_id, now)
    typer.echo(f"{email} is {role} now.")
    if token:
        _show_link(settings, token)


@commands.command("list")
def show() -> None:
    """List the people with their roles; the numbers are those of the roles."""
    with unit_of_work(open_database(Settings())) as session:
        people = service.members(session, acting())
    day = today(datetime.now(UTC))
    _table(
        ("name", "e-mail", "signed in", "2nd factor", "roles"),
        [
            (
                person.name,
                person.email,
                "closed" if person.disabled_at else _day(person.signed_in_at),
                "yes" if person.has_second_factor else "",
                "\n".join(_role(grant, day) for grant in person.grants),
            )
            for person in people
        ],
    )


@commands.command()
def disable(
    email: Email, reason: Annotated[str, typer.Option(help="Why, for the audit trail: moved away, transferred.")]
) -> None:
    """Close an account: its sessions and tokens end at once, its records stay."""
    with unit_of_work(open_database(Settings())) as session:
        person = _person(session, email)
        service.disable_person(session, acting(), person.public_id, reason, datetime.now(UTC))
    typer.echo(f"The account of {email} is closed.")


@commands.command()
def enable(email: Email) -> None:
    """Open a closed account again, with the roles that were not ended."""
    with unit_of_work(open_database(Settings())) as session:
        service.enable_person(session, acting(), _person(session, email).public_id)
    typer.echo(f"The account of {email} is open.")


@commands.command()
def reset(email: Email) -> None:
    """Take away password, second factor, sessions and tokens; prints a link by which the owner sets a password."""
    settings = Settings()
    with unit_of_work(open_database(settings)) as session:
        token = links.reset_person(session, acting(), _person(session, email).public_id, datetime.now(UTC))
    typer.echo(f"{email} is signed out everywhere.")
    _show_link(settings, token)


@commands.command()
def review() -> None:
    """List the roles to look at again: not confirmed or not used for a year, ended, of closed accounts."""
    now = datetime.now(UTC)
    with unit_of_work(open_database(Settings())) as session:
        due = due_for_review(service.members(session, acting()), now, today(now))
    _table(
        ("why", "confirmed", "signed in", "name", "e-mail", "role"),
        [
            (
                entry.why.value,
                _day(entry.grant.reviewed_at),
                _day(entry.person.signed_in_at),
                entry.person.name,
                entry.person.email,
                _role(entry.grant, today(now)),
            )
            for entry in due
        ],
    )


@commands.command()
def confirm(role: RoleId) -> None:
    """Say that a role is still right."""
    with unit_of_work(open_database(Settings())) as session:
        service.confirm_role(session, acting(), role, datetime.now(UTC))


@commands.command()
def end(role: RoleId) -> None:
    """End a role at once."""
    with unit_of_work(open_database(Settings())) as session:
        service.end_role(session, acting(), role, datetime.now(UTC))


def _person(session: Session, email: str) -> PersonSeen:
    found = service.person_by_email(session, email)
    if found is None:
        raise NotFound("Nobody has the address {email}.", remedy="safemap user list shows everybody.", email=email)
    return found


def _new_person(email: str, name: str, language: str) -> NewPerson:
    try:
        return NewPerson(email=email, name=name, language=language)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        raise InvalidInput("--{field}: {why}.", field=field, why=first["msg"]) from None


def _scope(session: Session, village: str, community: str, precinct: str, county: str, *, everywhere: bool) -> Scope:
    if sum(map(bool, (village, community, precinct, county and not precinct, everywhere))) != 1:
        raise InvalidInput(
            "Say how far the role reaches, once.",
            remedy="--village, --community, --precinct with --county, --county, or --country.",
            field="scope",
        )
    if village:
        area = communities.study_area(session, village)
        if area.key.startswith(communities.TOWN_KEY):
            raise InvalidInput("“{named}” is a whole town.", remedy="Name a village.", field="village", named=village)
        return Scope(kind=ScopeKind.VILLAGE, village_id=area.village_ids[0])
    if community:
        return Scope(kind=ScopeKind.COMMUNITY, community_id=communities.community_id(session, community))
    if precinct:
        return Scope(
            kind=ScopeKind.PRECINCT, precinct_id=communities.precinct_id(session, _county(session, county), precinct)
        )
    return Scope(kind=ScopeKind.COUNTY, county=_county(session, county)) if county else Scope(kind=ScopeKind.COUNTRY)


def _county(session: Session, named: str) -> str:
    county = named.strip().replace("台", "臺")
    known = sorted({area.county for area in communities.study_areas(session)})
    if county not in known:
        raise InvalidInput(
            "No village of “{county}” has been imported.",
            remedy="Known counties: {known}.",
            field="county",
            county=county,
            known="、".join(known) or "none yet",
        )
    return county


def _show_link(settings: Settings, token: str) -> None:
    days = links.HANDED_LASTS.days
    typer.echo(f"A password can be set once within {days} days at\n{settings.site_url}{PASSWORD_PATH}{token}")


def _role(grant: GrantSeen, day: date) -> str:
    place = grant.scope_name or "whole country"
    if grant.ended_at:
        ending = f" (ended {_day(grant.ended_at)})"
    elif grant.ends_on:
        ending = f" ({'ended' if grant.ends_on < day else 'until'} {grant.ends_on})"
    else:
        ending = ""
    return f"{grant.id} {grant.role} {place}{ending}"


def _day(moment: datetime | None) -> str:
    return f"{moment.astimezone():%Y-%m-%d}" if moment else "never"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if not rows:
        typer.echo("Nobody.")
        return
    table = Table(*columns, box=None)
    for row in rows:
        table.add_row(*map(Text, row))  # names are no markup
    screen = Console(highlight=False)
    (screen if screen.is_terminal else Console(highlight=False, width=200)).print(table)

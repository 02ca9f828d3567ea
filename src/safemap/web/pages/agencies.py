"""Signing in through an agency: away to its sign-in page, and back with what it vouches for."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from safemap.db.session import unit_of_work
from safemap.errors import SafemapError
from safemap.identity import invitations
from safemap.identity.agencies import service
from safemap.identity.agencies.openid import Provider, provider_named
from safemap.identity.agencies.rules import (
    AnothersAddress,
    Declined,
    NobodyInvited,
    NotBelieved,
    NotVouchedFor,
    Proof,
    SignInLost,
    Unreachable,
)
from safemap.identity.agencies.service import Trip
from safemap.identity.keys import Keys
from safemap.identity.letters import INVITATION_PATH
from safemap.identity.limits import AGENCY_SIGN_INS
from safemap.identity.rules import ANONYMOUS, Kind, LinkUsedUp, Verb
from safemap.identity.signing_in import session_of
from safemap.settings import Settings
from safemap.web.asked_first import notice_first
from safemap.web.deps import Configured, engine_of, language_of
from safemap.web.errors import failure_of, kind_of
from safemap.web.limits import spend_for
from safemap.web.onward import CODE_PATH, SIGN_IN_PATH, path_here
from safemap.web.pages._common import page
from safemap.web.permits import open_to_all
from safemap.web.viewing import (
    InstallationKeys,
    Providers,
    keep_browser_away,
    keep_device,
    keep_session,
    providers_of_app,
    token_of_browser_away,
    who_asks,
)

SET_OUT = f"{SIGN_IN_PATH}/agency/"
REFUSALS = (AnothersAddress, Declined, NobodyInvited, NotBelieved, NotVouchedFor, SignInLost, Unreachable)

router = APIRouter(prefix="/sign-in/agency", dependencies=[open_to_all(Verb.EDIT_OWN, Kind.PERSON)])


@dataclass(frozen=True)
class AgencyButton:
    """What leads to an agency's sign-in."""

    title: str
    address: str


def agency_buttons(request: Request, next_path: str = "") -> list[AgencyButton]:
    """Return the agencies that people can sign in through, named in the reader's language."""
    language = language_of(request).code
    return [
        AgencyButton(provider.agency.titled(language), _address(f"{SET_OUT}{name}", next_path))
        for name, provider in providers_of_app(request).items()
    ]


@router.get("/{name}")
def set_out(
    request: Request,
    keys: InstallationKeys,
    settings: Configured,
    providers: Providers,
    name: str,
    next_path: Annotated[str, Query(alias="next", max_length=500)] = "",
) -> Response:
    """Send the browser to the agency; what its answer has to fit is kept until it is back."""
    provider = provider_named(providers, name)
    trip = Trip(service.new_ask(), path_here(next_path))
    try:
        address = provider.address_to_ask(trip.asked, _back(settings, name))
    except Unreachable as refused:
        return _refused(name, refused, trip.next_path)
    with unit_of_work(engine_of(request)) as session:
        spend_for(request, session, keys, ANONYMOUS, AGENCY_SIGN_INS)
        browser = service.set_out(session, keys, name, trip, datetime.now(UTC))
    keep_browser_away(request, browser)
    return RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})


@router.get("/{name}/back")
def back(
    request: Request,
    keys: InstallationKeys,
    settings: Configured,
    providers: Providers,
    name: str,
    code: Annotated[str, Query(max_length=4000)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
    iss: Annotated[str | None, Query(max_length=500)] = None,
    error: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Take the answer, once: sign in, or have an invitation taken up; else say what is missing."""
    provider, engine = provider_named(providers, name), engine_of(request)
    next_path = "/"
    try:
        # Two transactions, so that an answer counts as used whatever comes of it, and none is open while others talk.
        with unit_of_work(engine) as session:
            away = token_of_browser_away(request)
            trip = service.come_back(session, keys, name, away, state, datetime.now(UTC))
        keep_browser_away(request, "")
        next_path = path_here(trip.next_path)
        if error or not code:
            raise Declined
        proof = provider.proof(trip.asked, _back(settings, name), code, iss)
        return _arrive(request, engine, keys, settings, provider, proof, next_path)
    except REFUSALS as refused:
        return _refused(name, refused, next_path)


@router.get("/{name}/refused")
def refused(
    request: Request,
    providers: Providers,
    name: str,
    why: Annotated[str, Query(max_length=50)] = "",
    next_path: Annotated[str, Query(alias="next", max_length=500)] = "",
) -> Response:
    """Say why nobody was signed in, and how to go on; the agency's answer stands in no address any more."""
    provider = provider_named(providers, name)
    failure = failure_of(next((error for kind in REFUSALS if kind_of(error := kind()) == why), SignInLost()), request)
    wanted = path_here(next_path)
    return page(
        request,
        "members/agency.html",
        status=failure.status,
        failure=failure,
        agency=provider.agency.titled(language_of(request).code),
        again=_address(f"{SET_OUT}{name}", wanted),
        password=_address(SIGN_IN_PATH, wanted),
    )


def _arrive(
    request: Request, engine: Engine, keys: Keys, settings: Settings, provider: Provider, proof: Proof, next_path: str
) -> Response:
    now = datetime.now(UTC)
    with unit_of_work(engine) as session:
        begun = service.arrive(session, provider.agency, proof, who_asks(request), settings.site_url, now)
        if begun is None:
            if not _is_invited(session, proof, next_path, now):
                raise NobodyInvited
            keep_browser_away(request, service.park(session, keys, proof, now))
        elif not next_path.startswith(INVITATION_PATH):
            next_path = notice_first(session, session_of(session, begun.token, now), next_path, now) or next_path
    if begun is not None:
        keep_session(request, begun.token)
        if begun.device_token:
            keep_device(request, begun.device_token)
        if begun.needs_code:
            next_path = _address(CODE_PATH, next_path)
    return RedirectResponse(next_path, status_code=303, headers={"Cache-Control": "no-store"})


def _is_invited(session: Session, proof: Proof, next_path: str, now: datetime) -> bool:
    """Whether somebody set out from an invitation that was sent to the very address that is vouched for."""
    if not next_path.startswith(INVITATION_PATH):
        return False
    token = next_path.removeprefix(INVITATION_PATH).partition("?")[0]
    try:
        return invitations.invitation_of(session, token, now).email == proof.email
    except LinkUsedUp:
        return False


def _refused(name: str, why: SafemapError, next_path: str) -> Response:
    address = _address(f"{SET_OUT}{name}/refused", next_path, why=kind_of(why))
    return RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})


def _address(path: str, next_path: str, **query: str) -> str:
    asked = {**query, **({"next": next_path} if next_path not in {"", "/"} else {})}
    return f"{path}?{urlencode(asked)}" if asked else path


def _back(settings: Settings, name: str) -> str:
    return f"{settings.site_url}{SET_OUT}{name}/back"

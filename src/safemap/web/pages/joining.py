"""What mailed links lead to: a new password, an invitation; and asking for such a letter."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from pydantic import ValidationError
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from safemap.i18n import mark
from safemap.identity import invitations, links
from safemap.identity.agencies import service as agencies
from safemap.identity.agencies.rules import Proof
from safemap.identity.keys import Keys
from safemap.identity.letters import INVITATION_PATH, PASSWORD_PATH
from safemap.identity.limits import LETTERS
from safemap.identity.passwords import LONGEST, SHORTEST, WeakPassword
from safemap.identity.rules import NEEDS_SECOND_FACTOR, ROLE_NAMES, Kind, Verb
from safemap.identity.schemas import NAME_LIMIT, InvitationSeen, NewPerson, plain_email
from safemap.identity.service import person_id_by_email
from safemap.identity.signing_in import OpenSession, today
from safemap.notifications.service import is_mail_configured
from safemap.privacy.consent import accept as accept_notice
from safemap.privacy.notices import current
from safemap.privacy.rules import Audience, Basis, basis_of
from safemap.web.deps import Configured, Db, Speaks, language_of, settings_of
from safemap.web.limits import AtMost
from safemap.web.pages._common import page
from safemap.web.pages.agencies import agency_buttons
from safemap.web.pages.privacy import notice_words
from safemap.web.permits import open_to_all
from safemap.web.viewing import (
    InstallationKeys,
    OpenHere,
    OwnSession,
    keep_browser_away,
    keep_device,
    keep_session,
    token_of_browser_away,
    who_asks,
)

router = APIRouter(dependencies=[open_to_all(Verb.EDIT_OWN, Kind.PERSON)])

NO_ADDRESS = mark("Give your e-mail address, such as name@example.org.")
NOT_AGREED = mark("Read what happens to your data and tick the box: without it there can be no account.")
NO_NAME = mark("Give your name as others should see it: 1 to 80 characters.")
Typed = Annotated[str, Form()]


@router.get(f"{PASSWORD_PATH}forgot")
def ask_form(request: Request) -> HTMLResponse:
    """Ask for whose password."""
    return page(request, "members/forgot.html", email="", wrong={})


@router.post(f"{PASSWORD_PATH}forgot", dependencies=[Depends(AtMost(*LETTERS))])
def ask(request: Request, session: Db, keys: InstallationKeys, settings: Configured, email: Typed = "") -> Response:
    """Mail a link if the address has an account; the answer is the same if it has none."""
    try:
        plain_email(email)
    except ValueError:
        return page(request, "members/forgot.html", status=400, email=email, wrong={"email": NO_ADDRESS})
    links.ask_for_link(session, keys, email, who_asks(request), settings.site_url, datetime.now(UTC))
    return RedirectResponse(f"{PASSWORD_PATH}asked", status_code=303)


@router.get(f"{PASSWORD_PATH}asked")
def asked(request: Request, settings: Configured) -> HTMLResponse:
    """Say where the letter is."""
    minutes = int(links.MAILED_LASTS.total_seconds() // 60)
    return page(request, "members/asked.html", minutes=minutes, has_mail=is_mail_configured(settings))


@router.get(f"{PASSWORD_PATH}set")
def is_set(request: Request) -> HTMLResponse:
    """Say that the new password holds."""
    return page(request, "members/set.html")


@router.get(f"{PASSWORD_PATH}{{token}}")
def password_form(request: Request, session: Db, token: str) -> HTMLResponse:
    """Show the form of a link; looking uses nothing up, for mail programs look first."""
    return _password_form(request, session, token)


@router.post(f"{PASSWORD_PATH}{{token}}")
def set_password(request: Request, session: Db, settings: Configured, token: str, password: Typed = "") -> Response:
    """Set the password, and have its owner sign in with it."""
    now = datetime.now(UTC)
    try:
        device = links.set_password_by_link(session, token, password, who_asks(request), settings.site_url, now)
    except WeakPassword as error:
        return _password_form(request, session, token, {"password": error.message})
    keep_device(request, device)
    return RedirectResponse(f"{PASSWORD_PATH}set", status_code=303)


@router.get(f"{INVITATION_PATH}accepted")
def accepted(request: Request, found: OwnSession) -> HTMLResponse:
    """Welcome who has just accepted."""
    return page(request, "members/accepted.html", viewer=found.viewer, resting=found.resting, role_names=ROLE_NAMES)


@router.get(f"{INVITATION_PATH}{{token}}")
def invitation(request: Request, session: Db, found: OpenHere, keys: InstallationKeys, token: str) -> HTMLResponse:
    """Show what an invitation offers; an agency may vouch for its address already."""
    proof = _proof(request, session, keys)
    return _invitation(request, session, token, found, {}, proof=proof, name=proof.name if proof else "")


@router.post(f"{INVITATION_PATH}{{token}}")
def accept(
    request: Request,
    session: Db,
    found: OpenHere,
    token: str,
    speaks: Speaks,
    keys: InstallationKeys,
    settings: Configured,
    name: Typed = "",
    password: Typed = "",
    agree: Typed = "",
) -> Response:
    """Make an account with the role, or add the role to the account of who is signed in.

    Who proves the address by an agency needs no password here; nobody gets an account without answering to the notice.
    """
    now = datetime.now(UTC)
    offered = invitations.invitation_of(session, token, now)
    if offered.has_account:
        if found is None:
            return _invitation(request, session, token, found, {}, status=403)
        invitations.accept_as_owner(session, found, token, now)
        return RedirectResponse(f"{INVITATION_PATH}accepted", status_code=303)
    proof = _proof(request, session, keys)
    is_vouched = proof is not None and proof.email == offered.email
    if agree != current(Audience.MEMBERS, today(now)).version:
        wrong = {"agree": NOT_AGREED}
        return _invitation(request, session, token, found, wrong, status=400, name=name, proof=proof)
    try:
        new = NewPerson(email=offered.email, name=name, language=speaks.code)
        if proof is not None and is_vouched:
            begun = invitations.accept_as_vouched(session, token, new, proof, who_asks(request), now)
            agencies.forget(session, token_of_browser_away(request))
            keep_browser_away(request, "")
        else:
            begun = invitations.accept_as_new(session, token, new, password, who_asks(request), now)
    except ValidationError:
        return _invitation(request, session, token, found, {"name": NO_NAME}, status=400, name=name, proof=proof)
    except WeakPassword as error:
        return _invitation(request, session, token, found, {"password": error.message}, status=400, name=name)
    accept_notice(session, begun.person_id, agree, settings.controller, speaks.code, now)
    keep_session(request, begun.token)
    keep_device(request, begun.device_token)
    return RedirectResponse(f"{INVITATION_PATH}accepted", status_code=303)


def _password_form(request: Request, session: Session, token: str, wrong: dict[str, str] | None = None) -> HTMLResponse:
    person = links.owner_of_link(session, token, datetime.now(UTC))
    words: dict[str, Any] = {"email": person.email, "wrong": wrong or {}, "shortest": SHORTEST, "longest": LONGEST}
    return _unkept(page(request, "members/password.html", status=400 if wrong else 200, **words))


def _invitation(
    request: Request,
    session: Session,
    token: str,
    found: OpenSession | None,
    wrong: dict[str, str],
    *,
    status: int = 200,
    proof: Proof | None = None,
    **words: Any,
) -> HTMLResponse:
    now = datetime.now(UTC)
    offered: InvitationSeen = invitations.invitation_of(session, token, now)
    owner_id = person_id_by_email(session, offered.email)
    made = page(
        request,
        "members/invitation.html",
        status=status,
        offered=offered,
        role=ROLE_NAMES[offered.role],
        needs_code=offered.role in NEEDS_SECOND_FACTOR,
        signed_in_as=found.viewer.name if found else "",
        is_owner=found is not None and found.person_id == owner_id,
        is_vouched=proof is not None and proof.email == offered.email,
        agencies=agency_buttons(request, request.url.path),
        wrong=wrong,
        shortest=SHORTEST,
        name_limit=NAME_LIMIT,
        notice=current(Audience.MEMBERS, today(now)),
        by_duty=basis_of(frozenset({offered.role})) is Basis.DUTY,
        **notice_words(settings_of(request), language_of(request)),
        **{"name": "", **words},
    )
    return _unkept(made)


def _proof(request: Request, session: Session, keys: Keys) -> Proof | None:
    """Return what an agency has just vouched for in this browser."""
    return agencies.parked(session, keys, token_of_browser_away(request), datetime.now(UTC))


def _unkept(made: HTMLResponse) -> HTMLResponse:
    """Have neither a cache nor the next page's owner learn the address, which holds a token."""
    made.headers["Cache-Control"] = "no-store"
    return made

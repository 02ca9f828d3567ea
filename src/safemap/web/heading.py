"""The head of every page: who is signed in, and where they may go from there."""

from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote

from fastapi import Request

from safemap.demo.people import role_of_demo_person
from safemap.i18n import mark
from safemap.identity.permissions import may
from safemap.identity.rules import ROLE_NAMES, Kind, Verb
from safemap.identity.signing_in import OpenSession
from safemap.web.deps import settings_of
from safemap.web.onward import SIGN_IN_PATH, here
from safemap.web.viewing import session_token


class MenuEntry(NamedTuple):
    """A page that the menu of somebody signed in leads to, if they may open it anywhere."""

    path: str
    words: str
    verb: Verb
    kind: Kind


# One line for each page of people's own or of their office, in the menu's order.
MENU = (
    MenuEntry("/me", mark("Your account"), Verb.EDIT_OWN, Kind.PERSON),
    MenuEntry("/me/data", mark("Your data"), Verb.EDIT_OWN, Kind.PERSON),
    MenuEntry("/members", mark("Members"), Verb.SEE_EXACT, Kind.PERSON),
    MenuEntry("/moderation", mark("Moderation"), Verb.MODERATE, Kind.REPORT),
    MenuEntry("/privacy/requests", mark("Requests about personal data"), Verb.REVIEW, Kind.DATA_REQUEST),
    MenuEntry("/privacy/breaches", mark("Breach register"), Verb.SEE_EXACT, Kind.BREACH),
    MenuEntry("/audit", mark("Audit trail"), Verb.SEE_EXACT, Kind.AUDIT),
)


@dataclass(frozen=True)
class Heading:
    """What the head of a page says.

    Parameters
    ----------
    name
        Of who is signed in; empty: nobody is, or the failure came before it was known.
    has_session
        The browser holds a session's cookie, whether or not it still opens one.
    needs_code
        The second factor has yet to be passed.
    menu
        Paths and words of the pages that they may open.
    acts_as
        Name of the role in which they look at the demo village; empty: they are no demo person.
    sign_in
        Where to sign in, and come back here.
    """

    name: str
    has_session: bool
    needs_code: bool
    menu: tuple[tuple[str, str], ...]
    acts_as: str
    sign_in: str


def heading_of(request: Request) -> Heading:
    """Return the head of the page that answers a request."""
    found: OpenSession | None = getattr(request.state, "found", None)
    role = role_of_demo_person(found.email) if found and settings_of(request).demo else None
    asked = here(request)
    return Heading(
        name=found.viewer.name if found else "",
        has_session=bool(session_token(request)),
        needs_code=found.needs_code if found else False,
        menu=tuple((one.path, one.words) for one in MENU if found and may(found.viewer, one.verb, one.kind)),
        acts_as=ROLE_NAMES[role] if role else "",
        sign_in=SIGN_IN_PATH if asked == "/" else f"{SIGN_IN_PATH}?next={quote(asked, safe='/')}",
    )

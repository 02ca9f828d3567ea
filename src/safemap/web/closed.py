"""What somebody is told who is not let in: whom a page is for, and how to become one of them."""

from dataclasses import dataclass, replace
from urllib.parse import quote

from fastapi import Request

from safemap.errors import SafemapError
from safemap.i18n import mark
from safemap.identity.permissions import permissions
from safemap.identity.rules import MAY_GRANT, ROLE_NAMES, CodeFirst, MayNot, ProveAgain, Role
from safemap.identity.signing_in import OpenSession
from safemap.web.deps import settings_of
from safemap.web.onward import CODE_PATH, SIGN_IN_PATH, here
from safemap.web.rules import SignInFirst

FOR_MEMBERS = mark("This page is for members")
YOUR_OWN = mark("This page is your own: sign in first")
ONE_MORE_STEP = mark("One more step: your second factor")
ONCE_MORE = mark("Sign in once more for this")
NOT_YOUR_ROLE = mark("Your roles do not reach this page")
SECOND_FACTOR_PATH = "/me/second-factor"


@dataclass(frozen=True)
class WayIn:
    """How somebody comes to where they were not let in.

    Parameters
    ----------
    title
        What stands over the page.
    path, words
        Of the one button that leads on; empty where nothing but another role helps.
    roles
        Names of the roles that may.
    givers
        Names of the roles that give one of those.
    own
        Names of the roles that the asker has, resting ones too.
    resting
        Names of those that would do, but rest until the second factor is passed.
    demo
        Where this site lets one look at the demo village as somebody; empty: it does not.
    """

    title: str
    path: str = ""
    words: str = ""
    roles: tuple[str, ...] = ()
    givers: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    resting: tuple[str, ...] = ()
    demo: str = ""

    @property
    def for_all_roles(self) -> bool:
        """Whether any role at all will do."""
        return len(self.roles) == len(Role) - 1


def way_in_of(error: SafemapError, request: Request) -> WayIn | None:
    """Return the way in past a refusal; None when it is a refusal of another kind."""
    if not isinstance(error, MayNot | SignInFirst | CodeFirst | ProveAgain):
        return None
    found: OpenSession | None = getattr(request.state, "found", None)
    asked = quote(here(request), safe="/")
    if isinstance(error, ProveAgain):
        return WayIn(ONCE_MORE, f"{SIGN_IN_PATH}?again=1&next={asked}", mark("Sign in"))
    code = (f"{CODE_PATH}?next={asked}", mark("Type the code"))
    if isinstance(error, CodeFirst):
        return WayIn(ONE_MORE_STEP, *code)
    able = permissions().get((error.kind, error.verb), frozenset()) if isinstance(error, MayNot) else frozenset()
    givers = frozenset(giver for giver, given in MAY_GRANT.items() if given & able)
    own = found.viewer.roles | found.resting if found else frozenset()
    demo = f"/demo/as?next={asked}" if settings_of(request).demo else ""
    way = WayIn(NOT_YOUR_ROLE, roles=_named(able), givers=_named(givers), own=_named(own), demo=demo)
    if found is None:
        title = YOUR_OWN if isinstance(error, SignInFirst) else FOR_MEMBERS
        return replace(way, title=title, path=f"{SIGN_IN_PATH}?next={asked}", words=mark("Sign in"))
    if found.resting & able:
        path, words = code if found.needs_code else (SECOND_FACTOR_PATH, mark("Set up your second factor"))
        return replace(way, title=ONE_MORE_STEP, path=path, words=words, resting=_named(found.resting & able), demo="")
    return way


def _named(roles: frozenset[Role]) -> tuple[str, ...]:
    """Return the names of roles in the order of the programme; being a visitor needs none."""
    return tuple(ROLE_NAMES[role] for role in Role if role in roles and role is not Role.VISITOR)

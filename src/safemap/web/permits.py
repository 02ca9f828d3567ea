"""What a route asks of whoever calls it: a rule of the permission table, named beside the route.

Every route has one: a route without a rule fails the tests, and so the build.
"""

from typing import Any

from fastapi import Depends

from safemap.identity.permissions import permissions, require
from safemap.identity.rules import Kind, Role, Verb, Viewer
from safemap.web.deps import InVillage
from safemap.web.viewing import Seen


class Rule:
    """A verb and a kind of record."""

    def __init__(self, verb: Verb, kind: Kind) -> None:
        if (kind, verb) not in permissions():
            raise KeyError(kind, verb)
        self.verb = verb
        self.kind = kind


class OpenToAll(Rule):
    """The rule of a route that a visitor may use: nothing is asked, so nothing is looked up."""

    def __init__(self, verb: Verb, kind: Kind) -> None:
        super().__init__(verb, kind)
        if Role.VISITOR not in permissions()[kind, verb]:
            raise ValueError(verb, kind)

    async def __call__(self) -> None:
        """Let everybody in."""


class InTheVillage(Rule):
    """The rule of a route about the villages in its address: refuses who may not in all of them."""

    async def __call__(self, viewer: Seen, area: InVillage) -> Viewer:
        """Return the viewer, or raise `MayNot`."""
        require(viewer, self.verb, self.kind, area.village_ids)
        return viewer


class Anywhere(Rule):
    """The rule of a route that narrows by itself: refuses who may nowhere."""

    async def __call__(self, viewer: Seen) -> Viewer:
        """Return the viewer, or raise `MayNot`."""
        require(viewer, self.verb, self.kind)
        return viewer


def open_to_all(verb: Verb, kind: Kind) -> Any:
    """Return the dependency of a route that a visitor may use."""
    return Depends(OpenToAll(verb, kind))


def who_may(verb: Verb, kind: Kind) -> Any:
    """Return the dependency that gives a route about villages its viewer."""
    return Depends(InTheVillage(verb, kind))


def who_may_somewhere(verb: Verb, kind: Kind) -> Any:
    """Return the dependency that gives a route its viewer, whose roles the route narrows to."""
    return Depends(Anywhere(verb, kind))

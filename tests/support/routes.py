"""All routes of an app, each with its rule, and with an address of its own to ask for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from safemap.web.permits import Rule

# What stands in an address where a route has a place; a route with a place of another name has to be given one here.
EXAMPLES: dict[str, str] = {
    "key": "V1",
    "layer": "base",
    "z": "14",
    "x": "13722",
    "y": "7013",
    "public_id": "report-01",
    "photo_id": "z" * 22,
    "token": "x" * 43,
    "follow_up": "y" * 43,
    "how": "closed",
    "name": "police",
    "grant_id": "1",
    "invitation_id": "1",
    "token_id": "1",
    "session_id": "1",
    "role": "leader",
    "number": "XXXX-XXXX",
    "version": "members-2026-11-25",
    "path": "css/base.css",
}


@dataclass(frozen=True)
class Route:
    """A route as the app answers it."""

    path: str
    methods: frozenset[str]
    rules: tuple[Rule, ...] = ()
    calls: tuple[Any, ...] = field(default=(), repr=False)  # every dependency

    def address(self, examples: Mapping[str, str] = EXAMPLES) -> str:
        """Fill the places; a place without an example is an error on purpose."""
        return re.sub(r"\{(\w+)(?::\w+)?\}", lambda place: examples[place[1]], self.path)


def every_route(app: Any) -> list[Route]:
    """Every route of an app; what is mounted, and the API's own description, come without rules."""
    assert isinstance(app, FastAPI)
    found: list[Route] = []
    for context in iter_route_contexts(app.routes):
        dependant: Dependant | None = getattr(context, "dependant", None)
        calls = tuple(_calls(dependant)) if dependant else ()
        rules = tuple(call for call in calls if isinstance(call, Rule))
        path = context.path if dependant or context.methods else f"{context.path}/{{path}}"
        found.append(Route(path or "", frozenset(context.methods or {"GET"}) - {"HEAD"}, rules, calls))
    return found


def _calls(dependant: Dependant) -> Iterator[Any]:
    for child in dependant.dependencies:
        yield child.call
        yield from _calls(child)


def addresses(path: str, values: Mapping[str, Sequence[str]]) -> list[str]:
    """Fill the places of a path with every combination of values; a place that has none is a mistake of the test."""
    places = re.findall(r"\{(\w+)\}", path)
    return [path.format(**dict(zip(places, one, strict=True))) for one in product(*(values[place] for place in places))]

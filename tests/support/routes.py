"""Every route of the app, and an address of each."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from fastapi import FastAPI
from fastapi.routing import APIRoute


def routes_of(app: FastAPI) -> list[tuple[str, APIRoute]]:
    """Return every route with its whole path; files under /static are not routes of ours."""
    return list(_walked(app.routes, ""))


def _walked(routes: Sequence[object], prefix: str) -> Iterator[tuple[str, APIRoute]]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield prefix + route.path, route
        elif hasattr(route, "original_router"):
            inner = route.include_context.prefix  # type: ignore[attr-defined]
            yield from _walked(route.original_router.routes, prefix + inner)


def addresses(path: str, values: Mapping[str, Sequence[str]]) -> list[str]:
    """Fill the places of a path with every combination of values; a place that has none is a mistake of the test."""
    places = re.findall(r"\{(\w+)\}", path)
    return [path.format(**dict(zip(places, one, strict=True))) for one in product(*(values[place] for place in places))]

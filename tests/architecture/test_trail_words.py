"""Whatever goes into the audit trail can be read there in plain words."""

import ast
from collections.abc import Iterator
from pathlib import Path

import safemap
from safemap.audit.words import DEEDS, KINDS

SOURCE = Path(safemap.__file__).parent


def noted() -> Iterator[tuple[str, str, str]]:
    """Kind and verb of every call of ``note`` whose words stand in it, with its place."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) in {"note", "trail.note"}
                and len(node.args) > 2
                and ast.unparse(node.args[0]) == "session"
            ):
                verb, kind = node.args[1], node.args[2]
                if isinstance(kind, ast.Constant) and isinstance(verb, ast.Constant):
                    yield str(kind.value), str(verb.value), f"{path.relative_to(SOURCE)}:{node.lineno}"


def test_every_deed_that_is_noted_has_words() -> None:
    found = list(noted())
    assert len(found) > 20
    assert [place for kind, verb, place in found if (kind, verb) not in DEEDS] == []


def test_every_kind_of_deed_has_a_name() -> None:
    looked_at_only = {"report_map"}
    assert {kind for kind, _ in DEEDS} | looked_at_only == set(KINDS)

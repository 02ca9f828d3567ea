"""Every failure has a kind, a sentence, an exit code."""

import importlib
import pickle
import pkgutil

import safemap
from safemap.cli.errors import EXIT_CODES, exit_code
from safemap.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotYetPossible, OutsideFailure, SafemapError

KINDS = {NotFound, NotAllowed, Conflict, InvalidInput, NotYetPossible, OutsideFailure}


def every_error() -> list[type[SafemapError]]:
    for module in pkgutil.walk_packages(safemap.__path__, "safemap."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found: list[type[SafemapError]] = []
    waiting = [SafemapError]
    while waiting:
        children = waiting.pop().__subclasses__()
        found += children
        waiting += children
    return found


def test_every_error_is_of_one_of_the_six_kinds() -> None:
    strays = [error.__name__ for error in every_error() if not any(issubclass(error, kind) for kind in KINDS)]
    assert strays == []


def test_every_kind_has_its_own_exit_code() -> None:
    assert set(EXIT_CODES) == KINDS
    assert len(set(EXIT_CODES.values())) == len(KINDS)
    assert not {0, 1, 2} & set(EXIT_CODES.values())


def test_a_subclass_leaves_with_the_code_of_its_kind() -> None:
    class NoBread(NotYetPossible):
        pass

    assert exit_code(NoBread("There is no bread.")) == EXIT_CODES[NotYetPossible]


def test_a_sentence_is_filled_with_its_values_and_followed_by_the_remedy() -> None:
    error = InvalidInput("“{word}” is no word.", remedy="Say {right}.", word="{x}", right="yes")
    assert str(error) == "“{x}” is no word. Say yes."


def test_an_error_that_comes_from_another_process_says_and_knows_the_same() -> None:
    class Elsewhere(InvalidInput):
        def __init__(self, row: int) -> None:
            super().__init__("Row {row} is wrong.", remedy="Mend it.", field="row", row=row)

    Elsewhere.__qualname__ = "Elsewhere"
    globals()["Elsewhere"] = Elsewhere
    try:
        error = pickle.loads(pickle.dumps(Elsewhere(3)))
    finally:
        del globals()["Elsewhere"]
    assert type(error) is Elsewhere
    assert (str(error), error.field, error.values["row"]) == ("Row 3 is wrong. Mend it.", "row", 3)

"""One table from kinds of failure to exit codes."""

from safemap.errors import (
    Conflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotYetPossible,
    OutsideFailure,
    SafemapError,
)

# 1 is left to Python's own tracebacks and 2 to wrong usage, so that a script can tell them apart.
EXIT_CODES: dict[type[SafemapError], int] = {
    InvalidInput: 3,
    NotFound: 4,
    Conflict: 5,
    NotYetPossible: 6,
    NotAllowed: 7,
    OutsideFailure: 8,
}


def exit_code(error: SafemapError) -> int:
    """Return the exit code of an error by its kind."""
    for kind in type(error).__mro__:
        if kind in EXIT_CODES:
            return EXIT_CODES[kind]
    return 1

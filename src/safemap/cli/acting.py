"""Who acts when a command is typed: whoever has the machine."""

import getpass

from safemap.identity.rules import Viewer, operator


def acting() -> Viewer:
    """Return the operator, named by their account on this machine; plainly where it has no name, as in containers."""
    try:
        return operator(getpass.getuser())
    except (KeyError, OSError):
        return operator("safemap")

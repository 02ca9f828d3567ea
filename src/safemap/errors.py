"""The few kinds of failure that safemap knows, without HTTP and without exit codes.

::

    SafemapError
    ├── NotFound          what was named does not exist (or may not be known to exist)
    ├── NotAllowed        the viewer may not do this
    ├── Conflict          it clashes with what is stored or with what somebody else is doing
    ├── InvalidInput      what was given is wrong: says where, what it was, what would be right
    ├── NotYetPossible    something has to happen first: says what
    └── OutsideFailure    the world failed us: disk, database, network, a missing program

A domain's own errors subclass one of the six and live in its ``rules.py``. ``web/errors.py`` turns kinds into
statuses, ``cli/errors.py`` into exit codes.
"""


class SafemapError(Exception):
    """Base of every failure that a person should read as a sentence and not as a traceback.

    Parameters
    ----------
    message
        One English sentence that says what is wrong; a gettext message id with ``{named}`` places.
    remedy
        One sentence that says what would be right, or what to do next; may be empty.
    values
        What fills the named places.
    """

    def __init__(self, message: str, *, remedy: str = "", **values: object) -> None:
        self.message = message
        self.remedy = remedy
        self.values = values
        super().__init__(str(self))

    def __str__(self) -> str:
        sentence = self.message.format(**self.values)
        return f"{sentence} {self.remedy.format(**self.values)}" if self.remedy else sentence

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes as it is: kinds are made from other things than their sentence."""
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[SafemapError], args: tuple[object, ...], state: dict[str, object]) -> SafemapError:
    """Make a failure that came from another process, without asking its kind how it is made."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class NotFound(SafemapError):  # noqa: N818 - a kind is named for what is the case
    """What was named does not exist."""


class NotAllowed(SafemapError):  # noqa: N818
    """The viewer may not do this."""


class Conflict(SafemapError):  # noqa: N818
    """It clashes with what is stored, or with what somebody else is doing."""


class InvalidInput(SafemapError):  # noqa: N818
    """What was given is wrong.

    Parameters
    ----------
    field
        The field of a form or column of a file that is wrong, for showing the message beside it.
    """

    def __init__(self, message: str, *, remedy: str = "", field: str = "", **values: object) -> None:
        self.field = field
        super().__init__(message, remedy=remedy, field=field, **values)


class NotYetPossible(SafemapError):  # noqa: N818
    """Something has to happen first."""


class OutsideFailure(SafemapError):  # noqa: N818
    """The world failed us: disk, database, network, a missing program."""

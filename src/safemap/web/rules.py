"""What the web app itself refuses, whatever the domain: in the reader's language like every other failure."""

from safemap.errors import InvalidInput, NotAllowed, NotFound, OutsideFailure


class ForeignForm(NotAllowed):
    """A form or script of another site sent this."""

    def __init__(self) -> None:
        super().__init__(
            "This was sent from another website.", remedy="Open the form on this site and send it from there."
        )


class SignInFirst(NotAllowed):
    """A page of one's own, asked for by nobody known."""

    def __init__(self) -> None:
        super().__init__("This page is your own.", remedy="Sign in first.")


class TokenNotTaken(NotAllowed):
    """A program's token does not work."""

    def __init__(self) -> None:
        super().__init__(
            "This token does not work: it was mistyped, was ended or is too old.",
            remedy="Its person makes a new one under “Tokens for programs”.",
        )


class TooBusy(OutsideFailure):
    """As many heavy requests as this machine can do at once are being done."""

    def __init__(self) -> None:
        super().__init__("Others are printing or measuring just now.", remedy="Please try again in a few seconds.")


class TooSlow(OutsideFailure):
    """The database took longer than a page may wait."""

    def __init__(self) -> None:
        super().__init__("This took too long, so it was stopped.", remedy="Please try again in a minute.")


class UnknownParameter(InvalidInput):
    """A parameter in the address that the route does not take; a typing error would otherwise go unseen."""

    def __init__(self, name: str, known: str) -> None:
        super().__init__(
            "There is no parameter “{name}” here.", remedy="Known are: {known}.", field=name, name=name, known=known
        )


class WrongBox(InvalidInput):
    """A box that is none."""

    def __init__(self) -> None:
        super().__init__(
            "This is no box.",
            remedy="Give west,south,east,north in degrees, west below east, south below north.",
            field="bbox",
        )


class WrongCursor(InvalidInput):
    """A cursor that no answer gave."""

    def __init__(self) -> None:
        super().__init__(
            "The cursor is not one that an answer gave.",
            remedy="Follow the link named next, or leave the cursor out to begin anew.",
            field="cursor",
        )


class SpotOutsideVillage(InvalidInput):
    """A report sent to a village for a spot in another, or in none."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "The spot does not lie in {name}.",
            remedy="Send the report to the village that it lies in.",
            field="lon",
            name=name,
        )


class TileNotFound(NotFound):
    """No such layer, or a tile outside the world."""

    def __init__(self, layer: str, z: int, x: int, y: int) -> None:
        super().__init__(
            "There is no tile {layer}/{z}/{x}/{y}.",
            remedy="Layers are base and incidents; zoom is 0 to 22, column and row are below 2 to the power of zoom.",
            layer=layer,
            z=z,
            x=x,
            y=y,
        )


class TablesNotReady(OutsideFailure):
    """The tables are not those that this safemap expects."""

    def __init__(self, found: str | None, expected: str | None) -> None:
        super().__init__(
            "The tables are at revision {found}, and {expected} is expected.",
            remedy="Run `safemap db start`, or start the newest safemap.",
            found=found or "none",
            expected=expected,
        )

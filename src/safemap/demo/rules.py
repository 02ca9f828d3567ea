"""Why somebody may not be looked on as."""

from safemap.errors import NotAllowed


class NoDemoHere(NotAllowed):
    """Nobody started this safemap to be tried."""

    def __init__(self) -> None:
        super().__init__(
            "This site is no demo: nobody looks at a village as somebody else.",
            remedy="Sign in, or start a demo of your own: safemap demo.",
        )


class NobodyInvented(NotAllowed):
    """Nobody of the demo has that role, or whoever has its address is somebody real."""

    def __init__(self) -> None:
        super().__init__(
            "Nobody of the practice village has this role.", remedy="Choose one of the roles that are offered."
        )


class OnlyPractice(NotAllowed):
    """A demo person's account belongs to all visitors, so none of them changes it."""

    def __init__(self) -> None:
        super().__init__(
            "This account belongs to the practice village: nobody changes it.",
            remedy="An account of your own comes with an invitation.",
        )

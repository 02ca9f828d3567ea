"""What is kept while somebody is away at an agency, what it vouches for, and how that can fail."""

from dataclasses import dataclass, field

from safemap.errors import NotAllowed, NotFound, OutsideFailure
from safemap.i18n import mark

BEGIN_AGAIN = mark("Begin again on the sign-in page.")


@dataclass(frozen=True)
class Ask:
    """What an answer from an agency has to fit: a secret between one browser and us.

    Parameters
    ----------
    state
        Comes back with the browser; it goes through addresses, so it alone opens nothing.
    nonce
        Comes back inside the signed token.
    verifier
        Shown with the code (PKCE): whoever stole the code does not have it.
    """

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True)
class Proof:
    """What an agency vouches for.

    Parameters
    ----------
    subject
        Who it is at the agency: never given to another, while an address may be.
    passed_second_factor
        The agency asked for a second factor, and is trusted with that.
    """

    agency: str
    issuer: str
    subject: str = field(repr=False)
    email: str = field(repr=False)
    name: str = field(repr=False)
    passed_second_factor: bool = False


class NoSuchAgency(NotFound):
    """The settings name no such agency."""

    def __init__(self) -> None:
        super().__init__("No agency of this name signs people in here.", remedy=BEGIN_AGAIN)


class SignInLost(NotAllowed):
    """An answer that belongs to no sign-in of this browser: begun elsewhere, too old, used, or forged."""

    def __init__(self) -> None:
        super().__init__(
            "This sign-in was not begun in this browser, took too long or was finished already.", remedy=BEGIN_AGAIN
        )


class Declined(NotAllowed):
    """The agency did not sign the person in, or they turned back."""

    def __init__(self) -> None:
        super().__init__("The agency did not sign you in.", remedy=BEGIN_AGAIN)


class NotBelieved(NotAllowed):
    """What came from the agency does not hold: its signature, for whom it is, its age."""

    def __init__(self) -> None:
        super().__init__(
            "The agency's answer could not be verified, so nobody was signed in.",
            remedy="Begin again. If it happens once more, tell whoever runs this site.",
        )


class NotVouchedFor(NotAllowed):
    """The agency names no address, or none that it has verified in its own domains."""

    def __init__(self) -> None:
        super().__init__(
            "The agency does not vouch for an e-mail address of yours.",
            remedy="Have your address entered and verified there, or sign in with a password.",
        )


class NobodyInvited(NotAllowed):
    """The agency vouches for somebody who has no account that is open."""

    def __init__(self) -> None:
        super().__init__(
            "There is no open account here for the e-mail address that the agency vouches for.",
            remedy="Accounts come by invitation: ask whoever gives roles in your place, then open the letter's link.",
        )


class AnothersAddress(NotAllowed):
    """The address belongs to an account that another person at the same agency signed in to before."""

    def __init__(self) -> None:
        super().__init__(
            "The account of this e-mail address belongs to somebody else at the agency.",
            remedy="If the address is yours now, ask whoever gives roles in your place to reset the account.",
        )


class Unreachable(OutsideFailure):
    """The agency's service does not answer, or not as it should."""

    def __init__(self) -> None:
        super().__init__(
            "The agency's sign-in service does not answer.",
            remedy="Try again in a few minutes, or sign in with a password.",
        )

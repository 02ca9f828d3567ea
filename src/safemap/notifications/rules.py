"""What a letter is, what is refused in one, where the mail server is, when a letter is tried again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from safemap.errors import InvalidInput, NotYetPossible
from safemap.i18n import translations

KEPT_FOR = timedelta(days=30)  # how long an outbox row is kept if its letter does not say
ADDRESS_LIMIT = 254  # characters, RFC 5321 section 4.5.3.1.3
SUBJECT_LIMIT = 200  # characters: mail programs show some 70
ATTEMPTS = 8  # with the waits below: given up after half a day
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=4)
INTERRUPTED_AFTER = timedelta(minutes=5)  # longer than any handing over takes

# One address as mail programs write it, without names, comments or quoted oddities; ASCII alone, as every server takes.
ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)


class BadAddress(InvalidInput):
    """A text is no e-mail address; the text itself is not repeated, for errors are logged."""

    def __init__(self) -> None:
        super().__init__(
            "That is not an e-mail address.", remedy="It looks like name@example.org, without spaces.", field="email"
        )


class BadSubject(InvalidInput):
    """A subject would become another header, or is too long."""

    def __init__(self) -> None:
        super().__init__(
            "A letter's subject is one line of at most {limit} characters.", field="subject", limit=SUBJECT_LIMIT
        )


class BadMailSetting(InvalidInput):
    """A setting of the mail server cannot be used; its value, which may hold a password, is not repeated."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "{name} cannot be used.",
            remedy="SAFEMAP_SMTP_URL is smtps://user:password@host:465, smtp://user:password@host:587 (with STARTTLS) "
            "or, on this machine only, smtp+plain://localhost:25; SAFEMAP_MAIL_FROM is an address.",
            field=name,
            name=name,
        )


class MailNotConfigured(NotYetPossible):
    """No mail server is set."""

    def __init__(self) -> None:
        super().__init__(
            "No mail server is configured: letters stay in the outbox.",
            remedy="Set SAFEMAP_SMTP_URL and SAFEMAP_MAIL_FROM, or read them with `safemap outbox`.",
        )


@dataclass(frozen=True)
class Letter:
    """What somebody wants said.

    Parameters
    ----------
    purpose
        A word for the outbox and for counting, such as ``sign-in``.
    language
        The reader's, of `safemap.i18n.LANGUAGES`.
    subject, body
        Plain text: message ids of the catalogues with ``{named}`` places, which ``values`` fills; or, without values,
        texts that are written in the reader's language already, braces and all.
    kept_for
        How long the outbox knows of it; a letter that was not sent by then is dropped, like a link that has expired.
    """

    to_address: str
    purpose: str
    language: str
    subject: str
    body: str
    values: Mapping[str, object] = field(default_factory=dict)
    kept_for: timedelta = KEPT_FOR

    def written(self) -> tuple[str, str]:
        """Return subject and body in the reader's language."""
        return self._written(self.subject), self._written(self.body)

    def _written(self, message: str) -> str:
        words = translations(self.language).gettext(message) if message else ""
        return words.format(**self.values) if self.values else words


def checked_address(text: str) -> str:
    """Return an address without spaces around it.

    Raises
    ------
    BadAddress
        It is none: it has two lines, no @, letters that not every server takes, or more than 254 characters.
    """
    address = text.strip(" ")
    local = address.partition("@")[0]
    dotted_wrongly = local.startswith(".") or local.endswith(".") or ".." in local
    if len(address) > ADDRESS_LIMIT or dotted_wrongly or not ADDRESS.fullmatch(address):
        raise BadAddress
    return address


def checked_subject(text: str) -> str:
    """Return a subject; one with a line break could smuggle in a header and is refused.

    Raises
    ------
    BadSubject
        It has control characters or line separators, is empty or too long.
    """
    if not text.strip() or len(text) > SUBJECT_LIMIT or not text.isprintable():
        raise BadSubject
    return text


class Security(StrEnum):
    """How the way to the mail server is protected; certificates are always verified."""

    TLS = "smtps"  # from the first byte
    STARTTLS = "smtp"  # demanded: without it nothing is sent
    NONE = "smtp+plain"  # on this machine only


DEFAULT_PORT = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class MailServer:
    """Where letters are handed over, and from whom."""

    host: str
    port: int
    security: Security
    user: str
    password: str = field(repr=False)
    from_address: str


def mail_server(smtp_url: str, mail_from: str) -> MailServer:
    """Read the settings of the mail server.

    Raises
    ------
    BadMailSetting
        One of them cannot be used.
    """
    try:
        parts = urlsplit(smtp_url)
        security = Security(parts.scheme)
        port = parts.port or DEFAULT_PORT[security]
    except ValueError:
        raise BadMailSetting("SAFEMAP_SMTP_URL") from None
    if not parts.hostname or (security is Security.NONE and parts.hostname not in THIS_MACHINE):
        raise BadMailSetting("SAFEMAP_SMTP_URL")
    try:
        sender = checked_address(mail_from)
    except BadAddress:
        raise BadMailSetting("SAFEMAP_MAIL_FROM") from None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (user + password).isascii():  # Python's SMTP signs in with ASCII alone
        raise BadMailSetting("SAFEMAP_SMTP_URL")
    return MailServer(parts.hostname, port, security, user, password, sender)


def next_attempt(attempts: int, now: datetime) -> datetime | None:
    """When a letter that failed so many times is tried again: after 30 s, 1, 2, 4 … min; None: it is given up."""
    if attempts >= ATTEMPTS:
        return None
    return now + min(FIRST_WAIT * (1 << (attempts - 1)), LONGEST_WAIT)


class NotSent(Exception):  # noqa: N818 - what happened to a letter, for the outbox
    """The mail server did not take a letter.

    Parameters
    ----------
    why
        A word and a code of the mail protocol. Never the server's sentence: it often repeats the address.
    is_final
        Trying again is of no use, or could send it twice.
    is_server
        The server could not be used at all, so that the others wait as well.
    """

    def __init__(self, why: str, *, is_final: bool = False, is_server: bool = False) -> None:
        self.why = why
        self.is_final = is_final
        self.is_server = is_server
        super().__init__(why)

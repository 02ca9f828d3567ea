"""What a letter is, what is refused in one, where letters are handed over, when one is tried again."""

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
REFUSALS = 8  # with the waits below: given up after an hour
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=4)
LONGEST_REST = timedelta(minutes=15)  # a server that is away is tried again so often, until the letter expires
INTERRUPTED_AFTER = timedelta(seconds=5)  # and nobody holds the letter: its worker died over it
INTERRUPTED = "interrupted while it was handed over"
URGENT_WITHIN = timedelta(days=1)  # a letter that expires so soon, such as a sign-in link, goes before others
KEY_VALID_FOR = timedelta(hours=23)  # LINE knows a retry key for 24 hours after its first use
LINE_TEXT_UNITS = 5000  # UTF-16 code units in one text message, LINE Messaging API
LINE_TEXTS = 5  # messages in one push
DELIVER = "notifications.deliver"  # the task that hands one letter over

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


class BadLineId(InvalidInput):
    """A text is no id of LINE's Messaging API; it is not repeated."""

    def __init__(self) -> None:
        super().__init__(
            "That is not a LINE user id.", remedy="It is U and 32 letters and digits, as LINE tells it.", field="line"
        )


class TextTooLong(InvalidInput):
    """A letter is longer than a LINE message may be."""

    def __init__(self) -> None:
        super().__init__(
            "A letter by LINE has at most {limit} characters.", field="body", limit=LINE_TEXT_UNITS * LINE_TEXTS
        )


class BadLineSetting(InvalidInput):
    """A setting of LINE cannot be used; its value is not repeated."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "{name} cannot be used.",
            remedy="SAFEMAP_LINE_CHANNEL_TOKEN is the access token of a Messaging API channel; SAFEMAP_LINE_URL is an "
            "https address.",
            field=name,
            name=name,
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
    """Neither a mail server nor LINE is set."""

    def __init__(self) -> None:
        super().__init__(
            "No mail server is configured: letters stay in the outbox.",
            remedy="Set SAFEMAP_SMTP_URL and SAFEMAP_MAIL_FROM, or read them with `safemap outbox`.",
        )


class Channel(StrEnum):
    """How a letter goes out."""

    EMAIL = "email"
    LINE = "line"


@dataclass(frozen=True)
class Letter:
    """What somebody wants said.

    Parameters
    ----------
    to_address
        An e-mail address, or LINE's id of a user, group or room.
    purpose
        A word for the outbox and for counting, such as ``sign-in``.
    language
        The reader's, of `safemap.i18n.LANGUAGES`.
    subject, body
        Plain text: message ids of the catalogues with ``{named}`` places, which ``values`` fills; or, without values,
        texts that are written in the reader's language already, braces and all.
    kept_for
        How long the outbox knows of it; a letter that was not sent by then is dropped, like a link that has expired.
    channel
        How it goes out.
    not_before
        It waits until then, for example through the reader's quiet hours.
    dedupe_key
        While the outbox knows a letter with this key, a second one is not put in.
    is_repeatable
        What happens if a worker dies, or a mail server falls silent, after the text was handed over: nobody knows then
        whether it arrived. A letter that must not be lost, such as news of a report, is handed over again with the same
        Message-ID, by which mailboxes know a repeat. One that a reader waits for and can ask for again, such as a
        sign-in link, is not: a second one would look like somebody else's attempt. By LINE, every letter is repeated:
        its retry key makes LINE take it once.
    """

    to_address: str
    purpose: str
    language: str
    subject: str
    body: str
    values: Mapping[str, object] = field(default_factory=dict)
    kept_for: timedelta = KEPT_FOR
    channel: Channel = Channel.EMAIL
    not_before: datetime | None = None
    dedupe_key: str | None = None
    is_repeatable: bool = False

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


LINE_ID = re.compile(r"[UCR][0-9a-f]{32}")  # of a user, a group, a room


def checked_line_id(text: str) -> str:
    """Return LINE's id of whom to write to.

    Raises
    ------
    BadLineId
        It is none.
    """
    if not LINE_ID.fullmatch(text):
        raise BadLineId
    return text


def line_texts(subject: str, body: str) -> list[str]:
    """Return a letter as LINE's text messages: one, or several that end at line breaks where they can.

    Raises
    ------
    TextTooLong
        It is longer than five of them.
    """
    rest = "\n\n".join(part for part in (subject.strip(), body.strip()) if part)
    texts: list[str] = []
    while rest:
        piece = _beginning(rest, LINE_TEXT_UNITS)
        if len(piece) < len(rest) and "\n" in piece.rstrip("\n"):
            piece = piece[: piece.rstrip("\n").rindex("\n") + 1]
        texts.append(piece.rstrip("\n") or piece)
        rest = rest[len(piece) :].lstrip("\n")
    if len(texts) > LINE_TEXTS:
        raise TextTooLong
    return texts


def _beginning(text: str, units: int) -> str:
    """Return as much of a text's beginning as fits into so many UTF-16 code units, no character halved."""
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", errors="ignore")


@dataclass(frozen=True)
class LineAccount:
    """The channel of LINE's Messaging API that letters come from."""

    host: str
    port: int
    is_secure: bool
    token: str = field(repr=False)


def line_account(url: str, token: str) -> LineAccount:
    """Read the settings of LINE.

    Raises
    ------
    BadLineSetting
        One of them cannot be used.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise BadLineSetting("SAFEMAP_LINE_URL") from None
    host = parts.hostname or ""
    is_secure = parts.scheme == "https"
    if not host or parts.path.strip("/") or not (is_secure or (parts.scheme == "http" and host in THIS_MACHINE)):
        raise BadLineSetting("SAFEMAP_LINE_URL")
    if not re.fullmatch(r"[!-~]+", token):
        raise BadLineSetting("SAFEMAP_LINE_CHANNEL_TOKEN")
    return LineAccount(host, port, is_secure, token)


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


def next_attempt(refusals: int, now: datetime) -> datetime | None:
    """When a letter that was refused so many times is tried again: after 30 s, 1, 2, 4 … min; None: it is given up."""
    if refusals >= REFUSALS:
        return None
    return now + min(FIRST_WAIT * (1 << (refusals - 1)), LONGEST_WAIT)


def rest_of_channel(attempts: int) -> timedelta:
    """How long a server that could not be used at the so-manieth attempt is left alone: 30 s, 1, 2 … 15 min."""
    return min(FIRST_WAIT * (1 << min(attempts - 1, 8)), LONGEST_REST)


class NotSent(Exception):  # noqa: N818 - what happened to a letter, for the outbox
    """A letter was not taken.

    Parameters
    ----------
    why
        A word and a code of the protocol. Never the server's sentence: it often repeats the address.
    is_final
        Trying again is of no use.
    is_server
        The server could not be used at all, so that the others wait as well, and it is no fault of this letter.
    is_unsure
        It may have been taken, and the answer was not heard.
    retry_after
        How long the server asked to be left alone.
    """

    def __init__(
        self,
        why: str,
        *,
        is_final: bool = False,
        is_server: bool = False,
        is_unsure: bool = False,
        retry_after: timedelta | None = None,
    ) -> None:
        self.why = why
        self.is_final = is_final
        self.is_server = is_server
        self.is_unsure = is_unsure
        self.retry_after = retry_after
        super().__init__(why)

"""Handing one letter to the mail server (SMTP)."""

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from safemap.notifications.rules import MailServer, NotSent, Security
from safemap.notifications.schemas import Waiting

TIMEOUT_S = 20  # for each answer of the server
TEMPORARY = range(400, 500)


@dataclass(frozen=True)
class Mailer:
    """Hands letters to one server, each over a connection of its own."""

    server: MailServer

    def hand_over(self, letter: Waiting) -> None:
        """Give a letter to the server.

        Raises
        ------
        NotSent
            It did not take it; says whether to try again.
        """
        content = written(letter, self.server.from_address).as_bytes(policy=SMTP)
        smtp = self._connected()
        try:
            _taken(lambda: smtp.mail(self.server.from_address), "sender")
            _taken(lambda: smtp.rcpt(letter.to_address), "recipient")
            try:
                code, _ = smtp.data(content)
            except smtplib.SMTPDataError as error:
                raise NotSent(f"text: {error.smtp_code}", is_final=error.smtp_code not in TEMPORARY) from None
            except (smtplib.SMTPException, OSError):
                raise NotSent("no answer after the text", is_unsure=True) from None
            if code != 250:
                raise NotSent(f"text: {code}", is_final=code not in TEMPORARY)
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
        finally:
            smtp.close()

    def _connected(self) -> smtplib.SMTP:
        server = self.server
        smtp: smtplib.SMTP | None = None
        try:
            if server.security is Security.TLS:
                smtp = smtplib.SMTP_SSL(
                    server.host, server.port, timeout=TIMEOUT_S, context=ssl.create_default_context()
                )
            else:
                smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
            if server.security is Security.STARTTLS:
                smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
            if server.user:
                smtp.login(server.user, server.password)
        except (smtplib.SMTPException, OSError) as error:
            if smtp is not None:
                smtp.close()
            raise NotSent(f"server: {_word_of(error)}", is_server=True) from None
        return smtp


def _taken(ask: Callable[[], tuple[int, bytes]], what: str) -> None:
    try:
        code, _ = ask()
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(f"{what}: {_word_of(error)}", is_server=True) from None
    if code not in {250, 251}:
        raise NotSent(f"{what}: {code}", is_final=code not in TEMPORARY)


def _word_of(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{type(error).__name__} {error.smtp_code}"
    return type(error).__name__


def written(letter: Waiting, from_address: str) -> EmailMessage:
    """Return a letter as mail: plain text, with what tells other programs that a program wrote it."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = from_address
    mail["To"] = letter.to_address
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(letter.created_at)
    mail["Message-ID"] = f"<{letter.attempt_id}@{from_address.rpartition('@')[2]}>"  # the same each time
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    mail.set_content(letter.body)
    mail["Content-Language"] = letter.language  # after the content, which clears what is said of it
    return mail

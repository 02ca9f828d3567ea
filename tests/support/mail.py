"""A little mail server on this machine: speaks enough SMTP, with TLS and sign-in, and misbehaves when asked to."""

import base64
import datetime as dt
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "post", "p@ss/word"


@dataclass
class Behaviour:
    """What the server does, and what came in."""

    offers_starttls: bool = False
    wants_sign_in: bool = False
    answer_to_recipient: str = "250 ok"
    answer_to_text: str | None = "250 taken"  # None: hangs up without a word
    while_taking: threading.Event | None = None  # waits for it before it answers to a text
    letters: list[tuple[str, str, EmailMessage]] = field(default_factory=list)
    was_encrypted: list[bool] = field(default_factory=list)
    connections: int = 0


@dataclass
class MailBox:
    port: int
    does: Behaviour


class _Session(socketserver.StreamRequestHandler):
    server: "_Server"

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def encrypt(self) -> None:
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)

    def handle(self) -> None:
        try:
            self.talk()
        except (OSError, ssl.SSLError):
            pass
        finally:
            self.rfile.close()
            self.wfile.close()
            self.connection.close()

    def talk(self) -> None:  # noqa: C901 - one branch for each word of the protocol
        does = self.server.does
        does.connections += 1
        encrypted = self.server.implicit
        if encrypted:
            self.encrypt()
        signed_in, sender, recipient = False, "", ""
        self.say("220 here")
        while line := self.rfile.readline():
            words = line.decode().strip()
            verb = words.split(" ")[0].upper()
            if verb == "EHLO":
                offers = ["here"] + ["STARTTLS"] * (does.offers_starttls and not encrypted) + ["AUTH PLAIN"]
                for offer in offers[:-1]:
                    self.say(f"250-{offer}")
                self.say(f"250 {offers[-1]}")
            elif verb == "STARTTLS":
                self.say("220 go")
                self.encrypt()
                encrypted = True
            elif verb == "AUTH":
                given = base64.b64decode(words.split(" ")[2]).decode()
                signed_in = given == f"\0{USER}\0{PASSWORD}"
                self.say("235 welcome" if signed_in else "535 who?")
            elif does.wants_sign_in and not signed_in and verb == "MAIL":
                self.say("530 sign in")
            elif verb == "MAIL":
                sender = words
                self.say("250 ok")
            elif verb == "RCPT":
                recipient = words
                self.say(does.answer_to_recipient)
            elif verb == "DATA":
                self.say("354 go on")
                text = b""
                while (piece := self.rfile.readline()) != b".\r\n":
                    text += piece.removeprefix(b".")
                if does.while_taking:
                    does.while_taking.wait(10)
                letter = message_from_bytes(text, policy=default)
                assert isinstance(letter, EmailMessage)
                does.letters.append((sender, recipient, letter))
                does.was_encrypted.append(encrypted)
                if does.answer_to_text is None:
                    return
                self.say(does.answer_to_text)
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True

    def __init__(self, does: Behaviour, tls: ssl.SSLContext, implicit: bool) -> None:
        self.does, self.tls, self.implicit = does, tls, implicit
        super().__init__(("127.0.0.1", 0), _Session)


def certificate(folder: Path, name: str = "localhost") -> Path:
    """A key and a certificate in one file, which signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@contextmanager
def mail_box(certified_by: Path, *, implicit: bool = False, **behaviour: object) -> Iterator[MailBox]:
    """A running server."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certified_by)
    does = Behaviour(**behaviour)  # type: ignore[arg-type]
    with _Server(does, tls, implicit) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield MailBox(server.server_address[1], does)
        finally:
            server.shutdown()
            thread.join()

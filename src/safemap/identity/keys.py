"""The installation's secret key, and the keys made from it: one for each use."""

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from safemap.errors import InvalidInput, OutsideFailure
from safemap.settings import Settings

FILE = "secret.key"
SHORTEST = 32  # characters: 128 bits even when they are hexadecimal


@dataclass(frozen=True)
class Keys:
    """What is made from the secret key; the key itself is used for nothing.

    Parameters
    ----------
    secret
        The installation's key; never shown, never logged.
    """

    secret: bytes = field(repr=False)

    def hashed(self, purpose: str, value: str) -> bytes:
        """Return the keyed hash of a value that has to be found again but not read, such as an address."""
        return hmac.new(self._derived(f"hash of {purpose}"), value.encode(), hashlib.sha256).digest()

    def locked(self, value: str) -> bytes:
        """Encrypt a value that has to be read again, such as the seed of a second factor."""
        return self._box.encrypt(value.encode())

    def unlocked(self, locked: bytes) -> str:
        """Decrypt what `locked` made.

        Raises
        ------
        OutsideFailure
            The installation's key is not the one that it was made with.
        """
        try:
            return self._box.decrypt(locked).decode()
        except InvalidToken as error:
            raise OutsideFailure(
                "The installation's key is not the one that second factors were stored with.",
                remedy="Put back the old secret.key, or reset second factors: safemap user reset.",
            ) from error

    def unlocked_if_ours(self, locked: bytes, lasts_s: int = 3600) -> str:
        """Decrypt what `locked` made within the hour and somebody sends back; empty when it is not ours."""
        try:
            return self._box.decrypt(locked, ttl=lasts_s).decode()
        except InvalidToken:
            return ""

    @cached_property
    def _box(self) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(self._derived("second factors")))

    def _derived(self, use: str) -> bytes:
        return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"safemap {use}".encode()).derive(self.secret)


def keys_of(settings: Settings) -> Keys:
    """Return the installation's keys: from the setting, or from a file in the data folder, made at the first use.

    Raises
    ------
    InvalidInput
        The setting is too short to be a key.
    OutsideFailure
        The file is not whole.
    """
    given = settings.secret_key.get_secret_value()
    if given:
        if len(given) < SHORTEST:
            raise InvalidInput(
                "SAFEMAP_SECRET_KEY is too short to be a key.",
                remedy="Make one: python3 -c 'import secrets; print(secrets.token_hex(32))'.",
                field="secret_key",
            )
        return Keys(given.encode())
    return Keys(_kept(settings.home / FILE))


def _kept(file: Path) -> bytes:
    """Read the key's file; make it when there is none. Two processes that make it at once end up with one key."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as made:
            made.write(secrets.token_hex(32))
            made.flush()
            os.fsync(made.fileno())
        try:
            os.link(draft, file)  # fails when another was faster: its key stays
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    kept = file.read_bytes().strip()
    if len(kept) < SHORTEST:
        raise OutsideFailure(
            "{file} holds no whole key.", remedy="Put back the old one, or delete it to have one made.", file=file
        )
    return kept

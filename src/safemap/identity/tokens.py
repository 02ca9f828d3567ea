"""Random tokens: given out once, kept as hashes."""

import hashlib
import secrets
import zlib

TOKEN_BYTES = 32  # 256 random bits
API_PREFIX = "smp_"  # programs that look for leaked keys find ours by it


def new_token() -> str:
    """Return a token that cannot be guessed."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def new_api_token() -> str:
    """Return a token for a program, with a prefix and a checksum so that leaked ones can be found."""
    body = secrets.token_hex(TOKEN_BYTES)
    return f"{API_PREFIX}{body}{_checksum(body)}"


def is_api_token(token: str) -> bool:
    """Whether a text could be a token of ours; typing errors are found without asking the database."""
    body, checksum = token.removeprefix(API_PREFIX)[:-8], token[-8:]
    return token.startswith(API_PREFIX) and len(body) == 2 * TOKEN_BYTES and _checksum(body) == checksum


def hash_of(token: str) -> bytes:
    """Return what is kept of a token. A plain hash will do: 256 random bits cannot be tried out."""
    return hashlib.sha256(token.encode()).digest()


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"

"""What is in an installer: bytes that follow from its URL and size alone, so that everyone who needs their hash can
work it out, and nothing large is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache

_PIECE = 65536


def pieces(url: str, size: int) -> Iterator[bytes]:
    """The content of an installer, piece by piece: the head of a Windows program, then noise made from the URL."""
    seed = hashlib.sha256(url.encode()).digest()
    noise = hashlib.shake_256(seed).digest(_PIECE)
    given = 0
    while given < size:
        # Each piece has its own beginning, so that two pieces never look alike.
        head = b"MZ" + seed if given == 0 else given.to_bytes(8, "big") + seed
        piece = (head + noise)[:min(_PIECE, size - given)]
        given += len(piece)
        yield piece


@lru_cache(maxsize=64)
def sha256_of(url: str, size: int) -> str:
    """The SHA-256 of an installer, in lower-case hexadecimal."""
    digest = hashlib.sha256()
    for piece in pieces(url, size):
        digest.update(piece)
    return digest.hexdigest()


def content(url: str, size: int) -> bytes:
    """The whole installer at once."""
    return b"".join(pieces(url, size))

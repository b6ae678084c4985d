"""The kinds of identifiers that Site Recovery makes up, as they look in recorded traffic."""

from __future__ import annotations

import hashlib
import uuid

_NAMESPACE = uuid.UUID("6f1d2a34-8c1e-4b0a-9a53-3f6b4f3b1c77")


def fabric_name(seed: str) -> str:
    """The 64 hex digits that name a fabric which registered itself (a configuration server, a VMM server)."""
    return hashlib.sha256(seed.encode()).hexdigest()


def host_id(seed: str = "") -> str:
    """An id of a process server or master target: 8-4-4-16 hex digits in capitals, which is no UUID. Without a seed it
    is a new one."""
    digits = (hashlib.sha256(seed.encode()).hexdigest()[:32] if seed else uuid.uuid4().hex).upper()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:]}"


def guid(seed: str = "") -> str:
    """A UUID: the same for the same seed, a new one without."""
    return str(uuid.uuid5(_NAMESPACE, seed) if seed else uuid.uuid4())


def same(one: str | None, other: str | None) -> bool:
    """Whether two names or ids mean the same: the service changes their case."""
    return (one or "").strip("/").lower() == (other or "").strip("/").lower()

"""Times as Site Recovery writes them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

# "Not set" and "does not end"; these are words, not moments.
UNSET = "0001-01-01T00:00:00"
NEVER = "1753-01-01T01:01:01Z"
_WORDS = frozenset((1, 1753, 9999))

_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?")


def to_seconds(moment: datetime) -> str:
    """Whole seconds, as configuration servers write the heartbeats that they take."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_ticks(moment: datetime) -> str:
    """Seven decimals, as the service writes what it saw itself."""
    moment = moment.astimezone(timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond:06d}0Z"


def parse(text: object) -> datetime | None:
    """The moment, or None for anything that is not one: other texts, and the service's words for "never"."""
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if match is None or int(match.group(1)) in _WORDS:
        return None
    zone = "+00:00" if match.group(8) in (None, "Z") else match.group(8)
    fraction = (match.group(7) or ".0")[1:7].ljust(6, "0")
    return datetime.fromisoformat(f"{text[:19]}.{fraction}{zone}").astimezone(timezone.utc)


def moved(text: str, seconds: int) -> str:
    """The same time, so many seconds later, in the same notation: decimals and zone stay as they were written. A text
    that is no moment is returned as it is."""
    if parse(text) is None:
        return text
    wall = datetime.fromisoformat(text[:19]) + timedelta(seconds=seconds)
    return wall.strftime("%Y-%m-%dT%H:%M:%S") + text[19:]

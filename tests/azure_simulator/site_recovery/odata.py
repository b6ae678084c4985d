"""The `$filter` of Site Recovery's lists: comparisons for equality, joined by `and`."""

from __future__ import annotations

import re

from ..arm import ArmRequest
from .errors import bad_request

_COMPARISON = re.compile(r"\s*(\w+)\s+eq\s+(?:'((?:[^']|'')*)'|([^\s']+))\s*", re.IGNORECASE)
_AND = re.compile(r"and\b", re.IGNORECASE)


def parse(request: ArmRequest, known: tuple[str, ...]) -> dict[str, str]:
    """`{name in lower case: value}`; empty without a filter. `known`: the names that this list compares."""
    text = request.query.get("$filter", "").strip()
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        match = _COMPARISON.match(text, at)
        if match is None:
            raise _invalid(request, text)
        name = match.group(1).lower()
        if name not in {entry.lower() for entry in known}:
            raise _invalid(request, text)
        quoted, plain = match.group(2), match.group(3)
        found[name] = quoted.replace("''", "'") if quoted is not None else plain
        at = match.end()
        if at < len(text):
            joint = _AND.match(text, at)
            if joint is None or joint.end() >= len(text):
                raise _invalid(request, text)
            at = joint.end()
    return found


def _invalid(request: ArmRequest, text: str):
    return bad_request(request, "InvalidFilter", f"The filter '{text}' is not valid for this list.",
                       "The filter is malformed, or it names a property that cannot be compared here.",
                       "Correct the filter, and try again.")

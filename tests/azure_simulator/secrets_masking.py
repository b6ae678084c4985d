"""Keeping secrets out of what the world writes down: by the name of the key, and by the value where it is known."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "********"

_SECRET_KEYS = frozenset((
    "password", "adminpassword", "passwd", "passphrase", "secret", "clientsecret", "clientassertion", "accesstoken",
    "refreshtoken", "idtoken", "authorization", "protectedparameters", "protectedsettings", "runaspassword", "stdin",
    "integritykey", "encryptionkey", "certificatepassword", "customdata",
))
_ACCOUNTS = frozenset(("accounts",))        # name -> password
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_SHORTEST = 4                               # shorter values would mask ordinary words


def _is_secret_key(key: Any) -> bool:
    flat = re.sub(r"[^a-z]", "", str(key).lower())
    return flat in _SECRET_KEYS or flat.endswith(("password", "passphrase", "secret"))


def secrets_of(value: Any) -> Iterator[str]:
    """The secret texts of a scenario: what stands under a key that names a secret, and the passwords of accounts."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(item, str) and _is_secret_key(key):
                yield item
            elif isinstance(item, Mapping) and str(key).lower() in _ACCOUNTS:
                yield from (text for text in item.values() if isinstance(text, str))
            else:
                yield from secrets_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from secrets_of(item)


class Mask:
    """Replaces secrets in texts and in JSON-like values."""

    def __init__(self, known: Iterable[str] = ()):
        self._known: set[str] = set()
        self._forms: tuple[str, ...] = ()
        for value in known:
            self.add(value)

    def add(self, value: str) -> None:
        """Make a secret known, in all the notations in which it could turn up."""
        if len(value) < _SHORTEST or value in self._known:
            return
        self._known.add(value)
        forms = set(self._forms)
        for text in (value, json.dumps(value)[1:-1], quote(value, safe=""), quote_plus(value)):
            forms.add(text)
        # Longest first, so that a form that contains another goes as a whole.
        self._forms = tuple(sorted(forms, key=len, reverse=True))

    def text(self, text: str) -> str:
        """The text without known secrets, plain, escaped, or inside base64 of UTF-8 or UTF-16LE."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        return _BASE64.sub(self._hidden, text) if self._known else text

    def _hidden(self, match: re.Match) -> str:
        packed = match.group(0).rstrip("=").replace("-", "+").replace("_", "/")
        try:
            raw = base64.b64decode(packed + "=" * (-len(packed) % 4))
        except (binascii.Error, ValueError):
            return match.group(0)
        for text in (raw.decode("utf-8", "ignore"), raw.decode("utf-16-le", "ignore")):
            if any(form in text for form in self._forms):
                return MASK
        return match.group(0)

    def value(self, value: Any, key: Any = "") -> Any:
        """A copy of a JSON-like value without secrets."""
        if key and _is_secret_key(key) and value is not None:
            return _emptied(value)
        if isinstance(value, Mapping):
            return {name: self.value(item, name) for name, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(item) for item in value]
        if isinstance(value, str):
            return self.text(value)
        return value


def _emptied(value: Any) -> Any:
    """The shape of a secret structure: names stay, every value goes."""
    if isinstance(value, Mapping):
        return {key: item if key == "name" and isinstance(item, str) else _emptied(item)
                for key, item in value.items()}
    if isinstance(value, list):
        return [_emptied(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    # A number stays one, so that what is written down still fits the published type.
    return 0 if isinstance(value, (int, float)) else MASK

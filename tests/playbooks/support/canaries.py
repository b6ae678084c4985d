"""Finds a secret in a text in every form in which it could have leaked."""

from __future__ import annotations

import base64
import json
import pathlib
import urllib.parse

# Names of variables and options whose values are secret, wherever they stand.
NAMES = {"passphrase", "admin_password", "password", "secret", "AZURE_SECRET", "AZURE_CLIENT_SECRET"}


def secrets_in(value):
    """The values of all secret names in nested variables."""
    if isinstance(value, dict):
        found = {one for name, one in value.items() if name in NAMES and isinstance(one, str) and one}
        return found.union(*(secrets_in(one) for one in value.values()))
    return set().union(*(secrets_in(one) for one in value)) if isinstance(value, list) else set()


def forms(secret):
    """The forms of one secret, as bytes: as it is, in UTF-16, escaped for URLs and JSON, and inside base64 at any offset."""
    found = {secret.encode(), secret.encode("utf-16-le"), urllib.parse.quote(secret, safe="").encode(), urllib.parse.quote_plus(secret).encode()}
    found |= {json.dumps(secret)[1:-1].encode(), json.dumps(secret, ensure_ascii=False)[1:-1].encode()}
    # Escaped twice, as JSON inside JSON is.
    found.add(json.dumps(json.dumps(secret)[1:-1])[1:-1].encode())
    for raw in (secret.encode(), secret.encode("utf-16-le"), json.dumps(secret)[1:-1].encode(), json.dumps(secret)[1:-1].encode("utf-16-le")):
        found |= {_base64_at(raw, offset) for offset in range(3)}
    return found


def _base64_at(raw, offset):
    """What of ``raw`` every base64 text shows that holds it ``offset`` bytes after a multiple of three."""
    encoded = base64.b64encode(b"\0" * offset + raw)
    whole = (offset + len(raw)) // 3 * 4
    first = {0: 0, 1: 2, 2: 3}[offset]
    return encoded[first:whole]


def leaks(secrets, text):
    """``(secret's first letters, form)`` for each form found in ``text`` (bytes)."""
    return sorted((secret[:3], form) for secret in secrets for form in forms(secret) if form in text)


def leaks_below(secrets, folder, but=()):
    """The same for every file below a folder, named; files in ``but`` hold secrets by their purpose."""
    found = []
    for path in pathlib.Path(folder).rglob("*"):
        if path.is_file() and path.name not in but:
            found += [(str(path), *leak) for leak in leaks(secrets, path.read_bytes())]
    return found

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of an installer: whether it can be downloaded and checked at all. Pure; private to this collection."""

from __future__ import annotations

import re
import urllib.parse


def problems(installer, option="installer"):
    """What is wrong with ``{url, sha256, …}``, one text each. The URL is not quoted: its query is a signature, often."""
    found = []
    parts = urllib.parse.urlsplit(installer["url"])
    if parts.scheme.lower() not in ("https", "http") or not parts.hostname:
        found.append(f"{option}.url is no address that begins with https://")
    if not re.fullmatch("[0-9a-fA-F]{64}", installer["sha256"]):
        found.append(f"{option}.sha256 is not a SHA-256 in 64 hexadecimal digits")
    if installer.get("size_bytes") is not None and installer["size_bytes"] < 1:
        found.append(f"{option}.size_bytes is {installer['size_bytes']}")
    return found


def shown(url):
    """A URL without what may be secret in it: the query and a user."""
    parts = urllib.parse.urlsplit(url)
    return urllib.parse.urlunsplit((parts.scheme, parts.hostname or "", parts.path, "", ""))

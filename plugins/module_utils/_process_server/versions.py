# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Versions of the software, compared as numbers. Pure; private to this collection.

Installers and servers tell the build, as 9.62.7096.1. What the vault shows of configuration servers and process servers is, in
everything that was recorded, the release alone, as 9.12.0.0. Between such a one and a build of its release nothing can be told.
"""

from __future__ import annotations

import re

# Major and minor number; 9.62 and 9.62.0.0 tell no more than them.
RELEASE = 2


def numbers(version):
    """A version as a list of numbers, with zeros at the end left out, so that 9.62 and 9.62.0.0 are the same; `None` for what is none."""
    text = (version or "").strip()
    if not re.fullmatch(r"\d+(\.\d+)*", text):
        return None
    return [int(part) for part in re.sub(r"(\.0+)+$", "", text).split(".")]


def is_newer(one, other):
    """Whether ``one`` is newer than ``other``, by its release where one of them tells no build; `None` where that cannot be told."""
    ours, theirs = _alike(numbers(one), numbers(other))
    return None if ours is None or theirs is None else ours > theirs


def is_whole(version):
    """Whether a version has the four numbers by which Microsoft tells builds apart, as 9.62.7096.1."""
    return bool(re.fullmatch(r"\d+(\.\d+){3}", (version or "").strip()))


def are_same(one, other):
    """Whether two versions are the same, or one is the release of the other; unknown ones never are."""
    ours, theirs = _alike(numbers(one), numbers(other))
    return ours is not None and ours == theirs


def _alike(ours, theirs):
    """Both with as much as both tell: where one is a release without a build, both by their releases."""
    if ours is None or theirs is None or min(len(ours), len(theirs)) > RELEASE:
        return ours, theirs
    return [(*one, 0)[:RELEASE] for one in (ours, theirs)]

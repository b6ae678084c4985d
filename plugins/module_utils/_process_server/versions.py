# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Versions of the software, compared as numbers. Pure; private to this collection."""

from __future__ import annotations

import re


def numbers(version):
    """A version as a list of numbers, with zeros at the end left out, so that 9.62 and 9.62.0.0 are the same; `None` for what is none."""
    text = (version or "").strip()
    if not re.fullmatch(r"\d+(\.\d+)*", text):
        return None
    return [int(part) for part in re.sub(r"(\.0+)+$", "", text).split(".")]


def is_newer(one, other):
    """Whether ``one`` is newer than ``other``; `None` where that cannot be told."""
    ours, theirs = numbers(one), numbers(other)
    return None if ours is None or theirs is None else ours > theirs


def is_whole(version):
    """Whether a version has the four numbers by which Microsoft tells builds apart, as 9.62.7096.1."""
    return bool(re.fullmatch(r"\d+(\.\d+){3}", (version or "").strip()))


def are_same(one, other):
    """Whether two versions are the same; unknown ones never are."""
    ours = numbers(one)
    return ours is not None and ours == numbers(other)

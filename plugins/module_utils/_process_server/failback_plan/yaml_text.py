# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plain data as YAML that a person reads and Ansible takes as it is. Pure; private to this collection.

Names come from the vault, where a virtual machine may be called almost anything. In a file of variables Ansible would
work out what looks like a template, so such a text is marked ``!unsafe``, and stays a text.
"""

from __future__ import annotations

import json
import re
import textwrap

WIDTH = 150
# Looks the same in YAML without quotes and is no number, date, yes, no or null there.
_PLAIN = re.compile(r"[A-Za-z/_][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*")
_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
_TEMPLATE = re.compile(r"\{\{|\{%|\{#|%\}|#\}|\}\}")


def scalar(value):
    """A text, number, truth or nothing, on one line."""
    if value is None or isinstance(value, (bool, int, float)):
        return json.dumps(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    # A JSON string is a double-quoted scalar of YAML; the signs beyond ASCII are written out.
    return ("!unsafe " if _TEMPLATE.search(value) else "") + json.dumps(value)


def block(value, indent=0):
    """The lines of a mapping or a list; scalars stand in the line of their key."""
    margin = " " * indent
    lines = []
    for key, one in value.items() if isinstance(value, dict) else ((None, one) for one in value):
        head = f"{margin}- " if key is None else f"{margin}{key}:"
        if not isinstance(one, (dict, list)):
            lines.append(f"{head}{'' if key is None else ' '}{scalar(one)}")
        elif not one:
            lines.append(f"{head}{'' if key is None else ' '}{'{}' if isinstance(one, dict) else '[]'}")
        elif key is None:
            first, *rest = block(one, indent + 2)
            lines += [head + first[indent + 2:], *rest]
        else:
            lines += [head, *block(one, indent + 2)]
    return lines


def comment(text, indent=0):
    """Lines of comment, of a width a person reads; what cannot be shown, line ends among it, is a space."""
    shown = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    margin = f"{' ' * indent}# "
    hang = "  " if shown.startswith("- ") else ""
    return textwrap.wrap(
        shown, WIDTH, initial_indent=margin, subsequent_indent=margin + hang, break_long_words=False, break_on_hyphens=False
    )

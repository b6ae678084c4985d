# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines of a table for a terminal. Pure; private to this collection."""

from __future__ import annotations


def lines(headings, rows, notes=()):
    """The heading and a line for each row, columns aligned; ``notes``: one for each row, below it in the last column, or
    an empty text."""
    # What a service said may have several lines; a row has one.
    flat = [tuple(" ".join(str(cell).split()) for cell in row) for row in rows]
    widths = [max(len(row[column]) for row in [tuple(headings), *flat]) for column in range(len(headings) - 1)]
    found = [_line(headings, widths)]
    for number, row in enumerate(flat):
        found.append(_line(row, widths))
        if notes and notes[number]:
            found.append(_line((*[""] * len(widths), notes[number]), widths))
    return found


def _line(cells, widths):
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=False)]
    return "  ".join([*padded, cells[-1]]).rstrip()

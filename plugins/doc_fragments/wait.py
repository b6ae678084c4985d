# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of everything that waits."""

from __future__ import annotations


class ModuleDocFragment:
    """How long to wait, and how often to look."""

    DOCUMENTATION = r"""
options:
  timeout:
    description:
      - How many seconds to wait at most for each thing that is waited for. When they are over, the task fails and
        says what was seen last. Running it again goes on from there.
    type: int
    default: 7200
  interval:
    description: How many seconds lie between two looks. Where Azure itself says how long to wait, that goes before.
    type: int
    default: 15
"""

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option by which a module tells what it does while it does it."""

from __future__ import annotations


class ModuleDocFragment:
    """Where the lines about each step go."""

    DOCUMENTATION = r"""
options:
  progress_file:
    description:
      - A file to which one line is added for each step as it happens. It is set by the action plugin of the module's
        name, which prints these lines.
      - There is no need to set it.
    type: path
"""

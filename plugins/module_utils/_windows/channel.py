# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two ways to run a script on a server, which are used alike. Private to this collection.

A channel has ``run(script_name, parameters, timeout) -> dict`` and ``close()``; ``script_name`` is a key of
``scripts.ALL``. It sends no text but those scripts.
"""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._windows.run_command import open_run_command
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._windows.winrm import open_winrm

__all__ = ["open_run_command", "open_winrm"]

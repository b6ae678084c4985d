# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the module process_server_upgrade and prints its steps while it works."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.plugin_utils._progress import ProgressActionModule


class ActionModule(ProgressActionModule):
    """The module process_server_upgrade with a line for each step as it happens."""

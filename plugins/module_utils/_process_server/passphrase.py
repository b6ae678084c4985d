# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compares the passphrase on the configuration server itself, which answers only equal or not. Private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_server_channel

# genpassphrase.exe prints at once; longer means that something hangs.
LIMIT_SECONDS = 120


def compare(params, configuration_server_address):
    """Whether the passphrase given is the configuration server's; raises `AsrError` where it cannot be asked.

    ``params``: ``passphrase`` and ``configuration_server_winrm``, whose ``address`` defaults to the address given.
    """
    channel = configuration_server_channel.open_channel(params, configuration_server_address)
    try:
        return bool(channel.run("compare_passphrase", {"passphrase": params["passphrase"]}, timeout=LIMIT_SECONDS)["equal"])
    finally:
        channel.close()

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way to the configuration server itself. Private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._windows import channel as channels

# Codes of a channel's errors that say that the access to the configuration server was given wrongly, not that it is down.
GIVEN_WRONGLY = ("CredentialsRejected", "CertificateChanged", "CertificateNotTrusted")


def open_channel(params, configuration_server_address):
    """A channel by ``configuration_server_winrm`` of ``params``, whose ``address`` defaults to the address given."""
    access = params["configuration_server_winrm"]
    return channels.open_winrm(
        access.get("address") or configuration_server_address,
        access["port"],
        access["username"],
        access["password"],
        access["transport"],
        access.get("certificate_fingerprint"),
        access.get("ca_file"),
        access.get("proxy"),
    )

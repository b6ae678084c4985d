# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that name the vault and the configuration server."""

from __future__ import annotations


class ModuleDocFragment:
    """Which vault, and which configuration server in it."""

    DOCUMENTATION = r"""
options:
  vault_name:
    description: The name of the Recovery Services vault.
    type: str
    required: true
  vault_resource_group:
    description: The resource group of the vault.
    type: str
    required: true
  vault_subscription_id:
    description: The subscription of the vault. Left out, it is O(subscription_id).
    type: str
  configuration_server:
    description:
      - The configuration server, by its friendly name, its fabric name or its fabric id.
      - Where two have one friendly name, the fabric id is needed. Left out, the vault must hold one classic
        configuration server only, where a module works with one.
    type: str
"""

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which actions the run needs, and on what. Pure; private to this collection."""

from __future__ import annotations

import dataclasses

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.machine_readiness import (
    needs_agent,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites import scopes
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.placement import (
    is_registered,
)

# What process_server_vm sends for one machine; its OS and data disks are made with it (virtual-machines: "implicitly").
MACHINE = (
    "Microsoft.Compute/virtualMachines/read",
    "Microsoft.Compute/virtualMachines/write",
    "Microsoft.Compute/disks/write",
    "Microsoft.Network/networkInterfaces/read",
    "Microsoft.Network/networkInterfaces/write",
    "Microsoft.Network/networkInterfaces/join/action",
)
PUBLIC_ADDRESS = ("Microsoft.Network/publicIPAddresses/write", "Microsoft.Network/publicIPAddresses/join/action")
# run-command-managed: a managed Run Command is written, read and deleted.
RUN_COMMAND = (
    "Microsoft.Compute/virtualMachines/runCommands/read",
    "Microsoft.Compute/virtualMachines/runCommands/write",
    "Microsoft.Compute/virtualMachines/runCommands/delete",
)
SUBNET = ("Microsoft.Network/virtualNetworks/subnets/join/action",)
SECURITY_GROUP = ("Microsoft.Network/networkSecurityGroups/join/action",)
# The error LinkedAuthorizationFailed names this action when a machine takes a certificate from a Key Vault.
KEY_VAULT = ("Microsoft.KeyVault/vaults/deploy/action",)
VAULT = (
    "Microsoft.RecoveryServices/vaults/read",
    "Microsoft.RecoveryServices/vaults/replicationFabrics/read",
)
REFRESH = (
    "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationRecoveryServicesProviders/refreshProvider/action",
)


@dataclasses.dataclass(frozen=True)
class Need:
    """``action`` on ``resource``: the id of a resource group, or of a resource that must be there already."""

    action: str
    resource: str


def all_needs(places, params, fabric, now):
    """Each need once, in the order of the servers. A server that is deployed or registered needs less."""
    # A configuration server that was found is proof that the vault may be read, by whatever role.
    needs = [] if fabric else [Need(action, _vault_id(params)) for action in VAULT]
    for place in places:
        registered = is_registered(place.entry, fabric, now)
        if not place.deployed:
            needs += _to_deploy(place)
        if not registered and needs_agent(place.entry):
            needs += [Need(action, _group(place.entry)) for action in RUN_COMMAND]
        if not registered:
            needs += [Need(action, fabric["id"] if fabric else _vault_id(params)) for action in REFRESH]
    return list(dict.fromkeys(needs))


def _to_deploy(place):
    entry = place.entry
    actions = MACHINE + (PUBLIC_ADDRESS if entry.get("public_ip_address") else ())
    needs = [Need(action, _group(entry)) for action in actions]
    needs += [Need(action, place.subnet_id) for action in SUBNET]
    if entry.get("network_security_group"):
        needs += [Need(action, entry["network_security_group"]) for action in SECURITY_GROUP]
    if entry.get("key_vault_id"):
        needs += [Need(action, entry["key_vault_id"]) for action in KEY_VAULT]
    return needs


def _group(entry):
    return scopes.group_id(entry["subscription_id"], entry["resource_group"])


def _vault_id(params):
    group = f"/subscriptions/{params['vault_subscription_id']}/resourceGroups/{params['vault_resource_group']}"
    return f"{group}/providers/Microsoft.RecoveryServices/vaults/{params['vault_name']}"

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the vault says of a protected item, and of the process server that carries it. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import resource_ids

# What ``currentScenario.scenarioName`` says while no job runs on the item (recorded).
NO_SCENARIO = ("", "none")


def properties(item):
    return item.get("properties") or {}


def details(item):
    """What the replication provider says of the item, ``{}`` where it says nothing."""
    return properties(item).get("providerSpecificDetails") or {}


def friendly_name(item):
    return properties(item).get("friendlyName") or item.get("name") or ""


def names(item):
    """Everything an item can be called by but for its friendly name, which several can share."""
    own = (item.get("name"), item.get("id"), details(item).get("vmId"))
    return {name.rstrip("/").lower() for name in own if name}


def belongs_to(item, fabric):
    """Whether the item is protected in a fabric."""
    return (item.get("id") or "").lower().startswith((fabric.get("id") or "").rstrip("/").lower() + "/")


def is_carried_by(item, server):
    """Whether an item names a process server, by either of the server's two ids (``InMage`` and ``InMageAzureV2`` items do)."""
    return _is_id_of(details(item).get("processServerId"), server)


def has_as_master_target(item, server):
    """Whether an item names a process server's machine as its master target: Unified Setup makes it one, of the same id (recorded)."""
    return _is_id_of(details(item).get("masterTargetId"), server)


def _is_id_of(identifier, server):
    return bool(identifier) and identifier.lower() in {(server.get("id") or "").lower(), (server.get("hostId") or "").lower()}


def runs_in_azure(item):
    """Whether the machine itself runs in Azure: it was failed over, and not failed back."""
    return (properties(item).get("activeLocation") or "").lower() == "recovery"


def machine_id(item):
    """The id of the virtual machine in Azure, or `None`."""
    return details(item).get("targetVmId") or None


def planned_networks(item):
    """Ids of the virtual networks its failover was to connect it to, in the order of its network interfaces."""
    interfaces = details(item).get("vmNics") or []
    ids = [interface.get("recoveryVMNetworkId") for interface in interfaces] or [details(item).get("selectedRecoveryAzureNetworkId")]
    return list({resource_ids.key(one): one for one in ids if one}.values())


def running_scenario(item):
    """``(scenario, job id)`` of the job that runs on the item, or `None`."""
    scenario = properties(item).get("currentScenario") or {}
    name = scenario.get("scenarioName") or ""
    return None if name.lower() in NO_SCENARIO else (name, scenario.get("jobId") or "")


def daily_churn_gb(item):
    """How much the machine changes, in GB; `None` where the vault does not tell.

    ``uncompressedDataRateInMB`` is described as "the uncompressed data change rate in MB" with no time; that it is of one
    day is our inference.
    """
    rate = details(item).get("uncompressedDataRateInMB")
    return None if isinstance(rate, bool) or not isinstance(rate, (int, float)) else rate / 1024

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removes one server's machine with what is its own, and proves that it is gone. Private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import compute, network, operations
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, AsrTimeout
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import resource_ids, vm_absent
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._wait import wait_for

# Kind -> (what a person reads, how to look, how to remove).
REQUESTS = {
    "machine": (
        "machine",
        lambda *where: compute.get_virtual_machine(*where, instance_view=False),
        compute.delete_virtual_machine,
    ),
    "interface": ("network interface", network.get_network_interface, network.delete_network_interface),
    "address": ("public address", network.get_public_ip, network.delete_public_ip),
    "data_disk": ("disk", compute.get_disk, compute.delete_disk),
}

# How many looks Azure is given to remove what it removes with the machine; after that it is removed here.
PATIENCE = 4


def remove(azure, params, entry, found, plan, progress):
    """Remove everything `vm_absent.doomed` names; without ``wait`` the machine is handed over and Azure does the rest."""
    listed = vm_absent.doomed(entry, found)
    if found.machine is not None and not params["wait"]:
        # What belongs to a machine cannot go before it; a later run removes what Azure leaves.
        listed = listed[:1]
    gone = []
    for one in listed:
        try:
            _remove(azure, params, entry, one, found.machine is not None, progress)
        except AsrError as error:
            error.so_far = {"removed": gone}
            raise
        gone.append(one.id)
    return {"removed": plan.before["resources"], "state": "absent" if params["wait"] else "being removed"}


def _remove(azure, params, entry, one, with_machine, progress):
    where = resource_ids.parse(one.id)
    there = (azure, where["subscription_id"], where["resource_group"], where["name"])
    words, read, delete = REQUESTS[one.kind]
    with progress.step(entry["name"], f"remove the {words}", where["name"]) as step:
        if with_machine and one.goes_by_itself and _went(lambda: read(*there), params):
            step["detail"] = f"{where['name']} went with the machine"
            return
        operation = delete(*there)
        if one.kind == "machine" and not params["wait"]:
            return
        operations.wait(azure, operation, params["timeout"], params["interval"])
        left = read(*there)
        if left is not None:
            said = f"Azure says it is done, but it is there: {left['properties'].get('provisioningState')}"
            raise AsrError(
                f"removing the {words}",
                on=where["name"],
                said=said,
                cure="Run again; if it stays, look for a lock on it",
            )


def _went(read, params):
    """Whether Azure removed it with the machine within a few looks."""
    try:
        wait_for(
            read,
            lambda value: value is None,
            "",
            min(params["timeout"], PATIENCE * params["interval"]),
            params["interval"],
        )
    except AsrTimeout:
        return False
    return True

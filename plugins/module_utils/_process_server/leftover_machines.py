# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which machines of ours carry no work, why, and what they cost. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    configuration_servers,
    info_machines,
    resource_ids,
    served_vault,
    vm_bodies,
    vm_facts,
    vm_in_use,
)

IN_USE = "in_use"

RETIRE = "Retire it with the playbook retire_process_servers, if nobody is about to use it"

# vmware-azure-manage-configuration-server, "Delete or unregister a configuration server": replication is disabled first.
GONE_FOR_GOOD = (
    "Bring the configuration server back. Where it is gone for good, disable the replication of its machines and delete it from the vault, "
    "then delete this machine with process_server_vm, state absent"
)


def judge(lists, use, vault, now):
    """What is to be said of every machine with our tag, in order of their names; those in use are among them."""
    machines = info_machines.Machines(lists["machines"], lists["interfaces"], lists["statuses"])
    by_id = {name: {resource_ids.key(one["id"]): one for one in lists[name]} for name in ("interfaces", "addresses")}
    ours = [machine for machine in lists["machines"] if vm_bodies.is_ours(machine)]
    return sorted((_judge(one, machines.describe(one, now), by_id, use, vault, now) for one in ours), key=lambda one: one["name"])


def _judge(machine, described, by_id, use, vault, now):
    interfaces = [by_id["interfaces"].get(resource_ids.key(one)) for one in vm_facts.machine_interface_ids(machine)]
    address = next(
        (one["privateIPAddress"] for interface in interfaces for one in vm_facts.configurations(interface) if one.get("privateIPAddress")),
        None,
    )
    reason, evidence, cure = verdict(machine, address, use, vault, now)
    billed = is_billed(described["power_state"])
    public = sum(resource_ids.key(vm_facts.public_address_id(one)) in by_id["addresses"] for one in interfaces)
    return {
        "kind": "virtual_machine",
        "name": described["name"],
        "id": described["id"],
        "subscription_id": (resource_ids.parse(described["id"]) or {}).get("subscription_id"),
        "resource_group": described["resource_group"],
        "location": described["location"],
        "private_ip_address": address,
        "size": described["size"],
        "power_state": described["power_state"],
        "reason": reason,
        "evidence": evidence,
        "created": described["created"],
        "hours_since_creation": described["hours_since_creation"],
        "machine_is_billed": billed,
        "costs": costs(described, billed, len(vm_facts.machine_disk_ids(machine)), public),
        "cure": cure,
    }


def verdict(machine, address, use, vault, now):
    """``(reason, evidence, cure)`` for one machine of ours.

    What a configuration server says that is itself not heard of any more is old: nothing is in use by its word alone,
    and nothing is free by it either.
    """
    if vm_facts.provisioning_state(machine) == "creating":
        return "being_made", "Azure is still working on it", "Look again when it is made"
    entry = {"name": machine["name"]}
    listed = list(vm_in_use.listed_as(entry, address, use))
    other = served_vault.another(machine, use.vault)
    if not listed and other:
        return "of_another_vault", *served_vault.said(other)
    if not listed:
        return "not_registered", f"no configuration server of vault {vault} lists it", RETIRE
    names = ", ".join(sorted({configuration_servers.friendly_name(fabric) for fabric, _server in listed}))
    carried = vm_in_use.reason(entry, address, use)
    if not any(configuration_servers.reports(fabric, now) for fabric, _server in listed):
        said = f"; what it last said: {carried}" if carried else ", and carried nothing when it last was"
        return (
            "configuration_server_silent",
            f"configuration server {names} is not heard of any more{said}",
            GONE_FOR_GOOD,
        )
    alive = any(configuration_servers.is_alive(fabric, server, now) for fabric, server in listed)
    heart = "" if alive else ", and it gives no heartbeat"
    if carried:
        return IN_USE, carried + heart, "" if alive else "See what is wrong with it: docs/after_a_failure.md"
    if alive:
        return "idle", f"registered with configuration server {names}, and carries no machine", RETIRE
    return "silent", f"registered with configuration server {names}, without a heartbeat and without a machine to carry", RETIRE


def is_billed(power_state):
    """Whether the machine itself costs money now. Azure stops billing it when it is deallocated, not when Windows was
    shut down in it (virtual-machines/states-billing). A state that nobody told counts as billed."""
    return power_state not in ("deallocated", "deallocating")


def costs(described, billed, disks, public_addresses):
    """What is billed, in words."""
    parts = [f"{disks} disk{'' if disks == 1 else 's'}"]
    if public_addresses:
        parts.append(f"{public_addresses} public address{'' if public_addresses == 1 else 'es'}")
    hours = described["hours_since_creation"]
    age = "made at an unknown time" if hours is None else f"made {hours} h ago"
    if not billed:
        return f"{' and '.join(parts)} only, since the machine is deallocated; {age}"
    state = described["power_state"] or "in an unknown state"
    since = "an unknown number of" if hours is None else hours
    return f"machine {described['size']} ({state}), {since} machine hours since it was made, and {' and '.join(parts)}"

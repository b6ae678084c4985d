# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which interfaces, disks and public addresses of ours belong to no machine. Pure; private to this collection."""

from __future__ import annotations

import datetime
import re

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    configuration_servers,
    info_values,
    resource_ids,
    vm_bodies,
    vm_facts,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.entries import RUN_TAG

# A disk is billed whether a machine uses it or not, and so is the static public address that this collection makes; a
# network interface costs nothing (our inference from Azure's price lists, which name no price for one).
COSTS = {
    "disk": "the disk, attached or not",
    "network_interface": "nothing, but it keeps its address from others",
    "public_address": "the public address, attached or not",
}
CURE = "Remove it with process_server_vm, state absent, name {server}"


def judge(lists, now):
    """What is to be said of every part with our tag that nothing uses, in order of kinds and names."""
    loose = [one for one in lists["interfaces"] if vm_bodies.is_ours(one) and not vm_facts.attached_to(one)]
    loose_ids = {resource_ids.key(one["id"]) for one in loose}
    found = [
        *(("disk", one) for one in lists["disks"] if vm_bodies.is_ours(one) and not one.get("managedBy")),
        *(("network_interface", one) for one in loose),
        *(("public_address", one) for one in lists["addresses"] if vm_bodies.is_ours(one) and _is_unused(one, loose_ids)),
    ]
    return [_describe(kind, one, now) for kind, one in sorted(found, key=lambda one: (one[0], one[1]["name"]))]


def _is_unused(address, loose_ids):
    """Whether it belongs to no interface, or to one that belongs to no machine."""
    used_by = ((address.get("properties") or {}).get("ipConfiguration") or {}).get("id")
    return used_by is None or resource_ids.key(used_by).partition("/ipconfigurations/")[0] in loose_ids


def _describe(kind, resource, now):
    created = configuration_servers.parse_time((resource.get("properties") or {}).get("timeCreated")) or made_by_run(resource)
    where = resource_ids.parse(resource["id"]) or {}
    return {
        "kind": kind,
        "name": resource["name"],
        "id": resource["id"],
        "subscription_id": where.get("subscription_id"),
        "resource_group": where.get("resource_group"),
        "location": resource.get("location"),
        "private_ip_address": next(iter(vm_facts.configurations(resource)), {}).get("privateIPAddress") if kind == "network_interface" else None,
        "size": None,
        "power_state": None,
        "reason": "unattached",
        "evidence": "no machine uses it",
        "created": None if created is None else info_values.iso(created.isoformat()),
        "hours_since_creation": None if created is None else round((now - created).total_seconds() / 3600, 1),
        "machine_is_billed": False,
        "costs": COSTS[kind],
        "cure": CURE.format(server=server_of(resource["name"])),
    }


def made_by_run(resource):
    """When the run began that made it, as our tag of the run says; Azure tells no such time of interfaces and addresses."""
    tags = {key.lower(): value for key, value in (resource.get("tags") or {}).items()}
    match = re.match(r"(\d{8}T\d{6})Z-", tags.get(RUN_TAG) or "")
    try:
        return datetime.datetime.strptime(match[1], "%Y%m%dT%H%M%S").replace(tzinfo=datetime.timezone.utc) if match else None
    except ValueError:
        return None


def server_of(name):
    """The server that a part belonged to: its own name begins with the server's."""
    suffixes = [suffix for _kind, suffix in vm_bodies.KINDS.values() if suffix and name.lower().endswith(suffix)]
    return name[: -len(suffixes[0])] if suffixes else name

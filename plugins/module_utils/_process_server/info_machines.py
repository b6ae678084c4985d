# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which virtual machine a process server is. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    configuration_servers,
    resource_ids,
    vm_bodies,
    vm_facts,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.info_values import iso
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.machine_readiness import (
    power_state,
)


class Machines:
    """The machines of a subscription, by the private addresses of their interfaces."""

    def __init__(self, machines, interfaces, statuses):
        by_id = {resource_ids.key(machine["id"]): machine for machine in machines}
        self._power = {
            resource_ids.key(machine.get("id")): power_state(machine)
            for machine in statuses
            if machine.get("properties")
        }
        self._at = {}
        for interface in interfaces:
            machine = by_id.get(resource_ids.key(vm_facts.attached_to(interface)))
            for configuration in vm_facts.configurations(interface):
                if machine is not None and configuration.get("privateIPAddress"):
                    self._at.setdefault(configuration["privateIPAddress"], []).append(machine)

    def of(self, server, now):
        """The machine of a process server, or `None`.

        An address alone names no machine: networks that are not connected use the same ones, on-premises among them.
        So the name must be the server's as well, or the machine one of ours.
        """
        found = [
            machine
            for machine in self._at.get(server["ip_address"], [])
            if _is_named(machine, server["name"]) or vm_bodies.is_ours(machine)
        ]
        return self.describe(found[0], now) if len(found) == 1 else None

    def any_at(self, address, name):
        """Whether some machine can be this server's, several among them."""
        return any(_is_named(machine, name) or vm_bodies.is_ours(machine) for machine in self._at.get(address, []))

    def describe(self, machine, now):
        """What is told of a machine, with the hours since it was made."""
        created = configuration_servers.parse_time(machine["properties"].get("timeCreated"))
        return {
            "id": machine["id"],
            "name": machine["name"],
            "resource_group": (resource_ids.parse(machine["id"]) or {}).get("resource_group"),
            "location": machine.get("location"),
            "size": (machine["properties"].get("hardwareProfile") or {}).get("vmSize"),
            "power_state": self._power.get(resource_ids.key(machine["id"])) or None,
            "created": iso(machine["properties"].get("timeCreated")),
            "hours_since_creation": None if created is None else round((now - created).total_seconds() / 3600, 1),
            "managed": vm_bodies.is_ours(machine),
        }


def _is_named(machine, name):
    names = (machine.get("name"), (machine["properties"].get("osProfile") or {}).get("computerName"))
    return bool(name) and any(resource_ids.same(one, name) for one in names if one)

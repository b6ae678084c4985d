# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which virtual machine a process server is. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    configuration_servers,
    resource_ids,
    unfinished,
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
        self._machines = by_id
        self._interfaces = {resource_ids.key(interface["id"]): interface for interface in interfaces}
        self._at = {}
        for interface in interfaces:
            machine = by_id.get(resource_ids.key(vm_facts.attached_to(interface)))
            for configuration in vm_facts.configurations(interface):
                if machine is not None and configuration.get("privateIPAddress"):
                    self._at.setdefault(configuration["privateIPAddress"], []).append((machine, configuration))

    def of(self, server, now):
        """The machine of a process server, or `None`.

        An address alone names no machine: networks that are not connected use the same ones, on-premises among them.
        So the name must be the server's as well, or the machine one of ours.
        """
        found = [
            (machine, configuration)
            for machine, configuration in self._at.get(server["ip_address"], [])
            if _is_named(machine, server["name"]) or vm_bodies.is_ours(machine)
        ]
        return self._describe(*found[0], now) if len(found) == 1 else None

    def any_at(self, address, name):
        """Whether some machine can be this server's, several among them."""
        return any(_is_named(machine, name) or vm_bodies.is_ours(machine) for machine, _configuration in self._at.get(address, []))

    def ours(self, now):
        """Every machine that carries our tag, registered or not."""
        return [self.describe(machine, now) for machine in self._machines.values() if vm_bodies.is_ours(machine)]

    def networks_of(self, machine_id):
        """The ids of the virtual networks a machine is connected to; none where it is not in these lists."""
        machine = self._machines.get(resource_ids.key(machine_id))
        found = map(network_of, self._configurations(machine)) if machine else ()
        return list(dict.fromkeys(filter(None, found)))

    def _configurations(self, machine):
        """What a machine's interfaces say of its addresses, the primary interface first."""
        for identifier in vm_facts.machine_interface_ids(machine):
            yield from vm_facts.configurations(self._interfaces.get(resource_ids.key(identifier)))

    def describe(self, machine, now):
        """What is told of a machine, with the address of its first interface and the hours since it was made."""
        return self._describe(machine, next(self._configurations(machine), {}), now)

    def _describe(self, machine, configuration, now):
        created = configuration_servers.parse_time(machine["properties"].get("timeCreated"))
        return {
            "id": machine["id"],
            "name": machine["name"],
            "resource_group": (resource_ids.parse(machine["id"]) or {}).get("resource_group"),
            "location": machine.get("location"),
            "size": (machine["properties"].get("hardwareProfile") or {}).get("vmSize"),
            "virtual_network": network_of(configuration) or None,
            "subnet": vm_facts.subnet_id(configuration).rpartition("/")[2] or None,
            "private_ip_address": configuration.get("privateIPAddress"),
            "power_state": self._power.get(resource_ids.key(machine["id"])) or None,
            "created": iso(machine["properties"].get("timeCreated")),
            "hours_since_creation": None if created is None else round((now - created).total_seconds() / 3600, 1),
            "managed": vm_bodies.is_ours(machine),
            "setup_unfinished": unfinished.is_unfinished(machine),
        }


def network_of(configuration):
    """The id of the virtual network of an interface's configuration, or an empty text."""
    return vm_facts.network_of_subnet(vm_facts.subnet_id(configuration))


def _is_named(machine, name):
    names = (machine.get("name"), (machine["properties"].get("osProfile") or {}).get("computerName"))
    return bool(name) and any(resource_ids.same(one, name) for one in names if one)

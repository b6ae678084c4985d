# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where each entry goes: its network, region, subnet, and the machine of its name if there is one. Pure; private to this collection."""

from __future__ import annotations

import dataclasses

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    configuration_servers,
    resource_ids,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites import scopes
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.facts import Fact
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.vm_bodies import is_ours


@dataclasses.dataclass(frozen=True)
class Place:
    """One entry among the facts.

    ``network``: the virtual network as a `Fact`; ``region``: the entry's own location or its network's, empty when
    neither is known; ``subnet``: the subnet's dict or `None`; ``machine``: the virtual machine of the entry's name in
    its group, as a `Fact`.
    """

    entry: dict
    network_id: str
    network: Fact
    region: str
    subnet: dict | None
    machine: Fact

    @property
    def name(self):
        return self.entry["name"]

    @property
    def subnet_id(self):
        return f"{self.network_id}/subnets/{self.entry['subnet']}"

    @property
    def deployed(self):
        """There is a machine of ours already, which takes no more quota, address or permission."""
        return self.machine.known and self.machine.value is not None and is_ours(self.machine.value)


def place(entry, facts):
    network_id = entry["virtual_network"]
    network = _network(network_id, facts)
    return Place(
        entry=entry,
        network_id=network_id,
        network=network,
        region=resource_ids.region(entry["location"] or (network.value or {}).get("location")),
        subnet=_subnet(network, entry),
        machine=_machine(entry, facts),
    )


def image_key(entry, region):
    """What one request for an image answers: an id, or a publisher's image in a region."""
    image = entry["image"]
    if image.get("id"):
        return image["id"].lower()
    return (
        entry["subscription_id"].lower(),
        region,
        *(image[part].lower() for part in ("publisher", "offer", "sku", "version")),
    )


def find_network(facts, network_id):
    """A `Fact`: the virtual network of this id, `None` where it is not there."""
    return _network(network_id, facts)


def is_registered(entry, fabric, now):
    """Whether the configuration server shows the entry's server, once and with a fresh heartbeat."""
    if fabric is None:
        return False
    found = configuration_servers.at_address(fabric, entry["private_ip_address"])
    return len(found) == 1 and configuration_servers.is_alive(fabric, found[0], now)


def _network(network_id, facts):
    listed = facts.of("networks", scopes.subscription_of(network_id).lower())
    if not listed.known:
        return listed
    return Fact(next((network for network in listed.value if resource_ids.same(network["id"], network_id)), None))


def _subnet(network, entry):
    subnets = ((network.value or {}).get("properties") or {}).get("subnets") or []
    return next((subnet for subnet in subnets if subnet["name"].lower() == entry["subnet"].lower()), None)


def _machine(entry, facts):
    listed = facts.of("machines", entry["subscription_id"].lower())
    if not listed.known:
        return listed
    group = scopes.group_id(entry["subscription_id"], entry["resource_group"])
    return Fact(
        next(
            (
                one
                for one in listed.value
                if scopes.group_of(one["id"]) == group and one["name"].lower() == entry["name"].lower()
            ),
            None,
        )
    )

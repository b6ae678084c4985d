# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether machines reach the process server they are to be moved to, as far as networks tell. Pure; private to this collection.

A failed-over machine needs a process server in its own virtual network (vmware-azure-prepare-failback). That one in a peered
network serves as well, since addresses in it are reached as if it were one network, is our inference. What network security
groups, routes and the machine itself let through is not looked at.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import protected_items, resource_ids
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.info_machines import Machines
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.switch_checks import Finding, listed, warning
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.switch_parties import in_words

UNREACHED = "accept_unreached"


@dataclasses.dataclass(frozen=True)
class Surroundings:
    """What Azure says of machines and networks. ``networks``: by the key of their ids. ``not_looked``: why they are not known."""

    machines: Machines | None = None
    networks: dict = dataclasses.field(default_factory=dict)
    not_looked: str = ""


def findings(target, items, around, now):
    """What speaks against moving these machines to this process server."""
    in_azure = [item for item in items if protected_items.runs_in_azure(item)]
    on_premises = [item for item in items if item not in in_azure]
    home = _home(target, around, now)
    if on_premises and home:
        yield warning(
            f"{listed(on_premises)} run on-premises, {in_words(target)} in {_short(home)}; whether they reach it is not known to Azure"
        )
    if not in_azure:
        return
    if home is None:
        yield warning(f"whether {listed(in_azure)} reach {in_words(target)} is not known: {_why(around)}")
        return
    unreached, unknown = {}, []
    for item in in_azure:
        networks = networks_of(item, around.machines)
        answers = [connected(network, home, around.networks) for network in networks]
        if any(answers):
            continue
        if not answers or None in answers:
            unknown.append(item)
        else:
            unreached.setdefault(", ".join(map(_short, networks)), []).append(item)
    for network, machines in unreached.items():
        said = f"{listed(machines)} run in {network}, which is neither {_short(home)}, where {in_words(target)} is, nor peered with it"
        yield Finding(said, f"Name a process server in that network; {UNREACHED} moves them all the same", accepted_by=UNREACHED)
    if unknown:
        yield warning(f"whether {listed(unknown)} reach {in_words(target)} in {_short(home)} is not known: their network could not be read")


def _home(target, around, now):
    """The id of the process server's virtual network, or `None`."""
    if around.machines is None:
        return None
    machine = around.machines.of({"name": target.get("friendlyName"), "ip_address": target.get("ipAddress")}, now)
    return machine["virtual_network"] if machine else None


def _why(around):
    if around.not_looked:
        return around.not_looked
    return (
        "it is none of the machines of this subscription. An on-premises process server needs ExpressRoute with private peering for machines "
        "in Azure (vmware-azure-prepare-failback)"
    )


def networks_of(item, machines):
    """Ids of the networks a failed-over machine is in: those of its virtual machine, or else those its failover was to use."""
    identifier = protected_items.machine_id(item)
    found = machines.networks_of(identifier) if machines and identifier else []
    return found or protected_items.planned_networks(item)


def connected(one, other, networks):
    """Whether two virtual networks are the same or peered with each other; `None` where neither could be read."""
    if resource_ids.same(one, other):
        return True
    known = [(networks.get(resource_ids.key(own)), far) for own, far in ((one, other), (other, one))]
    answers = [_is_peered(network, far) for network, far in known if network is not None]
    return all(answers) if answers else None


def _is_peered(network, far):
    for peering in network.get("properties", {}).get("virtualNetworkPeerings") or []:
        properties = peering.get("properties") or {}
        if resource_ids.same((properties.get("remoteVirtualNetwork") or {}).get("id"), far):
            return properties.get("peeringState") == "Connected" and properties.get("allowVirtualNetworkAccess") is not False
    return False


def _short(network_id):
    """A network's group and name: networks of one name are common."""
    parsed = resource_ids.parse(network_id)
    return f"{parsed['resource_group']}/{parsed['name']}" if parsed else network_id

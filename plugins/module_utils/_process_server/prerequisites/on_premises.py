# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Does the network have a private connection to on-premises. Pure; private to this collection.

vmware-azure-prepare-failback asks for a site-to-site VPN or ExpressRoute private peering. Seen is the gateway, in the
network itself or in one whose gateway it may use through peering; whether the other end is up, Azure does not tell here.
"""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import resource_ids
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites import scopes
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.check import (
    failed,
    ok,
    unknown,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.placement import (
    find_network,
)

NAME = "on_premises_connection"
KINDS = {"vpn": "VPN", "expressroute": "ExpressRoute"}
# Of a VPN its connections tell, of ExpressRoute the circuit's owner; what decides in the end is whether a server registers.
NOT_SEEN = "whether its connection to on-premises is up is not told here"
CONNECT = (
    "Give the network a VPN or ExpressRoute gateway, or peer it with a network that has one, "
    "with gateway transit allowed there and remote gateways used here"
)


def checks(facts, places):
    return [_check(facts, place) for place in places]


def gateway_groups(network):
    """(subscription, group) in which gateways of a network can stand, in lower case: where its gateway subnet points, and its own group."""
    pointed = [
        configuration.get("id") or ""
        for subnet in _properties(network).get("subnets") or []
        if subnet["name"].lower() == "gatewaysubnet"
        for configuration in _properties(subnet).get("ipConfigurations") or []
    ]
    found = [
        (scopes.subscription_of(one).lower(), scopes.group_name_of(one).lower()) for one in [network["id"], *pointed]
    ]
    return [key for key in dict.fromkeys(found) if all(key)]


def remotes(network):
    """Ids of the networks whose gateways this one uses."""
    peerings = _properties(network).get("virtualNetworkPeerings") or []
    return [
        _remote(peering) for peering in peerings if _properties(peering).get("useRemoteGateways") and _remote(peering)
    ]


def _properties(thing):
    return thing.get("properties") or {}


def _remote(peering):
    return (_properties(peering).get("remoteVirtualNetwork") or {}).get("id") or ""


def _check(facts, place):
    network = place.network.value
    if network is None:
        return unknown(NAME, place.name, place.network.unknown or f"there is no virtual network {place.network_id}")
    why, gateway = _gateway(facts, network)
    name = scopes.name_of(place.network_id)
    if gateway:
        return ok(NAME, place.name, f"{name} has {_words(gateway)}; {NOT_SEEN}")
    tried = [_through(facts, network, peering) for peering in _properties(network).get("virtualNetworkPeerings") or []]
    good = [words for outcome, words in tried if outcome == "ok"]
    if good:
        return ok(NAME, place.name, f"{name} {good[0]}; {NOT_SEEN}")
    untold = ([f"the gateways of {name} could not be read: {why}"] if why else []) + [
        words for outcome, words in tried if outcome == "unknown"
    ]
    if untold:
        return unknown(NAME, place.name, "; ".join(untold))
    return failed(
        NAME,
        place.name,
        "; ".join([f"{name} has no VPN or ExpressRoute gateway of its own", *[words for _outcome, words in tried]]),
        CONNECT,
    )


def _gateway(facts, network):
    """Why not all groups could be read (empty when they could), and a gateway of the network to on-premises or `None`."""
    why = ""
    for key in gateway_groups(network):
        listed = facts.of("gateways", key)
        if not listed.known:
            why = listed.unknown
            continue
        for gateway in listed.value:
            kind = (_properties(gateway).get("gatewayType") or "").lower()
            state = (_properties(gateway).get("provisioningState") or "").lower()
            if kind in KINDS and state in ("", "succeeded", "updating") and _stands_in(gateway, network):
                return "", gateway
    return why, None


def _stands_in(gateway, network):
    subnets = [
        (_properties(configuration).get("subnet") or {}).get("id") or ""
        for configuration in _properties(gateway).get("ipConfigurations") or []
    ]
    return any(subnet.lower().startswith(network["id"].lower() + "/subnets/") for subnet in subnets)


def _words(gateway):
    return f"{KINDS[_properties(gateway)['gatewayType'].lower()]} gateway {gateway['name']}"


def _through(facts, network, peering):
    """(ok, failed or unknown; in words) for one peering."""
    remote_id = _remote(peering)
    name = scopes.name_of(remote_id)
    if not _properties(peering).get("useRemoteGateways"):
        return "failed", f"its peering to {name} does not use the gateways there"
    state = _properties(peering).get("peeringState") or "unknown"
    if state.lower() != "connected":
        return "failed", f"its peering to {name} is {state}"
    found = find_network(facts, remote_id)
    if not found.known or found.value is None:
        # The hub of a virtual WAN stands in a subscription of Microsoft's, which nobody else can read.
        return "unknown", f"it uses the gateways of {name}, which cannot be read: {found.unknown or 'it is not listed'}"
    back = next(
        (
            one
            for one in _properties(found.value).get("virtualNetworkPeerings") or []
            if resource_ids.same(_remote(one), network["id"])
        ),
        None,
    )
    if back is None or not _properties(back).get("allowGatewayTransit"):
        return "failed", f"{name} does not allow gateway transit to it"
    why, gateway = _gateway(facts, found.value)
    if gateway:
        return "ok", f"uses {_words(gateway)} of {name} through peering"
    if why:
        return "unknown", f"the gateways of {name} could not be read: {why}"
    return "failed", f"{name}, whose gateways it uses, has no VPN or ExpressRoute gateway"

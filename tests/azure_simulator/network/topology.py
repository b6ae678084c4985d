"""Networks, subnets, peerings and gateways: bodies of what the scenario names."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from .resources import PROVIDER, etag

_GATEWAYS = {"vpn": ("Vpn", "VpnGw1"), "expressroute": ("ExpressRoute", "Standard")}
Identify = Callable[[dict[str, Any], str, str], str]


def network_body(entry: dict[str, Any], identify: Identify, location: str) -> dict[str, Any]:
    """A virtual network; `identify(entry, kind, name)` gives ids."""
    identifier = identify(entry, "virtualNetworks", entry["name"])
    peerings = [
        _peering(identifier, peering, identify({**entry, **peering}, "virtualNetworks", peering["remote"]))
        for peering in entry.get("peerings") or []
    ]
    return {
        "name": entry["name"], "id": identifier, "etag": etag(), "type": f"{PROVIDER}/virtualNetworks",
        "location": location, "tags": entry.get("tags") or {},
        "properties": {
            "provisioningState": "Succeeded", "resourceGuid": str(uuid.uuid4()),
            "addressSpace": {"addressPrefixes": [entry["prefix"]]},
            "subnets": [_subnet(identifier, subnet) for subnet in entry["subnets"]],
            "virtualNetworkPeerings": peerings, "enableDdosProtection": False,
        },
    }


def _subnet(network: str, subnet: dict[str, Any]) -> dict[str, Any]:
    identifier = f"{network}/subnets/{subnet['name']}"
    return {
        "name": subnet["name"], "id": identifier, "etag": etag(), "type": f"{PROVIDER}/virtualNetworks/subnets",
        "properties": {
            "provisioningState": "Succeeded", "addressPrefix": subnet["prefix"],
            "delegations": [_delegation(identifier, subnet["delegation"])] if subnet.get("delegation") else [],
            "privateEndpointNetworkPolicies": "Disabled", "privateLinkServiceNetworkPolicies": "Enabled",
        },
    }


def _delegation(subnet: str, service: str) -> dict[str, Any]:
    """A subnet that was given to a service, like ``Microsoft.Web/serverFarms``."""
    return {
        "name": "delegation", "id": f"{subnet}/delegations/delegation", "etag": etag(),
        "type": f"{PROVIDER}/virtualNetworks/subnets/delegations",
        "properties": {"provisioningState": "Succeeded", "serviceName": service, "actions": []},
    }


def _peering(network: str, peering: dict[str, Any], remote: str) -> dict[str, Any]:
    name = f"to-{peering['remote']}"
    return {
        "name": name, "id": f"{network}/virtualNetworkPeerings/{name}", "etag": etag(),
        "type": f"{PROVIDER}/virtualNetworks/virtualNetworkPeerings",
        "properties": {
            "provisioningState": "Succeeded", "peeringState": "Connected", "peeringSyncLevel": "FullyInSync",
            "remoteVirtualNetwork": {"id": remote}, "allowVirtualNetworkAccess": True, "allowForwardedTraffic": True,
            "allowGatewayTransit": bool(peering.get("allow_gateway_transit")),
            "useRemoteGateways": bool(peering.get("use_remote_gateways")),
        },
    }


def gateway_body(entry: dict[str, Any], network: dict[str, Any], identify: Identify) -> dict[str, Any]:
    """The VPN or ExpressRoute gateway of a network."""
    name = f"{entry['name']}-gateway"
    identifier = identify(entry, "virtualNetworkGateways", name)
    kind, sku = _GATEWAYS[entry["gateway"]]
    configuration = {
        "name": "default", "id": f"{identifier}/ipConfigurations/default", "etag": etag(),
        "properties": {
            "provisioningState": "Succeeded", "privateIPAllocationMethod": "Dynamic",
            "subnet": {"id": f"{network['id']}/subnets/GatewaySubnet"},
        },
    }
    return {
        "name": name, "id": identifier, "etag": etag(), "type": f"{PROVIDER}/virtualNetworkGateways",
        "location": network["location"],
        "properties": {
            "provisioningState": "Succeeded", "resourceGuid": str(uuid.uuid4()), "ipConfigurations": [configuration],
            "gatewayType": kind, "vpnType": "RouteBased", "enableBgp": False, "activeActive": False,
            "sku": {"name": sku, "tier": sku, "capacity": 2},
        },
    }


def security_group_body(entry: dict[str, Any], identify: Identify, location: str) -> dict[str, Any]:
    """A network security group without rules of its own."""
    return {
        "name": entry["name"], "id": identify(entry, "networkSecurityGroups", entry["name"]), "etag": etag(),
        "type": f"{PROVIDER}/networkSecurityGroups", "location": location, "tags": entry.get("tags") or {},
        "properties": {"provisioningState": "Succeeded", "resourceGuid": str(uuid.uuid4()), "securityRules": [],
                       "defaultSecurityRules": []},
    }

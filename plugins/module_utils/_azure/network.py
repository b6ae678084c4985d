# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests to Microsoft.Network, one function each: dicts as on the wire in and out. Decides nothing; private to this
collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import operations
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure.errors import guarded


def list_virtual_networks(session, subscription_id):
    """All virtual networks of a subscription, with their subnets and peerings."""
    client = session.network(subscription_id).virtual_networks
    return guarded(
        "listing virtual networks",
        f"subscription {subscription_id}",
        lambda: [item.as_dict() for item in client.list_all()],
    )


def get_virtual_network(session, subscription_id, resource_group, name):
    """One virtual network or `None`."""
    client = session.network(subscription_id).virtual_networks
    return _dict(
        guarded(
            "reading the virtual network",
            f"{resource_group}/{name}",
            lambda: client.get(resource_group, name),
            absent=True,
        )
    )


def check_ip_address(session, subscription_id, resource_group, virtual_network, ip_address):
    """Whether an address of a network is free: ``{"available", "isPlatformReserved", "availableIPAddresses"?}``."""
    client = session.network(subscription_id).virtual_networks
    on = f"{ip_address} in {virtual_network}"
    return _dict(
        guarded(
            "asking for the address",
            on,
            lambda: client.check_ip_address_availability(resource_group, virtual_network, ip_address=ip_address),
        )
    )


def list_gateways(session, subscription_id, resource_group):
    """The VPN and ExpressRoute gateways of a resource group."""
    client = session.network(subscription_id).virtual_network_gateways
    return guarded(
        "listing gateways", f"group {resource_group}", lambda: [item.as_dict() for item in client.list(resource_group)]
    )


def list_network_interfaces(session, subscription_id):
    """All network interfaces of a subscription."""
    client = session.network(subscription_id).network_interfaces
    return guarded(
        "listing network interfaces",
        f"subscription {subscription_id}",
        lambda: [item.as_dict() for item in client.list_all()],
    )


def get_network_interface(session, subscription_id, resource_group, name):
    """One network interface or `None`."""
    client = session.network(subscription_id).network_interfaces
    return _dict(
        guarded(
            "reading the network interface",
            f"{resource_group}/{name}",
            lambda: client.get(resource_group, name),
            absent=True,
        )
    )


def create_network_interface(session, subscription_id, resource_group, name, body):
    """PUT a network interface; the `Operation` to follow, or `None`."""
    begin = session.network(subscription_id).network_interfaces.begin_create_or_update
    return operations.submit(
        begin, resource_group, name, body, what="creating network interface", on=f"{resource_group}/{name}"
    )[0]


def tag_network_interface(session, subscription_id, resource_group, name, tags):
    """Replace all tags of a network interface."""
    client = session.network(subscription_id).network_interfaces
    guarded(
        "tagging the network interface",
        f"{resource_group}/{name}",
        lambda: client.update_tags(resource_group, name, {"tags": tags}),
    )


def delete_network_interface(session, subscription_id, resource_group, name):
    """Delete a network interface; the `Operation`, or `None` where there was none."""
    begin = session.network(subscription_id).network_interfaces.begin_delete
    return operations.submit(
        begin, resource_group, name, what="deleting network interface", on=f"{resource_group}/{name}", absent=True
    )[0]


def list_public_ips(session, subscription_id):
    """All public addresses of a subscription."""
    client = session.network(subscription_id).public_ip_addresses
    return guarded(
        "listing public addresses",
        f"subscription {subscription_id}",
        lambda: [item.as_dict() for item in client.list_all()],
    )


def get_public_ip(session, subscription_id, resource_group, name):
    """One public address or `None`."""
    client = session.network(subscription_id).public_ip_addresses
    return _dict(
        guarded(
            "reading the public address",
            f"{resource_group}/{name}",
            lambda: client.get(resource_group, name),
            absent=True,
        )
    )


def put_public_ip(session, subscription_id, resource_group, name, body):
    """PUT a public address; the `Operation` to follow, or `None`."""
    begin = session.network(subscription_id).public_ip_addresses.begin_create_or_update
    return operations.submit(
        begin, resource_group, name, body, what="creating public address", on=f"{resource_group}/{name}"
    )[0]


def tag_public_ip(session, subscription_id, resource_group, name, tags):
    """Replace all tags of a public address."""
    client = session.network(subscription_id).public_ip_addresses
    guarded(
        "tagging the public address",
        f"{resource_group}/{name}",
        lambda: client.update_tags(resource_group, name, {"tags": tags}),
    )


def delete_public_ip(session, subscription_id, resource_group, name):
    """Delete a public address; the `Operation`, or `None` where there was none."""
    begin = session.network(subscription_id).public_ip_addresses.begin_delete
    return operations.submit(
        begin, resource_group, name, what="deleting public address", on=f"{resource_group}/{name}", absent=True
    )[0]


def _dict(model):
    return None if model is None else model.as_dict()

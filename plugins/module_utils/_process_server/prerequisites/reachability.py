# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Do the machines of the network reach the configuration server on TCP 443, as far as that can be told from here. Pure; private to this collection."""

from __future__ import annotations

import ipaddress

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites import scopes
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.check import (
    failed,
    ok,
    unknown,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.placement import (
    is_registered,
)

NAME = "configuration_server_reachable"
PORT = 443
OPEN = "Open TCP 443 from the virtual network to the configuration server: routes, gateways, firewalls, network security groups"


def checks(facts, places, fabric, address):
    """``address``: where the configuration server is reached, empty when that is not known."""
    return [_check(facts, place, fabric, address) for place in places]


def _check(facts, place, fabric, address):
    if is_registered(place.entry, fabric, facts.now):
        return ok(NAME, place.name, "its heartbeats arrive there, which use this way")
    network = scopes.name_of(place.network_id)
    if not address:
        return unknown(
            NAME,
            place.name,
            "the address of the configuration server is not known",
            "Give configuration_server_address",
        )
    seen = facts.connections.get((address, PORT))
    if seen is None:
        return unknown(NAME, place.name, f"{address}:{PORT} was not tried")
    here = f"from {seen.local_address}" if seen.local_address else "from here"
    found = f"{address}:{PORT} {_words(seen)} {here}"
    if _inside(seen.local_address, place):
        return (
            ok(NAME, place.name, f"{found}, which lies in {network}")
            if seen.outcome == "open"
            else failed(NAME, place.name, f"{found}, which lies in {network}", OPEN)
        )
    return unknown(
        NAME,
        place.name,
        f"{found}, which does not lie in {network}: what its machines reach can only be told on one of them",
        "The registration tries it on the server itself",
    )


def _words(connection):
    return {"open": "accepts connections", "refused": "refuses connections", "silent": "does not answer"}.get(
        connection.outcome, f"cannot be reached ({connection.detail})"
    )


def _inside(local_address, place):
    """Whether this control node itself stands in the virtual network."""
    ranges = (((place.network.value or {}).get("properties") or {}).get("addressSpace") or {}).get(
        "addressPrefixes"
    ) or []
    try:
        address = ipaddress.ip_address(local_address)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(text) for text in ranges)

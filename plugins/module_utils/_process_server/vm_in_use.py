# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a process server still carries replication, as the vault says. Private to this collection."""

from __future__ import annotations

import dataclasses

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import site_recovery
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers, protected_items, served_vault


@dataclasses.dataclass(frozen=True)
class Use:
    """What the vault says: the classic configuration servers that are asked, its protected items, its ``other`` classic
    configuration servers where one was named, and its id."""

    fabrics: list
    items: list
    other: list = dataclasses.field(default_factory=list)
    vault: str = ""


def read(azure, params):
    """Two requests for all servers. A configuration server that is named must be there; otherwise all of them count."""
    vault = (params["vault_resource_group"], params["vault_name"])
    fabrics = site_recovery.list_fabrics(azure, *vault)
    chosen = classic = configuration_servers.candidates(fabrics, None)
    if params.get("configuration_server"):
        chosen = [configuration_servers.find(fabrics, params["configuration_server"], params["vault_name"])]
    other = [fabric for fabric in classic if fabric not in chosen]
    return Use(chosen, site_recovery.list_protected_items(azure, *vault) if chosen else [], other, served_vault.vault_id(azure, params))


def listed_as(entry, address, use):
    """``(fabric, process server)`` for everything that can be this server: by its address, or by its name."""
    for fabric in use.fabrics:
        for server in configuration_servers.process_servers(fabric):
            if (address and server.get("ipAddress") == address) or configuration_servers.is_called(server, entry["name"]):
                yield fabric, server


def listed_by_others(entry, address, use):
    """``(fabric, process server)`` where a configuration server that was not named lists this very server."""
    for fabric in use.other:
        for server in configuration_servers.this_very_one(fabric, entry["name"], address):
            yield fabric, server


def reason(entry, address, use):
    """Why the server must stay, or an empty text."""
    found = (reason_of(fabric, server, use) for fabric, server in listed_as(entry, address, use))
    return next(filter(None, found), "")


def reason_of(fabric, server, use):
    """What one process server of a configuration server carries, or an empty text."""
    carried = carries(server, use.items)
    if not carried:
        return ""
    return (
        f"configuration server {configuration_servers.friendly_name(fabric)} shows {' and '.join(carried)} on process "
        f"server {server.get('friendlyName')} ({server.get('ipAddress')})"
    )


def carries(server, items, most=5):
    """What a listed process server still carries, one text each; of the protected items ``most`` are named.

    A count the vault does not tell as a number is no reason to go on.
    """
    counts = [(server.get("machineCount"), "machines"), (server.get("replicationPairCount"), "replication pairs")]
    carried = [f"{count} {what}" for count, what in counts if str(count if count not in (None, "") else 0) != "0"]
    through = [item for item in items if protected_items.is_carried_by(item, server)]
    if through:
        carried.append(f"{len(through)} protected items ({_listed(through, most)})")
    # One that Unified Setup made is a master target as well: recorded vaults list both under one id.
    back = [item for item in items if protected_items.has_as_master_target(item, server)]
    if back:
        carried.append(f"{len(back)} protected items whose master target it is ({_listed(back, most)})")
    return carried


def is_freed_by_a_switch(server, items):
    """Whether a listed process server carries nothing once its machines are moved: what uses it as master target stays."""
    return not any(protected_items.has_as_master_target(item, server) for item in items)


def _listed(items, most):
    names = sorted(map(protected_items.friendly_name, items))
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def registrations(entry, address, use):
    """The server's own registrations, as texts: those with its address, or where that is not known with its name."""
    for fabric, server in listed_as(entry, address, use):
        if not address or server.get("ipAddress") == address:
            yield f"{configuration_servers.friendly_name(fabric)} lists it as {server.get('friendlyName')} ({server.get('ipAddress')})"


def still_registered(entry, address, use, expected=None):
    """A warning for each configuration server that lists a server whose machine goes; none for the address ``expected``,
    whose registration goes before."""
    own = ((fabric, server) for fabric, server in listed_as(entry, address, use) if not expected or server.get("ipAddress") != expected)
    for fabric, server in (*own, *listed_by_others(entry, address, use)):
        yield (
            f"{entry['name']} is still registered with configuration server "
            f"{configuration_servers.friendly_name(fabric)} as {server.get('friendlyName')} "
            f"({server.get('ipAddress')}); without its machine it stays listed there until it is "
            f"unregistered on the configuration server itself"
        )

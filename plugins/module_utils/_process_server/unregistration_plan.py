# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decides which listed process server an entry means, and whether and where it may be unregistered. Pure; private to this collection."""

from __future__ import annotations

import dataclasses
import threading

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._plan import Plan
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers, served_vault, unfinished, vm_in_use
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.registration_view import VaultView

# So many machines are named before the rest is only counted.
MOST_NAMED = 50

ON_THE_SERVER = "on the server itself"
AT_THE_CONFIGURATION_SERVER = "on the configuration server"
WHERE_IT_CAN = f"{ON_THE_SERVER}, or {AT_THE_CONFIGURATION_SERVER} if it cannot be reached"
BY_HAND = f"{ON_THE_SERVER}, by a person where there is no channel to it"

# site-recovery-vmware-unregister-process-server, "Unregister a disconnected process server".
TOOL = "perl Unregister-ASRComponent.pl -IPAddress {address} -Component PS"
TOOL_DIRECTORY = "%ProgramData%\\ASR\\home\\svsystems\\bin"


@dataclasses.dataclass
class World:
    """What was read once for all servers.

    ``machines``: the virtual machines by the names of their entries; `None` where they could not be listed, for the reason
    ``not_looked``. ``items``: the vault's protected items, read where a server is listed. ``may_ask``: whether there is
    access to the configuration server itself. ``follows``: what the play does to the servers before, ``switch``.
    """

    view: VaultView
    sightings: dict
    machines: dict | None = None
    not_looked: str = ""
    items: list = dataclasses.field(default_factory=list)
    may_ask: bool = False
    follows: tuple = ()
    # The tool on the configuration server is run for one server after the other: nobody says that two of it may run at once.
    tool_is_free: threading.Lock = dataclasses.field(default_factory=threading.Lock)


def decide(entry, world):
    """The `Plan` for one server: ``none``, ``unregister`` or ``refuse``."""
    sighting = world.sightings[entry["name"]]
    where = {"configuration_server": configuration_servers.friendly_name(world.view.fabric), "private_ip_address": entry["private_ip_address"]}
    gone = {**where, "registered": "no"}
    refusal = refuse(entry, world, sighting)
    if refusal is None:
        return _todo(entry, world, sighting, where, gone)
    elsewhere = "with another vault" if _other_vault(entry, world) else "under another address"
    listed = {"twins": "more than once", "absent": elsewhere}.get(sighting.status, "yes")
    freed = "switch" in world.follows and vm_in_use.is_freed_by_a_switch(sighting.server, world.items)
    foretold = _todo(entry, world, sighting, where, gone) if freed and refuse(entry, world, sighting, freed=True) is None else None
    before = {**where, "registered": listed}
    return Plan("refuse", before, gone, reasons=(refusal.said,), refusal=refusal, known=known(entry, sighting), foretold=foretold)


def _todo(entry, world, sighting, where, gone):
    """The `Plan` for a server against which nothing speaks."""
    if sighting.status == "absent":
        if not is_unfinished(entry, world):
            return Plan("none", gone, gone, known=known(entry, sighting))
        before = {**where, "registered": "no, and not cleared of its software"}
        reason = "the run that worked on it did not come to its end"
        return Plan("unregister", before, {**gone, "way": ON_THE_SERVER}, reasons=(reason,), known=known(entry, sighting))
    alive = sighting.status == "registered"
    heard = sighting.server.get("lastHeartbeat")
    before = {**where, "registered": "yes" if alive else f"yes, without a heartbeat since {heard}"}
    reason = "the configuration server lists it" + ("" if alive else ", and has no heartbeat of it for 15 minutes")
    return Plan("unregister", before, {**gone, "way": way(entry, world, alive)}, reasons=(reason,), known=known(entry, sighting))


def known(entry, sighting):
    """What the result tells of a server beside what the diff compares."""
    server = sighting.server if sighting.status in ("registered", "stale") else {}
    return {
        "resource_group": entry["resource_group"],
        # Not asked for here, and told where they are given.
        "virtual_network": entry.get("virtual_network"),
        "subnet": entry.get("subnet"),
        "state": {"absent": "absent", "twins": "listed twice"}.get(sighting.status, sighting.status),
        "process_server_id": server.get("id"),
        "version": server.get("agentVersion"),
        "last_heartbeat": server.get("lastHeartbeat"),
        "heartbeat_age_seconds": sighting.heartbeat_age,
    }


def has_machine(entry, world):
    """Whether there is a virtual machine of this name in its group, as far as that is known: an unknown one may be there."""
    return world.machines is None or entry["name"] in world.machines


def is_unfinished(entry, world):
    """Whether an earlier run left a mark on the machine, since it did not come to its end."""
    return world.machines is not None and entry["name"] in world.machines and unfinished.is_unfinished(world.machines[entry["name"]])


def way(entry, world, alive):
    """Where the server is to be unregistered, in words."""
    if not has_machine(entry, world):
        return AT_THE_CONFIGURATION_SERVER
    if entry["method"] == "configuration_tool":
        return BY_HAND
    return ON_THE_SERVER if alive else WHERE_IT_CAN


def refuse(entry, world, sighting, freed=False):
    """The `Refusal` for a server that must stay, or about which there is a doubt; `None` where it may go.

    ``freed``: decide as if what it carries were moved to another server.
    """
    if sighting.status == "twins":
        return _refusal(entry, world, sighting.server["refusal"].said, _which_of_them(entry))
    if sighting.status == "absent":
        return _of_another_vault(entry, world) or _under_an_old_address(entry, world)
    server = sighting.server
    checks = (_another_name, _built_in, in_use, _no_machine, _no_way)
    for check in checks if not freed else (one for one in checks if one is not in_use):
        refusal = check(entry, world, server, sighting.status == "registered")
        if refusal is not None:
            return refusal
    return None


def _refusal(entry, world, said, cure):
    name = configuration_servers.friendly_name(world.view.fabric)
    return Refusal(f"unregistering {entry['name']} from configuration server {name}", said=said, cure=cure)


def _which_of_them(entry):
    return (
        "Nothing tells which of them is meant. Compare their last heartbeats with the listing of the tool on the configuration server and unregister "
        f"the one that is gone there by its serial number: in {TOOL_DIRECTORY}, elevated, {TOOL.format(address=entry['private_ip_address'])}"
    )


def _of_another_vault(entry, world):
    """That this vault does not list it is no news of a server that works for another one."""
    other = _other_vault(entry, world)
    return _refusal(entry, world, *served_vault.said(other)) if other else None


def _other_vault(entry, world):
    return served_vault.another((world.machines or {}).get(entry["name"]), world.view.vault_id)


def _under_an_old_address(entry, world):
    others = configuration_servers.under_other_address(world.view.fabric, entry["name"], entry["private_ip_address"])
    if not others:
        return None
    listed = "; ".join(f"{other.get('ipAddress')} (id {other.get('id')}, last heartbeat {other.get('lastHeartbeat')})" for other in others)
    said = f"no process server is listed at {entry['private_ip_address']}, but {entry['name']} is, at {listed}"
    if len(others) > 1:
        return _refusal(entry, world, said, "Its name is registered more than once: give the address of the one that is meant as private_ip_address")
    cure = (
        f"If it was registered under this old address, give private_ip_address {others[0].get('ipAddress')} and run again, "
        "which unregisters that one; if that is another server, nothing is to be unregistered here: take this entry off the list"
    )
    return _refusal(entry, world, said, cure)


def _another_name(entry, world, server, _alive):
    if configuration_servers.is_called(server, entry["name"]):
        return None
    said = f"the process server listed at {entry['private_ip_address']} is called {server.get('friendlyName') or 'nothing'}, id {server.get('id')}"
    return _refusal(entry, world, said, "Give the address of the right server, or that server's own name")


def _built_in(entry, world, server, _alive):
    """The process server on the configuration server itself cannot go without that (recorded vaults show it with the same host name and address)."""
    fabric = world.view.fabric
    details = configuration_servers.details(fabric)
    own_names = {(details.get("hostName") or "").lower(), configuration_servers.friendly_name(fabric).lower()} - {""}
    own_addresses = {configuration_servers.address(fabric), world.view.configuration_server_address} - {""}
    own_ids = {(details.get(key) or "").lower() for key in ("id", "hostId")} - {""}
    name = (server.get("friendlyName") or "").lower()
    ids = {(server.get("id") or "").lower(), (server.get("hostId") or "").lower()}
    if name in own_names or server.get("ipAddress") in own_addresses or own_ids & ids:
        said = f"{server.get('friendlyName')} ({server.get('ipAddress')}) is the process server that is built into the configuration server"
        return _refusal(entry, world, said, "It goes only with the configuration server itself. Take it off the list")
    return None


def in_use(entry, world, server, _alive=True):
    """The `Refusal` for a process server that still carries something, with what it is; `None` where it carries nothing."""
    carried = vm_in_use.carries(server, world.items, MOST_NAMED)
    if not carried:
        return None
    said = f"process server {server.get('friendlyName')} ({server.get('ipAddress')}) still carries {' and '.join(carried)}"
    cure = (
        "Move them to another process server first, with process_server_switch or the playbook azure_dr.site_recovery.switch_process_servers; "
        "what uses it as master target must be failed back or end its replication. Then run again"
    )
    return _refusal(entry, world, said, cure)


def _no_machine(entry, world, server, alive):
    """A server that gives heartbeats runs somewhere: the entry names another machine than that."""
    if not alive or has_machine(entry, world):
        return None
    said = (
        f"it gave a heartbeat at {server.get('lastHeartbeat')}, but there is no virtual machine {entry['name']} in group {entry['resource_group']}; "
        "a server that gives heartbeats is never unregistered behind its back"
    )
    cure = "Correct name, resource_group or subscription_id. If its machine was deleted a moment ago, run again in 15 minutes"
    return _refusal(entry, world, said, cure)


def _no_way(entry, world, server, _alive):
    if has_machine(entry, world) or world.may_ask:
        return None
    said = f"its machine is gone and its last heartbeat was at {server.get('lastHeartbeat')}, so only the configuration server can forget it"
    return _refusal(entry, world, said, f"Give configuration_server_winrm. {by_hand(entry)}")


def by_hand(entry):
    """What a person does on the configuration server in place of this collection."""
    return (
        f"By hand: on the configuration server, elevated, in {TOOL_DIRECTORY}, run {TOOL.format(address=entry['private_ip_address'])} "
        f"and give the serial number of {entry['name']}; then run again"
    )


def missing_credentials(entry, one, world):
    """What working on the server needs and nobody gave; a secret is named, never quoted."""
    if one.action != "unregister" or entry["method"] == "configuration_tool" or not has_machine(entry, world):
        return []
    return [
        f"{entry['name']}: {option} is missing, which unregistering on the server needs"
        for option in ("admin_username", "admin_password")
        if not entry.get(option)
    ]

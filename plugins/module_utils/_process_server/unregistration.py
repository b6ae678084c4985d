# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Process servers that are to be registered no more: read, plan, apply of ``state: absent``. Private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import site_recovery
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers, entries, unfinished
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import unregistration_plan as decisions
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.registration_view import VaultView, sight_or_refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.unregistration_chain import unregister

# A server that is to go is found by its address; its machine, which may be gone, by its name.
World = decisions.World
REQUIRED = ("name", "subscription_id", "resource_group", "private_ip_address")


def prepare(params):
    """The checked entries of the list; neither passphrase nor installer is asked for."""
    return entries.normalize(params, REQUIRED)


def read(azure, params, checked):
    """The fabrics, the machines of each subscription, and the protected items where a server is listed: one request each, pages not counted."""
    vault = (params["vault_resource_group"], params["vault_name"])
    fabric = configuration_servers.find(site_recovery.list_fabrics(azure, *vault), params.get("configuration_server"), params["vault_name"])
    now = configuration_servers.utc_now()
    sightings = {entry["name"]: sight_or_refusal(fabric, entry, now) for entry in checked}
    may_ask = bool(params.get("configuration_server_winrm"))
    world = decisions.World(VaultView(azure, params, fabric), sightings, may_ask=may_ask, follows=tuple(params["follows"]))
    try:
        world.machines = unfinished.machines(azure, checked)
    except AsrError as error:
        # A server is unregistered without the right to list machines, too.
        world.not_looked = str(error)
    if any(sighting.status in ("registered", "stale") for sighting in sightings.values()):
        world.items = site_recovery.list_protected_items(azure, *vault)
    return world


def plan(checked, world):
    """A plan for each server. Missing credentials and a configuration server that does not report refuse all, before anything is done."""
    plans = [decisions.decide(entry, world) for entry in checked]
    if any(one.changed for one in plans):
        configuration_servers.require_reports(world.view.fabric, configuration_servers.utc_now(), "unregistering process servers")
    # What check mode foretells needs the same, and is better told before the play moves machines.
    problems = [text for entry, one in zip(checked, plans, strict=True) for text in decisions.missing_credentials(entry, one.foretold or one, world)]
    if problems:
        raise Refusal("reading process_servers", said="; ".join(problems), cure="Correct the list; nothing was touched")
    return plans


def apply(azure, params, entry, one, world, progress):
    """Everything that is left to do for one server."""
    unregister(azure, params, entry, world, progress)
    return {**one.after, **one.known, "state": "absent"}


def warnings(checked, plans, world):
    """What stays although the servers go."""
    texts = []
    if world.not_looked:
        texts.append(
            f"Whether the servers have virtual machines, and whether an earlier run left something on them, is not known: {world.not_looked}"
        )
    fabric = world.view.fabric
    targets = {(target.get("id") or "").lower() for target in configuration_servers.details(fabric).get("masterTargetServers") or []}
    for entry, one in zip(checked, plans, strict=True):
        if one.action != "unregister":
            continue
        for other in configuration_servers.under_other_address(fabric, entry["name"], entry["private_ip_address"]):
            texts.append(
                f"{entry['name']} is also registered under {other.get('ipAddress')} (id {other.get('id')}, "
                f"last heartbeat {other.get('lastHeartbeat')}), which stays; it goes with an entry of its own, with that address"
            )
        if one.after.get("way") == decisions.AT_THE_CONFIGURATION_SERVER and (one.known["process_server_id"] or "").lower() in targets:
            texts.append(
                f"{entry['name']} is listed as a master target too. That stays when it is unregistered on the configuration server; "
                "the tool there takes -Component MT for it"
            )
    return texts

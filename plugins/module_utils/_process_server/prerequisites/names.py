# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Is the name one that Windows and Azure take, and the only one of its kind. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    configuration_servers,
    resource_ids,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.names import (
    LONGEST_NAME,
    name_problem,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites import scopes
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.check import (
    failed,
    ok,
    unknown,
    warning,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.vm_bodies import is_ours

RULE = f"Give a name of at most {LONGEST_NAME} letters, digits and hyphens, not of digits alone, without a hyphen at either end"


def checks(facts, places, fabric):
    return [_check(facts, place, places, fabric) for place in places]


def _check(facts, place, places, fabric):
    name = place.name
    if name_problem(name):
        return failed("name", name, name_problem(name), RULE)
    if sum(1 for other in places if other.name.lower() == name.lower()) > 1:
        return failed("name", name, f"{name} is in the list more than once", "Give each server a name of its own")
    if not place.machine.known:
        return unknown(
            "name", name, f"whether another machine has this name could not be read: {place.machine.unknown}"
        )
    if place.machine.value is not None and not is_ours(place.machine.value):
        return failed(
            "name",
            name,
            f"{place.machine.value['id']} has this name and was not made by this collection",
            "Give another name or resource group",
        )
    namesakes = _namesakes(facts, place)
    if namesakes:
        return warning(
            "name",
            name,
            f"another machine in the same region has this name: {', '.join(namesakes)}",
            "Give another name, so that nobody takes one machine for the other",
        )
    stale = configuration_servers.under_other_address(fabric, name, place.entry["private_ip_address"]) if fabric else []
    if stale:
        seen = "; ".join(f"{one.get('ipAddress')}, last heartbeat {one.get('lastHeartbeat')}" for one in stale)
        return warning(
            "name",
            name,
            f"a process server of this name is registered under another address: {seen}",
            "If that machine is gone, unregister it; it stays listed otherwise",
        )
    return ok(
        "name",
        name,
        f"{name} is there already and was made by this collection" if place.deployed else f"{name} is free",
    )


def _namesakes(facts, place):
    own = scopes.group_id(place.entry["subscription_id"], place.entry["resource_group"])
    machines = facts.of("machines", place.entry["subscription_id"].lower()).value or []
    same = [one for one in machines if one["name"].lower() == place.name.lower() and scopes.group_of(one["id"]) != own]
    return [one["id"] for one in same if resource_ids.region(one.get("location")) == place.region]

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which registered process servers are dead and have no machine any more. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    configuration_servers,
    info_machines,
    info_values,
    vm_in_use,
)

UNREGISTER = (
    "If it is not one on-premises or in another subscription that is off for a while, unregister it with the playbook retire_process_servers, "
    "which does that on the configuration server where there is no machine"
)
SWITCH = "Move its machines to another process server first, with the playbook switch_process_servers; then unregister it"


def judge(lists, use, now):
    """What is to be said of every process server that gives no heartbeat and whose machine is not in these lists.

    A server on-premises is never told from one in another subscription by what is read here: so none is named that
    gives heartbeats, nor the one inside of a configuration server, nor any of a configuration server that is silent
    itself and whose word is old.
    """
    machines = info_machines.Machines(lists["machines"], lists["interfaces"], lists["statuses"])
    found = [
        (fabric, server)
        for fabric in use.fabrics
        if configuration_servers.reports(fabric, now)
        for server in configuration_servers.process_servers(fabric)
        if server.get("ipAddress") != configuration_servers.address(fabric)
        and not configuration_servers.is_alive(fabric, server, now)
        and not machines.any_at(server.get("ipAddress"), server.get("friendlyName"))
    ]
    return [_describe(fabric, server, use, now) for fabric, server in found]


def _describe(fabric, server, use, now):
    told = info_values.classic_server(fabric, server, now)
    carried = vm_in_use.reason_of(fabric, server, use)
    since = f"no heartbeat since {told['last_heartbeat']}" if told["last_heartbeat"] else "never a heartbeat"
    name = configuration_servers.friendly_name(fabric)
    evidence = f"configuration server {name} lists it, with {since}, and no machine in these subscriptions has its address"
    return {
        "kind": "registration",
        "name": told["name"],
        "id": told["id"],
        "subscription_id": None,
        "resource_group": None,
        "location": None,
        "private_ip_address": told["ip_address"],
        "size": None,
        "power_state": None,
        "reason": "machine_gone",
        "evidence": evidence + (f"; {carried}" if carried else ""),
        "created": None,
        "hours_since_creation": None,
        "machine_is_billed": False,
        "costs": "nothing in these subscriptions",
        "cure": SWITCH if carried else UNREGISTER,
    }

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person and a result see of a switch: two process servers with their machines. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers, info_values, protected_items

SYSTEM_LEVEL, SERVER_LEVEL = "SystemLevel", "ServerLevel"


def shown(switch, items):
    """Both process servers with the names of the machines they carry."""
    return {"from": _side(switch.source, items), "to": _side(switch.target, items)}


def _side(server, items):
    return {
        "name": server.get("friendlyName"),
        "id": server.get("id"),
        "ip_address": server.get("ipAddress"),
        "machines": sorted(protected_items.friendly_name(item) for item in items if protected_items.is_carried_by(item, server)),
    }


def expected(standing, before):
    """What will be shown when the switch is done."""
    moving = sorted(map(protected_items.friendly_name, standing.to_move))
    stays = [name for name in before["from"]["machines"] if name not in moving]
    return {
        "from": {**before["from"], "machines": stays},
        "to": {**before["to"], "machines": sorted([*before["to"]["machines"], *moving])},
    }


def known(switch, fabric):
    """What the result tells beyond the two servers."""
    return {
        "configuration_server": configuration_servers.friendly_name(fabric),
        "update_type": update_type(switch),
        "job_id": None,
        "warnings": [],
        "counts": {"from": _counts(switch.source, None), "to": _counts(switch.target, None)},
    }


def counts_after(switch, fabric):
    """How many machines and replication pairs the two servers reported before, and report in ``fabric``."""
    servers = {server.get("id"): server for server in configuration_servers.process_servers(fabric)}
    return {
        "from": _counts(switch.source, servers.get(switch.source["id"])),
        "to": _counts(switch.target, servers.get(switch.target["id"])),
    }


def _counts(before, after):
    return {
        f"{name}_{when}": None if server is None else info_values.integer(server.get(key))
        for name, key in (("machines", "machineCount"), ("replication_pairs", "replicationPairCount"))
        for when, server in (("before", before), ("after", after))
    }


def update_type(switch):
    """``SystemLevel`` moves everything and takes no machines, ``ServerLevel`` moves those it lists (recorded)."""
    return SYSTEM_LEVEL if switch.is_whole else SERVER_LEVEL


def request(switch, standing, fabric):
    """The body of the request that changes the process server, as recorded."""
    properties = {
        # The one container of a configuration server bears the fabric's own identifier (recorded).
        "containerName": f"cloud_{fabric['properties']['internalIdentifier']}",
        "sourceProcessServerId": switch.source["id"],
        "targetProcessServerId": switch.target["id"],
        "updateType": update_type(switch),
    }
    if not switch.is_whole:
        properties["vmsToMigrate"] = [item["name"] for item in standing.to_move]
    return {"properties": properties}

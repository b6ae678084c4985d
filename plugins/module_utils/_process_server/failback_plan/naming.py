# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of new process servers: made of their network's name, the same in every run. Pure; private to this collection."""

from __future__ import annotations

import re

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers, names
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan import master_targets

DEFAULT_PREFIX = "ps"
# Words that say of a network no more than that it is one.
IDLE_WORDS = {"vnet", "virtualnetwork", "network", "net", "virtual"}
MOST_PREFIX = 6


def prefix_problem(prefix):
    """Why ``prefix`` cannot begin a name, or an empty text."""
    if len(prefix) > MOST_PREFIX:
        return f"name_prefix {prefix} has {len(prefix)} characters, {MOST_PREFIX} are allowed"
    return names.name_problem(prefix)


def taken(world):
    """Every name, in lower case, that a machine, process server, configuration server or master target has."""
    found = set()
    for machine in world.all("machines"):
        computer = ((machine.get("properties") or {}).get("osProfile") or {}).get("computerName")
        found |= {machine.get("name"), computer}
    for fabric in world.fabrics:
        found.add(configuration_servers.friendly_name(fabric))
        found |= {server.get("friendlyName") for server in configuration_servers.process_servers(fabric)}
        found |= {target["name"] for target in master_targets.read(fabric, world.now)}
    return {name.lower() for name in found if name}


def free_name(prefix, network_name, used):
    """The first free name of a network: like ``ps-app-01`` for ``vnet-app``, 15 characters at most."""
    room = names.LONGEST_NAME - len(prefix) - len("-") - len("-01")
    core = _core(network_name)[:room].strip("-") or "net"[:room]
    for number in range(1, 100):
        name = f"{prefix}-{core}-{number:02}"
        if name.lower() not in used:
            return name
    # Nobody has a hundred servers of one name; a person has to choose here.
    return None


def _core(network_name):
    words = [word for word in re.split(r"[^a-z0-9]+", network_name.lower()) if word]
    telling = [word for word in words if word not in IDLE_WORDS]
    return "-".join(telling or words)

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which configuration server a plan is for. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan import fabrics


def choose(all_fabrics, judged, params):
    """(the configuration server or `None`, why there is none to plan for); `Refusal` for a name that is nobody's or of several.

    A plan is for one: ``prepare_failback`` registers its servers with one.
    """
    wanted = params.get("configuration_server")
    if wanted:
        found = configuration_servers.candidates(all_fabrics, wanted)
        if found and not any(configuration_servers.kind(one) == "VMware" for one in found):
            return None, _not_classic(found[0])
        fabric = configuration_servers.find(all_fabrics, wanted, params["vault_name"])
        if not any(one.fabric is fabric for one in judged):
            return None, f"no machine of configuration server {configuration_servers.friendly_name(fabric)} runs in Azure"
        return fabric, ""
    busy = [one for one in all_fabrics if fabrics.scenario(one).process_server and any(other.fabric is one for other in judged)]
    if len(busy) == 1:
        return busy[0], ""
    if busy:
        listed = "; ".join(f"{configuration_servers.friendly_name(one)}: {one.get('id')}" for one in busy)
        return None, f"machines of {len(busy)} configuration servers run in Azure, and a plan is for one: name it as configuration_server ({listed})"
    served_otherwise = next((one.fabric for one in judged), None)
    return None, _not_classic(served_otherwise) if served_otherwise else "no machine of this vault runs in Azure"


def _not_classic(fabric):
    found = fabrics.scenario(fabric)
    kind = configuration_servers.KINDS.get(configuration_servers.kind(fabric), configuration_servers.kind(fabric))
    return f"{configuration_servers.friendly_name(fabric)} is a {kind}: {'. '.join(filter(None, (found.still_possible, found.playbook_note)))}"

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Process servers as registered with their configuration server: read, plan, apply. Private to this collection."""

from __future__ import annotations

import dataclasses

from ansible_collections.azure_dr.site_recovery.plugins.module_utils import _arguments
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import site_recovery
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._plan import Plan
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    configuration_server_channel,
    configuration_servers,
    entries,
    installers,
    passphrase,
    unfinished,
    unregistration,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.registration_chain import register
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.registration_steps import Target
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.registration_view import VaultView, sight_or_refusal

ARGUMENT_SPEC = {
    **_arguments.AZURE,
    **_arguments.VAULT,
    **_arguments.PROCESS_SERVERS,
    **_arguments.PASSPHRASE,
    **_arguments.CONFIGURATION_SERVER_ACCESS,
    **_arguments.INSTALLER,
    **_arguments.WAIT,
    **_arguments.PROGRESS,
    "state": dict(type="str", choices=["present", "absent"], default="present"),
    "follows": dict(type="list", elements="str", choices=["switch"], default=[]),
    "data_transfer_port": dict(type="int", default=9443),
    "replication_environment": dict(type="str", choices=["VMware", "NonVMware"], default="VMware"),
}


@dataclasses.dataclass
class World:
    """What was read once for all servers. ``unfinished``: names of those on which an earlier run left something.
    ``elsewhere``: of those that this configuration server does not list, what another one of the vault has of them.
    ``passphrase_is_right``: ``None`` where the configuration server could not be asked."""

    view: VaultView
    sightings: dict
    unfinished: set = dataclasses.field(default_factory=set)
    not_looked: str = ""
    elsewhere: dict = dataclasses.field(default_factory=dict)
    passphrase_is_right: bool | None = None
    not_compared: str = ""


def prepare(params):
    """The checked entries of the list; what registering needs beyond a machine is checked with them."""
    if params["state"] == "absent":
        return unregistration.prepare(params)
    checked = entries.normalize(params)
    problems = [problem for entry in checked for problem in missing(params, entry)]
    problems += installers.problems(params["installer"]) if params.get("installer") else []
    if problems:
        raise Refusal("reading process_servers", said="; ".join(problems), cure="Correct the list; nothing was touched")
    return checked


def missing(params, entry):
    """What the entry's method needs and nobody gave, one text each; a secret is named, never quoted."""
    if entry["method"] == "configuration_tool":
        return []
    needed = {
        "passphrase": params.get("passphrase"),
        "installer": params.get("installer"),
        "admin_username": entry.get("admin_username"),
        "admin_password": entry.get("admin_password"),
    }
    return [f"{entry['name']}: method unified_setup needs {name}" for name, value in needed.items() if not value]


def read(azure, params, checked):
    """One request, and one for each subscription with registered servers; the passphrase is compared only when some server is still to be registered."""
    if params["state"] == "absent":
        return unregistration.read(azure, params, checked)
    fabrics = site_recovery.list_fabrics(azure, params["vault_resource_group"], params["vault_name"])
    fabric = configuration_servers.find(fabrics, params.get("configuration_server"), params["vault_name"])
    now = configuration_servers.utc_now()
    sightings = {entry["name"]: sight_or_refusal(fabric, entry, now) for entry in checked}
    world = World(VaultView(azure, params, fabric), sightings)
    find_elsewhere(fabrics, checked, world, now)
    registered = [entry for entry in checked if entry["method"] == "unified_setup" and sightings[entry["name"]].status == "registered"]
    try:
        world.unfinished = unfinished.names(azure, registered)
    except AsrError as error:
        # Registering works without the right to list machines.
        world.not_looked = str(error)
    setting_up = any(entry["method"] == "unified_setup" and sightings[entry["name"]].status != "registered" for entry in checked)
    if setting_up and params.get("configuration_server_winrm"):
        world.passphrase_is_right, world.not_compared = _compare(params, world.view.configuration_server_address)
    return world


def find_elsewhere(fabrics, checked, world, now):
    """Note in the world which servers that are not listed work for another configuration server of the vault. Pure."""
    absent = [entry for entry in checked if world.sightings[entry["name"]].status == "absent"]
    world.elsewhere = {entry["name"]: found for entry in absent for found in _elsewhere(fabrics, world.view.fabric, entry, now)}


def _elsewhere(fabrics, fabric, entry, now):
    """The other configuration servers of the vault for which the entry's server works now, as texts."""
    for other in (one for one in configuration_servers.candidates(fabrics, None) if one is not fabric):
        for server in configuration_servers.this_very_one(other, entry["name"], entry["private_ip_address"]):
            if configuration_servers.is_alive(other, server, now):
                yield f"{configuration_servers.friendly_name(other)}, {other.get('id')} (last heartbeat {server.get('lastHeartbeat')})"


def _compare(params, address):
    """Whether the passphrase is right, or why that is not known. What was given wrongly is an error all the same."""
    try:
        return passphrase.compare(params, address), ""
    except AsrError as error:
        if isinstance(error, Refusal) or error.code in configuration_server_channel.GIVEN_WRONGLY:
            raise
        return None, str(error)


def plan(params, checked, world):
    """A plan for each server; a configuration server that cannot take one, or a wrong passphrase, refuses all at once."""
    if params["state"] == "absent":
        return unregistration.plan(checked, world)
    plans = [decide(entry, world) for entry in checked]
    if any(plan.changed for plan in plans):
        _refuse_unfit(params, world)
    return plans


def _refuse_unfit(params, world):
    fabric = world.view.fabric
    name = configuration_servers.friendly_name(fabric)
    configuration_servers.require_reports(fabric, configuration_servers.utc_now(), "registering process servers")
    if world.passphrase_is_right is False:
        raise Refusal(
            "registering process servers",
            on=f"configuration server {name}",
            said="the passphrase given is not the one of this configuration server",
            cure="Read the present one there, elevated: genpassphrase.exe -n in %ProgramData%\\ASR\\home\\svsystems\\bin",
        )
    if not world.view.configuration_server_address:
        cure = "Give configuration_server_address"
        raise Refusal("registering process servers", on=f"configuration server {name}", said="the vault shows no address of it", cure=cure)
    if params["data_transfer_port"] == 443:
        # site-recovery-add-process-server: 443 is the web server's.
        cure = "Use 9443, the documented default, or another free port"
        raise Refusal("registering process servers", said="data_transfer_port is 443, which belongs to the web server", cure=cure)


def decide(entry, world):
    """The `Plan` for one server."""
    sighting = world.sightings[entry["name"]]
    server = sighting.server
    where = {"configuration_server": configuration_servers.friendly_name(world.view.fabric), "private_ip_address": entry["private_ip_address"]}
    wanted = {**where, "registered": "yes"}
    if sighting.status == "twins":
        return Plan("refuse", {**where, "registered": "more than once"}, wanted, refusal=server["refusal"])
    if entry["name"] in world.elsewhere:
        return Plan("refuse", {**where, "registered": "elsewhere"}, wanted, refusal=_works_elsewhere(entry, world))
    if entry["name"] in world.unfinished:
        before = {**where, "registered": "yes, and not cleared after its set-up"}
        reason = "the run that set it up did not come to its end"
        return Plan("repair", before, {**wanted, "method": entry["method"]}, reasons=(reason,), known=result(entry, world.view, sighting))
    if sighting.status == "registered":
        return Plan("none", wanted, wanted, known=result(entry, world.view, sighting))
    before = {**where, "registered": "no" if sighting.status == "absent" else f"yes, without a heartbeat since {server.get('lastHeartbeat')}"}
    reason = "the configuration server does not list it" if sighting.status == "absent" else f"no heartbeat for {sighting.heartbeat_age} s"
    return Plan("register" if sighting.status == "absent" else "repair", before, {**wanted, "method": entry["method"]}, reasons=(reason,), known=_names(entry))


def _works_elsewhere(entry, world):
    return Refusal(
        "registering the process server",
        on=f"{entry['name']} at {entry['private_ip_address']}",
        said=f"it works for another configuration server, {world.elsewhere[entry['name']]}",
        cure="Name that one as configuration_server, or unregister the server there first",
    )


def apply(azure, params, entry, plan, world, progress):
    """Everything that is left to do for one server."""
    if params["state"] == "absent":
        return unregistration.apply(azure, params, entry, plan, world, progress)
    sighting = register(azure, params, entry, _target(params, entry, world), world.view, progress)
    return {**plan.after, **result(entry, world.view, sighting)}


def warnings(checked, plans, world):
    """Servers of the same name under another address: most likely left from an earlier deployment."""
    if isinstance(world, unregistration.World):
        return unregistration.warnings(checked, plans, world)
    texts = [f"The passphrase could not be compared beforehand, each server will tell: {world.not_compared}"] if world.not_compared else []
    if world.not_looked:
        texts.append(f"Whether an earlier run left something on a registered server is not known: {world.not_looked}")
    for entry in checked:
        for other in configuration_servers.under_other_address(world.view.fabric, entry["name"], entry["private_ip_address"]):
            texts.append(
                f"{entry['name']} is also registered under {other.get('ipAddress')} (last heartbeat {other.get('lastHeartbeat')}); "
                "if that machine is gone, unregister it, since it stays listed for ever otherwise"
            )
    return texts


def _target(params, entry, world):
    installer = params.get("installer") or {}
    return Target(
        name=entry["name"],
        install_location=entry["install_location"],
        installer_url=installer.get("url", ""),
        installer_sha256=installer.get("sha256", ""),
        installer_size=installer.get("size_bytes"),
        configuration_server_address=world.view.configuration_server_address,
        environment=params["replication_environment"],
        data_transfer_port=params["data_transfer_port"],
        user=entry.get("admin_username") or "",
        password=entry.get("admin_password") or "",
        passphrase=params.get("passphrase") or "",
    )


def _names(entry):
    return {"resource_group": entry["resource_group"], "virtual_network": entry["virtual_network"], "subnet": entry["subnet"]}


def result(entry, view, sighting):
    """What the module returns of one registered server."""
    server = sighting.server
    return {
        **_names(entry),
        "state": sighting.status,
        "configuration_server": configuration_servers.friendly_name(view.fabric),
        "process_server_id": server.get("id"),
        "version": server.get("agentVersion"),
        "last_heartbeat": server.get("lastHeartbeat"),
        "heartbeat_age_seconds": sighting.heartbeat_age,
    }

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decides which version a process server is to have, and what stands in the way. Pure; private to this collection.

service-updates-how-to: the configuration server is upgraded first, its process servers next. A process server's version is
that of its configuration server, or earlier (vmware-azure-set-up-process-server-scale).
"""

from __future__ import annotations

import re

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._plan import Plan
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers, upgrade_path, versions

TRIED = "upgrading the process server"
UPGRADE_FIRST = "Upgrade the configuration server first"


def input_problems(params, checked):
    """What is wrong with the options, one text each; a secret is named, never quoted."""
    given = {f"installers[{number}].version": installer["version"] for number, installer in enumerate(params["installers"])}
    given["version"] = params["version"]
    for option, version in given.items():
        if version and not versions.is_whole(version):
            yield f"{option} {version} is not a version in its four numbers, as 9.62.7096.1"
    known = {}
    for number, installer in enumerate(params["installers"]):
        if not re.fullmatch("[0-9a-fA-F]{64}", installer["sha256"]):
            yield f"installers[{number}].sha256 is not a SHA-256 in 64 hexadecimal digits"
        if not installer["url"].lower().startswith("https://"):
            yield f"installers[{number}].url is not an address over HTTPS"
        if not installer["version"]:
            yield f"installers[{number}].version is missing"
        other = known.setdefault(tuple(versions.numbers(installer["version"]) or [number]), installer)
        if other["sha256"].lower() != installer["sha256"].lower():
            yield f"two installers have version {installer['version']} and different sha256"
    if not re.fullmatch(r"\s*([1-9]\d*|[1-9]\d?%|100%)\s*", str(params["max_unavailable"])):
        yield f"max_unavailable {params['max_unavailable']} is neither a number from 1 nor a percentage from 1% to 100%"
    for entry in checked:
        yield from (f"{entry['name']}: {option} is missing" for option in ("admin_username", "admin_password") if not entry.get(option))
        pinned = entry.get("winrm_certificate_fingerprint") or entry.get("winrm_ca_file")
        if entry["method"] == "configuration_tool" and not pinned:
            yield (
                f"{entry['name']}: Run Command does not serve the gallery image, which is Windows Server 2012 R2, so its certificate cannot be "
                "asked through Azure: winrm_certificate_fingerprint or winrm_ca_file is missing"
            )


def target_version(params, fabric):
    """The version wanted: the one given, else that of the only installer, else that of the configuration server.

    A `Refusal` where it is newer than the configuration server's, which goes first.
    """
    name = configuration_servers.friendly_name(fabric)
    theirs = configuration_servers.details(fabric).get("agentVersion")
    if versions.numbers(theirs) is None:
        cure = "Refresh the configuration server, and see that it reports to Azure"
        said = f"the vault shows {theirs or 'nothing'} as its version"
        raise Refusal("finding the version wanted", on=f"configuration server {name}", said=said, cure=cure)
    only = {installer["version"] for installer in params["installers"]}
    wanted = params["version"] or (only.pop() if len(only) == 1 else theirs)
    if versions.is_newer(wanted, theirs):
        said = f"{wanted} is wanted, and it has {theirs}; no process server may be newer than its configuration server"
        raise Refusal("upgrading process servers", on=f"configuration server {name}", said=said, cure=f"{UPGRADE_FIRST}, then run again")
    return wanted


def decide(entry, sighting, fabric, target, available, machine_is_gone, is_unfinished):
    """The `Plan` for one server. ``sighting``: how the vault shows it; ``available``: versions of the installers given;
    ``machine_is_gone``: whether Azure is known to have no machine of its name; ``is_unfinished``: whether it carries our tag."""
    current = sighting.server.get("agentVersion")
    before = {
        "configuration_server": configuration_servers.friendly_name(fabric),
        "private_ip_address": entry["private_ip_address"],
        "version": current,
    }
    refusal = _refusal(entry, sighting, fabric, target, machine_is_gone, is_unfinished)
    path = ()
    if refusal is None and versions.numbers(current) is not None:
        try:
            path = upgrade_path.steps(entry["name"], current, target, available)
        except Refusal as no_path:
            refusal = no_path
    known = {**_shown(entry, sighting), "version": current, "version_before": current, "steps": list(path)}
    if refusal:
        return Plan("refuse", before, {**before, "version": target}, reasons=(refusal.said,), refusal=refusal, known=known)
    if versions.are_same(current, target) and not is_unfinished:
        return Plan("none", before, before, known=known)
    if versions.are_same(current, target):
        reason = "the run that upgraded it did not come to its end"
        return Plan("finish", {**before, "upgrade": "not finished"}, {**before, "upgrade": "finished"}, reasons=(reason,), known=known)
    reason = f"it has {current or 'a version the vault does not tell'}, and {target} is wanted"
    return Plan("upgrade", before, {**before, "version": target, "steps": list(path)}, reasons=(reason,), known=known)


def _shown(entry, sighting):
    """What the result tells of a server beside its versions, as the vault shows it."""
    return {
        "virtual_network": entry.get("virtual_network"),
        "state": "listed twice" if sighting.status == "twins" else sighting.status,
        "process_server_id": None if sighting.status == "twins" else sighting.server.get("id"),
        "last_heartbeat": None if sighting.status == "twins" else sighting.server.get("lastHeartbeat"),
        "heartbeat_age_seconds": sighting.heartbeat_age,
    }


def _refusal(entry, sighting, fabric, target, machine_is_gone, is_unfinished):
    """Why the server cannot be upgraded, or `None`."""
    if sighting.status == "twins":
        return sighting.server["refusal"]
    name, current = entry["name"], sighting.server.get("agentVersion")
    server = configuration_servers.friendly_name(fabric)
    if sighting.status == "absent":
        return Refusal(TRIED, on=name, **_not_registered(entry, fabric, server))
    if machine_is_gone:
        said = f"configuration server {server} lists it, and there is no virtual machine {name} in group {entry['resource_group']}"
        cure = "Where the machine was deleted, unregister the process server (process_server_registration, state absent)"
        return Refusal(TRIED, on=name, said=said, cure=cure)
    theirs = configuration_servers.details(fabric).get("agentVersion")
    if versions.is_newer(current, theirs):
        said = f"it has {current}, newer than {theirs} of its configuration server {server}, which is not supported"
        return Refusal(TRIED, on=name, said=said, cure=UPGRADE_FIRST)
    if versions.is_newer(current, target):
        said = f"it has {current}, newer than {target} that is wanted"
        cure = "A process server cannot go back to an older version: leave it out, or ask for its version"
        return Refusal(TRIED, on=name, said=said, cure=cure)
    if sighting.status == "stale" and not is_unfinished:
        said = f"it has given no heartbeat since {sighting.server.get('lastHeartbeat')}"
        cure = "Run process_server_registration (playbook prepare_failback) first, which starts its services or says what is wrong with it"
        return Refusal(TRIED, on=name, said=said, cure=cure)
    return None


def _not_registered(entry, fabric, server):
    """What to say of a server that is not listed under its address."""
    others = configuration_servers.under_other_address(fabric, entry["name"], entry["private_ip_address"])
    if not others:
        said = f"configuration server {server} lists no process server at {entry['private_ip_address']}"
        return {"said": said, "cure": "Register it first (process_server_registration), with the version that is wanted"}
    listed = " and ".join(f"{other.get('ipAddress')} (last heartbeat {other.get('lastHeartbeat')})" for other in others)
    said = f"configuration server {server} lists it under {listed}, and not at {entry['private_ip_address']}"
    return {"said": said, "cure": "Correct private_ip_address; or register the server with its present address, and unregister the old one"}

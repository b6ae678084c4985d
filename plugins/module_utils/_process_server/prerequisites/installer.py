# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Does the installer's URL answer with the file wanted, and is it not newer than the configuration server. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers, installers, versions
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.check import (
    failed,
    not_applicable,
    ok,
    unknown,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.placement import (
    is_registered,
)


def checks(facts, params, places, fabric):
    waiting = [
        place
        for place in places
        if place.entry["method"] == "unified_setup" and not is_registered(place.entry, fabric, facts.now)
    ]
    if not waiting:
        why = "no server is left that would be set up with it"
        return [not_applicable("installer", "", why), not_applicable("installer_version", "", why)]
    installer = params.get("installer")
    if not installer:
        return [
            failed(
                "installer",
                "",
                f"installer is not given, and {', '.join(place.name for place in waiting)} cannot be set up without it",
                "Give the installer's url and sha256",
            ),
            unknown("installer_version", "", "installer is not given"),
        ]
    return [_answer(facts.installer, installer), _version(installer, fabric)]


def _answer(answer, installer):
    where = installers.shown(installer["url"])
    wrong = installers.problems(installer)
    if wrong:
        return failed("installer", "", "; ".join(wrong), "Give the address of the file and its SHA-256, which the servers check before they run it")
    if not answer.known:
        return unknown(
            "installer",
            "",
            f"{where} does not answer here ({answer.unknown}); the servers download it themselves",
            "See that the servers reach this address",
        )
    found = answer.value
    if found.status != 200:
        return failed(
            "installer",
            "",
            f"{where} answers HTTP {found.status}",
            "Correct installer.url; a link with a signature may have run out",
        )
    wanted = installer.get("size_bytes")
    if found.size is None:
        return unknown("installer", "", f"{where} answers, and does not state a size")
    if wanted is None:
        return unknown(
            "installer",
            "",
            f"{where} answers, with {found.size} bytes; installer.size_bytes is not given to compare them with",
        )
    if found.size != wanted:
        return failed(
            "installer",
            "",
            f"{where} has {found.size} bytes, installer.size_bytes says {wanted}",
            "Another version may be there by now: give the right URL, size and SHA-256",
        )
    return ok("installer", "", f"{where} answers, with {found.size} bytes as stated")


def _version(installer, fabric):
    """vmware-azure-set-up-process-server-scale: a process server's version is that of the configuration server, or earlier."""
    name = "installer_version"
    ours = installer.get("version")
    theirs = configuration_servers.details(fabric).get("agentVersion") if fabric else None
    if not ours or not theirs:
        return unknown(
            name,
            "",
            "installer.version is not given" if not ours else "the version of the configuration server is not known",
        )
    newer = versions.is_newer(ours, theirs)
    if newer is None:
        return unknown(name, "", f"{ours} and {theirs} cannot be compared")
    if newer:
        return failed(
            name,
            "",
            f"the installer has version {ours}, the configuration server {theirs}",
            "Upgrade the configuration server first, or give an installer of its version",
        )
    return ok(name, "", f"the installer has version {ours}, the configuration server {theirs}")

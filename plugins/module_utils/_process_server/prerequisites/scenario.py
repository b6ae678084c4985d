# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Is it the classic scenario, the only one that has process servers in Azure; and what of it is retired. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.check import (
    failed,
    ok,
    unknown,
    warning,
)

MODERNIZED = ("InMageRcm", "VMwareV2")

# vmware-physical-azure-classic-deprecation: support ended, enabling replication blocked. One revision prints both days.
RETIRED = (
    "Microsoft's support of the classic scenario ended in March 2026 (its page vmware-physical-azure-classic-deprecation, revision of 2026-08-26, "
    "names both the 15th and the 30th); replication of more machines can no longer be enabled since 2026-01-31"
)
# move-from-classic-to-modernized-vmware-disaster-recovery: a machine that is failed over cannot be migrated.
RETIRED_CURE = (
    "Fail back soon, then migrate to the modernized scenario: a machine that is failed over cannot be migrated before"
)


def checks(facts, params):
    fabric_kinds, why = _kinds(facts, params)
    if why:
        return [unknown("scenario", "", why)]
    classic = [name for name, kind in fabric_kinds if kind == "VMware"]
    if classic:
        return [
            ok("scenario", "", f"{', '.join(classic)}: classic configuration server (instanceType VMware)"),
            warning("retirement", "", RETIRED, RETIRED_CURE),
        ]
    named = ", ".join(
        f"{name}: {configuration_servers.KINDS.get(kind, kind)} (instanceType {kind})" for name, kind in fabric_kinds
    )
    if any(kind in MODERNIZED for _name, kind in fabric_kinds):
        return [
            failed(
                "scenario",
                "",
                f"{named}; the modernized scenario needs no process server in Azure",
                configuration_servers.MODERNIZED_CURE,
            )
        ]
    if fabric_kinds:
        return [
            failed(
                "scenario",
                "",
                f"{named}; only the classic scenario of VMware and physical machines has process servers",
                "Give the vault and configuration_server of the machines that are to fail back",
            )
        ]
    return [
        failed(
            "scenario",
            "",
            f"vault {params['vault_name']} holds no configuration server",
            "Give the vault in which the machines that are to fail back are protected",
        )
    ]


def _kinds(facts, params):
    """(friendly name, kind) of what is meant, or of all there is where nothing of that name is found; and why it is not known."""
    if not facts.fabrics.known:
        return [], facts.fabrics.unknown
    meant = (
        configuration_servers.candidates(facts.fabrics.value, params.get("configuration_server")) or facts.fabrics.value
    )
    return [(configuration_servers.friendly_name(fabric), configuration_servers.kind(fabric)) for fabric in meant], ""

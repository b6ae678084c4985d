# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each fabric of a vault is, what of it is retired since when, and what is still possible. Pure; private to this collection."""

from __future__ import annotations

import dataclasses

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan import items


@dataclasses.dataclass(frozen=True)
class Scenario:
    """What is true of all fabrics of one kind.

    ``name``: classic, modernized, vmm, hyper_v_site, azure or unknown; ``process_server``: whether its machines need
    one in Azure to fail back; ``retired_since``: year and month, empty where nothing is retired; ``playbook``: what of
    this collection serves its machines, empty where nothing does; ``playbook_note``: the truth about that playbook;
    ``source``: the pages of Microsoft's documentation that say so.
    """

    name: str
    process_server: bool
    retired_since: str
    retired: str
    still_possible: str
    playbook: str
    playbook_note: str
    source: tuple


CLASSIC = Scenario(
    name="classic",
    process_server=True,
    # One revision of the page prints both the 15th and the 30th of the month.
    retired_since="2026-03",
    retired=(
        "Microsoft's support of the classic scenario ended in March 2026, and replication of more machines can no longer be enabled "
        "since 2026-01-31"
    ),
    # move-from-classic-to-modernized: a machine that is failed over or replicates back cannot be migrated.
    still_possible=(
        "Machines that are failed over cannot move to the modernized scenario before they failed back. Whether the service still takes the "
        "operations for that is documented nowhere, and is seen when they are asked for"
    ),
    playbook="prepare_failback",
    playbook_note="",
    source=("vmware-physical-azure-classic-deprecation", "move-from-classic-to-modernized-vmware-disaster-recovery"),
)

MODERNIZED = Scenario(
    name="modernized",
    process_server=False,
    retired_since="",
    retired="",
    still_possible=(
        "Everything: machines are reprotected and fail back through the replication appliance. No process server in Azure is needed, and no "
        "VPN or ExpressRoute"
    ),
    playbook="fail_back",
    playbook_note="The playbook fail_back is not part of this collection yet: use the portal until it is",
    source=("failover-failback-overview-modernized", "classic-to-modernized-common-questions"),
)

VMM = Scenario(
    name="vmm",
    process_server=False,
    retired_since="2019-11",
    retired="Replication of VMM clouds, to a second site and to Azure, takes no new users and no further VMM servers since November 2019",
    still_possible=(
        "Replication that was there kept working then, with failover, test failover and monitoring. No date for its end was found in the "
        "documentation; after it only Hyper-V Replica itself is left"
    ),
    playbook="replicate_vmm",
    playbook_note="The playbook replicate_vmm is not part of this collection yet: use the portal until it is",
    source=("scvmm-site-recovery-deprecation", "site-to-site-deprecation", "Deprecation-details-site-to-site-VMM"),
)

HYPER_V_SITE = Scenario(
    name="hyper_v_site",
    process_server=False,
    retired_since="",
    retired="",
    still_possible="Machines fail back by a planned failover, straight to their Hyper-V hosts. No process server is needed",
    playbook="",
    playbook_note="This collection does nothing for Hyper-V sites: use the portal",
    source=("hyper-v-azure-failback",),
)

AZURE = Scenario(
    name="azure",
    process_server=False,
    retired_since="",
    retired="",
    still_possible="Machines are reprotected and fail back from one Azure region to the other. No process server of one's own is needed",
    playbook="",
    playbook_note="This collection does nothing for replication between Azure regions: use the portal",
    source=("azure-to-azure-how-to-reprotect",),
)

UNKNOWN = Scenario(
    name="unknown",
    process_server=False,
    retired_since="",
    retired="",
    still_possible="Not known: this kind of fabric is younger than this collection",
    playbook="",
    playbook_note="",
    source=(),
)

# properties.customDetails.instanceType of a fabric.
SCENARIOS = {
    "VMware": CLASSIC,
    "InMageRcm": MODERNIZED,
    "VMwareV2": MODERNIZED,
    "VMM": VMM,
    "HyperVSite": HYPER_V_SITE,
    "Azure": AZURE,
}


def scenario(fabric):
    return SCENARIOS.get(configuration_servers.kind(fabric), UNKNOWN)


def describe(fabric, machines, now):
    """One fabric with what holds for it; ``machines``: the protected items of it, typed (`items.read`)."""
    found = scenario(fabric)
    kind = configuration_servers.kind(fabric)
    own = [one for one in machines if one["fabric_id"] == key(fabric)]
    reports = configuration_servers.reports(fabric, now) if found is CLASSIC else None
    return {
        "name": configuration_servers.friendly_name(fabric),
        "id": fabric.get("id"),
        "fabric_name": fabric.get("name"),
        "instance_type": kind,
        "kind": configuration_servers.KINDS.get(kind, kind),
        "scenario": found.name,
        "process_server_needed": found.process_server,
        "retired_since": found.retired_since or None,
        "retired": found.retired,
        "still_possible": found.still_possible,
        "playbook": found.playbook or None,
        "playbook_note": found.playbook_note,
        "source": list(found.source),
        "connected": reports,
        "machines": len(own),
        "failed_over": sum(1 for one in own if one["state"] in items.AWAY),
    }


def key(fabric):
    """What a protected item's id says of its fabric, in lower case."""
    return (fabric.get("name") or "").lower()

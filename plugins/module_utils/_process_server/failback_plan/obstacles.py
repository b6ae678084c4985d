# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What keeps a failed-over machine from coming home: each with what was seen and what to do. Pure; private to this collection."""

from __future__ import annotations

import dataclasses

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    configuration_servers,
    info_values,
    protected_items,
    resource_ids,
    sizing,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan import fabrics, master_targets
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.machine_readiness import STOPPED
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.facts import Fact

BLOCKS, WARNING, UNKNOWN = "blocks", "warning", "unknown"
LEVELS = (BLOCKS, UNKNOWN, WARNING)


@dataclasses.dataclass(frozen=True)
class Obstacle:
    """``check``: its stable name; ``severity``: one of `LEVELS`; ``evidence`` and ``cure`` in words; ``final``: nothing cures it."""

    check: str
    severity: str
    evidence: str
    cure: str
    final: bool = False


@dataclasses.dataclass(frozen=True)
class Case:
    """One machine (`items.read`) with all that is judged beside it.

    ``group``: all machines of its replication group, itself among them; ``target`` and ``against``: the master target
    chosen for it, and why others were not; ``later``: the one that takes it in its turn; ``provider``: the fabric's recovery services providers as a `Fact`.
    """

    machine: dict
    place: object
    fabric: dict
    now: object
    group: tuple = ()
    target: dict | None = None
    against: tuple = ()
    later: dict | None = None
    providers: Fact = Fact([])
    policies: Fact = Fact([])


def of(case):
    """All obstacles of one machine, the worst first."""
    found = [obstacle for check in CHECKS for obstacle in check(case)]
    if any(one.check in SILENCES_THE_REST for one in found):
        found = [one for one in found if one.final]
    return sorted(found, key=lambda one: LEVELS.index(one.severity))


def words(resource_id):
    """An id as a person reads it: what it is called, and where it is."""
    parsed = resource_ids.parse(resource_id)
    return f"{parsed['name']} (group {parsed['resource_group']}, subscription {parsed['subscription_id']})" if parsed else str(resource_id)


def _migrated(case):
    # concepts-types-of-failback: a migrated machine cannot be failed back. How the service words it is our inference.
    if "migrat" in case.machine["protection_state"].lower():
        yield Obstacle(
            "migrated",
            BLOCKS,
            f"its migration to Azure was completed (protectionState {case.machine['protection_state']})",
            "It stays in Azure: a migrated machine cannot be failed back",
            final=True,
        )


def _virtual_machine(case):
    place = case.place
    if place.gone and place.moved_to:
        # concepts-types-of-failback: moved to another resource group.
        yield Obstacle(
            "virtual_machine_moved",
            BLOCKS,
            f"{words(place.virtual_machine_id)} is not there; a machine of its name is {', '.join(map(words, place.moved_to))}",
            "A machine that was moved to another resource group cannot be failed back; whether moving it back helps is documented nowhere",
            final=True,
        )
    elif place.gone:
        yield Obstacle(
            "virtual_machine_gone",
            BLOCKS,
            f"{words(place.virtual_machine_id)} is not there",
            "A deleted machine cannot be failed back: disable its replication, and restore it from a backup",
            final=True,
        )
    elif place.unknown:
        yield Obstacle("virtual_machine", UNKNOWN, f"where it runs is not known: {place.unknown}", place.cure)
    elif place.power_state in STOPPED:
        # vmware-azure-troubleshoot-failback-reprotect (78093): the machine in Azure must run; vmware-azure-reprotect: its
        # agent registers within 15 minutes after its start.
        yield Obstacle(
            "virtual_machine_off",
            BLOCKS,
            f"{words(place.virtual_machine_id)} is {place.power_state}",
            "Start it, and wait for up to 15 minutes until its agent is registered",
        )
    elif not place.power_state:
        yield Obstacle("virtual_machine_off", UNKNOWN, "Azure does not say whether it runs", "Look whether it runs before it is reprotected")


def _network(case):
    place = case.place
    if place.gone or place.network_id or place.unknown:
        # What could not be looked at is told of as that.
        if place.meant_network_id:
            yield Obstacle(
                "network",
                WARNING,
                f"the vault means it to be in {words(place.meant_network_id)}, its interface is in {words(place.network_id)}",
                "The plan goes by the interface",
            )
        if place.other_network_ids:
            yield Obstacle(
                "network",
                WARNING,
                f"it has interfaces in {', '.join(map(words, place.other_network_ids))} as well",
                "The plan goes by its primary interface",
            )
        return
    yield Obstacle("network", BLOCKS, "it is in no virtual network that is known", "Connect its network interface to a network, and plan again")


def _commit(case):
    if case.machine["state"] == "commit_pending":
        yield Obstacle(
            "failover_not_committed",
            BLOCKS,
            f"its failover is not committed (protectionState {case.machine['protection_state']})",
            "Choose the recovery point it is to keep, and commit the failover",
        )


def _reprotect(case):
    allowed = case.machine["allowed_operations"]
    if case.machine["state"] == "failed_over" and "ReverseReplicate" not in allowed:
        yield Obstacle(
            "reprotect_not_allowed",
            BLOCKS,
            f"the vault does not allow ReverseReplicate, only {', '.join(allowed) or 'nothing'} (protectionState {case.machine['protection_state']})",
            "See the machine's health errors and jobs in the vault",
        )


def _running_job(case):
    if case.machine["running_job"]:
        yield Obstacle("job_running", BLOCKS, f"the job {case.machine['running_job']} runs on it", "Wait for its end: a second job would fail")


def _health(case):
    machine = case.machine
    serious = [one for one in machine["health_errors"] if one["level"].lower() in ("error", "critical")]
    others = [one for one in machine["health_errors"] if one not in serious]
    for errors, severity in ((serious, BLOCKS), (others, WARNING)):
        for one in errors:
            seen = ": ".join(filter(None, (one["code"], _phrase(one["message"]))))
            yield Obstacle(
                "replication_health", severity, seen or "a health error without words", _phrase(one["recommended_action"]) or "See it in the vault"
            )
    if not serious and machine["health"].lower() == "critical":
        yield Obstacle("replication_health", BLOCKS, "its replication health is Critical", "See the machine's health errors in the vault")
    elif not machine["health_errors"] and machine["health"].lower() == "warning":
        yield Obstacle("replication_health", WARNING, "its replication health is Warning", "See the machine's health errors in the vault")


def _phrase(text):
    """A text of the service's, to go on after it."""
    return text.strip().rstrip(".")


def _recovery_point(case):
    if case.machine["recovery_point"]:
        return
    if case.machine["state"] == "reprotected":
        # vmware-azure-failback: at least one recovery point is needed before failback.
        yield Obstacle("recovery_point", BLOCKS, "it has no recovery point on-premises yet", "Wait until the first copy home is done")
    else:
        yield Obstacle(
            "recovery_point",
            BLOCKS,
            "the vault knows no recovery point of it",
            "See its recovery points in the vault; without one it cannot be failed back",
        )


def _configuration_server(case):
    name = configuration_servers.friendly_name(case.fabric)
    if not configuration_servers.reports(case.fabric, case.now):
        heard = info_values.iso(configuration_servers.details(case.fabric).get("lastHeartbeat")) or "never"
        yield Obstacle(
            "configuration_server",
            BLOCKS,
            f"configuration server {name} was last heard of {heard}",
            "Start it and connect it to Azure: a machine comes home through the configuration server it was protected by, and no other",
        )
        return
    if not case.providers.known:
        yield Obstacle("configuration_server", UNKNOWN, f"whether {name} is connected could not be read: {case.providers.unknown}", "Look in the vault")
        return
    own = [one for one in case.providers.value if protected_items.belongs_to(one, case.fabric)]
    if own and all((one.get("properties") or {}).get("connectionStatus") == "NotConnected" for one in own):
        yield Obstacle(
            "configuration_server", BLOCKS, f"the provider of configuration server {name} is NotConnected", "Start its services (dra), and refresh it"
        )


def _master_target(case):
    if case.machine["state"] == "reprotected" or case.target is not None:
        return
    if case.later is not None:
        # Not the machine's fault: any of them can go first, only not all at once.
        yield Obstacle(
            "master_target_turn",
            WARNING,
            f"{case.later['name']} can take it, but no more than {master_targets.MOST_DISKS} disks at a time, and those of the machines before it fill it",
            "Bring it home after others, or set up one more master target of its kind",
        )
        return
    yield Obstacle(
        "master_target",
        BLOCKS,
        f"no master target can take it: {' | '.join(case.against) or 'the configuration server has none'}",
        "Set up a master target of its kind with a retention volume that reaches its data store, or free one",
    )


def _replication_group(case):
    group = case.machine["replication_group"]
    if not group or case.machine["state"] == "reprotected":
        return
    others = sorted(one["name"] for one in case.group if one["id"] != case.machine["id"])
    # The service writes them in either case, and not for all machines.
    systems = {one["os_type"].capitalize() for one in case.group if one["os_type"]}
    # vmware-azure-reprotect: all machines of a group at once, through a recovery plan, to one master target.
    if len(systems) > 1:
        yield Obstacle(
            "replication_group",
            BLOCKS,
            f"its replication group {group} holds machines of {' and '.join(sorted(systems))}, which no one master target takes",
            "Take machines out of the group",
        )
    behind = sorted(one["name"] for one in case.group if one["state"] in ("protected", "commit_pending") and one["id"] != case.machine["id"])
    if behind:
        yield Obstacle(
            "replication_group",
            BLOCKS,
            f"of its replication group {group}, {', '.join(behind)} {'is' if len(behind) == 1 else 'are'} not failed over and committed",
            "Bring all machines of the group to the same state first",
        )
    yield Obstacle(
        "replication_group",
        WARNING,
        f"it belongs to replication group {group}" + (f" with {', '.join(others)}" if others else ""),
        "Reprotect the group through a recovery plan that holds all of it, to one master target",
    )


def _failback_policy(case):
    # vmware-azure-prepare-failback: it is made with the policy of the forward direction.
    if not case.policies.known:
        yield Obstacle("failback_policy", UNKNOWN, f"the policies could not be read: {case.policies.unknown}", "Look in the vault")
    elif not any(_instance_type(policy) == "InMage" for policy in case.policies.value):
        yield Obstacle("failback_policy", BLOCKS, "the vault has no failback policy (InMage)", "Associate a replication policy with the configuration server")


def _instance_type(policy):
    return ((policy.get("properties") or {}).get("providerSpecificDetails") or {}).get("instanceType")


def _physical(case):
    if "physical" in case.machine["discovery_type"].lower():
        # concepts-types-of-failback.
        yield Obstacle(
            "physical_machine", WARNING, "it was a physical server", "It comes home as a VMware machine, as a whole copy to a data store of your choice"
        )


def _churn(case):
    most = sizing.TABLE[-1].most_churn_gb
    if (case.machine["daily_churn_gb"] or 0) > most:
        # site-recovery-plan-capacity-vmware: a machine uses one process server, which takes 2 TB a day at most.
        yield Obstacle(
            "churn",
            BLOCKS,
            f"it changes {case.machine['daily_churn_gb']:.0f} GB a day, and one process server takes {most:g} GB at most",
            "Lessen what it changes while it replicates back",
        )


def _retired(case):
    found = fabrics.scenario(case.fabric)
    if found.retired:
        yield Obstacle("retired_scenario", WARNING, found.retired, found.still_possible)


CHECKS = (
    _migrated,
    _virtual_machine,
    _network,
    _configuration_server,
    _commit,
    _reprotect,
    _running_job,
    _health,
    _recovery_point,
    _replication_group,
    _master_target,
    _failback_policy,
    _churn,
    _physical,
    _retired,
)
# With one of these there is no way back, and nothing else is worth a person's time.
SILENCES_THE_REST = ("migrated", "virtual_machine_gone", "virtual_machine_moved")

"""Where failed-over machines run, what stands in their way, and which master target takes them."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan import (
    fabrics,
    items,
    machines,
    master_targets,
    obstacles,
    whereabouts,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.facts import Fact

from tests.unit.process_server.failback_plan_world import (
    FORBIDDEN,
    NOW,
    OTHER_SUB,
    SUB,
    ago,
    fabric,
    interface,
    item,
    machine,
    machine_id,
    network_id,
    running,
    state,
    target,
    world,
)


def judged(known, name="m-1"):
    found = machines.judge(known, [items.read(one) for one in known.items])
    return next(one for one in found if one.machine["name"] == name)


def told(known, name="m-1"):
    """(verdict, {check: (severity, evidence)}) without what holds for every classic machine."""
    one = judged(known, name)
    return one.verdict, {other.check: (other.severity, other.evidence) for other in one.obstacles if other.check != "retired_scenario"}


@pytest.mark.parametrize(
    "details, properties, state_",
    [
        ({}, {}, "failed_over"),
        ({}, {"allowedOperations": ["Commit", "ChangePit"]}, "commit_pending"),
        ({}, {"protectionState": "UnplannedFailoverCommitPendingStatesBegin", "allowedOperations": []}, "commit_pending"),
        ({}, {"activeLocation": "Primary"}, "protected"),
        ({"instanceType": "InMage"}, {}, "reprotected"),
        ({"instanceType": "InMage"}, {"activeLocation": "Primary"}, "home"),
        ({"instanceType": "InMageRcm"}, {}, "failed_over"),
        ({"instanceType": "InMageRcmFailback"}, {}, "reprotected"),
        (None, {"providerSpecificDetails": None, "activeLocation": None}, "protected"),
    ],
)
def test_states(details, properties, state_):
    assert items.read(item("m-1", details=details, **properties))["state"] == state_


def test_an_item_is_read_with_types():
    read = items.read(item("m-1", details={"uncompressedDataRateInMB": 2048.0, "protectedDisks": [{"diskCapacityInBytes": 2**30}] * 2}))
    assert (read["disk_count"], read["disks_gb"], read["daily_churn_gb"]) == (2, 2.0, 2.0)
    assert read["replication_group"] is None and read["recovery_point"] and read["failed_over_at"] == "2026-02-28T12:00:00Z"
    assert read["recovery_network_id"] == network_id("vnet-app") and read["recovery_address"] == "10.1.0.20"
    # Never measured, and without disks, nothing is made up.
    bare = items.read({"id": "", "name": "x", "properties": {"providerSpecificDetails": {"uncompressedDataRateInMB": 0.0}}})
    assert bare["daily_churn_gb"] is None and bare["disks_gb"] == 0 and bare["virtual_machine_id"] is None


@pytest.mark.parametrize(
    "details, wanted",
    [
        ({"targetVmId": machine_id("a")}, machine_id("a")),
        ({"recoveryAzureVMName": "b", "recoveryAzureResourceGroupId": f"/subscriptions/{SUB}/resourceGroups/rg-failback"}, machine_id("b")),
        ({"recoveryAzureVMName": "b"}, None),
        ({"targetVmId": "nonsense"}, None),
    ],
)
def test_the_machine_that_an_item_names(details, wanted):
    assert items.virtual_machine_id(details) == wanted


def test_the_interface_goes_before_the_vault():
    known = world(items=[item("m-1")], **running("m-1"))
    known.interfaces[SUB] = Fact([interface("m-1-nic", "10.2.0.9", network="vnet-db", subnet="data", attached="m-1")])
    place = whereabouts.locate(items.read(known.items[0]), known)
    assert (place.network_id, place.subnet, place.address) == (network_id("vnet-db"), "data", "10.2.0.9")
    assert place.meant_network_id == network_id("vnet-app") and place.source == whereabouts.MACHINE
    verdict, found = told(known)
    assert verdict == "ready" and found["network"][0] == "warning" and "vnet-db" in found["network"][1]


def test_a_machine_of_another_subscription_and_one_that_may_not_be_read():
    known = world(items=[item("m-1", sub=OTHER_SUB)])
    for kind in ("machines", "states", "interfaces", "networks"):
        getattr(known, kind)[OTHER_SUB] = FORBIDDEN
    verdict, found = told(known)
    assert verdict == "unknown" and found["virtual_machine"][0] == "unknown" and "AuthorizationFailed" in found["virtual_machine"][1]
    assert judged(known).place.network_id == network_id("vnet-app", OTHER_SUB) and judged(known).place.source == whereabouts.VAULT
    known.machines[OTHER_SUB] = Fact([machine("m-1", OTHER_SUB)])
    known.states[OTHER_SUB] = Fact([state("m-1", sub=OTHER_SUB)])
    known.interfaces[OTHER_SUB] = Fact([interface("m-1-nic", "10.9.0.4", "vnet-far", sub=OTHER_SUB, attached="m-1")])
    assert told(known)[0] == "ready" and judged(known).place.network_id == network_id("vnet-far", OTHER_SUB)


def test_a_machine_on_its_way_home_is_found_by_its_name():
    on_the_way = {"instanceType": "InMage", "targetVmId": None, "vmNics": [], "consistencyPoints": {"a": ago(hours=1)}}
    known = world(items=[item("m-1", details=on_the_way)], **running("m-1"))
    verdict, found = told(known)
    assert (verdict, found) == ("ready", {}) and judged(known).place.virtual_machine_id == machine_id("m-1")
    known.machines[SUB] = Fact([])
    assert told(known)[0] == "unknown" and "none has its name" in told(known)[1]["virtual_machine"][1]
    known.machines[SUB] = Fact([machine("m-1"), machine("m-1", group="rg-else")])
    assert told(known)[0] == "unknown" and "2 have its name" in told(known)[1]["virtual_machine"][1]


def test_a_machine_that_is_connected_to_no_network():
    known = world(items=[item("m-1")], **running("m-1"))
    known.interfaces[SUB].value[0]["properties"]["ipConfigurations"] = [{"properties": {"primary": True}}]
    assert told(known)[0] == "unknown" and "m-1-nic is in no subnet" in told(known)[1]["virtual_machine"][1]
    known.interfaces[SUB] = Fact([])
    assert "m-1-nic is not there" in told(known)[1]["virtual_machine"][1]
    (cure,) = {one.cure for one in judged(known).obstacles if one.check == "virtual_machine"}
    assert "network interfaces" in cure and "account" not in cure


def replaced(**changes):
    return lambda known: known.items.__setitem__(0, item("m-1", **changes))


def states(power):
    return lambda known: known.states.__setitem__(SUB, Fact([state("m-1", power)] if power else []))


def fabric_of(**changes):
    return lambda known: known.fabrics.__setitem__(0, fabric(**changes))


def fact(name, value):
    return lambda known: setattr(known, name, value)


def provider(status):
    return {"id": f"{fabric()['id']}/replicationRecoveryServicesProviders/p", "properties": {"connectionStatus": status}}


ERROR = {"errorCode": "78093", "errorLevel": "Error", "errorMessage": "It hangs.", "recommendedAction": "Look at it."}


@pytest.mark.parametrize(
    "change, verdict, check, severity, words",
    [
        (lambda known: None, "ready", None, None, ""),
        (states("deallocated"), "blocked", "virtual_machine_off", "blocks", "is deallocated"),
        (states("stopped"), "blocked", "virtual_machine_off", "blocks", "is stopped"),
        (states(""), "unknown", "virtual_machine_off", "unknown", "does not say"),
        (fact("machines", {SUB: Fact([])}), "no_way_back", "virtual_machine_gone", "blocks", "is not there"),
        (fact("machines", {SUB: Fact([machine("m-1", group="rg-else")])}), "no_way_back", "virtual_machine_moved", "blocks", "rg-else"),
        (fact("interfaces", {SUB: FORBIDDEN}), "unknown", "virtual_machine", "unknown", "AuthorizationFailed"),
        (replaced(protectionState="MigrationCompleted"), "no_way_back", "migrated", "blocks", "MigrationCompleted"),
        (replaced(allowedOperations=["Commit"]), "blocked", "failover_not_committed", "blocks", "not committed"),
        (replaced(allowedOperations=["DisableProtection"]), "blocked", "reprotect_not_allowed", "blocks", "only DisableProtection"),
        (replaced(allowedOperations=[]), "blocked", "reprotect_not_allowed", "blocks", "only nothing"),
        (replaced(currentScenario={"scenarioName": "Failover"}), "blocked", "job_running", "blocks", "Failover"),
        (replaced(healthErrors=[ERROR], replicationHealth="Critical"), "blocked", "replication_health", "blocks", "78093: It hangs"),
        (replaced(healthErrors=[{**ERROR, "errorLevel": "Warning"}], replicationHealth="Warning"), "ready", "replication_health", "warning", "78093"),
        (replaced(details={"validationErrors": [ERROR]}), "blocked", "replication_health", "blocks", "78093"),
        (replaced(replicationHealth="Critical"), "blocked", "replication_health", "blocks", "Critical"),
        (replaced(replicationHealth="Warning"), "ready", "replication_health", "warning", "Warning"),
        (replaced(failoverRecoveryPointId=None), "blocked", "recovery_point", "blocks", "no recovery point"),
        (replaced(failoverRecoveryPointId=None, details={"lastRecoveryPointReceived": ago(days=2)}), "ready", None, None, ""),
        (replaced(details={"instanceType": "InMage", "consistencyPoints": {}}), "blocked", "recovery_point", "blocks", "on-premises yet"),
        (fabric_of(heard=ago(hours=2)), "blocked", "configuration_server", "blocks", "last heard of"),
        (fact("providers", Fact([provider("NotConnected")])), "blocked", "configuration_server", "blocks", "NotConnected"),
        (fact("providers", Fact([provider("Connected")])), "ready", None, None, ""),
        (fact("providers", FORBIDDEN), "unknown", "configuration_server", "unknown", "AuthorizationFailed"),
        (fact("policies", Fact([])), "blocked", "failback_policy", "blocks", "InMage"),
        (fact("policies", FORBIDDEN), "unknown", "failback_policy", "unknown", "AuthorizationFailed"),
        (fabric_of(targets=[]), "blocked", "master_target", "blocks", "has none"),
        (fabric_of(targets=[target(os_type="Linux")]), "blocked", "master_target", "blocks", "takes Linux, not Windows"),
        (replaced(details={"discoveryType": "PhysicalMachine"}), "ready", "physical_machine", "warning", "physical"),
        (replaced(details={"uncompressedDataRateInMB": 3.0 * 1024 * 1024}), "blocked", "churn", "blocks", "3072 GB"),
    ],
)
def test_what_stands_in_the_way(change, verdict, check, severity, words):
    known = world(items=[item("m-1")], **running("m-1"))
    change(known)
    seen, found = told(known)
    assert seen == verdict, found
    if check is None:
        assert found == {}
    else:
        assert found[check][0] == severity and words in found[check][1], found


def test_every_obstacle_says_what_to_do_and_the_classic_scenario_is_told_to_be_retired():
    known = world(items=[item("m-1", allowedOperations=[], healthErrors=[ERROR])], **running("m-1"))
    one = judged(known)
    assert all(other.evidence and other.cure and other.severity in obstacles.LEVELS for other in one.obstacles)
    assert [other.check for other in one.obstacles][-1] == "retired_scenario" and "March 2026" in one.obstacles[-1].evidence


def grouped(name, **more):
    details = {"multiVmSyncStatus": "Enabled", "multiVmGroupName": "ledger", **more.pop("details", {})}
    return item(name, details=details, **more)


def test_a_replication_group_comes_home_together():
    known = world(items=[grouped("m-1"), grouped("m-2")], **running("m-1", "m-2"))
    assert told(known) == ("ready", {"replication_group": ("warning", "it belongs to replication group ledger with m-2")})
    known.items[1] = grouped("m-2", activeLocation="Primary")
    assert told(known)[0] == "blocked" and judged(known).obstacles[0].evidence == "of its replication group ledger, m-2 is not failed over and committed"
    for same in ("windows", None):
        known.items[1] = grouped("m-2", details={"osType": same})
        assert told(known)[0] == "ready", judged(known).obstacles
    known.items[1] = grouped("m-2", details={"osType": "linux"})
    verdict, found = told(known)
    assert verdict == "blocked" and "master_target" in found and "Linux and Windows" in judged(known).obstacles[0].evidence


def read_targets(*given):
    return master_targets.read(fabric(targets=given), NOW)


def chosen(given, *listed):
    read = [items.read(one) for one in listed]
    found = master_targets.choose(read_targets(*given), read)
    return [(found[one["id"]][0] or {}).get("name") for one in read], [found[one["id"]][1] for one in read]


@pytest.mark.parametrize(
    "given, name, against",
    [
        ([target("b"), target("a")], "a", ()),
        # The one that replicated it so far goes first.
        ([target("a"), target("z", id="MT-CS-ONPREM-01")], "z", ()),
        ([target("a", lastHeartbeat=ago(hours=3)), target("b")], "b", ("gives no heartbeat",)),
        ([target("a", retentionVolumes=[])], None, ("no retention volume",)),
        ([target("a", retentionVolumes=[{"capacityInBytes": 0}])], None, ("no retention volume",)),
        ([target("a", diskCount=60)], None, ("room for 0 more, 1 are needed",)),
        ([target("a", diskCount=59)], "a", ()),
        ([target("a", dataStores=[])], None, ("reaches no data store esx-gold",)),
    ],
)
def test_master_targets(given, name, against):
    (found,), (reasons,) = chosen(given, item("m-1"))
    assert found == name and len(reasons) == len(against) and all(word in reason for word, reason in zip(against, reasons, strict=True)), reasons


def test_a_full_master_target_leaves_the_next_machine_to_another_and_a_group_is_not_split():
    small, large = target("a", diskCount=59), target("b")
    assert chosen([small, large], item("m-1"), item("m-2"))[0] == ["a", "b"]
    assert chosen([small, large], grouped("m-1"), grouped("m-2"))[0] == ["b", "b"]


def test_machines_that_do_not_fit_at_once_come_home_in_turns():
    """With hundreds of machines no master target takes all; nothing is wrong with those that are not first by name."""
    known = world(fabrics=[fabric(targets=[target(diskCount=59)])], items=[item("m-1"), item("m-2")], **running("m-1", "m-2"))
    assert told(known, "m-1") == ("ready", {}) and judged(known, "m-2").target is None
    verdict, found = told(known, "m-2")
    assert verdict == "ready" and found["master_target_turn"][0] == "warning" and "60 disks at a time" in found["master_target_turn"][1]
    # What is full by itself, or takes them never, is in the way of all.
    for unfit in (target(diskCount=60), target(os_type="Linux")):
        known.fabrics[0] = fabric(targets=[unfit])
        assert [told(known, name)[0] for name in ("m-1", "m-2")] == ["blocked", "blocked"]


def test_master_targets_are_told_with_room():
    read = [items.read(item("m-1")), items.read(item("m-2", details={"protectedDisks": [{"diskCapacityInBytes": 4000 * 2**30}]}))]
    targets = read_targets(target("a"), target("lin", os_type="Linux"))
    found = master_targets.choose(targets, read)
    first, second = master_targets.describe(targets, found, read)
    assert first["machines"] == ["m-1", "m-2"] and first["disks_to_come"] == 2 and first["disks_free"] == 57
    assert first["holds_whole_copies"] is False and first["data_stores"][0]["free_gb"] == 1822.4
    assert second["machines"] == [] and second["holds_whole_copies"] is None


def test_machines_of_other_scenarios_need_no_process_server():
    modern = fabric("appliance", kind="InMageRcm", targets=[])
    known = world(fabrics=[modern], items=[item("m-1", fabric_name="appliance", details={"instanceType": "InMageRcm"})])
    one = judged(known)
    assert one.verdict == machines.NOT_NEEDED and one.obstacles == () and not one.counts
    assert machines.describe(one)["scenario"] == fabrics.MODERNIZED.name

"""What jobs say of switches, and what is decided for each switch."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, AsrTimeout, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    configuration_servers,
    switch,
    switch_jobs as subject,
    switch_load,
    switch_parties,
    switch_reach,
    switch_view,
)
from tests.unit.process_server.switch_samples import NEW, NOW, OLD, THIRD, fabric, item, server

HERE, THERE = fabric(OLD, NEW, THIRD), fabric(name="f2", friendly="CS-2")


def job(name="j1", scenario="ProcessServerFailover", errors=(), state="InProgress", target="", **affected):
    details = {"instanceType": "AsrJobDetails", "affectedObjectDetails": affected}
    properties = {"scenarioName": scenario, "state": state, "errors": list(errors), "targetObjectName": target, "customDetails": details}
    return {"name": name, "properties": properties}


@pytest.mark.parametrize(
    "one, ours",
    [
        (job(FabricId="guid-f1"), True),
        (job(FabricName="cs-1"), True),
        (job(), True),
        (job(target="ps-old"), True),
        (job(FabricId="GUID-F2"), False),
        (job(target="CS-2"), False),
        (job(scenario="UnplannedFailover", FabricId="guid-f1"), False),
        ({"name": "j", "properties": {"scenarioName": "ProcessServerFailover"}}, True),
    ],
)
def test_which_jobs_are_switches_of_a_configuration_server(one, ours):
    assert bool(subject.switches_of([one], HERE, [HERE, THERE])) is ours


def test_two_configuration_servers_of_one_name_wait_for_each_other():
    twin = fabric(name="f2", friendly="CS-1")
    assert subject.switches_of([job(FabricName="CS-1")], HERE, [HERE, twin])
    assert not subject.switches_of([job(FabricId="guid-f2")], HERE, [HERE, twin])


@pytest.mark.parametrize(
    "state, ended", [("InProgress", False), ("NotStarted", False), ("Succeeded", True), ("PartiallySucceeded", True), ("Cancelled", True)]
)
def test_only_the_jobs_own_state_ends_it(state, ended):
    assert subject.has_ended(job(state=state)) is ended


def test_a_job_that_is_not_there_any_more_is_not_waited_for():
    assert subject.has_ended(None)


SERVICE = {"code": "ProcessServerNotConnected", "message": "No heartbeat.", "possibleCauses": "It is off.", "recommendedAction": "Start it."}
EMPTY = {"errorCode": 0, "errorMessage": None, "possibleCauses": "", "recommendedAction": ""}


def test_the_causes_of_a_job_that_failed():
    said = AsrError("changing the process server", code="Failed", said="see the job", correlation_id="c-1")
    provider = {"errorCode": 78186, "errorMessage": "Upload blocked.", "recommendedAction": "Start it."}
    found = subject.failure(job(errors=[{"serviceErrorDetails": SERVICE, "providerErrorDetails": provider}]), said, "a to b, job j1")
    assert (found.code, found.correlation_id, found.on, found.cure) == ("ProcessServerNotConnected", "c-1", "a to b, job j1", "Start it")
    assert found.said == "No heartbeat.; It is off.; Upload blocked."


@pytest.mark.parametrize("told", [None, job(), job(errors=[{"serviceErrorDetails": None, "providerErrorDetails": EMPTY}])])
def test_a_job_that_tells_nothing_leaves_what_the_operation_said(told):
    said = AsrError("changing the process server", code="532", said="busy", correlation_id="c-1", cure="wait")
    found = subject.failure(told, said, "a to b, job j1")
    assert (found.code, found.said, found.on, found.correlation_id, found.cure) == ("532", "busy", "a to b, job j1", "c-1", "wait")


LATE = AsrTimeout("waiting for machines", code="timeout", said="not there are app", cure="look in the portal")


@pytest.mark.parametrize("told", [None, job(state="Succeeded"), job(state="succeeded")])
def test_machines_that_do_not_arrive_after_a_job_that_ended_well(told):
    assert subject.unproven(told, LATE, "a to b, job j1") is LATE


@pytest.mark.parametrize(
    "told, code, words, cure",
    [
        (job(state="Cancelled"), "timeout", ["not there are app", "the job ended as Cancelled"], "Run again"),
        (
            job(state="PartiallySucceeded", errors=[{"serviceErrorDetails": SERVICE}]),
            "ProcessServerNotConnected",
            ["not there are app", "the job ended as PartiallySucceeded: No heartbeat.; It is off."],
            "Start it. Run again",
        ),
        (job(state="Succeeded", errors=[{"serviceErrorDetails": SERVICE}]), "ProcessServerNotConnected", ["ended as Succeeded: No heartbeat."], "Start it"),
    ],
)
def test_machines_that_do_not_arrive_after_a_job_that_did_not(told, code, words, cure):
    found = subject.unproven(told, LATE, "a to b, job j1")
    assert isinstance(found, AsrTimeout) and (found.code, found.on) == (code, "a to b, job j1") and found.cure.startswith(cure)
    assert all(word in found.said for word in words), found.said


# --- what is decided -------------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    monkeypatch.setattr(configuration_servers, "utc_now", lambda: NOW)


def world(items, *entries, found=HERE, around=None):
    entries = switch_parties.normalize([{"machines": None, **entry} for entry in entries])
    switches = {one.name: one for one in switch_parties.resolve(entries, found, [found], items)}
    standing = {name: switch_load.stand(one, items) for name, one in switches.items()}
    return entries, switch.World(found, items, switches, standing, around or switch_reach.Surroundings(not_looked="nobody looked"), None)


def decide(items, *entries, found=HERE, **params):
    entries, seen = world(items, *entries, found=found)
    plans = switch.plan({"accept_unreached": False, "accept_overload": False, **params}, entries, seen)
    return plans, list(switch.warnings(entries, plans, seen))


APP, WEB, DB, FAR = item("app", OLD), item("web", OLD), item("db", NEW), item("far", THIRD)
ONE = {"from": "ps-old", "to": "ps-new", "machines": ["app"]}


def test_one_machine_moves_and_the_difference_names_all():
    (plan,), warnings = decide([APP, WEB, DB], ONE)
    assert (plan.action, plan.changed) == ("switch", True)
    assert (plan.before["from"]["machines"], plan.before["to"]["machines"]) == (["app", "web"], ["db"])
    assert (plan.after["from"]["machines"], plan.after["to"]["machines"]) == (["web"], ["app", "db"])
    assert plan.known["machines"] == ["app"] and plan.known["update_type"] == "ServerLevel"
    assert plan.known["counts"]["from"]["machines_before"] == 3 and plan.known["counts"]["from"]["machines_after"] is None
    assert warnings == ["whether app reach ps-new (192.0.2.20) is not known: nobody looked"]


def test_machines_that_are_there_already_are_left_alone():
    (plan,), warnings = decide([APP, WEB, DB], {**ONE, "machines": ["db"]})
    assert (plan.action, plan.before, warnings) == ("none", plan.after, [])


def test_a_dead_target_is_no_matter_when_nothing_is_to_be_moved():
    dead = {**NEW, "lastHeartbeat": "2026-01-01T10:00:00Z"}
    (plan,), _warnings = decide([DB], {**ONE, "machines": ["db"]}, found=fabric(OLD, dead))
    assert plan.action == "none"


def test_one_that_is_refused_does_not_stop_the_other():
    dead = {**THIRD, "lastHeartbeat": "2026-01-01T10:00:00Z", "health": "Critical"}
    (bad, good), _warnings = decide([APP, WEB], {**ONE, "to": "ps-third"}, {**ONE, "machines": ["web"]}, found=fabric(OLD, NEW, dead))
    assert (bad.action, bad.changed, good.action) == ("refuse", False, "switch")
    assert "gives no heartbeat" in str(bad.refusal) and "health" in str(bad.refusal) and bad.before == bad.after


def test_machines_elsewhere_are_refused_with_the_server_they_are_on():
    gone = item("gone", server("ps-gone", "192.0.2.77"))
    (plan,), _warnings = decide([APP, FAR, gone], {**ONE, "machines": ["app", "far", "gone"]})
    assert "far uses ps-third (192.0.2.30); gone uses ps-gone" in str(plan.refusal)


def test_an_option_makes_a_warning_of_a_refusal():
    small = {**NEW, "totalMemoryInBytes": 2**30}
    (plan,), _warnings = decide([APP], ONE, found=fabric(OLD, small))
    assert plan.refusal is not None and "larger server" in plan.refusal.cure
    (plan,), warnings = decide([APP], ONE, found=fabric(OLD, small), accept_overload=True)
    assert plan.changed and any("1 GB of memory" in text for text in warnings)


def test_everything_moves_with_what_only_the_server_counts():
    (plan,), _warnings = decide([DB], {"from": "ps-old", "to": "ps-new"})
    assert plan.action == "switch" and "3 machines and 5 replication pairs that the vault does not list" in plan.reasons[0]
    empty = {**OLD, "machineCount": "0", "replicationPairCount": "0"}
    (plan,), _warnings = decide([DB], {"from": "ps-old", "to": "ps-new"}, found=fabric(empty, NEW))
    assert plan.action == "none"


def test_a_configuration_server_that_is_not_heard_of_refuses_all():
    silent = fabric(OLD, NEW, lastHeartbeat="2026-01-01T09:00:00Z")
    with pytest.raises(Refusal, match="CS-1.*last heartbeat was 10800 s ago"):
        # The target gave its last heartbeat after the report: it is alive as far as the vault knows.
        decide([APP], ONE, found=silent)


def test_what_is_sent_is_what_was_recorded():
    entries, seen = world([APP, WEB, DB], ONE)
    one = seen.switches[entries[0]["name"]]
    assert switch_view.request(one, seen.standing[one.name], HERE) == {
        "properties": {
            "containerName": "cloud_guid-f1",
            "sourceProcessServerId": "ID-PS-OLD",
            "targetProcessServerId": "ID-PS-NEW",
            "updateType": "ServerLevel",
            "vmsToMigrate": ["guid-app-f1"],
        }
    }
    entries, seen = world([APP, WEB, DB], {"from": "ps-old", "to": "ps-new"})
    one = seen.switches[entries[0]["name"]]
    sent = switch_view.request(one, seen.standing[one.name], HERE)["properties"]
    assert sent["updateType"] == "SystemLevel" and "vmsToMigrate" not in sent

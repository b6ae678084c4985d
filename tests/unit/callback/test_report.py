"""What a report makes of the results of a run."""

from __future__ import annotations

import json

import pytest

from ansible_collections.azure_dr.site_recovery.plugins.plugin_utils import _report
from tests.unit.callback.runs import at, check, failure, registered, server, step

VM = "azure_dr.site_recovery.process_server_vm"
REGISTRATION = "azure_dr.site_recovery.process_server_registration"


def report_of(*results, check_mode=False):
    """A report of tasks that took ten seconds each; ``results``: (status, result)."""
    report = _report.Report("prepare_failback.yml")
    for number, (status, result) in enumerate(results):
        report.record(f"Task {number}", (VM, REGISTRATION)[min(number, 1)], result, at(10 * number), at(10 * number + 10), status, check_mode)
    return report.as_dict()


def test_a_server_is_told_once_as_the_last_task_knows_it():
    made = server("ps-app-01", state="creating", action="create", size="Standard_A8_v2")
    report = report_of(
        ("changed", {"process_servers": [made], "timeline": [step("ps-app-01", "create virtual machine", 1, 4)]}),
        ("changed", {"process_servers": [registered("ps-app-01", private_ip_address=None)], "timeline": [step("ps-app-01", "run setup", 11, 19.5)]}),
    )
    (found,) = report["servers"]
    assert (found["state"], found["version"], found["size"]) == ("registered", "9.62.7096.1", "Standard_A8_v2")
    assert found["private_ip_address"] == "192.0.2.10"
    assert found["seconds"] == 18.5
    assert found["actions"] == ["create", "register"]
    assert found["outcome"] == "changed"


def test_servers_keep_their_order_and_their_own_seconds():
    report = report_of(
        (
            "changed",
            {
                "process_servers": [registered("ps-b"), registered("ps-a")],
                "timeline": [step("ps-a", "run setup", 0, 4), step("ps-b", "run setup", 1, 8)],
            },
        )
    )
    assert [(found["name"], found["seconds"]) for found in report["servers"]] == [("ps-b", 7), ("ps-a", 4)]


def test_a_failure_is_kept_with_all_that_helps():
    report = report_of(("failed", {"process_servers": [server("ps-db-01", failed=True)], "failed_servers": [failure("ps-db-01")]}))
    (found,) = report["servers"]
    assert found["outcome"] == "failed"
    assert found["failure"] == failure("ps-db-01")


def test_a_task_that_failed_as_a_whole_is_kept():
    error = {"step": "", "code": "AuthorizationFailed", "message": "reading the vault", "correlation_id": "c-2", "cure": "Ask for Reader"}
    report = report_of(("failed", {"msg": "x", "error": error, "timeline": []}))
    assert report["servers"] == []
    assert report["tasks"][0]["error"]["code"] == "AuthorizationFailed"


@pytest.mark.parametrize(
    "result",
    [
        {},
        {"timeline": None, "process_servers": None, "failed_servers": None},
        {"timeline": "no list", "process_servers": {}, "failed_servers": [3], "error": "text"},
        {"process_servers": [{"changed": True}], "timeline": [step("ps-app-01", "run setup", 0, None)]},
        {"timeline": [{"server": "ps-app-01", "started": "yesterday"}], "process_servers": [server("ps-app-01")]},
    ],
)
def test_a_result_of_another_shape_breaks_nothing(result):
    assert json.dumps(report_of(("failed", result)))


def test_nothing_but_the_known_fields_is_taken():
    result = {
        "process_servers": [registered("ps-app-01", admin_password="canary-1", invocation={"secret": "canary-2"})],
        "timeline": [{**step("ps-app-01", "run setup", 0, 1), "parameters": "canary-3"}],
        "failed_servers": [failure("ps-app-01", response="canary-4")],
        "error": {"message": "m", "body": "canary-5"},
        "invocation": {"module_args": {"passphrase": "canary-6"}},
        "diff": [{"before": "canary-7"}],
        "checks": [check("vault", "ok", response="canary-9")],
        "msg": "canary-8",
    }
    assert "canary" not in json.dumps(report_of(("failed", result)))


@pytest.mark.parametrize(
    "found, check_mode, words",
    [
        (registered("ps"), False, "registered"),
        (registered("ps", changed=False, action="none"), False, "registered, unchanged"),
        (registered("ps", changed=False, action="none"), True, "registered, unchanged"),
        (server("ps", state="absent"), True, "to do: register"),
        (server("ps"), False, "unknown"),
    ],
)
def test_the_state_in_words(found, check_mode, words):
    report = report_of(("changed", {"process_servers": [found]}), check_mode=check_mode)
    assert _report.state_words(report["servers"][0], report["check_mode"]) == words


@pytest.mark.parametrize(
    "seconds, words",
    [(None, ""), (0, "0 s"), (4.25, "4.2 s"), (59.9, "59.9 s"), (60, "1 min"), (200, "3 min 20 s"), (3600, "1 h"), (3900, "1 h 5 min"), (3599.8, "1 h")],
)
def test_durations_as_a_person_says_them(seconds, words):
    assert _report.duration(seconds) == words


@pytest.mark.parametrize("modes, expected", [([True, True], True), ([True, False], False), ([False], False), ([], False)])
def test_a_run_that_looks_at_what_it_then_does_is_no_check(modes, expected):
    report = _report.Report("plays.yml")
    for mode in modes:
        report.record("Task", VM, {}, at(0), at(1), "unchanged", mode)
    assert report.as_dict()["check_mode"] is expected


INFO = "azure_dr.site_recovery.process_server_info"


def told_by_info(*results):
    report = _report.Report("plays.yml")
    for module, servers in results:
        report.record("Task", module, {"process_servers": servers}, at(0), at(1), "unchanged", False)
    return [(found["name"], found["version"]) for found in report.as_dict()["servers"]]


def test_what_merely_asks_tells_more_of_the_servers_that_are_acted_on():
    listed = [registered("CS-ONPREM-01"), registered("ps-app-01")]
    assert told_by_info((INFO, listed), (VM, [server("ps-app-01")])) == [("ps-app-01", "9.62.7096.1")]


def test_alone_it_lists_the_servers_that_are_there_and_no_proposals():
    assert told_by_info((INFO, [registered("ps-app-01"), server("ps-planned")])) == [("ps-app-01", "9.62.7096.1")]


ROOT = "/subscriptions/s/resourceGroups/rg/providers"
GOES = (
    f"{ROOT}/Microsoft.Compute/virtualMachines/ps-app-01",
    f"{ROOT}/Microsoft.Network/networkInterfaces/ps-app-01-nic",
    f"{ROOT}/Microsoft.Compute/disks/ps-app-01-os",
    f"{ROOT}/Microsoft.Compute/disks/ps-app-01-cache",
)


@pytest.mark.parametrize("check_mode, fields", [(True, {"resources": GOES}), (False, {"resources": GOES, "removed": GOES, "state": "absent"})])
def test_the_table_tells_what_was_deleted_and_the_hours_of_the_machine(check_mode, fields):
    gone = server("ps-app-01", action="delete", hours_since_creation=26.5, **fields)
    kept = server("ps-db-01", action="none", changed=False)
    lines = _report.table(report_of(("changed", {"process_servers": [gone, kept]}), check_mode=check_mode))
    assert lines[0].endswith("machine hours  deleted")
    assert lines[2].endswith("26.5  machine, network interface, 2 disks") and not lines[3].endswith("disks")


def test_the_table():
    report = report_of(
        (
            "failed",
            {
                "process_servers": [registered("ps-app-01"), server("ps-db-01", private_ip_address="198.51.100.10", failed=True)],
                "failed_servers": [failure("ps-db-01")],
                "timeline": [step("ps-app-01", "run setup", 0, 12.34), step("ps-db-01", "run setup", 0, 100, "failed")],
            },
        )
    )
    assert _report.table(report) == [
        "server     network   address        state              seconds  version      heartbeat",
        "---------  --------  -------------  -----------------  -------  -----------  ---------",
        "ps-app-01  vnet-app  192.0.2.10     registered            12.3  9.62.7096.1  12 s ago",
        "ps-db-01   vnet-app  198.51.100.10  failed: run setup    100.0",
    ]

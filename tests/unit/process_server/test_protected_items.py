"""What is read off a protected item, in the words in which the service writes it."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import protected_items as subject, versions

FABRIC = {"id": "/Subscriptions/S/vaults/v/replicationFabrics/f1"}
ITEM = {
    "id": "/Subscriptions/S/vaults/v/replicationFabrics/F1/replicationProtectionContainers/c/replicationProtectedItems/guid-1",
    "name": "guid-1",
    "properties": {
        "friendlyName": "app-01",
        "activeLocation": "Recovery",
        "currentScenario": {"scenarioName": "None", "jobId": "/jobs/None"},
        "providerSpecificDetails": {
            "processServerId": "D3016FEF-06AA-6644-AAF6A275BCB67389",
            "vmId": "guid-1",
            "targetVmId": "/vm/app-01",
            "uncompressedDataRateInMB": 2048.0,
            "vmNics": [{"recoveryVMNetworkId": "/net/A"}, {"recoveryVMNetworkId": "/NET/a"}, {"recoveryVMNetworkId": None}],
        },
    },
}


def test_what_a_failed_over_machine_says():
    assert subject.friendly_name(ITEM) == "app-01" and subject.names(ITEM) == {"guid-1", ITEM["id"].lower()}
    assert subject.belongs_to(ITEM, FABRIC) and not subject.belongs_to(ITEM, {"id": FABRIC["id"][:-1]})
    assert subject.runs_in_azure(ITEM) and subject.machine_id(ITEM) == "/vm/app-01"
    assert [one.lower() for one in subject.planned_networks(ITEM)] == ["/net/a"]
    assert subject.running_scenario(ITEM) is None
    assert subject.daily_churn_gb(ITEM) == 2.0


def test_an_item_of_another_provider_says_nothing_of_it():
    item = {"name": "n", "properties": {"activeLocation": "Primary", "currentScenario": {"scenarioName": "PlannedFailover", "jobId": "/jobs/7"}}}
    assert subject.friendly_name(item) == "n" and not subject.runs_in_azure(item)
    assert subject.machine_id(item) is None and subject.planned_networks(item) == [] and subject.daily_churn_gb(item) is None
    assert subject.running_scenario(item) == ("PlannedFailover", "/jobs/7")


@pytest.mark.parametrize(
    "server, carried",
    [
        ({"id": "d3016fef-06aa-6644-aaf6a275bcb67389"}, True),
        ({"id": "other", "hostId": "D3016FEF-06AA-6644-AAF6A275BCB67389"}, True),
        ({"id": "other"}, False),
    ],
)
def test_which_server_carries_it(server, carried):
    assert subject.is_carried_by(ITEM, server) is carried
    assert not subject.is_carried_by({"properties": {}}, server) and not subject.is_carried_by({"properties": {}}, {"id": ""})


@pytest.mark.parametrize(
    "one, other, newer",
    [
        ("9.62.7096.1", "9.61.0.0", True),
        ("9.62", "9.62.0.0", False),
        ("9.9.0", "9.10", False),
        ("9.62.1", None, None),
        ("9.62 beta", "9.62", None),
        ("", "9.62", None),
    ],
)
def test_versions(one, other, newer):
    assert versions.is_newer(one, other) is newer

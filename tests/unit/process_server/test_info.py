"""What is told of process servers: types, times, machines, and which configuration servers."""

from __future__ import annotations

import datetime
import types

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    info as subject,
    info_values as values,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.info_machines import Machines
from tests.unit.process_server.vm_samples import NETWORK, OURS, interface, machine

NOW = datetime.datetime(2026, 1, 1, 12, 0, tzinfo=datetime.timezone.utc)


@pytest.mark.parametrize(
    "text, number",
    [("3%", 3.0), ("14.5 %", 14.5), ("2", 2.0), (7, 7.0), ("", None), (None, None), ("n/a", None), (True, None)],
)
def test_number(text, number):
    assert values.number(text) == number


def test_counts_are_whole_numbers():
    assert values.integer("12") == 12 and isinstance(values.integer("12"), int) and values.integer(None) is None


@pytest.mark.parametrize(
    "text, iso",
    [
        ("2026-01-01T10:00:00.1234567Z", "2026-01-01T10:00:00Z"),
        ("2026-01-01T12:00:00+02:00", "2026-01-01T10:00:00Z"),
        ("9999-12-31T23:59:59.9999999", None),
        ("0001-01-01T00:00:00", None),
        (None, None),
    ],
)
def test_iso(text, iso):
    assert values.iso(text) == iso


CLASSIC = {
    "friendlyName": "PS-1",
    "id": "D3016FEF-06AA-6644-AAF6A275BCB67389",
    "ipAddress": "192.0.2.10",
    "agentVersion": "9.62.7096.1",
    "agentVersionDetails": {
        "version": "9.62.7096.1",
        "expiryDate": "9999-12-31T23:59:59.9999999",
        "status": "UpdateRequired",
    },
    "lastHeartbeat": "2026-01-01T11:50:00.5Z",
    "machineCount": "2",
    "replicationPairCount": "4",
    "systemLoad": "3%",
    "cpuLoad": "0%",
    "totalMemoryInBytes": 17179398144,
    "sslCertExpiryRemainingDays": 1095,
    "healthErrors": [
        {
            "errorCode": "806",
            "errorLevel": "Error",
            "summaryMessage": "No heartbeat",
            "possibleCauses": "Off",
            "recommendedAction": "On",
        }
    ],
    "historicHealth": "Normal",
}


FABRIC = {"properties": {"customDetails": {"instanceType": "VMware", "lastHeartbeat": "2026-01-01T11:58:00Z"}}}


@pytest.mark.parametrize(
    ("server", "report", "connected"),
    [
        # (last heartbeat, last report of the configuration server, connected); now is 12:00.
        ("2026-01-01T11:46:00Z", "2026-01-01T11:59:00Z", True),
        ("2026-01-01T11:40:00Z", "2026-01-01T11:41:00Z", True),
        ("2026-01-01T11:40:00Z", "2026-01-01T11:59:00Z", False),
        ("2026-01-01T11:20:00Z", "2026-01-01T11:21:00Z", False),
        (None, "2026-01-01T11:59:00Z", False),
    ],
)
def test_the_age_of_a_report_alone_makes_no_server_look_dead(server, report, connected):
    fabric = {"properties": {"customDetails": {"instanceType": "VMware", "lastHeartbeat": report}}}
    assert values.classic_server(fabric, {**CLASSIC, "lastHeartbeat": server}, NOW)["connected"] is connected


def test_a_classic_server_is_typed():
    told = values.classic_server(FABRIC, CLASSIC, NOW)
    assert (
        told["machine_count"],
        told["replication_pair_count"],
        told["system_load_percent"],
        told["cpu_load_percent"],
    ) == (2, 4, 3.0, 0.0)
    assert (told["last_heartbeat"], told["heartbeat_age_seconds"], told["connected"]) == (
        "2026-01-01T11:50:00Z",
        600,
        True,
    )
    assert told["version_expires"] is None and told["version_status"] == "UpdateRequired"
    assert told["health_errors"][0]["code"] == "806" and told["health_errors"][0]["message"] == "No heartbeat"
    assert told["os_version"] is None


def test_a_modernized_server_is_told_under_the_same_names():
    told = values.modernized_server(
        {},
        {
            "name": "appliance",
            "ipAddresses": ["192.0.2.50", "192.0.2.51"],
            "lastHeartbeatUtc": "2026-01-01T11:00:00Z",
            "protectedItemCount": 5,
            "systemLoad": 2,
        },
        NOW,
    )
    assert set(told) == set(values.classic_server(FABRIC, CLASSIC, NOW))
    assert (told["ip_address"], told["machine_count"], told["heartbeat_age_seconds"], told["connected"]) == (
        "192.0.2.50",
        5,
        3600,
        False,
    )


def server(name="PS-1", address="192.0.2.10"):
    return {"name": name, "ip_address": address}


def status(power):
    return {**machine(), "properties": {"instanceView": {"statuses": [{"code": f"PowerState/{power}"}]}}}


def test_the_machine_of_a_server_with_its_hours():
    told = Machines([machine()], [interface()], [status("running")]).of(server(), NOW)
    assert (told["name"], told["size"], told["power_state"], told["hours_since_creation"], told["managed"]) == (
        "ps-1",
        "Standard_A8_v2",
        "running",
        12.0,
        True,
    )
    assert told["created"] == "2026-01-01T00:00:00Z" and told["resource_group"].lower() == "rg"


def test_where_the_machine_of_a_server_is():
    machines = Machines([machine()], [interface()], [])
    told = machines.of(server(), NOW)
    assert (told["virtual_network"], told["subnet"], told["private_ip_address"], told["setup_unfinished"]) == (NETWORK, "failback", "192.0.2.10", False)
    assert machines.ours(NOW) == [told]
    assert machines.networks_of(machine()["id"].upper()) == [NETWORK] and machines.networks_of("/other") == []


def test_machines_of_others_and_machines_without_an_interface():
    begun = machine(tags={**OURS, "azure_dr_setup": "unfinished"})
    (told,) = Machines([begun], [], []).ours(NOW)
    assert told["setup_unfinished"] and told["virtual_network"] is None and told["private_ip_address"] is None
    assert Machines([machine(tags={})], [interface()], []).ours(NOW) == []


def test_power_state_unknown():
    assert Machines([machine()], [interface()], []).of(server(), NOW)["power_state"] is None


@pytest.mark.parametrize(
    "one, tags, found",
    [
        (server("other"), {}, False),
        (server(), {}, True),
        (server("other"), None, True),
        (server(address="192.0.2.11"), None, False),
        (server(name=None), {}, False),
    ],
)
def test_an_address_alone_names_no_machine_of_others(one, tags, found):
    shown = machine() if tags is None else machine(tags=tags)
    assert (Machines([shown], [interface()], []).of(one, NOW) is not None) is found


def fabric(name, friendly, kind, **details):
    return {
        "id": f"/fabrics/{name}",
        "name": name,
        "properties": {
            "friendlyName": friendly,
            "health": "Normal",
            "customDetails": {"instanceType": kind, **details},
        },
    }


FABRICS = [
    fabric("a", "CS-1", "VMware", processServers=[CLASSIC], ipAddress="192.0.2.1", protectedServers="12"),
    fabric("b", "CS-1", "VMware", processServers=[]),
    fabric("c", "APPLIANCE", "InMageRcm", processServers=[{"name": "p"}]),
    fabric("d", "VMM", "VMM"),
]


def test_all_that_have_process_servers_are_told_of_with_their_experience():
    chosen = subject.choose(FABRICS, {"configuration_server": None, "vault_name": "v"})
    told = subject.describe(chosen, Machines([], [], []), NOW)
    assert [(one["name"], one["experience"], len(one["process_servers"])) for one in told] == [
        ("CS-1", "classic", 1),
        ("CS-1", "classic", 0),
        ("APPLIANCE", "modernized", 1),
    ]
    assert told[0]["protected_servers"] == 12 and told[0]["process_servers"][0]["virtual_machine"] is None


def test_one_that_is_named():
    assert subject.choose(FABRICS, {"configuration_server": "B", "vault_name": "v"}) == [FABRICS[1]]
    assert subject.choose(FABRICS, {"configuration_server": "appliance", "vault_name": "v"}) == [FABRICS[2]]


@pytest.mark.parametrize("name, words", [("CS-1", "fabric id"), ("nope", "not there"), ("VMM", "VMM server")])
def test_one_that_cannot_be_told(name, words):
    with pytest.raises(Refusal, match=words):
        subject.choose(FABRICS, {"configuration_server": name, "vault_name": "v"})


@pytest.mark.parametrize("given, asked", [(None, ["own"]), ([""], ["own"]), (["a", " a ", "b", ""], ["a", "b"])])
def test_machines_are_looked_for_in_every_subscription_that_is_named(monkeypatch, given, asked):
    seen = []
    monkeypatch.setattr(subject, "LISTS", tuple(lambda _azure, one, kind=kind: seen.append((kind, one)) or [] for kind in range(3)))
    monkeypatch.setattr(subject.site_recovery, "list_fabrics", lambda *_vault: [])
    vault = {"vault_resource_group": "rg-dr", "vault_name": "vault-dr"}
    told = subject.answer(types.SimpleNamespace(subscription_id="own"), {**vault, "subscription_ids": given}, None)
    assert sorted(seen) == sorted((kind, one) for kind in range(3) for one in asked) and told["process_servers"] == []

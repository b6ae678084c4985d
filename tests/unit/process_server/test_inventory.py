"""Process servers as hosts: names, groups, states and variables."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import info, inventory as subject
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.info_machines import Machines
from tests.unit.process_server.switch_samples import NOW, fabric, machine_of, server

OURS = {"azure_dr_owner": "azure_dr.site_recovery"}
APP, DB = server("ps-app", "192.0.2.10"), server("ps-db", "192.0.2.20", machineCount="7")


def lists(*machines):
    return Machines([one for one, _nic in machines], [nic for _one, nic in machines], [])


def tagged(machine, **tags):
    return ({**machine[0], "tags": {**OURS, **tags}}, machine[1])


def describe(fabrics, *machines):
    found = lists(*machines)
    return {one["name"]: one for one in subject.describe(info.describe(fabrics, found, NOW), found.ours(NOW))}


def test_a_registered_server_with_its_machine():
    told = describe([fabric(APP, DB)], tagged(machine_of(APP, "vnet-app")))
    assert list(told) == ["ps-app", "ps-db"]
    one = told["ps-app"]
    assert one["groups"] == ["state_registered", "configuration_server_cs_1", "network_vnet_app"]
    assert one["variables"]["ansible_host"] == "192.0.2.10" and one["variables"]["azure_dr_state"] == "registered"
    assert one["variables"]["azure_dr_virtual_network"].endswith("/virtualNetworks/vnet-app")
    assert (one["variables"]["azure_dr_resource_group"], one["variables"]["azure_dr_managed"]) == ("rg", True)
    other = told["ps-db"]
    assert other["groups"] == ["state_registered", "configuration_server_cs_1", "network_unknown"]
    assert other["variables"]["azure_dr_machine_count"] == 7 and other["variables"]["azure_dr_virtual_machine_id"] is None


def test_each_state():
    silent = server("ps-silent", "192.0.2.30", lastHeartbeat="2026-01-01T10:00:00Z")
    twins = [server("ps-twin", "192.0.2.40"), server("ps-twin", "192.0.2.40", id="ID-TWIN-2")]
    half = server("ps-half", "192.0.2.50")
    alone, begun = server("ps-alone", "192.0.2.60"), server("ps-begun", "192.0.2.70")
    told = describe(
        [fabric(APP, silent, *twins, half)],
        tagged(machine_of(half), azure_dr_setup="unfinished"),
        tagged(machine_of(alone)),
        tagged(machine_of(begun), azure_dr_setup="unfinished"),
        machine_of(server("stranger", "192.0.2.80")),
    )
    assert {name: one["variables"]["azure_dr_state"] for name, one in told.items()} == {
        "ps-app": "registered",
        "ps-silent": "silent",
        "ps-twin-192.0.2.40-ID-PS-TWIN": "registered_twice",
        "ps-twin-192.0.2.40-ID-TWIN-2": "registered_twice",
        "ps-half": "unfinished",
        "ps-alone": "deployed_only",
        "ps-begun": "unfinished",
    }
    assert told["ps-alone"]["groups"] == ["state_deployed_only", "network_one"] and told["ps-alone"]["variables"]["azure_dr_version"] is None


def test_a_machine_without_an_interface_has_no_address():
    machine = ({**machine_of(APP)[0], "tags": OURS}, {"id": "/nic", "properties": {}})
    (one,) = describe([fabric()], machine).values()
    assert "ansible_host" not in one["variables"] and one["groups"] == ["state_deployed_only", "network_unknown"]


def test_names_that_are_shared_are_told_apart():
    one, other = fabric(APP), fabric(server("PS-APP", "192.0.2.11"), name="f2abcdef99", friendly="cs-1")
    told = describe([one, other])
    assert {name: found["groups"][1] for name, found in told.items()} == {
        "ps-app-192.0.2.10": "configuration_server_cs_1_f1",
        "PS-APP-192.0.2.11": "configuration_server_cs_1_f2abcdef",
    }


def test_networks_of_one_name_are_groups_of_their_own():
    far = machine_of(DB, "VNET_one")
    configuration = far[1]["properties"]["ipConfigurations"][0]["properties"]
    configuration["subnet"]["id"] = configuration["subnet"]["id"].replace("rg-net", "rg.far")
    told = describe([fabric(APP, DB)], machine_of(APP, "vnet-one"), far)
    assert [one["groups"][2] for one in told.values()] == ["network_rg_net_vnet_one", "network_rg_far_vnet_one"]


def test_no_group_of_one_network_is_that_of_another():
    """A network may be called what another is called with its group."""
    servers = [server(f"ps-{number}", f"192.0.2.{number}") for number in range(3)]
    machines = [machine_of(servers[0], "a-net"), machine_of(servers[1], "net"), machine_of(servers[2], "net")]
    for (_machine, nic), group in zip(machines, ("rg", "a", "b"), strict=True):
        configuration = nic["properties"]["ipConfigurations"][0]["properties"]
        configuration["subnet"]["id"] = configuration["subnet"]["id"].replace("rg-net", group)
    groups = [one["groups"][2] for one in describe([fabric(*servers)], *machines).values()]
    assert len(set(groups)) == 3, groups


FABRICS = [
    fabric(APP),
    fabric(DB, name="f2", friendly="CS-2"),
    fabric(name="f3", friendly="SITE", kind="InMageRcm"),
    fabric(name="f4", friendly="VMM", kind="VMM"),
]


@pytest.mark.parametrize("wanted, names", [(None, ["f1", "f2"]), ([], ["f1", "f2"]), (["cs-2"], ["f2"]), (["CS-2", "f2", "f1"], ["f2", "f1"])])
def test_which_configuration_servers(wanted, names):
    assert [one["name"] for one in subject.choose(FABRICS, {"configuration_servers": wanted, "vault_name": "v"})] == names


@pytest.mark.parametrize("wanted, words", [("nowhere", "not there"), ("SITE", "modernized"), ("VMM", "VMM server")])
def test_what_has_no_process_servers_is_refused(wanted, words):
    with pytest.raises(Refusal, match=words):
        subject.choose(FABRICS, {"configuration_servers": ["CS-2", wanted], "vault_name": "v"})

"""Classic or not, the vault, and the configuration server in it."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites import configuration_server, scenario, vault
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.facts import Fact

from tests.unit.process_server.prerequisites_world import FORBIDDEN, ago, assert_check, fabric, only, spoiled


def fabrics(*listed, wanted=None):
    def change(world):
        world.facts.fabrics = Fact(list(listed))
        world.params["configuration_server"] = wanted

    return change


def unreadable(world):
    world.facts.fabrics = FORBIDDEN


APPLIANCE = fabric("app", "APPLIANCE", "InMageRcm")
VMM = fabric("vmm", "VMM-1", "VMM")
SITE = {"id": "/x/replicationFabrics/site", "name": "site", "properties": {"friendlyName": "SITE-1", "customDetails": None}}


@pytest.mark.parametrize(
    "change, result, words",
    [
        (None, "ok", "CS-ONPREM-01: classic configuration server (instanceType VMware)"),
        (fabrics(fabric(), APPLIANCE), "ok", "classic"),
        (fabrics(APPLIANCE), "failed", "modernized scenario needs no process server"),
        (fabrics(APPLIANCE, fabric(), wanted="APPLIANCE"), "failed", "modernized scenario needs no process server"),
        (fabrics(fabric("v2", "SITE", "VMwareV2")), "failed", "modernized"),
        (fabrics(VMM), "failed", "VMM-1: VMM server (instanceType VMM)"),
        (fabrics(SITE), "failed", "SITE-1: Hyper-V site"),
        (fabrics(VMM, SITE), "failed", "only the classic scenario"),
        (fabrics(), "failed", "vault vault-dr holds no configuration server"),
        (unreadable, "unknown", "AuthorizationFailed"),
    ],
)
def test_scenario(change, result, words):
    world = spoiled(change)
    assert_check(only(scenario.checks(world.facts, world.params), "scenario"), result, words)


def test_what_is_retired_is_a_warning_with_its_source_and_date():
    world = spoiled(None)
    found = only(scenario.checks(world.facts, world.params), "retirement")
    for words in ("March 2026", "vmware-physical-azure-classic-deprecation", "2026-08-26", "2026-01-31"):
        assert_check(found, "warning", words)


def test_what_needs_no_process_server_is_not_called_retired():
    world = spoiled(fabrics(APPLIANCE))
    assert [check.check for check in scenario.checks(world.facts, world.params)] == ["scenario"]


@pytest.mark.parametrize(
    "fact, result, words",
    [(Fact({"location": "westeurope"}), "ok", "westeurope"), (Fact(None), "failed", "is not there"), (FORBIDDEN, "unknown", "AuthorizationFailed")],
)
def test_vault(fact, result, words):
    world = spoiled(lambda world: setattr(world.facts, "vault", fact))
    assert_check(only(vault.checks(world.facts, world.params), "vault"), result, words)


@pytest.mark.parametrize(
    "change, result, words",
    [
        (None, "ok", "CS-ONPREM-01 at 192.0.2.10, version 9.62.7096.1"),
        (fabrics(fabric("a"), fabric("b"), wanted="CS-ONPREM-01"), "failed", "replicationFabrics/a"),
        (fabrics(fabric("a"), fabric("b"), wanted="CS-ONPREM-01"), "failed", "replicationFabrics/b"),
        (fabrics(fabric("a"), fabric("b"), wanted="CS-ONPREM-01"), "failed", "Give the fabric id"),
        (fabrics(fabric("a"), fabric("b"), wanted="b"), "ok", "CS-ONPREM-01"),
        (fabrics(fabric(), wanted="CS-OTHER"), "failed", "not there; the vault holds CS-ONPREM-01"),
        (fabrics(VMM, wanted="VMM-1"), "failed", "takes no failback process server"),
        (unreadable, "unknown", "AuthorizationFailed"),
    ],
)
def test_configuration_server(change, result, words):
    world = spoiled(change)
    assert_check(only(configuration_server.checks(world.facts, world.params), "configuration_server"), result, words)


def heartbeat(text):
    return fabrics(fabric(details={"lastHeartbeat": text}))


@pytest.mark.parametrize(
    "change, result, words",
    [
        (heartbeat(ago(0)), "ok", "0 s ago"),
        (heartbeat(ago(1799)), "ok", "1799 s ago"),
        (heartbeat(ago(1800)), "failed", "1800 s ago"),
        (heartbeat(None), "failed", "never"),
        (fabrics(), "unknown", "which configuration server is meant"),
        (unreadable, "unknown", "AuthorizationFailed"),
    ],
)
def test_heartbeat(change, result, words):
    world = spoiled(change)
    assert_check(only(configuration_server.checks(world.facts, world.params), "configuration_server_heartbeat"), result, words)


def providers(fact, **state):
    def change(world):
        world.facts.providers = fact
        world.facts.fabrics = Fact([fabric(**state)])

    return change


def status(*texts):
    return Fact([{"properties": {"connectionStatus": text}} for text in texts])


@pytest.mark.parametrize(
    "change, result, words",
    [
        (None, "ok", "connected, health Normal"),
        (providers(status("Disconnected", "Connected")), "ok", "connected"),
        (providers(status("Connected"), health="Critical", healthErrorDetails=[{"errorMessage": "Disk is full"}]), "warning", "Disk is full"),
        (providers(status("Disconnected")), "failed", "Disconnected"),
        (providers(status("Connected"), bcdrState="Invalid"), "failed", "Invalid"),
        (providers(status("Connected"), details={"csServiceStatus": "Stopped"}), "failed", "Stopped"),
        (providers(Fact([])), "unknown", "does not tell"),
        (providers(status(None)), "unknown", "does not tell"),
        (providers(FORBIDDEN), "unknown", "AuthorizationFailed"),
        (unreadable, "unknown", "AuthorizationFailed"),
    ],
)
def test_connection(change, result, words):
    world = spoiled(change)
    assert_check(only(configuration_server.checks(world.facts, world.params), "configuration_server_connection"), result, words)

"""When a machine can be worked on, and when waiting is of no use."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.machine_readiness import judge_machine, needs_agent

ENTRY = {"name": "ps-1", "resource_group": "rg", "method": "unified_setup", "channel": "winrm"}
PINNED = {**ENTRY, "winrm_certificate_fingerprint": "ab" * 32}


def machine(state="Succeeded", power="running", agent="Ready", **extra):
    statuses = [{"code": f"ProvisioningState/{state.lower()}", "level": "Info"}, {"code": f"PowerState/{power}", "level": "Info"}]
    return {"properties": {"provisioningState": state, "instanceView": {"statuses": statuses, "vmAgent": {"statuses": [{"displayStatus": agent}]}, **extra}}}


@pytest.mark.parametrize(
    "entry, found, ready",
    [
        (ENTRY, machine(), True),
        (ENTRY, machine("Creating"), False),
        (ENTRY, machine("Updating"), False),
        (ENTRY, machine(power="starting"), False),
        (ENTRY, machine(agent="Not Ready"), False),
        (PINNED, machine(agent="Not Ready"), True),
        ({**PINNED, "channel": "run_command"}, machine(agent="Not Ready"), False),
        ({**ENTRY, "method": "configuration_tool"}, machine(agent="Not Ready"), True),
        (ENTRY, {"properties": {"provisioningState": "Creating"}}, False),
    ],
)
def test_ready(entry, found, ready):
    assert judge_machine(entry, found) == ready


@pytest.mark.parametrize("power", ["deallocated", "deallocating", "stopped", "stopping"])
def test_a_stopped_machine_is_not_waited_for(power):
    with pytest.raises(Refusal, match="billed"):
        judge_machine(ENTRY, machine(power=power))


def test_a_missing_machine_is_not_waited_for():
    with pytest.raises(Refusal, match="process_server_vm"):
        judge_machine(ENTRY, None)


@pytest.mark.parametrize("state", ["Failed", "Deleting"])
def test_a_failed_machine_is_not_waited_for(state):
    found = machine(state)
    found["properties"]["instanceView"]["statuses"][0].update(level="Error", message="Allocation failed.")
    with pytest.raises(AsrError, match="Allocation failed"):
        judge_machine(ENTRY, found)


def test_who_needs_the_agent():
    assert needs_agent(ENTRY)
    assert not needs_agent({**ENTRY, "winrm_ca_file": "/etc/ca.pem"})

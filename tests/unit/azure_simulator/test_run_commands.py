"""Managed Run Command with its documented limits, through Microsoft's own client."""

from __future__ import annotations

import contextlib
import json

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._windows import envelope, scripts
from tests.azure_simulator.windows import script_handlers

from .services import GALLERY, GROUP, PLAN, make_machine, services

SECRET = "cAnary-argument"


@contextlib.contextmanager
def booted(changes=None, **parts):
    with services(changes) as (world, compute, network):
        make_machine(world, compute, network, **parts)
        yield world, compute


@pytest.fixture(scope="module")
def module_world():
    with booted() as everything:
        yield everything


def command(script="get_file_hash", parameters=None, **more):
    """The request for one of the product's scripts; or for the text itself where there is none of this name."""
    text = envelope.run_command_script(scripts.ALL[script]) if script in scripts.ALL else script
    argument = envelope.run_command_argument(parameters or {"path": "C:\\nothing"})
    return {
        "location": "westeurope",
        "properties": {
            "source": {"script": text},
            "protectedParameters": [{"name": envelope.RUN_COMMAND_PARAMETER, "value": argument}],
            "timeoutInSeconds": 60,
            **more,
        },
    }


def begin(compute, name, body):
    return compute.virtual_machine_run_commands.begin_create_or_update(GROUP, "ps-1", name, body)


def view(compute, name):
    found = compute.virtual_machine_run_commands.get_by_virtual_machine(GROUP, "ps-1", name, expand="instanceView").as_dict()
    return found["properties"]["provisioningState"], found["properties"]["instanceView"]


def listed(compute):
    return [item.name for item in compute.virtual_machine_run_commands.list_by_virtual_machine(GROUP, "ps-1")]


def run(compute, name, body):
    begin(compute, name, body).result()
    return view(compute, name)


def test_a_script_runs_and_its_resource_stays_until_it_is_deleted(module_world):
    world, compute = module_world
    world.log.clear()
    state, seen = run(compute, "one", command(parameters={"path": "C:\\x", "unused": SECRET}))
    assert state == "Succeeded" and (seen["executionState"], seen["exitCode"], seen["error"]) == ("Succeeded", 0, "")
    assert (
        json.loads(seen["output"]) == {"ok": True, "result": {"exists": False, "size_bytes": None, "sha256": None}}
        and seen["startTime"] <= seen["endTime"]
    )
    plain = compute.virtual_machine_run_commands.get_by_virtual_machine(GROUP, "ps-1", "one").as_dict()
    assert "instanceView" not in plain["properties"] and "protectedParameters" not in str(plain) and plain["properties"]["source"]["script"]
    argument = envelope.run_command_argument({"path": "C:\\x", "unused": SECRET})
    assert argument not in str(world.log.requests)
    assert "one" in listed(compute)
    compute.virtual_machine_run_commands.begin_delete(GROUP, "ps-1", "one").result()
    with pytest.raises(ResourceNotFoundError, match="virtualMachines/runCommands/ps-1/one"):
        view(compute, "one")
    assert "one" not in listed(compute)


def test_a_failing_script_is_an_answer_like_any_other(module_world):
    _world, compute = module_world
    state, seen = run(compute, "fails", command("initialize_data_disk", {"disk_number": 9, "drive_letter": "F", "label": "x"}))
    answer = json.loads(seen["output"])
    assert state == "Succeeded" and seen["executionState"] == "Succeeded" and answer["ok"] is False
    assert "No MSFT_Disk objects found" in answer["error"]["message"]


def test_an_unknown_text_fails_in_the_view_and_not_in_the_resource(module_world):
    _world, compute = module_world
    state, seen = run(compute, "unknown", command("Get-Process\n"))
    assert state == "Succeeded" and (seen["executionState"], seen["exitCode"], seen["output"]) == ("Failed", 1, "")
    assert "Get-Process" in seen["error"]


def test_one_changed_letter_makes_a_text_unknown(module_world):
    _world, compute = module_world
    text = envelope.run_command_script(scripts.ALL["get_file_hash"])
    state, seen = run(compute, "changed", command(text.replace("$p", "$P", 1)))
    assert state == "Succeeded" and seen["executionState"] == "Failed"


def test_a_failure_is_one_of_the_resource_where_that_was_asked_for(module_world):
    _world, compute = module_world
    with pytest.raises(HttpResponseError) as caught:
        begin(compute, "strict", command("Get-Process\n", treatFailureAsDeploymentFailure=True)).result()
    assert caught.value.error.code == "VMExtensionProvisioningError"
    assert view(compute, "strict")[0] == "Failed"


def test_only_the_last_4096_bytes_of_the_output_come_out(module_world, monkeypatch):
    _world, compute = module_world
    monkeypatch.setitem(script_handlers.HANDLERS, "get_file_hash", lambda host, parameters, hooks: {"text": "x" * 9000, "last": "the end"})
    _state, seen = run(compute, "long", command())
    assert len(seen["output"].encode()) == 4096 and "the end" in seen["output"] and not seen["output"].startswith("{")


def test_an_agent_that_is_not_ready_runs_nothing():
    with booted({"world": {"latencies": {"agent": 600}}}) as (_world, compute):
        with pytest.raises(HttpResponseError, match="has not reported status for VM agent") as caught:
            begin(compute, "early", command()).result()
        assert caught.value.error.code == "VMAgentStatusCommunicationError"
        state, seen = view(compute, "early")
        assert state == "Failed" and seen["executionState"] == "Failed" and seen["output"] == ""


def test_2012_r2_is_not_served():
    with booted(storageProfile={"imageReference": GALLERY}, plan=PLAN) as (_world, compute):
        with pytest.raises(HttpResponseError, match="operating system is not supported"):
            begin(compute, "old", command()).result()


def test_a_machine_that_is_stopped_takes_no_command():
    with booted() as (world, compute):
        world.call(lambda: world.compute.deallocate(world.compute.by_name("ps-1").id))
        with pytest.raises(HttpResponseError, match="when the VM is not running") as caught:
            begin(compute, "off", command())
        assert caught.value.status_code == 409


@pytest.fixture
def endless(monkeypatch):
    """A script that waits for what never comes; the list tells how each run of it ended."""
    import asyncio

    ends = []

    async def wait(host, parameters, hooks):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ends.append("ended")
            raise

    monkeypatch.setitem(script_handlers.HANDLERS, "get_file_hash", wait)
    return ends


def until(world, condition):
    """Wait for something in the world, as long as the suite is patient."""
    import time

    for _look in range(500):
        if world.call(condition):
            return
        time.sleep(0.02)
    pytest.fail("it never came about")


def test_deleting_one_ends_it_and_others_run_beside_it(endless):
    with booted() as (world, compute):
        making = begin(compute, "long", command())
        until(
            world, lambda: world.compute.by_name("ps-1").run_commands["long"]["properties"]["instanceView"]["executionState"] == "Running"
        )
        with pytest.raises(HttpResponseError, match="in progress") as caught:
            begin(compute, "long", command())
        assert caught.value.status_code == 409
        assert run(compute, "beside", command("get_winrm_listener", {}))[1]["executionState"] == "Succeeded"
        assert endless == []
        compute.virtual_machine_run_commands.begin_delete(GROUP, "ps-1", "long").result()
        until(world, lambda: endless == ["ended"])
        with pytest.raises(HttpResponseError):
            making.result()


def test_a_script_that_is_too_slow_times_out(endless):
    with booted() as (_world, compute):
        state, seen = run(compute, "slow", command(timeoutInSeconds=1))
        assert state == "Succeeded" and seen["executionState"] == "TimedOut" and endless == ["ended"]

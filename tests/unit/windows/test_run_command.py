from __future__ import annotations

import base64
import functools
import json

import pytest

from ansible_collections.azure_dr.site_recovery.plugins.module_utils import _wait
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, AsrTimeout, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._windows import envelope, run_command, scripts

SECRET = 'cAnary "Run" &1'
PARAMETERS = {"path": "C:\\p.txt", "text": SECRET}
GOOD = '{"ok":true,"result":{"path":"C:\\\\p.txt"}}'


def view(state, output="", error="", exit_code=0, provisioning="Succeeded", **more):
    return {
        "properties": {
            "provisioningState": provisioning,
            "instanceView": {"executionState": state, "exitCode": exit_code, "output": output, "error": error, **more},
        }
    }


class Compute:
    """A machine's run commands as ARM shows them: ``looks`` are what one look after the other sees of the one sent."""

    def __init__(self, looks, left_over=False, os_version="10.0.14393", delete_fails=False):
        self.looks = list(looks)
        self.present = {"azure-dr-write-secret-file": [view("Running")]} if left_over else {}
        self.os_version = os_version
        self.delete_fails = delete_fails
        self.calls = []
        self.sent = None

    def get_virtual_machine(self, azure, subscription_id, resource_group, name, instance_view=True):
        self.calls.append("machine")
        return {"location": "westeurope", "properties": {"instanceView": {"osVersion": self.os_version}}}

    def get_run_command(self, azure, subscription_id, resource_group, machine, name):
        self.calls.append("get")
        looks = self.present.get(name)
        if looks is None:
            return None
        found = looks.pop(0) if len(looks) > 1 else looks[0]
        if isinstance(found, Exception):
            raise found
        return found

    def put_run_command(self, azure, subscription_id, resource_group, machine, name, body):
        self.calls.append("put")
        assert name not in self.present, "what another run left was taken for ours"
        self.sent = body
        self.present[name] = self.looks

    def delete_run_command(self, azure, subscription_id, resource_group, machine, name):
        self.calls.append("delete")
        self.present.pop(name, None)
        if self.delete_fails:
            raise AsrError("deleting", code="AuthorizationFailed")


@pytest.fixture
def azure(monkeypatch):
    now = [0.0]

    def install(compute):
        waits = functools.partial(_wait.wait_for, clock=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
        monkeypatch.setattr(run_command, "compute", compute)
        monkeypatch.setattr(run_command, "wait_for", waits)
        compute.now = now
        return run_command.open_run_command(None, "s", "g", "ps1")

    return install


def run(channel, timeout=60):
    return channel.run("write_secret_file", PARAMETERS, timeout=timeout)


def failing(channel, kind=AsrError):
    with pytest.raises(kind) as raised:
        run(channel)
    assert SECRET not in str(raised.value) and json.dumps(SECRET)[1:-1] not in str(raised.value)
    return raised.value


def test_a_script_is_sent_waited_for_read_and_deleted(azure):
    compute = Compute([view("Pending", provisioning="Creating"), view("Running", provisioning="Creating"), view("Succeeded", GOOD)])
    assert run(azure(compute)) == {"path": "C:\\p.txt"}
    assert compute.calls == ["machine", "get", "put", "get", "get", "get", "delete"]
    assert compute.present == {}


def test_the_machine_is_read_once_for_all_scripts(azure):
    compute = Compute([view("Succeeded", GOOD)])
    channel = azure(compute)
    run(channel)
    run(channel)
    assert compute.calls.count("machine") == 1


def test_the_body_holds_the_fixed_text_and_secrets_only_as_a_protected_parameter(azure):
    compute = Compute([view("Succeeded", GOOD)])
    run(azure(compute), timeout=90)
    properties = compute.sent["properties"]
    assert compute.sent["location"] == "westeurope" and properties["timeoutInSeconds"] == 90
    assert properties["source"] == {"script": envelope.run_command_script(scripts.ALL["write_secret_file"])}
    (parameter,) = properties["protectedParameters"]
    assert parameter["name"] == envelope.RUN_COMMAND_PARAMETER and json.loads(base64.b64decode(parameter["value"])) == PARAMETERS
    assert "parameters" not in properties and SECRET not in json.dumps(compute.sent)


def test_what_a_killed_run_left_is_ended_and_never_adopted(azure):
    compute = Compute([view("Succeeded", GOOD)], left_over=True)
    assert run(azure(compute)) == {"path": "C:\\p.txt"}
    assert compute.calls[:4] == ["machine", "get", "delete", "get"] and compute.calls.count("delete") == 2


@pytest.mark.parametrize("state, exit_code", [("Failed", 3), ("Succeeded", 0)])
def test_a_script_that_failed_is_told_whatever_provisioning_says(azure, state, exit_code):
    output = json.dumps({"ok": False, "error": {"message": f"no {json.dumps(PARAMETERS)}", "id": "NoPath"}})
    compute = Compute([view(state, output, exit_code=exit_code)])
    error = failing(azure(compute))
    assert error.code == "NoPath" and envelope.HIDDEN in str(error)
    assert compute.calls[-1] == "delete"


def test_output_that_is_no_answer_is_shown_with_exit_code_and_errors(azure):
    error = failing(azure(Compute([view("Failed", "", f"Access to {SECRET} denied", 1)])))
    assert error.code == envelope.UNREADABLE and "exit code 1" in str(error) and "denied" in str(error)


def test_an_answer_beyond_4_kb_is_told_as_that(azure):
    error = failing(azure(Compute([view("Succeeded", ("x" * 9000 + GOOD + "x")[-4096:])])))
    assert error.code == "OutputTruncated" and "4096" in str(error)


@pytest.mark.parametrize(
    "found, code, kind",
    [
        (view("TimedOut"), "timeout", AsrTimeout),
        (view("Canceled"), "Canceled", AsrError),
        (view("Unknown", provisioning="Failed", executionMessage="agent did not answer"), "Unknown", AsrError),
    ],
)
def test_a_script_that_never_came_to_an_end(azure, found, code, kind):
    compute = Compute([found])
    assert failing(azure(compute), kind).code == code
    assert compute.calls[-1] == "delete" and compute.present == {}


def test_waiting_has_an_end_and_looks_grow_rarer(azure):
    compute = Compute([view("Running", provisioning="Creating")])
    error = failing(azure(compute), AsrTimeout)
    assert "last seen: Running" in str(error)
    assert compute.calls.count("get") < 40 and compute.now[0] >= 60
    assert compute.present == {}


def test_it_is_deleted_when_looking_fails_and_the_failure_is_what_is_told(azure):
    compute = Compute([AsrError("reading Run Command", code="GatewayTimeout")], delete_fails=True)
    assert failing(azure(compute)).code == "GatewayTimeout"
    assert compute.calls[-1] == "delete"


def test_one_that_somebody_deleted_is_told(azure):
    compute = Compute([view("Running")])
    channel = azure(compute)
    put = compute.put_run_command
    compute.put_run_command = lambda *arguments: (put(*arguments), compute.present.clear())
    assert failing(channel).code == "Gone"


@pytest.mark.parametrize("version", ["Microsoft Windows NT 6.3.9600.0", "6.3.9600", "10.0.10586"])
def test_windows_before_2016_is_refused_before_anything_is_sent(azure, version):
    compute = Compute([], os_version=version)
    assert failing(azure(compute), Refusal).code == "OperatingSystemNotSupported"
    assert compute.calls == ["machine"]


@pytest.mark.parametrize("version", ["Microsoft Windows NT 10.0.14393.0", "10.0.17763.5329", "10.0.20348", "", None])
def test_later_and_unknown_ones_are_tried(azure, version):
    assert run(azure(Compute([view("Succeeded", GOOD)], os_version=version))) == {"path": "C:\\p.txt"}


def test_parameters_that_no_command_line_takes_are_refused_before_anything_is_sent(azure):
    compute = Compute([])
    with pytest.raises(Refusal):
        azure(compute).run("write_secret_file", {"path": "p", "text": "x" * 30_000})
    assert compute.calls == ["machine"]

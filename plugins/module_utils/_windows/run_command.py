# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scripts through Azure's managed Run Command, for servers to which there is no route. Private to this collection.

Microsoft's page is run-command-managed: Windows Server 2016 or later, scripts run as System, the output is the last
4 KB, and the parameters become arguments of the script. They can be seen inside the machine, by its administrators,
while the script runs.
"""

from __future__ import annotations

import re

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import compute
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, AsrTimeout, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._wait import wait_for
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._windows import envelope, scripts

# Windows Server 2016, the oldest that run-command-managed lists.
OLDEST_OS = (10, 0, 14393)
FINAL = ("Succeeded", "Failed", "TimedOut", "Canceled")
# A script of ours is done in seconds, an installer in minutes: asked often at first, and less and less.
FIRST_INTERVAL_SECONDS = 1
LONGEST_INTERVAL_SECONDS = 15
# Seconds that Azure may need on top of the script, to hand it to the machine's agent and to fetch its output.
DELIVERY_SECONDS = 300
# The argument stands on a command line of the machine; how long one may be there is not documented, a Windows command
# line holds 32,767 characters (our inference: leave room for the rest of it).
LONGEST_ARGUMENT = 24000


def open_run_command(azure, subscription_id, resource_group, vm_name):
    """A channel through Azure to a machine's agent. Nothing is sent before its first script."""
    return RunCommandChannel(azure, subscription_id, resource_group, vm_name)


class RunCommandChannel:
    """One machine. Each script is a resource of the machine for as long as it runs, and deleted whatever happens."""

    def __init__(self, azure, subscription_id, resource_group, vm_name):
        self._azure = azure
        self._machine = (subscription_id, resource_group, vm_name)
        self._location = None

    def __repr__(self):
        return f"<Run Command on {self._machine[2]}>"

    def run(self, script_name, parameters, timeout=300):
        """Run one of our scripts with a dict of parameters, and return its result, a dict.

        ``timeout``: seconds for the script itself. Raises `AsrError`: the script failed, the answer was longer than
        Azure hands on, the machine cannot run commands; `AsrTimeout`.
        """
        body = self._body(script_name, parameters, timeout)
        name = resource_name(script_name)
        where = (self._azure, *self._machine, name)
        # One left by a run that was killed may still be at work: it is ended, never taken for ours.
        if compute.get_run_command(*where) is not None:
            self._delete(where, timeout)
        try:
            compute.put_run_command(*where, body)
            found = self._finished(where, script_name, timeout)
        except BaseException:
            self._delete_quietly(where)
            raise
        # Its end is not waited for: the next script has another name, and one of this name waits before it is sent.
        self._delete_quietly(where)
        return judge(script_name, self._machine[2], parameters, found)

    def close(self):
        """Nothing stays open between two scripts."""

    def _body(self, script_name, parameters, timeout):
        if self._location is None:
            machine = compute.get_virtual_machine(self._azure, *self._machine, instance_view=True)
            refuse_machine(self._machine[2], machine)
            self._location = machine["location"]
        return request_body(self._location, scripts.ALL[script_name], parameters, timeout)

    def _finished(self, where, script_name, timeout):
        return wait_for(
            lambda: compute.get_run_command(*where),
            is_finished,
            f"{script_name} on {self._machine[2]} through Run Command",
            timeout + DELIVERY_SECONDS,
            Intervals(),
            describe=describe,
        )

    def _delete(self, where, timeout):
        compute.delete_run_command(*where)
        what = f"the end of run command {where[-1]} on {self._machine[2]}"
        wait_for(lambda: compute.get_run_command(*where), lambda found: found is None, what, timeout, Intervals())

    def _delete_quietly(self, where):
        """What the script did counts more than a resource that the next run deletes."""
        try:
            compute.delete_run_command(*where)
        except AsrError:
            pass


class Intervals:
    """Seconds between two looks, longer from one to the next."""

    def __init__(self):
        self._next = FIRST_INTERVAL_SECONDS

    def __call__(self, value):
        now, self._next = self._next, min(self._next * 1.5, LONGEST_INTERVAL_SECONDS)
        return now


def resource_name(script_name):
    """One name for a script, so that what a killed run left is found again."""
    return "azure-dr-" + script_name.replace("_", "-")


def refuse_machine(name, machine):
    """Raise where it is known that Run Command does not serve the machine; ``machine`` is ARM's, with instance view."""
    if machine is None:
        raise Refusal("running a script through Run Command", on=name, said="there is no such virtual machine", cure="Deploy it first (process_server_vm)")
    text = machine.get("properties", {}).get("instanceView", {}).get("osVersion") or ""
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    if found and tuple(int(part) for part in found.groups()) < OLDEST_OS:
        raise Refusal(
            "running a script through Run Command",
            on=name,
            code="OperatingSystemNotSupported",
            said=f"the machine runs {text}; Microsoft lists Windows Server 2016 (10.0.14393) and later",
            cure="Use channel winrm with a listener of its own (winrm_certificate_url), or method configuration_tool",
        )


def request_body(location, script, parameters, timeout):
    """The resource to create, for a script's text: its parameters are protected, so that no reader of the resource sees them."""
    argument = envelope.run_command_argument(parameters)
    if len(argument) > LONGEST_ARGUMENT:
        said = f"its parameters are {len(argument)} characters long, at most {LONGEST_ARGUMENT} fit"
        raise Refusal("running a script through Run Command", said=said, cure="Use channel winrm")
    return {
        "location": location,
        "properties": {
            "source": {"script": envelope.run_command_script(script)},
            "protectedParameters": [{"name": envelope.RUN_COMMAND_PARAMETER, "value": argument}],
            "timeoutInSeconds": int(timeout),
            "asyncExecution": False,
        },
    }


def is_finished(found):
    """Whether a run command has come to its end, as its instance view or, without one, its provisioning state says."""
    if found is None:
        raise AsrError("waiting for a run command", code="Gone", said="it was deleted while it ran", cure="Somebody else works on this machine; run again")
    return _view(found).get("executionState") in FINAL or _provisioning(found) in ("Failed", "Canceled")


def judge(script_name, machine, parameters, found):
    """The script's result, or the `AsrError`. ``provisioningState`` is ``Succeeded`` for a script that failed, too."""
    view = _view(found)
    state = view.get("executionState")
    if state == "TimedOut":
        said = "Azure ended the script for the time it took"
        raise AsrTimeout(f"running {script_name}", on=machine, code="timeout", said=said, cure="Look at what keeps the server busy, then run again")
    if state not in ("Succeeded", "Failed"):
        raise AsrError(
            f"running {script_name}",
            on=machine,
            code=state or _provisioning(found),
            said=envelope.hide_secrets(view.get("executionMessage") or "Azure gives no reason", parameters),
            cure="Check that the machine's agent is ready and reaches Azure on 443",
        )
    output, error = view.get("output") or "", view.get("error") or ""
    return envelope.read_answer(script_name, machine, parameters, output, error, view.get("exitCode"), envelope.RUN_COMMAND_OUTPUT_LIMIT)


def describe(found):
    """What a time-out says of a run command: never its script or parameters."""
    return _view(found or {}).get("executionState") or _provisioning(found or {}) or "nothing yet"


def _view(found):
    return found.get("properties", {}).get("instanceView") or {}


def _provisioning(found):
    return found.get("properties", {}).get("provisioningState") or ""

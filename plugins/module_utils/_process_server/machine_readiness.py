# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Says whether a machine can be worked on yet, or never will be. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, Refusal

# Power states of a machine somebody stopped: to start it costs money, which is not ours to decide.
STOPPED = {"deallocated", "deallocating", "stopped", "stopping"}

# What a machine is in that Azure failed to make or to change; they are the codes of the errors that say so.
BROKEN = ("failed", "canceled")

# The code of the refusal for a machine that is not there.
NOT_FOUND = "MachineNotFound"


def judge_machine(entry, machine):
    """``True`` when the machine can be worked on, ``False`` while it is being made; raises when waiting is of no use.

    ``machine``: what ``GET virtualMachines/{name}?$expand=instanceView`` answers, or `None`.
    """
    name = entry["name"]
    if machine is None:
        raise Refusal(
            "looking for the machine",
            on=name,
            code=NOT_FOUND,
            said=f"there is no virtual machine {name} in group {entry['resource_group']}",
            cure="Deploy it first (process_server_vm)",
        )
    state = (machine["properties"].get("provisioningState") or "").lower()
    if state in (*BROKEN, "deleting"):
        raise AsrError(
            "waiting for the machine",
            on=name,
            code=state,
            said=_failure(machine),
            cure="Run process_server_vm again, which tries a failed machine once more",
        )
    power = power_state(machine)
    if power in STOPPED and state == "succeeded":
        raise Refusal(
            "waiting for the machine",
            on=name,
            code=f"PowerState/{power}",
            said="the machine is stopped",
            cure="Start it (from then on it is billed) and run again",
        )
    return state == "succeeded" and power == "running" and (agent_is_ready(machine) or not needs_agent(entry))


def needs_agent(entry):
    """Run Command works through the agent; so does learning a certificate that nobody named."""
    if entry["method"] == "configuration_tool":
        return False
    return entry["channel"] == "run_command" or not (entry.get("winrm_certificate_fingerprint") or entry.get("winrm_ca_file"))


def power_state(machine):
    """``running``, ``deallocated``, … or an empty text while Azure does not say."""
    for status in _view(machine).get("statuses") or []:
        kind, _unused, value = (status.get("code") or "").partition("/")
        if kind.lower() == "powerstate":
            return value.lower()
    return ""


def agent_is_ready(machine):
    """Run Command's own condition: the agent's ``displayStatus`` is ``Ready`` (run-command-managed)."""
    statuses = (_view(machine).get("vmAgent") or {}).get("statuses") or []
    return any(status.get("displayStatus") == "Ready" for status in statuses)


def _failure(machine):
    messages = [
        status.get("message") or status.get("displayStatus") or ""
        for status in _view(machine).get("statuses") or []
        if status.get("level") == "Error"
    ]
    return "; ".join(filter(None, messages)) or "Azure gives no reason in the machine's status"


def _view(machine):
    return machine["properties"].get("instanceView") or {}

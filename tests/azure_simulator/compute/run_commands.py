"""Managed Run Command: a resource of a machine whose script the agent runs, with the limits of run-command-managed."""

from __future__ import annotations

import asyncio
import copy
from typing import TYPE_CHECKING, Any

from ..arm import ArmError, ArmRequest, ArmResponse, Router, resource_not_found
from .machine import KIND as MACHINES, Machine

if TYPE_CHECKING:
    from ..world import World
    from .machines import Compute

OUTPUT_LIMIT = 4096
OLDEST_OS = (10, 0, 14393)
KIND = f"{MACHINES}/runCommands"
MOST_SECONDS = 5400
_BUSY = ("Creating", "Updating", "Deleting")
_NOT_READY = (
    "VM '{name}' has not reported status for VM agent or extensions. Verify that the OS is up and healthy, the VM has "
    "a running VM agent, and that it can establish outbound connections to Azure storage. Please refer to "
    "https://aka.ms/vmextensionwindowstroubleshoot for additional VM agent troubleshooting information.")
_UNSUPPORTED = (
    "The handler for VM extension type 'Microsoft.CPlat.Core.RunCommandHandlerWindows' has reported terminal failure: "
    "the operating system is not supported.")


class RunCommands:
    """They stand on the machine (`Machine.run_commands`), several beside each other."""

    def __init__(self, world: World, compute: Compute):
        self._world = world
        self._compute = compute
        # The scripts that run, by the id of their resource.
        self._running: dict[str, asyncio.Task] = {}

    def register(self, router: Router) -> None:
        path = f"/subscriptions/{{sub}}/resourceGroups/{{group}}/providers/{MACHINES}/{{name}}/runCommands"
        router.add("GET", path, self._list)
        router.add("GET", f"{path}/{{command}}", self._get)
        router.add("PUT", f"{path}/{{command}}", self._put)
        router.add("DELETE", f"{path}/{{command}}", self._delete)

    def _list(self, request: ArmRequest) -> dict:
        return {"value": [_shown(command, False) for command in self._compute.find(request).run_commands.values()]}

    def _get(self, request: ArmRequest) -> dict:
        machine = self._compute.find(request)
        found = machine.run_commands.get(request.params["command"].lower())
        if found is None:
            raise resource_not_found(KIND, f"{machine.name}/{request.params['command']}", request.params["group"])
        return _shown(found, request.query.get("$expand", "").lower() == "instanceview")

    def _put(self, request: ArmRequest) -> ArmResponse:
        machine = self._compute.find(request)
        if machine.power != "running":
            raise ArmError(409, "OperationNotAllowed", "Cannot modify extensions in the VM when the VM is not running.")
        name = request.params["command"]
        before = machine.run_commands.get(name.lower())
        if before and before["properties"]["provisioningState"] in _BUSY:
            raise ArmError(409, "Conflict", "Run command extension execution is in progress. Please wait for "
                           "completion before invoking a run command.")
        sent = copy.deepcopy(request.body or {})
        properties = sent.get("properties") or {}
        command = machine.run_commands[name.lower()] = {
            "name": name, "id": request.path.rstrip("/"), "type": KIND, "tags": sent.get("tags") or {},
            "location": sent.get("location", machine.location),
            "properties": _properties(properties, "Updating" if before else "Creating"),
        }
        # Protected parameters are handed on and never shown.
        arguments = [*(properties.get("parameters") or []), *(properties.get("protectedParameters") or [])]
        headers = self._world.operations.begin(
            "compute", self._world.latency("run_command", machine.name), lambda: self._run(machine, command, arguments),
            request=request, location=machine.location)
        return ArmResponse(200 if before else 201, _shown(command, False), headers)

    async def _run(self, machine: Machine, command: dict[str, Any], arguments: list[dict[str, str]]) -> None:
        properties = command["properties"]
        view = properties["instanceView"]
        if machine.run_commands.get(command["name"].lower()) is not command:
            return  # It was deleted before the agent began.
        view["startTime"] = self._world.clock.text_with_offset()
        self._check_agent(machine, command)
        view["executionState"] = "Running"
        source = properties["source"].get("script", "")
        script = asyncio.ensure_future(self._world.windows.run_command(machine.id, source, arguments))
        self._running[command["id"].lower()] = script
        try:
            await asyncio.wait([script], timeout=properties["timeoutInSeconds"] or MOST_SECONDS)
        finally:
            self._running.pop(command["id"].lower(), None)
            ended = script.done()
            script.cancel()
        if script.cancelled():
            # Its resource was deleted, which ends the script (run-command-managed).
            return
        view["endTime"] = self._world.clock.text_with_offset()
        properties["provisioningState"] = "Succeeded"
        if not ended:
            view.update(executionState="TimedOut", exitCode=-1)
            return
        result = script.result()
        view.update(executionState="Succeeded" if result.exit_code == 0 else "Failed", exitCode=result.exit_code,
                    output=_last(result.output), error=_last(result.error))
        if result.exit_code and properties["treatFailureAsDeploymentFailure"]:
            self._fail(command, "VMExtensionProvisioningError", f"VM has reported a failure when processing extension "
                       f"'{command['name']}'. Error message: 'Script returned exit code {result.exit_code}.'.")
        # Otherwise a script that failed is no failure of the resource (recorded: Succeeded, executionState Failed).

    def _check_agent(self, machine: Machine, command: dict[str, Any]) -> None:
        host = self._world.windows.host_of(machine.id)
        if host is None or not self._world.windows.agent_ready(machine.id):
            self._fail(command, "VMAgentStatusCommunicationError", _NOT_READY.format(name=machine.name))
        if tuple(int(part) for part in host.os_version.split(".")[:3]) < OLDEST_OS:
            self._fail(command, "VMExtensionHandlerNonTransientError", _UNSUPPORTED)

    def _fail(self, command: dict[str, Any], code: str, message: str) -> None:
        command["properties"]["provisioningState"] = "Failed"
        command["properties"]["instanceView"].update(
            executionState="Failed", executionMessage=message, endTime=self._world.clock.text_with_offset())
        raise ArmError(409, code, message)

    def _delete(self, request: ArmRequest) -> ArmResponse:
        machine = self._compute.find(request)
        command = machine.run_commands.get(request.params["command"].lower())
        if command is None:
            return ArmResponse(204)
        command["properties"]["provisioningState"] = "Deleting"

        def finish() -> None:
            machine.run_commands.pop(command["name"].lower(), None)
            script = self._running.get(command["id"].lower())
            if script:
                script.cancel()

        headers = self._world.operations.begin(
            "compute", self._world.latency("run_command_delete", machine.name), finish, request=request,
            location=machine.location, monitor=True)
        return ArmResponse(202, None, headers)


def _properties(sent: dict[str, Any], state: str) -> dict[str, Any]:
    return {
        "source": sent.get("source") or {}, "parameters": sent.get("parameters") or [],
        "asyncExecution": bool(sent.get("asyncExecution")), "timeoutInSeconds": int(sent.get("timeoutInSeconds") or 0),
        "treatFailureAsDeploymentFailure": bool(sent.get("treatFailureAsDeploymentFailure")),
        "provisioningState": state,
        "instanceView": {"executionState": "Pending", "exitCode": 0, "output": "", "error": ""},
    }


def _shown(command: dict[str, Any], with_view: bool) -> dict[str, Any]:
    shown = copy.deepcopy(command)
    if not with_view:
        shown["properties"].pop("instanceView")
    return shown


def _last(text: str) -> str:
    return text.encode()[-OUTPUT_LIMIT:].decode("utf-8", "ignore")

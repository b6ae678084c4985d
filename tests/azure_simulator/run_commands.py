"""Managed Run Command: a resource of a machine whose script the agent runs, with the limits of run-command-managed."""

from __future__ import annotations

import asyncio
import copy
from typing import TYPE_CHECKING, Any

from .arm import ArmError, ArmRequest, ArmResponse, Router, resource_not_found

if TYPE_CHECKING:
    from .compute import Compute, Machine
    from .world import World

OUTPUT_LIMIT = 4096
OLDEST_OS = (10, 0, 14393)
KIND = "Microsoft.Compute/virtualMachines/runCommands"


def install(world: World, router: Router) -> None:
    RunCommands(world, world.compute).register(router)


class RunCommands:
    def __init__(self, world: World, compute: Compute):
        self._world = world
        self._compute = compute
        # The scripts that run, by the id of their resource.
        self._running: dict[str, asyncio.Task] = {}

    def register(self, router: Router) -> None:
        path = "/subscriptions/{sub}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}/runCommands"
        router.add("GET", path, self._list)
        router.add("GET", f"{path}/{{command}}", self._get)
        router.add("PUT", f"{path}/{{command}}", self._put)
        router.add("DELETE", f"{path}/{{command}}", self._delete)

    def _list(self, request: ArmRequest) -> dict:
        return {"value": [_shown(command, False) for command in self._compute.find(request).run_commands.values()]}

    def _get(self, request: ArmRequest) -> dict:
        machine = self._compute.find(request)
        return _shown(self._command(machine, request), request.query.get("$expand", "").lower() == "instanceview")

    def _command(self, machine: Machine, request: ArmRequest) -> dict[str, Any]:
        found = machine.run_commands.get(request.params["command"].lower())
        if found is None:
            raise resource_not_found(KIND, f"{machine.name}/{request.params['command']}", request.params["group"])
        return found

    def _put(self, request: ArmRequest) -> ArmResponse:
        machine = self._compute.find(request)
        body = copy.deepcopy(request.body or {})
        if machine.power != "running":
            raise ArmError(409, "OperationNotAllowed", "Cannot modify extensions in the VM when the VM is not running.")
        name = request.params["command"]
        known = name.lower() in machine.run_commands
        if known and machine.run_commands[name.lower()]["properties"]["provisioningState"] in ("Creating", "Updating"):
            raise ArmError(409, "Conflict", "Run command extension execution is in progress. Please wait for completion before invoking a run command.")
        properties = body.get("properties") or {}
        command = {
            "name": name, "id": request.path.rstrip("/"), "type": KIND, "location": body.get("location", machine.body["location"]), "tags": body.get("tags") or {},
            "properties": {
                # Protected parameters are taken and never shown.
                "source": properties.get("source") or {}, "parameters": properties.get("parameters") or [], "asyncExecution": bool(properties.get("asyncExecution")),
                "timeoutInSeconds": int(properties.get("timeoutInSeconds") or 0), "treatFailureAsDeploymentFailure": bool(properties.get("treatFailureAsDeploymentFailure")),
                "provisioningState": "Updating" if known else "Creating",
                "instanceView": {"executionState": "Pending", "exitCode": 0, "output": "", "error": ""},
            },
        }
        machine.run_commands[name.lower()] = command
        arguments = [*(properties.get("parameters") or []), *(properties.get("protectedParameters") or [])]
        operation = self._world.operations.start("compute", self._world.latency("run_command", machine.name), lambda: self._run(machine, command, arguments), request=request, location=machine.body["location"])
        return ArmResponse(200 if known else 201, _shown(command, False), operation.headers)

    async def _run(self, machine: Machine, command: dict[str, Any], arguments: list[dict[str, str]]) -> None:
        view = command["properties"]["instanceView"]
        if machine.run_commands.get(command["name"].lower()) is not command:
            return  # It was deleted before the agent began.
        view["startTime"] = self._world.clock.text_with_offset()
        host = self._world.windows.host_of(machine.id)
        if host is None or not self._world.windows.agent_ready(machine.id):
            self._fail(command, "VMAgentStatusCommunicationError", f"VM '{machine.name}' has not reported status for VM agent or extensions. Verify that the OS is up and healthy, the VM has a running VM agent, and that it can establish outbound connections to Azure storage. Please refer to https://aka.ms/vmextensionwindowstroubleshoot for additional VM agent troubleshooting information.")
        if tuple(int(part) for part in host.os_version.split(".")[:3]) < OLDEST_OS:
            self._fail(command, "VMExtensionHandlerNonTransientError", "The handler for VM extension type 'Microsoft.CPlat.Core.RunCommandHandlerWindows' has reported terminal failure: the operating system is not supported.")
        view["executionState"] = "Running"
        limit = command["properties"]["timeoutInSeconds"] or 5400
        script = asyncio.ensure_future(self._world.windows.run_command(machine.id, command["properties"]["source"].get("script", ""), arguments))
        self._running[command["id"].lower()] = script
        try:
            await asyncio.wait([script], timeout=limit)
        finally:
            self._running.pop(command["id"].lower(), None)
            ended = script.done()
            script.cancel()
        if script.cancelled():
            # Its resource was deleted, which ends the script (run-command-managed).
            return
        if not ended:
            view.update(executionState="TimedOut", exitCode=-1, endTime=self._world.clock.text_with_offset())
            command["properties"]["provisioningState"] = "Succeeded"
            return
        result = script.result()
        view.update(executionState="Succeeded" if result.exit_code == 0 else "Failed", exitCode=result.exit_code, output=_last(result.output), error=_last(result.error), endTime=self._world.clock.text_with_offset())
        # A script that failed is no failure of the resource (recorded: Succeeded with executionState Failed).
        command["properties"]["provisioningState"] = "Succeeded"

    def _fail(self, command: dict[str, Any], code: str, message: str) -> None:
        command["properties"]["provisioningState"] = "Failed"
        command["properties"]["instanceView"].update(executionState="Failed", executionMessage=message, exitCode=-1, endTime=self._world.clock.text_with_offset())
        raise ArmError(409, code, message)

    def _delete(self, request: ArmRequest) -> ArmResponse:
        machine = self._compute.find(request)
        if request.params["command"].lower() not in machine.run_commands:
            return ArmResponse(204)
        seconds = self._world.latency("run_command_delete", machine.name)

        def finish() -> None:
            gone = machine.run_commands.pop(request.params["command"].lower(), None)
            script = self._running.get(gone["id"].lower()) if gone else None
            if script:
                script.cancel()

        operation = self._world.operations.start("compute", seconds, finish, request=request, location=machine.body["location"], monitor=True)
        return ArmResponse(202, None, operation.headers)


def _shown(command: dict[str, Any], with_view: bool) -> dict[str, Any]:
    shown = copy.deepcopy(command)
    if not with_view:
        shown["properties"].pop("instanceView")
    return shown


def _last(text: str) -> str:
    return text.encode()[-OUTPUT_LIMIT:].decode("utf-8", "ignore")

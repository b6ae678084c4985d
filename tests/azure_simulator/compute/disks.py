"""Managed disks. They are made with machines, and stay behind them unless they say otherwise."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from ..arm import ArmError, ArmRequest, ArmResponse, Router, page, resource_not_found
from .bodies import PROVIDER, disk_body
from .machine import Machine

if TYPE_CHECKING:
    from ..world import World


class Disks:
    """All disks, found by id without regard to case."""

    def __init__(self, world: World, page_size: int):
        self._world = world
        self._page_size = page_size
        self._disks: dict[str, dict[str, Any]] = {}

    def all(self) -> list[dict[str, Any]]:
        return list(self._disks.values())

    def find(self, identifier: str) -> dict[str, Any] | None:
        return self._disks.get(identifier.rstrip("/").lower())

    def make(self, machine: Machine) -> None:
        """The disks of a new machine."""
        for disk in machine.disks:
            shown = disk_body(machine, disk, self._world.clock.text_with_offset())
            self._disks[shown["id"].lower()] = shown

    def leave(self, machine: Machine) -> None:
        """The machine is gone: disks that say `Delete` go with it, others stay and cost money."""
        for disk in machine.disks:
            found = self.find(disk["managedDisk"]["id"])
            if found is None:
                continue
            if disk.get("deleteOption") == "Delete":
                del self._disks[found["id"].lower()]
            else:
                found.pop("managedBy", None)
                found["properties"]["diskState"] = "Unattached"

    def register(self, router: Router) -> None:
        group = "/subscriptions/{sub}/resourceGroups/{group}/providers/Microsoft.Compute/disks"
        router.add("GET", "/subscriptions/{sub}/providers/Microsoft.Compute/disks", self._list)
        router.add("GET", group, self._list)
        router.add("GET", f"{group}/{{name}}", self._get)
        router.add("DELETE", f"{group}/{{name}}", self._delete)

    def _list(self, request: ArmRequest) -> dict:
        prefix = f"/subscriptions/{request.params['sub']}/"
        if "group" in request.params:
            self._world.resources.require_group(request)
            prefix += f"resourceGroups/{request.params['group']}/"
        found = [disk for key, disk in self._disks.items() if key.startswith(prefix.lower())]
        return page(copy.deepcopy(found), request, self._page_size)

    def _get(self, request: ArmRequest) -> dict:
        disk = self.find(request.path)
        if disk is None:
            raise resource_not_found(f"{PROVIDER}/disks", request.params["name"], request.params["group"])
        return copy.deepcopy(disk)

    def _delete(self, request: ArmRequest) -> ArmResponse:
        disk = self.find(request.path)
        if disk is None:
            return ArmResponse(204)
        if disk.get("managedBy"):
            raise ArmError(409, "OperationNotAllowed", f"Disk {disk['name']} is attached to VM {disk['managedBy']}.")

        def finish() -> None:
            self._disks.pop(disk["id"].lower(), None)

        seconds = self._world.latency("disk_delete", disk["name"])
        headers = self._world.operations.begin(
            "compute", seconds, finish, request=request, location=disk["location"], kind="DiskOperations", monitor=True)
        return ArmResponse(202, None, headers)

"""One virtual machine: what ARM shows of it, and how it really is."""

from __future__ import annotations

from typing import Any

KIND = "Microsoft.Compute/virtualMachines"


class Machine:
    """`power`: running, stopped, deallocated, or empty before the first boot. `error`: why its creation failed."""

    def __init__(self, body: dict[str, Any], password: str = ""):
        self.body = body
        self.password = password
        self.power = ""
        self.run_commands: dict[str, dict[str, Any]] = {}
        self.booted = False
        self.error: dict[str, Any] | None = None

    @property
    def id(self) -> str:
        return self.body["id"]

    @property
    def name(self) -> str:
        return self.body["name"]

    @property
    def location(self) -> str:
        return self.body["location"]

    @property
    def properties(self) -> dict[str, Any]:
        return self.body["properties"]

    @property
    def state(self) -> str:
        return self.properties["provisioningState"]

    @state.setter
    def state(self, value: str) -> None:
        self.properties["provisioningState"] = value

    @property
    def disks(self) -> list[dict[str, Any]]:
        """The OS disk and the data disks, as the machine's storage profile has them."""
        profile = self.properties["storageProfile"]
        return [profile["osDisk"], *profile["dataDisks"]]

    @property
    def interfaces(self) -> list[dict[str, Any]]:
        return self.properties["networkProfile"]["networkInterfaces"]

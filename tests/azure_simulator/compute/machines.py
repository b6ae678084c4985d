"""Virtual machines: how they are made, changed, stopped and removed, and what is shown of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..arm import ArmError, ArmRequest, ArmResponse, Router, page, resource_not_found
from . import bodies
from .catalogue import Catalogue
from .creation_checks import CreationChecks
from .disks import Disks
from .machine import KIND, Machine

if TYPE_CHECKING:
    from ..world import World

PAGE = 50
_POWER = {"start": "running", "restart": "running", "deallocate": "deallocated", "powerOff": "stopped"}
# What a machine that somebody else made was made from.
_OTHERS_IMAGE = {"publisher": "MicrosoftWindowsServer", "offer": "WindowsServer", "sku": "2019-Datacenter",
                 "version": "latest"}
_OTHERS_VERSION = "17763.5830.240508"


class Compute:
    """All machines: `machines` by id in lower case, and their `disks`."""

    def __init__(self, world: World):
        self._world = world
        section = world.section("compute")
        self._page_size = int(section.get("page_size") or PAGE)
        self.machines: dict[str, Machine] = {}
        self.disks = Disks(world, self._page_size)
        self.catalogue = Catalogue(section.get("regions"), self.machines.values)
        self._checks = CreationChecks(world, self.catalogue)
        self._failing: dict[str, ArmError] = {}
        for entry in section.get("virtual_machines") or []:
            self._add_machine_of_others(entry)

    # --- for other subsystems and for tests that alter the world -----------------------------------------------------

    def machine(self, identifier: str) -> Machine:
        return self.machines[identifier.rstrip("/").lower()]

    def by_name(self, name: str) -> Machine:
        return next(machine for machine in self.machines.values() if machine.name.lower() == name.lower())

    def deallocate(self, identifier: str) -> None:
        """Somebody stops a machine in the portal."""
        machine = self.machine(identifier)
        machine.power = "deallocated"
        self._world.windows.stop(machine.id)

    def fail_next_creation(self, name: str, code: str, message: str) -> None:
        """Azure accepts the next creation of this machine, and finds out later that it cannot be done."""
        self._failing[name.lower()] = ArmError(409, code, message)

    def remove(self, identifier: str) -> None:
        """The machine is gone; what says `Delete` goes with it."""
        machine = self.machines.pop(identifier.rstrip("/").lower(), None)
        if machine is None:
            return
        self.disks.leave(machine)
        for reference in machine.interfaces:
            self._world.network.detach(reference["id"])
            if (reference.get("properties") or {}).get("deleteOption") == "Delete":
                self._world.network.delete_interface(reference["id"])
        self._world.windows.delete(machine.id)

    def billable(self, owner: str) -> list[str]:
        """Ids of what costs money and carries the tag azure_dr_owner with this value."""
        machines = [machine.body for machine in self.machines.values()]
        things = [*machines, *self.disks.all(), *self._world.network.public_addresses.all()]
        return sorted(thing["id"] for thing in things if (thing.get("tags") or {}).get("azure_dr_owner") == owner)

    def _add_machine_of_others(self, entry: dict[str, Any]) -> None:
        world = self._world.section("world")
        subscription = entry.get("subscription") or world["subscriptions"][0]["id"]
        root = f"/subscriptions/{subscription}/resourceGroups/{entry['resource_group']}/providers"
        interface = f"{root}/Microsoft.Network/networkInterfaces/{entry['network_interface']}"
        sent = {
            "location": entry.get("location") or world.get("region"),
            "tags": entry.get("tags") or {},
            "properties": {
                "hardwareProfile": {"vmSize": entry["size"]},
                "osProfile": {"computerName": entry["name"][:15], "adminUsername": "azureuser"},
                "storageProfile": {
                    "imageReference": dict(_OTHERS_IMAGE),
                    "osDisk": {"createOption": "FromImage", "osType": entry.get("os", "Windows")},
                },
                "networkProfile": {"networkInterfaces": [{"id": interface}]},
            },
        }
        machine = Machine(bodies.machine_body(f"{root}/{KIND}/{entry['name']}", sent, _OTHERS_VERSION, self._now()))
        machine.power, machine.booted = entry.get("power", "running"), True
        self.machines[machine.id.lower()] = machine
        self.disks.make(machine)
        self._world.network.attach(interface, machine.id)

    def add_recovered(self, identifier: str, interface: str, location: str, settings: Mapping[str, Any]) -> None:
        """A machine that a failover made: of disks that were there already, so without an image and a profile."""
        system, sizes = settings.get("os", "Windows"), settings["disks_gib"]
        disk = {"createOption": "Attach", "deleteOption": "Detach"}
        sent = {
            "location": location,
            "properties": {
                "hardwareProfile": {"vmSize": settings.get("size") or "Standard_D4s_v3"},
                "storageProfile": {
                    "osDisk": {**disk, "osType": system, "diskSizeGB": sizes[0]},
                    "dataDisks": [{**disk, "lun": number, "diskSizeGB": size} for number, size in enumerate(sizes[1:])],
                },
                "networkProfile": {"networkInterfaces": [{"id": interface, "properties": {"primary": True}}]},
            },
        }
        machine = Machine(bodies.machine_body(identifier, sent, "", self._now()))
        del machine.properties["osProfile"]
        machine.power, machine.booted = settings.get("power", "running"), True
        self.machines[machine.id.lower()] = machine
        self.disks.make(machine)
        self._world.network.attach(interface, machine.id)

    # --- reading -----------------------------------------------------------------------------------------------------

    def register(self, router: Router) -> None:
        group = "/subscriptions/{sub}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines"
        router.add("GET", "/subscriptions/{sub}/providers/Microsoft.Compute/virtualMachines", self._list)
        router.add("GET", group, self._list)
        router.add("GET", f"{group}/{{name}}", self._get)
        router.add("GET", f"{group}/{{name}}/instanceView", lambda request: self._view(self.find(request)))
        router.add("PUT", f"{group}/{{name}}", self._put)
        router.add("PATCH", f"{group}/{{name}}", self._patch)
        router.add("DELETE", f"{group}/{{name}}", self._delete)
        for action in _POWER:
            router.add("POST", f"{group}/{{name}}/{action}", self._change_power(action))
        self.disks.register(router)
        self.catalogue.register(router)

    def find(self, request: ArmRequest) -> Machine:
        """The machine that a request is about, or a 404."""
        params = request.params
        root = f"/subscriptions/{params['sub']}/resourceGroups/{params['group']}/providers"
        machine = self.machines.get(f"{root}/{KIND}/{params['name']}".lower())
        if machine is None:
            self._world.resources.require_group(request)
            raise resource_not_found(KIND, params["name"], params["group"])
        return machine

    def _list(self, request: ArmRequest) -> dict:
        prefix = f"/subscriptions/{request.params['sub']}/"
        if "group" in request.params:
            self._world.resources.require_group(request)
            prefix += f"resourceGroups/{request.params['group']}/"
        found = [machine for key, machine in self.machines.items() if key.startswith(prefix.lower())]
        if request.query.get("statusOnly", "").lower() == "true":
            shown = [bodies.status_body(machine, self._view(machine)) for machine in found]
        else:
            shown = [copy.deepcopy(machine.body) for machine in found]
        return page(shown, request, self._page_size)

    def _get(self, request: ArmRequest) -> dict:
        machine = self.find(request)
        shown = copy.deepcopy(machine.body)
        if request.query.get("$expand", "").lower() == "instanceview":
            shown["properties"]["instanceView"] = self._view(machine)
        return shown

    def _view(self, machine: Machine) -> dict:
        guest: dict[str, Any] = {}
        host = self._world.windows.host_of(machine.id) if self._world.windows is not None else None
        if host is not None and machine.booted and machine.power == "running":
            ready = self._world.windows.agent_ready(machine.id)
            guest = bodies.guest_view(host.computer_name, host.os_version, ready, self._now())
        return bodies.instance_view(machine, guest, self._now())

    def _now(self) -> str:
        return self._world.clock.text_with_offset()

    # --- creation ----------------------------------------------------------------------------------------------------

    def _put(self, request: ArmRequest) -> ArmResponse:
        self._world.resources.require_group(request)
        sent = copy.deepcopy(request.body or {})
        identifier = request.path.rstrip("/")
        before = self.machines.get(identifier.lower())
        if before is not None:
            return self._update(request, before, sent)
        image = self._checks.image_for(request, sent)
        machine = Machine(bodies.machine_body(identifier, sent, image["version"], self._now()),
                          sent["properties"]["osProfile"].get("adminPassword", ""))
        machine.state = "Creating"
        self.machines[identifier.lower()] = machine
        for reference in machine.interfaces:
            self._world.network.attach(reference["id"], machine.id)
        self.disks.make(machine)
        return self._begin(request, machine, "virtual_machine", lambda: self._boot(machine, image), 201)

    def _boot(self, machine: Machine, image: dict[str, Any]) -> None:
        if self.machines.get(machine.id.lower()) is not machine or machine.state == "Deleting":
            raise ArmError(409, "OperationPreempted",
                           "Operation execution has been preempted by a more recent operation.")
        failure = self._failing.pop(machine.name.lower(), None)
        if failure is not None:
            machine.state, machine.error = "Failed", failure.error()
            raise failure
        machine.state, machine.power, machine.booted, machine.error = "Succeeded", "running", True, None
        profile = machine.properties["osProfile"]
        address = self._world.network.address_of(self._world.network.nic(machine.interfaces[0]["id"]))
        data = [{"lun": disk["lun"], "size_gb": disk["diskSizeGB"]} for disk in machine.disks[1:]]
        self._world.windows.boot(machine.body, address, image, (profile["adminUsername"], machine.password), data)

    def _begin(self, request: ArmRequest, machine: Machine, latency: str, finish: Callable[[], None],
               status: int = 200) -> ArmResponse:
        """The answer of a request that changes a machine: the machine, and where to ask how it goes."""
        headers = self._world.operations.begin("compute", self._world.latency(latency, machine.name), finish,
                                               request=request, location=machine.location)
        return ArmResponse(status, copy.deepcopy(machine.body), headers)

    # --- changes -----------------------------------------------------------------------------------------------------

    def _update(self, request: ArmRequest, machine: Machine, sent: dict[str, Any]) -> ArmResponse:
        self._refuse_while_busy(machine)
        wanted = sent.get("properties") or {}
        _refuse_change(machine, wanted)
        tags = dict(sent.get("tags") or {})
        if machine.state == "Failed":
            # The same request again takes up a creation that failed.
            machine.body["tags"], machine.state, machine.error = tags, "Updating", None
            image = self.catalogue.image(machine.location, machine.properties["storageProfile"]["imageReference"])
            return self._begin(request, machine, "virtual_machine", lambda: self._boot(machine, image))
        if tags == machine.body["tags"]:
            return ArmResponse(200, copy.deepcopy(machine.body))   # recorded: no operation where nothing changes
        return self._retag(request, machine, tags)

    def _patch(self, request: ArmRequest) -> ArmResponse:
        machine = self.find(request)
        self._refuse_while_busy(machine)
        return self._retag(request, machine, dict((request.body or {}).get("tags") or machine.body["tags"]))

    def _retag(self, request: ArmRequest, machine: Machine, tags: dict[str, str]) -> ArmResponse:
        before = machine.state
        machine.body["tags"], machine.state = tags, "Updating"

        def finish() -> None:
            if machine.state == "Updating":
                machine.state = before

        return self._begin(request, machine, "virtual_machine_update", finish)

    def _refuse_while_busy(self, machine: Machine) -> None:
        if machine.state in ("Creating", "Deleting"):
            raise ArmError(409, "OperationNotAllowed", "The operation cannot be performed because the virtual machine "
                           f"'{machine.name}' is in the state {machine.state}.")

    def _delete(self, request: ArmRequest) -> ArmResponse:
        machine = self.machines.get(request.path.rstrip("/").lower())
        if machine is None:
            return ArmResponse(204)
        machine.state = "Deleting"
        return self._begin_action(request, machine, "virtual_machine_delete", lambda: self.remove(machine.id))

    def _change_power(self, action: str) -> Callable[[ArmRequest], ArmResponse]:
        power = _POWER[action]

        def handler(request: ArmRequest) -> ArmResponse:
            machine = self.find(request)

            def finish() -> None:
                changes = machine.power != power or action == "restart"
                machine.power = power
                if changes:
                    (self._world.windows.start if power == "running" else self._world.windows.stop)(machine.id)

            return self._begin_action(request, machine, "virtual_machine_power", finish)
        return handler

    def _begin_action(self, request: ArmRequest, machine: Machine, latency: str,
                      finish: Callable[[], None]) -> ArmResponse:
        headers = self._world.operations.begin("compute", self._world.latency(latency, machine.name), finish,
                                               request=request, location=machine.location, monitor=True)
        return ArmResponse(202, None, headers)


def _refuse_change(machine: Machine, wanted: dict[str, Any]) -> None:
    """What cannot be changed of a machine that is there."""
    name = (wanted.get("osProfile") or {}).get("computerName")
    if name and name != (machine.properties.get("osProfile") or {}).get("computerName"):
        raise _not_allowed("osProfile.computerName")
    reference = (wanted.get("storageProfile") or {}).get("imageReference") or {}
    now = machine.properties["storageProfile"].get("imageReference") or {}
    if any(reference.get(key) and reference[key] != now.get(key) for key in ("publisher", "offer", "sku", "id")):
        raise _not_allowed("imageReference")


def _not_allowed(name: str) -> ArmError:
    return ArmError(409, "PropertyChangeNotAllowed", f"Changing property '{name}' is not allowed.", target=name)

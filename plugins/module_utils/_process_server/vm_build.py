# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the machine of one server, or what is still missing of it. Private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import compute, network, operations
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    resource_ids,
    vm_bodies,
    vm_facts,
    vm_present,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.machine_readiness import (
    STOPPED,
    power_state,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._wait import wait_for

RUN_AGAIN = "Mend the cause and run again: what is there is adopted, a failed machine is tried once more"


class Build:
    """The steps of one server, in the order Azure needs them."""

    def __init__(self, azure, params, entry, found, run_id, progress):
        self._azure = azure
        self._params = params
        self._entry = entry
        self._found = found
        self._run_id = run_id
        self._progress = progress
        self._where = (azure, entry["subscription_id"], entry["resource_group"])
        self._location = vm_present.location(entry, found)

    def run(self, plan):
        """Act on the plan; returns what the module tells of the server."""
        if plan.action == "update":
            self._tag()
        if plan.action in ("create", "repair"):
            self._make()
        if plan.action != "update" and self._params["wait"]:
            with self._step("wait for the machine"):
                self._until_it_runs()
        return self._result()

    def _step(self, name, detail=""):
        return self._progress.step(self._entry["name"], name, detail)

    def _wait(self, operation):
        operations.wait(self._azure, operation, self._params["timeout"], self._params["interval"])

    def _make(self):
        if self._found.machine is not None and vm_facts.provisioning_state(self._found.machine) == "deleting":
            with self._step("wait until the old machine is gone"):
                self._until_it_is_gone()
        if self._entry["public_ip_address"] and self._found.address is None:
            with self._step("create the public address"):
                body = vm_bodies.public_address(self._entry, self._location, self._run_id)
                self._wait(network.put_public_ip(*self._where, vm_bodies.own_name(self._entry, "address"), body))
        self._interface()
        with self._step("create the machine", f"{self._entry['size']} in {self._location}"):
            self._machine()

    def _until_it_is_gone(self):
        name = self._entry["name"]
        self._wait_for_machine(lambda machine: machine is None, f"the end of the old machine {name}")
        # What went with it must not be taken for something that is there.
        self._found.machine = None
        self._found.interface = network.get_network_interface(
            *self._where, vm_bodies.own_name(self._entry, "interface")
        )
        self._found.address = network.get_public_ip(*self._where, vm_bodies.own_name(self._entry, "address"))

    def _interface(self):
        name = vm_bodies.own_name(self._entry, "interface")
        body = vm_bodies.network_interface(self._entry, self._location, self._found.subnet["id"], self._run_id)
        present = self._found.interface
        if present is not None and (self._found.machine is not None or vm_bodies.interface_fits(present, body)):
            return
        if present is not None and not self._same_network(present):
            # Azure moves an interface to another subnet, never to another network.
            with self._step("remove the network interface of another network"):
                self._wait(network.delete_network_interface(*self._where, name))
        with self._step("create the network interface", self._entry["private_ip_address"]):
            self._wait(network.create_network_interface(*self._where, name, body))

    def _same_network(self, interface):
        configuration = next(iter(vm_facts.configurations(interface)), {})
        return resource_ids.same(
            vm_facts.network_of_subnet(vm_facts.subnet_id(configuration)), self._entry["virtual_network"]
        )

    def _machine(self):
        """Hand the machine over. An answer that was lost on the way is looked for before anything is said to have
        failed."""
        body = vm_bodies.virtual_machine(self._entry, self._location, self._run_id, self._found.purchase_plan)
        try:
            operation = compute.create_virtual_machine(*self._where, self._entry["name"], body)
        except AsrError as error:
            if error.code != "no answer" or self._read() is None:
                raise
            return
        if self._params["wait"]:
            self._wait(operation)

    def _read(self, instance_view=False):
        return compute.get_virtual_machine(*self._where, self._entry["name"], instance_view=instance_view)

    def _until_it_runs(self):
        machine = self._wait_for_machine(has_settled, f"machine {self._entry['name']}", instance_view=True)
        if vm_facts.provisioning_state(machine) != "succeeded":
            raise AsrError(
                "making the machine",
                on=self._entry["name"],
                code=vm_facts.provisioning_state(machine),
                said=failure(machine),
                cure=RUN_AGAIN,
            )

    def _wait_for_machine(self, is_done, what, instance_view=False):
        return wait_for(
            lambda: self._read(instance_view),
            is_done,
            what,
            self._params["timeout"],
            self._params["interval"],
            describe=describe_state,
        )

    def _tag(self):
        entry, found = self._entry, self._found
        with self._step("update the tags"):
            self._wait(
                compute.update_tags(*self._where, entry["name"], {**(found.machine.get("tags") or {}), **entry["tags"]})
            )
            for resource, request in (
                (found.interface, network.tag_network_interface),
                (found.address, network.tag_public_ip),
            ):
                if vm_bodies.is_ours(resource):
                    where = resource_ids.parse(resource["id"])
                    request(
                        self._azure,
                        where["subscription_id"],
                        where["resource_group"],
                        where["name"],
                        {**resource["tags"], **entry["tags"]},
                    )

    def _result(self):
        """What is there now, with what Azure made of it."""
        machine = self._read()
        if machine is None:
            raise AsrError(
                "reading the machine that was made",
                on=self._entry["name"],
                said="it is not there any more",
                cure="Somebody removed it: run again",
            )
        interfaces = vm_facts.machine_interface_ids(machine)
        where = resource_ids.parse(interfaces[0]) if interfaces else None
        interface = (
            network.get_network_interface(self._azure, where["subscription_id"], where["resource_group"], where["name"])
            if where
            else None
        )
        now = vm_facts.Found(machine=machine, interface=interface)
        return {**vm_present.describe(now), **vm_present.known(now)}


def has_settled(machine):
    """Whether Azure has done with a machine: it failed, or it is made and its power state known."""
    if machine is None:
        raise AsrError(
            "waiting for the machine", said="it is not there any more", cure="Somebody removed it: run again"
        )
    state = vm_facts.provisioning_state(machine)
    if state in ("failed", "canceled", "deleting"):
        return True
    return state == "succeeded" and power_state(machine) in STOPPED | {"running"}


def describe_state(machine):
    """A machine's state for the text of a time-out."""
    if machine is None:
        return "not there"
    return ", ".join(filter(None, (machine["properties"].get("provisioningState"), power_state(machine))))


def failure(machine):
    """Why Azure says a machine failed, from its instance view."""
    statuses = (machine["properties"].get("instanceView") or {}).get("statuses") or []
    texts = [
        ": ".join(filter(None, (status.get("code"), status.get("message"))))
        for status in statuses
        if status.get("level") == "Error"
    ]
    return "; ".join(texts) or "Azure gives no reason"

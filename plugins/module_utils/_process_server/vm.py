# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machines of process servers: read, plan, apply. Private to this collection."""

from __future__ import annotations

import dataclasses
import datetime
import uuid

from ansible_collections.azure_dr.site_recovery.plugins.module_utils import _arguments
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import compute
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    configuration_servers,
    entries,
    vm_absent,
    vm_facts,
    vm_in_use,
    vm_present,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.vm_build import Build
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.vm_remove import remove

ARGUMENT_SPEC = {
    **_arguments.AZURE,
    # Only removal asks the vault, whether a server is still in use.
    **{name: {**option, "required": False} for name, option in _arguments.VAULT.items()},
    **_arguments.PROCESS_SERVERS,
    **_arguments.WAIT,
    **_arguments.PROGRESS,
    "state": dict(type="str", choices=["present", "absent"], default="present"),
    "wait": dict(type="bool", default=True),
    "follows": dict(type="list", elements="str", choices=["switch", "unregistration"], default=[]),
}
RULES = dict(required_if=[("state", "absent", ("vault_name", "vault_resource_group"))])

# A machine that is to go needs no more than its name to be found by.
REQUIRED_TO_REMOVE = ("name", "subscription_id", "resource_group")


@dataclasses.dataclass
class World:
    """What was read once for all servers: a `Found` for each name, and for removal what the vault says of them."""

    found: dict
    run_id: str
    use: vm_in_use.Use | None = None
    follows: tuple = ()


def prepare(params):
    """The checked entries of the list."""
    if params["state"] == "absent":
        return entries.normalize(params, REQUIRED_TO_REMOVE)
    return entries.normalize(params)


def read(azure, params, checked):
    """Four or five requests for each subscription, however many servers; the vault is asked only when something is to
    go."""
    absent = params["state"] == "absent"
    lists = vm_facts.read_lists(azure, checked, _wanted_lists(checked, absent))
    world = World(
        {entry["name"]: vm_facts.find(entry, lists[entry["subscription_id"].lower()]) for entry in checked}, _run_id()
    )
    if absent:
        world.follows = tuple(params["follows"])
        if any(vm_absent.doomed(entry, world.found[entry["name"]]) for entry in checked):
            world.use = vm_in_use.read(azure, params)
    else:
        _ask_images(azure, checked, world)
    return world


def _wanted_lists(checked, absent):
    if absent:
        return ("machines", "interfaces", "disks", "addresses")
    wanted = ("machines", "interfaces", "networks", "disks")
    return (*wanted, "addresses") if any(entry["public_ip_address"] for entry in checked) else wanted


def _run_id():
    """Names this run in the tags of what it makes, so that a person can tell one deployment from another."""
    return f"{datetime.datetime.now(datetime.timezone.utc):%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:6]}"


def _ask_images(azure, checked, world):
    """Whether each image is offered and sold under terms: asked once for each, and only where a machine is to be made."""
    asked = {}
    for entry in checked:
        found = world.found[entry["name"]]
        to_be_made = found.machine is None or vm_facts.provisioning_state(found.machine) in vm_present.TO_BE_MADE
        # With a wrong network or region the question would have no answer.
        if to_be_made and not entry["image"].get("id") and not any(vm_present.input_problems(entry, found)):
            asked.setdefault(_image_key(entry, found), []).append(found)
    answers = vm_facts.together(list(asked), lambda key: compute.get_image(azure, *key))
    for image, group in zip(answers, asked.values(), strict=True):
        for found in group:
            found.image_is_offered = image is not None
            found.purchase_plan = ((image or {}).get("properties") or {}).get("plan")


def _image_key(entry, found):
    image = entry["image"]
    return (
        entry["subscription_id"].lower(),
        vm_present.location(entry, found),
        image["publisher"],
        image["offer"],
        image["sku"],
        image["version"],
    )


def plan(params, checked, world):
    """A plan for each server; bad input of any of them refuses all, before the first write."""
    if params["state"] == "absent":
        now = configuration_servers.utc_now()
        return [vm_absent.decide(entry, world.found[entry["name"]], world.use, now, world.follows) for entry in checked]
    plans = [vm_present.decide(entry, world.found[entry["name"]], params["wait"]) for entry in checked]
    problems = []
    for entry, one in zip(checked, plans, strict=True):
        texts = [
            *vm_present.input_problems(entry, world.found[entry["name"]]),
            *vm_present.missing_credentials(entry, one),
        ]
        problems += [f"{entry['name']}: {text}" for text in texts]
    if problems:
        raise Refusal(
            "comparing process_servers with Azure",
            said="; ".join(problems),
            cure="Correct the list; nothing was touched",
        )
    return plans


def apply(azure, params, entry, plan, world, progress):
    """Everything that is left to do for one server."""
    found = world.found[entry["name"]]
    if params["state"] == "absent":
        return remove(azure, params, entry, found, plan, progress)
    return Build(azure, params, entry, found, world.run_id, progress).run(plan)


def warnings(checked, plans, world):
    """Servers that go although the configuration server still lists them, and those of another group than was given."""
    found = []
    for entry, one in zip(checked, plans, strict=True):
        if one.action in ("none", "delete"):
            found += [_in_another_group(entry, identifier) for identifier in world.found[entry["name"]].elsewhere]
        if one.changed and world.use is not None:
            own_address = vm_absent.address(entry, world.found[entry["name"]])
            expected = own_address if "unregistration" in world.follows else None
            found += vm_in_use.still_registered(entry, own_address, world.use, expected)
    return found


def _in_another_group(entry, identifier):
    return (
        f"There is no virtual machine {entry['name']} in group {entry['resource_group']}, but this collection's {identifier} is called so. "
        "It stays; if it is the one that is meant, correct resource_group and run again"
    )

"""From a vault to a plan file, and from the file to process servers: what a person reviews is what is made, and nothing else."""

from __future__ import annotations

import copy

import pytest
import yaml

from tests import shared
from tests.azure_simulator.running import running
from tests.playbooks.support import prepared
from tests.playbooks.support.ansible import COLLECTION
from tests.playbooks.support.requests import arm_requests, arm_writes

PLAN = f"{COLLECTION}.plan_failback"
VAULT = 4
SUBSCRIPTION = 4


class Loader(yaml.SafeLoader):
    """YAML as Ansible reads it: a text that is marked as unsafe is a text."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def load(path):
    return yaml.load(path.read_text(encoding="utf-8"), Loader)


def secrets(world):
    """What the plan leaves to another file: installer, passphrase, and what all servers share."""
    variables = world.playbook_vars()
    shared_options = {**variables["process_server_defaults"], "admin_password": "cAnary-All+09/pw%9="}
    kept = {key: value for key, value in variables.items() if key not in ("process_servers", "vault_name", "vault_resource_group", "configuration_server")}
    return {**kept, "process_server_defaults": shared_options}


def only_secrets(world, monkeypatch):
    """The world hands out no list and no vault: all of that has to come from the plan file."""
    given = secrets(world)
    monkeypatch.setattr(world, "playbook_vars", lambda: copy.deepcopy(given))


def test_from_the_vault_to_registered_servers_and_back_to_the_same_plan(ansible, tmp_path, monkeypatch):
    file = tmp_path / "plan.yml"
    with running("three_networks", prepared.QUICK) as world:
        checked = ansible.play(world, {"plan_file": str(file)}, PLAN, ["--check", "--diff"])
        assert checked.code == 0 and "+process_servers:" in checked.output, checked.output
        assert not file.exists()

        planned = ansible.play(world, {"plan_file": str(file), "plan_bandwidth_mbps": 500}, PLAN)
        assert planned.code == 0 and len(planned.changed) == 1, planned.output
        text = file.read_text(encoding="utf-8")
        assert "cAnary" not in text and file.stat().st_mode & 0o777 == 0o640
        plan = load(file)
        assert [one["name"] for one in plan["process_servers"]] == ["ps-app-01", "ps-db-01", "ps-web-01"]

        again = ansible.play(world, {"plan_file": str(file), "plan_bandwidth_mbps": 500}, PLAN)
        assert again.code == 0 and again.changed == [] and file.read_text(encoding="utf-8") == text, again.output
        assert arm_writes(world) == []

        only_secrets(world, monkeypatch)
        made = ansible.play(world, arguments=["--extra-vars", f"@{file}"])
        assert made.code == 0, made.output
        servers = made.of("process_server_registration")[0]["process_servers"]
        assert {one["name"]: one["state"] for one in servers} == {one["name"]: "registered" for one in plan["process_servers"]}

        # Its own effects are no difference, neither to the plan that is applied again nor to one that is made again.
        repeated = ansible.play(world, arguments=["--extra-vars", f"@{file}"])
        assert repeated.code == 0 and repeated.changed == [], repeated.output
        vault = {key: plan[key] for key in ("vault_name", "vault_resource_group", "configuration_server")}
        replanned = ansible.play(world, {**vault, "plan_file": str(file), "plan_bandwidth_mbps": 500}, PLAN)
        assert replanned.code == 0 and replanned.changed == [], replanned.output
        (told,) = replanned.of("failback_plan_info")
        assert [server["action"] for one in told["networks"] for server in one["process_servers"]] == ["adopt"] * 3

"""Shipped playbooks in a play of a user's own: imported by name, with variables that are called something else there, under an inventory that is his.

The one that prepares is imported in the same way by the project for AWX, and run by its tests.
"""

from __future__ import annotations

import pathlib

import yaml

from tests.azure_simulator.running import running
from tests.playbooks.support.ansible import COLLECTION
from tests.playbooks.support.hosts import CONFIGURATION_SERVER
from tests.playbooks.support.prepared import QUICK, register_servers
from tests.playbooks.support.requests import arm_writes

SHIPPED = pathlib.Path(__file__).parents[2] / "playbooks"
PLAYBOOKS = sorted({path.stem for path in SHIPPED.glob("*.yml") if not path.name.endswith(".meta.yml")} - {"prepare_failback"})
# A value for every variable that some playbook requires, and for some that they take.
OURS = {
    "switches": [{"from": CONFIGURATION_SERVER, "to": "ps-app-01", "machines": ["app-front-01"]}],
    "switch_machines_to": CONFIGURATION_SERVER,
    "plan_bandwidth_mbps": 500,
    "older_than_hours": 0,
}
NAME = "recovery_{}".format


def options(playbook):
    return yaml.safe_load((SHIPPED / f"{playbook}.meta.yml").read_text())["argument_specs"][playbook]["options"]


def imported(playbook, given):
    names = [name for name in options(playbook) if name in given]
    required = {name for name, option in options(playbook).items() if option.get("required")}
    assert required <= set(names), (playbook, required - set(names))
    return {
        "name": playbook,
        "ansible.builtin.import_playbook": f"{COLLECTION}.{playbook}",
        "vars": {name: "{{ %s }}" % NAME(name) for name in names},
    }


# What an inventory of Windows servers says of all hosts, the control node among them.
OF_ALL_HOSTS = {
    "ansible_connection": "winrm",
    "ansible_shell_type": "powershell",
    "ansible_user": "administrator",
    "ansible_become": True,
    "ansible_become_user": "nobody",
    # Not our variables, although they are called like options of ours.
    "timeout": "short",
    "interval": "often",
    "follows": ["nothing"],
    "state": "present",
}


def test_each_takes_its_variables_from_the_import(ansible, tmp_path, monkeypatch):
    with running("three_networks", QUICK) as world:
        servers = register_servers(world)
        given = {**world.playbook_vars(), "process_servers": servers, **OURS}
        own = tmp_path / "recovery.yml"
        own.write_text(yaml.safe_dump([imported(playbook, given) for playbook in PLAYBOOKS], sort_keys=False))
        # None of the playbooks' own names is there for them to find.
        monkeypatch.setattr(world, "playbook_vars", lambda: {NAME(name): value for name, value in given.items()})
        inventory = tmp_path / "inventory.yml"
        inventory.write_text(yaml.safe_dump({"all": {"hosts": {"localhost": None, "w-01": None}, "vars": OF_ALL_HOSTS}}))
        since = len(world.log.requests)
        run = ansible.play(world, playbook=str(own), arguments=["--check", "--diff", "--inventory", str(inventory)])
        assert run.code == 0 and arm_writes(world, since) == [], run.output
        plays = [line for line in run.output.splitlines() if line.startswith("PLAY [")]
        assert len(plays) == len(PLAYBOOKS), plays
        assert len(run.of("process_server_switch")[-1]["switches"][0]["machines"]) == 1
        assert [server["action"] for server in run.of("process_server_vm")[-1]["process_servers"]] == ["delete"] * 3

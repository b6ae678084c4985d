"""Bad input gets one clear error before anything is written."""

from __future__ import annotations

import copy

import pytest

from tests.azure_simulator.running import running
from tests.playbooks.support.requests import arm_writes
from tests.playbooks.support.tasks import task


def changed(variables, index=0, **changes):
    """The list of process servers with one entry changed."""
    servers = copy.deepcopy(variables["process_servers"])
    servers[index].update(changes)
    return servers


def with_defaults(variables, **changes):
    return {**variables["process_server_defaults"], **changes}


def cases(variables):
    """(name, module, options, words the message must have)"""
    app, db = variables["process_servers"][:2]
    return [
        ("empty list", "process_server_vm", {"process_servers": []}, ["process_servers", "empty"]),
        ("name too long", "process_server_vm", {"process_servers": changed(variables, name="ps-application-01")}, ["ps-application-01", "15"]),
        ("one name twice", "process_server_vm", {"process_servers": changed(variables, 1, name=app["name"])}, [app["name"], "used twice"]),
        (
            "one address twice",
            "process_server_vm",
            {"process_servers": changed(variables, 1, private_ip_address=app["private_ip_address"])},
            [app["private_ip_address"]],
        ),
        (
            "two servers in one network",
            "process_server_vm",
            {
                "process_servers": changed(
                    variables, 1, virtual_network=app["virtual_network"], private_ip_address=app["private_ip_address"].rpartition(".")[0] + ".20"
                )
            },
            [app["name"], db["name"], "network"],
        ),
        (
            "unknown network",
            "process_server_vm",
            {"process_servers": changed(variables, virtual_network=app["virtual_network"].replace("vnet-app", "vnet-nowhere"))},
            ["vnet-nowhere"],
        ),
        ("unknown subnet", "process_server_vm", {"process_servers": changed(variables, subnet="nowhere")}, ["nowhere", app["name"]]),
        (
            "address outside its subnet",
            "process_server_vm",
            {"process_servers": changed(variables, private_ip_address=db["private_ip_address"].rpartition(".")[0] + ".99")},
            [".99", "subnet"],
        ),
        (
            "reserved user name",
            "process_server_vm",
            {"process_server_defaults": with_defaults(variables, admin_username="administrator")},
            ["administrator"],
        ),
        ("weak password", "process_server_vm", {"process_servers": "{{ with_weak_passwords }}"}, ["admin_password"]),
        ("no passphrase", "process_server_registration", {"passphrase": ""}, ["passphrase"]),
        ("no installer", "process_server_registration", {"installer": None}, ["installer"]),
        ("unknown configuration server", "process_server_registration", {"configuration_server": "CS-NOWHERE"}, ["CS-NOWHERE", "CS-ONPREM-01"]),
        ("unknown vault", "process_server_registration", {"vault_name": "vault-nowhere"}, ["vault-nowhere"]),
        (
            "wrong passphrase",
            "process_server_registration",
            {"passphrase": "not-the-right-one-1", "configuration_server_winrm": "{{ configuration_server_winrm }}"},
            ["passphrase", "genpassphrase"],
        ),
        ("unknown client", "process_server_info", {"client_id": "00000000-0000-0000-0000-00000000dead"}, ["AADSTS700016"]),
        ("wrong secret", "process_server_info", {"secret": "{{ wrong_secret }}"}, ["AADSTS7000215"]),
        ("no subscription", "process_server_info", {"subscription_id": ""}, ["subscription_id"]),
    ]


def test_each_mistake_is_told_and_nothing_is_written(ansible, world):
    variables = world.playbook_vars()
    table = cases(variables)
    tasks = [{**task(module, name, **options), "ignore_errors": True} for name, module, options, _words in table]
    for one in tasks:
        if one["name"] == "no subscription":
            one["environment"] = {"AZURE_SUBSCRIPTION_ID": ""}
    # Ansible itself shows the lines of a playbook that a failed task stands in: secrets come from variables, as they should.
    secret = {
        "with_weak_passwords": [{**one, "admin_password": "canaryweak"} for one in variables["process_servers"]],
        "wrong_secret": "canary-wrong-secret",
    }
    run = ansible.play(world, secret, playbook=tasks)
    assert len(run.tasks) == len(table), run.output
    wrong = []
    for result, (name, _module, _options, words) in zip(run.tasks, table, strict=True):
        message = result["result"].get("msg", "")
        if result["status"] != "failed" or not all(word in message for word in words) or "Traceback" in message:
            wrong.append(f"{name}: {result['status']}: {message}")
    assert wrong == []
    assert "canary" not in run.output
    assert arm_writes(world) == []


@pytest.mark.parametrize(
    "scenario, words", [("modernized", ["modernized", "no process server"]), ("two_of_one_name", ["2 configuration servers", "fabric id"])]
)
def test_vaults_that_cannot_be_meant(ansible, scenario, words):
    with running(scenario) as world:
        run = ansible.play(world)
        assert run.code != 0
        assert all(word in " ".join(run.failures) for word in words), run.output
        assert arm_writes(world) == []

"""The role process_server_prerequisites: one table, one message, nothing written, with and without check mode."""

from __future__ import annotations

import pytest

from tests.playbooks.support.requests import arm_writes
from tests.playbooks.support.tasks import task

PREFIX = "process_server_prerequisites"
OPTIONS = (
    "vault_name",
    "vault_resource_group",
    "configuration_server",
    "configuration_server_winrm",
    "passphrase",
    "installer",
    "process_servers",
    "process_server_defaults",
)


def role():
    variables = {f"{PREFIX}_{option}": f"{{{{ {option} }}}}" for option in OPTIONS}
    return [{"name": "Check", "ansible.builtin.include_role": {"name": f"azure_dr.site_recovery.{PREFIX}"}, "vars": variables}]


@pytest.mark.parametrize("arguments", [[], ["--check", "--diff"]])
def test_every_failed_check_is_in_one_message(ansible, world, arguments):
    variables = world.playbook_vars()
    app, db, _web = variables["process_servers"]
    app["private_ip_address"] = f"127.{world.octet}.1.20"
    db["name"] = "ps-database-01-b"
    variables["process_server_defaults"]["size"] = "Standard_D32s_v5"
    run = ansible.play(world, variables, role(), arguments)
    assert run.code != 0
    (message,) = run.failures
    for words in (
        "private_ip_address of ps-app-01",
        "app-front-01-nic",
        "name of ps-database-01-b: the name has 16 characters",
        "size of ps-web-01: Standard_D32s_v5 is not offered to this subscription",
        "quota: westeurope, Standard DSv5 Family vCPUs: 96 needed",
        "Ask for more in the portal",
    ):
        assert words in message, message
    # The table holds all checks, those in order as well.
    assert "passphrase" in run.output and "the configuration server says that it is equal" in run.output
    assert run.changed == [] and arm_writes(world) == []


def test_machines_that_are_there_are_known_and_pass(ansible, world):
    """Machines are made and not registered yet: they take no more quota, hold their own addresses, and can be reached."""
    made = ansible.play(world, playbook=[task("process_server_vm", "Make the machines", wait=True)])
    assert made.code == 0, made.output
    run = ansible.play(world, playbook=role())
    assert run.code == 0, run.output
    (answered,) = run.of("process_server_prerequisites_info")
    found = {(one["check"], one["server"]): one for one in answered["checks"]}
    for server in ("ps-app-01", "ps-db-01", "ps-web-01"):
        assert "own network interface" in found[("private_ip_address", server)]["evidence"]
        assert found[("channel", server)]["result"] == "ok", found[("channel", server)]
        assert found[("quota", server)]["evidence"].startswith("the machine is there")
    assert not [one for one in answered["checks"] if one["result"] == "failed"]

"""The project for AWX, run as AWX runs it: through ansible-runner, with answers that are texts and variables that are empty."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import sys

import ansible_runner
import yaml

PROJECT = pathlib.Path(__file__).parents[2] / "docs" / "awx" / "project"
SERVERS = ["ps-app-01", "ps-db-01", "ps-web-01"]


def answers(variables, playbook):
    """What a person answers in the survey of a playbook's job template for this world."""
    defaults = {name: value for name, value in variables["process_server_defaults"].items() if name != "admin_username"}
    # The credential has one password for all process servers.
    servers = [{name: value for name, value in server.items() if name != "admin_password"} for server in variables["process_servers"]]
    given = {
        "vault_name": variables["vault_name"],
        "vault_resource_group": variables["vault_resource_group"],
        "configuration_server": "",
        "azure_dr_process_servers": yaml.safe_dump(servers),
        "azure_dr_process_server_defaults": yaml.safe_dump(defaults),
        "azure_dr_installer_url": variables["installer"]["url"],
        "azure_dr_installer_sha256": variables["installer"]["sha256"],
        "plan_bandwidth_mbps": "500",
        "switch_machines_to": "",
        "subscription_ids": "",
        "older_than_hours": "0",
    }
    asked = yaml.safe_load((PROJECT.parent / "controller" / "survey.yml").read_text())["azure_dr_surveys"][playbook]["spec"]
    return {
        **{question["variable"]: given[question["variable"]] for question in asked},
        # Not of the survey: extra variables of the job template, for a world that is quicker than Azure.
        "wait_interval": str(variables["wait_interval"]),
        "wait_timeout": str(variables["wait_timeout"]),
    }


def credential(variables):
    """What the credential injects; inputs that were left empty are injected as empty texts."""
    return {
        "azure_dr_passphrase": variables["passphrase"],
        "azure_dr_admin_username": variables["process_server_defaults"]["admin_username"],
        "azure_dr_admin_password": variables["process_servers"][0]["admin_password"],
        "azure_dr_configuration_server_username": "",
        "azure_dr_configuration_server_password": "",
        "azure_dr_configuration_server_fingerprint": "",
    }


def environment(world):
    """The environment variables that AWX's own credential type for Azure sets, some of them to nothing."""
    given = world.environment()
    azure = {name: given[name] for name in ("AZURE_SUBSCRIPTION_ID", "AZURE_CLIENT_ID", "AZURE_SECRET", "AZURE_TENANT")}
    network = {name: value for name, value in given.items() if not name.startswith("AZURE_")}
    return {**network, **azure, "AZURE_CLOUD_ENVIRONMENT": "", "AZURE_TENANT_ID": "", "AZURE_CLIENT_SECRET": ""}


def run(world, installed, folder, playbook="prepare_failback", survey=None, artifacts=None, arguments=""):
    """One job; returns ansible-runner's result with the events in their order. ``artifacts``: what the job before handed on; ``survey``: that of a
    workflow, in place of the job template's own."""
    data = folder / "data"
    shutil.copytree(PROJECT, data / "project", dirs_exist_ok=True)
    (folder / "ansible.cfg").touch()
    variables = world.playbook_vars()
    secrets = folder / "credential.json"
    secrets.touch(mode=0o600)
    secrets.write_text(json.dumps(credential(variables)))
    return ansible_runner.run(
        private_data_dir=str(data),
        playbook=f"{playbook}.yml",
        inventory={"all": {"hosts": {"localhost": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}}}},
        extravars={**(artifacts or {}), **answers(variables, survey or playbook)},
        cmdline=f"--extra-vars @{secrets} {arguments}",
        envvars={
            **environment(world),
            "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]]),
            "HOME": str(folder),
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(installed),
        },
        quiet=True,
    )


def result_of(done, module):
    (one,) = [
        event["event_data"]["res"]
        for event in done.events
        if event["event"] in ("runner_on_ok", "runner_on_failed") and event["event_data"]["resolved_action"] == f"azure_dr.site_recovery.{module}"
    ]
    return one


def handed_on(done):
    (artifacts,) = [event["event_data"]["artifact_data"] for event in done.events if event["event"] == "playbook_on_stats"]
    return artifacts


def assert_no_secret(world, done, output):
    told = output + json.dumps(list(done.events))
    for secret in (*credential(world.playbook_vars()).values(), world.environment()["AZURE_SECRET"]):
        assert secret in ("", "psadmin") or secret not in told


def test_look_with_answers_of_a_survey_then_plan_and_do_as_the_workflow_does(world, installed, tmp_path):
    look = run(world, installed, tmp_path, arguments="--check --diff")
    assert look.rc == 0, look.stdout.read()
    assert [server["action"] for server in result_of(look, "process_server_vm")["process_servers"]] == ["create"] * 3

    plan = run(world, installed, tmp_path, "plan_failback")
    assert plan.rc == 0, plan.stdout.read()
    # The workflow's survey asks for no list of servers: it is the plan's, and so is what the plan was based on.
    done = run(world, installed, tmp_path, survey="plan_and_prepare_failback", artifacts=handed_on(plan))
    output = done.stdout.read()
    assert done.rc == 0, output
    assert "Compare the plan with the world" in output
    registered = result_of(done, "process_server_registration")["process_servers"]
    assert [(server["name"], server["state"]) for server in registered] == [(name, "registered") for name in SERVERS]

    artifacts = handed_on(done)
    planned = {server["name"]: server["private_ip_address"] for server in handed_on(plan)["failback_process_servers"]}
    assert {server["name"]: server["private_ip_address"] for server in artifacts["process_servers_registered"]} == planned
    assert all(server["id"] for server in artifacts["process_server_machines"])
    # Names, addresses, ids and states, and nothing else of what the modules tell.
    assert {name for servers in artifacts.values() for server in servers for name in server} <= {
        *("name", "id", "resource_group", "location", "virtual_network", "private_ip_address", "network_interface", "provisioning_state"),
        *("configuration_server", "process_server_id", "state", "version", "last_heartbeat", "changed"),
    }
    assert_no_secret(world, done, output)

    find = run(world, installed, tmp_path, "find_leftover_process_servers")
    assert find.rc == 0, find.stdout.read()
    assert {(one["name"], one["reason"]) for one in handed_on(find)["leftover_process_servers"]} == {(name, "idle") for name in SERVERS}
    assert_no_secret(world, find, find.stdout.read())

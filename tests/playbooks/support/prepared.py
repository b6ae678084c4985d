"""Brings a world to where a test begins, without the time that a playbook takes: by the product itself, in this process.

What a test is about is always done by a playbook; this is only what came before it.
"""

from __future__ import annotations

import contextlib
import os

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure.session import AzureSession
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import registration, switch, vm
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan import answer
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._progress import Progress
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._runner import reconcile
from tests.azure_simulator.windows import script_handlers

SERVERS = ("ps-app-01", "ps-db-01", "ps-web-01")

# A world for the tests that do not look at machines and set-ups while they are being made.
QUICK = {
    "world": {
        "latencies": {
            "virtual_machine": {"default": 0.2, "by_name": {"ps-db-01": 0.2, "ps-web-01": 0.2}},
            "run_command": {"default": 0.2, "by_name": {"ps-web-01": 0.2}},
            "run_command_delete": 0.1,
            "agent": {"default": 0.1, "by_name": {"ps-web-01": 0.1}},
            # Longer than Ansible takes to ask for it after a machine was started.
            "winrm": {"default": 0.1, "by_name": {"ps-db-01": 5}},
            "download": 0.1,
            "extract": {"default": 0.1, "by_name": {"ps-app-01": 0.1}},
            "unified_setup": {"default": 0.3, "by_name": {"ps-db-01": 0.3}},
            "refresh_provider": 0.2,
        }
    },
    "site_recovery": {"heartbeat_seconds": 0.5},
}


def make_machines(world, variables=None):
    """The machines are there and run; nothing is set up on them."""
    _bring_about(world, vm, {**world.playbook_vars(), **(variables or {})})


def with_listeners(world, variables=None):
    """The list of process servers with the fingerprints of their WinRM certificates, as one has it who made the listeners himself."""
    servers = (variables or world.playbook_vars())["process_servers"]
    return [{**server, "winrm_certificate_fingerprint": world.call(lambda server=server: _listener(world, server["name"]))} for server in servers]


async def _listener(world, name):
    made = await script_handlers.run("create_winrm_listener", world.windows.host_named(name), {"dns_name": name}, world.windows.hooks)
    return made["sha256"]


def register_servers(world, variables=None):
    """The machines are there, and registered; returns the list of process servers with their fingerprints."""
    variables = {**world.playbook_vars(), **(variables or {})}
    _bring_about(world, vm, variables)
    servers = with_listeners(world, variables)
    _bring_about(world, registration, {**variables, "process_servers": servers})
    return servers


def move_machines(world, source, target, *machines):
    """Machines are carried by another process server."""
    _bring_about(world, switch, {**world.playbook_vars(), "switches": [{"from": source, "to": target, "machines": list(machines)}]})


def plan_text(world):
    """The text of the plan file for this world."""
    params = _signed_in(world, answer, {name: world.playbook_vars().get(name) for name in ("vault_name", "vault_resource_group", "configuration_server")})
    with _environment(world.environment()):
        return answer.answer(AzureSession(params), params, None)["plan_text"]


def _signed_in(world, thing, variables):
    """The options of a module, with those of this world's own sign-in."""
    environment = world.environment()
    return {
        **{name: variables.get(name, option.get("default")) for name, option in thing.ARGUMENT_SPEC.items()},
        "subscription_id": environment["AZURE_SUBSCRIPTION_ID"],
        "tenant": environment["AZURE_TENANT"],
        "client_id": environment["AZURE_CLIENT_ID"],
        "secret": environment["AZURE_SECRET"],
    }


def _bring_about(world, thing, variables):
    environment = world.environment()
    params = _signed_in(world, thing, variables)
    params.update(
        configuration_server_winrm=None,
        interval=0.2,
        timeout=60,
        **({"wait": True} if "wait" in thing.ARGUMENT_SPEC else {}),
    )
    with _environment(environment):
        done = reconcile(lambda: AzureSession(params), thing, params, False, Progress())
    assert done["failed_servers"] == [], done["failed_servers"]


@contextlib.contextmanager
def _environment(variables):
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value

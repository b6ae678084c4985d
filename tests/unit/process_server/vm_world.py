"""Runs the machine module's way against a rehearsal world, as the runner does, and counts what it asks."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure.session import AzureSession
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import info, vm
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._progress import Progress
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._runner import reconcile

OWNER = "azure_dr.site_recovery"


class Rehearsal:
    """One world and what a user would write for it. ``defaults`` and ``servers`` may be altered between runs."""

    def __init__(self, world, monkeypatch):
        self.world = world
        self._environment = world.environment()
        for name, value in self._environment.items():
            monkeypatch.setenv(name, value)
        playbook = world.section("playbook")
        self.servers = [dict(server) for server in playbook["process_servers"]]
        self.defaults = dict(playbook["process_server_defaults"])
        self._vault = {name: playbook[name] for name in ("vault_name", "vault_resource_group")}

    def params(self, **changes):
        environment = self._environment
        return {
            **{name: option.get("default") for name, option in vm.ARGUMENT_SPEC.items()},
            "subscription_id": environment["AZURE_SUBSCRIPTION_ID"],
            "tenant": environment["AZURE_TENANT"],
            "client_id": environment["AZURE_CLIENT_ID"],
            "secret": environment["AZURE_SECRET"],
            **self._vault,
            "process_servers": self.servers,
            "process_server_defaults": self.defaults,
            "interval": 1,
            "timeout": 60,
            **changes,
        }

    def run(self, check=False, progress=None, **changes):
        params = self.params(**changes)
        return reconcile(lambda: AzureSession(params), vm, params, check, progress or Progress())

    def info(self, **changes):
        params = self.params(**changes)
        return info.answer(AzureSession(params), params, Progress())

    def requests(self, call):
        """``(result, requests to ARM without further pages, writes)`` of a call."""
        self.world.log.clear()
        result = call()
        return result, len(self.world.log.without_pages()), self.world.log.writes()


def actions(result):
    return [server["action"] for server in result["process_servers"]]

"""A run is killed, with all its processes, at the worst moments; the next one comes to the same end."""

from __future__ import annotations

import signal

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import registration_steps as steps

from tests.azure_simulator.running import running
from tests.playbooks.support import processes
from tests.playbooks.support.hosts import CONFIGURATION_SERVER, alter, holds, is_set_up, left_behind, listed, setups_started
from tests.playbooks.support.prepared import QUICK, SERVERS
from tests.playbooks.support.scripts import Scripts
from tests.playbooks.support.tasks import task
from tests.playbooks.support.waiting import until

OWNER = "azure_dr.site_recovery"
TASKS = [task("process_server_vm"), task("process_server_registration")]


class HeldSetups:
    """Set-ups that do not come to their end before they are let: however slow the runs are, one is under way when it is looked for."""

    def __init__(self, windows):
        self._windows, self._later, self._held = windows, windows.later, []
        windows.later = self._hold

    def _hold(self, kind, host, callback):
        if kind == "unified_setup":
            self._held.append((kind, host, callback))
        else:
            self._later(kind, host, callback)

    def release(self):
        self._windows.later = self._later
        for one in self._held:
            self._later(*one)
        self._held.clear()


class Killer:
    """Kills the run that is under way when something happens in the world, at that very moment, once."""

    def __init__(self, world, scripts):
        self._scripts = scripts
        self._process = None
        self._moment = None
        self._setups = HeldSetups(world.windows)
        for script in ("create_winrm_listener", "download_file", "get_setup_task"):
            scripts.before(script, lambda server, script=script: self._reached(f"before {script}", server))
        for script in ("write_secret_file", "start_setup_task"):
            scripts.after(script, lambda server, script=script: self._reached(f"after {script}", server))
        for method, name, path in (
            ("PUT", "networkInterfaces", "/networkInterfaces/"),
            ("PUT", "virtualMachines", "/virtualMachines/[^/]+$"),
            ("POST", "refreshProvider", "/refreshProvider$"),
        ):
            world.faults.add(method=method, path=path, when=lambda _request, method=method, name=name: self._reached(f"{method} {name}"))
        self._world = world

    def _reached(self, moment, server=""):
        if moment == self._moment == "before get_setup_task" and not self._setup_has_ended(server):
            self._setups.release()
        elif moment == self._moment:
            self._moment = None
            processes.kill(self._process.pid)
        return False

    def _setup_has_ended(self, server):
        return self._world.windows.host_named(server).tasks[steps.TASK_NAME].state != "Running"

    def kill(self, ansible, moment):
        """Start a run and return when it was killed."""
        self._moment = moment
        self._process = ansible.start(self._world, playbook=TASKS)
        output, _nothing = self._process.communicate(timeout=300)
        assert self._process.returncode == -signal.SIGKILL, f"{moment} was not reached:\n{output}"


def test_killed_at_every_moment(ansible, monkeypatch):
    """One world, so that every run also finds what all the runs before it left."""
    with running("three_networks", QUICK) as world:
        killer = Killer(world, Scripts(monkeypatch))
        for moment in (
            "PUT networkInterfaces",
            "PUT virtualMachines",
            "before create_winrm_listener",
            "before download_file",
            "after write_secret_file",
            "after start_setup_task",
            "before get_setup_task",
        ):
            killer.kill(ansible, moment)
        # Of the server whose set-up has ended the vault hears by itself, long before anybody runs this again.
        until(lambda: world.call(lambda: not world.windows.setups))
        ready = [name for name in SERVERS if is_set_up(world, name)]
        assert ready and any(holds(world, name, world.playbook_vars()["passphrase"]) for name in ready)
        world.call(lambda: world.site_recovery.configuration_server(CONFIGURATION_SERVER).report(world.clock.now()))
        killer.kill(ansible, "POST refreshProvider")

        last = ansible.play(world, playbook=[*TASKS, *TASKS])
        assert last.code == 0, last.output
        vm, registration, vm_again, registration_again = (one["result"] for one in last.tasks)
        assert not vm["changed"] and not vm_again["changed"] and not registration_again["changed"], last.output
        assert [server["state"] for server in registration_again["process_servers"]] == ["registered"] * 3
        assert [listed(world, server["private_ip_address"]) for server in world.playbook_vars()["process_servers"]] == [1, 1, 1]

        # One machine with its two disks and one interface for each server; no script's resource is left.
        ours = world.call(lambda: world.compute.billable(OWNER))
        assert sorted(one.rpartition("/")[2] for one in ours if "/virtualMachines/" in one) == list(SERVERS)
        assert len([one for one in ours if "/disks/" in one]) == 6
        interfaces = world.call(lambda: [nic["id"] for nic in world.network.interfaces.all() if "/ps-" in nic["id"]])
        assert len(interfaces) == 3
        until(lambda: world.call(lambda: not any(machine.run_commands for machine in world.compute.machines.values())))
        assert [setups_started(world, name) for name in SERVERS] == [1, 1, 1]
        assert [left_behind(world, name) for name in SERVERS] == [[], [], []]
        assert [holds(world, name, world.playbook_vars()["passphrase"]) for name in SERVERS] == [[], [], []]
        assert [alter(world, name, lambda host: [disk.partition_style for disk in host.disks]) for name in SERVERS] == [["MBR", "MBR", "GPT"]] * 3

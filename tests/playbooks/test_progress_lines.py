"""Each line arrives on the terminal while the server is still at that step: the world holds the server until the line was seen."""

from __future__ import annotations

import os
import pathlib
import sys

import ansible_runner
import pytest
import yaml

from tests.azure_simulator.running import running
from tests.playbooks.support.prepared import QUICK, SERVERS, make_machines, with_listeners
from tests.playbooks.support.tasks import task
from tests.playbooks.support.terminal import Terminal

APP, DB, WEB = SERVERS
MODULE = "process_server_registration"


class Holding:
    """A world whose installer and Unified Setup go on with a server only when the terminal has shown how far it is.

    Lines that came no earlier than the task's end, or a step too late, would leave the run waiting for ever.
    """

    NEEDED = {
        "extract": [
            "download the installer | started",
            "download the installer | finished",
            "verify the installer | finished",
            "extract the installer | started",
        ],
        "unified_setup": [
            "extract the installer | finished",
            "hand over the passphrase | finished",
            "start the set-up | finished",
            "follow the set-up | started",
        ],
    }

    def __init__(self, world, monkeypatch, quiet=()):
        self._world = world
        self._seen = {}
        self._held = []
        later = world.windows.later

        def hold(kind, host, callback):
            if host.computer_name in quiet:
                later(kind, host, callback)
            else:
                self._held.append((kind, host.computer_name, callback))
                self._release()

        monkeypatch.setattr(world.windows, "later", hold)

    def seen(self, line):
        """A line of the terminal."""
        for server in SERVERS:
            if f"{server} | " in line:
                self._seen.setdefault(server, []).append(line)
                self._world.call(self._release)

    def _release(self):
        for one in list(self._held):
            kind, server, callback = one
            if all(any(step in line for line in self._seen.get(server, [])) for step in self.NEEDED[kind]):
                self._held.remove(one)
                callback()

    def steps(self, server):
        """``(step, status)`` of the lines of a server, in order."""
        return [tuple(line.partition(f"{server} | ")[2].split(" | ")[:2]) for line in self._seen.get(server, [])]


def assert_in_order(timeline, server, lines):
    """The lines are the result's own steps, each with its beginning and its end, one after the other."""
    assert lines == [(one["step"], status) for one in timeline if one["server"] == server for status in ("started", "finished")]


@pytest.mark.parametrize("arguments", [[], ["-v"]])
def test_lines_come_while_the_task_waits(ansible, monkeypatch, arguments):
    with running("three_networks", QUICK) as world:
        make_machines(world)
        app, *others = with_listeners(world)
        holding = Holding(world, monkeypatch, quiet=(APP,))
        tasks = [{**task(MODULE, "In silence", process_servers=[app]), "no_log": True}, task(MODULE, "With lines", process_servers=others)]
        process = ansible.start(world, playbook=tasks, arguments=arguments)
        terminal = Terminal(process, holding.seen)
        assert terminal.end() == 0, terminal.text
        silent, told = ansible.results(process)
        for server in (DB, WEB):
            assert_in_order(told["result"]["timeline"], server, holding.steps(server))
        # Every line stands before the end of its task, which Ansible tells with "changed".
        ends = [number for number, line in enumerate(terminal.lines) if line.startswith("changed: ")]
        lines = [number for number, line in enumerate(terminal.lines) if " | " in line and line.startswith(SERVERS)]
        assert len(ends) == 2 and ends[0] < min(lines) and max(lines) < ends[1]
        assert silent["status"] == "ok" and APP not in terminal.text


def test_lines_come_as_events_of_the_runner_of_awx(ansible, monkeypatch, tmp_path):
    """AWX shows what ansible-runner hands on, event by event."""
    with running("three_networks", QUICK) as world:
        make_machines(world)
        servers = with_listeners(world)
        holding = Holding(world, monkeypatch)
        project = tmp_path / "project"
        project.mkdir()
        play = {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            "tasks": [task(MODULE, process_servers=servers)],
        }
        (project / "play.yml").write_text(yaml.safe_dump([play]))
        events = []

        def event(one):
            events.append(one)
            for line in one["stdout"].splitlines():
                holding.seen(line)

        programs = str(pathlib.Path(sys.executable).parent)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "AZURE_"))}
        run = ansible_runner.run(
            private_data_dir=str(tmp_path),
            playbook="play.yml",
            extravars=world.playbook_vars(),
            envvars={
                **kept,
                "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
                **world.environment(),
                "ANSIBLE_COLLECTIONS_PATH": str(ansible.collections),
                "ANSIBLE_NOCOLOR": "1",
            },
            event_handler=event,
            quiet=True,
        )
        assert run.rc == 0, run.stdout.read()
        kinds = [one["event"] for one in events]
        (ended,) = [number for number, kind in enumerate(kinds) if kind == "runner_on_ok"]
        timeline = events[ended]["event_data"]["res"]["timeline"]
        for server in SERVERS:
            assert_in_order(timeline, server, holding.steps(server))
        with_lines = [number for number, one in enumerate(events) if any(f"{server} | " in one["stdout"] for server in SERVERS)]
        assert with_lines and max(with_lines) < ended

"""Runs the real ansible-playbook over the installed collection, and tells what came of it."""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import pathlib
import subprocess
import sys
import uuid

import yaml

from tests.playbooks.support import processes

COLLECTION = "azure_dr.site_recovery"
CALLBACKS = pathlib.Path(__file__).parent / "callback"
# Long enough for the slowest playbook here on a busy machine; a run that hangs must not hang the suite.
LIMIT_SECONDS = 300

# ansible-playbook's own entry point. Without the garbage collector, which finds nothing in so short a life, a run takes a sixth less
# of the processors, of which there are two for all tests.
ANSIBLE_PLAYBOOK = "import gc, sys; gc.disable(); from ansible.cli.playbook import main; main(['ansible-playbook', *sys.argv[1:]])"


@dataclasses.dataclass
class Run:
    """One run of ansible-playbook. ``output``: what a person saw; ``tasks``: the result of each task, in order."""

    code: int
    output: str
    tasks: list

    def of(self, module):
        """The results of one module of ours, in order of the tasks."""
        return [task["result"] for task in self.tasks if task["action"] == f"{COLLECTION}.{module}"]

    @property
    def changed(self):
        return [task["task"] for task in self.tasks if task["result"].get("changed")]

    @property
    def failures(self):
        return [task["result"].get("msg", "") for task in self.tasks if task["status"] == "failed"]


class Ansible:
    """ansible-playbook with the installed collection, and with nothing of the tester's own configuration."""

    def __init__(self, collections, directory):
        self.collections = collections
        self.directory = pathlib.Path(directory)

    def play(self, world, variables=None, playbook=f"{COLLECTION}.prepare_failback", arguments=(), environment=None):
        """Run a shipped playbook by its name, or a list of tasks of the test's own, to its end."""
        process = self.start(world, variables, playbook, arguments, environment)
        output, _nothing = process.communicate(timeout=LIMIT_SECONDS)
        return Run(process.returncode, output, self.results(process))

    def start(self, world, variables=None, playbook=f"{COLLECTION}.prepare_failback", arguments=(), environment=None):
        """The same, without waiting; the process leads a group of its own, so that all of it can be killed."""
        run = self.directory / uuid.uuid4().hex
        run.mkdir()
        results = run / "results"
        command = [
            sys.executable,
            "-c",
            ANSIBLE_PLAYBOOK,
            self._playbook(playbook, run),
            "--extra-vars",
            f"@{self._variables(world, variables, run)}",
            *arguments,
        ]
        process = subprocess.Popen(
            command,
            env={**self._environment(world, run), "TASK_RESULTS": str(results), **(environment or {})},
            cwd=run,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        # A run whose output is read only at its end, or never, must not stand still before a full pipe.
        fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 2**20)
        process.results = results
        process.run_directory = run
        return process

    @staticmethod
    def results(process):
        return [json.loads(line) for line in process.results.read_text().splitlines()] if process.results.exists() else []

    @staticmethod
    def kill(process):
        """End the playbook and everything it started, at once."""
        processes.kill(process.pid)
        process.communicate()

    def _playbook(self, playbook, run):
        if isinstance(playbook, str):
            return playbook
        path = run / "playbook.yml"
        play = {
            "name": "Tasks of a test",
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars": {"ansible_pipelining": True, "ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            "tasks": playbook,
        }
        path.write_text(yaml.safe_dump([play], sort_keys=False))
        return str(path)

    @staticmethod
    def _variables(world, variables, run):
        path = run / "variables.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps({**world.playbook_vars(), **(variables or {})}))
        return path

    def _environment(self, world, run):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "AZURE_")) and name != "PYTHONPATH"}
        home = run / "home"
        home.mkdir()
        configuration = run / "ansible.cfg"
        configuration.touch()
        temporary = run / "tmp"
        temporary.mkdir()
        return {
            **kept,
            **world.environment(),
            "HOME": str(home),
            "TMPDIR": str(temporary),
            "ANSIBLE_CONFIG": str(configuration),
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
            # All that Ansible writes stays below the run's own folder, where the tests look for what it left behind.
            "ANSIBLE_LOCAL_TEMP": str(run / "local_tmp"),
            "ANSIBLE_REMOTE_TEMP": str(run / "remote_tmp"),
            "ANSIBLE_ASYNC_DIR": str(run / ".ansible_async"),
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "task_results",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOCALHOST_WARNING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
        }
